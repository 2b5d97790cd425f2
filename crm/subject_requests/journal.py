"""The journal of requests (журнал обращений): pages, a sheet to print, a table to take along, figures."""

import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for
from flask_babel import force_locale, format_decimal
from flask_babel import gettext as _
from flask_login import current_user

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import spreadsheet, tenancy, text
from crm.core.clock import now, today
from crm.subject_requests import handling, register, statistics
from crm.subject_requests.journal_forms import JournalForm, PeriodForm
from crm.subject_requests.register import Filter, Line

bp = Blueprint("journal", __name__, url_prefix="/requests/journal")
Page = str | tuple[str, int] | Response
FILTERS = ("kind", "way", "state", "outcome", "responsible", "since", "until", "overdue")
PERIOD = "figures"


@bp.get("")
@doors.staff
def index() -> Page:
    """The journal, the latest requests first, and how well they were answered."""
    form, period = _form(), PeriodForm(request.args, prefix=PERIOD)
    is_valid, is_period = form.validate(), period.validate()
    narrowed = form.narrowed() if is_valid else Filter()
    lines = register.page(narrowed, before=_before()) if is_valid else []
    shown = lines[: register.PAGE]
    audit.note_reading(Action.REGISTER_READ, by=current_user.id, details={"shown": len(shown)})
    days = (period.since.data, period.until.data) if is_period else (None, None)
    page = render_template(
        "subject_requests/journal.html",
        form=form,
        period=period,
        lines=shown,
        figures=statistics.of_period(*days) if _before() is None else None,  # further pages need not count again
        more=_url(".index", before=shown[-1].request.number) if len(lines) > register.PAGE else None,
        kept={name: _url(f".{name}") for name in ("printed", "export")},
        is_narrowed=bool(narrowed.names),
        **_words(),
    )
    return page, 200 if is_valid and is_period else 422


@bp.get("/print")
@doors.staff
def printed() -> Page:
    """The journal as a sheet of paper: a Russian document whatever the language of the desk."""
    narrowed = _narrowed()
    lines = register.page(narrowed, limit=register.SHEET)
    audit.note_reading(Action.REGISTER_READ, by=current_user.id, details={"shown": len(lines[: register.SHEET])})
    with force_locale("ru"):
        return render_template(
            "subject_requests/journal_print.html",
            lines=lines[: register.SHEET],
            narrowed=narrowed,
            is_cut=len(lines) > register.SHEET,
            most=register.SHEET,
            operator=accounts.main_entity(),
            printed_at=now(),
            back=_url(".index"),
            **_words(),
        )


@bp.get("/export")
@doors.staff
def export() -> Page:
    """The journal as a table, written while it is read."""
    narrowed = _narrowed()
    details = {"lines": register.count(narrowed), "filters": narrowed.names}
    audit.note_reading(Action.REGISTER_EXPORTED, by=current_user.id, details=details)
    names = accounts.names_of_staff()
    with force_locale("ru"):
        heading = [list(_cells_heading())]
    parts = spreadsheet.written(_with_heading(heading, narrowed, names, tenancy.current_organisation_id()))
    answer = Response(stream_with_context(parts), content_type=spreadsheet.TYPE)
    answer.headers.set("Content-Disposition", "attachment", filename=f"requests-{today()}.csv")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _form() -> JournalForm:
    form = JournalForm(request.args)
    form.offer(accounts.names_of_staff())
    return form


def _narrowed() -> Filter:
    form = _form()
    return form.narrowed() if form.validate() else abort(404)  # only the page of filters makes such addresses


def _before() -> int | None:
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before < 2**31:
        abort(404)  # no request has such a number, and no database could compare it
    return before


def _url(endpoint: str, **more: Any) -> str:
    values: dict[str, Any] = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    return url_for(endpoint, **values, **more)


def _words() -> dict[str, Any]:
    return {
        "kinds": handling.KINDS,
        "states": handling.STATES,
        "ways": handling.WAYS,
        "outcomes": handling.OUTCOMES,
        "names": accounts.names_of_staff(),
        "applicant_of": applicant_in_words,
        "pace_of": pace_in_words,
        "decimal": partial(format_decimal, format="0.#"),
    }


# what a line says


def applicant_in_words(line: Line) -> str:
    """Who asked, as long as that is kept."""
    if line.request.purged_at:
        return str(_("данные уничтожены по окончании срока"))
    applicant = line.applicant
    known = applicant and (applicant.full_name or applicant.email or applicant.phone)
    return known or str(_("не указан"))


def pace_in_words(line: Line) -> str:
    """In time, or so late; nothing while it is open and not due."""
    if not line.is_judged:
        return ""
    if not line.is_late:
        return str(_("в срок"))
    return str(_("позже на %(num)d раб. дн.", num=line.late) if line.late else _("позже срока"))


def _cells_heading() -> Iterator[str]:
    yield from (_("№"), _("Получено (МСК)"), _("Как поступило"), _("Заявитель"), _("О чём"), _("Состояние"), _("Срок"))
    yield from (_("Срок продлён"), _("Ответ отправлен"), _("Итог"), _("Закрыто"), _("Ответственный"))
    yield from (_("Рабочих дней"), _("В срок"), _("Акты об уничтожении"))


def _with_heading(
    heading: list[list[str]], narrowed: Filter, names: dict[Any, str], organisation_id: uuid.UUID
) -> Iterator[list[list[str]]]:
    tenancy.enter(organisation_id)  # the session of the request is gone by the time the server asks for lines
    yield heading
    for lines in register.batches(narrowed):
        with force_locale("ru"):
            yield [list(_cells(line, names)) for line in lines]


def _cells(line: Line, names: dict[Any, str]) -> Iterator[str]:
    one = line.request
    yield from (str(one.number), text.stamp(one.received_at), str(handling.WAYS[one.way]), applicant_in_words(line))
    yield from (str(handling.KINDS[one.kind]), str(handling.STATES[one.state]), text.day(line.due_on))
    yield text.day(one.extended_at) if one.extended_at else ""
    yield text.stamp(one.answered_at) if one.answered_at else ""
    yield str(handling.OUTCOMES[one.outcome]) if one.outcome else ""
    yield text.stamp(one.closed_at) if one.closed_at else ""
    yield names.get(one.responsible_id, "")
    yield str(line.days) if line.days is not None else ""
    yield pace_in_words(line)
    yield ", ".join(str(act.number) for act in line.acts)
