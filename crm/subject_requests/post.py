"""Letters as they came, and that each was taken once."""

import uuid
from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.core.db import Record, one_of
from crm.core.personal import SealedContent, personal
from crm.core.tenancy import OrganisationScoped
from crm.mail.models import MailFolder
from crm.subject_requests.models import SubjectRequest


class Fate(StrEnum):
    """What became of a letter that was taken."""

    REQUEST = "request"
    JOINED = "joined"
    """To a request that was open already."""
    ASIDE = "aside"
    """A human must look at it."""
    DROPPED = "dropped"


class Why(StrEnum):
    """Why a letter was put aside or dropped."""

    BOUNCE = "bounce"
    """A report of the mail server that a letter of ours was not delivered."""
    AUTOMATIC = "automatic"
    """An answer by a machine: somebody is on holiday."""
    LOOP = "loop"
    """It came from ourselves, or it has gone round."""
    NO_SENDER = "no_sender"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    """More letters from one sender, or at once, than people write."""


class TakenLetter(OrganisationScoped, Record):
    """That a letter was taken, so that it is taken once. Says nothing about who wrote it or what."""

    __tablename__ = "taken_letter"
    __table_args__ = (
        UniqueConstraint("organisation_id", "digest"),
        Index("ix_taken_letter_uid", "organisation_id", "folder_id", "uid_validity", "uid"),
        Index("ix_taken_letter_fate", "organisation_id", "fate", "id"),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Keyed hash of its Message-ID and its content."""
    folder_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("mail_folder.id"))
    folder: Mapped[MailFolder | None] = relationship()
    uid_validity: Mapped[int | None] = mapped_column(BigInteger)
    uid: Mapped[int | None] = mapped_column(BigInteger)
    fate: Mapped[Fate] = mapped_column(one_of(Fate))
    why: Mapped[Why | None] = mapped_column(one_of(Why))
    request_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subject_request.id"))
    request: Mapped[SubjectRequest | None] = relationship()


class ReceivedLetter(SealedContent, Record):
    """A letter as it came, kept for a short time: what else it held (files, headers) can be looked at meanwhile."""

    __tablename__ = "received_letter"
    __table_args__ = (
        UniqueConstraint("taken_id"),
        Index("ix_received_letter_kept_until", "organisation_id", "kept_until"),
    )

    taken_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("taken_letter.id"))
    taken: Mapped[TakenLetter] = relationship()
    size: Mapped[int]
    kept_until: Mapped[date | None]
    """None while its request is open."""

    sender = personal[str]("email")
    subject = personal[str]("request")
    text = personal[str]("request")
    """What could be read of it, where no request holds it: letters put aside."""
    file_names = personal[list[str]]("request")
