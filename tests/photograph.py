"""A database that can be put back as it was photographed, in milliseconds and after real commits."""

import os
import shutil
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import make_url

from crm.core.db import db


class SqliteFile:
    """The database as a file: a photograph is a copy of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "crm.sqlite"
        self.url = f"sqlite:///{self.path}"
        self._photograph = folder / "photograph" / "crm.sqlite"

    def take(self) -> None:
        self._photograph.parent.mkdir()
        shutil.copyfile(self.path, self._photograph)

    def put_back(self) -> None:
        for beside in self.folder.glob("crm.sqlite-*"):
            beside.unlink()
        shutil.copyfile(self._photograph, self.path)

    def throw_away(self) -> None:
        """The folder is pytest's, which clears it."""

    def raw(self) -> bytes:
        """Every byte of the database on the disk, the write-ahead log too."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("crm.sqlite*")))


class PostgresqlTemplate:
    """A database of its own on the server that TEST_DATABASE_URL names: a photograph is a template database."""

    def __init__(self, url: str, name: str) -> None:
        server = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._server = psycopg.connect(server, autocommit=True)
        self._name, self._photograph = f"test_house_{name}", f"test_photograph_{name}"
        self._log_position = None
        self.url = make_url(url).set(database=self._name).render_as_string(hide_password=False)
        self._do("DROP DATABASE IF EXISTS {0} WITH (FORCE)", "DROP DATABASE IF EXISTS {1}", "CREATE DATABASE {0}")

    def take(self) -> None:
        self._do("CREATE DATABASE {1} TEMPLATE {0}")

    def put_back(self) -> None:
        """Nothing to do while the server's log stands where it stood: then nobody has written anything."""
        if self._log_position != self._present_position():
            self._do("DROP DATABASE {0} WITH (FORCE)", "CREATE DATABASE {0} TEMPLATE {1}")
            self._log_position = self._present_position()

    def throw_away(self) -> None:
        self._do("DROP DATABASE IF EXISTS {0} WITH (FORCE)", "DROP DATABASE IF EXISTS {1}")
        self._server.close()

    def raw(self) -> bytes:
        """Every column of every row, as the server would write it into a dump."""
        with psycopg.connect(self.url) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            rows = [connection.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables]  # noqa: S608 - names of tables
        return b"\n".join(_plain(value) for table in rows for row in table for value in row)

    def _do(self, *statements: str) -> None:
        for statement in statements:
            self._server.execute(statement.format(self._name, self._photograph))

    def _present_position(self) -> Any:
        return self._server.execute("SELECT pg_current_wal_insert_lsn()").fetchone()


def _plain(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


_numbers = count(1)


def of_database(folder: Path) -> SqliteFile | PostgresqlTemplate:
    """SQLite in a folder, or PostgreSQL when TEST_DATABASE_URL names a server."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        return PostgresqlTemplate(url, f"{os.getpid()}_{next(_numbers)}")
    return SqliteFile(folder)


def let_go(app: Flask) -> None:
    """Close every connection, so that the database can be changed under the application; none may be in use."""
    with app.app_context():
        in_use = db.engine.pool.checkedout()  # type: ignore[attr-defined]  # both engines have a queue pool
        db.engine.dispose()
    assert not in_use, f"{in_use} connections were never given back"
