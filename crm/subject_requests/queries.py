"""Reading requests: one with all that stands beside it, and those of a person."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from crm.accounts.queries import hashed
from crm.clients.models import Client
from crm.core import tokens
from crm.core.db import db
from crm.core.tokens import SearchToken
from crm.subject_requests import handling
from crm.subject_requests.calendar import Calendar
from crm.subject_requests.models import (
    Applicant,
    CalendarDay,
    CalendarYear,
    RequestCard,
    RequestMessage,
    RequestState,
    RequestStep,
    Step,
    SubjectRequest,
)


@dataclass(frozen=True)
class Tied:
    """A card that a request is about; `client` is None once the data was destroyed."""

    card: RequestCard
    client: Client | None


def request(request_id: uuid.UUID) -> SubjectRequest | None:
    """The request of this key."""
    return db.session.get(SubjectRequest, request_id)


def by_token(token: str) -> SubjectRequest | None:
    """The request whose page is found by this word."""
    return db.session.scalar(select(SubjectRequest).filter_by(token_hash=hashed(token)))


def calendar() -> Calendar:
    """The present operator's working days."""
    days = {row.day: row.is_working for row in db.session.scalars(select(CalendarDay))}
    return Calendar(days, db.session.scalars(select(CalendarYear.year)).all())


def applicant_of(request: SubjectRequest) -> Applicant | None:
    """Who asked; None once that was destroyed at the end of its term."""
    return db.session.scalar(select(Applicant).filter_by(request_id=request.id))


def messages_of(request: SubjectRequest, *, limit: int = 200) -> Sequence[RequestMessage]:
    """The correspondence, the oldest first."""
    rows = select(RequestMessage).filter_by(request_id=request.id).options(joinedload(RequestMessage.letter))
    return db.session.scalars(rows.order_by(RequestMessage.at, RequestMessage.id).limit(limit)).all()


def cards_of(request: SubjectRequest) -> Sequence[Tied]:
    """The cards it is about, those that are sure first."""
    rows = (
        select(RequestCard, Client)
        .outerjoin(Client, (Client.id == RequestCard.client_id) & (Client.organisation_id == request.organisation_id))
        .options(joinedload(Client.subject_key, innerjoin=False))  # else a card that is gone hides its row
        .where(RequestCard.request_id == request.id)
        .order_by(RequestCard.is_confirmed.desc(), RequestCard.id)
    )
    return [Tied(card, client) for card, client in db.session.execute(rows)]


def requests_of(client_id: uuid.UUID, *, limit: int = 20) -> Sequence[SubjectRequest]:
    """The requests about one card, the latest first."""
    rows = (
        select(SubjectRequest)
        .join(RequestCard, RequestCard.request_id == SubjectRequest.id)
        .where(RequestCard.client_id == client_id)
    )
    return db.session.scalars(rows.order_by(SubjectRequest.id.desc()).limit(limit)).all()


def open_of(email: str) -> SubjectRequest | None:
    """The open request of whoever wrote from exactly this address, the latest if there are several."""
    (token,) = tokens.keyed(tokens.email(email))
    rows = (
        select(SubjectRequest)
        .join(Applicant, Applicant.request_id == SubjectRequest.id)
        .join(SearchToken, SearchToken.subject_key_id == Applicant.subject_key_id)
        .where(SearchToken.token == token, SubjectRequest.state.in_(handling.OPEN))
    )
    return db.session.scalar(rows.order_by(SubjectRequest.id.desc()).limit(1))


def done(request: SubjectRequest) -> set[Step]:
    """What needs not be done any more: by what stands in rows, by the word of a human, or because there is nothing to
    do it with."""
    found = set(db.session.scalars(select(RequestStep.step).filter_by(request_id=request.id)))
    if request.state not in (RequestState.NEW, RequestState.DISMISSED):
        found.add(Step.CONFIRM)
    if request.state in (RequestState.ANSWERED, RequestState.CLOSED):
        found |= {Step.ANSWER, Step.IDENTITY}  # who was answered was known well enough
    if request.state is RequestState.CLOSED:
        found.add(Step.CLOSE)
    if request.identity is not None:
        found.add(Step.IDENTITY)
    if Step.ANSWER in found and request.outcome is not None:
        found |= handling.SPARED.get(request.outcome, frozenset())
    return found | _of_cards(cards_of(request), is_searched=Step.CARDS in found)


def _of_cards(tied: Sequence[Tied], *, is_searched: bool) -> set[Step]:
    """What the cards themselves say; without any, and when a human has looked, nothing is left to do with them."""
    living = [one.client for one in tied if one.client is not None]
    sure = [one for one in tied if one.card.is_confirmed]
    found = {Step.CARDS} if sure and len(sure) == len(tied) else set()
    if not living:
        if not tied:
            return found | handling.OF_CARDS if is_searched else found
        return found | (handling.OF_CARDS - {Step.TELL_RECIPIENTS})
    if all(client.is_restricted for client in living):
        found.add(Step.BLOCK)
    if all(client.blocked_at is None for client in living):
        found.add(Step.UNBLOCK)
    if all(client.marketing_stopped_at or client.is_restricted for client in living):
        found.add(Step.STOP_MARKETING)
    return found


def next_number() -> int:
    """The number of the operator's next request. Read it only one at a time."""
    return (db.session.scalar(select(func.max(SubjectRequest.number))) or 0) + 1
