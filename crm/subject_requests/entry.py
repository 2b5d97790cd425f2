"""The page on which staff write down a request that reached them on paper, by phone or in person."""

import uuid

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.clients.models import Client
from crm.core import files
from crm.core.clock import now, today
from crm.core.db import db
from crm.core.text import day
from crm.subject_requests import asking, entering, notices, policy, queries
from crm.subject_requests.commands import Contact
from crm.subject_requests.entering import Checked, Entry
from crm.subject_requests.entry_forms import EntryForm
from crm.subject_requests.models import Identity, RequestKind, SubjectRequest, Way

bp = Blueprint("request_entry", __name__, url_prefix="/requests")
Page = str | tuple[str, int] | Response


@bp.route("/new", methods=["GET", "POST"])
@doors.staff
def create() -> Page:
    """Write down a request, perhaps about a card from which somebody came here."""
    form = EntryForm(data=_beginning())
    form.offer(accounts.entities())
    client = _client(form.client.data or "")
    if not form.validate_on_submit():
        return _page(form, client), 422 if form.errors else 200
    try:
        made = entering.write_down(_entry(form, client), by=current_user)
    except files.Refused as refusal:
        form.file.errors = [str(files.FAULTS[refusal.fault])]
        return _page(form, client), 422
    flash(_("Обращение № %(number)d записано.", number=made.request.number), "success")
    _warn_if_late(made.request)
    if form.tells.data:
        path = url_for("request_page.status", code=made.request.entity.public_code, token=made.token)
        notices.acknowledge(made.request, url=f"{current_app.config['BASE_URL']}{path}")
    return redirect(url_for("requests.page", request_id=made.request.id), 303)


def _beginning() -> dict[str, object]:
    """What stands in the fields at first: the day, the chief legal entity, whatever the card knows."""
    asked, client = request.args.get("client", ""), None
    if request.method == "GET" and asked:
        client = _client(asked)
    start: dict[str, object] = {"received_on": today(), "entity": accounts.main_entity().id.hex, "client": ""}
    if client:
        start |= {"client": client.id.hex, "full_name": client.full_name, "email": client.email, "phone": client.phone}
    return start


def _client(asked: str) -> Client | None:
    """The card that is meant; 404 for one that is not there."""
    if not asked:
        return None
    try:
        return db.session.get(Client, uuid.UUID(asked)) or abort(404)
    except ValueError:
        abort(404)


def _page(form: EntryForm, client: Client | None) -> str:
    return render_template("subject_requests/entry.html", form=form, client=client, many=len(accounts.entities()) > 1)


def _entry(form: EntryForm, client: Client | None) -> Entry:
    contact = Contact(
        form.full_name.data or "",
        form.email.data or "",
        form.phone.data or "",
        asking.with_address(form.facts.data or "", form.address.data or ""),
    )
    upload = form.file.data
    identity = Identity(form.identity.data) if form.identity.data else None
    return Entry(
        way=Way(form.way.data),
        kind=form.chosen_kind(),
        received_at=min(form.moment(), now()),
        entity=next(one for one in accounts.entities() if one.id.hex == form.entity.data),
        contact=contact,
        text=form.text.data or "",
        paper_number=form.paper_number.data or "",
        checked=Checked(identity, form.points.data or [], form.identity_note.data or ""),
        client=client,
        scan=(upload.filename or "", upload.read()) if upload else None,
    )


def _warn_if_late(made: SubjectRequest) -> None:
    """An old request has an old clock: what is left of its days is said at once."""
    facts = policy.Facts.of(made, queries.done(made))
    left = policy.time_left(made.due_on, today(), queries.calendar())
    is_watched = made.kind is not RequestKind.STOP_MARKETING or facts.is_answered
    if left.is_overdue and is_watched:
        told = _("Срок уже прошёл: он был %(day)s. Ответьте сегодня же.", day=day(made.due_on))
        flash(told, "danger")
    elif day(made.received_at) != day(today()):
        told = _("Срок считается со дня поступления, %(day)s. %(left)s.", day=day(made.received_at), left=left.words)
        flash(told, "warning")
