"""Reading clients: by exact e-mail or phone, by search tokens, by page."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.core import tokens
from crm.core.db import db
from crm.core.tokens import SearchToken

PAGE = 50


@dataclass(frozen=True)
class Filter:
    """What a list of clients is narrowed to."""

    query: str = ""
    standing: ConsentStanding | None = None
    form_id: uuid.UUID | None = None
    since: uuid.UUID | None = None
    until: uuid.UUID | None = None

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
    for token in sorted(tokens.keyed(items)):
        hit = aliased(SearchToken)
        statement = statement.join(hit, hit.subject_key_id == Client.subject_key_id).where(hit.token == token)
        position = hit.subject_key_id if position is Client.id else position
    if before:
        statement = statement.where(position < before)
    return statement.order_by(position.desc())


def page(narrowed: Filter, *, before: uuid.UUID | None = None) -> Sequence[Client]:
    """Up to PAGE + 1 clients older than `before`, the newest first; the extra one tells that there are more."""
    if narrowed.asks_too_little:
        return []
    statement = found_by(tokens.asked(narrowed.query), before=before).limit(PAGE + 1)
    if narrowed.standing:
        statement = statement.where(Client.standing == narrowed.standing)
    if narrowed.form_id:
        statement = statement.where(Client.form_id == narrowed.form_id)
    if narrowed.since:
        statement = statement.where(Client.id >= narrowed.since)
    if narrowed.until:
        statement = statement.where(Client.id < narrowed.until)
    return db.session.scalars(statement).all()


def by_email(email: str) -> Client | None:
    """The oldest card with exactly this e-mail."""
    return _oldest(tokens.email(email))


def by_phone(phone: str) -> Sequence[Client]:
    """The cards with exactly this phone (E.164), at most ten, the newest first."""
    digits = list(tokens.phone(phone))[-1]
    return db.session.scalars(found_by([digits]).limit(10)).all()


def look_alikes(client: Client) -> Sequence[Client]:
    """Other cards with the same e-mail or phone: perhaps the same person, perhaps family."""
    items = [*tokens.email(client.email or "")] if client.email else []
    items += [list(tokens.phone(client.phone))[-1]] if client.phone else []
    if not items:
        return []
    hits = select(SearchToken.subject_key_id).where(SearchToken.token.in_(tokens.keyed(items)))
    statement = select(Client).where(Client.subject_key_id.in_(hits), Client.id != client.id)
    return db.session.scalars(statement.order_by(Client.id.desc()).limit(5)).all()


def _oldest(items: Iterable[str]) -> Client | None:
    found = db.session.scalars(found_by(items).limit(10)).all()
    return found[-1] if found else None
