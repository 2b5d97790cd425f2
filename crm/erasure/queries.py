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


def tied_models() -> list[type[Any]]:
    """Every model whose rows are tied to a person's key and may go, those that point at others first."""
    order = [table.name for table in reversed(Base.metadata.sorted_tables)]
    models = [mapper.class_ for mapper in Base.registry.mappers if "subject_key_id" in mapper.columns]
    kept = [model for model in models if not issubclass(model, AppendOnly)]
    return sorted(kept, key=lambda model: order.index(model.__tablename__))


def sealed_models() -> list[type[Any]]:
    """Those among them that hold something about a person."""
    return [model for model in tied_models() if issubclass(model, Sealed)]


def reach(client: Client) -> Reach:
    """What destroying this client would take: rows by table, categories of data, search tokens."""
    rows: dict[str, int] = {}
    categories: set[str] = set()
    for model in tied_models():
        rows[model.__tablename__] = _number_of(model, client.subject_key_id)
    for model in sealed_models():
        found = db.session.scalars(select(model).filter_by(subject_key_id=client.subject_key_id))
        categories.update(*(row.categories() for row in found))
    ledger = select(func.count(ConsentRecord.id)).filter_by(pseudonym=client.subject_key.pseudonym)
    return Reach(rows, rows.pop(SearchToken.__tablename__), categories, db.session.scalar(ledger) or 0)


def _number_of(model: type[Any], subject_key_id: uuid.UUID) -> int:
    return db.session.scalar(select(func.count()).select_from(model).filter_by(subject_key_id=subject_key_id)) or 0


def residue(subject_key_id: uuid.UUID) -> int:
    """How many rows still hold something under this key: 0 after a destruction."""
    return sum(_number_of(model, subject_key_id) for model in tied_models())


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
