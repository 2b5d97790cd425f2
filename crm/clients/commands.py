"""Acts on client cards."""

import uuid
from datetime import datetime
from typing import Any

from crm.clients import policy, queries
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.core import transaction
from crm.core.db import db
from crm.core.personal import SubjectKey

Answers = dict[str, dict[str, str]]
"""What was captured: {field name: {"value": …, "label": …}}."""


def recognise(answers: Answers, *, source: str, source_id: uuid.UUID, form_id: uuid.UUID, at: datetime) -> Client:
    """The card of whoever gave these answers, opened if there is none, with everything they gave captured.

    Joined by the same e-mail; else by the same phone unless the identities conflict.
    """
    transaction.one_at_a_time()
    given = policy.Identity(*(answers.get(name, {}).get("value") for name in ("email", "phone", "full_name")))
    client = _known(given)
    if client is not None and not (given.email and given.email == client.email):
        client.is_joined_by_phone = True
    if client is None:
        key = SubjectKey.fresh()
        client = Client(id=key.id, subject_key=key, form_id=form_id, standing=ConsentStanding.NONE)
        db.session.add_all([key, client])
    _capture(client, answers, source={"from": source, "from_id": source_id.hex, "at": at.isoformat()})
    return client


def _known(given: policy.Identity) -> Client | None:
    if given.email and (client := queries.by_email(given.email)):
        return client
    if given.phone:
        for client in queries.by_phone(given.phone):
            if policy.is_same_person_by_phone(client.identity, given):
                return client
    return None


def _capture(client: Client, answers: Answers, *, source: dict[str, Any]) -> None:
    captured = {name: list(entries) for name, entries in (client.captured or {}).items()}
    for name, answer in answers.items():
        if name not in policy.FIELDS:
            continue  # free text stands in the submission itself
        entries = captured.setdefault(name, [])
        is_new = answer["value"] not in (entry["value"] for entry in entries)
        if is_new and len(entries) < policy.MOST_VALUES:
            entries.append(answer | source)
        if not getattr(client, name):
            setattr(client, name, answer["value"])
    client.captured = captured
