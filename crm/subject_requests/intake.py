"""A letter comes in: it becomes a request, joins an open one, is put aside for a human, or is dropped and counted.

Everything happens in the transaction of whoever calls, so a letter is either taken with all that follows from it or is
still to be taken. None is ever taken twice, and none that a human may have written is dropped.
"""

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from crm.accounts.models import LegalEntity, User
from crm.audit import commands as audit
from crm.audit.models import Action, ActorKind
from crm.clients import commands as clients
from crm.core import keys, transaction
from crm.core.clock import now
from crm.core.db import db
from crm.core.personal import SubjectKey
from crm.erasure import commands as erasure
from crm.subject_requests import (
    commands,
    handling,
    keeping,
    kinds,
    matching,
    notices,
    originals,
    parsing,
    queries,
    senders,
)
from crm.subject_requests.commands import Contact, Found, Words
from crm.subject_requests.kinds import PRECEDENCE, Proposal
from crm.subject_requests.matching import Match
from crm.subject_requests.models import MessageRole, RequestKind, RequestMessage, RequestState, SubjectRequest, Way
from crm.subject_requests.parsing import Parsed
from crm.subject_requests.post import Fate, ReceivedLetter, TakenLetter, Why
from crm.subject_requests.samples import DECIDING

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
DROPPED = {Why.BOUNCE, Why.AUTOMATIC, Why.LOOP}


@dataclass(frozen=True)
class _Coming:
    """A letter on its way in."""

    raw: bytes
    parsed: Parsed
    taken: TakenLetter
    at: datetime
    size: int
    entity: LegalEntity | None = None

    def words(self) -> Words:
        """What it says, as a request holds it."""
        letter = self.parsed
        return Words(
            text=letter.text,
            subject=letter.subject,
            quoted=letter.quoted,
            sender=letter.sender,
            message_id=letter.message_id,
            references=letter.references or letter.in_reply_to,
            file_names=letter.file_names,
        )


def take(
    raw: bytes,
    *,
    why: Why | None = None,
    arrived_at: datetime | None = None,
    size: int | None = None,
    entity: LegalEntity | None = None,
    folder_id: uuid.UUID | None = None,
    uid_validity: int | None = None,
    uid: int | None = None,
) -> TakenLetter:
    """Take a letter, once: one that was taken already is found and nothing is written.

    `arrived_at` is when the mail server got it: the clock starts there if that is before now. What the sender says of
    the date counts for nothing. `why` is a reason to put it aside that the caller knows; `size` is the whole letter's
    where `raw` is only its beginning.
    """
    parsed = parsing.read(raw, own=senders.own_addresses(), size=size)
    digest = _digest(raw, parsed)
    transaction.one_at_a_time()
    if known := db.session.scalar(select(TakenLetter).filter_by(digest=digest)):
        return known
    place = {"folder_id": folder_id, "uid_validity": uid_validity, "uid": uid}
    taken = TakenLetter(digest=digest, fate=Fate.ASIDE, why=why or parsed.why, **place)
    db.session.add(taken)
    coming = _Coming(raw, parsed, taken, _moment(arrived_at), size or len(raw), entity)
    _decide(coming, is_told=why is not None)
    return taken


def put_aside(
    raw: bytes, *, why: Why, folder_id: uuid.UUID | None = None, uid_validity: int | None = None, uid: int | None = None
) -> TakenLetter:
    """Put a letter aside unread: something went wrong when it was to be taken."""
    digest = _digest(raw, Parsed(message_id=f"{folder_id} {uid_validity} {uid}"))
    transaction.one_at_a_time()
    if known := db.session.scalar(select(TakenLetter).filter_by(digest=digest)):
        return known
    place = {"folder_id": folder_id, "uid_validity": uid_validity, "uid": uid}
    taken = TakenLetter(digest=digest, fate=Fate.ASIDE, why=why, **place)
    originals.keep_aside(taken, raw, Parsed(), size=len(raw), at=now())
    return taken


def accept(letter: ReceivedLetter, *, by: User) -> SubjectRequest:
    """A human says that a letter put aside is a request: its clock started when it was taken. AlreadyDecided."""
    originals.must_be_aside(letter)
    raw, taken, size, at = letter.enclosed(), letter.taken, letter.size, letter.created_at
    coming = _Coming(raw, parsing.read(raw, own=senders.own_addresses()), taken, at, size)
    request = senders.open_of(coming.parsed)
    if request is None:
        letter.sender = letter.subject = letter.text = letter.file_names = None
        letter.kept_until = None
        return _register(coming, letter=letter, by=by)
    keeping.destroy_letter(letter)  # it is sealed anew with the key of its request
    erasure.wipe_journal()
    _join(coming, request)
    return request


def _decide(coming: _Coming, *, is_told: bool) -> None:
    """What becomes of a letter."""
    parsed, taken = coming.parsed, coming.taken
    known = senders.open_of(parsed)
    if taken.why is Why.AUTOMATIC and senders.is_regulator(parsed.sender):
        taken.why = None  # a machine makes its letters, and they must be answered all the same
    if taken.why is None and senders.are_too_many(known):
        taken.why = Why.TOO_MANY
    if taken.why in DROPPED and parsed.is_sure and not is_told and not _may_ask(parsed):
        taken.fate, taken.request = Fate.DROPPED, _undelivered(parsed)
    elif taken.why is not None:
        originals.keep_aside(taken, coming.raw, parsed, size=coming.size, at=coming.at)
    elif known is not None:
        _join(coming, known)
    else:
        _register(coming)


def _may_ask(parsed: Parsed) -> bool:
    """Whether a letter that a machine sent asks for something in a person's name: forms of sites write such ones."""
    return parsed.why is Why.AUTOMATIC and kinds.propose(parsed.text, parsed.subject).kind is not RequestKind.OTHER


def _register(coming: _Coming, *, letter: ReceivedLetter | None = None, by: User | None = None) -> SubjectRequest:
    """The letter opens a request."""
    parsed, taken = coming.parsed, coming.taken
    proposal, matches = _read(parsed)
    made = commands.register(
        Contact(full_name=parsed.sender_name, email=parsed.sender),
        coming.words(),
        way=Way.EMAIL,
        kind=proposal.kind,
        proposed=proposal.kind,
        received_at=coming.at,
        found=[Found(match.client, is_certain=match.is_certain) for match in matches],
        entity=coming.entity,
        subject_key=letter.subject_key if letter else None,
        by=by,
    )
    request = made.request
    taken.fate, taken.request = Fate.REQUEST, request
    if letter is None:
        originals.keep(taken, _key_of(request), coming.raw, size=coming.size, at=coming.at)
    _stop_marketing(request, proposal, matches)
    _note_reply_to(request, parsed)
    db.session.flush()
    is_person = by is None and request.kind is not RequestKind.REGULATOR
    if is_person and senders.may_be_told(request, parsed.sender):
        path = f"/request/{request.entity.public_code}/{made.token}"
        notices.acknowledge(request, url=f"{current_app.config['BASE_URL']}{path}")
    return request


def _join(coming: _Coming, request: SubjectRequest) -> None:
    """The letter goes on with a request that is open; what it asks besides is seen to."""
    proposal, matches = _read(coming.parsed)
    commands.join(request, coming.words(), at=coming.at)
    coming.taken.fate, coming.taken.request = Fate.JOINED, request
    originals.keep(coming.taken, _key_of(request), coming.raw, size=coming.size, at=coming.at)
    if request.state is RequestState.NEW and _rank(proposal.kind) < _rank(request.kind):
        request.kind = request.proposed = proposal.kind
    _hold(request, proposal, matches)
    _stop_marketing(request, proposal, matches)
    db.session.flush()
    commands.settle(request)


def _read(parsed: Parsed) -> tuple[Proposal, list[Match]]:
    """What the letter seems to ask for, and whose card it may be about."""
    proposal = kinds.propose(parsed.text, parsed.subject)
    if senders.is_regulator(parsed.sender):
        return Proposal(RequestKind.REGULATOR, is_sure=False, hits=proposal.hits), []
    return proposal, matching.matches(parsed.sender, f"{parsed.subject}\n{parsed.text}", parsed.sender_name)


def _hold(request: SubjectRequest, proposal: Proposal, matches: Sequence[Match]) -> None:
    """A later letter blocks at once as the first does, whatever kind a human confirmed; its card is one of the request,
    so that somebody sees what was done to it."""
    if request.kind is RequestKind.REGULATOR or handling.STOPS_MARKETING.isdisjoint(proposal.kinds):
        return
    tied = {one.card.client_id for one in queries.cards_of(request)}
    for client in [match.client for match in matches if match.is_certain]:
        if client.id not in tied:
            commands.tie(request, client, is_confirmed=False)
        if proposal.kind in handling.BLOCKING:
            clients.block(client, at=request.received_at)


def _stop_marketing(request: SubjectRequest, proposal: Proposal, matches: Sequence[Match]) -> None:
    """Advertising ends at the moment of contact, whatever else the letter asks for."""
    if handling.STOPS_MARKETING.isdisjoint(proposal.kinds) or request.kind is RequestKind.REGULATOR:
        return
    for match in matches:
        if match.is_certain:
            clients.stop_marketing(match.client, at=request.received_at)


def _undelivered(parsed: Parsed) -> SubjectRequest | None:
    """A report says that a letter of ours did not arrive: its request says so too, and is in work again."""
    message = senders.message_sent_as(parsed.reported)
    if message is None:
        return None
    request = message.request
    text = _("Почтовый сервер сообщил, что письмо не доставлено: «%(subject)s».", subject=message.subject or "")
    told = RequestMessage(request=request, subject_key=message.subject_key, is_ours=False, at=now())
    told.role = MessageRole.NOTICE
    told.sender, told.text = parsed.sender, text
    if not senders.are_too_many(request):
        db.session.add(told)
    is_closed_by_it = request.state is RequestState.CLOSED and message.role in DECIDING
    if request.state is RequestState.ANSWERED or is_closed_by_it:
        request.state, request.closed_at = RequestState.IN_WORK, None
        keeping.reopened(request)
    db.session.flush()
    commands.settle(request)
    audit.note(Action.REQUEST_CHANGED, kind=ActorKind.SYSTEM, subject=request.id, details={"what": "undelivered"})
    return request


def _note_reply_to(request: SubjectRequest, parsed: Parsed) -> None:
    """The staff see where the sender wants the answer; by itself it goes to the address that wrote."""
    applicant = queries.applicant_of(request)
    if applicant and parsed.reply_to:
        told = _("В письме просят ответить на другой адрес: %(address)s", address=parsed.reply_to)
        applicant.note = "\n".join(filter(None, (applicant.note, told)))


def _key_of(request: SubjectRequest) -> SubjectKey:
    applicant = queries.applicant_of(request)
    if applicant is None:
        raise ValueError("the person of this request is forgotten already")
    return applicant.subject_key


def _rank(kind: RequestKind) -> int:
    """Of two demands the lower one is seen to first."""
    return PRECEDENCE.index(kind) if kind in PRECEDENCE else len(PRECEDENCE)


def _moment(arrived_at: datetime | None) -> datetime:
    """From when the clock counts: servers that do not know the year are not believed."""
    return min(arrived_at, now()) if arrived_at and arrived_at > EARLIEST else now()


def _digest(raw: bytes, parsed: Parsed) -> bytes:
    """By what a letter is known again, on whatever ways it comes: the headers that servers add do not count."""
    body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    named = parsed.message_id or f"{parsed.sender} {parsed.date} {parsed.subject}"
    return hmac.digest(keys.derived("taken letter"), hashlib.sha256(body).digest() + named.encode(), "sha256")
