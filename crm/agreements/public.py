"""The documents as anybody reads them: every edition for ever at its own address, the policy at one of its own."""

from flask import Blueprint, Response, abort, render_template

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.accounts.models import Place
from crm.agreements import policy, queries
from crm.agreements.models import AgreementKind, AgreementVersion
from crm.core.db import db

bp = Blueprint("documents", __name__)


@bp.get("/doc/<slug>")
@doors.public
def version(slug: str) -> str:
    """One edition, with its number, date and fingerprint."""
    return _page(_version(slug))


@bp.get("/doc/<slug>/text")
@doors.public
def text(slug: str) -> Response:
    """The exact bytes whose SHA-256 the edition's page shows."""
    found = _version(slug)
    answer = Response(found.html.encode(), mimetype="text/plain")
    answer.headers["Content-Disposition"] = f'attachment; filename="document-{found.number}.html"'
    return answer


@bp.get("/policy/<code>")
@doors.public
def current_policy(code: str) -> str:
    """The policy in force."""
    return _page(queries.current_policy(accounts.enter_entity(code).id) or abort(404))


def _version(slug: str) -> AgreementVersion:
    return db.session.get_one(AgreementVersion, accounts.enter_by_address(slug, Place.DOCUMENT))


def _page(found: AgreementVersion) -> str:
    is_policy = found.agreement.kind is AgreementKind.POLICY
    return render_template(
        "agreements/document.html",
        version=found,
        latest=queries.latest_version(found.agreement, found.rendered_for_id),
        title=policy.title(found.agreement),
        operator=found.values.get("company") or accounts.organisation().name,
        earlier=queries.editions(found) if is_policy else [],
        request_code=_code(found) if is_policy else None,
    )


def _code(found: AgreementVersion) -> str:
    """Whose policy it is, for the address at which anybody asks about their own data."""
    return found.values.get("policy_url", "").rpartition("/")[2] or accounts.main_entity().public_code
