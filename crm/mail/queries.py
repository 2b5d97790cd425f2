"""Reading the operator's mail settings."""

from sqlalchemy import select

from crm.core import keys
from crm.core.db import db
from crm.mail.models import MailAccount

PLACE = "mail_account"
"""Of what the sealed password is part."""


def account() -> MailAccount | None:
    """The present operator's mail account, if one is set up."""
    return db.session.scalar(select(MailAccount))


def is_set_up() -> bool:
    """Whether the present operator can send letters."""
    return db.session.scalar(select(MailAccount.id)) is not None


def password(account: MailAccount) -> str:
    """The password of the account in clear: only to sign in with."""
    return keys.opened("mail", account.password, place=PLACE)
