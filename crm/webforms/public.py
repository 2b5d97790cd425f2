"""The hosted form: what visitors see, fill in and send. No cookie, no session, no script."""

import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.accounts.models import Place
from crm.consents import queries as consents
from crm.consents.commands import Circumstances
from crm.core import transaction
from crm.core.db import db
from crm.webforms import commands, fields, page, queries
from crm.webforms.fields import KINDS
from crm.webforms.models import Submission
from crm.webforms.queries import Shown

bp = Blueprint("public_forms", __name__, url_prefix="/f")
Page = tuple[str, int] | Response
TRAP = "website"
"""The field that people do not see and robots fill in."""
BOX = "consent"
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
    shown = queries.shown(accounts.enter_by_address(slug, Place.FORM))
    return _closed() if shown is None else _draw(slug, shown, Typed())


@bp.post("/<slug>")
@doors.public
def send(slug: str) -> Page:
    """Keep what was sent, or show the same page with everything typed and what is wrong."""
    shown = queries.shown(accounts.enter_by_address(slug, Place.FORM))
    if shown is None:
        return _closed()
    posted = fields.read(shown.face.version_id, shown.face.fields, request.form)
    posted.validate()
    opened = page.read(request.form.get("token", ""))
    typed = _judge(shown, opened, posted)
    if typed.is_refused or opened is None:
        return _draw(slug, shown, typed)
    answers = fields.answers(shown.face.fields, posted)
    try:
        submission = commands.submit(shown, opened, answers, seen=_circumstances(slug))
        db.session.flush()
    except commands.TextChanged:
        transaction.forget()
        return _draw(slug, queries.shown(shown.form_id) or shown, Typed(typed.values, notice=_text_changed()))
    return _thank(slug, submission)


def _thank(slug: str, submission: Submission) -> Response:
    if submission.consent:
        return redirect(url_for(".thanks", slug=slug, number=submission.consent.receipt), 303)
    return redirect(url_for(".thanks_without_receipt", slug=slug), 303)


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
    company = accounts.organisation()
    return render_template("webforms/thanks.html", slug=slug, receipt=receipt, organisation=company), 200


def _judge(shown: Shown, opened: page.OpenPage | None, posted: Any) -> Typed:
    """Everything that keeps this post from being stored."""
    typed = Typed(values={name: request.form.get(name, "") for name in posted.data}, errors=dict(posted.errors))
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        typed.notice = _("Отправка пришла с чужой страницы. Проверьте данные и отправьте их отсюда.")
    elif request.form.get(TRAP, "absent"):
        typed.notice = _("Отправка не прошла проверку. Проверьте данные и нажмите «Отправить» ещё раз.")
    elif opened is None or not opened.is_fresh:
        typed.notice = _("Страница была открыта слишком давно. Проверьте данные и отправьте ещё раз.")
    elif opened.pins != shown.pins:
        typed.notice = _text_changed()
    if shown.asks_consent and request.form.get(BOX) != "yes":
        typed.errors[BOX] = [_("Без согласия мы не можем принять ваши данные. Поставьте отметку, если согласны.")]
    return typed


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
        box=BOX,
    )


def _closed() -> Page:
    return render_template("webforms/closed.html", organisation=accounts.organisation()), 410


def _circumstances(slug: str) -> Circumstances:
    return Circumstances(
        ip_address=request.remote_addr or "",
        user_agent=request.headers.get("User-Agent", "")[:500],
        page_address=f"{current_app.config['BASE_URL']}{url_for('.form', slug=slug)}",
        box_label=_("Даю согласие на обработку персональных данных"),
    )
