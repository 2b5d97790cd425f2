"""Setting up the operator's mail server, and speaking to it."""

import ipaddress
import threading
from contextlib import AbstractContextManager
from dataclasses import replace
from urllib.parse import urlsplit

from flask import current_app, render_template
from flask_babel import gettext as _

from crm.accounts.models import User
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import keys, outbox, tenancy, transaction
from crm.core.db import db
from crm.core.letters import Sender, checked, compose, in_ascii, new_message_id
from crm.mail import policy, queries, smtp
from crm.mail.models import MailAccount, Security

_tests = threading.BoundedSemaphore(policy.TESTS_AT_ONCE)


class Busy(Exception):
    """So many test letters are under way that one more would keep visitors waiting."""


def set_up(
    *,
    host: str,
    port: int,
    security: Security,
    username: str,
    password: str | None,
    from_address: str,
    from_name: str,
    by: User,
) -> MailAccount:
    """Save the mail account; without a password the saved one stays. Letters that waited go now. BadHeader."""
    transaction.one_at_a_time()
    account = queries.account() or MailAccount(password=keys.sealed("mail", "", place=queries.PLACE))
    account.host, account.port, account.security, account.username = host, port, security, username
    account.from_address, account.from_name = in_ascii(from_address), checked(from_name)
    if password is not None:
        account.password = keys.sealed("mail", password, place=queries.PLACE)
    db.session.add(account)
    fields = {"fields": ["mail"]}
    audit.note(Action.ORGANISATION_CHANGED, by=by.id, subject=tenancy.current_organisation_id(), details=fields)
    outbox.try_again()
    return account


def carrier() -> AbstractContextManager[smtp.Connection] | None:
    """The present operator's mail server, ready to be connected to; None while none is set up (core/outbox.py)."""
    account = queries.account()
    return smtp.connected(_server(account)) if account else None


def send_test(account: MailAccount, *, to: str) -> None:
    """Send a letter that proves the settings, at once. Undelivered tells what is wrong; Busy: others try theirs."""
    server = replace(_server(account), is_hurried=True)
    text = render_template("mail/test.txt", operator=server.sender.name)
    message = compose(server.sender, new_message_id(server.sender), to=to, subject=_("Проверка почты"), text=text)
    transaction.let_go()
    if not _tests.acquire(blocking=False):
        raise Busy
    try:
        with smtp.connected(server) as connection:
            connection.send(message)
    finally:
        _tests.release()


def _server(account: MailAccount) -> smtp.Server:
    return smtp.Server(
        host=account.host,
        port=account.port,
        security=account.security,
        username=account.username,
        password=queries.password(account),
        sender=Sender(account.from_name, account.from_address),
        own_name=_own_name(),
        may_be_private=current_app.config["MAIL_PRIVATE_HOSTS"],
    )


def _own_name() -> str:
    """Our name for EHLO: the host of BASE_URL, an address in brackets (RFC 5321 4.1.3)."""
    host = urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{ip}]" if ip.version == 6 else f"[{ip}]"
