"""Staff pages of forms: the list, the editor, publishing and closing."""

import uuid
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.agreements import policy as texts
from crm.agreements import queries as agreements
from crm.agreements.commands import NotReady, Overtaken
from crm.agreements.models import Purpose
from crm.core import transaction
from crm.core.clock import now
from crm.core.db import db
from crm.webforms import commands, counts, policy, queries
from crm.webforms.commands import CannotAsk
from crm.webforms.forms import WebFormForm, editor, starting_fields, starting_purposes
from crm.webforms.models import FormConsent, WebForm

bp = Blueprint("webforms", __name__, url_prefix="/forms")
Page = str | tuple[str, int] | Response


@bp.get("/")
@doors.staff
def index() -> Page:
    """Every form of the operator: whether it collects, and if not, why and what to do."""
    forms, footings = queries.forms(), queries.footings()
    pairs = [(form, policy.stopped_by(footings[form.id], at=now())) for form in forms]
    return render_template(
        "webforms/index.html",
        forms=forms,
        footings=footings,
        stops={form.id: stop for form, stop in pairs},
        words=policy.STOPS,
        outdated=sum(stop in (None, policy.Stop.OUTDATED) and form.outdated_at is not None for form, stop in pairs),
    )


@bp.route("/new", methods=["GET", "POST"])
@doors.staff
def create() -> Page:
    """A new form."""
    form = editor(accounts.entities(), agreements.purposes())
    if request.method == "GET":
        form.title.data = "Заявка с сайта"  # visitors read it, as they read the labels: Russian
        form.show(starting_fields())
        form.show_asked(accounts.main_entity().id, starting_purposes(form))
    if not form.validate_on_submit():
        return _editor(form, None)
    web_form = commands.create_form(by=current_user, **form.draft())
    flash(_("Форма сохранена. Посетители увидят её после публикации."), "success")
    return redirect(url_for(".edit", form_id=web_form.id), 303)


@bp.route("/<uuid:form_id>", methods=["GET", "POST"])
@doors.staff
def edit(form_id: uuid.UUID) -> Page:
    """The editor of a form."""
    web_form = _form(form_id)
    kept = {"title": web_form.title, "lead": web_form.lead, "revision": web_form.revision}
    form = editor(accounts.entities(), agreements.purposes(), **kept)
    if request.method == "GET":
        form.show(web_form.fields)
        form.show_asked(web_form.entity_id, web_form.purposes)
    if not form.validate_on_submit():
        return _editor(form, web_form)
    try:
        commands.save_form(web_form, revision=form.revision.data or 0, by=current_user, **form.draft())
    except Overtaken:
        form.title.errors = [_("Форму тем временем изменил кто-то другой. Откройте её заново и повторите правку.")]
        return _editor(form, web_form)
    if request.form.get("act") == "publish":
        return _publish(form, web_form)
    flash(_("Черновик сохранён. Посетители видят прежнюю редакцию, пока вы не опубликуете новую."), "success")
    return redirect(url_for(".edit", form_id=web_form.id), 303)


def _publish(form: WebFormForm, web_form: WebForm) -> Page:
    try:
        version = commands.publish(web_form, by=current_user)
    except (NotReady, CannotAsk) as refusal:
        transaction.forget()
        return _editor(form, web_form, refusal)
    flash(_("Опубликована редакция %(number)d.", number=version.number), "success")
    return redirect(url_for(".edit", form_id=web_form.id), 303)


@bp.post("/<uuid:form_id>/close")
@doors.staff
def close(form_id: uuid.UUID) -> Page:
    """Stop collecting through a form."""
    commands.close(_form(form_id), by=current_user)
    flash(_("Форма закрыта: по её адресу больше ничего не собирается."), "success")
    return redirect(url_for(".edit", form_id=form_id), 303)


@bp.post("/renew")
@doors.staff
def renew() -> Page:
    """Publish the forms whose texts no longer say the truth anew, with texts that do."""
    outdated = queries.outdated_forms()
    try:
        left = commands.renew(outdated, by=current_user)
    except NotReady as refusal:
        transaction.forget()
        return render_template("webforms/refused.html", refusal=refusal), 422
    if len(left) < len(outdated):
        flash(_("Новые редакции опубликованы: формы собирают данные по верным текстам."), "success")
    for form in left:
        words = _("Форма «%(title)s» не опубликована: откройте её и решите, что она спрашивает.", title=form.title)
        flash(words, "warning")
    return redirect(url_for(".index"), 303)


def _form(form_id: uuid.UUID) -> WebForm:
    return db.session.get(WebForm, form_id) or abort(404)


def _editor(form: WebFormForm, web_form: WebForm | None, refusal: NotReady | CannotAsk | None = None) -> Page:
    page = render_template(
        "webforms/edit.html",
        form=form,
        web_form=web_form,
        refusal=refusal,
        documents={document.purpose_id: document for document in agreements.agreements()},
        placeholders=texts.PLACEHOLDERS,
        consent_asked=accounts.organisation().consent_asked,
        base_url=current_app.config["BASE_URL"],
        **(_history(web_form) if web_form else {"versions": [], "outdated": [], "dropped": []}),
    )
    return page, 422 if form.errors or refusal else 200


def _history(web_form: WebForm) -> dict[str, Any]:
    """What was published of a form, what became of it, and what it asks for that no form may ask for any more."""
    versions = queries.versions(web_form)
    boxes: dict[uuid.UUID, list[FormConsent]] = {}
    for box in queries.boxes_of(*versions):
        boxes.setdefault(box.form_version_id, []).append(box)
    footing = queries.footings(web_form.id)[web_form.id]
    stop = policy.stopped_by(footing, at=now())
    is_untrue = web_form.outdated_at is not None or stop is policy.Stop.FORBIDDEN
    return {
        "versions": versions,
        "boxes": boxes,
        "chart": counts.by_day(web_form, {version.id for version in versions}),
        "outdated": queries.outdated(web_form) if is_untrue else [],
        "until": footing.until,
        "stop": stop,
        "words": policy.STOPS,
        "whys": policy.WHYS,
        "dropped": _dropped(web_form),
    }


def _dropped(web_form: WebForm) -> list[tuple[Purpose, policy.Why]]:
    """Purposes that the draft asks for although no form may any more; the editor no longer offers them."""
    asked = [db.session.get_one(Purpose, uuid.UUID(one["id"])) for one in web_form.purposes]
    return [(purpose, why) for purpose in asked if (why := policy.why_no_box(purpose))]
