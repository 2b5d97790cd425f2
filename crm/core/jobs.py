"""Background work: a queue of names and ids, done per operator, each job in a session and transaction of its own.

The queue (huey) is a nudge, never the truth: a worker that is killed takes the job in its hands with it. So work that
must not be lost stands in rows, and a periodic job looks for such rows. What is queued names the function, the
operator and ids: nothing of a person can wait there, and it is signed JSON, no pickle.
"""

import logging
import multiprocessing.util
import signal
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask, current_app
from huey import Huey  # type: ignore[import-untyped]  # huey has no types
from huey.consumer import Consumer  # type: ignore[import-untyped]
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import queue, tenancy, transaction
from crm.core.clock import now
from crm.core.db import EPOCH, Base, db, plain

THREADS, KEPT_ROUNDS = 4, 100
RETRIES, FIRST_RETRY_SECONDS, RETRY_FACTOR = 5, 60, 4
"""A job that failed is done again after 1, 4, 16, 64 and 256 minutes."""
HOLD = timedelta(minutes=10)
"""How long a round is left to the process that began it, from each sign of life."""
FOR_THE_SERVER = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
"""Signals that only wake the server when its main thread gets them: our threads must never be in the way."""
STOPS_WITHIN = 1.0
"""Seconds that a stopping process waits for jobs in hand: the server wants to be gone within two."""

log = logging.getLogger(__name__)


class JobRun(Base):
    """One round of periodic work: whoever writes the row does the round, for every operator."""

    __tablename__ = "job_run"

    name: Mapped[str] = plain(200, primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    held_until: Mapped[datetime]
    done_at: Mapped[datetime | None]
    failed: Mapped[int]
    """For how many operators it failed; each of those is tried again by itself."""


@dataclass(frozen=True)
class Call:
    """One job to be done: what the queue holds."""

    name: str
    organisation_id: uuid.UUID
    ids: tuple[uuid.UUID, ...] = ()

    def __call__(self, *, delay: int | None = None) -> None:
        """Queue it. A failure is only logged: the transaction that asked for it is committed already."""
        try:
            huey = here().huey
            huey.enqueue(huey.do.s(self.name, self.organisation_id.hex, *(one.hex for one in self.ids), delay=delay))
        except Exception:
            log.exception("could not queue %s", self.name)


@dataclass(frozen=True)
class Job:
    """A function of a room that can be done later. Called, it is done here and now, in the caller's session."""

    function: Callable[..., object]

    @property
    def name(self) -> str:
        """crm.core.outbox.deliver: by this the queue knows it."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def __call__(self, *ids: uuid.UUID) -> object:
        return self.function(*ids)

    def later(self, *ids: uuid.UUID) -> None:
        """Have it done for the present operator once this transaction is committed; said twice, it is done once."""
        if not all(isinstance(one, uuid.UUID) for one in ids):
            raise TypeError("a job is given ids and nothing else")
        call = Call(self.name, tenancy.current_organisation_id(), ids)
        if call not in db.session.info.get("after_commit", []):
            transaction.after_commit(call)


_jobs: dict[str, Job] = {}
_periodic: dict[str, timedelta] = {}


def job(function: Callable[..., object]) -> Job:
    """Make a function of ids a job."""
    made = Job(function)
    _jobs[made.name] = made
    return made


def every(*, minutes: int) -> Callable[[Callable[[], object]], Job]:
    """Make a function without arguments a job that is done for each operator once in so many minutes.

    Rounds begin at whole multiples of that time since 1970 (UTC). One that was cut short (its process was killed) is
    begun again from the start by another, so doing it twice must do no harm.
    """

    def register(function: Callable[[], object]) -> Job:
        made = job(function)
        _periodic[made.name] = timedelta(minutes=minutes)
        return made

    return register


class Embedded(Consumer):
    """The threads that work inside a server process, which minds the signals itself."""

    def _set_signal_handlers(self) -> None:
        pass


class Jobs:
    """The queue of one application, and the threads of this process that work it off, if any."""

    consumer: Consumer | None = None

    def __init__(self, app: Flask, operators: Callable[[], Sequence[uuid.UUID]]) -> None:
        self.app, self.operators = app, operators
        self._huey: Huey | None = None
        self._opening, self._turns = threading.Lock(), threading.Lock()
        self._in_hand: dict[Call, bool] = {}
        """What threads of this process do now (True: asked for again): a thousand nudges hold one thread, not all."""

    @property
    def huey(self) -> Huey:
        """The queue, opened when it is first needed."""
        with self._opening:
            if self._huey is None:
                huey = queue.opened(self.app)
                options = {"retries": RETRIES, "retry_delay": FIRST_RETRY_SECONDS, "retry_backoff": RETRY_FACTOR}
                huey.do = huey.task(name="do", **options)(self.do)
                huey.periodic_task(lambda moment: True, name="tick", priority=1)(self.tick)  # before all that waits
                self._huey = huey
        return self._huey

    def do(self, name: str, organisation_id: str, *ids: str) -> None:
        """Do one job in a session of its own; one that is in hand is done again after that, not beside it."""
        call = Call(name, uuid.UUID(organisation_id), tuple(map(uuid.UUID, ids)))
        with self.app.app_context():
            if not self._took(call):
                return
            try:
                tenancy.enter(call.organisation_id)
                with transaction.of_its_own():
                    _jobs[name](*call.ids)
            finally:
                with self._turns:
                    is_asked_again = self._in_hand.pop(call)
                if is_asked_again:
                    call()

    def _took(self, call: Call) -> bool:
        with self._turns:
            is_free = call not in self._in_hand
            self._in_hand[call] = not is_free
            return is_free

    def tick(self) -> None:
        """Once a minute in every process that works: do the rounds that are due and that nobody else has begun."""
        with self.app.app_context():
            for name, interval in _periodic.items():
                due_at = EPOCH + (now() - EPOCH) // interval * interval
                if _claim(name, due_at, interval):
                    self._round(name, due_at)

    def _round(self, name: str, due_at: datetime) -> None:
        failed, seen_at, everybody = 0, now(), self.operators()
        db.session.rollback()  # no reader is left standing while the jobs write
        for organisation_id in everybody:
            if self.is_stopping:
                return _write(name, due_at, held_until=now())
            if now() - seen_at > HOLD / 2:
                seen_at = now()
                _write(name, due_at, held_until=seen_at + HOLD)
            try:
                self.do(name, organisation_id.hex)
            except Exception:
                log.exception("%s failed for operator %s", name, organisation_id)
                Call(name, organisation_id)(delay=FIRST_RETRY_SECONDS)
                failed += 1
        return _write(name, due_at, done_at=now(), failed=failed)

    @property
    def is_stopping(self) -> bool:
        """Whether this process has been told to end: a long job looks here between two steps."""
        return self.consumer is not None and bool(self.consumer.stop_flag.is_set())


def init_app(app: Flask, operators: Callable[[], Sequence[uuid.UUID]]) -> None:
    """Give the application its queue; `operators` names everybody for whom periodic work is done."""
    logging.getLogger("huey").setLevel(logging.WARNING)
    app.extensions["jobs"] = Jobs(app, operators)


def here() -> Jobs:
    """The present application's queue."""
    jobs: Jobs = current_app.extensions["jobs"]
    return jobs


def start_embedded(app: Flask) -> None:
    """Work the queue off in threads of this process, until it ends."""
    consumer = _consumer(app.extensions["jobs"], Embedded)
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, FOR_THE_SERVER)  # threads inherit it
    consumer.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, usual)
    # done where atexit is, and at the end of a forked child too, which is what Granian's workers are
    multiprocessing.util.Finalize(None, partial(consumer.stop, graceful=True), exitpriority=100)


def work() -> None:
    """Work the queue off in this process until SIGTERM, which lets jobs in hand end, or Ctrl-C, which does not."""
    consumer = _consumer(here(), Consumer)
    consumer._signal_actions.pop(signal.SIGHUP)  # huey would start the whole command line anew
    consumer.run()


def work_off() -> int:
    """For tests: do all that is queued now, here; how many jobs that were. What fails, raises."""
    done, huey = 0, here().huey
    while (task := huey.dequeue()) is not None:
        is_due = huey.ready_to_run(task)
        _ = task.execute() if is_due else huey.add_schedule(task)
        done += is_due
    return done


def queue_length() -> int:
    """How many jobs are queued, those that wait for a retry too."""
    return int(here().huey.pending_count() + here().huey.scheduled_count())


def last_rounds() -> list[JobRun]:
    """The latest round of each periodic job, by name."""
    newest = select(JobRun).order_by(JobRun.due_at.desc()).limit(1)
    return [run for name in sorted(_periodic) if (run := db.session.scalar(newest.filter_by(name=name)))]


def _consumer(jobs: Jobs, kind: type[Consumer]) -> Consumer:
    options = {"workers": THREADS, "max_delay": 1.0, "shutdown_timeout": STOPS_WITHIN, "graceful_signal": "TERM"}
    jobs.consumer = kind(jobs.huey, **options)
    return jobs.consumer


def _claim(name: str, due_at: datetime, interval: timedelta) -> bool:
    """Whether this process is the one to do the round: the first to ask, or the first after its holder died."""
    moment = now()
    with db.engine.begin() as connection:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        row = {"name": name, "due_at": due_at, "held_until": moment + HOLD, "failed": 0}
        if connection.scalar(dialect.insert(JobRun).values(row).on_conflict_do_nothing().returning(JobRun.name)):
            old = JobRun.due_at < due_at - KEPT_ROUNDS * interval
            connection.execute(delete(JobRun).where(JobRun.name == name, old))
            return True
        orphaned = update(JobRun).where(JobRun.done_at.is_(None), JobRun.held_until <= moment)
        mine = orphaned.where(JobRun.name == name, JobRun.due_at == due_at)
        return connection.execute(mine.values(held_until=moment + HOLD)).rowcount == 1


def _write(name: str, due_at: datetime, **values: Any) -> None:
    with db.engine.begin() as connection:
        connection.execute(update(JobRun).where(JobRun.name == name, JobRun.due_at == due_at).values(values))
