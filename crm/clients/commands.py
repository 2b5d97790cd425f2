"""Acts on client cards: recognising who sent a form, what a person may have stopped at once, and corrections."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from crm.accounts.models import User
from crm.audit import commands as audit
from crm.audit.models import Action, ActorKind
from crm.clients import policy, queries
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.core import transaction
from crm.core.clock import now
from crm.core.db import db
from crm.core.personal import SubjectKey

Answers = dict[str, dict[str, str]]
"""What was captured: {field name: {"value": …, "label": …}}."""


class Change(StrEnum):
    """What about a card makes letters and links of the rooms above wrong."""

    BLOCKED = "blocked"
    MARKETING_STOPPED = "marketing_stopped"
    MAILBOX = "mailbox"


Heeding = Callable[[Client, Change], None]
_heeding: list[Heeding] = []


def heeds(follow: Heeding) -> Heeding:
    """Have a room above do what follows from such a change, whoever makes it: nobody has to remember."""
    _heeding.append(follow)
    return follow


def tell(client: Client, change: Change) -> None:
    """Let the rooms above follow a change of a card."""
    for follow in _heeding:
        follow(client, change)


def recognise(answers: Answers, *, source: str, source_id: uuid.UUID, form_id: uuid.UUID, at: datetime) -> Client:
    """The card of whoever gave these answers, opened if there is none, with everything they gave captured.

    Joined by the same e-mail; else by the same phone unless the identities conflict. A card that is blocked stays so.
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
        is_wrong = queries.is_found_wrong(client, name, answer["value"])
        is_new = answer["value"] not in (entry["value"] for entry in entries)
        if is_new and len(entries) < policy.MOST_VALUES:
            entries.append(answer | source | ({"is_wrong": True} if is_wrong else {}))
        if not getattr(client, name) and not is_wrong:
            setattr(client, name, answer["value"])
    client.captured = captured


def block(client: Client, at: datetime, *, by: User | None = None) -> None:
    """From this moment the data may only be kept, for a request about it is being checked (152-FZ art. 21(1)).

    An earlier moment stays. Only `unblock` ends it: no consent, no ground, no form does.
    """
    transaction.one_at_a_time()
    if client.blocked_at is None:
        client.blocked_at = at
        _note(Action.CLIENT_BLOCKED, client, by)
    tell(client, Change.BLOCKED)


def unblock(client: Client, *, by: User | None = None) -> None:
    """The check is over. A restriction for want of a ground is another matter and stays."""
    transaction.one_at_a_time()
    if client.blocked_at is not None:
        client.blocked_at = None
        _note(Action.CLIENT_UNBLOCKED, client, by)


def stop_marketing(client: Client, at: datetime, *, by: User | None = None) -> None:
    """From this moment no advertising goes to this person, whatever they agreed to (152-FZ art. 15(2))."""
    transaction.one_at_a_time()
    if client.marketing_stopped_at is None:
        client.marketing_stopped_at = at
        _note(Action.MARKETING_STOPPED, client, by)
    tell(client, Change.MARKETING_STOPPED)


def allow_marketing(client: Client, *, by: User | None = None, kind: ActorKind | None = None) -> None:
    """The person agreed anew, in a way that proves who it was; or staff found that they never asked to stop."""
    transaction.one_at_a_time()
    if client.marketing_stopped_at is not None:
        client.marketing_stopped_at = None
        _note(Action.MARKETING_ALLOWED, client, by, kind=kind)


def _note(action: Action, client: Client, by: User | None, *, kind: ActorKind | None = None) -> None:
    actor = kind or (ActorKind.STAFF if by else ActorKind.SYSTEM)
    audit.note(action, by=by.id if by else None, kind=actor, subject=client.id)


@dataclass(frozen=True)
class Source:
    """On whose word a card is corrected."""

    why: str
    request_id: uuid.UUID | None = None
    request_number: int | None = None


class ChangedMeanwhile(Exception):
    """The card is no longer what the page showed, or is gone; nothing was written."""


class NothingToCorrect(Exception):
    """Every value is as it was; nothing was written."""


def correct(
    client: Client,
    values: Mapping[str, str],
    *,
    source: Source,
    by: User,
    wrong: Collection[tuple[str, str]] = (),
    seen: str | None = None,
) -> set[str]:
    """Put a card right: `values` are the true ones by field, empty where nothing is true; `wrong` are captured values
    (field, value) beside the card's own that are not true either. The names of the fields that changed.

    A wrong value is destroyed: nobody is found, called or written to by it. It stays told where it came from and who
    corrected it, and a form that brings it again does not make it the card's (152-FZ art. 5(6), 20(3)). `seen` is the
    state (queries.state_of) that the page showed. ChangedMeanwhile, NothingToCorrect.
    """
    transaction.one_at_a_time()
    is_there = db.session.get(Client, client.id, populate_existing=True) is not None
    if not is_there or seen not in (None, queries.state_of(client)):
        raise ChangedMeanwhile
    new = {name: value for name, value in values.items() if value != (getattr(client, name) or "")}
    names = {*new, *(name for name, _ in wrong)}
    if not names:
        raise NothingToCorrect
    mark = {"at": now().isoformat(), "by": by.id.hex, "request": source.request_number, "why": source.why}
    for name in sorted(names):
        gone = {value for field, value in wrong if field == name}
        gone |= {getattr(client, name)} - {None, ""} if name in new else set()
        _correct(client, name, new.get(name), gone, mark, source)
    details = {"fields": sorted(names)} | ({"request": source.request_number} if source.request_number else {})
    audit.note(Action.CLIENT_CORRECTED, by=by.id, subject=client.id, details=details)
    if "email" in names:
        tell(client, Change.MAILBOX)
    return names


def _correct(client: Client, name: str, new: str | None, gone: set[str], mark: dict[str, Any], source: Source) -> None:
    """Put one field right; `new` is None where the card's own value stays."""
    entries = (client.captured or {}).get(name, [])
    left = [entry for entry in entries if entry["value"] not in gone | {new}]
    if new:
        left.insert(0, _corrected(name, new, mark, source))
    if new is not None:
        right = next(filter(policy.is_right, left), None)
        setattr(client, name, right["value"] if right else None)
        left.sort(key=lambda entry: entry is not right)
    known = [
        one for one in client.corrections or [] if (one["field"], one["mark"]) != (name, queries.mark_of(name, new))
    ]
    client.corrections = known + [_trace(name, value, entries, mark) for value in sorted(gone - {new})]
    client.captured = {field: there for field, there in ((client.captured or {}) | {name: left}).items() if there}


def _corrected(name: str, value: str, mark: dict[str, Any], source: Source) -> dict[str, Any]:
    number = mark["request"]
    words = f"исправлено по обращению № {number}" if number else "исправлено сотрудником"
    told = {"from": words, "from_id": source.request_id.hex if source.request_id else ""}
    return {"value": value, "label": policy.FIELDS[name]} | told | {key: mark[key] for key in ("at", "by", "request")}


def _trace(name: str, value: str, entries: Iterable[dict[str, Any]], mark: dict[str, Any]) -> dict[str, Any]:
    """What stays told of a wrong value, without it."""
    entry = next((one for one in entries if one["value"] == value), {})
    known = {"field": name, "mark": queries.mark_of(name, value)}
    return known | {"from": "" if entry.get("by") else entry.get("from", ""), "since": entry.get("at", "")} | mark
