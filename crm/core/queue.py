"""Where jobs wait, and how they are written there, so that nobody but us can put one in."""

import hmac
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from huey import Huey, MemoryHuey, PostgresHuey, SqliteHuey  # type: ignore[import-untyped]  # huey has no types
from huey.registry import Message  # type: ignore[import-untyped]
from huey.serializer import SignedSerializer  # type: ignore[import-untyped]
from psycopg.errors import UniqueViolation
from sqlalchemy import make_url


class Signed(SignedSerializer):
    """Queue entries as JSON under HMAC-SHA256; huey's own are pickle under SHA-1."""

    def _signature(self, message: bytes) -> bytes:
        return hmac.digest(self.secret, b"job:" + message, "sha256").hex().encode()

    def _serialize(self, message: Any) -> Any:
        fields = message._asdict()
        return self._sign(json.dumps(fields | {"eta": fields["eta"] and fields["eta"].isoformat()}).encode())

    def _deserialize(self, data: Any) -> Any:
        fields = json.loads(self._unsign(bytes(data)))
        return Message(**fields | {"eta": fields["eta"] and datetime.fromisoformat(fields["eta"])})


def opened(app: Flask) -> Huey:
    """The queue of this application: beside a SQLite file, or in the database on PostgreSQL."""
    options = {"results": False, "serializer": Signed(str(app.secret_key))}
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if app.testing:
        return MemoryHuey("jobs", **options)
    if url.get_backend_name() == "sqlite":
        file = Path(app.instance_path) / "jobs.sqlite"
        file.touch(0o600)  # SQLite gives its journal the same mode
        huey = SqliteHuey("jobs", filename=str(file), **options)
        huey.storage.conn.execute("PRAGMA synchronous=NORMAL")  # no sync for each nudge, yet never a broken file
        return huey
    options["dsn"] = url.set(drivername="postgresql").render_as_string(hide_password=False)
    options["blocking"] = False  # else every thread holds a connection only to listen
    try:
        return PostgresHuey("jobs", **options)
    except UniqueViolation:  # another process is making its tables at this very moment
        return PostgresHuey("jobs", **options)
