"""The database handle, the base of every model, its column types and keys."""

import uuid
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Dialect, Enum, LargeBinary, MetaData, String, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column, registry
from sqlalchemy.types import TypeDecorator, TypeEngine
from uuid_utils.compat import uuid7

from crm.core.clock import now

CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Key(TypeDecorator[uuid.UUID]):
    """A UUID: native on PostgreSQL, 16 bytes on SQLite (half of the usual hex text, in every index)."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        native = postgresql.UUID() if dialect.name == "postgresql" else LargeBinary(16)
        return dialect.type_descriptor(native)

    def process_bind_param(self, value: uuid.UUID | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> uuid.UUID | None:
        return uuid.UUID(bytes=value) if isinstance(value, bytes) else value


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment; SQLite, which forgets zones, gets it back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def one_of(words: type[StrEnum]) -> Enum:
    """A column type for a closed list of words. The database sees text: a new word needs no migration."""
    return Enum(
        words,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def plain(length: int | None = None, **options: Any) -> MappedColumn[Any]:
    """A text column that takes its stand: it holds no data of a data subject."""
    text = String(length) if length else Text()
    return mapped_column(text, info={"personal": False}, **options)


def plain_json(**options: Any) -> MappedColumn[Any]:
    """A JSON column that takes its stand: it holds no data of a data subject."""
    return mapped_column(JSON(), info={"personal": False}, **options)


def new_key() -> uuid.UUID:
    """A UUIDv7 (RFC 9562) of the house clock's present: keys sort by time."""
    return uuid7(nanoseconds=(now() - EPOCH) // timedelta(microseconds=1) * 1000)


class Base(DeclarativeBase):
    """The base of every model."""

    registry = registry(
        metadata=MetaData(naming_convention=CONSTRAINT_NAMES),
        type_annotation_map={uuid.UUID: Key(), datetime: Moment()},
    )


class Record(Base):
    """What every row has from the moment it is made: a key, and when it appeared."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"id": new_key(), "created_at": now()} | values)


class AppendOnly:
    """Mixin for ledgers, published versions and acts: rows are written once (core/ledger.py sees to it)."""


class Lasting:
    """Mixin for rows that may change but never go nor change hands: purposes, legal entities."""


db = SQLAlchemy(model_class=Base)
