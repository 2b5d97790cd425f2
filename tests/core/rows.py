"""What really stands in the database, for tests that say what was stored and that nothing was."""

from collections import Counter

from flask import Flask
from sqlalchemy import inspect, text

from crm.core.db import db


def everything(app: Flask) -> dict[str, Counter[str]]:
    """Every row of every table, throttle and audit too."""
    with app.app_context(), db.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {name: Counter(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in names}  # noqa: S608 - names of tables


def gained(app: Flask, before: dict[str, Counter[str]]) -> dict[str, int]:
    """How many rows each table has more (or, below zero, fewer) than it had; tables without a difference left out."""
    after = everything(app)
    differences = {name: rows.total() - before[name].total() for name, rows in after.items()}
    return {name: difference for name, difference in differences.items() if difference}


def number(app: Flask, table: str) -> int:
    """How many rows a table has, of all operators."""
    with app.app_context(), db.engine.connect() as connection:
        found: int = connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()  # noqa: S608 - name of a table
        return found
