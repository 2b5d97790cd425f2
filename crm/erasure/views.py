"""Pages of destruction: what will go, the act, the register of acts."""

import uuid

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients.models import Client
from crm.core.db import db
from crm.erasure import commands, policy, queries
from crm.erasure.forms import ErasureForm
from crm.erasure.models import ErasureAct

bp = Blueprint("erasure", __name__)
Page = str | tuple[str, int] | Response


@bp.route("/clients/<uuid:client_id>/erase", methods=["GET", "POST"])
@doors.staff
def erase(client_id: uuid.UUID) -> Page:
    """What will be destroyed and what stays and why; destroy it when confirmed."""
    client = db.session.get(Client, client_id)
    if client is None:
        act = queries.act_for(client_id) or abort(404)
        return redirect(url_for(".act", act_id=act.id), 303)
    form = ErasureForm()
    if not form.validate_on_submit():
        reach = queries.reach(client)
        words = policy.in_words(reach.categories)
        page = render_template(
            "erasure/erase.html", form=form, client=client, reach=reach, categories=words, records=policy.RECORDS
        )
        return page, 422 if form.errors else 200
    try:
        act = commands.erase(client_id, reason=form.chosen(), by=current_user._get_current_object())
    except commands.AlreadyErased:
        act = queries.act_for(client_id) or abort(404)
    return redirect(url_for(".act", act_id=act.id), 303)


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
