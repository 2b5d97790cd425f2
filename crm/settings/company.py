"""The legal entities of an operator: requisites that go into every document, and the address of each one's policy."""

import uuid

from flask import Blueprint, abort, current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import commands, doors, queries
from crm.accounts.forms import EntityForm, RequisitesForm
from crm.accounts.models import LegalEntity
from crm.agreements import queries as documents
from crm.core.db import db
from crm.settings import outdated
from crm.webforms import commands as webforms

bp = Blueprint("company", __name__, url_prefix="/settings/company")
Page = str | tuple[str, int] | Response
KNOWN = _l("Юридическое лицо с таким ИНН у вас уже есть.")


@bp.route("", methods=["GET", "POST"])
@doors.owner
def index() -> Page:
    """The legal entities; while there is one, its requisites."""
    entities = queries.entities()
    if len(entities) == 1:
        return _edit(entities[0])
    addresses = {entity.id: _policy_address(entity) for entity in entities}
    return render_template("settings/entities.html", entities=entities, addresses=addresses)


@bp.route("/<uuid:entity_id>", methods=["GET", "POST"])
@doors.owner
def edit(entity_id: uuid.UUID) -> Page:
    """The requisites of one of the legal entities."""
    return _edit(db.session.get(LegalEntity, entity_id) or abort(404))


@bp.route("/new", methods=["GET", "POST"])
@doors.owner
def create() -> Page:
    """One more legal entity."""
    form = RequisitesForm()
    if not form.validate_on_submit():
        return _page(form, None)
    try:
        commands.add_entity(requisites=form.requisites(), by=current_user)
    except commands.EntityKnown:
        form.inn.errors = [KNOWN]
        return _page(form, None)
    done = _("Юридическое лицо добавлено. Теперь его можно выбрать в любой форме.")
    outdated.tell(webforms.judge(by=current_user), done=done)
    return redirect(url_for(".index"), 303)


def _edit(entity: LegalEntity) -> Page:
    form = EntityForm(obj=entity, seen=queries.mark_of(entity))
    if not form.validate_on_submit():
        return _page(form, entity)
    try:
        commands.change_requisites(entity, requisites=form.requisites(), by=current_user, seen=form.seen.data or "")
    except commands.EntityKnown:
        form.inn.errors = [KNOWN]
        return _page(form, entity)
    except commands.RequisitesChanged:
        form.name.errors = [_("Реквизиты тем временем изменил кто-то другой. Откройте страницу заново и повторите.")]
        return _page(form, entity)
    done = _("Реквизиты сохранены. В опубликованных документах они изменятся с новой редакцией.")
    outdated.tell(webforms.judge(by=current_user), done=done)
    return redirect(url_for("settings.index"), 303)


def _page(form: RequisitesForm, entity: LegalEntity | None) -> Page:
    page = render_template(
        "settings/company.html",
        form=form,
        entity=entity,
        has_others=len(queries.entities()) > 1,
        address=_policy_address(entity) if entity else None,
        has_policy=bool(entity and documents.current_policy(entity.id)),
    )
    return page, 422 if form.errors else 200


def _policy_address(entity: LegalEntity) -> str:
    return str(current_app.config["BASE_URL"]) + url_for("documents.current_policy", code=entity.public_code)
