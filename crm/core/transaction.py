"""One request, one transaction.

Views and commands never commit. After a view that was asked to change something and answered well,
everything it did is committed at once; a 4xx answer, an error or a safe method leaves the database as it
was. What even a reading request must leave behind (an audit note) is handed to `after_reading`.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask, Response, current_app, g, request
from sqlalchemy import func, select

from crm.core import sqlite, tenancy
from crm.core.db import db

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def init_app(app: Flask) -> None:
    """Settle every request of the application."""
    app.after_request(_settle)


def after_reading(write: Callable[[], object]) -> None:
    """Have `write` done, and committed alone, when a reading request ends well."""
    g.setdefault("after_reading", []).append(write)


def after_commit(act: Callable[[], object]) -> None:
    """Have `act` done once what this session wrote is on disk."""
    db.session.info.setdefault("after_commit", []).append(act)


def one_at_a_time() -> None:
    """Until the end of this transaction nobody else writes for this operator.

    Call it before reading what a write depends on: numbers of versions and acts, the head of a chain,
    whether a client is known.
    """
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        sqlite.begin_writing(connection)
    else:
        operator = hashlib.sha256(tenancy.current_organisation_id().bytes).digest()
        lock = int.from_bytes(operator[:8], "big", signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(lock)))


def forget() -> None:
    """Undo what was done so far and what was to follow it, so that the page that refuses shows things as they are."""
    db.session.rollback()
    db.session.info.pop("after_commit", None)


def let_go() -> None:
    """Before something slow, like a talk with another server: hold no connection and no old view of the data meanwhile.

    Only while nothing was changed yet.
    """
    if db.session.new or db.session.dirty or db.session.deleted:
        raise RuntimeError("what was changed would be undone")
    db.session.rollback()


@contextmanager
def of_its_own() -> Iterator[None]:
    """A transaction outside any request: a command line, the demo operator."""
    try:
        yield
        _commit()
    except BaseException:
        forget()
        raise


def _settle(response: Response) -> Response:
    try:
        _end(response)
    except Exception as failure:  # the answer said that it worked, the database says no: an error page instead
        forget()
        return current_app.make_response(current_app.handle_user_exception(failure))
    return response


def _end(response: Response) -> None:
    if request.method not in SAFE_METHODS and response.status_code < 400:
        _commit()
        return
    forget()
    writes = g.pop("after_reading", [])
    if response.status_code < 400 and writes:
        for write in writes:
            write()
        _commit()


def _commit() -> None:
    db.session.commit()
    for act in db.session.info.pop("after_commit", []):
        act()
