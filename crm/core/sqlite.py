"""How SQLite is opened: durable, strict, forgetful, and with one fair queue of writers.

A transaction starts as a reader and never waits. Its first writing statement joins the queue, ends the
reader's snapshot and begins an immediate transaction, so a writer sees at least what PostgreSQL's
READ COMMITTED would show it, and nobody meets "database is locked".
"""

import fcntl
import sqlite3
import threading
from collections import deque
from typing import Any

from sqlalchemy import Connection, Engine, event

WAIT_SECONDS = 20
JOURNAL_WAIT_MILLISECONDS = 300
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # what was acknowledged to a visitor is on disk
    "foreign_keys=ON",
    "secure_delete=ON",  # an erased row is overwritten, not just unlinked
    f"busy_timeout={WAIT_SECONDS * 1000}",
)
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER")


class FairLock:
    """Threads get in strictly in the order in which they came."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._queue: deque[threading.Lock] = deque()
        self._held = False

    def acquire(self) -> None:
        """Wait for the turn; TimeoutError after WAIT_SECONDS."""
        with self._mutex:
            if not self._held:
                self._held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._queue.append(turn)
        if not turn.acquire(timeout=WAIT_SECONDS):
            with self._mutex:
                if turn in self._queue:
                    self._queue.remove(turn)
                    raise TimeoutError("the queue of writers did not move")

    def release(self) -> None:
        with self._mutex:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._held = False


_queues: dict[str, FairLock] = {}


class QueuedConnection(sqlite3.Connection):
    """A connection that stands in the queue of writers from its first write to its commit or rollback."""

    def __init__(self, path: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(path, *args, **kwargs)
        self.isolation_level = None
        self._queue = _queues.setdefault(path, FairLock())
        self._lock_file = f"{path}.writers" if path and not path.startswith((":", "file:")) else None
        self._door: Any = None
        self._writing = False

    def begin_writing(self) -> None:
        """Turn the reader's transaction into a writer's; nothing if it is one already."""
        if self._writing:
            return
        self._queue.acquire()
        self._writing = True
        try:
            if self._lock_file:  # other processes: a second server, a flask command
                self._door = open(self._lock_file, "wb")  # noqa: SIM115 - held until the commit
                fcntl.flock(self._door, fcntl.LOCK_EX)
            if self.in_transaction:
                self.execute("COMMIT")
            self.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._leave()
            raise

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self._leave()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._leave()

    def close(self) -> None:
        super().close()
        self._leave()

    def _leave(self) -> None:
        if self._writing:
            self._writing = False
            if self._door:
                self._door.close()
                self._door = None
            self._queue.release()


def prepare(engine: Engine) -> None:
    """Teach an engine of SQLite the above."""

    @event.listens_for(engine, "connect")
    def _set_up(connection: QueuedConnection, record: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    @event.listens_for(engine, "before_cursor_execute")
    def _queue_writers(
        connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.lstrip()[:7].rstrip().upper().startswith(WRITES):
            begin_writing(connection)


def begin_writing(connection: Connection) -> None:
    """Join the queue of writers now, before the first read that a write will stand on."""
    driver = connection.connection.driver_connection
    if isinstance(driver, QueuedConnection):
        driver.begin_writing()


def empty_journal(connection: Connection) -> None:
    """Move the write-ahead log into the database and cut it to nothing, unless a reader is still in it.

    Writers wait meanwhile, so a reader is given a moment, not the usual patience.
    """
    connection.exec_driver_sql(f"PRAGMA busy_timeout={JOURNAL_WAIT_MILLISECONDS}")
    try:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")
