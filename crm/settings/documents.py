"""The editor of the agreement and of the policy: draft, preview, publish, editions."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.agreements import commands, document, policy, queries
from crm.agreements import difference as compare
from crm.agreements.models import Agreement, AgreementKind, AgreementVersion
from crm.core import tenancy, transaction
from crm.settings.forms import DocumentForm
from crm.webforms import commands as webforms
from crm.webforms import queries as forms
from crm.webforms.models import WebForm

bp = Blueprint("documents_desk", __name__, url_prefix="/settings/documents")
Page = str | tuple[str, int] | Response


@dataclass(frozen=True)
class Preview:
    """The document as it would be published now for one form, and what keeps it from that."""

    html: str
    values: dict[str, str]
    faults: list[policy.Fault]
    shown_for: str


@bp.route("/<kind>", methods=["GET", "POST"])
@doors.staff
def edit(kind: str) -> Page:
    """The editor of a document."""
    agreement = queries.agreement(_kind(kind))
    form = DocumentForm(obj=agreement, reviewed=not agreement.is_sample)
    form.shown_for.choices = [(web_form.id.hex, web_form.title) for web_form in forms.forms()]
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
    kind = agreement.kind
    try:
        commands.save_draft(
            agreement,
            draft=(form.draft.data or "").replace("\r\n", "\n"),
            purpose=form.purpose.data or "",
            retention_days=form.retention_days.data or 0,
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
    except commands.NotReady as refusal:
        transaction.forget()
        return _editor(agreement, form, refusal)
    flash(_("Опубликовано.") if publish else _("Черновик сохранён."), "success")
    return redirect(url_for(".edit", kind=kind.value), 303)


@bp.get("/<kind>/difference")
@doors.staff
def difference(kind: str) -> Page:
    """What changed between two editions, word by word."""
    versions = queries.versions(_kind(kind))
    newer = _version(versions, request.args.get("newer")) or (versions[0] if versions else None) or abort(404)
    older = _version(versions, request.args.get("older")) or queries.version_before(newer) or newer
    return render_template(
        "settings/difference.html",
        title=policy.TITLES[_kind(kind)],
        kind=kind,
        versions=versions,
        older=older,
        newer=newer,
        pieces=compare.difference(older.html, newer.html),
    )


def _version(versions: Sequence[AgreementVersion], asked: str | None) -> AgreementVersion | None:
    """The edition asked for, None if none was; 404 for one that is not among these."""
    if not asked:
        return None
    return next((version for version in versions if version.id.hex == asked), None) or abort(404)


def _kind(text: str) -> AgreementKind:
    try:
        return AgreementKind(text)
    except ValueError:
        abort(404)


def _preview(agreement: Agreement, form: DocumentForm) -> Preview:
    chosen = None if agreement.kind is AgreementKind.POLICY else _chosen(form)
    title = chosen.title if chosen else ""
    labels = [field["label"] for field in chosen.fields] if chosen else []
    if agreement.kind is AgreementKind.POLICY:
        labels = forms.labels_in_use()
    shape = Agreement(
        kind=agreement.kind,
        purpose=form.purpose.data or "",
        retention_days=form.retention_days.data or agreement.retention_days,
    )
    values = commands.values_of(shape, fields=labels, form=title, number=_next_number(agreement, chosen))
    source = form.draft.data or ""
    if policy.is_too_much(source):
        source = ""  # not worth the work; the message beside the field says why
    return Preview(document.render(source, values), values, policy.faults(source, values), title)


def _chosen(form: DocumentForm) -> WebForm | None:
    """The form to preview for: the one asked for, else the newest."""
    every = forms.forms()
    return next((web_form for web_form in every if web_form.id.hex == form.shown_for.data), next(iter(every), None))


def _next_number(agreement: Agreement, chosen: WebForm | None) -> int:
    rendered_for_id = chosen.id if chosen else tenancy.current_organisation_id()
    latest = queries.latest_version(agreement, rendered_for_id)
    return latest.number + 1 if latest else 1


def _editor(agreement: Agreement, form: DocumentForm, refusal: commands.NotReady | None = None) -> Page:
    page = render_template(
        "settings/document.html",
        form=form,
        agreement=agreement,
        title=policy.TITLES[agreement.kind],
        preview=_preview(agreement, form),
        placeholders=policy.PLACEHOLDERS,
        refusal=refusal,
        versions=queries.versions(agreement.kind),
    )
    return page, 422 if form.errors or refusal else 200
