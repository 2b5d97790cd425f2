"""Triggers that refuse to change or delete rows of an append-only table, on SQLite and PostgreSQL.

A batch migration on SQLite makes such a table anew and loses its triggers: call `guard` again after it.
"""

from alembic import op

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""


def guard(*tables: str) -> None:
    """From now on rows of these tables can only be added."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(FUNCTION)
    for table in tables:
        for statement in _sqlite(table) if is_sqlite else _postgresql(table):
            op.execute(statement)


def release(*tables: str) -> None:
    """Take the triggers away, before the tables are dropped or reshaped."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in tables:
        for act in ("update", "delete", "truncate"):
            on = "" if is_sqlite else f" ON {table}"
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}{on}")


def forget() -> None:
    """When the last of these tables is gone, nothing refuses any more."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION IF EXISTS refuse_rewriting()")


def _sqlite(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for act in ("UPDATE", "DELETE")
    ]


def _postgresql(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        f"FOR EACH {'STATEMENT' if act == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION refuse_rewriting()"
        for act in ("UPDATE", "DELETE", "TRUNCATE")
    ]
