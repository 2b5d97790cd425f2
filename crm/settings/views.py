"""Settings: the consent switch, the days of grace, staff, the audit trail, and the way to all other pages."""

import uuid

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import commands, doors, queries
from crm.accounts.forms import StaffForm
from crm.accounts.models import User
from crm.audit import labels
from crm.audit import queries as trail
from crm.core.db import db
from crm.settings import outdated
from crm.settings.forms import GraceForm
from crm.webforms import queries as webforms

bp = Blueprint("settings", __name__, url_prefix="/settings")
Page = str | tuple[str, int] | Response
TRAIL_PAGE = 50


@bp.get("/")
@doors.staff
def index() -> Page:
    """The consent switch and the way to everything else."""
    return _index(GraceForm(obj=queries.organisation()))


def _index(form: GraceForm) -> Page:
    collecting = webforms.collecting()
    waiting = [one for one in webforms.published_forms() if one.id not in collecting and one.outdated_at is None]
    page = render_template(
        "settings/index.html",
        organisation=queries.organisation(),
        waiting=waiting,
        outdated=outdated.found(),
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.post("/grace")
@doors.owner
def grace() -> Page:
    """For how many days forms may go on collecting by texts that are no longer true."""
    form = GraceForm()
    if not form.validate_on_submit():
        return _index(form)
    commands.allow_grace(queries.organisation(), days=form.grace_days.data or 0, by=current_user)
    flash(_("Отсрочка сохранена."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/consent")
@doors.owner
def consent() -> Page:
    """Turn the question for consent on or off."""
    asked = request.form.get("consent_asked") == "yes"
    commands.ask_consent(queries.organisation(), asked=asked, by=current_user)
    flash(
        _("Теперь формы спрашивают согласие.")
        if asked
        else _("Формы больше не спрашивают согласие. Прочитайте предупреждение наверху страницы."),
        "success" if asked else "warning",
    )
    return redirect(url_for(".index"), 303)


@bp.route("/staff", methods=["GET", "POST"])
@doors.owner
def staff() -> Page:
    """Who works here; add a manager."""
    form = StaffForm()
    if form.validate_on_submit() and not _is_taken(form):
        user, code = commands.invite(
            name=form.name.data or "", position=form.position.data or "", email=form.email.data or "", by=current_user
        )
        link = current_app.config["BASE_URL"] + url_for("accounts.join", code=code)
        return render_template("settings/invited.html", user=user, link=link)
    page = render_template("settings/staff.html", form=form, staff=queries.staff())
    return page, 422 if form.errors else 200


def _is_taken(form: StaffForm) -> bool:
    email = (form.email.data or "").casefold()
    is_taken = queries.credential(email) is not None or email in (user.email for user in queries.staff())
    if is_taken:
        form.email.errors = [_("Этот адрес уже занят. Возьмите другой.")]
    return is_taken


@bp.post("/staff/<uuid:user_id>/access")
@doors.owner
def access(user_id: uuid.UUID) -> Page:
    """Close or open a staff member's access."""
    user = db.session.get(User, user_id) or abort(404)
    if user.id == current_user.id:
        flash(_("Свой доступ закрыть нельзя."), "warning")
    else:
        commands.set_disabled(user, disabled=user.disabled_at is None, by=current_user)
    return redirect(url_for(".staff"), 303)


@bp.get("/trail")
@doors.owner
def audit_trail() -> Page:
    """Everything that was done, the latest first."""
    before = request.args.get("before")
    entries = trail.trail(before=_key(before) if before else None, limit=TRAIL_PAGE + 1)
    shown = entries[:TRAIL_PAGE]
    more = url_for(".audit_trail", before=shown[-1].id.hex) if len(entries) > TRAIL_PAGE else None
    return render_template(
        "settings/trail.html",
        entries=shown,
        more=more,
        actions=labels.ACTIONS,
        actors=labels.ACTORS,
        names=queries.names_of_staff(),
    )


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        abort(404)
