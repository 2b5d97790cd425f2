"""What the operator says about working days; whatever is said, the terms of open requests follow."""

import uuid
from collections.abc import Collection
from datetime import date

from sqlalchemy import delete, select

from crm.accounts.models import User
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import jobs, transaction
from crm.core.clock import today
from crm.core.db import db
from crm.subject_requests import commands, handling, policy, queries
from crm.subject_requests.calendar import OFF
from crm.subject_requests.models import CalendarDay, CalendarYear, SubjectRequest

BATCH = 100
"""Requests whose terms are counted anew at once; the others follow in jobs."""
OCTOBER = 10
"""By then the Government has published the transfers of the next year."""


def unset_years() -> list[int]:
    """The present year, and from October the next one, unless somebody has set them."""
    present = today()
    wanted = [present.year, *([present.year + 1] if present.month >= OCTOBER else [])]
    if all(year in OFF for year in wanted):
        return []
    return [year for year in wanted if not queries.calendar().is_set(year)]


def say(days: dict[date, bool], *, by: User) -> None:
    """Say of days whether they are worked; what was said of them before counts no more."""
    transaction.one_at_a_time()
    _forget(days)
    db.session.add_all(CalendarDay(day=day, is_working=is_working) for day, is_working in days.items())
    _changed(days, "said", by)


def confirm(year: int, days: Collection[date] | None = None, *, by: User) -> list[date]:
    """Confirm transfers of a year that nobody was sure of: these, or all that are left. Which those were."""
    unsure = queries.calendar().unsure(year)
    confirmed = {day: works for day, works in unsure.items() if days is None or day in days}
    if confirmed:
        say(confirmed, by=by)
    return sorted(confirmed)


def take_back(day: date, *, by: User) -> bool:
    """Take back what was said of a day; the built-in calendar counts again. False when nothing was said."""
    transaction.one_at_a_time()
    is_told = _forget([day])
    if is_told:
        _changed([day], "taken back", by)
    return is_told


def check_year(year: int, *, is_checked: bool, by: User) -> None:
    """Say that a year without built-in data was looked at and is right, or take that back."""
    transaction.one_at_a_time()
    db.session.execute(delete(CalendarYear).filter_by(year=year))
    if is_checked:
        db.session.add(CalendarYear(year=year))
    details = {"year": year, "is_checked": is_checked}
    audit.note(Action.CALENDAR_CHANGED, by=by.id, details=details)


def _forget(days: Collection[date]) -> bool:
    gone = delete(CalendarDay).where(CalendarDay.day.in_(days)).returning(CalendarDay.day)
    return bool(db.session.scalars(gone).all())


def _changed(days: Collection[date], how: str, by: User) -> None:
    details = {"how": how, "days": [day.isoformat() for day in sorted(days)]}
    audit.note(Action.CALENDAR_CHANGED, by=by.id, details=details)
    db.session.flush()
    recount()


@jobs.job
def recount(*after: uuid.UUID) -> None:
    """Count the terms of open requests anew, a batch after another; `after` is the last of the batch before."""
    transaction.one_at_a_time()
    calendar = queries.calendar()
    rows = select(SubjectRequest).where(SubjectRequest.state.in_(handling.OPEN)).order_by(SubjectRequest.id)
    rows = rows.where(SubjectRequest.id > after[0]) if after else rows
    batch = db.session.scalars(rows.limit(BATCH)).all()
    for request in batch:
        facts = policy.Facts.of(request, queries.done(request))
        if policy.next_due(facts, calendar) != request.due_on:
            commands.settle(request)
    if len(batch) == BATCH:
        recount.later(batch[-1].id)
