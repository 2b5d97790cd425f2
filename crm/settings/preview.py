"""A document as it would be published now: for one form, or for one legal entity."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from crm.accounts import queries as accounts
from crm.accounts.models import LegalEntity
from crm.agreements import commands, document, policy, queries
from crm.agreements.models import Agreement
from crm.core.db import db
from crm.settings.forms import DocumentForm
from crm.webforms import policy as form_policy
from crm.webforms import queries as forms
from crm.webforms.models import WebForm


@dataclass(frozen=True)
class Preview:
    """The document as it would be published now, what keeps it from that, and marks that readers would stumble on."""

    html: str
    values: dict[str, str]
    faults: list[policy.Fault]
    leftovers: list[str]


def offer(form: DocumentForm, agreement: Agreement) -> None:
    """Let the editor choose for which form, and for which legal entity, the preview is made."""
    entities = accounts.entities()
    names = {entity.id: entity.name for entity in entities}
    several = len(entities) > 1
    form.shown_for.choices = [
        (one.id.hex, f"{one.title} — {names[one.entity_id]}" if several else one.title) for one in _forms(agreement)
    ]
    form.shown_by.choices = [(entity.id.hex, entity.name) for entity in entities] if several else []
    if several and form.shown_for.choices:
        form.shown_by.choices.insert(0, ("", form.AS_THE_FORM))


def make(agreement: Agreement, form: DocumentForm) -> Preview:
    """The preview of what the editor holds."""
    source = form.draft.data or ""
    if policy.is_too_much(source):
        source = ""  # not worth the work; the message beside the field says why
    values = _values(agreement, form)
    html = document.render(source, values)
    return Preview(html, values, policy.faults(source, values), document.leftovers(source))


def _values(agreement: Agreement, form: DocumentForm) -> dict[str, str]:
    chosen = next((one for one in _forms(agreement) if one.id.hex == form.shown_for.data), None)
    chosen = chosen or next(iter(_forms(agreement)), None)
    entity = _entity(form, chosen)
    if agreement.purpose is None:
        register, labels, title, rendered_for_id = forms.register(entity.id), [], entity.name, entity.id
    else:
        register, title, rendered_for_id = [], chosen.title if chosen else "", chosen.id if chosen else entity.id
        labels = form_policy.labels_for(agreement.purpose, chosen.fields) if chosen else []
    number = _next_number(agreement, rendered_for_id)
    return commands.values_of(agreement, entity, register=register, fields=labels, form=title, number=number)


def _entity(form: DocumentForm, chosen: WebForm | None) -> LegalEntity:
    asked = next((entity for entity in accounts.entities() if entity.id.hex == form.shown_by.data), None)
    if asked is None and chosen:
        return db.session.get_one(LegalEntity, chosen.entity_id)
    return asked or accounts.main_entity()


def _forms(agreement: Agreement) -> Sequence[WebForm]:
    """The forms to preview for, those that ask for this consent first; a policy belongs to no form."""
    if agreement.purpose_id is None:
        return []
    asked = agreement.purpose_id.hex
    return sorted(forms.forms(), key=lambda form: asked not in [entry["id"] for entry in form.purposes])


def _next_number(agreement: Agreement, rendered_for_id: uuid.UUID) -> int:
    latest = queries.latest_version(agreement, rendered_for_id)
    return latest.number + 1 if latest else 1
