"""The consent ledger and the evidence beside it."""

import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.agreements.models import AgreementVersion
from crm.core.db import Record, one_of, plain
from crm.core.ledger import Chained
from crm.core.personal import Sealed, personal


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
    EMAIL = "email"
    PHONE = "phone"
    PAPER = "paper"
    IN_PERSON = "in_person"


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
