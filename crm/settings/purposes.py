"""The register of purposes: why the operator processes data, on what ground, whose, how long."""

import uuid
from collections.abc import Sequence

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.agreements import commands, policy, queries
from crm.agreements.models import Purpose
from crm.agreements.ready import ARTICLES, READY, PurposeKind
from crm.core import transaction
from crm.core.db import db
from crm.settings import outdated
from crm.settings.purpose_forms import BASES, KINDS, PurposeForm
from crm.webforms import commands as webforms
from crm.webforms import queries as forms
from crm.webforms.models import WebForm

bp = Blueprint("purposes", __name__, url_prefix="/settings/purposes")
Page = str | tuple[str, int] | Response


@bp.get("/")
@doors.staff
def index() -> Page:
    """Every purpose with its document."""
    documents = {one.purpose_id: one for one in queries.agreements()}
    return render_template(
        "settings/purposes.html",
        purposes=queries.purposes(retired=True),
        documents=documents,
        bases=policy.BASES,
        kinds=KINDS,
        why_no_tick=policy.WHY_NO_TICK,
    )


@bp.route("/new", methods=["GET", "POST"])
@doors.staff
def create() -> Page:
    """Enter a purpose, beginning with what a ready one says."""
    if "kind" not in request.args:
        return render_template("settings/purpose_kinds.html", kinds=KINDS, ready=READY)
    kind = _kind(request.args["kind"])
    form = PurposeForm(kind, data=READY[kind].values())
    if not form.validate_on_submit():
        return _editor(form, None)
    purpose = commands.add_purpose(kind=kind, values=form.values(), by=current_user)
    done = _("Цель внесена в реестр.")
    if policy.may_be_asked(purpose):
        done = _("Цель внесена в реестр. Чтобы её спрашивали, проверьте текст согласия и добавьте её в форму.")
    outdated.tell(webforms.judge(by=current_user), done=done)
    return redirect(url_for(".edit", purpose_id=purpose.id), 303)


@bp.route("/<uuid:purpose_id>", methods=["GET", "POST"])
@doors.staff
def edit(purpose_id: uuid.UUID) -> Page:
    """Change a purpose; forms whose texts no longer say the truth are told of at once."""
    purpose = db.session.get(Purpose, purpose_id) or abort(404)
    form = PurposeForm(purpose.kind, obj=purpose)
    if not form.validate_on_submit():
        return _editor(form, purpose)
    try:
        commands.save_purpose(purpose, values=form.values(), revision=form.revision.data or 0, by=current_user)
    except commands.Overtaken:
        form.name.errors = [_("Цель тем временем изменил кто-то другой. Откройте её заново и повторите правку.")]
        return _editor(form, purpose)
    done = _("Сохранено. Опубликованные тексты сами не меняются.")
    outdated.tell(webforms.judge(by=current_user), done=done)
    return redirect(url_for(".edit", purpose_id=purpose_id), 303)


@bp.post("/<uuid:purpose_id>/retired")
@doors.staff
def retire(purpose_id: uuid.UUID) -> Page:
    """Stop using a purpose, or use it again. While visitors are asked for it, it is in use."""
    purpose = db.session.get(Purpose, purpose_id) or abort(404)
    transaction.one_at_a_time()  # nobody publishes a form that asks for it meanwhile
    retired = request.form.get("retired") == "yes"
    if retired and (asking := _asking(purpose)):
        return _editor(PurposeForm(purpose.kind, formdata=None, obj=purpose), purpose, in_the_way=asking)
    commands.set_retired(purpose, retired=retired, by=current_user)
    done = _("Цель снова используется: её можно добавить в форму.")
    if retired:
        done = _("Цель больше не используется. Данные и согласия остались как были; вернуть её можно на её странице.")
    outdated.tell(webforms.judge(by=current_user), done=done)
    return redirect(url_for(".index"), 303)


def _asking(purpose: Purpose) -> Sequence[WebForm]:
    """Published forms whose visitors are asked for consent to this purpose."""
    boxes = forms.boxes_of(*forms.current_versions())
    versions = {box.form_version_id for box in boxes if box.purpose_id == purpose.id}
    return [form for form in forms.published_forms() if form.current_version_id in versions]


def _kind(text: str) -> PurposeKind:
    try:
        return PurposeKind(text)
    except ValueError:
        abort(404)


def _editor(form: PurposeForm, purpose: Purpose | None, *, in_the_way: Sequence[WebForm] = ()) -> Page:
    page = render_template(
        "settings/purpose.html",
        form=form,
        purpose=purpose,
        kind=form.kind,
        kinds=KINDS,
        agreement=queries.agreement_to(purpose) if purpose else None,
        asking=_asking(purpose) if purpose else [],
        in_the_way=in_the_way,
        articles={BASES[basis]: article for basis, article in ARTICLES.items()},
        why_no_tick=policy.WHY_NO_TICK,
    )
    return page, 422 if form.errors or in_the_way else 200
