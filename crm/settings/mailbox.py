"""The mailbox into which people write: its settings, a look whether it can be read, how the reading goes."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.core import tenancy, throttle
from crm.core.letters import Undelivered
from crm.mail import commands, inbox, policy, queries
from crm.mail.models import DAYS_BACK, Afterwards, Mailbox, MailFolder, Security
from crm.settings.mailbox_forms import MailboxForm, TermsForm
from crm.subject_requests import mailbox as intake
from crm.subject_requests.post import Why

bp = Blueprint("mailbox_desk", __name__, url_prefix="/settings/mailbox")
Page = str | tuple[str, int] | Response
NAMED = 30
"""Folders of the server that are named when one is missing."""
WHYS = {
    Why.BOUNCE: _l("Отчёт почтового сервера о недоставке"),
    Why.AUTOMATIC: _l("Ответ автоматической системы"),
    Why.LOOP: _l("Наше собственное письмо вернулось"),
    Why.NO_SENDER: _l("Нет отправителя"),
    Why.UNREADABLE: _l("Не удалось прочитать"),
    Why.EMPTY: _l("Пустое письмо"),
    Why.TOO_LARGE: _l("Больше 25 МБ: взяты только заголовки"),
    Why.TOO_MANY: _l("Слишком много писем от одного отправителя"),
}
"""Why a letter became no request."""


@bp.route("/", methods=["GET", "POST"])
@doors.owner
def edit() -> Page:
    """The mailbox, and how the reading goes."""
    mailbox = queries.mailbox()
    form = _form(mailbox)
    if form.validate_on_submit():
        inbox.set_up(form.settings(), password=form.password.data or None, by=current_user)
        flash(_("Ящик сохранён. Проверьте соединение: станет видно, всё ли верно."), "success")
        return redirect(url_for(".edit"), 303)
    return _page(mailbox, form, TermsForm(formdata=None, obj=accounts.organisation()))


def _form(mailbox: Mailbox | None, **options: Any) -> MailboxForm:
    folders = [one.name for one in queries.folders(mailbox)] if mailbox else ["INBOX"]
    email = accounts.main_entity().request_email
    new = {"port": 993, "security": Security.TLS, "afterwards": Afterwards.MARK, "is_on": True}
    new |= {"address": email, "username": email}
    any_port = current_app.config["MAIL_PRIVATE_HOSTS"]
    return MailboxForm(saved=mailbox, folders=folders, new=new, any_port=any_port, **options)


def _page(mailbox: Mailbox | None, form: MailboxForm, terms: TermsForm) -> Page:
    folders: Sequence[MailFolder] = queries.folders(mailbox) if mailbox else []
    page = render_template(
        "settings/mailbox.html",
        form=form,
        terms=terms,
        mailbox=mailbox,
        folders=folders,
        counts=intake.not_requests(),
        counted_days=intake.COUNTED_DAYS,
        days_back=DAYS_BACK,
        faults=policy.IMAP_FAULTS,
        whys=WHYS,
    )
    return page, 422 if form.errors or terms.errors else 200


@bp.post("/terms")
@doors.owner
def terms() -> Page:
    """For how long letters and closed requests are kept."""
    form, mailbox = TermsForm(), queries.mailbox()
    if not form.validate_on_submit():
        return _page(mailbox, _form(mailbox, formdata=None), form)
    letters_days, requests_days = form.letters_kept_days.data or 0, form.requests_kept_days.data or 0
    inbox.keep(accounts.organisation(), letters_days=letters_days, requests_days=requests_days, by=current_user)
    flash(_("Сроки хранения сохранены."), "success")
    return redirect(url_for(".edit"), 303)


@bp.post("/look")
@doors.owner
def look() -> Page:
    """Look into the mailbox at once, and say in words what is wrong, if anything is."""
    mailbox = queries.mailbox() or abort(404)
    try:
        _let_in()
        found = inbox.look(mailbox)
    except commands.Busy:
        flash(_("Проверок уже много. Подождите несколько минут."), "warning")
    except Undelivered as refusal:
        flash(_("Почта не читается. %(why)s", why=policy.IMAP_FAULTS[refusal.fault]), "danger")
    else:
        flash(*_told(found))
    return redirect(url_for(".edit"), 303)


def _told(found: inbox.Found) -> tuple[str, str]:
    """What a look into the mailbox found, in words."""
    if found.missing:
        missing = ", ".join(f"«{name}»" for name in found.missing)
        there = ", ".join(f"«{name}»" for name in found.folders[:NAMED]) or _("ни одной")
        words = _("На сервере нет папок: %(missing)s. Есть такие: %(there)s.", missing=missing, there=there)
        return words, "danger"
    count = sum(found.waiting.values())
    waiting = ngettext("Ждёт %(num)d письмо.", "Ждёт писем: %(num)d.", count)
    return f"{_('Почта читается.')} {waiting}", "success"


@bp.post("/poll")
@doors.owner
def poll() -> Page:
    """Have the mailbox read now."""
    mailbox = queries.mailbox() or abort(404)
    try:
        _let_in()
    except commands.Busy:
        flash(_("Проверок уже много. Подождите несколько минут."), "warning")
    else:
        if mailbox.is_on:
            intake.poll.later()
            flash(_("Почта проверяется. Обновите страницу через минуту."), "success")
        else:
            flash(_("Чтение ящика выключено. Включите его и сохраните."), "warning")
    return redirect(url_for(".edit"), 303)


def _let_in() -> None:
    limits = {policy.LOOKS: tenancy.current_organisation_id().hex}
    if throttle.wait(limits) or throttle.count(limits):
        raise commands.Busy
