"""Requests of data subjects, what came and went about them, and the letters they came in.

The journal's row (SubjectRequest) stays and says nothing about a person. Who asked and in which words stands beside it,
sealed with a key of the request's own: it outlives the card's destruction, which it proves, and goes at the end of its
own term.
"""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import LegalEntity, User
from crm.core import tokens
from crm.core.db import Record, one_of, plain_json
from crm.core.files import Attachment
from crm.core.letters import Letter
from crm.core.personal import Sealed, personal
from crm.core.tenancy import OrganisationScoped


class RequestKind(StrEnum):
    """What is asked for; each has clocks of its own."""

    ACCESS = "access"
    CORRECTION = "correction"
    ERASURE = "erasure"
    WITHDRAWAL = "withdrawal"
    STOP_PROCESSING = "stop_processing"
    STOP_MARKETING = "stop_marketing"
    STOP_DISTRIBUTION = "stop_distribution"
    UNLAWFUL = "unlawful"
    """The person says that the data is processed without right or is not needed."""
    AUTOMATED = "automated"
    """Objection to a decision made by a machine alone."""
    REGULATOR = "regulator"
    """Not from a data subject: Roskomnadzor asks."""
    OTHER = "other"


class Way(StrEnum):
    """How a request reached the operator."""

    EMAIL = "email"
    PAGE = "page"
    RECEIPT = "receipt"
    PAPER = "paper"
    PHONE = "phone"
    IN_PERSON = "in_person"


class RequestState(StrEnum):
    """How far a request has come; which may follow which stands in handling.py."""

    NEW = "new"
    """Nobody has confirmed yet what is asked for. The clock runs already."""
    IN_WORK = "in_work"
    ANSWERING = "answering"
    """The answer is written and has not left yet."""
    ANSWERED = "answered"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    """No request at all: an advertisement, a mistake."""


class Outcome(StrEnum):
    """How a request was answered."""

    FULFILLED = "fulfilled"
    REFUSED = "refused"
    NOTHING_HELD = "nothing_held"


class Identity(StrEnum):
    """How the staff made sure who asks. What was shown is never kept."""

    CODE = "code"
    SIGNATURE = "signature"
    DOCUMENT = "document"
    CALL = "call"
    KNOWN = "known"


class SubjectRequest(OrganisationScoped, Record):
    """One line of the journal of requests; kept for ever, without a word about the person."""

    __tablename__ = "subject_request"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        Index("ix_subject_request_state", "organisation_id", "state", "due_on", "id"),
        Index("ix_subject_request_closed_at", "organisation_id", "purged_at", "closed_at"),
        Index("ix_subject_request_token", "organisation_id", "token_hash", unique=True),
        Index("ix_subject_request_source", "organisation_id", "source_id"),
    )

    number: Mapped[int]
    entity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("legal_entity.id"))
    entity: Mapped[LegalEntity] = relationship()
    kind: Mapped[RequestKind] = mapped_column(one_of(RequestKind))
    proposed: Mapped[RequestKind | None] = mapped_column(one_of(RequestKind))
    """What the words of the letter seemed to ask for."""
    way: Mapped[Way] = mapped_column(one_of(Way))
    source_id: Mapped[uuid.UUID | None]
    """The link of the receipt by which it came."""
    state: Mapped[RequestState] = mapped_column(one_of(RequestState), default=RequestState.NEW)
    received_at: Mapped[datetime]
    """Every clock counts from here; nothing ever moves it."""
    due_on: Mapped[date]
    """The soonest day by which something not done yet must be done."""
    responsible_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    responsible: Mapped[User | None] = relationship(foreign_keys=[responsible_id])
    extended_at: Mapped[datetime | None]
    """The one extension: working days more, by a reasoned letter."""
    found_at: Mapped[datetime | None]
    """When the staff found the processing unlawful, the data wrong or not needed: clocks of art. 20(3), 21(3)."""
    put_off_at: Mapped[datetime | None]
    """When it turned out that destruction in time cannot be done: art. 21(6) gives six months."""
    mailbox_proved_at: Mapped[datetime | None]
    """The code sent to the address came back."""
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Of the address of the page on which the person sees how it stands."""
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    code_expires_at: Mapped[datetime | None]
    identity: Mapped[Identity | None] = mapped_column(one_of(Identity))
    identity_points: Mapped[list[str]] = plain_json(default=list)
    """Which points of art. 14(3) the request fulfils, as words of handling.POINTS."""
    identity_at: Mapped[datetime | None]
    identity_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[Outcome | None] = mapped_column(one_of(Outcome))
    answered_at: Mapped[datetime | None]
    """When the answer left, not when it was written."""
    closed_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    """When what was kept about the person was destroyed at the end of its term."""
    revision: Mapped[int] = mapped_column(default=1)
    """Counts changes, so that two people at once see each other."""


class Applicant(Sealed, Record):
    """Who asked, as the request says it, and what may only be said beside it."""

    __tablename__ = "applicant"
    __table_args__ = (UniqueConstraint("request_id"),)

    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subject_request.id"))
    request: Mapped[SubjectRequest] = relationship()

    full_name = personal[str]("full_name", find=tokens.words)
    email = personal[str]("email", find=tokens.email)
    phone = personal[str]("phone", find=tokens.phone)
    facts = personal[str]("request")
    """What ties the person to the operator: a contract's number, a receipt (art. 14(3))."""
    extended_because = personal[str]("request")
    put_off_because = personal[str]("request")
    note = personal[str]("request")
    """Of the staff, for themselves."""
    recipients = personal[list[str]]("request")
    """To whom data of a card that was destroyed for it had been passed, in the words of the register."""


class MessageRole(StrEnum):
    """What a message about a request is."""

    REQUEST = "request"
    """The words that opened it, or a later letter of the same person."""
    ANSWER = "answer"
    REFUSAL = "refusal"
    EXTENSION = "extension"
    QUESTION = "question"
    """The staff ask for what is missing; no clock stops for it."""
    CODE = "code"
    NOTICE = "notice"
    """What the person is told by itself: that the request has come, that data was destroyed."""


class RequestMessage(Sealed, Record):
    """One message of the correspondence. What was sent is never changed: it is the proof."""

    __tablename__ = "request_message"
    __table_args__ = (Index("ix_request_message_request_id", "organisation_id", "request_id", "id"),)

    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subject_request.id"))
    request: Mapped[SubjectRequest] = relationship()
    role: Mapped[MessageRole] = mapped_column(one_of(MessageRole))
    is_ours: Mapped[bool]
    is_draft: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    """When it came, was written, or was handed over on paper."""
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    letter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("letter.id"))
    letter: Mapped[Letter | None] = relationship()
    """The letter by which ours goes; None: it was handed over in another way."""
    scan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attachment.id"))
    scan: Mapped[Attachment | None] = relationship()

    sender = personal[str]("email")
    subject = personal[str]("request")
    text = personal[str]("request")
    quoted = personal[str]("request")
    """The older letters that were repeated below the text."""
    message_id = personal[str]("request")
    references = personal[str]("request")
    file_names = personal[list[str]]("request")
    """Of what was attached; the files themselves stand in the original only."""
    options = personal[dict[str, Any]]("request")
    """Of ours: which answer it is, what of the person's copy goes with it, how it was handed over."""


class RequestCard(OrganisationScoped, Record):
    """A card that a request is about. The card may be gone: then the act says so."""

    __tablename__ = "request_card"
    __table_args__ = (
        UniqueConstraint("organisation_id", "request_id", "client_id"),
        Index("ix_request_card_client_id", "organisation_id", "client_id"),
    )

    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subject_request.id"))
    request: Mapped[SubjectRequest] = relationship()
    client_id: Mapped[uuid.UUID]
    is_confirmed: Mapped[bool]
    """A human said that it is this person; else the address alone did."""
    act_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("erasure_act.id"))


class Step(StrEnum):
    """What a kind of request needs to be done; handling.STEPS says which needs which."""

    CONFIRM = "confirm"
    CARDS = "cards"
    IDENTITY = "identity"
    BLOCK = "block"
    STOP_MARKETING = "stop_marketing"
    WITHDRAW = "withdraw"
    CORRECT = "correct"
    ERASE = "erase"
    UNBLOCK = "unblock"
    TELL_RECIPIENTS = "tell_recipients"
    ANSWER = "answer"
    CLOSE = "close"


class RequestStep(OrganisationScoped, Record):
    """A step that a human says is done, or needs not be done."""

    __tablename__ = "request_step"
    __table_args__ = (UniqueConstraint("organisation_id", "request_id", "step"),)

    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subject_request.id"))
    step: Mapped[Step] = mapped_column(one_of(Step))
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    is_needless: Mapped[bool] = mapped_column(default=False)


class CalendarDay(OrganisationScoped, Record):
    """A day on which the operator says otherwise than the built-in calendar."""

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("organisation_id", "day"),)

    day: Mapped[date]
    is_working: Mapped[bool]


class CalendarYear(OrganisationScoped, Record):
    """A year that is not built in and that the operator has looked at and found right."""

    __tablename__ = "calendar_year"
    __table_args__ = (UniqueConstraint("organisation_id", "year"),)

    year: Mapped[int]
