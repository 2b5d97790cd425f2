"""Reading forms and submissions."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import defer, joinedload

from crm.accounts.models import LegalEntity, Organisation
from crm.accounts.queries import entities
from crm.agreements import commands as documents
from crm.agreements import policy as texts
from crm.agreements import queries as agreements
from crm.agreements.models import Agreement, AgreementKind, AgreementVersion, Purpose
from crm.agreements.policy import Collected
from crm.agreements.ready import LegalBasis, Proof
from crm.clients.models import Client
from crm.consents.commands import Matter
from crm.core.clock import now
from crm.core.db import db
from crm.webforms import policy
from crm.webforms.face import Box, Face, Shown
from crm.webforms.models import FormConsent, FormState, FormVersion, Submission, WebForm
from crm.webforms.page import Pins
from crm.webforms.policy import Footing, Why

REPEAT_WINDOW = timedelta(hours=24)


_POLICY_IN_FORCE = (
    select(AgreementVersion.id)
    .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
    .where(Agreement.kind == AgreementKind.POLICY, AgreementVersion.rendered_for_id == LegalEntity.id)
    .order_by(AgreementVersion.number.desc())
    .limit(1)
    .correlate(LegalEntity)
    .scalar_subquery()
)
_SHOWN_BOX = FormConsent.form_version_id == WebForm.current_version_id
_NEEDS_MORE = or_(
    Purpose.basis != LegalBasis.CONSENT, and_(*(Purpose.proof != proof for proof in sorted(texts.BY_TICK)))
)
"""Purposes for whose consent no box is enough: also those that became so after the form was published."""
_STANDING = (
    select(
        WebForm.id,
        WebForm.state,
        WebForm.current_version_id,
        WebForm.outdated_at,
        LegalEntity.name,
        LegalEntity.public_code,
        Organisation.consent_asked,
        Organisation.grace_days,
        _POLICY_IN_FORCE.label("policy_id"),
        exists(FormConsent.id).where(_SHOWN_BOX).label("has_boxes"),
        (~exists(FormConsent.id).where(_SHOWN_BOX, FormConsent.purpose_id == Purpose.id, _NEEDS_MORE)).label(
            "may_be_asked"
        ),
    )
    .join(Organisation, Organisation.id == WebForm.organisation_id)
    .outerjoin(FormVersion, FormVersion.id == WebForm.current_version_id)
    .join(LegalEntity, LegalEntity.id == func.coalesce(FormVersion.entity_id, WebForm.entity_id))
)
_SHOWN = _STANDING.where(WebForm.id == bindparam("form_id"))
"""Built once: every visitor's request runs it."""


def shown(form_id: uuid.UUID) -> Shown | None:
    """What visitors see now; None while the form may not collect (policy.Stop says why)."""
    row = db.session.execute(_SHOWN, {"form_id": form_id}).one_or_none()
    if row is None or policy.stopped_by(_footing(row), at=now()):
        return None
    pins = Pins(row.current_version_id, row.consent_asked, row.policy_id)
    return Shown(form_id, row.name, row.public_code, _face(row.current_version_id), pins)


def footings(form_id: uuid.UUID | None = None) -> dict[uuid.UUID, Footing]:
    """What a form stands on, or every form of the operator, all asked for at once."""
    rows = db.session.execute(_SHOWN, {"form_id": form_id}) if form_id else db.session.execute(_STANDING)
    return {row.id: _footing(row) for row in rows}


def _footing(row: Any) -> Footing:
    return Footing(
        row.state,
        row.consent_asked,
        row.has_boxes,
        row.may_be_asked,
        row.policy_id is not None,
        row.outdated_at,
        row.grace_days,
    )


def collecting() -> set[uuid.UUID]:
    """The forms for which `shown` has something to show."""
    return {form_id for form_id, footing in footings().items() if not policy.stopped_by(footing, at=now())}


@lru_cache(maxsize=512)
def _face(version_id: uuid.UUID) -> Face:
    """Versions never change, so each is read once per process."""
    version = db.session.get_one(FormVersion, version_id)
    boxes = tuple(map(_box, boxes_of(version)))
    return Face(version.id, version.title, version.lead, version.fields, boxes)


def _box(row: FormConsent) -> Box:
    text = row.agreement_version
    return Box(
        name=f"consent_{row.position}" if row.position else "consent",
        label=row.label,
        is_required=row.is_required,
        is_confirmed_by_letter=row.is_confirmed_by_letter,
        matter=Matter(text.id, text.agreement_id, row.purpose_id, text.purpose, text.retention_days),
        number=text.number,
        address=text.address,
    )


def boxes_of(*versions: FormVersion) -> Sequence[FormConsent]:
    """The boxes of form versions in their order, with the exact texts."""
    rows = select(FormConsent).where(FormConsent.form_version_id.in_([version.id for version in versions]))
    text = joinedload(FormConsent.agreement_version).options(
        defer(AgreementVersion.html), defer(AgreementVersion.source)
    )
    return db.session.scalars(rows.options(text).order_by(FormConsent.form_version_id, FormConsent.position)).all()


def forms() -> Sequence[WebForm]:
    """The operator's forms, the newest first."""
    return db.session.scalars(select(WebForm).order_by(WebForm.id.desc())).all()


def entity_of(form_id: uuid.UUID) -> LegalEntity:
    """The legal entity that collects through a form: of the version that visitors see, else of the draft."""
    chosen = func.coalesce(FormVersion.entity_id, WebForm.entity_id)
    form = select(WebForm.id).outerjoin(FormVersion, FormVersion.id == WebForm.current_version_id)
    return db.session.scalars(
        select(LegalEntity).where(form.where(WebForm.id == form_id, chosen == LegalEntity.id).exists())
    ).one()


def outdated_forms() -> Sequence[WebForm]:
    """Published forms whose consent texts no longer say the truth."""
    rows = select(WebForm).where(WebForm.state == FormState.PUBLISHED, WebForm.outdated_at.is_not(None))
    return db.session.scalars(rows.order_by(WebForm.id)).all()


def published_forms() -> Sequence[WebForm]:
    """Forms that visitors can use."""
    return db.session.scalars(select(WebForm).filter_by(state=FormState.PUBLISHED)).all()


def versions(form: WebForm) -> Sequence[FormVersion]:
    """A form's published versions, the latest first."""
    statement = select(FormVersion).filter_by(form_id=form.id)
    return db.session.scalars(statement.order_by(FormVersion.number.desc())).all()


def register(entity_id: uuid.UUID) -> list[Collected]:
    """What the policy of a legal entity tells: each purpose that its forms ask consent for, with the labels of the
    fields that visitors see there or that new drafts have, and each purpose on another ground or, with a text that is
    published, on signed consent."""
    labels: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for fields, purpose_ids in _asked_by(entity_id):
        for purpose_id in purpose_ids:
            labels.setdefault(purpose_id, []).extend(fields)
    approved = {one.purpose_id for one in agreements.agreements() if one.approved is not None}
    return [
        Collected(purpose, list(dict.fromkeys(policy.labels_for(purpose, labels.get(purpose.id, [])))))
        for purpose in agreements.purposes(retired=True)
        if purpose.id in labels or policy.is_told_anyway(purpose, is_approved=purpose.id in approved)
    ]


def labels_of(register: Sequence[Collected]) -> list[str]:
    """Labels of all fields that a policy with this register tells of, each once."""
    return list(dict.fromkeys(label for collected in register for label in collected.labels))


def _asked_by(entity_id: uuid.UUID) -> Iterator[tuple[list[dict[str, Any]], list[uuid.UUID]]]:
    current = {version.id: version for version in current_versions()}
    boxes: dict[uuid.UUID, list[uuid.UUID]] = {}
    for box in boxes_of(*current.values()):
        boxes.setdefault(box.form_version_id, []).append(box.purpose_id)
    for form in reversed(forms()):
        seen = current.get(form.current_version_id) if form.current_version_id else None
        if form.state is FormState.CLOSED or (seen or form).entity_id != entity_id:
            continue
        of_draft = [uuid.UUID(entry["id"]) for entry in form.purposes]
        yield (seen or form).fields, (boxes.get(seen.id) if seen else None) or of_draft


@dataclass(frozen=True)
class Outdated:
    """An edition that no longer says the truth, and which of its values changed."""

    version: AgreementVersion
    names: list[str]
    why: Why | None = None
    """What keeps the form from asking for this consent at all any more."""
    is_proved_otherwise: bool = False
    """Whether the purpose now wants another proof than the box was made for."""


def outdated(form: WebForm) -> list[Outdated]:
    """The boxes of a published form that would be others if it were published now."""
    version = db.session.get_one(FormVersion, form.current_version_id)
    entity = db.session.get_one(LegalEntity, version.entity_id)
    judged = [_judged(box, version, entity) for box in boxes_of(version)]
    return [one for one in judged if one.names or one.why or one.is_proved_otherwise]


def _judged(box: FormConsent, version: FormVersion, entity: LegalEntity) -> Outdated:
    text, labels = box.agreement_version, policy.labels_for(box.purpose, version.fields)
    values = documents.values_of(text.agreement, entity, fields=labels, form=version.title, number=text.number)
    found = policy.why_not([(box.purpose, box.is_required)], version.fields)
    is_proved_otherwise = box.is_confirmed_by_letter is not (box.purpose.proof is Proof.DOUBLE)
    return Outdated(text, texts.outdated(text.values, values), found[0] if found else None, is_proved_otherwise)


def outdated_policies() -> list[Outdated]:
    """The policies in force that would read otherwise if they were published now."""
    agreement, found = agreements.agreement(agreements.POLICY), []
    for entity in entities():
        version = agreements.latest_version(agreement, entity.id)
        if version is None:
            continue
        told = register(entity.id)
        values = documents.values_of(
            agreement, entity, register=told, fields=labels_of(told), form=entity.name, number=version.number
        )
        if told and (names := texts.outdated(version.values, values)):
            found.append(Outdated(version, names))
    return found


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
