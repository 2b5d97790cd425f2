"""The cards that a request is about: said, taken back, and what the law wants of them from then on.

Each command is one act of the staff; see turns.py for what all of them share.
"""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.clients import commands as clients
from crm.clients.models import Client
from crm.consents import commands as consents
from crm.consents import policy as consent_policy
from crm.consents.models import Channel, ConsentCurrent
from crm.core.clock import MOSCOW, now
from crm.core.db import db
from crm.subject_requests import commands, handling, queries, turns
from crm.subject_requests.models import RequestCard, RequestState, RequestStep, Step, SubjectRequest, Way
from crm.subject_requests.queries import Tied

CHANNELS = {
    Way.EMAIL: Channel.EMAIL,
    Way.PAGE: Channel.FORM,
    Way.RECEIPT: Channel.FORM,
    Way.PAPER: Channel.PAPER,
    Way.PHONE: Channel.PHONE,
    Way.IN_PERSON: Channel.IN_PERSON,
}
"""How the ledger of consents calls each way of a request."""


def sure(request: SubjectRequest) -> list[Client]:
    """The cards of which nobody doubts that they are meant: a human said so, or there is only one with this address of
    its own. One that was only typed into a page, or is known from a receipt, tells nothing until a code came back."""
    tied = [one for one in queries.cards_of(request) if one.client]
    applicant = queries.applicant_of(request)
    is_vouched = request.mailbox_proved_at is not None or request.way not in (Way.PAGE, Way.RECEIPT)
    address = (applicant.email or "").casefold() if applicant and is_vouched else ""
    return [one.client for one in tied if one.client and (one.card.is_confirmed or _is_only(one, tied, address))]


def _is_only(one: Tied, tied: list[Tied], address: str) -> bool:
    client = one.client
    is_own = client is not None and bool(address) and (client.email or "").casefold() == address
    return is_own and len(tied) == 1 and client is not None and not client.is_joined_by_phone


def hold(request: SubjectRequest, *, by: User) -> None:
    """What the law wants at once for this kind, done to the cards that are sure."""
    for client in sure(request):
        _hold(request, client, by=by)


def _hold(request: SubjectRequest, client: Client, *, by: User) -> None:
    if request.kind in handling.STOPS_MARKETING:
        clients.stop_marketing(client, now(), by=by)
    if _needs_block(request):
        clients.block(client, now(), by=by)


def _needs_block(request: SubjectRequest) -> bool:
    if request.kind in handling.BLOCKING or request.put_off_at is not None:
        return True
    by_hand = select(RequestStep.id).filter_by(request_id=request.id, step=Step.BLOCK, is_needless=False)
    return db.session.scalar(by_hand) is not None


def release_all(request: SubjectRequest, *, by: User) -> None:
    """What this request alone had done to its cards is undone where it is not needed."""
    for one in queries.cards_of(request):
        if one.client:
            _release(request, one.client, by=by)


def _release(request: SubjectRequest, client: Client, *, by: User, is_tied: bool = True) -> None:
    is_wanted = is_tied and request.state in handling.OPEN
    if client.blocked_at and not (is_wanted and _needs_block(request)) and not _is_blocked_for_another(request, client):
        clients.unblock(client, by=by)
    is_ours = client.marketing_stopped_at is not None and client.marketing_stopped_at >= request.received_at
    is_asked = is_tied and request.kind in handling.STOPS_MARKETING and request.state is not RequestState.DISMISSED
    if is_ours and not is_asked and not _is_stopped_for_another(request, client):
        clients.allow_marketing(client, by=by)


def _is_blocked_for_another(request: SubjectRequest, client: Client) -> bool:
    by_hand = exists().where(
        RequestStep.request_id == SubjectRequest.id, RequestStep.step == Step.BLOCK, RequestStep.is_needless.is_(False)
    )
    needs = or_(SubjectRequest.kind.in_(handling.BLOCKING), SubjectRequest.put_off_at.is_not(None), by_hand)
    others = _others(request, client).where(SubjectRequest.state.in_(handling.OPEN), needs)
    return db.session.scalar(others.limit(1)) is not None


def _is_stopped_for_another(request: SubjectRequest, client: Client) -> bool:
    """An earlier wish not to get advertising stays a wish when its request is closed."""
    wished = SubjectRequest.kind.in_(handling.STOPS_MARKETING), SubjectRequest.state != RequestState.DISMISSED
    return db.session.scalar(_others(request, client).where(*wished).limit(1)) is not None


def _others(request: SubjectRequest, client: Client) -> Select[uuid.UUID]:
    return (
        select(SubjectRequest.id)
        .join(RequestCard, RequestCard.request_id == SubjectRequest.id)
        .where(RequestCard.client_id == client.id, SubjectRequest.id != request.id)
    )


def attach_card(request: SubjectRequest, *, client: Client, by: User, seen_revision: int) -> RequestCard:
    """A human says that the request is about this card: what its kind wants at once is done."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    card = _card(request, client.id) or commands.tie(request, client, is_confirmed=True)
    card.is_confirmed = True
    _hold(request, client, by=by)
    turns.end(request, "card_attached", by=by)
    return card


def detach_card(request: SubjectRequest, *, client_id: uuid.UUID, by: User, seen_revision: int) -> None:
    """It is somebody else's card: what was done to it at once is undone. Of a destroyed card the act stays."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    card = _card(request, client_id)
    if card is None or card.act_id:
        raise turns.NotAllowed
    _drop(request, card, by=by)
    turns.end(request, "card_detached", by=by)


def drop_doubtful(request: SubjectRequest, *, by: User) -> None:
    """A human has looked: cards that nobody confirmed are not meant."""
    for one in queries.cards_of(request):
        if not one.card.is_confirmed:
            _drop(request, one.card, by=by)


def _drop(request: SubjectRequest, card: RequestCard, *, by: User) -> None:
    client = db.session.get(Client, card.client_id)
    if client:
        _release(request, client, by=by, is_tied=False)
    db.session.delete(card)
    db.session.flush()


def _card(request: SubjectRequest, client_id: uuid.UUID) -> RequestCard | None:
    return db.session.scalar(select(RequestCard).filter_by(request_id=request.id, client_id=client_id))


def block(request: SubjectRequest, *, by: User, seen_revision: int) -> None:
    """The data of the cards that are sure may only be kept while the request is being checked (art. 21(1))."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    found = sure(request)
    turns.must(found)
    for client in found:
        clients.block(client, now(), by=by)
    turns.unmark(request, Step.BLOCK)
    commands.mark(request, Step.BLOCK, by=by)
    turns.end(request, "blocked", by=by)


def unblock(request: SubjectRequest, *, by: User, seen_revision: int) -> None:
    """The check is over, the data may be used again: a human decides so, also where the kind had it blocked."""
    turns.take(request, seen_revision=seen_revision)
    turns.must(request.state is not RequestState.NEW)
    blocked = [one.client for one in queries.cards_of(request) if one.client and one.client.blocked_at]
    turns.must(blocked)
    turns.unmark(request, Step.BLOCK)
    if request.kind in handling.BLOCKING:
        commands.mark(request, Step.BLOCK, by=by, is_needless=True)
    for client in blocked:
        if not _is_blocked_for_another(request, client):
            clients.unblock(client, by=by)
    turns.end(request, "unblocked", by=by)


def stop_marketing(request: SubjectRequest, *, by: User, seen_revision: int) -> None:
    """No advertising goes any more to whom the cards that are sure belong to."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    found = sure(request)
    turns.must(found)
    for client in found:
        clients.stop_marketing(client, now(), by=by)
    turns.end(request, "marketing_stopped", by=by)


def withdraw(
    request: SubjectRequest, *, purpose_ids: Collection[uuid.UUID] | None, by: User, seen_revision: int
) -> int:
    """Write the withdrawal into the ledger for every confirmed card, for these purposes or for all, as of the day on
    which the request came; how many consents that ended."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    received_on = request.received_at.astimezone(MOSCOW).date()
    note = f"Обращение № {request.number}"
    seen = consents.Circumstances(channel=CHANNELS[request.way], note=note, given_on=received_on)
    ended = 0
    for one in queries.cards_of(request):
        if one.client and one.card.is_confirmed:
            ended += _withdraw(one.client, seen, purpose_ids, by=by)
    commands.mark(request, Step.WITHDRAW, by=by)
    turns.end(request, "withdrawn", by=by, acts=ended)
    return ended


def _withdraw(
    client: Client, seen: consents.Circumstances, purpose_ids: Collection[uuid.UUID] | None, *, by: User
) -> int:
    try:
        return len(consents.withdraw(client.id, seen=seen, purpose_ids=purpose_ids, by=by))
    except consents.NothingToWithdraw:
        return 0


def holding(request: SubjectRequest) -> Sequence[ConsentCurrent]:
    """The consents of the confirmed cards that hold, which the person may take back."""
    keys = [one.client.subject_key_id for one in queries.cards_of(request) if one.client and one.card.is_confirmed]
    rows = (
        select(ConsentCurrent)
        .where(ConsentCurrent.subject_key_id.in_(keys), ConsentCurrent.state.in_(consent_policy.PERMITTING))
        .options(joinedload(ConsentCurrent.purpose), joinedload(ConsentCurrent.record))
    )
    return db.session.scalars(rows.order_by(ConsentCurrent.purpose_id)).all() if keys else []
