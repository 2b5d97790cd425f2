"""The consent ledger and the evidence beside it."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.agreements.models import Agreement, AgreementVersion, Purpose
from crm.core.db import Record, one_of, plain, plain_json
from crm.core.files import Attachment
from crm.core.ledger import Chained
from crm.core.personal import Sealed, SubjectKey, personal
from crm.core.tenancy import OrganisationScoped


class ConsentState(StrEnum):
    """Words of ISO/IEC TS 27560 for an act of will; the first two permit processing."""

    GIVEN = "given"
    RENEWED = "renewed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Channel(StrEnum):
    """The way an act of will reached the operator."""

    FORM = "form"
    LINK = "link"
    OTHER_LINK = "other_link"
    """From a mailbox that proves nothing about the card, since it came to it by an equal phone."""
    EMAIL = "email"
    PHONE = "phone"
    PAPER = "paper"
    IN_PERSON = "in_person"
    CONTRACT = "contract"
    TERM = "term"


class ConsentRecord(Chained, Record):
    """One act of will, for one purpose, about one exact text. Kept for ever, under a pseudonym.

    The client is named by the pseudonym of their key; when the key is destroyed, nobody can say whose it was.
    """

    __tablename__ = "consent_record"
    __table_args__ = (
        UniqueConstraint("organisation_id", "sequence"),
        Index("ix_consent_record_pseudonym", "organisation_id", "pseudonym", "sequence"),
        Index("ix_consent_record_receipt", "organisation_id", "receipt"),
    )

    state: Mapped[ConsentState] = mapped_column(one_of(ConsentState))
    channel: Mapped[Channel] = mapped_column(one_of(Channel))
    pseudonym: Mapped[bytes] = mapped_column(LargeBinary(16))
    purpose: Mapped[str] = plain(300)
    receipt: Mapped[str] = plain(40)
    agreement_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement_version.id"))
    agreement_version: Mapped[AgreementVersion] = relationship()
    given_on: Mapped[date | None]
    """The day of the act of will, or of the end of the term, where it was written down by staff or later than that."""

    added_later: ClassVar[frozenset[str]] = frozenset({"given_on"})


class ConsentCurrent(OrganisationScoped, Record):
    """How matters stand now between one person and one purpose: what the ledger says, folded into one row.

    It can be made again from the ledger at any time, and goes when the person's data goes.
    """

    __tablename__ = "consent_current"
    __table_args__ = (
        UniqueConstraint("organisation_id", "subject_key_id", "purpose_id"),
        Index("ix_consent_current_subject_key_id", "subject_key_id"),
        Index("ix_consent_current_purpose_id", "organisation_id", "purpose_id", "state", "id"),
        Index("ix_consent_current_expires_at", "organisation_id", "state", "expires_at"),
    )

    subject_key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subject_key.id"))
    subject_key: Mapped[SubjectKey] = relationship()
    purpose_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("purpose.id"))
    purpose: Mapped[Purpose] = relationship()
    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consent_record.id"))
    record: Mapped[ConsentRecord] = relationship()
    """The act of will that decides."""
    state: Mapped[ConsentState] = mapped_column(one_of(ConsentState))
    was_withdrawn: Mapped[bool] = mapped_column(default=False)
    """Given again after a withdrawal: whoever knows an e-mail can send a form, so staff should look twice."""
    expires_at: Mapped[datetime | None]
    """When a consent that holds ends by itself."""


class LinkKind(StrEnum):
    """What the button on the page of a link does."""

    SUBSCRIBE = "subscribe"
    WITHDRAW = "withdraw"
    RENEW = "renew"
    CALL = "call"
    """Nothing was sent: the person asked on the receipt to withdraw and left no e-mail, so staff call to make sure."""


class ConsentLink(Sealed, Record):
    """A link sent to a person's mailbox. It opens a page; only the button there does something, and once.

    Whoever presses it has read that mailbox: that is the proof (38-FZ art. 18(1), 152-FZ art. 9(3)).
    """

    __tablename__ = "consent_link"
    __table_args__ = (
        Index("ix_consent_link_token", "organisation_id", "token_hash", unique=True),
        Index("ix_consent_link_kind", "organisation_id", "kind", "expires_at"),
    )

    kind: Mapped[LinkKind] = mapped_column(one_of(LinkKind))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """When its button was pressed, or it was closed because nothing was left to press it for."""
    purpose_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("purpose.id"))
    """What it asks consent for; None where it takes consent back: see `wanted`."""
    agreement_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement_version.id"))
    agreement_version: Mapped[AgreementVersion] = relationship()
    receipt: Mapped[str] = plain(40)

    wanted = personal[list[str]]("evidence")
    """The purposes (in hex) for which the person wishes to take consent back."""
    ip_address = personal[str]("evidence")
    user_agent = personal[str]("evidence")
    page_address = personal[str]("evidence")
    box_label = personal[str]("evidence")

    @property
    def purposes(self) -> set[uuid.UUID]:
        """What it is about."""
        return {self.purpose_id} if self.purpose_id else {uuid.UUID(one) for one in self.wanted or []}

    @property
    def letter_key(self) -> str:
        """Under which key the outbox holds its letter."""
        return f"{self.kind.value}:{self.id.hex}"


class Ground(Sealed, Record):
    """Another basis than consent on which staff keep somebody's data (152-FZ art. 6(1) 2–11): a contract, a law."""

    __tablename__ = "ground"

    purpose_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("purpose.id"))
    purpose: Mapped[Purpose] = relationship()
    since_on: Mapped[date]
    until_on: Mapped[date | None]

    note = personal[str]("evidence")


class Renewal(OrganisationScoped, Record):
    """A question to everybody who agreed to an older text: whether they agree to the present one."""

    __tablename__ = "renewal"
    __table_args__ = (Index("ix_renewal_agreement_id", "organisation_id", "agreement_id", "id"),)

    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"))
    agreement: Mapped[Agreement] = relationship()
    editions: Mapped[dict[str, str]] = plain_json()
    """Which editions people are asked about, and the one of the same form that stood in place of each (keys in hex)."""
    lapses_on: Mapped[date | None]
    """The last day of an old consent that is not renewed; None: it stays in force."""
    reached: Mapped[uuid.UUID | None]
    """The last of the consents that was seen to; the job goes on after it."""
    letters: Mapped[int] = mapped_column(default=0)
    unreachable: Mapped[int] = mapped_column(default=0)
    """Those without an e-mail, and those who must not be written to: withdrawn, or to be looked into."""
    done_at: Mapped[datetime | None]


class Evidence(Sealed, Record):
    """How we know whose will it was. Destroyed together with the client's data; the ledger stays whole."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_consent_id", "organisation_id", "consent_id"),)

    consent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consent_record.id"))
    consent: Mapped[ConsentRecord] = relationship()

    ip_address = personal[str]("evidence")
    user_agent = personal[str]("evidence")
    page_address = personal[str]("evidence")
    box_label = personal[str]("evidence")
    note = personal[str]("evidence")

    attachment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attachment.id"))
    attachment: Mapped[Attachment | None] = relationship()
    """A scan of the paper or contract."""
