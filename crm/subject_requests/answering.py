"""Pages on which the staff write to the person: choose the letter, change it, look at it, send it with one button."""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Reply

from crm.accounts import doors
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import files as kept_files
from crm.core import transaction
from crm.core.clock import today
from crm.mail import queries as mail
from crm.subject_requests import answers, drafts, enclosing, handling, pdf, queries
from crm.subject_requests.answering_forms import (
    BeginForm,
    CopyForm,
    HandForm,
    LetterForm,
    SendForm,
    TurnForm,
    choices_of,
)
from crm.subject_requests.answers import Handing
from crm.subject_requests.drafts import NotReady, Unready
from crm.subject_requests.models import MessageRole, RequestMessage, SubjectRequest, Way
from crm.subject_requests.obstacles import REFUSED, UNREADY, why
from crm.subject_requests.samples import WRITTEN
from crm.subject_requests.wording import Given

bp = Blueprint("answering", __name__, url_prefix="/requests/<uuid:request_id>/answer")
Page = str | tuple[str, int] | Reply
Form = TypeVar("Form", bound=TurnForm)


@bp.get("")
@doors.staff
def write(request_id: uuid.UUID) -> Page:
    """The letter that is being written; else, or where another is wanted, what can be written."""
    found = _request(request_id)
    message, wanted = drafts.draft_of(found), request.args.get("role", "")
    if wanted not in ("", *WRITTEN):
        abort(404)
    if message and wanted in ("", message.role.value):
        return _letter_page(found, message, LetterForm(formdata=None, obj=message))
    form = BeginForm(formdata=None, role=wanted or MessageRole.ANSWER.value, matter=drafts.usual(found).value)
    return _begin_page(found, form)


@bp.post("/begin")
@doors.staff
def begin(request_id: uuid.UUID) -> Page:
    """Begin a letter with its sample."""
    found, form = _request(request_id), BeginForm()
    if not form.validate_on_submit():
        return _begin_page(found, form), 422
    given = Given(form.chosen_refusal(), form.words.data or "", form.missing.data or [])

    def act(**turn: Any) -> None:
        drafts.draft(found, MessageRole(form.role.data), matter=form.chosen_matter(), given=given, **turn)

    return _do(found, form, act, lambda: _begin_page(found, form), url_for(".write", request_id=found.id))


@bp.post("/text")
@doors.staff
def save(request_id: uuid.UUID) -> Page:
    """Keep the changed text and look at the letter as it will go."""
    found, form = _request(request_id), LetterForm()
    message = _draft(found)
    if not form.validate_on_submit():
        return _letter_page(found, message, form), 422

    def act(**turn: Any) -> None:
        drafts.edit(message, subject=form.subject.data or "", text=form.text.data or "", **turn)

    return _do(found, form, act, lambda: _letter_page(found, message, form), url_for(".preview", request_id=found.id))


@bp.post("/discard")
@doors.staff
def discard(request_id: uuid.UUID) -> Page:
    """Throw the letter away."""
    found, form = _request(request_id), SendForm()
    message = _draft(found)

    def act(*, by: Any, seen_revision: int) -> None:
        drafts.discard(message, seen_revision=seen_revision)

    return _do(found, form, act, lambda: _preview_page(found, message, form), _page_of(found))


@bp.get("/preview")
@doors.staff
def preview(request_id: uuid.UUID) -> Page:
    """The letter as it will go, what is missing, and the button."""
    found = _request(request_id)
    message = drafts.draft_of(found)
    if message is None:
        return redirect(url_for(".write", request_id=found.id), 303)
    return _preview_page(found, message, SendForm(formdata=None))


@bp.post("/send")
@doors.staff
def send(request_id: uuid.UUID) -> Page:
    """Send it."""
    found, form = _request(request_id), SendForm()
    message = _draft(found)

    def act(**turn: Any) -> None:
        is_checked = bool(form.is_checked.data)
        if obstacle := answers.unready(message, is_checked=is_checked):
            raise NotReady(obstacle)
        files = enclosing.files_of(message)
        answers.send(message, files=files, is_checked=is_checked, **turn)
        if files:
            audit.note(Action.COPY_MADE, by=current_user.id, subject=found.id, details={"files": len(files)})

    done = _("Письмо в очереди на отправку. Когда оно уйдёт, здесь будет видно.")
    return _do(found, form, act, lambda: _preview_page(found, message, form), _page_of(found), done=done)


@bp.post("/handed")
@doors.staff
def hand_over(request_id: uuid.UUID) -> Page:
    """The answer was given otherwise than by a letter of ours."""
    found, form = _request(request_id), HandForm()
    message = _draft(found)
    if not form.validate_on_submit():
        return _preview_page(found, message, SendForm(formdata=None), handing=form), 422
    upload = form.file.data
    scan = (upload.filename or "", upload.read()) if upload else ("", b"")
    handing = Handing(Way(form.way.data), form.on.data or today(), *scan)

    def act(**turn: Any) -> None:
        answers.hand_over(message, handing, **turn)

    def again() -> str:
        return _preview_page(found, message, SendForm(formdata=None), handing=form)

    return _do(found, form, act, again, _page_of(found), done=_("Записано, что ответ передан."))


@bp.route("/copy", methods=["GET", "POST"])
@doors.staff
def copy(request_id: uuid.UUID) -> Page:
    """The person's copy, every text as it will go: read it, leave out what is somebody else's, attach it."""
    found, form = _request(request_id), CopyForm()
    message = drafts.draft_of(found)
    if request.method == "GET" or message is None:
        audit.note_reading(Action.REQUEST_READ, by=current_user.id, subject=found.id, details={"what": "copy"})
        return _copy_page(found, message, CopyForm(formdata=None, **_chosen(message)))
    if not form.validate_on_submit():
        return _copy_page(found, message, form), 422
    left_out, whole = choices_of(request.form.items())

    def act(*, by: Any, seen_revision: int) -> None:
        if form.digest.data != enclosing.copy_for(found, None).digest:
            raise NotReady(Unready.COPY_CHANGED)
        drafts.choose_copy(
            message,
            formats=form.formats.data or [],
            left_out=left_out,
            whole=whole,
            digest=form.digest.data or "",
            seen_revision=seen_revision,
        )

    to = url_for(".preview", request_id=found.id)
    return _do(found, form, act, lambda: _copy_page(found, message, form), to)


@bp.get("/copy/<any(json, pdf, print):shape>")
@doors.staff
def download(request_id: uuid.UUID, shape: str) -> Page | Response:
    """The copy as a file, or as a page to print."""
    found = _request(request_id)
    try:
        copy = enclosing.copy_for(found, drafts.draft_of(found))
        audit.note_reading(Action.COPY_MADE, by=current_user.id, subject=found.id, details={"format": shape})
        if shape == "print":
            return enclosing.printed("subject_requests/copy.html", copy, back=url_for(".copy", request_id=request_id))
        (file,) = enclosing.made(copy, [shape])
    except (NotReady, pdf.NoPdf) as fault:
        flash(why(fault), "danger")
        return redirect(url_for(".copy", request_id=request_id), 303)
    answer = Response(file.content, mimetype=file.media_type, headers=kept_files.HEADERS)
    answer.headers.set("Content-Disposition", "attachment", filename=file.name)
    return answer


def _request(request_id: uuid.UUID) -> SubjectRequest:
    return queries.request(request_id) or abort(404)


def _draft(found: SubjectRequest) -> RequestMessage:
    """The letter in hand; without one there is nothing to post."""
    return drafts.draft_of(found) or abort(404)


def _page_of(found: SubjectRequest) -> str:
    return url_for("requests.page", request_id=found.id, _anchor="thread")


def _do(
    found: SubjectRequest, form: Form, act: Callable[..., None], again: Callable[[], str], to: str, *, done: str = ""
) -> Page:
    """Do one act, or show the page again with what was typed and why it was not done."""
    by = current_user._get_current_object()
    try:
        act(by=by, seen_revision=form.seen)
    except REFUSED as fault:
        transaction.forget()
        flash(why(fault), "danger")
        return again(), 422
    if done:
        flash(done, "success")
    return redirect(to, 303)


def _begin_page(found: SubjectRequest, form: BeginForm) -> str:
    here = form.role.data
    kinds = [
        {
            "url": url_for(".write", request_id=found.id, role=role.value),
            "label": handling.ROLES[role],
            "current": role.value == here,
        }
        for role in WRITTEN
    ]
    return _rendered("subject_requests/answer.html", found, form, begun=drafts.draft_of(found), kinds=kinds)


def _letter_page(found: SubjectRequest, message: RequestMessage, form: LetterForm) -> str:
    return _rendered("subject_requests/answer_letter.html", found, form, message=message)


def _preview_page(
    found: SubjectRequest, message: RequestMessage, form: FlaskForm, handing: HandForm | None = None
) -> str:
    obstacle = answers.unready(message, is_checked=True)
    return _rendered(
        "subject_requests/answer_preview.html",
        found,
        form,
        message=message,
        options=message.options or {},
        why=UNREADY[obstacle] if obstacle else "",
        can_send=obstacle is None,
        needs_proof=answers.needs_proof(message),
        is_mail_set_up=mail.is_set_up(),
        handing=handing or HandForm(formdata=None),
        to=applicant.email if (applicant := queries.applicant_of(found)) else None,
    )


def _copy_page(found: SubjectRequest, message: RequestMessage | None, form: CopyForm) -> str:
    left_out, whole = choices_of(request.form.items()) if request.method == "POST" else _left_out(message)
    made = enclosing.copy_for(found, None)
    return _rendered(
        "subject_requests/answer_copy.html",
        found,
        form,
        message=message,
        copy=made,
        left_out=left_out,
        whole=whole,
        digest=made.digest,
        groups=enclosing.grouped(made),
    )


def _chosen(message: RequestMessage | None) -> dict[str, Any]:
    chosen = ((message.options or {}) if message else {}).get("copy") or {}
    return {"formats": chosen.get("formats", ["pdf", "json"])}


def _left_out(message: RequestMessage | None) -> tuple[list[str], list[str]]:
    chosen = ((message.options or {}) if message else {}).get("copy") or {}
    return chosen.get("left_out", []), chosen.get("whole", [])


def _rendered(name: str, found: SubjectRequest, form: FlaskForm, **more: Any) -> str:
    return render_template(name, asked=found, form=form, words=handling, **more)
