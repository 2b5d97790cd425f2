"""Rows that are evidence: written once, never rewritten, each bound to the one before it.

Two walls stand against rewriting: the guards here and triggers in the database. A chain makes a rewriting
that passed both of them visible: each row's hash covers its content and the previous hash of that
operator's chain.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import LargeBinary, Select, UniqueConstraint, event, inspect, select
from sqlalchemy.orm import MANYTOONE, Mapped, ORMExecuteState, Session, declared_attr, mapped_column

from crm.core import tenancy, transaction
from crm.core.db import AppendOnly, Base, db
from crm.core.personal import Sealed  # noqa: F401 - rows are stamped and sealed before they are hashed
from crm.core.tenancy import OrganisationScoped

HASH_BYTES = 32
BEGINNING = bytes(HASH_BYTES)


class Chained(AppendOnly, OrganisationScoped):
    """Mixin for append-only rows that make one chain per operator."""

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (UniqueConstraint("organisation_id", "sequence"),)

    sequence: Mapped[int]
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))
    row_hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))

    added_later: ClassVar[frozenset[str]] = frozenset()
    """Columns that the first rows of the table did not have: while None they are no part of the hash."""


class LedgerRewritten(RuntimeError):
    """Something tried to change or delete evidence."""


def chained_models() -> list[type[Any]]:
    """Every model whose rows make a chain."""
    return [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Chained)]


def first_broken(model: type[Any]) -> int | None:
    """The sequence number of the first row of the present operator's chain that does not fit, or None.

    A row fits when it follows its predecessor without a gap and its hash is that of its content.
    """
    previous, expected = BEGINNING, 1
    for row in _rows(model):
        if row["sequence"] != expected or row["previous_hash"] != previous or row["row_hash"] != _hash(model, row):
            return expected
        previous, expected = row["row_hash"], expected + 1
    return None


def _rows(model: type[Any]) -> Iterator[dict[str, Any]]:
    """The present operator's rows, past the ORM, which would take as long again as the hashing."""
    columns = {attribute.key: attribute.columns[0] for attribute in inspect(model).column_attrs}
    own = columns["organisation_id"] == tenancy.current_organisation_id()
    statement = select(*columns.values()).where(own).order_by(columns["sequence"])
    with db.session.connection().execute(statement.execution_options(yield_per=1000)) as rows:  # closed at a break too
        for row in rows:
            yield dict(zip(columns, row, strict=True))


def _hash(model: type[Any], row: dict[str, Any]) -> bytes:
    later = model.added_later
    content = {name: row[name] for name in row if name != "row_hash" and not (row[name] is None and name in later)}
    return hashlib.sha256(_JSON.encode(content).encode()).digest()


def _plain(value: Any) -> str:
    if isinstance(value, uuid.UUID | bytes):
        return value.hex if isinstance(value, uuid.UUID) else value.hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)


_JSON = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain, check_circular=False
)


@event.listens_for(Session, "before_flush")
def _chain(session: Session, flush_context: Any, instances: Any) -> None:
    for model in {type(row) for row in session.new if isinstance(row, Chained)}:
        transaction.one_at_a_time()
        rows: list[Any] = [row for row in session.new if type(row) is model]  # in the order in which they were added
        with session.no_autoflush:
            sequence, previous = session.execute(_head(model)).one_or_none() or (0, BEGINNING)
        for row in rows:
            _settle_references(row)
            sequence += 1
            row.sequence, row.previous_hash = sequence, previous
            previous = row.row_hash = _hash(model, _content(row))


_heads: dict[type[Any], Select[int, bytes]] = {}


def _head(model: type[Any]) -> Select[int, bytes]:
    """The statement for a chain's last row, built once."""
    if model not in _heads:
        _heads[model] = select(model.sequence, model.row_hash).order_by(model.sequence.desc()).limit(1)
    return _heads[model]


def _settle_references(row: Any) -> None:
    """Fill foreign keys from related rows now: SQLAlchemy would do it only after the hash is made."""
    for link in inspect(row).mapper.relationships:
        target = row.__dict__.get(link.key)
        if target is not None and link.direction is MANYTOONE:
            for local, remote in link.local_remote_pairs:
                setattr(row, str(local.key), getattr(target, str(remote.key)))


def _content(row: Any) -> dict[str, Any]:
    return {attribute.key: getattr(row, attribute.key) for attribute in inspect(row).mapper.column_attrs}


@event.listens_for(Session, "before_flush")
def _refuse_rewrites(session: Session, flush_context: Any, instances: Any) -> None:
    rewritten = (row for row in session.dirty if session.is_modified(row))
    for row in (*rewritten, *session.deleted):
        if isinstance(row, AppendOnly):
            raise LedgerRewritten(type(row).__name__)


@event.listens_for(Session, "do_orm_execute")
def _refuse_bulk_rewrites(state: ORMExecuteState) -> None:
    if state.is_update or state.is_delete:
        for mapper in state.all_mappers:
            if issubclass(mapper.class_, AppendOnly):
                raise LedgerRewritten(mapper.class_.__name__)
