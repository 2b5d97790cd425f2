"""The hosted form: what visitors see, fill in and send. No cookie, no session, no script."""

import uuid
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, cast

from flask import Blueprint, after_this_request, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.accounts.models import Place
from crm.consents import links
from crm.consents import queries as consents
from crm.consents.commands import Circumstances
from crm.consents.models import Channel
from crm.core import tenancy, throttle, transaction
from crm.core.db import db
from crm.webforms import counts, fields, page, policy, queries, submitting
from crm.webforms.face import Shown
from crm.webforms.fields import KINDS
from crm.webforms.models import Submission

bp = Blueprint("public_forms", __name__, url_prefix="/f")
Page = tuple[str, int] | Response
TRAP = "website"
"""The field that people do not see and robots fill in."""
BY_LETTER = "receipt_by_letter"
STAMP = "@stamp-of-this-opening@"


@dataclass
class Typed:
    """What the visitor typed and what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    notice: str | None = None

    @property
    def is_refused(self) -> bool:
        return bool(self.errors or self.notice)


@bp.get("/<slug>")
@doors.public
def form(slug: str) -> Page:
    """The form to fill in."""
    form_id = accounts.enter_by_address(slug, Place.FORM)
    shown = queries.shown(form_id)
    if shown is None:
        return _closed(form_id)
    if request.method == "GET":  # HEAD shows nobody anything
        counts.add(shown.face.version_id, "shown")
    _write_counts_afterwards()
    return _draw(slug, shown, Typed())


@bp.post("/<slug>")
@doors.public
def send(slug: str) -> Page:
    """Keep what was sent, or show the same page with everything typed and what is wrong."""
    form_id = accounts.enter_by_address(slug, Place.FORM)
    shown = queries.shown(form_id)
    if shown is None:
        return _closed(form_id)
    posted = fields.read(shown.face.version_id, shown.face.fields, request.form)
    posted.validate()
    opened = page.read(request.form.get("token", ""))
    typed = _judge(shown, opened, posted)
    if typed.is_refused or opened is None:
        return _draw(slug, shown, typed)
    answers = fields.answers(shown.face.fields, posted)
    wishes = _wishes(shown, answers)
    try:
        submission = submitting.submit(shown, opened, answers, wishes=wishes, seen=_circumstances(slug))
        db.session.flush()
    except submitting.TextChanged:
        transaction.forget()
        now_shown = queries.shown(form_id)
        return _draw(slug, now_shown, Typed(typed.values, notice=_text_changed())) if now_shown else _closed(form_id)
    return _thank(slug, submission, _letters(shown, wishes), opened)


def _write_counts_afterwards() -> None:
    """The numbers are written once this answer has gone out: no visitor waits in the queue of writers for them."""
    if not counts.is_time_to_write():
        return
    app = cast(Any, current_app)._get_current_object()

    def write() -> None:
        with app.app_context():
            counts.write()

    @after_this_request
    def wait(response: Response) -> Response:
        response.call_on_close(write)
        return response


def _ticked(shown: Shown) -> frozenset[str]:
    return frozenset(box.name for box in shown.boxes if request.form.get(box.name) == "yes")


def _wishes(shown: Shown, answers: submitting.Answers) -> submitting.Wishes:
    wishes = submitting.Wishes(_ticked(shown), receipt_by_letter=request.form.get(BY_LETTER) == "yes")
    to = answers.get("email", {}).get("value", "")
    network = throttle.network(request.remote_addr or "")
    if to and _letters(shown, wishes) and throttle.count({links.TO_MAILBOX: _mailbox(to), links.FROM_NETWORK: network}):
        return replace(wishes, may_write=False)
    return wishes


def _mailbox(address: str) -> str:
    """Whose mailbox is written to, and by whom: anna+1@ and anna+2@ are one."""
    name, _at, domain = address.partition("@")
    return f"{tenancy.current_organisation_id()}|{name.partition('+')[0]}@{domain}"


def _letters(shown: Shown, wishes: submitting.Wishes) -> list[str]:
    """Which letters the visitor may expect."""
    waits = any(box.is_confirmed_by_letter and box.name in wishes.boxes for box in shown.boxes)
    gives = any(not box.is_confirmed_by_letter and box.name in wishes.boxes for box in shown.boxes)
    return ["link"] * waits + ["receipt"] * (gives and wishes.receipt_by_letter)


def _thank(slug: str, submission: Submission, letters: list[str], opened: page.OpenPage) -> Response:
    if submission.consent and submitting.came_from(submission, opened):
        return redirect(url_for(".thanks", slug=slug, number=submission.consent.receipt, letter=letters), 303)
    return redirect(url_for(".thanks_without_receipt", slug=slug, letter=letters), 303)


@bp.get("/<slug>/thanks/<number>")
@doors.public
def thanks(slug: str, number: str) -> Page:
    """The thank-you page with the receipt number."""
    form_id = accounts.enter_by_address(slug, Place.FORM)
    record = consents.by_receipt(number.upper())
    return _thanks(slug, form_id, record.receipt if record else None)


@bp.get("/<slug>/thanks")
@doors.public
def thanks_without_receipt(slug: str) -> Page:
    """The thank-you page where no consent was asked."""
    return _thanks(slug, accounts.enter_by_address(slug, Place.FORM), None)


def _thanks(slug: str, form_id: uuid.UUID, receipt: str | None) -> Page:
    entity, letters = queries.entity_of(form_id), request.args.getlist("letter")
    page = render_template(
        "webforms/thanks.html", slug=slug, receipt=receipt, letters=letters, entity=entity, operator=entity.name
    )
    return page, 200


def _judge(shown: Shown, opened: page.OpenPage | None, posted: Any) -> Typed:
    """Everything that keeps this post from being stored."""
    typed = Typed(values={name: request.form.get(name, "") for name in posted.data}, errors=dict(posted.errors))
    typed.notice = _notice(shown, opened)
    if opened and opened.pins != shown.pins:
        return typed  # its boxes stood beside other texts
    missing = policy.unticked([(box.name, box.is_required) for box in shown.boxes], _ticked(shown))
    if missing and not typed.notice:
        counts.add(shown.face.version_id, "refused")
    typed.errors |= {name: [_why_unticked(shown)] for name in missing} | _without_mailbox(shown)
    return typed


def _notice(shown: Shown, opened: page.OpenPage | None) -> str | None:
    """What is wrong with the page as a whole, whatever was typed."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return str(_("Отправка пришла с чужой страницы. Проверьте данные и отправьте их отсюда."))
    if request.form.get(TRAP, "absent"):
        return str(_("Отправка не прошла проверку. Проверьте данные и нажмите «Отправить» ещё раз."))
    if opened is None or not opened.is_fresh:
        return str(_("Страница была открыта слишком давно. Проверьте данные и отправьте ещё раз."))
    return _text_changed() if opened.pins != shown.pins else None


def _why_unticked(shown: Shown) -> str:
    if len(shown.boxes) > 1 and not any(box.is_required for box in shown.boxes):
        return str(_("Поставьте хотя бы одну отметку: без согласия мы не можем принять ваши данные."))
    return str(_("Без согласия мы не можем принять ваши данные. Поставьте отметку, если согласны."))


def _without_mailbox(shown: Shown) -> dict[str, list[str]]:
    """Boxes that were ticked although a letter cannot go anywhere."""
    if request.form.get("email", "").strip():
        return {}
    waiting = [box.name for box in shown.boxes if box.is_confirmed_by_letter and box.name in _ticked(shown)]
    words = _("Чтобы подписаться, напишите адрес эл. почты: на него придёт ссылка.")
    errors = {name: [words] for name in waiting}
    if request.form.get(BY_LETTER) == "yes" and shown.offers_receipt_by_letter:
        errors[BY_LETTER] = [_("Чтобы получить квитанцию письмом, напишите адрес эл. почты.")]
    return errors


def _text_changed() -> str:
    return str(
        _(
            "Пока страница была открыта, форма или текст соглашения изменились. Ничего не сохранено: "
            "прочитайте новый текст и отправьте ещё раз. Всё, что вы ввели, осталось в полях."
        )
    )


def _draw(slug: str, shown: Shown, typed: Typed) -> Page:
    token = page.sign(shown.pins)
    if typed.is_refused:
        return _render(slug, shown, typed, token), 422
    return _untouched(slug, shown).replace(STAMP, token), 200


@lru_cache(maxsize=256)
def _untouched(slug: str, shown: Shown) -> str:
    """The page as everybody first sees it: it changes only with what it shows, so it is rendered once."""
    return _render(slug, shown, Typed(), STAMP)


def _render(slug: str, shown: Shown, typed: Typed, token: str) -> str:
    return render_template(
        "webforms/public.html",
        slug=slug,
        shown=shown,
        fields=shown.face.fields,
        kinds=KINDS,
        typed=typed,
        token=token,
        trap=TRAP,
        by_letter=BY_LETTER,
    )


def _closed(form_id: uuid.UUID) -> Page:
    entity = queries.entity_of(form_id)
    return render_template("webforms/closed.html", entity=entity, operator=entity.name), 410


def _circumstances(slug: str) -> Circumstances:
    return Circumstances(
        channel=Channel.FORM,
        ip_address=request.remote_addr or "",
        user_agent=request.headers.get("User-Agent", "")[:500],
        page_address=f"{current_app.config['BASE_URL']}{url_for('.form', slug=slug)}",
    )
