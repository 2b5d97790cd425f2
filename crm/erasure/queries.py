"""Reading acts, and seeing what a destruction would touch."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from crm.clients.models import Client
from crm.consents.models import ConsentRecord
from crm.core.db import AppendOnly, Base, db
from crm.core.personal import Sealed
from crm.core.tokens import SearchToken
from crm.erasure.models import ErasureAct


@dataclass(frozen=True)
class Reach:
    """What a destruction takes and what it leaves."""

    rows: dict[str, int]
    tokens: int
    categories: set[str]
    consents: int


def sealed_models() -> list[type[Any]]:
    """Every model that holds something about a client, those that point at others first."""
    order = [table.name for table in reversed(Base.metadata.sorted_tables)]
    models = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Sealed)]
    kept = [model for model in models if not issubclass(model, AppendOnly)]
    return sorted(kept, key=lambda model: order.index(model.__tablename__))


def reach(client: Client) -> Reach:
    """What destroying this client would take: rows by table, categories of data, search tokens."""
    rows: dict[str, int] = {}
    categories: set[str] = set()
    for model in sealed_models():
        found = db.session.scalars(select(model).filter_by(subject_key_id=client.subject_key_id)).all()
        rows[model.__tablename__] = len(found)
        categories.update(*(row.categories() for row in found))
    tokens = select(func.count()).select_from(SearchToken).filter_by(subject_key_id=client.subject_key_id)
    ledger = select(func.count(ConsentRecord.id)).filter_by(pseudonym=client.subject_key.pseudonym)
    return Reach(rows, db.session.scalar(tokens) or 0, categories, db.session.scalar(ledger) or 0)


def residue(subject_key_id: uuid.UUID) -> int:
    """How many rows still hold something under this key: 0 after a destruction."""
    models: list[type[Any]] = [*sealed_models(), SearchToken]
    counts = (
        db.session.scalar(select(func.count()).select_from(model).filter_by(subject_key_id=subject_key_id))
        for model in models
    )
    return sum(count or 0 for count in counts)


def act_for(client_id: uuid.UUID) -> ErasureAct | None:
    """The act by which this client's data was destroyed."""
    return db.session.scalar(select(ErasureAct).filter_by(client_id=client_id))


def acts(*, before: int | None = None, limit: int = 50) -> Sequence[ErasureAct]:
    """The operator's acts, the latest first, with numbers below `before`."""
    statement = select(ErasureAct).order_by(ErasureAct.number.desc()).limit(limit)
    return db.session.scalars(statement.where(ErasureAct.number < before) if before else statement).all()


def next_number() -> int:
    """The number of the operator's next act. Read it only one at a time."""
    return (db.session.scalar(select(func.max(ErasureAct.number))) or 0) + 1
