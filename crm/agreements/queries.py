"""Reading documents."""

import uuid
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import defer

from crm.agreements.models import Agreement, AgreementKind, AgreementVersion
from crm.core import tenancy
from crm.core.db import db

TEXTS = Path(__file__).parent / "texts"


def sample(kind: AgreementKind) -> str:
    """The ready template that comes with the product, as Markdown."""
    return (TEXTS / f"{kind.value}.md").read_text(encoding="utf-8")


def agreement(kind: AgreementKind) -> Agreement:
    """The operator's document of this kind."""
    return db.session.scalars(select(Agreement).filter_by(kind=kind)).one()


def versions(kind: AgreementKind, *, limit: int = 100) -> Sequence[AgreementVersion]:
    """Published editions of this kind, the latest first; their long texts are loaded only when asked for."""
    return db.session.scalars(
        select(AgreementVersion)
        .where(AgreementVersion.agreement_id == agreement(kind).id)
        .options(defer(AgreementVersion.html), defer(AgreementVersion.source))
        .order_by(AgreementVersion.id.desc())
        .limit(limit)
    ).all()


def latest_version(agreement: Agreement, rendered_for_id: uuid.UUID) -> AgreementVersion | None:
    """The edition in force for this form, or of the policy for the operator; None while none is published."""
    return db.session.scalar(
        select(AgreementVersion)
        .filter_by(agreement_id=agreement.id, rendered_for_id=rendered_for_id)
        .order_by(AgreementVersion.number.desc())
        .limit(1)
    )


def current_policy() -> AgreementVersion | None:
    """The operator's policy in force; None while none is published."""
    return latest_version(agreement(AgreementKind.POLICY), tenancy.current_organisation_id())


def version_before(version: AgreementVersion) -> AgreementVersion | None:
    """The edition that this one replaced, None for the first."""
    return db.session.scalar(
        select(AgreementVersion).filter_by(
            agreement_id=version.agreement_id, rendered_for_id=version.rendered_for_id, number=version.number - 1
        )
    )
