"""Asking people who agreed to an older text whether they agree to the present one."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import doors
from crm.agreements import policy
from crm.agreements import queries as documents
from crm.agreements.models import Agreement
from crm.consents import terms
from crm.core import transaction
from crm.mail import queries as mail
from crm.settings import queries
from crm.settings.forms import LAPSES, RenewalForm

bp = Blueprint("renewals", __name__, url_prefix="/settings/documents")
Page = str | tuple[str, int] | Response


@bp.route("/<kind>/ask-again", methods=["GET", "POST"])
@doors.owner
def ask(kind: str) -> Page:
    """How many people hold an older edition, what becomes of their consent, and the button that asks them all."""
    agreement = documents.find(kind) or abort(404)
    if agreement.purpose is None:
        abort(404)  # nobody agrees to a policy
    form = RenewalForm()
    if not form.validate_on_submit():
        return _page(form, agreement)
    transaction.one_at_a_time()
    if refusal := _why_not(agreement):
        form.outcome.errors = [refusal]
        return _page(form, agreement)
    lapses_on = form.lapses_on.data if form.outcome.data == LAPSES else None
    terms.ask_again(agreement, lapses_on=lapses_on, by=current_user)
    flash(_("Письма с просьбой подтвердить согласие готовятся. Ход виден на этой странице."), "success")
    return redirect(url_for(".ask", kind=kind), 303)


def _why_not(agreement: Agreement) -> str | None:
    if agreement.purpose is None or not policy.may_be_asked(agreement.purpose):
        return str(_("Для этой цели согласие больше не спрашивают: спрашивать заново нечего."))
    if any(renewal.done_at is None for renewal in queries.renewals_of(agreement, limit=1)):
        return str(_("Письма прошлой просьбы ещё готовятся. Дождитесь, пока они закончатся."))
    if not queries.holders_of_older(agreement):
        return str(_("Спрашивать некого: прежней редакции ни у кого нет."))
    return None


def _page(form: RenewalForm, agreement: Agreement) -> Page:
    renewals = queries.renewals_of(agreement)
    page = render_template(
        "settings/renewal.html",
        form=form,
        agreement=agreement,
        title=policy.title(agreement),
        renewals=renewals,
        left={one.id: queries.still_to_ask(one) for one in renewals if not one.done_at},
        holders=queries.holders_of_older(agreement),
        most=queries.MOST_COUNTED,
        refusal=_why_not(agreement),
        mail_is_set_up=mail.is_set_up(),
    )
    return page, 422 if form.errors else 200
