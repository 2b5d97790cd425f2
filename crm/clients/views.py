"""The list of clients and a client's card."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
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
from crm.clients.forms import FilterForm
from crm.clients.models import Client
from crm.consents import calls
from crm.consents import policy as consents
from crm.consents import queries as ledger
from crm.consents.models import ConsentLink, LinkKind
from crm.core import keys
from crm.core.clock import today
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
    rows = queries.page(narrowed, after=_place(narrowed, request.args)) if is_valid else []
    shown = rows[: queries.PAGE]
    audit.note_reading(Action.CLIENTS_SEARCHED, by=current_user.id, details={"shown": len(shown)})
    page = render_template(
        "clients/index.html",
        form=form,
        narrowed=narrowed,
        clients=shown,
        more=_more(form, narrowed, shown[-1]) if len(rows) > queries.PAGE else None,
        standings=policy.STANDINGS,
        today=today(),
    )
    return page, 200 if is_valid else 422


def _more(form: FilterForm, narrowed: queries.Filter, last: Client) -> str:
    due = last.destroy_on.isoformat() if narrowed.is_most_urgent_first and last.destroy_on else None
    return url_for(".index", **_found(form, request.args), before=last.id.hex, due=due)


def _place(narrowed: queries.Filter, asked: MultiDict[str, str]) -> queries.Place | None:
    """Where the page before ended."""
    key, due = _key(asked.get("before")), asked.get("due")
    if key is None or not narrowed.is_most_urgent_first:
        return queries.Place(key) if key else None
    try:
        return queries.Place(key, date.fromisoformat(due or ""))
    except ValueError:
        abort(404)


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
    sent = webforms.submissions_of(client, before=_key(request.args.get("sent_before")), limit=SENT_PAGE + 1)
    return render_template(
        "clients/card.html",
        client=client,
        labels=policy.FIELDS,
        standings=policy.STANDINGS,
        **_footing(client),
        submissions=sent[:SENT_PAGE],
        more_sent=url_for(".card", client_id=client_id, sent_before=sent[-2].id.hex) if len(sent) > SENT_PAGE else None,
        look_alikes=queries.look_alikes(client),
        trail=trail.trail_of(client_id),
        actions=labels.ACTIONS,
        actors=labels.ACTORS,
        names=accounts.names_of_staff(),
    )


def _footing(client: Client) -> dict[str, Any]:
    """On what the data of a client is kept: each purpose, other grounds, what is waited for, and the history."""
    panel, grounds, links = ledger.panel_of(client), ledger.grounds_of(client, ended=True), calls.links_of(client)
    held = {current.purpose_id for current in panel if current.state in consents.PERMITTING}
    return {
        "panel": panel,
        "held": held,
        "grounds": grounds,
        "holding_grounds": [ground for ground in grounds if ground.until_on is None or ground.until_on >= today()],
        "calls": [link for link in links if link.kind is LinkKind.CALL][:1],
        "letters": _letters(links, held),
        "ledger": ledger.ledger_of(client),
        "evidence": ledger.evidence_of(client),
        "states": consents.STATES,
        "tones": consents.TONES,
        "bases": consents.OTHER_BASES,
        "channels": consents.CHANNELS,
        "day_of": consents.day_of,
        "last_day": consents.last_day,
        "soon": today() + policy.SOON,
        "today": today(),
    }


def _letters(links: Sequence[ConsentLink], held: set[uuid.UUID]) -> list[ConsentLink]:
    """The newest letter about each matter; who agreed by another way meanwhile is waited for no more."""
    newest = {(link.purpose_id, link.kind): link for link in reversed(links) if link.kind is not LinkKind.CALL}
    return [link for (purpose, kind), link in newest.items() if kind is not LinkKind.SUBSCRIBE or purpose not in held]
