"""Forms under edit, their published versions, and what visitors sent."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import LegalEntity
from crm.agreements.models import AgreementVersion, Purpose
from crm.clients import policy as clients
from crm.clients.models import Client
from crm.consents.models import ConsentRecord
from crm.core.db import AppendOnly, Base, Record, one_of, plain, plain_json
from crm.core.personal import Sealed, personal
from crm.core.tenancy import OrganisationScoped


class FormState(StrEnum):
    """Whether visitors can use the form."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class WebForm(OrganisationScoped, Record):
    """A form as the operator edits it, with the version that visitors see."""

    __tablename__ = "web_form"
    __table_args__ = (Index("ix_web_form_organisation_id", "organisation_id", "id"),)

    title: Mapped[str] = plain(200)
    lead: Mapped[str] = plain(1000)
    fields: Mapped[list[dict[str, Any]]] = plain_json()
    entity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("legal_entity.id"))
    entity: Mapped[LegalEntity] = relationship()
    purposes: Mapped[list[dict[str, Any]]] = plain_json()
    """What consent is asked for, in order: [{"id": hex of the purpose, "required": bool}]."""
    outdated_at: Mapped[datetime | None]
    """Since when its published documents no longer say the truth; see webforms/commands.judge."""
    state: Mapped[FormState] = mapped_column(one_of(FormState), default=FormState.DRAFT)
    address: Mapped[str] = plain(32)
    revision: Mapped[int] = mapped_column(default=1)
    current_version_id: Mapped[uuid.UUID | None]


class FormVersion(AppendOnly, OrganisationScoped, Record):
    """What visitors see: the fields and, if consent was asked, the exact text beside the Send button."""

    __tablename__ = "form_version"
    __table_args__ = (UniqueConstraint("form_id", "number"),)

    form_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("web_form.id"))
    form: Mapped[WebForm] = relationship()
    number: Mapped[int]
    title: Mapped[str] = plain(200)
    lead: Mapped[str] = plain(1000)
    fields: Mapped[list[dict[str, Any]]] = plain_json()
    entity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("legal_entity.id"))
    published_by: Mapped[str] = plain(200)


class FormConsent(AppendOnly, OrganisationScoped, Record):
    """One box of a form version: to which exact text it says yes, in which words."""

    __tablename__ = "form_consent"
    __table_args__ = (UniqueConstraint("form_version_id", "position"),)

    form_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("form_version.id"))
    form_version: Mapped[FormVersion] = relationship()
    position: Mapped[int]
    purpose_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("purpose.id"))
    purpose: Mapped[Purpose] = relationship()
    agreement_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement_version.id"))
    agreement_version: Mapped[AgreementVersion] = relationship()
    label: Mapped[str] = plain(300)
    is_required: Mapped[bool]
    is_confirmed_by_letter: Mapped[bool]
    """Ticking alone is not enough: consent is given by the button behind a link in a letter."""


class FormCount(OrganisationScoped, Base):
    """How often a form version was shown, sent and turned away for want of a required consent, by day (Moscow)."""

    __tablename__ = "form_count"

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    form_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("form_version.id"), primary_key=True)
    counted_on: Mapped[date] = mapped_column(primary_key=True)
    shown: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)


class Submission(Sealed, Record):
    """What one visitor sent, as sent, tied to the form version and the consent they saw."""

    __tablename__ = "submission"
    __table_args__ = (
        Index("ix_submission_digest", "organisation_id", "digest", "id"),
        Index("ix_submission_client_id", "organisation_id", "client_id", "id"),
        Index("ix_submission_organisation_id", "organisation_id", "id"),
    )

    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client.id"))
    client: Mapped[Client] = relationship()
    form_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("form_version.id"))
    form_version: Mapped[FormVersion] = relationship()
    consent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consent_record.id"))
    consent: Mapped[ConsentRecord | None] = relationship()
    digest: Mapped[bytes] = mapped_column(LargeBinary(16))
    """Keyed hash of form and content: tells a repetition without telling what was sent."""
    filled_in_seconds: Mapped[int]

    answers = personal[dict[str, dict[str, str]]](
        lambda answers: {name if name in clients.FIELDS else clients.FREE_TEXT for name in answers}
    )
