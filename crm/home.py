"""The first page of the desk, and what every page of it shows: navigation and warnings."""

from typing import Any

from flask import Blueprint, Flask, has_request_context, redirect, render_template, request, url_for
from flask_babel import LazyString, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors, queries
from crm.accounts.models import Organisation, Role
from crm.agreements import queries as agreements
from crm.clients.policy import SOON
from crm.consents import calls
from crm.consents import queries as ledger
from crm.core import outbox
from crm.core.clock import today
from crm.erasure import queries as erasure
from crm.mail import queries as mail
from crm.subject_requests import handling, originals, policy, reminders, working_days
from crm.subject_requests import queries as requests
from crm.webforms import queries as webforms

bp = Blueprint("home", __name__)
PAGES = (
    ("home.index", "dashboard", _l("Сегодня")),
    ("clients.index", "people", _l("Клиенты")),
    ("webforms.index", "form", _l("Формы")),
    ("requests.index", "inbox", _l("Обращения")),
    ("erasure.index", "erase", _l("Акты")),
    ("settings.index", "settings", _l("Настройки")),
)
DUE = 10
"""Cards to be destroyed, and requests, that the dashboard names; their lists show them all."""
NAMED = 3
"""Forms that a warning names."""
VISITORS = {"public_forms", "documents", "receipts", "links", "request_page"}
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
        consents=agreements.agreements(),
        policy=agreements.agreement(agreements.POLICY),
        shown_forms=[form for form in forms if form.id in collecting],
        due=ledger.due_to_be_destroyed(until=today() + SOON, limit=DUE),
        callers=calls.callers(),
        urgent=_urgent(),
        aside=originals.number_aside(),
        today=today(),
    )


def _urgent() -> list[dict[str, Any]]:
    """Requests that are late or soon will be, with the words for their time."""
    calendar = requests.calendar()
    return [
        {"request": one, "kind": handling.KINDS[one.kind], "left": policy.time_left(one.due_on, today(), calendar)}
        for one in reminders.urgent(calendar, limit=DUE)
    ]


def _surroundings() -> dict[str, Any]:
    around: dict[str, Any] = {"locale": str(get_locale() or "ru"), "navigation": [], "warnings": []}
    if not has_request_context() or request.blueprint in VISITORS or not current_user.is_authenticated:
        return around
    organisation, overdue = queries.organisation(), reminders.overdue_count()
    badges = {"requests.index": overdue}
    return around | {
        "organisation": organisation,
        "navigation": [_entry(*page, badges.get(page[0], 0)) for page in PAGES],
        "warnings": [*_request_warnings(overdue), *_consent_warnings(organisation), *_mail_warnings()],
        "is_owner": current_user.role is Role.OWNER,
    }


def _entry(endpoint: str, icon: str, label: LazyString, badge: int) -> dict[str, Any]:
    url = url_for(endpoint)
    is_current = request.path == url or (url != "/" and request.path.startswith(url))
    return {"url": url, "label": label, "icon": icon, "current": is_current, "badge": badge or None}


def _request_warnings(overdue: int) -> list[dict[str, str | None]]:
    """Requests whose term has passed, and years for which terms are counted without a calendar."""
    late = ngettext("Просрочено %(num)d обращение.", "Просрочено обращений: %(num)d.", overdue)
    url = url_for("requests.index", overdue="y")
    found: list[dict[str, str | None]] = [{"text": late, "url": url, "link_text": _("Показать")}] if overdue else []
    for year in working_days.unset_years():
        text = _("Календарь рабочих дней на %(year)d год не утверждён: сроки обращений могут быть неточны.", year=year)
        url = url_for("calendar_desk.index", year=year)
        found.append({"text": text, "url": url, "link_text": _("Проверить календарь")})
    return found


def _mail_warnings() -> list[dict[str, str | None]]:
    """Letters that wait for somebody to do something about them."""
    figures = outbox.figures()
    found = []
    if figures.waiting and not mail.is_set_up():
        found.append(_("Почтовый сервер не настроен. Писем ждёт отправки: %(count)s.", count=_capped(figures.waiting)))
    if figures.given_up:
        found.append(_("Не удалось отправить писем: %(count)s.", count=_capped(figures.given_up)))
    url = url_for("mail_desk.edit") if current_user.role is Role.OWNER else None
    return [{"text": text, "url": url, "link_text": _("Настройки почты")} for text in found] + _mailbox_warnings()


def _mailbox_warnings() -> list[dict[str, str | None]]:
    """A mailbox that cannot be read: requests lie there unseen, and their terms run."""
    mailbox = mail.mailbox()
    if mailbox is None or mailbox.fault is None or not mailbox.is_on:
        return []
    url = url_for("mailbox_desk.edit") if current_user.role is Role.OWNER else None
    text = _("Почта с обращениями не читается или читается не вся, а сроки ответа идут.")
    return [{"text": text, "url": url, "link_text": _("Что случилось")}]


def _capped(count: int) -> str:
    return str(count) if count < outbox.MOST_COUNTED else _("%(count)d и больше", count=outbox.MOST_COUNTED)


def _consent_warnings(organisation: Organisation) -> list[dict[str, str | None]]:
    """Forms that collect without consent, or ask for it with a text that no longer says the truth."""
    if not organisation.consent_asked:
        return [_no_consent()]
    outdated = webforms.outdated_forms() if request.endpoint != "settings.index" else []
    if not outdated:
        return []  # or the page itself tells it at length
    titles = ", ".join(f"«{form.title}»" for form in outdated[:NAMED])
    names = titles if len(outdated) <= NAMED else _("%(titles)s и другие", titles=titles)
    text = _("Тексты согласий устарели: в реестре или реквизитах что-то изменилось. Формы: %(names)s.", names=names)
    is_late = not {form.id for form in outdated} <= webforms.collecting()
    then = (
        _("Пока не опубликована новая редакция, они не принимают заявки.")
        if is_late
        else _("Отсрочка идёт: опубликуйте новую редакцию.")
    )
    url = url_for("settings.index") if current_user.role is Role.OWNER else None
    return [{"text": f"{text} {then}", "url": url, "link_text": _("Что устарело")}]


def _no_consent() -> dict[str, str | None]:
    return {
        "text": _(
            "Формы собирают данные без согласия. Штраф за обработку без законного основания: для организаций "
            "150–300 тыс. рублей, повторно до 500 тыс. (ч. 1 и 1.1 ст. 13.11 КоАП, проверено в ноябре 2026 г.)."
        ),
        "url": url_for("settings.index"),
        "link_text": _("Включить запрос согласия"),
    }
