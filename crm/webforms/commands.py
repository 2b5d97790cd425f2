"""Acts on forms: making, saving, publishing, closing — and putting documents in force on them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.accounts import commands as accounts
from crm.accounts import queries as organisations
from crm.accounts.models import LegalEntity, Place, User
from crm.agreements import commands as documents
from crm.agreements import policy as texts
from crm.agreements import queries as agreements
from crm.agreements.models import Agreement, AgreementKind, AgreementVersion, Purpose
from crm.agreements.policy import BY_TICK
from crm.agreements.ready import Proof
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import transaction
from crm.core.clock import now
from crm.core.db import db
from crm.webforms import policy, queries
from crm.webforms.models import FormConsent, FormState, FormVersion, WebForm

ON_PAPER = "бумажный бланк"
"""What a text is made for that no form may ask for: the word of a document, so Russian."""


class CannotAsk(Exception):
    """The form may not ask for these consents; nothing was published."""

    def __init__(self, why: policy.Why, purpose: Purpose | None) -> None:
        super().__init__(why.value)
        self.why, self.purpose = why, purpose

    @property
    def words(self) -> str:
        """Why, for the person who can mend it."""
        return str(policy.WHYS[self.why])


@dataclass(frozen=True)
class Content:
    """What a form version is made of, from the form's draft or from an earlier version."""

    title: str
    lead: str
    fields: list[dict[str, Any]]
    entity_id: uuid.UUID
    asked: list[tuple[Purpose, bool]]
    """Purposes to ask consent for, each with whether the form needs it."""

    @classmethod
    def of_draft(cls, form: WebForm) -> "Content":
        """The form as it is edited."""
        asked = [(db.session.get_one(Purpose, uuid.UUID(one["id"])), one["required"]) for one in form.purposes]
        return cls(form.title, form.lead, form.fields, form.entity_id, asked)

    @classmethod
    def of_version(cls, form: WebForm) -> "Content":
        """The form as visitors see it; one published while consent was not asked takes its purposes from the draft."""
        version = db.session.get_one(FormVersion, form.current_version_id)
        asked = [(box.purpose, box.is_required) for box in queries.boxes_of(version)]
        return cls(version.title, version.lead, version.fields, version.entity_id, asked or cls.of_draft(form).asked)


def create_form(*, by: User, **draft: Any) -> WebForm:
    """A new form, not yet seen by anybody, with its permanent public address. `draft`: title, lead, fields, and
    entity_id and purposes, which default to the main legal entity and to the first purpose of the register."""
    defaults: dict[str, Any] = {}
    if "entity_id" not in draft:
        defaults["entity_id"] = organisations.main_entity().id
    if "purposes" not in draft:
        defaults["purposes"] = [{"id": purpose.id.hex, "required": True} for purpose in agreements.purposes()[:1]]
    form = WebForm(**draft | defaults, state=FormState.DRAFT, revision=1)
    form.address = accounts.open_address(Place.FORM, form.id)
    db.session.add(form)
    audit.note(Action.FORM_CREATED, by=by.id, subject=form.id)
    return form


def save_form(form: WebForm, *, revision: int, by: User, **draft: Any) -> None:
    """Save the draft; visitors go on seeing the published version. Overtaken if somebody else saved meanwhile."""
    transaction.one_at_a_time()
    db.session.refresh(form)
    if form.revision != revision:
        raise documents.Overtaken
    for name, value in draft.items():
        setattr(form, name, value)
    form.revision += 1
    audit.note(Action.FORM_SAVED, by=by.id, subject=form.id)


def publish(form: WebForm, *, by: User) -> FormVersion:
    """Show the draft to visitors as the next immutable version, with the consent texts baked for its fields.

    NotReady while a document it needs is not approved or has an empty value; CannotAsk if it may not ask for what it
    wants to.
    """
    transaction.one_at_a_time()
    return _publish(form, Content.of_draft(form), by=by)


def _publish(form: WebForm, content: Content, *, by: User) -> FormVersion:
    boxes = _boxes(form, content, by=by) if organisations.organisation().consent_asked else []
    versions = queries.versions(form)
    version = FormVersion(
        form=form,
        number=versions[0].number + 1 if versions else 1,
        title=content.title,
        lead=content.lead,
        fields=content.fields,
        entity_id=content.entity_id,
        published_by=by.name,
    )
    db.session.add(version)
    for box in boxes:
        box.form_version = version
        db.session.add(box)
    form.state, form.current_version_id, form.outdated_at = FormState.PUBLISHED, version.id, None
    _keep_policy_true(content.entity_id, by=by)
    audit.note(Action.FORM_PUBLISHED, by=by.id, subject=form.id, details={"number": version.number})
    return version


def _boxes(form: WebForm, content: Content, *, by: User) -> list[FormConsent]:
    if found := policy.why_not(content.asked, content.fields):
        raise CannotAsk(*found)
    return [
        FormConsent(
            position=position,
            purpose=purpose,
            agreement_version=_text(form, content, purpose, by=by),
            label=purpose.box_label,
            is_required=is_required,
            is_confirmed_by_letter=purpose.proof is Proof.DOUBLE,
        )
        for position, (purpose, is_required) in enumerate(content.asked)
    ]


def _text(form: WebForm, content: Content, purpose: Purpose, *, by: User) -> AgreementVersion:
    agreement = agreements.agreement_to(purpose)
    if agreement is None:
        raise CannotAsk(policy.Why.OTHER_BASIS, purpose)
    entity = db.session.get_one(LegalEntity, content.entity_id)
    return documents.publish(
        agreement,
        entity,
        rendered_for_id=form.id,
        rendered_for=content.title,
        fields=policy.labels_for(purpose, content.fields),
        by=by,
    )


def _keep_policy_true(entity_id: uuid.UUID, *, by: User) -> None:
    """The policy must tell of what the forms collect; where nothing changed its edition stays."""
    if queries.register(entity_id):
        _publish_policy(db.session.get_one(LegalEntity, entity_id), by=by)


def _publish_policy(entity: LegalEntity, *, by: User) -> AgreementVersion:
    register = queries.register(entity.id)
    return documents.publish(
        agreements.agreement(agreements.POLICY),
        entity,
        rendered_for_id=entity.id,
        rendered_for=entity.name,
        fields=queries.labels_of(register),
        register=register,
        by=by,
    )


def publish_document(agreement: Agreement, *, by: User) -> None:
    """Put a document's draft in force: the policy as the next edition of every legal entity that collects, a consent as
    that of every published form that asks for it; one that no form may ask for, as the text to be signed on paper.
    NotReady says what is missing; then nothing changes."""
    transaction.one_at_a_time()
    documents.approve(agreement, organisations.main_entity())
    if agreement.kind is AgreementKind.POLICY:
        for entity in organisations.entities():
            if entity.is_main or queries.register(entity.id):
                _publish_policy(entity, by=by)
    elif agreement.purpose and agreement.purpose.proof not in BY_TICK:
        _publish_for_paper(agreement, agreement.purpose, by=by)
    elif agreements.agreement(agreements.POLICY).approved:
        renew([form for form in queries.published_forms() if _asks(form, agreement)], by=by)


def _publish_for_paper(agreement: Agreement, purpose: Purpose, *, by: User) -> None:
    entity = organisations.main_entity()
    if of_pages := texts.of_pages(agreement.approved or ""):
        raise documents.NotReady(of_pages, agreement)
    fields = [word.strip() for word in purpose.data.split(";")]
    documents.publish(agreement, entity, rendered_for_id=entity.id, rendered_for=ON_PAPER, fields=fields, by=by)


def _asks(form: WebForm, agreement: Agreement) -> bool:
    return agreement.purpose in [purpose for purpose, _ in Content.of_version(form).asked]


def renew(forms: Sequence[WebForm], *, by: User) -> list[WebForm]:
    """Publish forms anew as visitors see them, with texts that say the truth. NotReady.

    Those that ask for what a form may not ask for any more are left as they are, and returned: somebody must decide.
    """
    transaction.one_at_a_time()
    left = []
    for form in forms:
        content = Content.of_version(form)
        if organisations.organisation().consent_asked and policy.why_not(content.asked, content.fields):
            left.append(form)
        else:
            _publish(form, content, by=by)
    return left


def renew_policies(*, by: User) -> list[AgreementVersion]:
    """Publish the policies that no longer say the truth anew, each for its legal entity. NotReady."""
    transaction.one_at_a_time()
    return [
        _publish_policy(db.session.get_one(LegalEntity, one.version.rendered_for_id), by=by)
        for one in queries.outdated_policies()
    ]


def judge(*, by: User) -> list[WebForm]:
    """Mark the published forms whose texts no longer say the truth, free those whose texts do again; the marked ones.

    To be called after requisites, purposes or legal entities changed.
    """
    transaction.one_at_a_time()
    marked = []
    for form in queries.published_forms():
        is_true = not queries.outdated(form)
        form.outdated_at = None if is_true else form.outdated_at or now()
        if not is_true:
            marked.append(form)
    return marked


def close(form: WebForm, *, by: User) -> None:
    """Stop collecting; the address answers that the form is closed, the policy no longer names its fields."""
    transaction.one_at_a_time()
    form.state = FormState.CLOSED
    if agreements.agreement(agreements.POLICY).approved is not None:
        _keep_policy_true(form.entity_id, by=by)
    audit.note(Action.FORM_CLOSED, by=by.id, subject=form.id)
