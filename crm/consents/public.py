"""The receipt: what anybody who has its number can see, check and ask for, without signing in."""

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.accounts.models import LegalEntity
from crm.consents import links, policy, queries
from crm.consents.models import LinkKind
from crm.consents.queries import Line
from crm.consents.receipt import machine_readable
from crm.core import throttle
from crm.subject_requests import wishes

bp = Blueprint("receipts", __name__)
Page = str | tuple[str, int] | Redirect


@bp.get("/receipt/<number>")
@doors.public
def receipt(number: str) -> Page:
    """Which texts were agreed to, when, for which purposes, and whether the consents still stand; and the way back."""
    return _page(*_found(number))


@bp.get("/receipt/<number>/json")
@doors.public
def for_machines(number: str) -> Response:
    """The same for programs, with what is needed to check the ledger's hash."""
    entity, lines = _found(number)
    return jsonify(machine_readable(lines, entity, base_url=current_app.config["BASE_URL"]))


@bp.post("/receipt/<number>/withdraw")
@doors.public
def withdraw(number: str) -> Page:
    """Ask for a letter with a link by which the consents that were ticked are taken back."""
    entity, lines = _found(number)
    chosen = set(request.form.getlist("record"))
    wanted = [line.record for line in lines if line.holds and line.record.id.hex in chosen]
    if not wanted:
        return _page(entity, lines, fault=_("Отметьте, какое согласие отозвать.")), 422
    first = wanted[0]
    if throttle.count({links.ASKING: first.receipt, links.ASKING_FROM: throttle.network(request.remote_addr or "")}):
        fault = _("Просьб было слишком много. Подождите или напишите оператору: его адрес внизу страницы.")
        return _page(entity, lines, fault=fault), 429
    may_write = not throttle.count({links.TO_PERSON: first.pseudonym.hex()})  # else staff call: nobody is turned away
    link = links.ask_to_withdraw(wanted, public_code=entity.public_code, company=entity.name, may_write=may_write)
    if link and link.kind is LinkKind.CALL:
        wishes.asks_for_call(link)
    return redirect(url_for(".receipt", number=first.receipt, asked=1) + "#withdraw", 303)


def _found(number: str) -> tuple[LegalEntity, list[Line]]:
    number = number.strip().upper()
    entity = accounts.enter_entity(number.partition("-")[0])
    return entity, queries.lines_of(number) or abort(404)


def _page(entity: LegalEntity, lines: list[Line], *, fault: str = "") -> str:
    first = lines[0].record
    return render_template(
        "consents/receipt.html",
        number=first.receipt,
        lines=lines,
        holding=[line for line in lines if line.holds],
        states=policy.STATES,
        channels=policy.CHANNELS,
        is_person_known=queries.is_person_known(first),
        is_asked="asked" in request.args,
        fault=fault,
        entity=entity,
    )
