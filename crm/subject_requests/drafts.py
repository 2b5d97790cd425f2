"""Letters of the staff while they are being written: begun with a sample, changed, thrown away."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select

from crm.accounts.models import User
from crm.core.clock import now, today
from crm.core.db import db
from crm.core.letters import LONGEST_SUBJECT, checked, checked_text, in_one_line
from crm.subject_requests import commands, policy, queries, turns, wording
from crm.subject_requests.models import MessageRole, RequestMessage, Step, SubjectRequest
from crm.subject_requests.samples import ANSWERS, REFUSALS, TEMPLATES, USUAL, Matter
from crm.subject_requests.wording import Given

RE = "Re: "
SUBJECT = 200


class Unready(StrEnum):
    """Why a letter cannot go yet."""

    EMPTY = "empty"
    TO_FILL = "to_fill"
    NO_ADDRESS = "no_address"
    NO_COPY = "no_copy"
    NOT_CHECKED = "not_checked"
    NOT_EXTENDED = "not_extended"
    COPY_CHANGED = "copy_changed"
    TOO_LARGE = "too_large"


class NotReady(Exception):
    """The letter cannot go, and why; nothing was written."""

    def __init__(self, why: Unready) -> None:
        super().__init__(why.value)
        self.why = why


def draft_of(request: SubjectRequest) -> RequestMessage | None:
    """The letter that is being written, if one is."""
    rows = select(RequestMessage).filter_by(request_id=request.id, is_ours=True, is_draft=True)
    return db.session.scalar(rows.order_by(RequestMessage.id.desc()).limit(1))


def usual(request: SubjectRequest) -> Matter:
    """What is answered when all was done; where the staff said that there is no card, nothing is held."""
    is_known = any(one.card.is_confirmed for one in queries.cards_of(request))
    is_none = Step.CARDS in queries.done(request) and not is_known
    return Matter.NOTHING_HELD if is_none else USUAL.get(request.kind, Matter.OTHER)


def draft(
    request: SubjectRequest,
    role: MessageRole,
    *,
    by: User,
    seen_revision: int,
    matter: Matter = Matter.OTHER,
    given: Given | None = None,
) -> RequestMessage:
    """Begin a letter with its sample, in place of one that was begun and not sent. NotReady, NotAllowed."""
    turns.take(request, seen_revision=seen_revision)
    turns.must_be_open(request)
    applicant, given = turns.applicant_of(request), given or Given()
    if role is MessageRole.EXTENSION:
        turns.must(given.words.strip() or request.extended_at)
        must_be_extendable(request)
    if role is MessageRole.REFUSAL:
        turns.must(given.refusal and (given.words.strip() or not REFUSALS[given.refusal].needs_words))
    if begun := draft_of(request):
        db.session.delete(begun)
    message = RequestMessage(request=request, subject_key=applicant.subject_key, role=role, is_ours=True, at=now())
    message.is_draft, message.by_id = True, by.id
    message.subject = _subject(request)
    message.text = wording.text(request, TEMPLATES.get(role, ANSWERS[matter]), given)
    message.options = {"matter": matter.value if role is MessageRole.ANSWER else "", "because": given.words}
    db.session.add(message)
    changed(request)
    return message


def must_be_extendable(request: SubjectRequest) -> None:
    """NotReady unless the term was made longer already, or still may be: the notice must leave before it ends."""
    facts, calendar = policy.Facts.of(request, queries.done(request)), queries.calendar()
    may = policy.may_extend(facts) and today() <= policy.extend_until(facts, calendar)
    if request.extended_at is None and not may:
        raise NotReady(Unready.NOT_EXTENDED)


def _subject(request: SubjectRequest) -> str:
    """That of the letter it answers, which never grows."""
    rows = select(RequestMessage).filter_by(request_id=request.id, is_ours=False).order_by(RequestMessage.id.desc())
    newest = db.session.scalar(rows.limit(1))
    words = in_one_line((newest.subject or "") if newest else "")
    while words[:3].casefold() in ("re:", "на:"):
        words = words[3:].lstrip()
    return (RE + words)[:SUBJECT] if words else f"Ответ на обращение № {request.number}"


def edit(message: RequestMessage, *, subject: str, text: str, by: User, seen_revision: int) -> None:
    """Change what a letter says before it is sent. ValueError for what no letter can hold."""
    request = take_turn(message, seen_revision)
    message.subject, message.text = checked(subject)[:LONGEST_SUBJECT], checked_text(text)
    message.by_id = by.id
    changed(request)


def choose_copy(
    message: RequestMessage,
    *,
    formats: Sequence[str],
    left_out: Sequence[str],
    whole: Sequence[str],
    digest: str,
    seen_revision: int,
) -> None:
    """The staff read the person's copy and say what of it goes with the letter; without a format none goes."""
    request = take_turn(message, seen_revision)
    chosen = {"formats": list(formats), "left_out": list(left_out), "whole": list(whole), "digest": digest}
    message.options = (message.options or {}) | {"copy": chosen if formats else {}}
    changed(request)


def discard(message: RequestMessage, *, seen_revision: int) -> None:
    """Throw a letter away that was begun."""
    request = take_turn(message, seen_revision)
    db.session.delete(message)
    changed(request)


def take_turn(message: RequestMessage, seen_revision: int) -> SubjectRequest:
    """Only a draft can be changed, and only by who saw it as it is."""
    request, message_id = message.request, message.id
    turns.take(request, seen_revision=seen_revision)
    found = db.session.get(RequestMessage, message_id, populate_existing=True)
    turns.must(found is not None and found.is_draft and found.is_ours)
    return request


def changed(request: SubjectRequest) -> None:
    """After any change of a letter: who has the page open is told."""
    db.session.flush()
    commands.settle(request)
