"""How long what stands beside the journal is kept, and its destruction at the end of that time.

The journal's row stays, and tells nothing about a person any more. An original letter goes first, soon after its
request was closed; at the end of the longer term goes everything under the request's key, and the key.
"""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, exists, or_, select

from crm.accounts import queries as accounts
from crm.audit import commands as audit
from crm.audit.models import Action, ActorKind
from crm.clients.models import Client
from crm.core import jobs, transaction
from crm.core.clock import now, today
from crm.core.db import db
from crm.erasure import commands as erasure
from crm.erasure import queries as reach
from crm.erasure.models import ErasureAct
from crm.subject_requests.models import Applicant, RequestCard, RequestMessage, RequestState, SubjectRequest
from crm.subject_requests.post import Fate, ReceivedLetter, TakenLetter

BATCH = 50
OVER = (RequestState.CLOSED, RequestState.DISMISSED)
"""States in which nothing is left to be done, so that the terms run."""


def closed(request: SubjectRequest) -> None:
    """A request was closed or dismissed: from now on its original letters are kept for the short term only."""
    _keep_letters(request, until=last_day_of_letters())


def reopened(request: SubjectRequest) -> None:
    """It is in work again: its letters are kept as long as it lasts."""
    _keep_letters(request, until=None)


def last_day_of_letters() -> date:
    """Until when a letter is kept as it came, if its request is closed, or it is put aside, today."""
    return today() + timedelta(days=accounts.organisation().letters_kept_days)


def _keep_letters(request: SubjectRequest, *, until: date | None) -> None:
    rows = select(ReceivedLetter).join(TakenLetter, TakenLetter.id == ReceivedLetter.taken_id)
    for letter in db.session.scalars(rows.where(TakenLetter.request_id == request.id)):
        letter.kept_until = until


@jobs.every(minutes=60)
def destroy_what_is_over() -> None:
    """Give a term to letters that have none, then destroy what has outlived its own: a few in each transaction, so
    that a process that is killed loses the last few only."""
    for step in (_give_terms, _destroy_letters, _purge_requests):
        is_more = True
        while is_more and not jobs.here().is_stopping:
            with transaction.of_its_own():
                transaction.one_at_a_time()
                is_more = step()


def _give_terms() -> bool:
    """Letters put aside, and those of requests that are over, for whoever closed them may have forgotten."""
    rows = (
        select(ReceivedLetter)
        .join(TakenLetter, TakenLetter.id == ReceivedLetter.taken_id)
        .outerjoin(SubjectRequest, SubjectRequest.id == TakenLetter.request_id)
        .where(ReceivedLetter.kept_until.is_(None))
        .where(
            or_(
                SubjectRequest.state.in_(OVER), and_(TakenLetter.request_id.is_(None), TakenLetter.fate != Fate.REQUEST)
            )
        )
    )
    return _each(rows, _give_term)


def _give_term(letter: ReceivedLetter) -> None:
    letter.kept_until = last_day_of_letters()


def _destroy_letters() -> bool:
    rows = select(ReceivedLetter).where(ReceivedLetter.kept_until < today()).order_by(ReceivedLetter.kept_until)
    taken: list[uuid.UUID] = []
    is_more = _each(rows, lambda letter: taken.append(destroy_letter(letter)))
    if taken:
        _note(Action.ORIGINALS_DESTROYED, {"letters": len(taken)})
        erasure.wipe_journal()
    return is_more


def destroy_letter(letter: ReceivedLetter) -> uuid.UUID:
    """The letter, and its key if it sealed nothing else: that of a letter put aside."""
    taken_id, key_id = letter.taken_id, letter.subject_key_id
    db.session.delete(letter)
    db.session.flush()
    if not reach.residue(key_id):
        erasure.destroy(key_id)
    return taken_id


def _purge_requests() -> bool:
    return _each(_outlived(), _purge)


def _outlived() -> Select[SubjectRequest]:
    """Requests that were closed (or came, if they were none) longer ago than the operator keeps them."""
    horizon = now() - timedelta(days=accounts.organisation().requests_kept_days)
    is_old = or_(
        SubjectRequest.closed_at < horizon,
        and_(SubjectRequest.closed_at.is_(None), SubjectRequest.received_at < horizon),
    )
    rows = select(SubjectRequest).where(SubjectRequest.purged_at.is_(None), SubjectRequest.state.in_(OVER), is_old)
    return rows.order_by(SubjectRequest.closed_at)


def _purge(request: SubjectRequest) -> None:
    """Destroy who asked, what was written and by which card; the act of a destruction keeps its own term."""
    keys = set(db.session.scalars(select(Applicant.subject_key_id).filter_by(request_id=request.id)))
    keys |= set(db.session.scalars(select(RequestMessage.subject_key_id).filter_by(request_id=request.id)))
    shared = [key for key in keys if _is_shared(key, request)]
    if shared:
        _destroy_rows(request)
    for key in keys.difference(shared):
        erasure.destroy(key)
    has_act = exists(ErasureAct.id).where(
        ErasureAct.organisation_id == request.organisation_id, ErasureAct.client_id == RequestCard.client_id
    )
    db.session.execute(delete(RequestCard).where(RequestCard.request_id == request.id, ~has_act))
    request.purged_at, request.code_hash, request.code_expires_at = now(), None, None
    erasure.wipe_journal()
    _note(Action.REQUEST_PURGED, {"number": request.number}, subject=request.id)


def _is_shared(key: uuid.UUID, request: SubjectRequest) -> bool:
    """Whether a key seals more than one request: a card, or somebody's other request."""
    of_card = exists(Client.id).where(Client.subject_key_id == key)
    of_other = exists(Applicant.id).where(Applicant.subject_key_id == key, Applicant.request_id != request.id)
    return bool(db.session.scalar(select(or_(of_card, of_other))))


def _destroy_rows(request: SubjectRequest) -> None:
    """The request's own rows under a key that must live on."""
    taken = select(TakenLetter.id).where(TakenLetter.request_id == request.id)
    db.session.execute(delete(ReceivedLetter).where(ReceivedLetter.taken_id.in_(taken)))
    db.session.execute(delete(RequestMessage).where(RequestMessage.request_id == request.id))
    db.session.execute(delete(Applicant).where(Applicant.request_id == request.id))


def _each(rows: Select[Any], act: Callable[[Any], object]) -> bool:
    """Do something with some of the rows; whether there may be more."""
    found = db.session.scalars(rows.limit(BATCH)).all()
    for row in found:
        act(row)
    return len(found) == BATCH


def _note(action: Action, details: dict[str, Any], *, subject: uuid.UUID | None = None) -> None:
    audit.note(action, kind=ActorKind.SYSTEM, subject=subject, details=details)
