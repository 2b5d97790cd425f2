"""Forms under edit, their published versions, and what visitors sent."""

import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.agreements.models import AgreementVersion
from crm.clients import policy as clients
from crm.clients.models import Client
from crm.consents.models import ConsentRecord
from crm.core.db import AppendOnly, Record, one_of, plain, plain_json
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
    agreement_version_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agreement_version.id"))
    agreement_version: Mapped[AgreementVersion | None] = relationship()
    published_by: Mapped[str] = plain(200)


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
