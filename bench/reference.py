"""The limit to measure against: Flask with next to nothing in it, served by the same server.

GET /page    the bytes of the real form page from one flat Jinja template
GET /ready   the same bytes as they are
POST /page   a fresh copy of the rows of one real submission, by raw sqlite3 with synchronous=FULL

The rows are read from a copy of the real database, so tables, indexes, triggers and sizes are the same.
"""

import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

from flask import Flask, redirect, request
from jinja2 import DictLoader
from werkzeug.wrappers import Response

TABLES = ("subject_key", "client", "consent_record", "evidence", "submission", "audit_entry", "search_token")
OWN = {"pseudonym", "digest", "token", "sealed", "row_hash", "previous_hash", "wrapped"}
"""Columns that hold other random bytes in every copy."""
AVERAGE = """
    WITH found AS (SELECT subject_key_id, count(*) AS n FROM search_token GROUP BY subject_key_id)
    SELECT subject_key_id FROM found ORDER BY abs(n - (SELECT avg(n) FROM found)) LIMIT 1
"""
"""The client with as many tokens as one has on average."""
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "busy_timeout=20000")
VALUES = {
    "title": "Запись на приём",
    "company": "ООО «Ромашка»",
    "labels": ["ФИО", "Телефон", "Эл. почта", "Сообщение"],
}


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


def flat(page: str) -> str:
    """The real page as a template without a macro: what changes from form to form is filled in."""
    token = page.split('name="token" value="')[1].partition('"')[0]
    page = page.replace("{", "&#123;").replace(token, "{{ token }}")
    for n, label in enumerate(VALUES["labels"]):
        page = page.replace(f">{label}<", f">{{{{ labels[{n}] }}}}<")
    return page.replace(VALUES["title"], "{{ title }}").replace(VALUES["company"], "{{ company }}")


def app() -> Flask:
    """Made from BENCH_PAGE (a file with the real page) and INSTANCE (a folder with the copied database)."""
    made = Flask(__name__)
    page = Path(os.environ["BENCH_PAGE"]).read_text()
    token = page.split('name="token" value="')[1].partition('"')[0]
    made.jinja_env.autoescape = True
    made.jinja_loader = DictLoader({"page.html": flat(page)})
    template, copier = made.jinja_env.get_template("page.html"), Copier(Path(os.environ["INSTANCE"]) / "crm.sqlite")
    assert template.render(VALUES, token=token).replace("&#123;", "{") == page, "the flat template gives other bytes"

    @made.get("/page")
    def show() -> str:
        return template.render(VALUES, token=token)

    @made.get("/ready")
    def ready() -> str:
        return page

    @made.post("/page")
    def send() -> Response:
        assert request.form["full_name"]
        copier.write()
        return redirect("/thanks", 303)

    return made
