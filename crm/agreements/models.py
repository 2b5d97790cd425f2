"""Documents under edit and the versions that were published."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.core.db import AppendOnly, Record, one_of, plain, plain_json
from crm.core.tenancy import OrganisationScoped


class AgreementKind(StrEnum):
    """What the document is for."""

    CONSENT = "consent"
    POLICY = "policy"


class Agreement(OrganisationScoped, Record):
    """A document as the operator edits it: Markdown with placeholders."""

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("organisation_id", "kind"),)

    kind: Mapped[AgreementKind] = mapped_column(one_of(AgreementKind))
    purpose: Mapped[str] = plain(300)
    retention_days: Mapped[int]
    draft: Mapped[str] = plain()
    approved: Mapped[str | None] = plain()
    approved_at: Mapped[datetime | None]
    is_sample: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)


class AgreementVersion(AppendOnly, OrganisationScoped, Record):
    """One published edition with everything baked in: requisites, fields, number, date. Kept for ever.

    `rendered_for_id` is the form it was made for, or the operator for the policy; a form may go, its texts stay.
    """

    __tablename__ = "agreement_version"
    __table_args__ = (
        UniqueConstraint("agreement_id", "rendered_for_id", "number"),
        Index("ix_agreement_version_organisation_id", "organisation_id", "id"),
    )

    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"))
    agreement: Mapped[Agreement] = relationship()
    rendered_for_id: Mapped[uuid.UUID]
    rendered_for: Mapped[str] = plain(300)
    number: Mapped[int]
    purpose: Mapped[str] = plain(300)
    retention_days: Mapped[int]
    fields: Mapped[list[str]] = plain_json()
    source: Mapped[str] = plain()
    html: Mapped[str] = plain()
    sha256: Mapped[str] = plain(64)
    address: Mapped[str] = plain(32)
    published_by: Mapped[str] = plain(200)
