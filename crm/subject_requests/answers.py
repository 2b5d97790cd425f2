"""Letters of the staff about a request (drafts.py) as they go: sent in the thread, and never changed again.

An answer counts from the moment its letter left, not from the button: `settle_answers` watches the letter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Select, or_, select, update

from crm.accounts.models import User
from crm.audit import commands as audit
from crm.audit.models import Action, ActorKind
from crm.core import files as kept_files
from crm.core import jobs, outbox, transaction
from crm.core.clock import MOSCOW, now, today
from crm.core.db import db
from crm.core.letters import File, Letter, LetterState
from crm.subject_requests import drafts, notices, queries, turns
from crm.subject_requests.drafts import NotReady, Unready
from crm.subject_requests.models import (
    Identity,
    MessageRole,
    Outcome,
    RequestMessage,
    RequestState,
    SubjectRequest,
    Way,
)
from crm.subject_requests.samples import DECIDING, Matter
from crm.subject_requests.wording import TO_FILL

BATCH = 100


@dataclass(frozen=True)
class Handing:
    """How an answer was given otherwise than by a letter of ours, and what proves it."""

    way: Way
    on: date
    scan_name: str = ""
    scan: bytes = b""


def needs_proof(message: RequestMessage) -> bool:
    """Whether the letter gives data away, and nothing shows yet that its mailbox is the person's own.

    A code that came back shows whose the mailbox is, not whose the card: strangers prove their own.
    """
    if (message.options or {}).get("matter") != Matter.ACCESS:
        return False
    request, applicant = message.request, queries.applicant_of(message.request)
    if request.identity not in (None, Identity.CODE) or applicant is None:
        return False
    email = (applicant.email or "").casefold()
    sure = [one.client for one in queries.cards_of(request) if one.card.is_confirmed and one.client]
    is_own = sure and all((one.email or "").casefold() == email and not one.is_joined_by_phone for one in sure)
    return not (email and is_own)


def unready(message: RequestMessage, *, is_checked: bool = False) -> Unready | None:
    """What keeps a letter from going as it stands."""
    applicant = queries.applicant_of(message.request)
    if not (message.text or "").strip() or not (message.subject or "").strip():
        return Unready.EMPTY
    if TO_FILL.search(message.text or ""):
        return Unready.TO_FILL
    if applicant is None or not applicant.email:
        return Unready.NO_ADDRESS
    options = message.options or {}
    if options.get("matter") == Matter.ACCESS and not options.get("copy"):
        return Unready.NO_COPY
    return Unready.NOT_CHECKED if needs_proof(message) and not is_checked else None


def send(
    message: RequestMessage, *, by: User, seen_revision: int, files: Sequence[File] = (), is_checked: bool = False
) -> Letter:
    """Write the letter into the outbox, to the mailbox of who asked and to no other; from now on it never changes.

    `files` are what `enclosing.files_of` made of the draft. NotReady, ChangedMeanwhile, NotAllowed; BadHeader where the
    address is none.
    """
    request = drafts.take_turn(message, seen_revision)
    turns.must_be_open(request)
    if why := unready(message, is_checked=is_checked):
        raise NotReady(why)
    applicant, (in_reply_to, references, reply_to) = turns.applicant_of(request), notices.thread(request)
    letter = outbox.write(
        applicant.subject_key,
        to=applicant.email or "",
        subject=message.subject or "",
        text=message.text or "",
        key=f"answer:{message.id.hex}",
        is_by_hand=True,
        files=files,
        in_reply_to=in_reply_to,
        references=references,
        reply_to=reply_to,
    )
    if message.role is MessageRole.EXTENSION:
        _extend(request, message)
    message.letter, message.sender = letter, applicant.email
    _finish(message, by=by, files=files)
    if message.role in DECIDING:
        turns.move(request, RequestState.ANSWERING)
        _forget_undelivered(request, message)
    turns.end(request, "written", by=by, role=message.role.value, files=len(files), ticked=is_checked)
    return letter


def _extend(request: SubjectRequest, message: RequestMessage) -> None:
    """Five working days more, once: they are given by this very notice (art. 14(3), 20(1), 21(5.1))."""
    drafts.must_be_extendable(request)
    if request.extended_at is None:
        turns.applicant_of(request).extended_because = (message.options or {}).get("because")
        request.extended_at = now()


def hand_over(message: RequestMessage, handing: Handing, *, by: User, seen_revision: int) -> None:
    """The answer was given on paper, by phone or in person, on that day. NotReady, files.Refused."""
    request = drafts.take_turn(message, seen_revision)
    turns.must_be_open(request)
    turns.must(request.received_at.astimezone(MOSCOW).date() <= handing.on <= today())
    why = unready(message, is_checked=True)
    if why in (Unready.EMPTY, Unready.TO_FILL):
        raise NotReady(why)
    if handing.scan:
        key = turns.applicant_of(request).subject_key
        message.scan = kept_files.keep(key, name=handing.scan_name, content=handing.scan)
    if message.role is MessageRole.EXTENSION:
        _extend(request, message)
    _finish(message, by=by)
    message.at = min(now(), max(request.received_at, datetime.combine(handing.on, time(12), MOSCOW)))
    message.options = (message.options or {}) | {"way": handing.way.value}
    if message.role in DECIDING:
        turns.move(request, RequestState.ANSWERED)
        request.answered_at = message.at
    turns.end(request, "handed_over", by=by, action=Action.REQUEST_ANSWERED, role=message.role.value)


def _finish(message: RequestMessage, *, by: User, files: Sequence[File] = ()) -> None:
    """What is written stays as it is: the proof."""
    message.is_draft, message.at, message.by_id = False, now(), by.id
    message.file_names = [file.name for file in files]
    if message.role is MessageRole.REFUSAL:
        message.request.outcome = Outcome.REFUSED
    elif message.role is MessageRole.ANSWER:
        is_nothing = (message.options or {}).get("matter") == Matter.NOTHING_HELD
        message.request.outcome = Outcome.NOTHING_HELD if is_nothing else Outcome.FULFILLED


def _forget_undelivered(request: SubjectRequest, message: RequestMessage) -> None:
    """Earlier answers that could not be delivered must not go after this one."""
    earlier = select(RequestMessage.letter_id).where(
        RequestMessage.request_id == request.id,
        RequestMessage.id != message.id,
        RequestMessage.role.in_(DECIDING),
        RequestMessage.letter_id.is_not(None),
    )
    left = update(Letter).where(Letter.id.in_(earlier), Letter.state != LetterState.SENT)
    db.session.execute(left.values(state=LetterState.LEFT))


@jobs.every(minutes=1)
def settle_answers() -> None:
    """Look what became of the letters that answer: one that left makes its request answered, one that was given up
    brings the request back to the staff."""
    for message_id in db.session.scalars(_decided().with_only_columns(RequestMessage.id).limit(BATCH)).all():
        with transaction.of_its_own():
            transaction.one_at_a_time()
            found = _decided().where(RequestMessage.id == message_id).execution_options(populate_existing=True)
            if message := db.session.scalar(found):
                _settle(message)


def _decided() -> Select[RequestMessage]:
    is_newer = or_(SubjectRequest.answered_at.is_(None), Letter.sent_at > SubjectRequest.answered_at)
    went = (Letter.state == LetterState.SENT) & is_newer
    went &= SubjectRequest.state.in_((RequestState.ANSWERING, RequestState.IN_WORK))
    gone = Letter.state.in_((LetterState.GIVEN_UP, LetterState.LEFT)) & (SubjectRequest.state == RequestState.ANSWERING)
    newest = select(RequestMessage.letter_id).where(
        RequestMessage.request_id == SubjectRequest.id,
        RequestMessage.role.in_(DECIDING),
        RequestMessage.letter_id.is_not(None),
    )
    newest = newest.order_by(RequestMessage.id.desc()).limit(1).correlate(SubjectRequest)
    return (
        select(RequestMessage)
        .join(RequestMessage.request)
        .join(RequestMessage.letter)
        .where(RequestMessage.role.in_(DECIDING), Letter.id == newest.scalar_subquery(), went | gone)
        .order_by(RequestMessage.id)
    )


def _settle(message: RequestMessage) -> None:
    request, letter = message.request, message.letter
    if letter is not None and letter.state is LetterState.SENT:
        request.state, request.answered_at = RequestState.ANSWERED, letter.sent_at
        action, what = Action.REQUEST_ANSWERED, "answered"
    else:
        request.state, request.outcome = RequestState.IN_WORK, None
        action, what = Action.REQUEST_CHANGED, "undelivered"
    drafts.changed(request)
    audit.note(action, kind=ActorKind.SYSTEM, subject=request.id, details={"what": what})


def undelivered(request: SubjectRequest) -> RequestMessage | None:
    """The letter of ours that was given up and for which none went since: to be said loudly."""
    rows = select(RequestMessage).join(RequestMessage.letter).where(RequestMessage.request_id == request.id)
    newest = db.session.scalar(rows.order_by(RequestMessage.id.desc()).limit(1))
    is_gone = newest and newest.letter and newest.letter.state in (LetterState.GIVEN_UP, LetterState.LEFT)
    return newest if is_gone else None
