"""The register of purposes, the documents under edit, and the versions that were published."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.agreements.ready import LegalBasis, Proof, PurposeKind
from crm.core.db import AppendOnly, Lasting, Record, one_of, plain, plain_json
from crm.core.tenancy import OrganisationScoped


class AgreementKind(StrEnum):
    """What the document is for."""

    CONSENT = "consent"
    POLICY = "policy"


class Purpose(Lasting, OrganisationScoped, Record):
    """Why the operator processes data, and all that the law wants known of it (152-FZ art. 5, 6, 18.1(1)(2))."""

    __tablename__ = "purpose"
    __table_args__ = (Index("ix_purpose_organisation_id", "organisation_id", "id"),)

    kind: Mapped[PurposeKind] = mapped_column(one_of(PurposeKind))
    name: Mapped[str] = plain(300)
    basis: Mapped[LegalBasis] = mapped_column(one_of(LegalBasis))
    article: Mapped[str] = plain(200)
    data: Mapped[str] = plain(1000)
    """Categories of data, as the register names them; what forms ask stands in their own fields."""
    subjects: Mapped[str] = plain(500)
    actions: Mapped[str] = plain(500)
    recipients: Mapped[str] = plain(1000)
    retention_days: Mapped[int]
    proof: Mapped[Proof] = mapped_column(one_of(Proof))
    box_label: Mapped[str] = plain(300)
    """The words beside the box by which consent to this purpose is given."""
    retired_at: Mapped[datetime | None]
    """No form may ask for it any more; what was agreed to before stays."""
    revision: Mapped[int] = mapped_column(default=1)


class Agreement(OrganisationScoped, Record):
    """A document as the operator edits it: Markdown with placeholders. One for each purpose that rests on consent,
    and the policy."""

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    code: Mapped[str] = plain(40)
    """Its name in the desk's addresses."""
    kind: Mapped[AgreementKind] = mapped_column(one_of(AgreementKind))
    purpose_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("purpose.id"))
    """None: the policy, which tells of every purpose."""
    purpose: Mapped[Purpose | None] = relationship(lazy="joined")
    draft: Mapped[str] = plain()
    approved: Mapped[str | None] = plain()
    approved_at: Mapped[datetime | None]
    is_sample: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)


class AgreementVersion(AppendOnly, OrganisationScoped, Record):
    """One published edition with everything baked in: requisites, fields, number, date. Kept for ever.

    `rendered_for_id` is the form it was made for, or the legal entity for the policy; a form may go, its texts stay.
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
    values: Mapped[dict[str, str]] = plain_json()
    """What each placeholder stood for: by them it is told whether the text still says the truth."""
    source: Mapped[str] = plain()
    html: Mapped[str] = plain()
    sha256: Mapped[str] = plain(64)
    address: Mapped[str] = plain(32)
    published_by: Mapped[str] = plain(200)
