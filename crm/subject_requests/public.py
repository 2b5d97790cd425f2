"""The request page: anybody asks about their own data and sees how it stands. No cookie, no session, no script."""

from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.accounts.models import LegalEntity
from crm.agreements.policy import days_in_words
from crm.consents import links
from crm.core import tenancy, throttle
from crm.subject_requests import asking, handling, page, policy, queries
from crm.subject_requests.asking import Asked
from crm.subject_requests.commands import Contact, Words
from crm.subject_requests.models import RequestKind, RequestState, SubjectRequest
from crm.subject_requests.public_forms import ASKED, CodeForm, RequestForm

bp = Blueprint("request_page", __name__, url_prefix="/request")
Page = str | tuple[str, int] | Response
TRAP = "website"
"""The field that people do not see and robots fill in."""


STALE = _l("Страница была открыта слишком давно. Проверьте данные и отправьте ещё раз.")
TOLD: dict[RequestState, tuple[str, LazyString, LazyString]] = {
    RequestState.NEW: ("info", _l("получено"), _l("Сотрудник прочитает его и возьмёт в работу.")),
    RequestState.IN_WORK: ("warn", _l("в работе"), _l("Сотрудник разбирается, что сделать и что вам ответить.")),
    RequestState.ANSWERING: ("info", _l("ответ отправляется"), _l("Ответ написан и скоро уйдёт.")),
    RequestState.ANSWERED: ("good", _l("ответ отправлен"), _l("Ответ ушёл тем способом, который вы указали.")),
    RequestState.CLOSED: ("neutral", _l("закрыто"), _l("Ответ отправлен, дело закончено.")),
    RequestState.DISMISSED: (
        "neutral",
        _l("закрыто без ответа"),
        _l("Оператор решил, что это не обращение о персональных данных. Если он ошибся, напишите ему."),
    ),
}
"""How a request stands, as the person reads it: the tone, the words, and what they mean."""


@bp.get("/<code>")
@doors.public
def ask(code: str) -> Page:
    """What may be asked for, and the form for it."""
    entity = accounts.enter_entity(code)
    receipt = asking.RECEIPT.fullmatch(request.args.get("receipt", "").upper())
    return _asking(entity, RequestForm(data={"facts": _("Квитанция %(number)s", number=receipt[0])} if receipt else {}))


@bp.post("/<code>")
@doors.public
def send(code: str) -> Page:
    """Write the request into the journal, or show the same page with everything typed and what is wrong."""
    entity = accounts.enter_entity(code)
    form, opening = RequestForm(request.form), page.read(code, request.form.get("token", ""))
    is_valid, notice = form.validate(), _notice(opening)
    if notice or not is_valid or opening is None:
        return _asking(entity, form, notice), 422
    token = page.status_token(opening, form.sent())
    here = url_for(".status", code=code, token=token)
    if queries.by_token(token):
        return redirect(here, 303)
    if throttle.count({asking.FROM_NETWORK: throttle.network(request.remote_addr or "")}):
        return _too_many(entity)
    may_write = bool(form.email.data) and not throttle.count({links.TO_MAILBOX: _mailbox(form.email.data or "")})
    asking.take(_asked(form), entity=entity, token=token, address=_whole(here), may_write=may_write)
    return redirect(here, 303)


@bp.get("/<code>/<token>")
@doors.public
def status(code: str, token: str) -> Page:
    """How a request stands: its number, its day, its state, and the way to prove the mailbox."""
    return _status(*_found(code, token), token)


@bp.post("/<code>/<token>/code")
@doors.public
def prove(code: str, token: str) -> Page:
    """The code from the letter comes back."""
    entity, found = _found(code, token)
    form = CodeForm(request.form)
    if notice := _notice(page.read(code, request.form.get("token", ""))):
        form.code.errors = [notice]
    elif form.validate():
        network = throttle.network(request.remote_addr or "")
        if throttle.count({asking.TRIES: asking.tries_of(found), asking.TRIES_FROM: network}):
            form.code.errors = [_("Попыток было слишком много. Попросите новый код.")]
            return _status(entity, found, token, form), 429
        if asking.prove(found, form.code.data or ""):
            return redirect(url_for(".status", code=code, token=token), 303)
        form.code.errors = [_("Код не подходит: он с ошибкой, устарел или заменён новым.")]
    return _status(entity, found, token, form), 422


@bp.post("/<code>/<token>/again")
@doors.public
def code_again(code: str, token: str) -> Page:
    """Ask for a new code."""
    entity, found = _found(code, token)
    if not asking.is_waiting(found) or _from_elsewhere():
        return redirect(url_for(".status", code=code, token=token), 303)
    applicant = queries.applicant_of(found)
    mailbox = _mailbox(applicant.email or "") if applicant else ""
    if throttle.count({asking.CODES: found.id.hex, links.TO_MAILBOX: mailbox}):
        form = CodeForm()
        form.code.errors = [_("Новых кодов на сегодня больше нет. Подойдёт код из последнего письма.")]
        return _status(entity, found, token, form), 429
    here = url_for(".status", code=code, token=token)
    asking.send_code_again(found, address=_whole(here))
    return redirect(url_for(".status", code=code, token=token, sent=1), 303)


def _found(code: str, token: str) -> tuple[LegalEntity, SubjectRequest]:
    entity = accounts.enter_entity(code)
    found = queries.by_token(token)
    return (entity, found) if found and found.entity_id == entity.id else abort(404)


def _asking(entity: LegalEntity, form: RequestForm, notice: str = "") -> str:
    return render_template(
        "subject_requests/public/ask.html",
        entity=entity,
        form=form,
        notice=notice,
        asked=ASKED,
        kept=days_in_words(accounts.organisation().requests_kept_days),
        token=page.sign(entity.public_code),
        trap=TRAP,
    )


def _status(entity: LegalEntity, found: SubjectRequest, token: str, form: CodeForm | None = None) -> str:
    applicant = queries.applicant_of(found)
    facts = policy.Facts.of(found, queries.done(found))
    return render_template(
        "subject_requests/public/status.html",
        entity=entity,
        row=found,
        is_open=found.state in handling.OPEN,
        kind=_kind(found.kind),
        told=TOLD[found.state],
        answer_by=policy.deadlines(facts, queries.calendar())[-1].due_on,
        mailbox=masked(applicant.email) if applicant and applicant.email else "",
        form=form or CodeForm(),
        is_waiting=asking.is_waiting(found),
        is_code_sent=found.code_hash is not None,
        is_sent="sent" in request.args,
        page_token=page.sign(entity.public_code),
        token=token,
    )


def _too_many(entity: LegalEntity) -> Page:
    return render_template("subject_requests/public/too_many.html", entity=entity), 429


def _notice(opening: page.Opening | None) -> str:
    """What is wrong with the page as a whole, whatever was typed."""
    if words := _from_elsewhere():
        return words
    if request.form.get(TRAP):
        return str(_("Отправка не прошла проверку. Проверьте данные и нажмите «Отправить» ещё раз."))
    if opening is None or not opening.is_fresh:
        return str(STALE)
    return ""


def _from_elsewhere() -> str:
    if request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none"):
        return ""
    return str(_("Отправка пришла с чужой страницы. Проверьте данные и отправьте их отсюда."))


def _asked(form: RequestForm) -> Asked:
    kind = RequestKind(form.kind.data)
    label = str(ASKED[kind][0])
    facts = asking.with_address(form.facts.data or "", form.address.data or "")
    contact = Contact(form.full_name.data or "", form.email.data or "", form.phone.data or "", facts)
    return Asked(kind, contact, Words(text=form.text.data or label, subject=label))


def _kind(kind: RequestKind) -> Any:
    """What is asked for in the person's own words, where the page offers it."""
    return ASKED[kind][0] if kind in ASKED else ASKED[RequestKind.OTHER][0]


def _mailbox(address: str) -> str:
    """Whose mailbox is written to, and by whom: anna+1@ and anna+2@ are one."""
    name, _at, domain = address.partition("@")
    return f"{tenancy.current_organisation_id()}|{name.partition('+')[0]}@{domain}"


def _whole(path: str) -> str:
    return f"{current_app.config['BASE_URL']}{path}"


def masked(email: str) -> str:
    """м•••@example.org: enough to see a misprint, too little for a stranger."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"
