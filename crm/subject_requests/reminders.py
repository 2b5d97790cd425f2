"""Which requests are late or soon will be: for the desk to show, and for letters to whoever is responsible."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from crm.accounts import queries as accounts
from crm.accounts.models import Role, User
from crm.clients.models import Client
from crm.core import jobs, outbox, transaction
from crm.core.clock import MOSCOW, today
from crm.core.db import db
from crm.core.letters import BadHeader, Letter
from crm.subject_requests import handling, policy, queries
from crm.subject_requests.calendar import Calendar
from crm.subject_requests.models import (
    Outcome,
    RequestCard,
    RequestState,
    RequestStep,
    Step,
    SubjectRequest,
)

MOST_COUNTED = 100
BATCH = 200
"""Requests that one job looks at."""
_UNANSWERED = (RequestState.NEW, RequestState.IN_WORK, RequestState.ANSWERING)
_DESTROYING = [kind for kind, steps in handling.STEPS.items() if Step.ERASE in steps]


class Mark(StrEnum):
    """At what a letter reminds, the most urgent first."""

    OVERDUE = "overdue"
    DAY = "day"
    """One working day is left, or none."""
    SOON = "soon"
    HALF = "half"
    """Half of the time is gone."""


def running() -> ColumnElement[bool]:
    """Requests with something left to be done: those not answered, and those answered with a promise to destroy.

    One that only waits to be closed is late for nothing.
    """
    same = RequestCard.request_id == SubjectRequest.id
    has_card = exists().where(same, Client.id == RequestCard.client_id)
    is_waived = exists().where(RequestStep.request_id == SubjectRequest.id, RequestStep.step == Step.ERASE)
    promised = and_(
        SubjectRequest.state == RequestState.ANSWERED,
        SubjectRequest.kind.in_(_DESTROYING),
        SubjectRequest.outcome == Outcome.FULFILLED,
        has_card,
        ~is_waived,
    )
    return or_(SubjectRequest.state.in_(_UNANSWERED), promised)


def overdue_count() -> int:
    """How many requests are late, counted up to MOST_COUNTED."""
    late = select(SubjectRequest.id).where(SubjectRequest.due_on < today(), running()).limit(MOST_COUNTED)
    return db.session.scalar(select(func.count()).select_from(late.subquery())) or 0


def urgent(calendar: Calendar, *, limit: int) -> Sequence[SubjectRequest]:
    """Requests that are late or will be within policy.SOON working days, the most urgent first."""
    until = calendar.after(today(), policy.SOON)
    rows = select(SubjectRequest).where(SubjectRequest.due_on <= until, running())
    return db.session.scalars(rows.order_by(SubjectRequest.due_on, SubjectRequest.id).limit(limit)).all()


def mark_of(received_on: date, due_on: date, day: date, calendar: Calendar) -> Mark | None:
    """What there is to remind of on a day; None while more than half of the time is left."""
    left = calendar.between(day, due_on)
    if day > due_on:
        return Mark.OVERDUE
    if left <= 1:
        return Mark.DAY
    if left <= policy.SOON:
        return Mark.SOON
    return Mark.HALF if (day - received_on) * 2 >= due_on - received_on else None


@dataclass(frozen=True)
class Reminder:
    """One letter to one person about one request."""

    request: SubjectRequest
    mark: Mark
    to: User

    @property
    def key(self) -> str:
        """It goes once for each mark of each term; a term that moved is reminded of anew."""
        return f"reminder:{self.request.id.hex}:{self.mark}:{self.request.due_on:%Y%m%d}:{self.to.id.hex}"


@jobs.every(minutes=60)
def remind() -> None:
    """Write to whoever is responsible for requests whose time runs out; to the owners where nobody is."""
    remind_of()


@jobs.job
def remind_of(*after: uuid.UUID) -> None:
    """A batch of open requests, then the next; `after` is the last of the batch before."""
    rows = select(SubjectRequest).where(running()).order_by(SubjectRequest.id)
    rows = rows.where(SubjectRequest.id > after[0]) if after else rows
    batch = db.session.scalars(rows.limit(BATCH)).all()
    calendar, staff = queries.calendar(), [one for one in accounts.staff() if one.disabled_at is None]
    due = [reminder for request in batch for reminder in _reminders(request, staff, calendar)]
    transaction.one_at_a_time()
    sent = set(db.session.scalars(select(Letter.key).where(Letter.key.in_([one.key for one in due]))))
    for reminder in due:
        if reminder.key not in sent:
            _write(reminder, calendar)
    if len(batch) == BATCH:
        remind_of.later(batch[-1].id)


def _reminders(request: SubjectRequest, staff: Sequence[User], calendar: Calendar) -> list[Reminder]:
    received_on = request.received_at.astimezone(MOSCOW).date()
    mark = mark_of(received_on, request.due_on, today(), calendar)
    if mark is None:
        return []
    responsible = [one for one in staff if one.id == request.responsible_id]
    return [Reminder(request, mark, one) for one in responsible or staff if responsible or one.role is Role.OWNER]


def _write(reminder: Reminder, calendar: Calendar) -> None:
    """The letter lies under the key of its request, and goes with it."""
    request = reminder.request
    applicant = queries.applicant_of(request)
    if applicant is None:
        return
    with force_locale("ru"):
        left = policy.time_left(request.due_on, today(), calendar)
        kind = handling.KINDS[request.kind]
        subject = _("Обращение № %(number)d: %(left)s", number=request.number, left=left.words.lower())
        text = render_template(
            "mail/requests/reminder.txt", request=request, kind=kind, left=left, mark=reminder.mark, url=_url(request)
        )
    try:
        outbox.write(applicant.subject_key, to=reminder.to.email, subject=subject, text=text, key=reminder.key)
    except BadHeader:
        return


def _url(request: SubjectRequest) -> str:
    path: str = current_app.url_map.bind("").build("requests.page", {"request_id": request.id})
    return f"{current_app.config['BASE_URL']}{path}"
