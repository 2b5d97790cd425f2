"""Pages of destruction: what will go, the act, the register of acts."""

import uuid
from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients.models import Client
from crm.consents import queries as consents
from crm.consents.recipients import recipients_of
from crm.core.db import db
from crm.erasure import commands, policy, queries
from crm.erasure.forms import ErasureForm
from crm.erasure.models import ErasureAct, Reason
from crm.subject_requests import handling, steps
from crm.subject_requests import queries as journal
from crm.subject_requests.models import RequestKind, SubjectRequest

BY_KIND = {
    RequestKind.WITHDRAWAL: Reason.WITHDRAWN,
    RequestKind.ERASURE: Reason.DEMANDED,
    RequestKind.STOP_PROCESSING: Reason.DEMANDED,
    RequestKind.UNLAWFUL: Reason.UNLAWFUL,
}
"""What a request asks for says why the data goes; staff may know better."""
bp = Blueprint("erasure", __name__)
Page = str | tuple[str, int] | Response


@bp.route("/clients/<uuid:client_id>/erase", methods=["GET", "POST"])
@doors.staff
def erase(client_id: uuid.UUID) -> Page:
    """What will be destroyed and what stays and why; destroy it when confirmed, perhaps for a request."""
    client = db.session.get(Client, client_id)
    if client is None:
        act = queries.act_for(client_id) or abort(404)
        return redirect(url_for(".act", act_id=act.id), 303)
    requests = journal.requests_of(client_id, limit=100)
    asked = _asked(requests)
    form = ErasureForm(data={"request": asked.id.hex, "reason": BY_KIND.get(asked.kind)} if asked else {})
    if not form.validate_on_submit():
        return _beforehand(client, form, requests, asked), 422 if form.errors else 200
    told = recipients_of(client) if asked else []  # what tells it goes with the card
    try:
        act = commands.erase(client_id, reason=form.chosen(), by=current_user._get_current_object())
    except commands.AlreadyErased:
        act = queries.act_for(client_id) or abort(404)
    if asked is None:
        return redirect(url_for(".act", act_id=act.id), 303)
    db.session.refresh(asked)  # whoever had the turn before may have changed it
    steps.erased(asked, client_id=client_id, act=act, by=current_user._get_current_object(), recipients=told)
    flash(_("Данные уничтожены, акт № %(number)d готов.", number=act.number), "success")
    return redirect(url_for("requests.page", request_id=asked.id), 303)


def _asked(requests: Sequence[SubjectRequest]) -> SubjectRequest | None:
    """The open request about this card for which it is done; any other key names none."""
    named = request.values.get("request", "").replace("-", "")
    return next((one for one in requests if one.id.hex == named and one.state in handling.OPEN), None)


def _beforehand(
    client: Client, form: ErasureForm, requests: Sequence[SubjectRequest], asked: SubjectRequest | None
) -> str:
    reach = queries.reach(client)
    return render_template(
        "erasure/erase.html",
        form=form,
        client=client,
        reach=reach,
        grounds=consents.grounds_of(client),
        categories=policy.in_words(reach.categories),
        records=policy.RECORDS,
        requests=requests,
        asked=asked,
        kept_days=accounts.organisation().requests_kept_days,
    )


@bp.get("/acts/")
@doors.staff
def index() -> Page:
    """The register of acts."""
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before < 2**31:
        abort(404)  # no act has such a number, and no database could compare it
    return render_template("erasure/index.html", acts=queries.acts(before=before), reasons=policy.REASONS)


@bp.get("/acts/<uuid:act_id>")
@doors.staff
def act(act_id: uuid.UUID) -> Page:
    """The act with the extract of the event log, to print and sign."""
    found = db.session.get(ErasureAct, act_id) or abort(404)
    audit.note_reading(Action.ACT_READ, by=current_user.id, subject=act_id)
    with force_locale("ru"):  # the act is a Russian document whatever the language of the desk
        return render_template(
            "erasure/act.html",
            act=found,
            reasons=policy.REASONS,
            records=policy.RECORDS,
            kept_years=policy.KEPT_YEARS,
        )
