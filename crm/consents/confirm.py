"""The page behind a link in a letter: looking at it changes nothing, the button on it acts once."""

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.accounts.models import LegalEntity
from crm.consents import links, queries
from crm.consents.links import Offer
from crm.consents.models import LinkKind
from crm.core import transaction
from crm.core.db import db
from crm.subject_requests import wishes

bp = Blueprint("links", __name__, url_prefix="/confirm")
Page = str | tuple[str, int]


@bp.get("/<code>/<token>")
@doors.public
def page(code: str, token: str) -> Page:
    """What the button will do. Looking changes nothing."""
    entity = accounts.enter_entity(code)
    try:
        return _page(entity, _offered(entity, token), token)
    except links.LinkSpent:
        return _spent(entity)


@bp.post("/<code>/<token>")
@doors.public
def press(code: str, token: str) -> Page:
    """The button was pressed."""
    entity = accounts.enter_entity(code)
    try:
        offer = _offered(entity, token)
        agent = request.headers.get("User-Agent", "")[:500]
        shown = request.form.get("text", "")
        records = links.press(offer, shown=shown, ip_address=request.remote_addr or "", user_agent=agent)
        db.session.flush()
        if offer.link.kind is LinkKind.WITHDRAW:
            wishes.took_back(offer.link, records, entity)
    except links.LinkSpent:
        return _spent(entity)
    except links.TextChanged:
        transaction.forget()
        return _page(entity, links.offered(token), token, is_changed=True), 422
    return render_template("consents/confirmed.html", kind=offer.link.kind, entity=entity, receipt=records[0].receipt)


def _offered(entity: LegalEntity, token: str) -> Offer:
    """What the link offers, at the address of its own legal entity alone."""
    offer = links.offered(token)
    if queries.entity_of(offer.text).id != entity.id:
        raise links.LinkSpent
    return offer


def _page(entity: LegalEntity, offer: Offer, token: str, *, is_changed: bool = False) -> str:
    titles = {
        "subscribe": _("Подтвердите согласие"),
        "renew": _("Подтвердите согласие ещё раз"),
        "withdraw": _("Отзыв согласия"),
    }
    return render_template(
        "consents/confirm.html",
        offer=offer,
        kind=offer.link.kind,
        title=titles[offer.link.kind],
        entity=entity,
        is_changed=is_changed,
        action=url_for(".press", code=entity.public_code, token=token),
    )


def _spent(entity: LegalEntity) -> Page:
    return render_template("consents/spent.html", entity=entity), 410
