"""Acts on purposes and documents: preparing, saving a draft, approving it, publishing an edition."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import current_app

from crm.accounts import commands as accounts
from crm.accounts.models import LegalEntity, Place, User
from crm.agreements import document, policy, queries
from crm.agreements.models import Agreement, AgreementKind, AgreementVersion, Purpose
from crm.agreements.policy import Collected
from crm.agreements.ready import READY, LegalBasis, PurposeKind
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import transaction
from crm.core.clock import now, today
from crm.core.db import db, new_key

CODES = {PurposeKind.ENQUIRY: "consent"}
"""Names of documents in addresses where they differ from the kind of the purpose."""


class Overtaken(Exception):
    """Somebody else saved or published the thing since this editor opened it; nothing was written."""


class NotReady(Exception):
    """The document cannot be published; `faults` say why, none means that nobody has approved its text yet."""

    def __init__(self, faults: list[policy.Fault], agreement: Agreement) -> None:
        super().__init__("not ready")
        self.faults, self.agreement = faults, agreement

    @property
    def title(self) -> str:
        """The document's title, with its purpose: an operator has many consents."""
        purpose = self.agreement.purpose
        return f"{policy.title(self.agreement)}: {purpose.name}" if purpose else policy.title(self.agreement)


def prepare() -> None:
    """Give a new operator the ready purposes, and its documents: drafts made of the ready samples."""
    db.session.add(Agreement(code=queries.POLICY, kind=AgreementKind.POLICY, draft=queries.sample(None)))
    kinds = [kind for kind in READY if kind is not PurposeKind.OTHER]
    keys = sorted(new_key() for _ in kinds)  # keys of one millisecond come in no order, and the first is every form's
    for key, kind in zip(keys, kinds, strict=True):
        purpose = Purpose(id=key, kind=kind, **READY[kind].values())
        db.session.add(purpose)
        _add_agreement(purpose)


def add_purpose(*, kind: PurposeKind, values: dict[str, Any], by: User) -> Purpose:
    """Enter a purpose in the register; one that rests on consent gets its document, a draft made of the sample."""
    purpose = Purpose(kind=kind, **values)
    db.session.add(purpose)
    if purpose.basis is LegalBasis.CONSENT:
        _add_agreement(purpose)
    audit.note(Action.PURPOSE_ADDED, by=by.id, subject=purpose.id)
    return purpose


def _add_agreement(purpose: Purpose) -> None:
    code = CODES.get(purpose.kind, purpose.kind.value)
    if purpose.kind is PurposeKind.OTHER or queries.find(code):
        code = f"purpose-{purpose.id.hex[-8:]}"
    draft = queries.sample_for(purpose)
    db.session.add(Agreement(code=code, kind=AgreementKind.CONSENT, purpose=purpose, draft=draft))


def save_purpose(purpose: Purpose, *, values: dict[str, Any], revision: int, by: User) -> None:
    """Change a purpose in the register; what was published keeps its words. Overtaken."""
    transaction.one_at_a_time()
    db.session.refresh(purpose)
    if purpose.revision != revision:
        raise Overtaken
    changed = [name for name, value in values.items() if getattr(purpose, name) != value]
    for name in changed:
        setattr(purpose, name, values[name])
    purpose.revision += 1
    if purpose.basis is LegalBasis.CONSENT and queries.agreement_to(purpose) is None:
        _add_agreement(purpose)
    audit.note(Action.PURPOSE_SAVED, by=by.id, subject=purpose.id, details={"fields": changed})


def set_retired(purpose: Purpose, *, retired: bool, by: User) -> None:
    """Stop using a purpose, or use it again; consents given for it stay as they are."""
    purpose.retired_at = now() if retired else None
    audit.note(Action.PURPOSE_RETIRED if retired else Action.PURPOSE_RESUMED, by=by.id, subject=purpose.id)


def save_draft(agreement: Agreement, *, draft: str, reviewed: bool, revision: int, by: User) -> None:
    """Save what the editor holds; Overtaken when the document is no longer the one it opened."""
    transaction.one_at_a_time()
    db.session.refresh(agreement)
    if agreement.revision != revision:
        raise Overtaken
    agreement.draft = draft
    agreement.is_sample = not reviewed
    agreement.revision += 1
    audit.note(Action.AGREEMENT_SAVED, by=by.id, subject=agreement.id)


def approve(agreement: Agreement, entity: LegalEntity) -> None:
    """From now on editions are made of the present draft. NotReady while it has a fault whatever the form is."""
    register = [Collected(agreement.purpose or queries.purposes(retired=True)[0], [])]
    values = values_of(agreement, entity, register=register, fields=["…"], form="…", number=1)
    if faults := policy.faults(agreement.draft, values):
        raise NotReady(faults, agreement)
    agreement.approved, agreement.approved_at = agreement.draft, now()


def publish(
    agreement: Agreement,
    entity: LegalEntity,
    *,
    rendered_for_id: uuid.UUID,
    rendered_for: str,
    fields: Sequence[str],
    register: Sequence[Collected] = (),
    by: User,
) -> AgreementVersion:
    """The immutable edition of the approved text for one form (or for a legal entity's policy): the one in force
    where nothing changed, else the next.

    NotReady while a placeholder is unknown or has no value, or nobody has approved the text.
    """
    transaction.one_at_a_time()
    latest = queries.latest_version(agreement, rendered_for_id)
    number = latest.number + 1 if latest else 1
    if agreement.approved is None:
        raise NotReady([], agreement)
    source = agreement.approved
    values = values_of(agreement, entity, register=register, fields=fields, form=rendered_for, number=number)
    if faults := policy.faults(source, values):
        raise NotReady(faults, agreement)
    if latest and latest.values and latest.source == source and not policy.outdated(latest.values, values):
        return latest
    version = _bake(agreement, source, values, number=number, by=by)
    version.rendered_for_id, version.rendered_for, version.fields = rendered_for_id, rendered_for, list(fields)
    db.session.add(version)
    audit.note(Action.AGREEMENT_PUBLISHED, by=by.id, subject=version.id, details={"number": number})
    return version


def _bake(agreement: Agreement, source: str, values: dict[str, str], *, number: int, by: User) -> AgreementVersion:
    html, purpose = document.render(source, values), agreement.purpose
    version = AgreementVersion(
        agreement=agreement,
        number=number,
        purpose=purpose.name if purpose else policy.POLICY_TITLE,
        retention_days=purpose.retention_days if purpose else 0,
        values=policy.told(source, values),
        source=source,
        html=html,
        sha256=document.fingerprint(html),
        published_by=by.name,
    )
    version.address = accounts.open_address(Place.DOCUMENT, version.id)
    return version


def values_of(
    agreement: Agreement,
    entity: LegalEntity,
    *,
    register: Sequence[Collected] = (),
    fields: Sequence[str],
    form: str,
    number: int,
) -> dict[str, str]:
    """The values of every placeholder, were the document published now."""
    return policy.values(
        entity,
        purpose=agreement.purpose,
        register=register,
        fields=fields,
        form=form,
        number=number,
        on=today(),
        base_url=current_app.config["BASE_URL"],
    )
