"""The first page of the desk, and what every page of it shows: navigation and warnings."""

from typing import Any

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask_babel import LazyString, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors, queries
from crm.accounts.models import Role
from crm.agreements import queries as agreements
from crm.agreements.models import AgreementKind
from crm.core import outbox
from crm.erasure import queries as erasure
from crm.mail import queries as mail
from crm.webforms import queries as webforms

bp = Blueprint("home", __name__)
PAGES = (
    ("home.index", "dashboard", _l("Сегодня")),
    ("clients.index", "people", _l("Клиенты")),
    ("webforms.index", "form", _l("Формы")),
    ("erasure.index", "erase", _l("Акты")),
    ("settings.index", "settings", _l("Настройки")),
)
VISITORS = {"public_forms", "documents", "receipts"}
"""Rooms whose pages are for visitors: no session is looked at there."""


def init_app(app: Flask) -> None:
    """Give the pages what they all need."""
    app.context_processor(_surroundings)


@bp.get("/")
@doors.public
def index() -> str | Response:
    """The dashboard; a stranger is sent to the sign-in."""
    if not current_user.is_authenticated:
        return redirect(url_for("accounts.sign_in"), 303)
    forms, collecting = webforms.forms(), webforms.collecting()
    return render_template(
        "home/index.html",
        organisation=queries.organisation(),
        forms=forms,
        submissions=webforms.latest_submissions(),
        acts=erasure.acts(limit=3),
        consent=agreements.agreement(AgreementKind.CONSENT),
        policy=agreements.agreement(AgreementKind.POLICY),
        shown_forms=[form for form in forms if form.id in collecting],
    )


def _surroundings() -> dict[str, Any]:
    around: dict[str, Any] = {"locale": str(get_locale() or "ru"), "navigation": [], "warnings": []}
    if request.blueprint in VISITORS or not current_user.is_authenticated:
        return around
    organisation = queries.organisation()
    return around | {
        "organisation": organisation,
        "navigation": [_entry(*page) for page in PAGES],
        "warnings": [*([] if organisation.consent_asked else [_consent_warning()]), *_mail_warnings()],
        "is_owner": current_user.role is Role.OWNER,
    }


def _entry(endpoint: str, icon: str, label: LazyString) -> dict[str, Any]:
    url = url_for(endpoint)
    is_current = request.path == url or (url != "/" and request.path.startswith(url))
    return {"url": url, "label": label, "icon": icon, "current": is_current, "badge": None}


def _mail_warnings() -> list[dict[str, str | None]]:
    """Letters that wait for somebody to do something about them."""
    figures = outbox.figures()
    found = []
    if figures.waiting and not mail.is_set_up():
        found.append(_("Почтовый сервер не настроен. Писем ждёт отправки: %(count)s.", count=_capped(figures.waiting)))
    if figures.given_up:
        found.append(_("Не удалось отправить писем: %(count)s.", count=_capped(figures.given_up)))
    url = url_for("mail_desk.edit") if current_user.role is Role.OWNER else None
    return [{"text": text, "url": url, "link_text": _("Настройки почты")} for text in found]


def _capped(count: int) -> str:
    return str(count) if count < outbox.MOST_COUNTED else _("%(count)d и больше", count=outbox.MOST_COUNTED)


def _consent_warning() -> dict[str, str | None]:
    return {
        "text": _(
            "Формы собирают данные без согласия. Штраф за обработку без законного основания: для организаций "
            "150–300 тыс. рублей, повторно до 500 тыс. (ч. 1 и 1.1 ст. 13.11 КоАП, проверено в ноябре 2026 г.)."
        ),
        "url": url_for("settings.index"),
        "link_text": _("Включить запрос согласия"),
    }
