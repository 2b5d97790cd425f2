"""Reading many requests: the list by pages, the columns of the board, and who asked in each."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from crm.core import tokens
from crm.core.clock import now, today
from crm.core.db import db
from crm.core.tokens import SearchToken
from crm.subject_requests import handling, reminders
from crm.subject_requests.models import Applicant, RequestKind, RequestState, SubjectRequest

PAGE = 50
COLUMN = 20
"""Requests that a column of the board shows; the list shows them all."""
RECENT = timedelta(days=14)
"""How long a closed request stands on the board."""
OVER = (RequestState.CLOSED, RequestState.DISMISSED)


@dataclass(frozen=True)
class Filter:
    """What a list of requests is narrowed to."""

    query: str = ""
    states: tuple[RequestState, ...] = handling.OPEN
    kind: RequestKind | None = None
    responsible_id: uuid.UUID | None = None
    is_overdue: bool = False

    @property
    def is_most_urgent_first(self) -> bool:
        """Whether the list goes by the term: only where something is waited for."""
        return not set(self.states) & set(OVER)

    @property
    def asks_too_little(self) -> bool:
        """Whether something was typed, but nothing that can be searched for."""
        return bool(self.query.strip()) and not tokens.asked(self.query) and self.number is None

    @property
    def number(self) -> int | None:
        """The number of a request, where that is what was typed: 12 or № 12."""
        typed = self.query.strip().lstrip("№# ").strip()
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended."""

    id: uuid.UUID
    due_on: date | None = None


def page(narrowed: Filter, *, after: Place | None = None) -> Sequence[SubjectRequest]:
    """Up to PAGE + 1 requests further down than `after`, the most urgent (or the newest) first; the extra one tells
    that there are more."""
    if narrowed.asks_too_little:
        return []
    statement = _narrowed(_rows(), narrowed)
    statement = _by_term(statement, after) if narrowed.is_most_urgent_first else _newest(statement, after)
    return db.session.scalars(statement.limit(PAGE + 1)).unique().all()


def _rows() -> Select[SubjectRequest]:
    return select(SubjectRequest).options(joinedload(SubjectRequest.responsible))


def _narrowed(statement: Select[SubjectRequest], narrowed: Filter) -> Select[SubjectRequest]:
    statement = statement.where(SubjectRequest.state.in_(narrowed.states))
    if narrowed.kind:
        statement = statement.where(SubjectRequest.kind == narrowed.kind)
    if narrowed.responsible_id:
        statement = statement.where(SubjectRequest.responsible_id == narrowed.responsible_id)
    if narrowed.is_overdue:
        statement = statement.where(SubjectRequest.due_on < today(), reminders.running())
    return _asked_by(statement, narrowed) if narrowed.query.strip() else statement


def _asked_by(statement: Select[SubjectRequest], narrowed: Filter) -> Select[SubjectRequest]:
    """Those whose applicant answers to every word typed, or the one of the number typed."""
    applicants = select(Applicant.request_id)
    for token in tokens.keyed(tokens.asked(narrowed.query)):
        known = select(SearchToken.subject_key_id).where(SearchToken.token == token)
        applicants = applicants.where(Applicant.subject_key_id.in_(known))
    found: list[ColumnElement[bool]] = [SubjectRequest.id.in_(applicants)] if tokens.asked(narrowed.query) else []
    found += [SubjectRequest.number == narrowed.number] if narrowed.number is not None else []
    return statement.where(or_(*found))


def _by_term(statement: Select[SubjectRequest], after: Place | None) -> Select[SubjectRequest]:
    statement = statement.order_by(SubjectRequest.due_on, SubjectRequest.id)
    if after is None or after.due_on is None:
        return statement
    is_further = or_(SubjectRequest.due_on > after.due_on, SubjectRequest.id > after.id)
    return statement.where(SubjectRequest.due_on >= after.due_on, is_further)


def _newest(statement: Select[SubjectRequest], after: Place | None) -> Select[SubjectRequest]:
    statement = statement.order_by(SubjectRequest.id.desc())
    return statement.where(SubjectRequest.id < after.id) if after else statement


def running(requests: Iterable[SubjectRequest]) -> set[uuid.UUID]:
    """Those among these requests whose term still runs: the others only wait to be closed, or are."""
    keys = [request.id for request in requests if request.state in handling.OPEN]
    rows = select(SubjectRequest.id).where(SubjectRequest.id.in_(keys), reminders.running())
    return set(db.session.scalars(rows)) if keys else set()


def applicants_of(requests: Iterable[SubjectRequest]) -> dict[uuid.UUID, Applicant]:
    """Who asked, by the key of the request; those whose term is over are missing."""
    keys = [request.id for request in requests]
    rows = db.session.scalars(select(Applicant).where(Applicant.request_id.in_(keys))) if keys else ()
    return {applicant.request_id: applicant for applicant in rows}


@dataclass(frozen=True)
class Column:
    """A column of the board; `states` is what the list is narrowed to for the rest of it."""

    name: str
    states: tuple[RequestState, ...]
    requests: Sequence[SubjectRequest]
    is_more: bool


COLUMNS = {
    "new": (RequestState.NEW,),
    "in_work": (RequestState.IN_WORK,),
    "answering": (RequestState.ANSWERING, RequestState.ANSWERED),
    "closed": (RequestState.CLOSED,),
}


def columns(*, responsible_id: uuid.UUID | None = None) -> list[Column]:
    """The board, of everybody's requests or of one person's: the most urgent first, of the closed ones the latest."""
    return [_column(name, states, responsible_id) for name, states in COLUMNS.items()]


def _column(name: str, states: tuple[RequestState, ...], responsible_id: uuid.UUID | None) -> Column:
    statement = _narrowed(_rows(), Filter(states=states, responsible_id=responsible_id))
    if RequestState.CLOSED in states:
        statement = statement.where(SubjectRequest.closed_at >= now() - RECENT)
        statement = statement.order_by(SubjectRequest.closed_at.desc())
    else:
        statement = statement.order_by(SubjectRequest.due_on, SubjectRequest.id)
    found = db.session.scalars(statement.limit(COLUMN + 1)).unique().all()
    return Column(name, states, found[:COLUMN], len(found) > COLUMN)
