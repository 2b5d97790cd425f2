"""The staff's pages of requests: the list, the board, one request with everything that stands beside it."""

import uuid
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Redirect

from crm.accounts import doors
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import files, keys
from crm.core.clock import today
from crm.core.db import db
from crm.subject_requests import board as boards
from crm.subject_requests import face, handling, policy, queries
from crm.subject_requests.forms import FilterForm
from crm.subject_requests.models import RequestMessage, SubjectRequest
from crm.subject_requests.policy import Left
from crm.subject_requests.post import ReceivedLetter

bp = Blueprint("requests", __name__, url_prefix="/requests")
Page = str | tuple[str, int] | Redirect
FILTERS = ("state", "kind", "mine", "overdue")


@bp.get("/")
@doors.staff
def index() -> Page:
    """The open requests, the most urgent first, or those that a search and filters leave."""
    form = FilterForm(request.args)
    if "found" in request.args:
        form.q.data = keys.from_address(request.args["found"])
    return _list(form)


@bp.post("/search")
@doors.staff
def search() -> Page:
    """Search: the address of what is found says nothing of whom was looked for."""
    form = FilterForm(request.form)
    if not form.validate():
        return _list(form)
    return redirect(url_for(".index", **_found(form, request.form)), 303)


def _list(form: FilterForm) -> Page:
    is_valid = form.validate()
    narrowed = form.narrowed(current_user.id) if is_valid else boards.Filter()
    rows = boards.page(narrowed, after=_place(narrowed)) if is_valid else []
    shown = rows[: boards.PAGE]
    audit.note_reading(Action.REQUESTS_SEARCHED, by=current_user.id, details={"shown": len(shown)})
    page = render_template(
        "subject_requests/index.html",
        form=form,
        narrowed=narrowed,
        requests=shown,
        more=_more(form, narrowed, shown[-1]) if len(rows) > boards.PAGE else None,
        **_named(shown),
    )
    return page, 200 if is_valid else 422


def _named(shown: list[SubjectRequest] | Any) -> dict[str, Any]:
    """What lists say beside the rows themselves."""
    return {
        "applicants": boards.applicants_of(shown),
        "left": _left(shown),
        "kinds": handling.KINDS,
        "states": handling.STATES,
        "tones": handling.TONES,
        "ways": handling.WAYS,
        "today": today(),
    }


def _left(shown: Any) -> dict[uuid.UUID, Left]:
    calendar, running = queries.calendar(), boards.running(shown)
    return {one.id: policy.time_left(one.due_on, today(), calendar) for one in shown if one.id in running}


def _more(form: FilterForm, narrowed: boards.Filter, last: SubjectRequest) -> str:
    due = last.due_on.isoformat() if narrowed.is_most_urgent_first else None
    return url_for(".index", **_found(form, request.args), before=last.id.hex, due=due)


def _place(narrowed: boards.Filter) -> boards.Place | None:
    """Where the page before ended."""
    asked = request.args.get("before")
    try:
        key = uuid.UUID(asked) if asked else None
        due = date.fromisoformat(request.args.get("due", "")) if key and narrowed.is_most_urgent_first else None
    except ValueError:
        abort(404)
    return boards.Place(key, due) if key else None


def _found(form: FilterForm, typed: MultiDict[str, str]) -> dict[str, Any]:
    """The address of what a filter finds; what was searched for stands there sealed."""
    values: dict[str, Any] = {name: value for name, value in typed.items() if name in FILTERS and value}
    return values | ({"found": keys.for_address(form.q.data)} if form.q.data else {})


@bp.get("/board")
@doors.staff
def board() -> Page:
    """The requests in columns by how far they have come: everybody's, or one's own."""
    is_mine = "mine" in request.args
    columns = boards.columns(responsible_id=current_user.id if is_mine else None)
    shown = [one for column in columns for one in column.requests]
    audit.note_reading(Action.REQUESTS_SEARCHED, by=current_user.id, details={"shown": len(shown)})
    return render_template("subject_requests/board.html", columns=columns, is_mine=is_mine, **_named(shown))


@bp.get("/<uuid:request_id>")
@doors.staff
def page(request_id: uuid.UUID) -> Page:
    """One request."""
    found = queries.request(request_id) or abort(404)
    audit.note_reading(Action.REQUEST_READ, by=current_user.id, subject=request_id)
    return face.page(found, searched=keys.from_address(request.args.get("found", "")))


@bp.get("/<uuid:request_id>/letters/<uuid:letter_id>")
@doors.staff
def original(request_id: uuid.UUID, letter_id: uuid.UUID) -> Page | Response:
    """A letter as it came: to be saved and looked at in a mail program, never shown here."""
    letter = db.session.get(ReceivedLetter, letter_id)
    if letter is None or letter.taken.request_id != request_id:
        abort(404)
    audit.note_reading(Action.REQUEST_READ, by=current_user.id, subject=request_id, details={"what": "original"})
    answer = Response(letter.enclosed(), mimetype="application/octet-stream", headers=files.HEADERS)
    answer.headers.set("Content-Disposition", "attachment", filename="letter.eml")
    return answer


@bp.get("/<uuid:request_id>/scans/<uuid:message_id>")
@doors.staff
def scan(request_id: uuid.UUID, message_id: uuid.UUID) -> Page | Response:
    """The scan that was added to a message."""
    message = db.session.get(RequestMessage, message_id)
    if message is None or message.request_id != request_id:
        abort(404)
    if message.scan is None:
        flash(_("У этого сообщения нет приложенного файла."), "info")
        return redirect(url_for(".page", request_id=request_id), 303)
    audit.note_reading(Action.ATTACHMENT_READ, by=current_user.id, subject=request_id)
    return files.response(message.scan)
