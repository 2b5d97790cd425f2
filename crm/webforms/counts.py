"""How often forms are shown, sent and turned away for want of consent: counted without anything of a person.

A page that only shows must not write, and nobody should wait for a number. So counts gather in the process and are
written together: after an answer has gone out, at most every EVERY_SECONDS; once a minute; and when the process ends.
A process that is killed loses what it gathered since.
"""

import logging
import multiprocessing.util
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from threading import Lock
from typing import Literal, NamedTuple

from flask import Flask, current_app
from sqlalchemy import select

from crm.core import jobs, tenancy, transaction
from crm.core.clock import today
from crm.core.db import db
from crm.webforms.models import FormCount, FormVersion, WebForm

What = Literal["shown", "sent", "refused"]
Place = tuple[uuid.UUID, date]
"""A form version and a day (Moscow)."""
Gathered = defaultdict[uuid.UUID, defaultdict[Place, Counter[str]]]
"""By operator."""
EVERY_SECONDS = 20.0
DAYS = 30

log = logging.getLogger(__name__)


def _nothing() -> Gathered:
    return defaultdict(partial(defaultdict, Counter))


_lock = Lock()
_gathered = _nothing()
_written_at = [time.monotonic()]


class Day(NamedTuple):
    """What happened to a form on one day."""

    counted_on: date
    shown: int
    sent: int
    refused: int


@dataclass(frozen=True)
class Chart:
    """Days to be drawn, each number as a share of the largest."""

    days: list[Day]

    @property
    def most(self) -> int:
        return max((number for day in self.days for number in day[1:]), default=0)

    @property
    def total(self) -> Day:
        """Of all days; dated with the last."""
        days = self.days
        shown, sent, refused = (sum(numbers) for numbers in zip(*(day[1:] for day in days), strict=True))
        return Day(days[-1].counted_on, shown, sent, refused)

    def height(self, number: int) -> float:
        """How high a number stands, of 100; what is not nothing can be seen."""
        return max(round(100 * number / self.most, 1), 2.0) if number else 0.0


def add(form_version_id: uuid.UUID, what: What) -> None:
    """Count one page of the present operator's form."""
    with _lock:
        _gathered[tenancy.current_organisation_id()][form_version_id, today()][what] += 1


def is_time_to_write() -> bool:
    """Whether somebody should write now; of many who ask at once only one is told so."""
    with _lock:
        is_time = time.monotonic() - _written_at[0] > EVERY_SECONDS
        if is_time:
            _written_at[0] = time.monotonic()
    return is_time


@jobs.every(minutes=1)
def write() -> None:
    """Put what this process gathered into the database, per operator, each in a session of its own.

    Never inside a request or job that has already written: it would wait for itself in the queue of writers.
    """
    for organisation_id, gathered in _taken():
        try:
            with current_app.app_context():
                tenancy.enter(organisation_id)
                with transaction.of_its_own():
                    _keep(organisation_id, gathered)
        except Exception:  # whatever the trouble is: numbers wait for the next time, and nobody's page breaks
            log.exception("could not write counts")
            _put_back(organisation_id, gathered)


def _taken() -> list[tuple[uuid.UUID, dict[Place, Counter[str]]]]:
    with _lock:
        taken = list(_gathered.items())
        _gathered.clear()
        _written_at[0] = time.monotonic()
    return [(organisation_id, dict(gathered)) for organisation_id, gathered in taken]


def _put_back(organisation_id: uuid.UUID, gathered: dict[Place, Counter[str]]) -> None:
    with _lock:
        for place, numbers in gathered.items():
            _gathered[organisation_id][place].update(numbers)


def _keep(organisation_id: uuid.UUID, gathered: dict[Place, Counter[str]]) -> None:
    transaction.one_at_a_time()
    for (form_version_id, day), numbers in gathered.items():
        row = db.session.get(FormCount, (organisation_id, form_version_id, day))
        if row is None:
            row = FormCount(form_version_id=form_version_id, counted_on=day, shown=0, sent=0, refused=0)
            db.session.add(row)
        row.shown += numbers["shown"]
        row.sent += numbers["sent"]
        row.refused += numbers["refused"]


def write_at_the_end(app: Flask) -> None:
    """Have the last counts of this process written when it ends."""

    def last() -> None:
        with app.app_context():
            write()

    # done where atexit is, and at the end of a forked child too, which is what Granian's workers are
    multiprocessing.util.Finalize(None, last, exitpriority=90)


def by_day(form: WebForm, version_ids: Collection[uuid.UUID]) -> Chart:
    """The form's last DAYS days, its versions (all of them, by their keys) together, the latest last; no day while
    nothing was counted. What this process has not written yet is counted too."""
    together: defaultdict[date, Counter[str]] = defaultdict(Counter)
    since = today() - timedelta(days=DAYS - 1)
    for row in _written(form, since):
        together[row.counted_on].update(shown=row.shown, sent=row.sent, refused=row.refused)
    with _lock:
        for (form_version_id, day), numbers in _gathered.get(form.organisation_id, {}).items():
            if form_version_id in version_ids and day >= since:
                together[day].update(numbers)
    days = [since + timedelta(days=number) for number in range(DAYS)] if together else []
    return Chart([Day(day, *(together[day][what] for what in ("shown", "sent", "refused"))) for day in days])


def _written(form: WebForm, since: date) -> Sequence[FormCount]:
    counts = select(FormCount).join(FormVersion, FormVersion.id == FormCount.form_version_id)
    return db.session.scalars(counts.where(FormVersion.form_id == form.id, FormCount.counted_on >= since)).all()
