"""What staff write down about a client's consent: given on paper, taken back, another ground."""

import uuid
from datetime import date
from typing import TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.agreements import queries as agreements
from crm.agreements.models import AgreementVersion, Purpose
from crm.agreements.ready import LegalBasis
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients.models import Client
from crm.consents import calls, commands, policy, queries
from crm.consents.commands import Circumstances
from crm.consents.forms import EARLIEST, GivingForm, GroundForm, WithdrawalForm
from crm.consents.models import Channel, ConsentCurrent, ConsentRecord, Ground
from crm.core import files, text
from crm.core.clock import now, today
from crm.core.db import db
from crm.core.files import Attachment
from crm.subject_requests import wishes

bp = Blueprint("consents", __name__, url_prefix="/clients")
Page = str | tuple[str, int] | Response
Thing = TypeVar("Thing", Ground, Attachment)


@bp.route("/<uuid:client_id>/withdraw", methods=["GET", "POST"])
@doors.staff
def withdraw(client_id: uuid.UUID) -> Page:
    """Write down that the client took consent back."""
    client = _client(client_id)
    holding = [current for current in queries.panel_of(client) if current.state in policy.PERMITTING]
    if not holding:
        flash(_("Действующего согласия у клиента нет: отзывать нечего."), "info")
        return _card(client_id)
    form = _withdrawal(holding)
    if not form.validate_on_submit():
        return render_template("consents/withdraw.html", form=form, client=client), 422 if form.errors else 200
    try:
        wanted = [uuid.UUID(word) for word in form.purposes.data or []]
        commands.withdraw(client_id, seen=_circumstances(client, form), purpose_ids=wanted, by=current_user)
    except files.Refused as refusal:
        _refuse(form, refusal)
        return render_template("consents/withdraw.html", form=form, client=client), 422
    except commands.NothingToWithdraw:
        return _card(client_id)
    flash(_("Отзыв записан. Что делать дальше и до какого дня, видно на карточке."), "success")
    return _card(client_id)


def _withdrawal(holding: list[ConsentCurrent]) -> WithdrawalForm:
    """The form with every consent that holds, or the one that was asked about, ticked."""
    asked = request.args.get("purpose")
    ticked = [one.purpose_id.hex for one in holding if asked in (None, one.purpose_id.hex)]
    form = WithdrawalForm(data={"purposes": ticked, "given_on": today(), "channel": request.args.get("channel")})
    form.purposes.choices = [(one.purpose_id.hex, one.purpose.name) for one in holding]
    form.given = {one.purpose_id.hex: policy.day_of(one.record) for one in holding}
    return form


@bp.route("/<uuid:client_id>/consents", methods=["GET", "POST"])
@doors.staff
def give(client_id: uuid.UUID) -> Page:
    """Write down a consent given on paper, by phone or in person: to a text in force on that day."""
    client = _client(client_id)
    form = GivingForm(data={"given_on": today(), "channel": request.args.get("channel")})
    offered = _offer(form)
    if "look" in request.form:
        form.given_on.validate(form, [GivingForm.validate_given_on])
        return _giving(client, form, offered)
    if not form.validate_on_submit():
        return _giving(client, form, offered), 422 if form.errors else 200
    version = offered[form.version.data]
    code = queries.entity_of(version).public_code
    try:
        seen = _circumstances(client, form)
        (record,) = commands.give(client, [version], public_code=code, seen=seen, by=current_user)
    except files.Refused as refusal:
        _refuse(form, refusal)
        return _giving(client, form, offered), 422
    flash(*_outcome(client, record))
    return _card(client_id)


def _offer(form: GivingForm) -> dict[str, AgreementVersion]:
    """The texts of the day that is typed, as the form offers them."""
    day = _within(form.given_on.data)
    found = queries.in_force_on([one.id for one in agreements.agreements()], day)
    offered = {one.id.hex: one for one in sorted(found, key=lambda one: (one.agreement.purpose_id, one.rendered_for))}
    form.version.choices = [(key, one.purpose) for key, one in offered.items()]
    form.proofs = {key: one.agreement.purpose.proof for key, one in offered.items() if one.agreement.purpose}
    if request.method == "GET":
        asked = request.args.get("purpose")
        of_purpose = (key for key, one in offered.items() if str(one.agreement.purpose_id).replace("-", "") == asked)
        form.version.data = next(of_purpose, next(iter(offered)) if len(offered) == 1 else None)
    if not offered:
        del form.version
    return offered


def _within(day: date | None) -> date:
    return min(max(day, EARLIEST), today()) if day else today()


def _giving(client: Client, form: GivingForm, offered: dict[str, AgreementVersion]) -> str:
    return render_template(
        "consents/give.html",
        form=form,
        client=client,
        offered=offered,
        retired=_retired_by(_within(form.given_on.data)),
        day=_within(form.given_on.data),
    )


def _retired_by(day: date) -> list[Purpose]:
    begins = policy.start_of(day)
    return [one for one in agreements.purposes(retired=True) if one.retired_at and one.retired_at < begins]


def _outcome(client: Client, record: ConsentRecord) -> tuple[str, str]:
    """What a consent that was written down has changed."""
    purpose_id = record.agreement_version.agreement.purpose_id
    current = next(one for one in queries.panel_of(client) if one.purpose_id == purpose_id)
    if current.record is not record:
        state, day = policy.STATES[current.state], text.day(policy.day_of(current.record))
        told = _(
            "Согласие записано в журнал, но решает запись более позднего дня: «%(state)s», %(day)s.",
            state=state,
            day=day,
        )
        return told, "warning"
    if current.expires_at and current.expires_at <= now():
        return _("Согласие записано в журнал, но его срок уже закончился: данные на нём не держатся."), "warning"
    return _("Согласие записано."), "success"


@bp.route("/<uuid:client_id>/grounds", methods=["GET", "POST"])
@doors.staff
def ground(client_id: uuid.UUID) -> Page:
    """Write down another ground than consent on which the data is kept."""
    client = _client(client_id)
    form = GroundForm(data={"since_on": today()})
    other = [one for one in agreements.purposes() if one.basis is not LegalBasis.CONSENT]
    form.purpose.choices = [(one.id.hex, _named(one)) for one in other]
    if not form.validate_on_submit():
        return render_template("consents/ground.html", form=form, client=client), 422 if form.errors else 200
    commands.add_ground(client, by=current_user, **form.values())
    flash(_("Основание записано."), "success")
    return _card(client_id)


def _named(purpose: Purpose) -> str:
    basis = policy.OTHER_BASES[purpose.basis]
    return f"{purpose.name} — {basis}, {purpose.article}"


@bp.post("/<uuid:client_id>/grounds/<uuid:ground_id>/end")
@doors.staff
def end_ground(client_id: uuid.UUID, ground_id: uuid.UUID) -> Page:
    """The ground no longer holds."""
    client = _client(client_id)
    found = _of(client, Ground, ground_id)
    if found in queries.grounds_of(client):
        commands.end_ground(client, found, by=current_user)
        flash(_("Основание прекращено."), "success")
    return _card(client_id)


@bp.post("/<uuid:client_id>/calls/answer")
@doors.staff
def answer_call(client_id: uuid.UUID) -> Page:
    """Staff called about a wish to withdraw, and it was not the client's."""
    wishes.was_not_the_clients(calls.answer(_client(client_id), by=current_user), by=current_user)
    flash(_("Просьба закрыта: согласие остаётся в силе."), "success")
    return _card(client_id)


@bp.get("/<uuid:client_id>/files/<uuid:file_id>")
@doors.staff
def attachment(client_id: uuid.UUID, file_id: uuid.UUID) -> Page:
    """A file that staff added to this client."""
    client = _client(client_id)
    found = _of(client, Attachment, file_id)
    audit.note_reading(Action.ATTACHMENT_READ, by=current_user.id, subject=client_id)
    return files.response(found)


def _client(client_id: uuid.UUID) -> Client:
    return db.session.get(Client, client_id) or abort(404)


def _of(client: Client, model: type[Thing], thing_id: uuid.UUID) -> Thing:
    """A thing of this very client; 404 for another's."""
    found = db.session.get(model, thing_id)
    return found if found and found.subject_key_id == client.subject_key_id else abort(404)


def _card(client_id: uuid.UUID) -> Response:
    return redirect(url_for("clients.card", client_id=client_id), 303)


def _circumstances(client: Client, form: WithdrawalForm | GivingForm) -> Circumstances:
    """What staff told, with the file they added, if any; files.Refused."""
    upload = form.file.data
    kept = files.keep(client.subject_key, name=upload.filename or "", content=upload.read()) if upload else None
    return Circumstances(
        channel=Channel(form.channel.data),
        note=form.note.data or "",
        given_on=form.given_on.data,
        attachment=kept,
    )


def _refuse(form: WithdrawalForm | GivingForm, refusal: files.Refused) -> None:
    form.file.errors = [str(files.FAULTS[refusal.fault])]
