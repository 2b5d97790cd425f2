"""Whom else a request concerns: those to whom the data was passed, who must be told of what became of it (152-FZ
art. 20(3), 10.1(14)) and are named in answers; and the earlier request that this one repeats (art. 14(4))."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select

from crm.consents.recipients import recipients_of as recipients_of_card
from crm.core import tokens
from crm.core.db import db
from crm.core.tokens import SearchToken
from crm.subject_requests import policy, queries
from crm.subject_requests.models import Applicant, RequestCard, RequestKind, RequestState, SubjectRequest


def recipients_of(request: SubjectRequest) -> list[str]:
    """Recipients of the data of its confirmed cards, each once; those of a card that was destroyed are remembered."""
    applicant = queries.applicant_of(request)
    remembered = (applicant.recipients or []) if applicant else []
    living = [one.client for one in queries.cards_of(request) if one.client and one.card.is_confirmed]
    return list(dict.fromkeys([*remembered, *(name for client in living for name in recipients_of_card(client))]))


def remember(request: SubjectRequest, recipients: Sequence[str]) -> None:
    """The card is destroyed, and with it what told whom its data was passed to: they must still be told."""
    applicant = queries.applicant_of(request)
    if applicant and recipients:
        applicant.recipients = list(dict.fromkeys([*(applicant.recipients or []), *recipients]))


def repeated_by(request: SubjectRequest) -> SubjectRequest | None:
    """The request for the same information, of the same mailbox or about the same card, that this one follows before
    thirty days are over."""
    if request.kind is not RequestKind.ACCESS:
        return None
    rows = select(SubjectRequest).where(
        SubjectRequest.kind == RequestKind.ACCESS,
        SubjectRequest.id != request.id,
        SubjectRequest.received_at <= request.received_at,
        SubjectRequest.state != RequestState.DISMISSED,
        or_(*_of_the_same_person(request)),
    )
    earlier = db.session.scalar(rows.order_by(SubjectRequest.received_at.desc()).limit(1))
    return earlier if earlier and policy.is_repeat(earlier.received_at, request.received_at) else None


def _of_the_same_person(request: SubjectRequest) -> list[ColumnElement[bool]]:
    sure = select(RequestCard.client_id).filter_by(request_id=request.id, is_confirmed=True)
    cards = db.session.scalars(sure).all()
    by_card = select(RequestCard.request_id).where(RequestCard.client_id.in_(cards), RequestCard.is_confirmed)
    found: list[ColumnElement[bool]] = [SubjectRequest.id.in_(by_card)]
    applicant = queries.applicant_of(request)
    if applicant and applicant.email:
        keys = select(SearchToken.subject_key_id).where(
            SearchToken.token.in_(tokens.keyed(tokens.email(applicant.email)))
        )
        found.append(SubjectRequest.id.in_(select(Applicant.request_id).where(Applicant.subject_key_id.in_(keys))))
    return found
