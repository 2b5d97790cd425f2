"""Reading forms and submissions."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import Organisation
from crm.agreements.models import Agreement, AgreementKind, AgreementVersion
from crm.clients.models import Client
from crm.core.clock import now
from crm.core.db import db
from crm.webforms.models import FormState, FormVersion, Submission, WebForm
from crm.webforms.page import Pins

REPEAT_WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Face:
    """The unchanging content of a form version, as its page shows it."""

    version_id: uuid.UUID
    title: str
    lead: str
    fields: list[dict[str, Any]] = field(hash=False)
    agreement_id: uuid.UUID | None
    agreement_number: int | None
    agreement_address: str | None
    purpose: str | None


@dataclass(frozen=True)
class Shown:
    """What the public page of a form shows at this moment."""

    form_id: uuid.UUID
    company: str
    public_code: str
    face: Face
    pins: Pins

    @property
    def asks_consent(self) -> bool:
        return self.pins.agreement is not None


_POLICY_IN_FORCE = (
    select(AgreementVersion.id)
    .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
    .where(Agreement.kind == AgreementKind.POLICY, AgreementVersion.rendered_for_id == Organisation.id)
    .order_by(AgreementVersion.number.desc())
    .limit(1)
    .correlate(Organisation)
    .scalar_subquery()
)
_SHOWN = (
    select(
        WebForm.state,
        WebForm.current_version_id,
        Organisation.name,
        Organisation.public_code,
        Organisation.consent_asked,
        _POLICY_IN_FORCE.label("policy_id"),
    )
    .join(Organisation, Organisation.id == WebForm.organisation_id)
    .where(WebForm.id == bindparam("form_id"))
)
"""Built once: every visitor's request runs it."""


def shown(form_id: uuid.UUID) -> Shown | None:
    """What visitors see now; None while the form is not published or may not collect (consent is asked, but there is
    no text to agree to)."""
    row = db.session.execute(_SHOWN, {"form_id": form_id}).one_or_none()
    if row is None or row.state is not FormState.PUBLISHED:
        return None
    face = _face(row.current_version_id)
    if row.consent_asked and (face.agreement_id is None or row.policy_id is None):
        return None
    agreement_id = face.agreement_id if row.consent_asked else None
    pins = Pins(face.version_id, agreement_id, row.policy_id)
    return Shown(form_id, row.name, row.public_code, face, pins)


@lru_cache(maxsize=512)
def _face(version_id: uuid.UUID) -> Face:
    """Versions never change, so each is read once per process."""
    version = db.session.get_one(FormVersion, version_id, options=[joinedload(FormVersion.agreement_version)])
    text = version.agreement_version
    return Face(
        version.id,
        version.title,
        version.lead,
        version.fields,
        version.agreement_version_id,
        text.number if text else None,
        text.address if text else None,
        text.purpose if text else None,
    )


def forms() -> Sequence[WebForm]:
    """The operator's forms, the newest first."""
    return db.session.scalars(select(WebForm).order_by(WebForm.id.desc())).all()


def collecting() -> set[uuid.UUID]:
    """The forms for which `shown` has something to show, all asked for at once."""
    has_text = and_(FormVersion.agreement_version_id.is_not(None), _POLICY_IN_FORCE.is_not(None))
    statement = (
        select(WebForm.id)
        .join(Organisation, Organisation.id == WebForm.organisation_id)
        .join(FormVersion, FormVersion.id == WebForm.current_version_id)
        .where(WebForm.state == FormState.PUBLISHED, or_(Organisation.consent_asked.is_(False), has_text))
    )
    return set(db.session.scalars(statement))


def published_forms() -> Sequence[WebForm]:
    """Forms that visitors can use."""
    return db.session.scalars(select(WebForm).filter_by(state=FormState.PUBLISHED)).all()


def versions(form: WebForm) -> Sequence[FormVersion]:
    """A form's published versions, the latest first."""
    statement = select(FormVersion).filter_by(form_id=form.id).options(joinedload(FormVersion.agreement_version))
    return db.session.scalars(statement.order_by(FormVersion.number.desc())).all()


def labels_in_use() -> list[str]:
    """Labels of the fields that the policy says are collected: those visitors see and those of new drafts."""
    current = {version.id: version.fields for version in current_versions()}
    fields = (
        current.get(form.current_version_id, form.fields) if form.current_version_id else form.fields
        for form in reversed(forms())
        if form.state is not FormState.CLOSED
    )
    return list(dict.fromkeys(entry["label"] for chosen in fields for entry in chosen))


def current_versions() -> Sequence[FormVersion]:
    """The versions that visitors see."""
    statement = select(FormVersion).join(WebForm, WebForm.current_version_id == FormVersion.id)
    return db.session.scalars(statement).all()


_REPETITION = (
    select(Submission)
    .where(Submission.digest == bindparam("digest"), Submission.created_at > bindparam("since"))
    .options(joinedload(Submission.consent))
    .order_by(Submission.id.desc())
    .limit(1)
)


def repetition(digest: bytes) -> Submission | None:
    """The newest submission with the same content sent within the last day."""
    return db.session.scalar(_REPETITION, {"digest": digest, "since": now() - REPEAT_WINDOW})


def submissions_of(client: Client, *, before: uuid.UUID | None = None, limit: int) -> Sequence[Submission]:
    """What this client sent before the submission `before`, the latest first."""
    version = joinedload(Submission.form_version).joinedload(FormVersion.form)
    statement = select(Submission).filter_by(client_id=client.id).options(version, joinedload(Submission.consent))
    if before:
        statement = statement.where(Submission.id < before)
    return db.session.scalars(statement.order_by(Submission.id.desc()).limit(limit)).all()


def latest_submissions(*, limit: int = 10) -> Sequence[Submission]:
    """The operator's newest submissions."""
    options = (joinedload(Submission.form_version), joinedload(Submission.client))
    return db.session.scalars(select(Submission).options(*options).order_by(Submission.id.desc()).limit(limit)).all()
