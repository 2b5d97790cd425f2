"""Taking a request in, adding a later letter to it, and keeping its term right."""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from crm.accounts import queries as accounts
from crm.accounts.models import LegalEntity, User
from crm.accounts.queries import hashed
from crm.audit import commands as audit
from crm.audit.models import Action, ActorKind
from crm.clients import commands as clients
from crm.clients.models import Client
from crm.core import transaction
from crm.core.clock import now
from crm.core.db import db
from crm.core.files import Attachment
from crm.core.personal import SubjectKey
from crm.subject_requests import handling, policy, queries
from crm.subject_requests.models import (
    Applicant,
    MessageRole,
    RequestCard,
    RequestKind,
    RequestMessage,
    RequestState,
    RequestStep,
    Step,
    SubjectRequest,
    Way,
)


@dataclass(frozen=True)
class Contact:
    """Who asks, as far as the request says it."""

    full_name: str = ""
    email: str = ""
    phone: str = ""
    facts: str = ""
    """What ties the person to the operator: a contract, a receipt."""


@dataclass(frozen=True)
class Words:
    """What was written, and what must be known to answer in the same thread."""

    text: str
    subject: str = ""
    quoted: str = ""
    sender: str = ""
    message_id: str = ""
    references: str = ""
    file_names: tuple[str, ...] = ()
    scan: Attachment | None = None


@dataclass(frozen=True)
class Found:
    """A card that a request may be about, and whether nobody else can be meant."""

    client: Client
    is_certain: bool = False
    is_confirmed: bool = False
    """A human said so, or the person proved it."""


@dataclass
class Registered:
    """A request that was taken in, and the word by which its page is found: nobody can read it from the base."""

    request: SubjectRequest
    token: str = field(repr=False)


def register(
    contact: Contact,
    words: Words,
    *,
    way: Way,
    kind: RequestKind,
    received_at: datetime | None = None,
    proposed: RequestKind | None = None,
    found: Iterable[Found] = (),
    by: User | None = None,
    entity: LegalEntity | None = None,
    subject_key: SubjectKey | None = None,
    source_id: uuid.UUID | None = None,
    token: str = "",
) -> Registered:
    """Write a request into the journal, who asked and in which words beside it; act at once where the law wants it.

    The clock starts at `received_at` (now, unless told). `by` is the staff member who wrote it down, `token` the word
    of its page where that must be a known one.
    """
    transaction.one_at_a_time()
    token, moment = token or secrets.token_hex(20), received_at or now()
    request = SubjectRequest(
        number=queries.next_number(),
        entity=entity or accounts.main_entity(),
        kind=kind,
        proposed=proposed,
        way=way,
        received_at=moment,
        responsible=by,
        source_id=source_id,
        token_hash=hashed(token),
    )
    request.due_on = policy.next_due(policy.Facts(kind, moment), queries.calendar())
    key = subject_key or SubjectKey.fresh()
    db.session.add_all([request, key, _applicant(request, key, contact)])
    _add(request, key, words, at=moment)
    _tie(request, found)
    _note(request, by)
    return Registered(request, token)


def _tie(request: SubjectRequest, found: Iterable[Found]) -> None:
    db.session.flush()
    for one in found:
        tie(request, one.client, is_confirmed=one.is_confirmed)
        if one.is_certain or one.is_confirmed:
            act_at_once(request, one.client)
    db.session.flush()
    settle(request)


def _note(request: SubjectRequest, by: User | None) -> None:
    actor = ActorKind.STAFF if by else ActorKind.SYSTEM if request.way is Way.EMAIL else ActorKind.VISITOR
    details = {"number": request.number, "kind": request.kind.value, "way": request.way.value}
    audit.note(Action.REQUEST_RECEIVED, by=by.id if by else None, kind=actor, subject=request.id, details=details)


def _applicant(request: SubjectRequest, key: SubjectKey, contact: Contact) -> Applicant:
    applicant = Applicant(request=request, subject_key=key)
    applicant.full_name, applicant.email = contact.full_name or None, contact.email or None
    applicant.phone, applicant.facts = contact.phone or None, contact.facts or None
    return applicant


def _add(request: SubjectRequest, key: SubjectKey, words: Words, *, at: datetime) -> RequestMessage:
    message = RequestMessage(request=request, subject_key=key, role=MessageRole.REQUEST, is_ours=False, at=at)
    message.text, message.subject, message.quoted = words.text, words.subject, words.quoted
    message.sender, message.message_id, message.references = words.sender, words.message_id, words.references
    message.file_names = list(words.file_names)
    message.scan = words.scan
    db.session.add(message)
    return message


def join(request: SubjectRequest, words: Words, *, at: datetime | None = None) -> RequestMessage:
    """Add a later letter of the same person to a request that is open; its date never moves.

    One that was answered already is in work again: what the letter asks must be looked at.
    """
    transaction.one_at_a_time()
    applicant = queries.applicant_of(request)
    if applicant is None:
        raise ValueError("the person of this request is forgotten already")
    message = _add(request, applicant.subject_key, words, at=at or now())
    if request.state is RequestState.ANSWERED:
        request.state = RequestState.IN_WORK
    settle(request)
    audit.note(Action.REQUEST_CHANGED, kind=ActorKind.SYSTEM, subject=request.id, details={"what": "joined"})
    return message


def tie(request: SubjectRequest, client: Client, *, is_confirmed: bool) -> RequestCard:
    """Say that a request is about this card."""
    card = RequestCard(request=request, client_id=client.id, is_confirmed=is_confirmed)
    db.session.add(card)
    return card


def act_at_once(request: SubjectRequest, client: Client) -> None:
    """What the law wants from the moment of contact: advertising stops, the data is blocked while it is checked."""
    if request.kind in handling.STOPS_MARKETING:
        clients.stop_marketing(client, at=request.received_at)
    if request.kind in handling.BLOCKING:
        clients.block(client, at=request.received_at)


def mark(request: SubjectRequest, step: Step, *, by: User | None, is_needless: bool = False) -> None:
    """Write down that a step is done, or need not be done."""
    if db.session.query(RequestStep).filter_by(request_id=request.id, step=step).first() is None:
        by_id = by.id if by else None
        db.session.add(RequestStep(request_id=request.id, step=step, by_id=by_id, is_needless=is_needless))


def settle(request: SubjectRequest) -> None:
    """After any change: the soonest day by which something must be done, and a new revision.

    While nobody has confirmed what is asked for, that is no later than the shortest term of an answer.
    """
    facts, calendar = policy.Facts.of(request, queries.done(request)), queries.calendar()
    request.due_on = policy.next_due(facts, calendar)
    if request.state is RequestState.NEW:
        request.due_on = min(request.due_on, policy.due(policy.Clock.ACCESS, request.received_at, calendar))
    request.revision += 1
