"""Handling a request: what is asked, who does it, what is done of it, and how far it has come.

Each command is one act of the staff; see turns.py for what all of them share, and cards.py for what they do with cards.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime, time

from sqlalchemy import select

from crm.accounts.models import User
from crm.audit.models import Action
from crm.core.clock import MOSCOW, now, today
from crm.core.db import db
from crm.erasure.models import ErasureAct
from crm.subject_requests import cards, commands, handling, keeping, policy, queries, telling, turns
from crm.subject_requests.models import (
    Identity,
    Outcome,
    RequestCard,
    RequestKind,
    RequestState,
    Step,
    SubjectRequest,
)

BY_WORD = frozenset({Step.CARDS, Step.CORRECT, Step.TELL_RECIPIENTS})
"""Steps that are done when a human says so; the others show in what was done."""
NEEDLESS = frozenset(
    {
        *(Step.IDENTITY, Step.BLOCK, Step.STOP_MARKETING, Step.WITHDRAW),
        *(Step.CORRECT, Step.ERASE, Step.UNBLOCK, Step.TELL_RECIPIENTS),
    }
)
"""Steps of which a human may say that this request does not need them."""


def confirm_kind(request: SubjectRequest, *, kind: RequestKind, by: User, seen_revision: int) -> None:
    """A human says what is asked for, perhaps otherwise than the words seemed to: the clocks follow, from the receipt.

    What the kind wants at once is done to the cards that are sure; what it does not want, and was done at the receipt,
    is undone. Who confirms is responsible unless somebody is already.
    """
    turns.take(request, seen_revision=seen_revision)
    if request.state is RequestState.NEW:
        turns.move(request, RequestState.IN_WORK)
    turns.must(request.state is RequestState.IN_WORK)
    request.kind, request.responsible = kind, request.responsible or by
    cards.release_all(request, by=by)
    cards.hold(request, by=by)
    turns.end(request, "kind", by=by, kind=kind.value)


def assign(request: SubjectRequest, *, responsible: User | None, by: User, seen_revision: int) -> None:
    """Say who answers for the request, or that nobody does yet."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    turns.must(responsible is None or responsible.disabled_at is None)
    request.responsible = responsible
    turns.end(request, "assigned" if responsible else "unassigned", by=by)


def check_identity(
    request: SubjectRequest, *, how: Identity, points: Collection[str], by: User, seen_revision: int
) -> None:
    """Write down how the staff made sure who asks, and which points of art. 14(3) they saw: never what stood there."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    request.identity, request.identity_at, request.identity_by_id = how, now(), by.id
    request.identity_points = [point for point in handling.POINTS if point in points]
    turns.end(request, "identity", by=by, how=how.value, points=request.identity_points)


def mark_step(request: SubjectRequest, *, step: Step, is_needless: bool = False, by: User, seen_revision: int) -> None:
    """A human says that a step is done, or that it need not be. "There is no other card" drops the doubtful ones."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    turns.must(step in (NEEDLESS if is_needless else BY_WORD) and step in handling.STEPS[request.kind])
    if step is Step.CARDS:
        cards.drop_doubtful(request, by=by)
    turns.unmark(request, step)
    commands.mark(request, step, by=by, is_needless=is_needless)
    turns.end(request, "step_needless" if is_needless else "step_done", by=by, step=step.value)


def unmark_step(request: SubjectRequest, *, step: Step, by: User, seen_revision: int) -> None:
    """What was said of a step was a mistake."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    turns.must(step in BY_WORD | NEEDLESS)
    turns.unmark(request, step)
    turns.end(request, "step_undone", by=by, step=step.value)


def erased(
    request: SubjectRequest, *, client_id: uuid.UUID, act: ErasureAct, by: User, recipients: Sequence[str] = ()
) -> None:
    """The data of this card was destroyed for this request; every other request about the card learns of it too, and to
    whom the data had been passed; not that it was its person's, for a stranger may have named the card."""
    tied = db.session.scalars(select(RequestCard).filter_by(client_id=client_id)).all()
    if request.id not in {card.request_id for card in tied}:
        made = RequestCard(request=request, client_id=client_id, is_confirmed=True)
        db.session.add(made)
        tied = [*tied, made]
    for card in tied:
        card.act_id = card.act_id or act.id
        if card.request.state in handling.OPEN:
            card.is_confirmed = card.is_confirmed or card.request_id == request.id
            telling.remember(card.request, recipients)
            turns.end(card.request, "erased", by=by, act=act.number)


def find_unlawful(request: SubjectRequest, *, found_on: date, by: User, seen_revision: int) -> None:
    """The staff found that the processing is unlawful: the clocks of art. 21(3) run from that day."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    turns.must(request.kind is RequestKind.UNLAWFUL)
    known_on = request.found_at.astimezone(MOSCOW).date() if request.found_at else today()
    turns.must(request.received_at.astimezone(MOSCOW).date() <= found_on <= known_on)
    request.found_at = datetime.combine(found_on, time(12), MOSCOW)
    cards.hold(request, by=by)
    turns.end(request, "found", by=by)


def put_off(request: SubjectRequest, *, because: str, by: User, seen_revision: int) -> None:
    """The data cannot be destroyed in time: it is blocked, and six months are given (art. 21(6))."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    facts = policy.Facts.of(request, queries.done(request))
    turns.must(policy.may_put_off(facts) and today() <= policy.put_off_until(facts, queries.calendar()))
    turns.applicant_of(request).put_off_because = because
    request.put_off_at = now()
    cards.hold(request, by=by)
    turns.end(request, "put_off", by=by)


def dismiss(request: SubjectRequest, *, because: str = "", by: User, seen_revision: int) -> None:
    """It is no request: what was done to cards at the receipt is undone, and nothing is waited for."""
    turns.take(request, seen_revision=seen_revision)
    turns.move(request, RequestState.DISMISSED)
    turns.note_down(request, because)
    cards.release_all(request, by=by)
    request.closed_at = now()
    keeping.closed(request)
    turns.end(request, "dismissed", by=by)


def restore(request: SubjectRequest, *, by: User, seen_revision: int) -> None:
    """It is a request after all; its clock has run all the time."""
    turns.take(request, seen_revision=seen_revision)
    turns.must(request.purged_at is None)
    turns.move(request, RequestState.NEW)
    _open_again(request, by=by)
    turns.end(request, "restored", by=by)


def left_of(request: SubjectRequest) -> list[Step]:
    """What is not done yet and stands in the way of closing without a reason."""
    return [step for step in handling.left(request.kind, queries.done(request)) if step is not Step.CLOSE]


def close(request: SubjectRequest, *, because: str = "", by: User, seen_revision: int) -> None:
    """Everything is done: or something is left, and the reason says why it stays so."""
    turns.take(request, seen_revision=seen_revision)
    left = left_of(request)
    turns.must(because or not left)
    turns.move(request, RequestState.CLOSED)
    turns.note_down(request, because)
    if not request.put_off_at and (request.kind not in handling.BLOCKING or request.outcome is Outcome.REFUSED):
        cards.release_all(request, by=by)
    request.closed_at = now()
    keeping.closed(request)
    turns.end(request, "closed", by=by, action=Action.REQUEST_CLOSED, left=[step.value for step in left])


def reopen(request: SubjectRequest, *, because: str, by: User, seen_revision: int) -> None:
    """Something was forgotten: back into work, what the kind wants at once is done anew."""
    turns.take(request, seen_revision=seen_revision)
    turns.must(request.purged_at is None and request.state in (RequestState.CLOSED, RequestState.ANSWERED))
    turns.move(request, RequestState.IN_WORK)
    turns.note_down(request, because)
    _open_again(request, by=by)
    turns.end(request, "reopened", by=by)


def _open_again(request: SubjectRequest, *, by: User) -> None:
    request.closed_at = None
    keeping.reopened(request)
    cards.hold(request, by=by)


def take_note(request: SubjectRequest, *, text: str, by: User, seen_revision: int) -> None:
    """What the staff write for themselves about a request."""
    turns.take(request, seen_revision=seen_revision)
    turns.applicant_of(request).note = text or None
    turns.end(request, "noted", by=by)
