"""The list of clients, a client's card, and its corrections."""

import uuid
from collections.abc import Sequence
from datetime import date
from functools import partial
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
from crm.clients import commands, policy, queries
from crm.clients.commands import Source
from crm.clients.forms import CorrectionForm, FilterForm, shown_values
from crm.clients.models import Client
from crm.consents import calls
from crm.consents import policy as consents
from crm.consents import queries as ledger
from crm.consents.models import ConsentLink, LinkKind
from crm.consents.recipients import recipients_of
from crm.core import keys, text
from crm.core.clock import today
from crm.core.db import db
from crm.erasure import queries as erasure
from crm.subject_requests import commands as journal_acts
from crm.subject_requests import handling, turns
from crm.subject_requests import queries as journal
from crm.subject_requests.models import Step, SubjectRequest
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
        restricted=_restricted(form) if queries.has_more_restricted(narrowed) else None,
        standings=policy.STANDINGS,
        today=today(),
    )
    return page, 200 if is_valid else 422


def _restricted(form: FilterForm) -> str:
    """The address of the restricted cards that the same filter finds."""
    return url_for(".index", **_found(form, request.args) | {"standing": policy.Keeping.RESTRICTED.value})


def _more(form: FilterForm, narrowed: queries.Filter, last: Client) -> str:
    due = last.destroy_on.isoformat() if narrowed.is_most_urgent_first and last.destroy_on else None
    return url_for(".index", **_found(form, request.args), before=last.id.hex, due=due)


def _place(narrowed: queries.Filter, asked: MultiDict[str, str]) -> queries.Place | None:
    """Where the page before ended."""
    key, due = _key(asked.get("before")), asked.get("due")
    if key is None or not narrowed.is_most_urgent_first or (narrowed.is_restricted and not due):
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
        **_requests(client),
        is_found_wrong=partial(queries.is_found_wrong, client),
        submissions=sent[:SENT_PAGE],
        more_sent=url_for(".card", client_id=client_id, sent_before=sent[-2].id.hex) if len(sent) > SENT_PAGE else None,
        look_alikes=queries.look_alikes(client),
        trail=trail.trail_of(client_id),
        actions=labels.ACTIONS,
        actors=labels.ACTORS,
    )


def _requests(client: Client) -> dict[str, Any]:
    """What is asked about this client, and why the card is blocked."""
    requests, names = journal.requests_of(client.id), accounts.names_of_staff()
    return {
        "requests": requests,
        "request_urls": {one.number: url_for("requests.page", request_id=one.id) for one in requests},
        "names": names,
        "names_in_hex": {key.hex: name for key, name in names.items()},
        "blocked_by": trail.newest(client.id, Action.CLIENT_BLOCKED) if client.blocked_at else None,
        "kinds": handling.KINDS,
        "states_of_requests": handling.STATES,
        "tones_of_requests": handling.TONES,
        "open_states": handling.OPEN,
        "advertising": consents.ADVERTISING,
    }


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


@bp.route("/<uuid:client_id>/correct", methods=["GET", "POST"])
@doors.staff
def correct(client_id: uuid.UUID) -> Page:
    """Put right what the card says; what was wrong goes, and it stays told who corrected it and why."""
    client = db.session.get(Client, client_id) or abort(404)
    requests = {one.id.hex: one for one in journal.requests_of(client_id) if one.state in handling.OPEN}
    form = _correction(client, requests)
    if not form.validate_on_submit():
        return _correcting(client, form), 422 if form.errors else 200
    asked = requests.get(form.request.data)
    try:
        _correct(client, form, asked)
    except commands.NothingToCorrect:
        form.form_errors = [_("Ничего не изменено: поправьте хотя бы одно значение.")]
        return _correcting(client, form), 422
    except commands.ChangedMeanwhile:
        form.form_errors = [_("Пока страница была открыта, карточка изменилась. Откройте её заново и повторите.")]
        return _correcting(client, form), 422
    flash(_("Исправлено. Прежних значений нет больше ни в карточке, ни в поиске."), "success")
    where = url_for("requests.page", request_id=asked.id) if asked else url_for(".card", client_id=client_id)
    return redirect(where, 303)


def _correction(client: Client, requests: dict[str, SubjectRequest]) -> CorrectionForm:
    asked = request.args.get("request", "").replace("-", "")
    data = shown_values(client) | {"seen": queries.state_of(client), "request": asked if asked in requests else ""}
    form = CorrectionForm(data=data)
    numbers = [(key, f"№ {one.number}: {handling.KINDS[one.kind]}") for key, one in requests.items()]
    form.offer([(key, words) for key, words, _value in _others(client)], numbers)
    return form


def _others(client: Client) -> list[tuple[str, str, str]]:
    """Values that stand beside the card's own: the name of its box, words, and the value itself."""
    return [
        (f"{name}-{number}", f"{_(policy.FIELDS[name])}: {_written(name, entry['value'])}", entry["value"])
        for name, entries in (client.captured or {}).items()
        for number, entry in enumerate(entries)
        if entry["value"] != getattr(client, name)
    ]


def _written(name: str, value: str) -> str:
    shapes = {"phone": text.phone, "birth_date": text.day}
    return shapes[name](value) if name in shapes else value


def _correct(client: Client, form: CorrectionForm, asked: SubjectRequest | None) -> None:
    ticked = set(form.wrong.data or []) if "wrong" in form else set()
    commands.correct(
        client,
        form.true_values(client),
        wrong=[(key.rpartition("-")[0], value) for key, _words, value in _others(client) if key in ticked],
        source=Source(form.why.data or "", asked.id if asked else None, asked.number if asked else None),
        by=current_user._get_current_object(),
        seen=form.seen.data or "",
    )
    if asked:
        db.session.refresh(asked)  # whoever had the turn before may have changed it
        journal_acts.mark(asked, Step.CORRECT, by=current_user)
        turns.end(asked, "step_done", by=current_user, step=Step.CORRECT.value)


def _correcting(client: Client, form: CorrectionForm) -> str:
    return render_template(
        "clients/correct.html",
        form=form,
        client=client,
        fields=[form[name] for name in policy.FIELDS],
        recipients=recipients_of(client),
    )
