"""How well requests were answered: working days, and which share in time, by kind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from sqlalchemy import select

from crm.core.clock import today
from crm.core.db import db
from crm.subject_requests import queries
from crm.subject_requests.models import RequestKind, RequestState, SubjectRequest
from crm.subject_requests.register import Pace, midnight

MOST = 20_000
"""Requests that are counted, the latest; a year of few operators has more."""
COLUMNS = (
    *(SubjectRequest.kind, SubjectRequest.state, SubjectRequest.outcome, SubjectRequest.received_at),
    *(SubjectRequest.answered_at, SubjectRequest.closed_at, SubjectRequest.due_on, SubjectRequest.extended_at),
    *(SubjectRequest.found_at, SubjectRequest.put_off_at),
)


@dataclass(frozen=True)
class Figures:
    """Of the requests of one kind, or of all."""

    received: int
    answered: int
    median_days: float | None
    """Working days to the answer; None while nothing was answered."""
    in_time: int | None
    """Hundredths of those answered, or overdue, that kept to the term; None while there are none."""


@dataclass(frozen=True)
class Statistics:
    """The figures of a period."""

    since: date
    until: date
    whole: Figures
    by_kind: dict[RequestKind, Figures]
    is_cut: bool
    """There are more than are counted."""


def a_year_before(day: date) -> date:
    """The first day of the twelve months that end with a day."""
    try:
        return day.replace(year=day.year - 1) + timedelta(days=1)
    except ValueError:  # 29 February
        return date(day.year - 1, 3, 1)


def of_period(since: date | None = None, until: date | None = None) -> Statistics:
    """The figures of requests that came in these days, the last twelve months unless told: one read of columns."""
    until = until or today()
    since = since or a_year_before(until)
    rows = (
        select(*COLUMNS)
        .where(SubjectRequest.received_at >= midnight(since))
        .where(SubjectRequest.received_at < midnight(until + timedelta(days=1)))
        .where(SubjectRequest.state != RequestState.DISMISSED)
        .order_by(SubjectRequest.number.desc())
        .limit(MOST + 1)
    )
    calendar = queries.calendar()
    found = db.session.execute(rows).all()
    paces = [(row.kind, Pace.of(row, calendar)) for row in found[:MOST]]
    by_kind = {kind: _figures(pace for of, pace in paces if of is kind) for kind in RequestKind}
    return Statistics(
        since,
        until,
        _figures(pace for _, pace in paces),
        {kind: figures for kind, figures in by_kind.items() if figures.received},
        is_cut=len(found) > MOST,
    )


def _figures(paces: Iterable[Pace]) -> Figures:
    all_of_them: Sequence[Any] = list(paces)
    days = [pace.days for pace in all_of_them if pace.days is not None]
    judged = [pace for pace in all_of_them if pace.done_on is not None or pace.is_late]
    in_time = sum(not pace.is_late for pace in judged)
    return Figures(
        received=len(all_of_them),
        answered=len(days),
        median_days=median(days) if days else None,
        in_time=100 * in_time // len(judged) if judged else None,
    )
