"""What a letter to the person says: the samples of templates/mail/requests with what is known about this request."""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.accounts.models import LegalEntity
from crm.agreements import policy as texts
from crm.agreements import queries as agreements
from crm.agreements.models import Purpose
from crm.clients.models import Client
from crm.clients.policy import FIELDS
from crm.consents import policy as consents_policy
from crm.consents import queries as consents
from crm.consents.models import ConsentState
from crm.core.clock import now, today
from crm.core.db import db
from crm.core.letters import in_one_line
from crm.core.text import day, phone
from crm.erasure.models import ErasureAct
from crm.subject_requests import handling, policy, queries, telling
from crm.subject_requests.copy import Copy, subject_copy
from crm.subject_requests.models import MessageRole, RequestStep, Step, SubjectRequest
from crm.subject_requests.samples import ANSWERS, REFUSALS, TEMPLATES, Matter, Refusal

TO_FILL = re.compile(r"\[впишите[^\]]{0,200}\]")
"""What a sample leaves to the staff; a letter with one left does not go."""
SECTION = re.compile(r"^##[ \t]+([^\n]+)\n", re.MULTILINE)
MEASURES = "мер"
"""In the heading of the policy's section that tells how data is protected."""
NO_TRANSFER = "Трансграничная передача не осуществляется"


@dataclass(frozen=True)
class Held:
    """A purpose for which this person's data is or was processed."""

    purpose: str
    basis: str
    actions: str
    recipients: str
    state: str
    term: str
    holds: bool
    """Whether it allows to keep the data now."""


@dataclass(frozen=True)
class Given:
    """What the staff chose for a sample."""

    refusal: Refusal | None = None
    words: str = ""
    missing: Sequence[str] = ()


def text(request: SubjectRequest, sample: str, given: Given) -> str:
    """The text of a letter made of this sample, for the staff to change; Russian whatever the language of the desk."""
    with force_locale("ru"):
        values = _of_request(request) | _of_person(request) | _of_choice(request, given)
        if sample == TEMPLATES[MessageRole.EXTENSION]:
            values |= {
                "due_on": day(_answer_by(request, is_extended=True)),
                "because": _sentence(given.words) or values["because"],
            }
        if sample == ANSWERS[Matter.ACCESS]:
            values |= _of_data(subject_copy(request)) | _of_policy(request.entity)
        made = render_template(sample, **values)
    return re.sub(r"\n{3,}", "\n\n", made).strip() + "\n"


def _of_request(request: SubjectRequest) -> dict[str, Any]:
    entity, applicant = request.entity, queries.applicant_of(request)
    base = current_app.config["BASE_URL"]
    return {
        "name": in_one_line(applicant.full_name or "") if applicant else "",
        "number": request.number,
        "received_on": day(request.received_at),
        "due_on": day(_answer_by(request)),
        "company": in_one_line(entity.name),
        "legal_form": texts.LEGAL_NAMES[entity.legal_form],
        "inn": entity.inn,
        "ogrn": entity.ogrn,
        "address": in_one_line(entity.address),
        "request_email": entity.request_email,
        "request_phone": phone(entity.request_phone),
        "processor": in_one_line(entity.processor) or "обработка другим лицам не поручена",
        "policy_url": f"{base}/policy/{entity.public_code}",
        "page_url": f"{base}/request/{entity.public_code}",
        "kept_until": texts.days_in_words(accounts.organisation().requests_kept_days) + " после закрытия обращения",
    }


def _answer_by(request: SubjectRequest, *, is_extended: bool = False) -> date:
    """The last day of the answer itself: of the term that can be made longer, if one runs, else of what is left."""
    facts = policy.Facts.of(request, queries.done(request))
    if is_extended and facts.extended_at is None:
        facts = replace(facts, extended_at=now())
    found = policy.deadlines(facts, queries.calendar())
    longer = [one for one in found if is_extended and policy.TERMS[one.clock].extension]
    left = longer or [one for one in found if not one.is_done] or found
    return left[-1].due_on


def _of_person(request: SubjectRequest) -> dict[str, Any]:
    tied = [one for one in queries.cards_of(request) if one.card.is_confirmed]
    clients = [one.client for one in tied if one.client]
    held = [one for client in clients for one in held_of(client)]
    destroy = [client.destroy_on for client in clients if client.destroy_on]
    recipients = [in_one_line(name) for name in telling.recipients_of(request)]
    known = [one.recipients for one in held] + [in_one_line(request.entity.processor)]
    stopped = [at for client in clients for at in (client.blocked_at, client.marketing_stopped_at) if at]
    return {
        "held": held,
        "kept": [one for one in held if one.holds],
        "acts": _acts([one.card.client_id for one in tied if one.client is None]),
        "destroy_on": day(max(destroy)) if destroy else "",
        "stopped_on": day(min(stopped)) if stopped else "",
        "withdrawn": _withdrawn(request, clients),
        "fields": _corrected(request, clients),
        "is_told": _is_told(request),
        "recipients": recipients,
        "earlier_recipients": [name for name in recipients if name not in known],
    }


def held_of(client: Client) -> list[Held]:
    """The purposes that concern this person: what was agreed to and not refused, and the other grounds."""
    found = []
    for current in consents.panel_of(client):
        if current.state is not ConsentState.REFUSED:
            holds = current.state in consents_policy.PERMITTING and not client.is_restricted
            until = f"до отзыва согласия, но не дольше чем до {day(current.expires_at)}" if current.expires_at else ""
            state = f"{consents_policy.STATES[current.state]} {day(current.record.created_at)}."
            found.append(_held(current.purpose, state, until or _usual_term(current.purpose), holds=holds))
    for ground in consents.grounds_of(client, ended=True):
        until = f"до {day(ground.until_on)}" if ground.until_on else "пока действует это основание"
        is_over = ground.until_on is not None and ground.until_on < today()
        state = f"Действует с {day(ground.since_on)}." if not is_over else "Больше не действует."
        found.append(_held(ground.purpose, state, until, holds=not is_over))
    return found


def _held(purpose: Purpose, state: str, term: str, *, holds: bool) -> Held:
    return Held(
        purpose=in_one_line(purpose.name),
        basis=in_one_line(texts.basis_in_words(purpose)),
        actions=in_one_line(purpose.actions),
        recipients=in_one_line(purpose.recipients) or texts.NOT_PASSED_ON,
        state=state,
        term=term,
        holds=holds,
    )


def _usual_term(purpose: Purpose) -> str:
    return texts.days_in_words(purpose.retention_days)


def _acts(client_ids: Iterable[uuid.UUID]) -> list[dict[str, Any]]:
    rows = select(ErasureAct).where(ErasureAct.client_id.in_(list(client_ids))).order_by(ErasureAct.number)
    return [
        {"number": act.number, "on": day(act.created_at), "categories": ", ".join(act.data_categories)}
        for act in db.session.scalars(rows)
    ]


def _withdrawn(request: SubjectRequest, clients: Iterable[Client]) -> list[str]:
    ended = [
        record.purpose
        for client in clients
        for record in consents.ledger_of(client)
        if record.state is ConsentState.WITHDRAWN and record.created_at >= request.received_at
    ]
    return [in_one_line(purpose) for purpose in dict.fromkeys(ended)]


def _corrected(request: SubjectRequest, clients: Iterable[Client]) -> list[str]:
    """Labels of the fields that were put right on the word of this request."""
    names = set()
    for client in clients:
        names |= {one["field"] for one in client.corrections or [] if one.get("request") == request.number}
        entries = (client.captured or {}).items()
        names |= {name for name, values in entries for one in values if one.get("request") == request.number}
    return [label.lower() for name, label in FIELDS.items() if name in names]


def _is_told(request: SubjectRequest) -> bool:
    """Whether those who got the data were told of what was done."""
    step = db.session.scalar(select(RequestStep).filter_by(request_id=request.id, step=Step.TELL_RECIPIENTS))
    return step is not None and not step.is_needless


def _of_choice(request: SubjectRequest, given: Given) -> dict[str, Any]:
    applicant = queries.applicant_of(request)
    reason = REFUSALS[given.refusal] if given.refusal else None
    clocks = [policy.TERMS[clock] for clock in policy.STARTS[request.kind] if policy.TERMS[clock].extension]
    return {
        "reason": " ".join(filter(None, [reason.words, _sentence(given.words)])) if reason else "",
        "article": reason.article if reason else clocks[0].article if clocks else "",
        "because": (applicant.extended_because or "") if applicant else "",
        "missing": [*(str(handling.POINTS[one]) for one in given.missing), *filter(None, [given.words])],
    }


def _sentence(words: str) -> str:
    """What staff typed in passing, as it stands in a letter."""
    words = words.strip()
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?", "…")) else ".") if words else ""


def _of_data(copy: Copy) -> dict[str, Any]:
    """Each category of data with the places it came from."""
    sources: dict[str, list[str]] = {}
    for item in copy.items:
        sources.setdefault(item.category, []).append(f"{item.source}, {item.on}")
    told = [{"category": name, "sources": "; ".join(_few(found))} for name, found in sources.items()]
    return {"data": told}


def _few(sources: Iterable[str], most: int = 5) -> list[str]:
    found = list(dict.fromkeys(sources))
    return found if len(found) <= most else [*found[:most], "остальные — в копии"]


def _of_policy(entity: LegalEntity) -> dict[str, Any]:
    """What the published policy tells: how data is protected (art. 18.1), whether it leaves the country."""
    version = agreements.current_policy(entity.id)
    source = version.source if version else ""
    measures = " ".join(_section(source).split()) or "[впишите: какие меры приняты]"
    is_told = NO_TRANSFER in " ".join(source.split())
    cross_border = "не осуществлялась и не предполагается" if is_told else "[впишите: была ли она и предполагается ли]"
    return {"measures": measures, "cross_border": cross_border}


def _section(source: str) -> str:
    """The text of the policy's section about measures, without marks and placeholders of Markdown."""
    parts = SECTION.split(source)
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        if MEASURES in heading.casefold():
            return re.sub(r"\{\{[^}]*\}\}|[*_`#>|]", "", body)
    return ""
