"""Reading clients: by exact e-mail or phone, by search tokens, by page."""

import hmac
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from crm.clients import policy
from crm.clients.models import IS_RESTRICTED, Client
from crm.clients.policy import ConsentStanding
from crm.core import keys, tokens
from crm.core.db import db
from crm.core.tokens import SearchToken

PAGE = 50
MARK_BYTES = 12
COMMON = 1001
"""A word with so many hits is common; counting further would cost more than it tells."""


@dataclass(frozen=True)
class Filter:
    """What a list of clients is narrowed to."""

    query: str = ""
    standing: ConsentStanding | None = None
    form_id: uuid.UUID | None = None
    since: uuid.UUID | None = None
    until: uuid.UUID | None = None
    is_restricted: bool = False
    due_by: date | None = None
    """Data that must be gone by this day."""

    @property
    def leaves_out_restricted(self) -> bool:
        """Whether cards that may only be kept are left out: nobody works with them, unless they are asked for."""
        return not (self.is_restricted or self.due_by or self.standing in policy.ON_THE_WAY_OUT)

    @property
    def is_most_urgent_first(self) -> bool:
        """Whether the list goes by the day of destruction: a card without one is not in it."""
        return self.is_restricted or self.due_by is not None

    @property
    def asks_too_little(self) -> bool:
        """Whether something was typed, but nothing that can be searched for."""
        return bool(self.query.strip()) and not tokens.asked(self.query)


def found_by(items: Iterable[str], *, before: uuid.UUID | None = None) -> Select[Client]:
    """Clients older than `before` that answer to every one of these items, the newest first.

    A client's key is that of their SubjectKey, so the index of tokens gives both order and position.
    """
    statement = select(Client)
    position: Any = Client.id
    for token in _rarest_first(tokens.keyed(items)):
        hit = aliased(SearchToken)
        statement = statement.join(hit, hit.subject_key_id == Client.subject_key_id).where(hit.token == token)
        position = hit.subject_key_id if position is Client.id else position
    if before:
        statement = statement.where(position < before)
    return statement.order_by(position.desc())


def _rarest_first(wanted: set[bytes]) -> list[bytes]:
    """The database looks up the first token and checks its hits against the others: the fewer hits, the better."""
    if len(wanted) < 2:
        return list(wanted)
    order = sorted(wanted)
    hits = [
        select(func.count())
        .select_from(select(SearchToken.token).where(SearchToken.token == token).limit(COMMON).subquery())
        .scalar_subquery()
        for token in order
    ]
    counts = db.session.execute(select(*hits)).one()
    return [token for _, token in sorted(zip(counts, order, strict=True))]


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended: at this card, which was to be destroyed on this day if the list goes by days."""

    id: uuid.UUID
    destroy_on: date | None = None


def page(narrowed: Filter, *, after: Place | None = None) -> Sequence[Client]:
    """Up to PAGE + 1 clients further down than `after`, the newest (or the most urgent) first; the extra one tells that
    there are more."""
    if narrowed.asks_too_little:
        return []
    items = tokens.asked(narrowed.query)
    if not narrowed.is_most_urgent_first:
        return _some(found_by(items, before=after.id if after else None), narrowed)
    if after and after.destroy_on is None:
        return _without_a_day(items, narrowed, after)
    rows = _some(_by_day_of_destruction(found_by(items), after), narrowed)
    if narrowed.is_restricted and len(rows) <= PAGE:
        rows = [*rows, *_without_a_day(items, narrowed, None)][: PAGE + 1]
    return rows


def _some(statement: Select[Client], narrowed: Filter) -> Sequence[Client]:
    return db.session.scalars(_narrowed(statement, narrowed).limit(PAGE + 1)).all()


def _without_a_day(items: Iterable[str], narrowed: Filter, after: Place | None) -> Sequence[Client]:
    """Restricted cards that need not be destroyed by any day (blocked while something is checked), the newest first."""
    statement = found_by(items, before=after.id if after else None)
    return _some(statement.where(Client.destroy_on.is_(None)), narrowed)


def has_more_restricted(narrowed: Filter) -> bool:
    """Whether there are cards that this filter would find were they not restricted: one is enough to know.

    Most operators have few restricted cards, so these are looked through; the words of a search, which may be common
    ones, only where there are more than can be looked through.
    """
    if not narrowed.leaves_out_restricted or narrowed.asks_too_little:
        return False
    wanted, items = replace(narrowed, is_restricted=True), tokens.asked(narrowed.query)
    few = select(Client.id).where(IS_RESTRICTED).order_by(Client.id.desc()).limit(COMMON).subquery()
    among_few = _narrowed(select(Client.id).join(few, few.c.id == Client.id), wanted)
    answering = [_answers_to(token) for token in tokens.keyed(items)]
    count = select(func.count()).select_from(few).scalar_subquery()
    number, hidden = db.session.execute(select(count, among_few.where(*answering).limit(1).scalar_subquery())).one()
    if hidden is not None or number < COMMON:
        return hidden is not None
    among_all = _narrowed(found_by(items), wanted).with_only_columns(Client.id)
    return db.session.scalar(among_all.limit(1)) is not None


def _answers_to(token: bytes) -> ColumnElement[bool]:
    return (
        select(SearchToken.token)
        .where(SearchToken.token == token, SearchToken.subject_key_id == Client.subject_key_id)
        .correlate(Client)
        .exists()
    )


def _by_day_of_destruction(statement: Select[Client], after: Place | None) -> Select[Client]:
    statement = statement.where(Client.destroy_on.is_not(None)).order_by(None).order_by(Client.destroy_on, Client.id)
    if after is None or after.destroy_on is None:
        return statement
    is_further = or_(Client.destroy_on > after.destroy_on, Client.id > after.id)
    return statement.where(Client.destroy_on >= after.destroy_on, is_further)


def _narrowed(statement: Select[Any], narrowed: Filter) -> Select[Any]:
    if narrowed.standing:
        statement = statement.where(Client.standing == narrowed.standing)
    if narrowed.form_id:
        statement = statement.where(Client.form_id == narrowed.form_id)
    if narrowed.since:
        statement = statement.where(Client.id >= narrowed.since)
    if narrowed.until:
        statement = statement.where(Client.id < narrowed.until)
    if narrowed.is_restricted:
        statement = statement.where(IS_RESTRICTED)
    elif narrowed.leaves_out_restricted:
        statement = statement.where(Client.restricted_at.is_(None), Client.blocked_at.is_(None))
    if narrowed.due_by:
        statement = statement.where(Client.destroy_on <= narrowed.due_by)
    return statement


def by_email(email: str) -> Client | None:
    """The oldest card with exactly this e-mail."""
    found = _ten(*tokens.email(email))
    return found[-1] if found else None


def by_phone(phone: str) -> Sequence[Client]:
    """The cards with exactly this phone (E.164), at most ten, the newest first."""
    return _ten(list(tokens.phone(phone))[-1])


def look_alikes(client: Client) -> Sequence[Client]:
    """Other cards with the same e-mail or phone, the newest five: perhaps the same person, perhaps family."""
    items = [*tokens.email(client.email)] if client.email else []
    items += [list(tokens.phone(client.phone))[-1]] if client.phone else []
    others = {other.id: other for item in items for other in _ten(item) if other.id != client.id}
    return [others[key] for key in sorted(others, reverse=True)[:5]]


_TEN = (
    select(Client)
    .join(SearchToken, SearchToken.subject_key_id == Client.subject_key_id)
    .where(SearchToken.token == bindparam("token"))
    .order_by(SearchToken.subject_key_id.desc())
    .limit(10)
)


def _ten(item: str) -> Sequence[Client]:
    (token,) = tokens.keyed([item])
    return db.session.scalars(_TEN, {"token": token}).all()


def mark_of(name: str, value: str | None) -> str:
    """By what a value of a field is known again without being kept: a keyed digest, whatever its case and spaces."""
    known = " ".join((value or "").casefold().split())
    return hmac.digest(keys.derived("correction"), f"{name}:{known}".encode(), "sha256")[:MARK_BYTES].hex()


def is_found_wrong(client: Client, name: str, value: str) -> bool:
    """Whether this value of a field was corrected on this card."""
    marks = {one["mark"] for one in client.corrections or [] if one["field"] == name}
    return bool(marks) and mark_of(name, value) in marks


def state_of(client: Client) -> str:
    """A word that is another one as soon as any value of the card is: by it a page tells what it showed."""
    values = [{name: getattr(client, name) for name in policy.FIELDS}, client.captured, client.corrections]
    return hmac.digest(keys.derived("correction"), json.dumps(values).encode(), "sha256")[:MARK_BYTES].hex()
