"""Staff pages of forms: the list, the editor, publishing and closing."""

import uuid

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.agreements.commands import NotReady, Overtaken
from crm.core import transaction
from crm.core.db import db
from crm.webforms import commands, queries
from crm.webforms.forms import WebFormForm, starting_fields
from crm.webforms.models import WebForm

bp = Blueprint("webforms", __name__, url_prefix="/forms")
Page = str | tuple[str, int] | Response


@bp.get("/")
@doors.staff
def index() -> Page:
    """Every form of the operator with its state and address."""
    return render_template("webforms/index.html", forms=queries.forms(), base_url=current_app.config["BASE_URL"])


@bp.route("/new", methods=["GET", "POST"])
@doors.staff
def create() -> Page:
    """A new form."""
    form = WebFormForm()
    if request.method == "GET":
        form.title.data = "Заявка с сайта"  # visitors read it, as they read the labels: Russian
        form.show(starting_fields())
    if not form.validate_on_submit():
        return _editor(form, None)
    web_form = commands.create_form(
        title=form.title.data or "", lead=form.lead.data or "", fields=form.fields(), by=current_user
    )
    flash(_("Форма сохранена. Посетители увидят её после публикации."), "success")
    return redirect(url_for(".edit", form_id=web_form.id), 303)


@bp.route("/<uuid:form_id>", methods=["GET", "POST"])
@doors.staff
def edit(form_id: uuid.UUID) -> Page:
    """The editor of a form."""
    web_form = _form(form_id)
    form = WebFormForm(obj=web_form)
    if request.method == "GET":
        form.show(web_form.fields)
    if not form.validate_on_submit():
        return _editor(form, web_form)
    try:
        commands.save_form(
            web_form,
            title=form.title.data or "",
            lead=form.lead.data or "",
            fields=form.fields(),
            revision=form.revision.data or 0,
            by=current_user,
        )
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
    except NotReady as refusal:
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


def _form(form_id: uuid.UUID) -> WebForm:
    return db.session.get(WebForm, form_id) or abort(404)


def _editor(form: WebFormForm, web_form: WebForm | None, refusal: NotReady | None = None) -> Page:
    page = render_template(
        "webforms/edit.html",
        form=form,
        web_form=web_form,
        refusal=refusal,
        versions=queries.versions(web_form) if web_form else [],
        consent_asked=accounts.organisation().consent_asked,
        base_url=current_app.config["BASE_URL"],
    )
    return page, 422 if form.errors or refusal else 200
