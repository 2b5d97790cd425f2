"""What is held about a person, told to that person (152-FZ art. 14(7) 5): by the marks of the data, without others."""

import hashlib
import json
import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import aliased

from crm.accounts import queries as accounts
from crm.agreements.policy import basis_in_words
from crm.clients.models import Client
from crm.clients.policy import FIELDS as CARD_FIELDS
from crm.consents import policy as consents_policy
from crm.consents import queries as consents
from crm.core import tokens
from crm.core.clock import now
from crm.core.db import db
from crm.core.letters import LetterFile
from crm.core.personal import personal_fields
from crm.core.text import day
from crm.core.text import phone as spaced
from crm.core.tokens import SearchToken
from crm.erasure import queries as erasure
from crm.subject_requests import masking, queries
from crm.subject_requests.copy_fields import CATEGORIES, FIELDS, GROUNDS, OWN_FIELDS, RECORDS, Kind
from crm.subject_requests.masking import Own
from crm.subject_requests.models import SubjectRequest

FORMAT = "soglasie-subject-copy/1"
MOST_ROWS = 1000
"""Of one table; a person with more than that is told so."""
ASKED_AT_ONCE = 50
FROM_STAFF = "внесено сотрудником"


@dataclass(frozen=True)
class Item:
    """One value held about the person."""

    key: str
    """Table, row and field: by it the staff leave a value out."""
    record: str
    label: str
    category: str
    value: str
    """As the person gets it."""
    whole: str
    """As it is kept, perhaps with other people in it; never leaves the house by itself."""
    source: str
    on: str
    """Since when, dd.mm.yyyy."""
    ground: str
    term: str
    is_text: bool

    @property
    def is_masked(self) -> bool:
        """Whether something of others was hidden."""
        return self.value != self.whole


@dataclass(frozen=True)
class Consent:
    """One act of will, as the ledger has it."""

    state: str
    purpose: str
    on: str
    channel: str
    document: str
    receipt: str


@dataclass(frozen=True)
class Copy:
    """All that is held about the person of a request."""

    number: int
    received_at: datetime
    items: tuple[Item, ...]
    consents: tuple[Consent, ...]
    is_cut: bool = False
    is_shared: bool = False
    """Somebody with the same phone may have sent forms onto the card: look twice."""

    @property
    def digest(self) -> str:
        """Another one whenever anything in it is another: what the staff looked at is what goes."""
        told = [(one.key, one.value, one.whole) for one in self.items], [vars(one) for one in self.consents]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]

    def chosen(self, *, left_out: Collection[str] = (), whole: Collection[str] = ()) -> "Copy":
        """The copy without some values, and with some texts as they are kept: the staff saw nobody else in them."""
        items = (replace(one, value=one.whole) if one.key in whole else one for one in self.items)
        return replace(self, items=tuple(one for one in items if one.key not in left_out))


def subject_copy(request: SubjectRequest) -> Copy:
    """What is kept under the keys of the cards that a human, or the person's proof, tied to this request."""
    with force_locale("ru"):  # a Russian document whatever the language of the desk
        return _copy(request)


def _copy(request: SubjectRequest) -> Copy:
    clients = [tied.client for tied in queries.cards_of(request) if tied.card.is_confirmed and tied.client]
    own_keys = {client.subject_key_id for client in clients}
    own, known = _own(clients), partial(_others, own_keys=own_keys)
    items: list[Item] = []
    is_cut = False
    for client in clients:
        told = list(_items(client, own, known))
        items += told
        is_cut = is_cut or len(told) >= MOST_ROWS
    ledger = [one for client in clients for one in _consents(client)]
    shared = any(client.is_joined_by_phone for client in clients)
    return Copy(request.number, request.received_at, tuple(items), tuple(ledger), is_cut, shared)


def as_json(copy: Copy) -> bytes:
    """The copy for programs."""
    entity = accounts.main_entity()
    told = {
        "format": FORMAT,
        "operator": {"name": entity.name, "inn": entity.inn, "ogrn": entity.ogrn, "address": entity.address},
        "request": {"number": copy.number, "received_on": day(copy.received_at)},
        "made_on": day(now()),
        "data": [_plain(one) for one in copy.items],
        "consents": [vars(one) for one in copy.consents],
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode()


def _plain(item: Item) -> dict[str, str]:
    names = ("record", "label", "category", "value", "source", "on", "ground", "term")
    return {name: getattr(item, name) for name in names}


def _own(clients: Collection[Client]) -> Own:
    """The person's own names and contacts, and the operator's."""
    values: dict[str, set[str]] = {name: set() for name in OWN_FIELDS}
    for client in clients:
        for name in OWN_FIELDS:
            entries = (client.captured or {}).get(name, [])
            values[name] |= {value for value in (getattr(client, name), *(one["value"] for one in entries)) if value}
    for entity in accounts.entities():
        values["full_name"].add(entity.name)
        values["email"].add(entity.request_email)
        values["phone"].add(entity.request_phone)
    return Own.of(names=values["full_name"], emails=values["email"], phones=values["phone"])


def _others(asked: Collection[tuple[str, ...]], *, own_keys: Collection[uuid.UUID]) -> set[tuple[str, ...]]:
    """Which of these words are names on other cards; a few statements, each answered by the index of tokens."""
    wanted, found = list(asked), set()
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        some = wanted[start : start + ASKED_AT_ONCE]
        hits = db.session.execute(select(*(_hit(words, own_keys) for words in some))).one()
        found |= {words for words, hit in zip(some, hits, strict=True) if hit is not None}
    return found


def _hit(words: tuple[str, ...], own_keys: Collection[uuid.UUID]) -> Any:
    first, *rest = [aliased(SearchToken) for _ in words]
    statement = select(first.subject_key_id).where(first.subject_key_id.not_in(own_keys))
    for alias, word in zip((first, *rest), words, strict=True):
        (token,) = tokens.keyed([f"w:{word}"])
        statement = statement.where(alias.token == token, alias.subject_key_id == first.subject_key_id)
    return statement.limit(1).scalar_subquery()


def _items(client: Client, own: Own, known: masking.Known) -> Iterator[Item]:
    ground, term = _footing(client)
    for model in sorted(erasure.sealed_models(), key=_place):
        rows = select(model).filter_by(subject_key_id=client.subject_key_id).order_by(model.id).limit(MOST_ROWS)
        table = model.__tablename__
        of_card = {"record": RECORDS.get(table, table), "ground": GROUNDS.get(table, ground), "term": term}
        for row in db.session.scalars(rows):
            for key, label, category, text, kind, source, on in _values(row):
                value = _told(text, kind, own, known)
                yield Item(
                    key=f"{table}:{row.id.hex}:{key}",
                    label=label,
                    category=CATEGORIES.get(category, category),
                    value=value,
                    whole=text,
                    source=source,
                    on=day(on),
                    is_text=kind is Kind.TEXT,
                    **of_card,
                )


def _place(model: type[Any]) -> int:
    """The card first, as a reader expects; what is new comes last."""
    order = list(RECORDS)
    return order.index(model.__tablename__) if model.__tablename__ in order else len(order)


def _told(text: str, kind: Kind, own: Own, known: masking.Known) -> str:
    if kind is Kind.RAW:
        return text
    return masking.masked(text, own, known) if kind is Kind.TEXT else masking.masked_value(text, own, known)


_Value = tuple[str, str, str, str, Kind, str, datetime | str]
"""Key, label, category, value, kind, source, since when."""


def _values(row: Any) -> Iterator[_Value]:
    """Every value of a row, by its marks."""
    table, opened = row.__tablename__, row.opened()
    if isinstance(row, LetterFile):
        yield "name", "Имя файла", "letter", row.name, Kind.RAW, FROM_STAFF, row.created_at
    for name, field in personal_fields(type(row)).items():
        value = opened.get(name)
        category = "" if callable(field.category) else field.category
        label, kind = FIELDS.get(table, {}).get(name, (CATEGORIES.get(category, name), Kind.TEXT))
        if value in (None, "", [], {}) or kind is Kind.UNTOLD:
            continue
        if kind is Kind.EACH:
            yield from _each(row, name, value)
        elif not (isinstance(row, Client) and _is_captured(row, name, value)):
            yield name, label, category, str(value), kind, _source_of(table, name), row.created_at


def _is_captured(client: Client, name: str, value: str) -> bool:
    """Whether a value of the card is told with its source anyway."""
    return value in (entry["value"] for entry in (client.captured or {}).get(name, []))


def _each(row: Any, name: str, value: Any) -> Iterator[_Value]:
    if name == "captured":
        for field, entries in value.items():
            for number, entry in enumerate(entries):
                source = entry["from"] if entry.get("by") else f"форма «{entry['from']}»"
                shown = _shown(field, entry["value"])
                yield f"{field}:{number}", CARD_FIELDS[field], field, shown, Kind.VALUE, source, entry["at"]
    elif name == "answers":
        source = f"форма «{row.form_version.title}»"
        for number, (field, answer) in enumerate(value.items()):
            is_known = field in CARD_FIELDS
            category, kind = (field, Kind.VALUE) if is_known else ("free_text", Kind.TEXT)
            shown = _shown(field, answer["value"])
            yield f"answers:{number}", answer["label"], category, shown, kind, source, row.created_at
    else:
        yield from _listed(name, value)


def _shown(field: str, value: str) -> str:
    return spaced(value) if field == "phone" else day(value) if field == "birth_date" else value


def _listed(name: str, entries: list[Mapping[str, Any]]) -> Iterator[_Value]:
    """What became of values that were found wrong; the values themselves are gone."""
    for number, one in enumerate(entries):
        label = f"Исправлено: {CARD_FIELDS.get(one['field'], one['field'])}"
        yield f"{name}:{number}", label, "correction", one["why"], Kind.TEXT, FROM_STAFF, one["at"]


def _source_of(table: str, name: str) -> str:
    """Where what no form brought came from."""
    if table in ("evidence", "consent_link") and name != "note":
        return "получено при отправке формы"
    return "написано оператором" if table == "letter" else FROM_STAFF


def _footing(client: Client) -> tuple[str, str]:
    """On what ground the card is kept now, and until when."""
    held = [one for one in consents.panel_of(client) if one.state in consents_policy.PERMITTING]
    grounds = consents.grounds_of(client)
    purposes = [one.purpose for one in held] + [one.purpose for one in grounds]
    words = [f"{purpose.name}: {basis_in_words(purpose)}" for purpose in purposes]
    ends = [f"до {day(one.expires_at)}" for one in held if one.expires_at]
    ends += [f"до {day(one.until_on)}" if one.until_on else "пока действует основание" for one in grounds]
    if client.destroy_on:
        return "; ".join(
            words
        ) or "оснований больше нет, данные только хранятся", f"уничтожение до {day(client.destroy_on)}"
    return "; ".join(dict.fromkeys(words)) or "не установлено", "; ".join(dict.fromkeys(ends)) or "до достижения цели"


def _consents(client: Client) -> Iterator[Consent]:
    for record in consents.ledger_of(client, limit=MOST_ROWS):
        version = record.agreement_version
        document = f"редакция № {version.number} от {day(version.created_at)}"
        on = day(record.given_on or record.created_at)
        state, channel = str(consents_policy.STATES[record.state]), str(consents_policy.CHANNELS[record.channel])
        yield Consent(state, record.purpose, on, channel, document, record.receipt)
