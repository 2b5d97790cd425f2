"""The working days by which terms are counted: a year at a glance, and what the operator says on top."""

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.core.clock import today
from crm.settings.calendar_forms import DayForm
from crm.subject_requests import queries, working_days
from crm.subject_requests.calendar import OFF, Calendar, is_built_in_working

bp = Blueprint("calendar_desk", __name__, url_prefix="/settings/calendar")
Page = str | tuple[str, int] | Response
AHEAD = 3
"""Years after the present one that can be set."""


@dataclass(frozen=True)
class Square:
    """A day in the picture of a year."""

    day: date
    is_working: bool
    is_told: bool
    is_unsure: bool


@dataclass(frozen=True)
class Month:
    """A month in the picture of a year: its weeks, with gaps where days of other months stand."""

    name: str
    working_days: int
    weeks: list[list[Square | None]]


@bp.get("/")
@doors.staff
def index() -> Page:
    """A year of working days."""
    return _page(_year(request.args.get("year", "")), DayForm(_years(), formdata=None))


@bp.post("/")
@doors.owner
def say() -> Page:
    """Say of a day whether it is worked."""
    form = DayForm(_years())
    if not form.validate_on_submit():
        return _page(_year(request.args.get("year", "")), form)
    said = form.said()
    working_days.say(said, by=current_user)
    flash(_("Сохранено. Сроки открытых обращений пересчитаны."), "success")
    return _back(next(iter(said)).year)


@bp.post("/confirm")
@doors.owner
def confirm() -> Page:
    """Confirm a day that nobody was sure of, or all of a year."""
    year = _year(request.form.get("year", ""))
    days = [_day(request.form["day"]) or abort(422)] if "day" in request.form else None
    confirmed = working_days.confirm(days[0].year if days else year, days, by=current_user)
    words = ngettext("Подтверждён %(num)d день.", "Подтверждено дней: %(num)d.", len(confirmed))
    flash(words + " " + _("Сроки открытых обращений пересчитаны."), "success")
    return _back(days[0].year if days else year)


@bp.post("/back")
@doors.owner
def take_back() -> Page:
    """Take back what was said of a day."""
    day = _day(request.form.get("day", "")) or abort(422)
    if working_days.take_back(day, by=current_user):
        flash(_("Изменение убрано. Сроки открытых обращений пересчитаны."), "success")
    return _back(day.year)


@bp.post("/year")
@doors.owner
def check_year() -> Page:
    """Say that the calendar of a year was checked, or take that back."""
    year, is_checked = _year(request.form.get("year", "")), request.form.get("is_checked") == "yes"
    working_days.check_year(year, is_checked=is_checked, by=current_user)
    checked = _("Календарь на %(year)d год отмечен проверенным.", year=year)
    flash(checked if is_checked else _("Отметка снята."), "success")
    return _back(year)


def _page(year: int, form: DayForm) -> Page:
    calendar = queries.calendar()
    page = render_template(
        "settings/calendar.html",
        year=year,
        tabs_of_years=[{"url": url_for(".index", year=one), "label": one, "current": one == year} for one in _years()],
        months=list(_months(year, calendar)),
        told=sorted((day, works) for day, works in calendar.overrides.items() if day.year == year),
        is_built_in=is_built_in_working,
        unsure=calendar.unsure(year),
        has_data=year in OFF,
        is_set=calendar.is_set(year),
        unset=[one for one in working_days.unset_years() if one != year],
        form=form,
    )
    return page, 422 if form.errors else 200


def _months(year: int, calendar: Calendar) -> Iterator[Month]:
    unsure = calendar.unsure(year)
    for number in range(1, 13):
        weeks: list[list[Square | None]] = []
        worked = 0
        for week in months.Calendar().monthdatescalendar(year, number):
            squares: list[Square | None] = []
            for day in week:
                square = Square(day, calendar.is_working(day), day in calendar.overrides, day in unsure)
                squares.append(square if day.month == number else None)
                worked += square.is_working and day.month == number
            weeks.append(squares)
        yield Month(str(format_date(date(year, number, 1), "LLLL")), worked, weeks)


def _years() -> range:
    return range(min(OFF), today().year + AHEAD + 1)


def _year(asked: str) -> int:
    return int(asked) if asked in map(str, _years()) else today().year


def _day(asked: str) -> date | None:
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        return None
    return day if day.year in _years() else None


def _back(year: int) -> Response:
    return redirect(url_for(".index", year=year), 303)
