"""The list of clients and a client's card."""

import uuid
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.audit import commands as audit
from crm.audit import labels
from crm.audit import queries as trail
from crm.audit.models import Action
from crm.clients import policy, queries
from crm.clients.forms import FilterForm, WithdrawalForm
from crm.clients.models import Client
from crm.consents import commands as consent_commands
from crm.consents import policy as consents
from crm.consents import queries as ledger
from crm.consents.models import Channel
from crm.core import keys
from crm.core.db import db
from crm.erasure import queries as erasure
from crm.webforms import queries as webforms

bp = Blueprint("clients", __name__, url_prefix="/clients")
SENT_PAGE = 20
FILTERS = ("standing", "opened_by", "since", "until")
Page = str | tuple[str, int] | Response


@bp.get("/")
@doors.staff
def index() -> Page:
    """The newest clients, or those that a search and filters leave."""
    form = _filter(request.args)
    if "found" in request.args:
        form.q.data = keys.from_address(request.args["found"])
    return _list(form)


@bp.post("/search")
@doors.staff
def search() -> Page:
    """Search: the address of what is found says nothing of whom was looked for."""
    form = _filter(request.form)
    if not form.validate():
        return _list(form)
    return redirect(url_for(".index", **_found(form, request.form)), 303)


def _filter(typed: MultiDict[str, str]) -> FilterForm:
    form = FilterForm(typed)
    form.offer([(web_form.id.hex, web_form.title) for web_form in webforms.forms()])
    return form


def _list(form: FilterForm) -> Page:
    is_valid = form.validate()
    narrowed = form.narrowed() if is_valid else queries.Filter()
    rows = queries.page(narrowed, before=_key(request.args.get("before"))) if is_valid else []
    shown = rows[: queries.PAGE]
    audit.note_reading(Action.CLIENTS_SEARCHED, by=current_user.id, details={"shown": len(shown)})
    page = render_template(
        "clients/index.html",
        form=form,
        narrowed=narrowed,
        clients=shown,
        more=_more(form, shown[-1].id) if len(rows) > queries.PAGE else None,
        standings=policy.STANDINGS,
    )
    return page, 200 if is_valid else 422


def _more(form: FilterForm, last: uuid.UUID) -> str:
    return url_for(".index", **_found(form, request.args), before=last.hex)


def _found(form: FilterForm, typed: MultiDict[str, str]) -> dict[str, Any]:
    """The address of what a filter finds; what was searched for stands there sealed."""
    values: dict[str, Any] = {name: value for name, value in typed.items() if name in FILTERS and value}
    return values | ({"found": keys.for_address(form.q.data)} if form.q.data else {})


def _key(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        abort(404)


@bp.get("/<uuid:client_id>")
@doors.staff
def card(client_id: uuid.UUID) -> Page:
    """Everything known about a client: whence each value came and on what ground it is kept."""
    client = db.session.get(Client, client_id)
    if client is None:
        act = erasure.act_for(client_id) or abort(404)
        return render_template("clients/erased.html", act=act), 410
    audit.note_reading(Action.CLIENT_READ, by=current_user.id, subject=client_id)
    acts_of_will = ledger.ledger_of(client)
    sent = webforms.submissions_of(client, before=_key(request.args.get("sent_before")), limit=SENT_PAGE + 1)
    return render_template(
        "clients/card.html",
        client=client,
        labels=policy.FIELDS,
        standings=policy.STANDINGS,
        ledger=acts_of_will,
        holds=consents.holds(acts_of_will),
        evidence=ledger.evidence_of(client),
        states=consents.STATES,
        channels=consents.CHANNELS,
        submissions=sent[:SENT_PAGE],
        more_sent=url_for(".card", client_id=client_id, sent_before=sent[-2].id.hex) if len(sent) > SENT_PAGE else None,
        look_alikes=queries.look_alikes(client),
        trail=trail.trail_of(client_id),
        actions=labels.ACTIONS,
        actors=labels.ACTORS,
        names=accounts.names_of_staff(),
    )


@bp.route("/<uuid:client_id>/withdraw", methods=["GET", "POST"])
@doors.staff
def withdraw(client_id: uuid.UUID) -> Page:
    """Write down that the client took consent back."""
    client = db.session.get(Client, client_id) or abort(404)
    acts_of_will = ledger.ledger_of(client)
    if not consents.holds(acts_of_will):
        flash(_("Действующего согласия у клиента нет: отзывать нечего."), "info")
        return redirect(url_for(".card", client_id=client_id), 303)
    form = WithdrawalForm()
    if not form.validate_on_submit():
        page = render_template("clients/withdraw.html", form=form, client=client, given=acts_of_will[0])
        return page, 422 if form.errors else 200
    try:
        consent_commands.withdraw(
            client_id, channel=Channel(form.channel.data), note=form.note.data or "", by=current_user
        )
    except consent_commands.NothingToWithdraw:
        return redirect(url_for(".card", client_id=client_id), 303)
    flash(_("Отзыв записан. Уничтожьте данные в течение 30 дней, если нет другого основания их хранить."), "success")
    return redirect(url_for(".card", client_id=client_id), 303)
