"""Reading the register of purposes and the documents."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload

from crm.agreements import ready
from crm.agreements.models import Agreement, AgreementVersion, Purpose
from crm.agreements.policy import BY_TICK
from crm.agreements.ready import READY, PurposeKind
from crm.core.db import db

POLICY = "policy"
"""The code of the policy."""


def sample(kind: PurposeKind | None) -> str:
    """The ready template that comes with the product, as Markdown; None for the policy's."""
    return READY[kind].text if kind else ready.POLICY


def sample_for(purpose: Purpose) -> str:
    """The ready text of the consent to a purpose: one to be ticked, or one to be signed."""
    return sample(purpose.kind) if purpose.proof in BY_TICK else ready.WRITTEN


def purposes(*, retired: bool = False) -> Sequence[Purpose]:
    """The register of purposes, in the order they came; those no longer used only when asked for."""
    statement = select(Purpose).order_by(Purpose.id)
    return db.session.scalars(statement if retired else statement.where(Purpose.retired_at.is_(None))).all()


def find(code: str) -> Agreement | None:
    """The operator's document of this code."""
    return db.session.scalar(select(Agreement).filter_by(code=code))


def agreement(code: str) -> Agreement:
    """The operator's document of this code, which is there."""
    return db.session.scalars(select(Agreement).filter_by(code=code)).one()


def agreements() -> Sequence[Agreement]:
    """The consent document of every purpose."""
    wanted = select(Agreement).where(Agreement.purpose_id.is_not(None)).options(joinedload(Agreement.purpose))
    return db.session.scalars(wanted.order_by(Agreement.purpose_id)).all()


def agreement_to(purpose: Purpose) -> Agreement | None:
    """The consent document of this purpose; a purpose on another basis than consent has none."""
    return db.session.scalar(select(Agreement).filter_by(purpose_id=purpose.id))


_SHORT = select(AgreementVersion).options(
    defer(AgreementVersion.html), defer(AgreementVersion.source), defer(AgreementVersion.values)
)
"""Editions without their long texts, which are loaded only when asked for."""


def versions(agreement: Agreement, *, limit: int = 100) -> Sequence[AgreementVersion]:
    """A document's published editions, for every form or legal entity, the latest first."""
    rows = _SHORT.where(AgreementVersion.agreement_id == agreement.id)
    return db.session.scalars(rows.order_by(AgreementVersion.id.desc()).limit(limit)).all()


def version(agreement: Agreement, version_id: uuid.UUID) -> AgreementVersion | None:
    """The edition of this document with this key."""
    return db.session.scalar(select(AgreementVersion).filter_by(id=version_id, agreement_id=agreement.id))


def editions(version: AgreementVersion, *, limit: int = 100) -> Sequence[AgreementVersion]:
    """This edition with those before and after it, the latest first, by their numbers: a clock may jump."""
    rows = _SHORT.filter_by(agreement_id=version.agreement_id, rendered_for_id=version.rendered_for_id)
    return db.session.scalars(rows.order_by(AgreementVersion.number.desc()).limit(limit)).all()


def latest_version(agreement: Agreement, rendered_for_id: uuid.UUID) -> AgreementVersion | None:
    """The edition in force for this form, or of the policy for the legal entity; None while none is published."""
    return db.session.scalar(
        select(AgreementVersion)
        .filter_by(agreement_id=agreement.id, rendered_for_id=rendered_for_id)
        .order_by(AgreementVersion.number.desc())
        .limit(1)
    )


def current_policy(entity_id: uuid.UUID) -> AgreementVersion | None:
    """A legal entity's policy in force; None while none is published."""
    return latest_version(agreement(POLICY), entity_id)


def version_before(version: AgreementVersion) -> AgreementVersion | None:
    """The edition that this one replaced, None for the first."""
    return db.session.scalar(
        select(AgreementVersion).filter_by(
            agreement_id=version.agreement_id, rendered_for_id=version.rendered_for_id, number=version.number - 1
        )
    )
