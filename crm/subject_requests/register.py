"""Reading the journal of requests: its lines by pages, what each line says, and how well requests were answered."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from crm.core import transaction
from crm.core.clock import MOSCOW, today
from crm.core.db import db
from crm.erasure.models import ErasureAct
from crm.subject_requests import board, policy, queries
from crm.subject_requests.calendar import Calendar
from crm.subject_requests.models import (
    Applicant,
    Outcome,
    RequestCard,
    RequestKind,
    RequestState,
    SubjectRequest,
    Way,
)

PAGE, SHEET, BATCH = 50, 1000, 500
"""Lines of a page, of a printed sheet, and read at once for a table."""


@dataclass(frozen=True)
class Filter:
    """What the journal is narrowed to; days are those of receipt, in Moscow."""

    kind: RequestKind | None = None
    way: Way | None = None
    state: RequestState | None = None
    outcome: Outcome | None = None
    responsible_id: uuid.UUID | None = None
    since: date | None = None
    until: date | None = None
    is_overdue: bool = False

    @property
    def names(self) -> list[str]:
        """What it is narrowed by, for the audit."""
        return [one.name for one in fields(self) if getattr(self, one.name)]


@dataclass(frozen=True)
class Line:
    """One line of the journal."""

    request: SubjectRequest
    applicant: Applicant | None
    due_on: date
    done_on: date | None
    """When it was answered, or closed without an answer."""
    days: int | None
    """Working days that took."""
    late: int
    """Working days after the term, 0 in time."""
    is_late: bool
    acts: Sequence[ErasureAct]

    @property
    def is_judged(self) -> bool:
        """Whether there is anything to say about its time: it is done, or overdue already."""
        return self.request.state is not RequestState.DISMISSED and (self.done_on is not None or self.is_late)


def _narrowed(statement: Select[Any], narrowed: Filter) -> Select[Any]:
    for column, value in (
        (SubjectRequest.kind, narrowed.kind),
        (SubjectRequest.way, narrowed.way),
        (SubjectRequest.state, narrowed.state),
        (SubjectRequest.outcome, narrowed.outcome),
        (SubjectRequest.responsible_id, narrowed.responsible_id),
    ):
        statement = statement.where(column == value) if value else statement
    if narrowed.since:
        statement = statement.where(SubjectRequest.received_at >= midnight(narrowed.since))
    if narrowed.until:
        statement = statement.where(SubjectRequest.received_at < midnight(narrowed.until + timedelta(days=1)))
    if narrowed.is_overdue:
        is_open = SubjectRequest.state.in_((RequestState.NEW, RequestState.IN_WORK, RequestState.ANSWERING))
        statement = statement.where(is_open, SubjectRequest.due_on < today())
    return statement


def midnight(day: date) -> datetime:
    """When a day begins in Moscow."""
    return datetime(day.year, day.month, day.day, tzinfo=MOSCOW)


def count(narrowed: Filter) -> int:
    """How many lines there are."""
    return db.session.scalar(_narrowed(select(func.count(SubjectRequest.id)), narrowed)) or 0


def page(narrowed: Filter, *, before: int | None = None, limit: int = PAGE) -> Sequence[Line]:
    """Up to `limit` + 1 lines with numbers below `before`, the latest first; the extra one tells of more."""
    statement = _narrowed(select(SubjectRequest), narrowed).order_by(SubjectRequest.number.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(SubjectRequest.number < before)
    return _lines(db.session.scalars(statement).all(), queries.calendar())


def batches(narrowed: Filter) -> Iterator[Sequence[Line]]:
    """All lines, the latest first, some at a time. The database is let go before each is handed out, for whoever takes
    them may be slow."""
    before = None
    while True:
        lines = page(narrowed, before=before, limit=BATCH - 1)
        if not lines:
            return
        before = lines[-1].request.number
        for line in lines:
            db.session.expunge(line.request)
        transaction.let_go()
        yield lines
        if len(lines) < BATCH:
            return


def _lines(requests: Sequence[SubjectRequest], calendar: Calendar) -> list[Line]:
    applicants, acts = board.applicants_of(requests), _acts_of(requests)
    return [_line(one, calendar, applicants.get(one.id), acts.get(one.id, [])) for one in requests]


def _line(request: SubjectRequest, calendar: Calendar, applicant: Applicant | None, acts: Sequence[ErasureAct]) -> Line:
    pace = Pace.of(request, calendar)
    return Line(request, applicant, acts=acts, **vars(pace))


def _acts_of(requests: Sequence[SubjectRequest]) -> dict[uuid.UUID, list[ErasureAct]]:
    """The acts by which cards of these requests were destroyed, by the key of the request."""
    rows = (
        select(RequestCard.request_id, ErasureAct)
        .join(ErasureAct, ErasureAct.client_id == RequestCard.client_id)
        .where(RequestCard.request_id.in_([one.id for one in requests]))
        .order_by(ErasureAct.number)
    )
    found: dict[uuid.UUID, list[ErasureAct]] = {}
    for request_id, act in db.session.execute(rows) if requests else ():
        found.setdefault(request_id, []).append(act)
    return found


# in time or late


@dataclass(frozen=True)
class Pace:
    """How long a request took against its term."""

    due_on: date
    done_on: date | None
    days: int | None
    late: int
    is_late: bool

    @classmethod
    def of(cls, request: Any, calendar: Calendar) -> "Pace":
        """That of a request, or of a row with its columns."""
        is_over = request.state in board.OVER or request.answered_at is not None
        moment = (request.answered_at or request.closed_at) if is_over else None
        done_on = moment.astimezone(MOSCOW).date() if moment else None
        due_on = due_of_answer(request, calendar) if is_over else request.due_on
        until = done_on or today()
        is_late = request.state is not RequestState.DISMISSED and until > due_on
        received_on = request.received_at.astimezone(MOSCOW).date()
        return cls(
            due_on,
            done_on,
            days=calendar.between(received_on, done_on) if done_on else None,
            late=calendar.between(due_on, until) if is_late else 0,
            is_late=is_late,
        )


def due_of_answer(request: Any, calendar: Calendar) -> date:
    """The last day for everything a request is about, its answer too; to refuse and to say that nothing is held there
    are ten working days, whatever was asked."""
    if request.outcome in (Outcome.REFUSED, Outcome.NOTHING_HELD):
        is_extended = request.extended_at is not None
        return policy.due(policy.Clock.REFUSAL, request.received_at, calendar, is_extended=is_extended)
    facts = policy.Facts(
        request.kind,
        request.received_at,
        extended_at=request.extended_at,
        found_at=request.found_at,
        put_off_at=request.put_off_at,
    )
    return policy.deadlines(facts, calendar)[-1].due_on
