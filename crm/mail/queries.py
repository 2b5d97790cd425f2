"""Reading the operator's mail settings."""

from collections.abc import Sequence

from sqlalchemy import select

from crm.core import keys
from crm.core.db import db
from crm.mail.models import MailAccount, Mailbox, MailFolder

PLACE = "mail_account"
"""Of what the sealed password is part."""
MAILBOX = "mailbox"
"""The same of a mailbox, and the use of its key."""


def account() -> MailAccount | None:
    """The present operator's mail account, if one is set up."""
    return db.session.scalar(select(MailAccount))


def is_set_up() -> bool:
    """Whether the present operator can send letters."""
    return db.session.scalar(select(MailAccount.id)) is not None


def password(account: MailAccount) -> str:
    """The password of the account in clear: only to sign in with."""
    return keys.opened("mail", account.password, place=PLACE)


def mailbox() -> Mailbox | None:
    """The present operator's mailbox, if one is set up."""
    return db.session.scalar(select(Mailbox))


def folders(mailbox: Mailbox) -> Sequence[MailFolder]:
    """The folders of the mailbox that are read, the oldest first."""
    read = select(MailFolder).filter_by(mailbox_id=mailbox.id, is_read=True)
    return db.session.scalars(read.order_by(MailFolder.created_at, MailFolder.name)).all()
