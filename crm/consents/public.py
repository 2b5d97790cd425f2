"""The receipt: a page that shows anybody who has its number what was agreed to, and nothing about the person."""

from flask import Blueprint, abort, render_template

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.accounts.models import Place
from crm.consents import policy, queries

bp = Blueprint("receipts", __name__)


@bp.get("/receipt/<number>")
@doors.public
def receipt(number: str) -> str:
    """Which text was agreed to, when, for which purpose, and whether the consent still stands."""
    number = number.strip().upper()
    accounts.enter_by_address(number.partition("-")[0], Place.ORGANISATION)
    record = queries.by_receipt(number) or abort(404)
    return render_template(
        "consents/receipt.html",
        record=record,
        latest=queries.latest_of(record),
        states=policy.STATES,
        is_person_known=queries.is_person_known(record),
        organisation=accounts.organisation(),
    )
