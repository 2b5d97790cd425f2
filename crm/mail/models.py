"""The operator's accounts on its mail servers: the one by which letters leave, the one into which they come."""

import uuid
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.core.clock import today
from crm.core.db import Record, one_of, plain
from crm.core.letters import Fault
from crm.core.tenancy import OrganisationScoped

DAYS_BACK = 30
"""Days of letters that are taken from a mailbox when it is set up."""


class Security(StrEnum):
    """How the connection is encrypted; there is no way without."""

    TLS = "tls"
    STARTTLS = "starttls"


class MailAccount(OrganisationScoped, Record):
    """Where and as whom an operator sends its letters. One per operator."""

    __tablename__ = "mail_account"
    __table_args__ = (UniqueConstraint("organisation_id"),)

    host: Mapped[str] = plain(253)
    port: Mapped[int]
    security: Mapped[Security] = mapped_column(one_of(Security))
    username: Mapped[str] = plain(254)
    """Empty: the server takes letters without a sign-in."""
    password: Mapped[bytes] = mapped_column(LargeBinary(1000))
    """Sealed under the operator's key for mail (core/keys.py)."""
    from_address: Mapped[str] = plain(254)
    from_name: Mapped[str] = plain(100)


class Afterwards(StrEnum):
    """What is done on the server with a letter that was taken."""

    MARK = "mark"
    """It is marked as read."""
    MOVE = "move"
    """It is moved to another folder."""


class Mailbox(OrganisationScoped, Record):
    """Where letters of data subjects come in (IMAP). One per operator."""

    __tablename__ = "mailbox"
    __table_args__ = (UniqueConstraint("organisation_id"),)

    address: Mapped[str] = plain(254)
    """To which people write: answers ask to be replied to here, and what comes from here is our own."""
    host: Mapped[str] = plain(253)
    port: Mapped[int]
    security: Mapped[Security] = mapped_column(one_of(Security))
    username: Mapped[str] = plain(254)
    password: Mapped[bytes] = mapped_column(LargeBinary(1000))
    """Sealed under the operator's key for mail (core/keys.py)."""
    afterwards: Mapped[Afterwards] = mapped_column(one_of(Afterwards))
    move_to: Mapped[str] = plain(200, default="")
    is_on: Mapped[bool] = mapped_column(default=True)
    polled_at: Mapped[datetime | None]
    """When it was last looked into, well or not."""
    worked_at: Mapped[datetime | None]
    """When that last went well."""
    fault: Mapped[Fault | None] = mapped_column(one_of(Fault))
    """What was wrong the last time."""


def first_day() -> date:
    """Where a folder begins that is read for the first time."""
    return today() - timedelta(days=DAYS_BACK)


class MailFolder(OrganisationScoped, Record):
    """A folder of the mailbox that is read, and how far it was read (RFC 3501 2.3.1.1)."""

    __tablename__ = "mail_folder"
    __table_args__ = (UniqueConstraint("organisation_id", "mailbox_id", "name"),)

    mailbox_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("mailbox.id"))
    mailbox: Mapped[Mailbox] = relationship()
    name: Mapped[str] = plain(200)
    uid_validity: Mapped[int | None] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    done_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    """Up to here letters that were taken are marked or moved on the server too."""
    tries: Mapped[int] = mapped_column(default=0)
    """How often in a row the next letter broke the talk off."""
    since_on: Mapped[date] = mapped_column(default=first_day)
    """Letters that came before this day are not taken: nobody wants a new mailbox's years of letters as requests."""
    is_read: Mapped[bool] = mapped_column(default=True)
    """No longer, if the operator left it out: what was taken from it stays known."""
    is_missing: Mapped[bool] = mapped_column(default=False)
    """The server had no such folder the last time."""
