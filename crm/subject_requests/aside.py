"""Letters that a human must look at, and the originals of letters, to be saved or destroyed."""

import uuid
from datetime import timedelta

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from crm.accounts import doors
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import files
from crm.core.clock import now
from crm.subject_requests import intake, originals
from crm.subject_requests.post import ReceivedLetter, Why

bp = Blueprint("aside", __name__, url_prefix="/requests")
Page = str | Answer
PAGE, COUNTED = 20, timedelta(days=30)
REASONS = {
    Why.BOUNCE: _l("Похоже на отчёт почтового сервера"),
    Why.AUTOMATIC: _l("Похоже на рассылку или автоответ"),
    Why.LOOP: _l("Письмо с вашего собственного адреса"),
    Why.NO_SENDER: _l("Неизвестно, кто написал"),
    Why.UNREADABLE: _l("Текст не удалось прочитать"),
    Why.EMPTY: _l("Пустое письмо"),
    Why.TOO_LARGE: _l("Слишком большое письмо"),
    Why.TOO_MANY: _l("Слишком много писем за сутки"),
}
"""Why a letter waits for a human."""
DROPPED = {
    Why.BOUNCE: _l("отчёты почтовых серверов"),
    Why.AUTOMATIC: _l("рассылки и автоответы"),
    Why.LOOP: _l("собственные письма"),
}
"""What letters were that no human wrote; the others were put aside, and staff said that they are no requests."""


@bp.get("/aside/")
@doors.staff
def index() -> Page:
    """The letters put aside, the latest first, and how many were dropped lately."""
    letters = originals.aside(before=_key(request.args.get("before", "")), limit=PAGE + 1)
    dropped = originals.dropped_since(now() - COUNTED)
    if letters:
        details = {"what": "aside", "letters": len(letters[:PAGE])}
        audit.note_reading(Action.REQUEST_READ, by=current_user.id, details=details)
    return render_template(
        "subject_requests/aside.html",
        letters=letters[:PAGE],
        more=letters[PAGE - 1].id if len(letters) > PAGE else None,
        number=originals.number_aside(),
        reasons=REASONS,
        dropped=[(DROPPED[why], number) for why, number in dropped.items() if why in DROPPED],
        rejected=sum(number for why, number in dropped.items() if why not in DROPPED),
    )


@bp.post("/aside/<uuid:aside_id>/accept")
@doors.staff
def accept(aside_id: uuid.UUID) -> Page:
    """It is a request."""
    letter = _letter(aside_id)
    try:
        made = intake.accept(letter, by=current_user)
    except originals.AlreadyDecided:
        return _decided()
    flash(_("Письмо стало обращением № %(number)d.", number=made.number), "success")
    return redirect(url_for("requests.page", request_id=made.id), 303)


@bp.post("/aside/<uuid:aside_id>/reject")
@doors.staff
def reject(aside_id: uuid.UUID) -> Page:
    """It is none."""
    letter = _letter(aside_id)
    try:
        originals.reject(letter, by=current_user)
    except originals.AlreadyDecided:
        return _decided()
    flash(_("Письмо уничтожено: это не обращение."), "success")
    return redirect(url_for(".index"), 303)


@bp.get("/aside/<uuid:aside_id>/original")
@doors.staff
def original(aside_id: uuid.UUID) -> Answer:
    """A letter put aside, as it came."""
    return _as_file(_letter(aside_id))


@bp.post("/<uuid:request_id>/letters/<uuid:letter_id>/destroy")
@doors.staff
def destroy(request_id: uuid.UUID, letter_id: uuid.UUID) -> Page:
    """A letter of a request must not be kept as it came any longer: it holds copies of documents."""
    originals.destroy(_letter(letter_id, request_id), by=current_user)
    flash(_("Исходное письмо уничтожено вместе с вложениями. Текст обращения остался."), "success")
    return redirect(url_for("requests.page", request_id=request_id), 303)


def _letter(letter_id: uuid.UUID, request_id: uuid.UUID | None = None) -> ReceivedLetter:
    """The letter, of this very request if one is named; else 404."""
    found = originals.letter(letter_id)
    is_there = found is not None and request_id in (None, found.taken.request_id)
    return found if found is not None and is_there else abort(404)


def _as_file(letter: ReceivedLetter) -> Response:
    """To be saved, never shown: whatever it holds acts nowhere."""
    subject = letter.taken.request_id or letter.id
    audit.note_reading(Action.REQUEST_READ, by=current_user.id, subject=subject, details={"what": "original"})
    answer = Response(letter.enclosed(), mimetype="application/octet-stream", headers=files.HEADERS)
    answer.headers.set("Content-Disposition", "attachment", filename="letter.eml")
    return answer


def _decided() -> Answer:
    flash(_("Об этом письме только что решил кто-то другой."), "info")
    return redirect(url_for(".index"), 303)


def _key(word: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(word)
    except ValueError:
        return None
