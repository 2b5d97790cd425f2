"""Acts on documents: preparing, saving a draft, approving it, publishing an edition."""

import uuid
from collections.abc import Sequence

from flask import current_app

from crm.accounts import commands as accounts
from crm.accounts import queries as organisations
from crm.accounts.models import Place, User
from crm.agreements import document, policy, queries
from crm.agreements.models import Agreement, AgreementKind, AgreementVersion
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import transaction
from crm.core.clock import now, today
from crm.core.db import db

PURPOSE = "ответ на обращение посетителя, направленное через форму, и связь с ним по этому обращению"
RETENTION_DAYS = 365


class Overtaken(Exception):
    """Somebody else saved or published the document since this editor opened it; nothing was written."""


class NotReady(Exception):
    """The document cannot be published; `faults` say why, none means that nobody has approved its text yet."""

    def __init__(self, faults: list[policy.Fault], kind: AgreementKind) -> None:
        super().__init__("not ready")
        self.faults, self.kind = faults, kind


def prepare() -> None:
    """Give a new operator its documents: drafts made of the ready samples."""
    for kind in AgreementKind:
        db.session.add(Agreement(kind=kind, purpose=PURPOSE, retention_days=RETENTION_DAYS, draft=queries.sample(kind)))


def save_draft(
    agreement: Agreement, *, draft: str, purpose: str, retention_days: int, reviewed: bool, revision: int, by: User
) -> None:
    """Save what the editor holds; Overtaken when the document is no longer the one it opened."""
    transaction.one_at_a_time()
    db.session.refresh(agreement)
    if agreement.revision != revision:
        raise Overtaken
    agreement.draft, agreement.purpose, agreement.retention_days = draft, purpose, retention_days
    agreement.is_sample = not reviewed
    agreement.revision += 1
    audit.note(Action.AGREEMENT_SAVED, by=by.id, subject=agreement.id)


def approve(agreement: Agreement) -> None:
    """From now on editions are made of the present draft. NotReady while it has a fault whatever the form is."""
    values = values_of(agreement, fields=["…"], form="…", number=1)
    if faults := policy.faults(agreement.draft, values):
        raise NotReady(faults, agreement.kind)
    agreement.approved, agreement.approved_at = agreement.draft, now()


def publish(
    agreement: Agreement, *, rendered_for_id: uuid.UUID, rendered_for: str, fields: Sequence[str], by: User
) -> AgreementVersion:
    """Make the next immutable edition of the approved text for one form (or for the operator's policy).

    NotReady while a placeholder is unknown or has no value.
    """
    transaction.one_at_a_time()
    latest = queries.latest_version(agreement, rendered_for_id)
    number = latest.number + 1 if latest else 1
    source = agreement.approved or ""
    values = values_of(agreement, fields=fields, form=rendered_for, number=number)
    if faults := policy.faults(source, values):
        raise NotReady(faults, agreement.kind)
    html = document.render(source, values)
    version = AgreementVersion(
        agreement=agreement,
        rendered_for_id=rendered_for_id,
        rendered_for=rendered_for,
        number=number,
        purpose=agreement.purpose,
        retention_days=agreement.retention_days,
        fields=list(fields),
        source=source,
        html=html,
        sha256=document.fingerprint(html),
        published_by=by.name,
        address="",
    )
    version.address = accounts.open_address(Place.DOCUMENT, version.id)
    db.session.add(version)
    audit.note(Action.AGREEMENT_PUBLISHED, by=by.id, subject=version.id, details={"number": number})
    return version


def values_of(agreement: Agreement, *, fields: Sequence[str], form: str, number: int) -> dict[str, str]:
    """The values of every placeholder, were the document published now."""
    return policy.values(
        organisations.organisation(),
        agreement,
        fields=fields,
        form=form,
        number=number,
        on=today(),
        base_url=current_app.config["BASE_URL"],
    )
