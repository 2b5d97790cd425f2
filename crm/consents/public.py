"""The receipt: a page that shows anybody who has its number what was agreed to, and nothing about the person."""

from flask import Blueprint, Response, abort, current_app, jsonify, render_template

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.accounts.models import Place
from crm.consents import policy, queries
from crm.consents.models import ConsentRecord
from crm.consents.receipt import machine_readable

bp = Blueprint("receipts", __name__)


@bp.get("/receipt/<number>")
@doors.public
def receipt(number: str) -> str:
    """Which text was agreed to, when, for which purpose, and whether the consent still stands."""
    record = _record(number)
    return render_template(
        "consents/receipt.html",
        record=record,
        end=queries.end_of(record),
        states=policy.STATES,
        is_person_known=queries.is_person_known(record),
        organisation=accounts.organisation(),
    )


@bp.get("/receipt/<number>/json")
@doors.public
def for_machines(number: str) -> Response:
    """The same for programs, with what is needed to check the ledger's hash."""
    record = _record(number)
    answer = machine_readable(
        record, queries.end_of(record), accounts.organisation(), base_url=current_app.config["BASE_URL"]
    )
    return jsonify(answer)


def _record(number: str) -> ConsentRecord:
    number = number.strip().upper()
    accounts.enter_by_address(number.partition("-")[0], Place.ORGANISATION)
    return queries.by_receipt(number) or abort(404)
