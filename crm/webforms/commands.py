"""Acts on forms: making, saving, publishing, closing — and receiving what visitors send."""

import hmac
import json
from typing import Any

from crm.accounts import commands as accounts
from crm.accounts import queries as organisations
from crm.accounts.models import Place, User
from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.agreements.models import Agreement, AgreementKind, AgreementVersion
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients import commands as clients
from crm.consents import commands as consents
from crm.consents import queries as ledger
from crm.consents.commands import Circumstances, Matter
from crm.core import keys, transaction
from crm.core.clock import now
from crm.core.db import db, new_key
from crm.webforms import queries
from crm.webforms.models import FormState, FormVersion, Submission, WebForm
from crm.webforms.page import OpenPage
from crm.webforms.queries import Shown


class TextChanged(Exception):
    """What the page showed is no longer what the form shows; nothing was written."""


def create_form(*, title: str, lead: str, fields: list[dict[str, Any]], by: User) -> WebForm:
    """A new form, not yet seen by anybody, with its permanent public address."""
    form = WebForm(title=title, lead=lead, fields=fields, state=FormState.DRAFT, revision=1)
    form.address = accounts.open_address(Place.FORM, form.id)
    db.session.add(form)
    audit.note(Action.FORM_CREATED, by=by.id, subject=form.id)
    return form


def save_form(form: WebForm, *, title: str, lead: str, fields: list[dict[str, Any]], revision: int, by: User) -> None:
    """Save the draft; visitors go on seeing the published version. Overtaken if somebody else saved meanwhile."""
    transaction.one_at_a_time()
    db.session.refresh(form)
    if form.revision != revision:
        raise documents.Overtaken
    form.title, form.lead, form.fields = title, lead, fields
    form.revision += 1
    audit.note(Action.FORM_SAVED, by=by.id, subject=form.id)


def publish(form: WebForm, *, by: User) -> FormVersion:
    """Show the draft to visitors as the next immutable version, with the consent text baked for its fields.

    NotReady while a document it needs is not approved or has an empty requisite.
    """
    transaction.one_at_a_time()
    return _publish(form, form, by=by)


def _publish(form: WebForm, content: WebForm | FormVersion, *, by: User) -> FormVersion:
    """The next version of a form with the title and fields of its draft or of an earlier version."""
    text = _consent_text(form, content, by=by) if organisations.organisation().consent_asked else None
    versions = queries.versions(form)
    version = FormVersion(
        form=form,
        number=versions[0].number + 1 if versions else 1,
        title=content.title,
        lead=content.lead,
        fields=content.fields,
        agreement_version=text,
        published_by=by.name,
    )
    db.session.add(version)
    form.state, form.current_version_id = FormState.PUBLISHED, version.id
    _keep_policy_true(by=by)
    audit.note(Action.FORM_PUBLISHED, by=by.id, subject=form.id, details={"number": version.number})
    return version


def _consent_text(form: WebForm, content: WebForm | FormVersion, *, by: User) -> AgreementVersion:
    agreement = agreements.agreement(AgreementKind.CONSENT)
    _must_be_approved(agreement)
    labels = [field["label"] for field in content.fields]
    return documents.publish(agreement, rendered_for_id=form.id, rendered_for=content.title, fields=labels, by=by)


def _keep_policy_true(*, by: User) -> None:
    policy = agreements.agreement(AgreementKind.POLICY)
    _must_be_approved(policy)
    latest, labels = agreements.current_policy(), queries.labels_in_use()
    if labels and (latest is None or latest.fields != labels):
        _publish_policy(policy, by=by)


def _must_be_approved(agreement: Agreement) -> None:
    if agreement.approved is None:
        raise documents.NotReady([], agreement.kind)


def _publish_policy(policy: Agreement, *, by: User) -> None:
    organisation = organisations.organisation()
    documents.publish(
        policy,
        rendered_for_id=organisation.id,
        rendered_for=organisation.name,
        fields=queries.labels_in_use(),
        by=by,
    )


def publish_document(agreement: Agreement, *, by: User) -> None:
    """Put a document's draft in force: the policy as its next edition, the consent as the next edition of every
    published form. NotReady says what is missing; then nothing changes."""
    transaction.one_at_a_time()
    documents.approve(agreement)
    if agreement.kind is AgreementKind.POLICY:
        _publish_policy(agreement, by=by)
    elif agreements.agreement(AgreementKind.POLICY).approved:
        for form in queries.published_forms():
            _publish(form, db.session.get_one(FormVersion, form.current_version_id), by=by)


def close(form: WebForm, *, by: User) -> None:
    """Stop collecting; the address answers that the form is closed, the policy no longer names its fields."""
    transaction.one_at_a_time()
    form.state = FormState.CLOSED
    if agreements.agreement(AgreementKind.POLICY).approved is not None:
        _keep_policy_true(by=by)
    audit.note(Action.FORM_CLOSED, by=by.id, subject=form.id)


def submit(shown: Shown, page: OpenPage, answers: dict[str, dict[str, str]], *, seen: Circumstances) -> Submission:
    """Keep what a visitor sent: the card, the consent, the submission as sent — together or not at all.

    The same content sent again within a day is the same submission. TextChanged when the texts that the
    visitor saw are no longer the ones in force.
    """
    transaction.one_at_a_time()
    current = queries.shown(shown.form_id)
    if current is None or current.pins != page.pins:
        raise TextChanged
    digest = _digest(current, answers)
    repeated = queries.repetition(digest)
    if repeated and _stands(repeated):
        return repeated
    client = clients.recognise(
        answers, source=shown.face.title, source_id=shown.pins.form, form_id=shown.form_id, at=now()
    )
    consent = None
    if shown.pins.agreement:
        matter = Matter(shown.pins.agreement, shown.face.purpose or "", shown.public_code)
        consent = consents.record(client, to=matter, seen=seen)
    submission = Submission(
        id=new_key(),
        client=client,
        subject_key=client.subject_key,
        form_version_id=shown.pins.form,
        consent=consent,
        digest=digest,
        filled_in_seconds=page.seconds_open,
    )
    submission.answers = answers
    db.session.add(submission)
    audit.note(Action.SUBMISSION_RECEIVED, subject=client.id, details={"form": shown.form_id.hex})
    return submission


def _stands(sent: Submission) -> bool:
    """Whether the consent of a submission was not taken back since: who then sends the same again agrees anew."""
    return sent.consent is None or ledger.end_of(sent.consent) is None


def _digest(shown: Shown, answers: dict[str, dict[str, str]]) -> bytes:
    """What was sent, where, under which text: the same words under a new text are another act of will."""
    agreement = shown.pins.agreement.hex if shown.pins.agreement else None
    content = json.dumps([shown.form_id.hex, agreement, answers], sort_keys=True, ensure_ascii=False)
    return hmac.digest(keys.derived("repetition"), content.encode(), "sha256")[:16]
