"""The limit to measure against: Flask with next to nothing in it, served by the same server.

GET /page    the real form page by Jinja alone: the product's own template with everything it asks for ready made
GET /ready   the same bytes as they are
POST /page   a fresh copy of the rows of one real submission, by raw sqlite3 with synchronous=FULL

The rows are read from a copy of the real database, so tables, indexes, triggers and sizes are the same.
"""

import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

import base  # noqa: F401 - finds crm
from flask import Flask, redirect, request, template_rendered, url_for
from werkzeug.wrappers import Response

from crm import create_app

TABLES = (
    *("subject_key", "client", "consent_record", "consent_current", "evidence", "submission", "audit_entry"),
    "search_token",
)
OWN = {"pseudonym", "digest", "token", "sealed", "row_hash", "previous_hash", "wrapped"}
"""Columns that hold other random bytes in every copy."""
AVERAGE = """
    WITH found AS (SELECT subject_key_id, count(*) AS n FROM search_token GROUP BY subject_key_id)
    SELECT subject_key_id FROM found ORDER BY abs(n - (SELECT avg(n) FROM found)) LIMIT 1
"""
"""The client with as many tokens as one has on average."""
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "busy_timeout=20000")


class Copier:
    """Writes one submission's rows again and again under fresh keys."""

    def __init__(self, path: Path) -> None:
        self.path, self.local, self.lock = path, threading.local(), threading.Lock()
        line = self.line()
        line.row_factory = sqlite3.Row
        key = line.execute(AVERAGE).fetchone()[0]
        client = line.execute("SELECT * FROM client WHERE subject_key_id = ?", (key,)).fetchone()
        pseudonym = line.execute("SELECT pseudonym FROM subject_key WHERE id = ?", (key,)).fetchone()[0]
        of = {"subject_key": ("id", key), "consent_record": ("pseudonym", pseudonym)}
        of |= {"audit_entry": ("subject_id", client["id"])}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        for table in TABLES:
            column, value = of.get(table, ("subject_key_id", key))
            found = line.execute(f"SELECT * FROM {table} WHERE {column} = ?", (value,))  # noqa: S608 - our own names
            self.rows[table] = [dict(row) for row in found]
        self.next = {
            table: line.execute(f"SELECT max(sequence) FROM {table}").fetchone()[0]  # noqa: S608
            for table in TABLES
            if self.numbered(table)
        }
        self.keys = {row["id"] for rows in self.rows.values() for row in rows if "id" in row}
        self.statements = {table: self.statement(table) for table in TABLES}
        self.local.line = None

    def numbered(self, table: str) -> bool:
        return "sequence" in self.rows[table][0]

    def statement(self, table: str) -> str:
        names = list(self.rows[table][0])
        return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608

    def line(self) -> sqlite3.Connection:
        """This thread's connection."""
        if getattr(self.local, "line", None) is None:
            self.local.line = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            for pragma in PRAGMAS:
                self.local.line.execute(f"PRAGMA {pragma}")
        line: sqlite3.Connection = self.local.line
        return line

    def write(self) -> None:
        """One transaction, on disk when this returns."""
        fresh = {key: os.urandom(16) for key in self.keys}
        line = self.line()
        with self.lock:
            line.execute("BEGIN IMMEDIATE")
            for table in TABLES:
                if self.numbered(table):
                    self.next[table] += 1
                values = [[self.value(table, *item, fresh) for item in row.items()] for row in self.rows[table]]
                line.executemany(self.statements[table], values)
            line.execute("COMMIT")

    def value(self, table: str, name: str, value: Any, fresh: dict[bytes, bytes]) -> Any:
        if isinstance(value, bytes):
            return fresh.get(value) or (os.urandom(len(value)) if name in OWN else value)
        return self.next[table] if name == "sequence" else value


class Page:
    """The form page of the product as a template and the values it was drawn with."""

    def __init__(self, product: Flask, path: str) -> None:
        drawn: list[tuple[Any, dict[str, Any]]] = []
        template_rendered.connect(
            lambda _, template, context, **__: drawn.append((template, context)), product, weak=False
        )
        product.test_client().get(path)
        self.template, self.values = drawn[0]
        self.addresses: dict[Any, str] = {}
        world = self.template.environment
        with product.test_request_context("/"):
            world.globals |= {"url_for": self.remember(url_for), "asset": self.remember(world.globals["asset"])}
            self.bytes = self.html()
        world.globals |= {"url_for": self.known, "asset": self.known, "get_flashed_messages": lambda **_: []}
        world.install_gettext_callables(lambda text: text, lambda one, many, n: one if n == 1 else many, newstyle=True)
        assert self.html() == self.bytes, "Jinja alone gives other bytes"

    def html(self) -> str:
        """The page anew."""
        html: str = self.template.render(self.values)
        return html

    def remember(self, make: Any) -> Any:
        def made(name: str, **values: str) -> str:
            address: str = make(name, **values)
            return self.addresses.setdefault((name, *values.items()), address)

        return made

    def known(self, name: str, **values: str) -> str:
        return self.addresses[name, *values.items()]


def app() -> Flask:
    """Made from BENCH_FORM (the path of the form) and INSTANCE (a folder with the copied database)."""
    made, instance = Flask(__name__), Path(os.environ["INSTANCE"])
    page, copier = Page(create_app(), os.environ["BENCH_FORM"]), Copier(instance / "crm.sqlite")

    @made.get("/page")
    def show() -> str:
        return page.html()

    @made.get("/ready")
    def ready() -> str:
        return page.bytes

    @made.post("/page")
    def send() -> Response:
        assert request.form["full_name"]
        copier.write()
        return redirect("/thanks", 303)

    return made
