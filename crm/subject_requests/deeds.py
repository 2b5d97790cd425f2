"""What the staff do on the page of one request and on the board: each act is one posted form.

Who was overtaken by somebody else gets the page as it is now, with what they typed, and hears who it was.
"""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts.models import User
from crm.clients.models import Client
from crm.core import keys, transaction
from crm.core.clock import today
from crm.core.db import db
from crm.core.web import safe_target
from crm.subject_requests import cards, face, forms, queries, steps, turns
from crm.subject_requests.models import RequestKind, Step, SubjectRequest

bp = Blueprint("request_deeds", __name__, url_prefix="/requests")
Page = str | tuple[str, int] | Response
Form = TypeVar("Form", bound=FlaskForm)
PLAIN: dict[str, tuple[Callable[..., None], LazyString]] = {
    "block": (cards.block, _l("Данные заблокированы на время проверки.")),
    "unblock": (cards.unblock, _l("Блокировка снята.")),
    "stop_marketing": (cards.stop_marketing, _l("Реклама прекращена.")),
    "restore": (steps.restore, _l("Обращение возвращено. Его срок всё это время шёл.")),
}
"""Acts that need no words, and what is told when they are done."""


@bp.post("/<uuid:request_id>/kind")
@doors.staff
def confirm_kind(request_id: uuid.UUID) -> Page:
    """Say what is asked for."""
    found, form = _sent(request_id, forms.KindForm)
    return _do(
        found,
        lambda **turn: steps.confirm_kind(found, kind=RequestKind(form.kind.data), **turn),
        _("Записано, о чём просят. Сроки посчитаны со дня поступления."),
        form=form,
    )


@bp.post("/<uuid:request_id>/responsible")
@doors.staff
def assign(request_id: uuid.UUID) -> Page:
    """Say who answers for it."""
    found, form = _sent(request_id, forms.ResponsibleForm)
    return _do(
        found,
        lambda **turn: steps.assign(found, responsible=_person(form.responsible.data), **turn),
        _("Ответственный записан."),
        form=form,
    )


def _person(key: str) -> User | None:
    return db.session.get(User, uuid.UUID(key)) if key else None


@bp.post("/<uuid:request_id>/identity")
@doors.staff
def identity(request_id: uuid.UUID) -> Page:
    """Write down how the staff made sure who asks."""
    found, form = _sent(request_id, forms.IdentityForm)
    return _do(
        found,
        lambda **turn: steps.check_identity(found, how=form.how(), points=form.points.data or [], **turn),
        _("Проверка записана."),
        form=form,
    )


@bp.post("/<uuid:request_id>/cards")
@doors.staff
def attach(request_id: uuid.UUID) -> Page:
    """It is this person's card."""
    found, client = _request(request_id), _client()
    return _do(found, lambda **turn: cards.attach_card(found, client=client, **turn), _("Карточка указана."))


@bp.post("/<uuid:request_id>/cards/detach")
@doors.staff
def detach(request_id: uuid.UUID) -> Page:
    """It is somebody else's card."""
    found, key = _request(request_id), _key("client")
    return _do(
        found,
        lambda **turn: cards.detach_card(found, client_id=key, **turn),
        _("Карточка убрана: к ней обращение не относится."),
    )


@bp.post("/<uuid:request_id>/cards/search")
@doors.staff
def search(request_id: uuid.UUID) -> Page:
    """Look for the person's card; the address of what is found says nothing of whom was looked for."""
    found, form = _sent(request_id, forms.SearchForm)
    if not form.validate():
        return face.page(found, refused=form), 422
    word = keys.for_address(form.who.data or "")
    return redirect(url_for("requests.page", request_id=found.id, found=word, _anchor="cards"), 303)


@bp.post("/<uuid:request_id>/steps")
@doors.staff
def mark(request_id: uuid.UUID) -> Page:
    """A step is done, need not be done, or neither."""
    found, step, said = _request(request_id), _step(), request.form.get("said")
    if said == "undone":
        return _do(found, lambda **turn: steps.unmark_step(found, step=step, **turn), _("Отметка снята."))
    is_needless = said == "needless"
    return _do(
        found,
        lambda **turn: steps.mark_step(found, step=step, is_needless=is_needless, **turn),
        _("Отмечено как ненужное.") if is_needless else _("Отмечено как сделанное."),
    )


@bp.post("/<uuid:request_id>/act")
@doors.staff
def act(request_id: uuid.UUID) -> Page:
    """An act that needs no words."""
    found = _request(request_id)
    command, told = PLAIN.get(request.form.get("act", "")) or abort(404)
    return _do(found, lambda **turn: command(found, **turn), str(told))


@bp.post("/<uuid:request_id>/withdraw")
@doors.staff
def withdraw(request_id: uuid.UUID) -> Page:
    """Write the withdrawal into the ledger of consents."""
    found, form = _sent(request_id, forms.WithdrawForm)
    return _do(
        found,
        lambda **turn: cards.withdraw(found, purpose_ids=form.chosen(), **turn),
        _("Отзыв записан днём, когда пришло обращение."),
        form=form,
    )


@bp.post("/<uuid:request_id>/finding")
@doors.staff
def find_unlawful(request_id: uuid.UUID) -> Page:
    """The processing turned out to be unlawful."""
    found, form = _sent(request_id, forms.FoundForm)
    return _do(
        found,
        lambda **turn: steps.find_unlawful(found, found_on=form.found_on.data or today(), **turn),
        _("Записано. Сроки части 3 статьи 21 пошли с этого дня."),
        form=form,
    )


@bp.post("/<uuid:request_id>/put-off")
@doors.staff
def put_off(request_id: uuid.UUID) -> Page:
    """The destruction cannot be done in time."""
    found, form = _sent(request_id, forms.PutOffForm)
    return _do(
        found,
        lambda **turn: steps.put_off(found, because=form.put_off_because.data or "", **turn),
        _("Уничтожение отложено. До него данные заблокированы."),
        form=form,
    )


@bp.post("/<uuid:request_id>/dismiss")
@doors.staff
def dismiss(request_id: uuid.UUID) -> Page:
    """It is no request."""
    found, form = _sent(request_id, forms.DismissForm)
    return _do(
        found,
        lambda **turn: steps.dismiss(found, because=form.dismissed_because.data or "", **turn),
        _("Отложено: это не обращение."),
        form=form,
    )


@bp.post("/<uuid:request_id>/close")
@doors.staff
def close(request_id: uuid.UUID) -> Page:
    """Everything is done, or a reason says why not."""
    found, form = _sent(request_id, forms.CloseForm)
    if steps.left_of(found):
        form.demand()
    return _do(
        found,
        lambda **turn: steps.close(found, because=form.closed_because.data or "", **turn),
        _("Обращение закрыто."),
        form=form,
    )


@bp.post("/<uuid:request_id>/reopen")
@doors.staff
def reopen(request_id: uuid.UUID) -> Page:
    """Back into work."""
    found, form = _sent(request_id, forms.ReopenForm)
    return _do(
        found,
        lambda **turn: steps.reopen(found, because=form.reopened_because.data or "", **turn),
        _("Обращение снова в работе."),
        form=form,
    )


@bp.post("/<uuid:request_id>/note")
@doors.staff
def take_note(request_id: uuid.UUID) -> Page:
    """What the staff write for themselves."""
    found, form = _sent(request_id, forms.NoteForm)
    return _do(
        found,
        lambda **turn: steps.take_note(found, text=form.note.data or "", **turn),
        _("Заметка сохранена."),
        form=form,
    )


def _request(request_id: uuid.UUID) -> SubjectRequest:
    return queries.request(request_id) or abort(404)


def _sent(request_id: uuid.UUID, kind: type[Form]) -> tuple[SubjectRequest, Form]:
    found = _request(request_id)
    form: Form = face.typed(kind, request.form, found)
    return found, form


def _key(name: str) -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get(name, ""))
    except ValueError:
        abort(404)


def _client() -> Client:
    return db.session.get(Client, _key("client")) or abort(404)


def _step() -> Step:
    word = request.form.get("step", "")
    return Step(word) if word in set(Step) else abort(404)


def _do(found: SubjectRequest, act: Callable[..., Any], done: str, *, form: FlaskForm | None = None) -> Page:
    """Do it and go back to where it was asked for; or the page anew: 422 with what is wrong, 409 with who was first."""
    if form is not None and not form.validate():
        return face.page(found, refused=form), 422
    try:
        act(by=current_user._get_current_object(), seen_revision=request.form.get("revision", -1, int))
    except turns.ChangedMeanwhile as change:
        return _refuse(found, _overtaken(change), 409, form)
    except turns.NotAllowed:
        return _refuse(found, _("Сейчас это сделать нельзя: посмотрите, в каком состоянии обращение."), 422, form)
    flash(done, "success")
    return redirect(_back() or url_for("requests.page", request_id=found.id), 303)


def _refuse(found: SubjectRequest, told: str, status: int, form: FlaskForm | None) -> Page:
    transaction.forget()
    if back := _back():
        flash(told, "warning")
        return redirect(back, 303)
    return face.page(found, refused=form, told=told), status


def _overtaken(change: turns.ChangedMeanwhile) -> str:
    person = db.session.get(User, change.who) if change.who else None
    if person is None:
        return str(_("Пока страница была открыта, обращение изменилось. Проверьте и повторите."))
    told = _("Пока страница была открыта, обращение изменил(а) %(name)s. Проверьте и повторите.", name=person.name)
    return str(told)


def _back() -> str | None:
    """The board or the list, where the button stood there."""
    return safe_target(request.form.get("next"))
