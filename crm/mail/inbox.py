"""The mailbox into which people write: setting it up, and looking whether it can be read."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import current_app
from sqlalchemy import select

from crm.accounts.models import Organisation, User
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import keys, tenancy, transaction
from crm.core.db import db
from crm.core.letters import in_ascii
from crm.mail import imap, policy, queries
from crm.mail.commands import Busy
from crm.mail.models import Afterwards, Mailbox, MailFolder, Security, first_day

_looks = threading.BoundedSemaphore(policy.TESTS_AT_ONCE)


@dataclass(frozen=True)
class Settings:
    """What an operator types in about its mailbox."""

    address: str
    host: str
    port: int
    security: Security
    username: str
    folders: Sequence[str]
    afterwards: Afterwards
    move_to: str
    is_on: bool


@dataclass(frozen=True)
class Begun:
    """How far a folder was read."""

    name: str
    uid_validity: int | None
    last_uid: int
    since_on: date


@dataclass(frozen=True)
class Found:
    """What a look into the mailbox found."""

    waiting: dict[str, int]
    """How many letters each folder holds that were not taken yet."""
    missing: list[str]
    folders: list[str]
    """All that the server has, where one is missing."""


def set_up(settings: Settings, *, password: str | None, by: User) -> Mailbox:
    """Save the mailbox; without a password the saved one stays. BadHeader if nobody can write to its address.

    Another server or another name is another mailbox: its folders are read from their beginning.
    """
    transaction.one_at_a_time()
    mailbox = queries.mailbox() or Mailbox(
        host="", username="", password=keys.sealed(queries.MAILBOX, "", place=queries.MAILBOX)
    )
    is_another = (mailbox.host, mailbox.username) != (settings.host, settings.username)
    mailbox.address = in_ascii(settings.address)
    for name in ("host", "port", "security", "username", "afterwards", "move_to", "is_on"):
        setattr(mailbox, name, getattr(settings, name))
    if password is not None:
        mailbox.password = keys.sealed(queries.MAILBOX, password, place=queries.MAILBOX)
    mailbox.fault = None
    db.session.add(mailbox)
    _read(mailbox, settings.folders, is_another=is_another)
    fields = {"fields": ["mailbox"]}
    audit.note(Action.ORGANISATION_CHANGED, by=by.id, subject=tenancy.current_organisation_id(), details=fields)
    return mailbox


def _read(mailbox: Mailbox, names: Sequence[str], *, is_another: bool) -> None:
    """Read these folders from now on, and no others."""
    known = {folder.name: folder for folder in db.session.scalars(select(MailFolder).filter_by(mailbox_id=mailbox.id))}
    for name in names:
        if name not in known:
            known[name] = MailFolder(mailbox=mailbox, name=name, uid_validity=None)
            db.session.add(known[name])
    for name, folder in known.items():
        folder.is_read, folder.is_missing = name in names, False
        if is_another:
            folder.uid_validity, folder.since_on = None, first_day()


def keep(organisation: Organisation, *, letters_days: int, requests_days: int, by: User) -> None:
    """Say for how long letters are kept as they came, and closed requests with who asked."""
    days = (letters_days, requests_days)
    if (organisation.letters_kept_days, organisation.requests_kept_days) != days:
        organisation.letters_kept_days, organisation.requests_kept_days = days
        fields = {"fields": ["letters_kept_days", "requests_kept_days"]}
        audit.note(Action.ORGANISATION_CHANGED, by=by.id, subject=organisation.id, details=fields)


def server(mailbox: Mailbox) -> imap.Server:
    """The mailbox as it is needed to read it."""
    return imap.Server(
        host=mailbox.host,
        port=mailbox.port,
        security=mailbox.security,
        username=mailbox.username,
        password=keys.opened(queries.MAILBOX, mailbox.password, place=queries.MAILBOX),
        may_be_private=current_app.config["MAIL_PRIVATE_HOSTS"],
    )


def look(mailbox: Mailbox) -> Found:
    """Look into the mailbox at once, changing nothing. Undelivered tells what is wrong; Busy: others look now."""
    place, move_to = replace(server(mailbox), is_hurried=True), mailbox.move_to
    begun = [Begun(one.name, one.uid_validity, one.last_uid, one.since_on) for one in queries.folders(mailbox)]
    transaction.let_go()
    if not _looks.acquire(blocking=False):
        raise Busy
    try:
        with imap.connected(place) as reader:
            counts = {one.name: _waiting(reader, one) for one in begun}
            if move_to:
                counts.setdefault(move_to, 0 if _is_there(reader, move_to) else None)
            waiting = {one.name: count for one in begun if (count := counts[one.name]) is not None}
            missing = [name for name, count in counts.items() if count is None]
            return Found(waiting, missing, reader.folders() if missing else [])
    finally:
        _looks.release()


def _waiting(reader: imap.Reader, begun: Begun) -> int | None:
    """How many letters of the folder (of the newest, if it is a large one) are still to be taken; None: no such one."""
    try:
        opened = reader.open(begun.name, to_look=True)
    except imap.NoFolder:
        return None
    after = begun.last_uid if begun.uid_validity == opened.uid_validity else 0
    first = max(after + 1, opened.next_uid - imap.AT_ONCE)
    return len(reader.uids(first, opened.next_uid - 1, begun.since_on)) if first < opened.next_uid else 0


def _is_there(reader: imap.Reader, name: str) -> bool:
    try:
        reader.open(name, to_look=True)
    except imap.NoFolder:
        return False
    return True
