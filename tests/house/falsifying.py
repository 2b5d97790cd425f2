"""Rewriting evidence as somebody with full rights over the database could."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import JSON, Date, Enum, NullPool, create_engine

from crm.core.db import Base, Key, Moment, db, new_key

WITHOUT_TRIGGERS = {
    "sqlite": ["DROP TRIGGER IF EXISTS {0}_no_update", "DROP TRIGGER IF EXISTS {0}_no_delete"],
    "postgresql": ["SET session_replication_role = replica"],
}


def falsified(column: Any, value: Any) -> Any:
    """Something else than the value, as little else as can be."""
    kind = column.type
    if isinstance(kind, Enum):
        return next(word for word in kind.enum_class or () if word != value)
    if isinstance(kind, JSON):
        return {"falsified": True} if isinstance(value, dict) else [*value, "falsified"]
    if isinstance(kind, Key):
        return new_key()
    if isinstance(kind, Moment):
        return value + timedelta(microseconds=1)
    if isinstance(kind, Date):
        return value + timedelta(days=1) if value else date(2026, 11, 24)
    if isinstance(value, int):
        return value + 100
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1])
    return value[:-1] + chr(ord(value[-1]) + 1) if value else "x"


def rewrite(model: Any, row_id: Any, change: Any) -> None:
    """Rewrite a row past every wall: without triggers and foreign keys."""
    table = Base.metadata.tables[model.__tablename__]
    engine = create_engine(db.engine.url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in WITHOUT_TRIGGERS[engine.dialect.name]:
            connection.exec_driver_sql(statement.format(table.name))
        connection.execute(change(table).where(table.c.id == row_id))
