"""The documents of an operator: the list, the editor with its preview, publishing, comparing editions."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.agreements import commands, policy, queries
from crm.agreements import difference as compare
from crm.agreements.models import Agreement, AgreementVersion
from crm.core import transaction
from crm.settings import outdated, preview
from crm.settings import queries as renewals
from crm.settings.forms import DocumentForm
from crm.webforms import commands as webforms

bp = Blueprint("documents_desk", __name__, url_prefix="/settings/documents")
Page = str | tuple[str, int] | Response
Refusal = commands.NotReady | webforms.CannotAsk


@bp.get("/")
@doors.staff
def index() -> Page:
    """The policy and the consent to every purpose."""
    return _list()


def _list(refusal: Refusal | None = None) -> Page:
    page = render_template(
        "settings/documents.html",
        policy=queries.agreement(queries.POLICY),
        consents=queries.agreements(),
        titles=policy.title,
        may_be_asked=policy.may_be_asked,
        why_no_tick=policy.WHY_NO_TICK,
        outdated=outdated.found(),
        refusal=refusal,
    )
    return page, 422 if refusal else 200


@bp.post("/renew-policies")
@doors.staff
def renew_policies() -> Page:
    """Publish the policies that no longer say the truth anew."""
    try:
        webforms.renew_policies(by=current_user)
    except commands.NotReady as refusal:
        transaction.forget()
        return _list(refusal)
    flash(_("Новые редакции политики опубликованы."), "success")
    return redirect(url_for(".index"), 303)


@bp.route("/<kind>", methods=["GET", "POST"])
@doors.staff
def edit(kind: str) -> Page:
    """The editor of a document."""
    agreement = _agreement(kind)
    form = DocumentForm(obj=agreement, reviewed=not agreement.is_sample)
    preview.offer(form, agreement)
    if not form.validate_on_submit():
        return _editor(agreement, form)
    act = request.form.get("act", "preview")
    if act == "preview":
        return _editor(agreement, form)
    if act == "publish" and not form.reviewed.data:
        form.reviewed.errors = [_("Прочитайте текст и поставьте отметку: публиковать непроверенный образец нельзя.")]
        return _editor(agreement, form)
    return _keep(agreement, form, publish=act == "publish")


def _keep(agreement: Agreement, form: DocumentForm, *, publish: bool) -> Page:
    before = _newest(agreement)
    try:
        commands.save_draft(
            agreement,
            draft=(form.draft.data or "").replace("\r\n", "\n"),
            reviewed=form.reviewed.data,
            revision=form.revision.data or 0,
            by=current_user,
        )
        if publish:
            webforms.publish_document(agreement, by=current_user)
    except commands.Overtaken:
        form.draft.errors = [
            _(
                "Документ тем временем сохранил кто-то другой. Ваш текст ниже цел: "
                "скопируйте его и откройте документ заново."
            )
        ]
        return _editor(agreement, form)
    except (commands.NotReady, webforms.CannotAsk) as refusal:
        transaction.forget()
        return _editor(agreement, form, refusal)
    if not publish:
        flash(_("Черновик сохранён."), "success")
    elif _newest(agreement) != before:
        flash(_("Опубликовано."), "success")
    elif before:
        flash(_("Текст не изменился: действует прежняя редакция."), "info")
    else:
        flash(_("Текст утверждён. Редакция появится, когда его спросит опубликованная форма."), "success")
    return redirect(url_for(".edit", kind=agreement.code), 303)


def _newest(agreement: Agreement) -> uuid.UUID | None:
    return next((one.id for one in queries.versions(agreement, limit=1)), None)


def _editor(agreement: Agreement, form: DocumentForm, refusal: Refusal | None = None) -> Page:
    asked = renewals.renewals_of(agreement, limit=1) if agreement.purpose else []
    page = render_template(
        "settings/document.html",
        form=form,
        agreement=agreement,
        title=policy.title(agreement),
        preview=preview.make(agreement, form),
        placeholders=policy.PLACEHOLDERS,
        refusal=refusal,
        outdated=outdated.found(agreement),
        versions=queries.versions(agreement),
        renewals=asked,
        left={one.id: renewals.still_to_ask(one) for one in asked if not one.done_at},
    )
    return page, 422 if form.errors or refusal else 200


@bp.get("/<kind>/difference")
@doors.staff
def difference(kind: str) -> Page:
    """What changed between any two editions, word by word, be they of one form or of two."""
    agreement = _agreement(kind)
    offered = list(queries.versions(agreement))
    newer = _version(agreement, request.args.get("newer")) or next(iter(offered), None) or abort(404)
    older = _version(agreement, request.args.get("older")) or queries.version_before(newer) or newer
    offered += [one for one in (newer, older) if one not in offered]
    return render_template(
        "settings/difference.html",
        title=policy.title(agreement),
        agreement=agreement,
        versions=offered,
        older=older,
        newer=newer,
        pieces=list(compare.folded(compare.difference(older.html, newer.html))),
    )


def _version(agreement: Agreement, asked: str | None) -> AgreementVersion | None:
    """The edition asked for, None if none was; 404 for one that this document does not have."""
    if not asked:
        return None
    try:
        return queries.version(agreement, uuid.UUID(asked)) or abort(404)
    except ValueError:
        abort(404)


def _agreement(code: str) -> Agreement:
    return queries.find(code) or abort(404)
