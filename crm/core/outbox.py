"""Letters: a row first, in the transaction of what caused it; sent after the commit, once; retried, given up visibly.

An attempt is claimed in a transaction of its own before a word is said to the mail server, and marked in another one
after its answer, so no transaction is open meanwhile. The claim is a lease: should its process be killed, the letter is
free again after LEASE and goes once more, with the same Message-ID, by which mail servers and programs know it again.
"""

import re
import uuid
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy import ScalarSelect, Select, delete, func, select, update

from crm.core import jobs, transaction
from crm.core.clock import now
from crm.core.db import db
from crm.core.letters import (
    LONGEST_SUBJECT,
    MOST_ATTEMPTS,
    BadHeader,
    Fault,
    File,
    Letter,
    LetterFile,
    LetterState,
    Sender,
    Undelivered,
    checked,
    checked_files,
    checked_text,
    checked_thread,
    in_ascii,
    message,
)
from crm.core.personal import SubjectKey

LEASE = timedelta(minutes=5)
"""Longer than one attempt can take: see LONGEST_SECONDS of the room that carries letters."""
BATCH, TURN = 50, timedelta(seconds=30)
"""Letters that one job sends, and after what time it begins no other, before other operators have their turn."""
MOST_COUNTED = 1000
LONGEST_KEY = 100
KEY = re.compile(r"([a-z][a-z_]{0,39})(:[0-9A-Za-z_-]+)*")


class Post(Protocol):
    """An open connection to the operator's mail server."""

    sender: Sender

    def send(self, message: EmailMessage) -> None:
        """Hand one message over; Undelivered with Fault.CLOSED or TIME ends the connection."""


Carrier = Callable[[], AbstractContextManager[Post] | None]
"""Opens the present operator's mail server (Undelivered if it cannot be reached); None while none is set up."""


@dataclass(frozen=True)
class Figures:
    """How many letters wait and were given up, counted up to MOST_COUNTED."""

    waiting: int
    given_up: int


@dataclass(frozen=True)
class Attempt:
    """A letter in hand: which, for which time, and what goes over the wire."""

    letter_id: uuid.UUID
    number: int
    message: EmailMessage


def init_app(app: Flask, carrier: Carrier) -> None:
    """Tell the outbox who carries letters."""
    app.extensions["carrier"] = carrier


def write(
    subject_key: SubjectKey,
    *,
    to: str,
    subject: str,
    text: str,
    key: str,
    reply_to: str = "",
    in_reply_to: str = "",
    references: str = "",
    is_by_hand: bool = False,
    files: Sequence[File] = (),
) -> Letter:
    """Write a letter to the person of this key, to be sent once the transaction is committed.

    `key` names its cause: the kind of letter, then ids, as in "receipt:018f…"; under a key already used the letter that
    is there is returned and nothing is written. With `in_reply_to` it goes into the thread of the letter of that
    Message-ID. `is_by_hand`: somebody of the staff wrote it or read it.

    BadHeader if anything could break out of its header; TooLarge if the files are.
    """
    kind = KEY.fullmatch(key)
    if kind is None or len(key) > LONGEST_KEY:
        raise ValueError("the key of a letter is a word and ids")
    if len(checked(subject)) > LONGEST_SUBJECT:
        raise BadHeader("too long")
    if letter := _written(key):
        return letter
    letter = Letter(key=key, kind=kind[1], state=LetterState.WAITING, attempts=0, next_attempt_at=now(), message_id="")
    letter.subject_key = subject_key
    letter.to, letter.subject, letter.text = checked(to), subject, checked_text(text)
    letter.reply_to = in_ascii(reply_to) if reply_to else None
    letter.in_reply_to, letter.references = checked_thread(in_reply_to) or None, checked_thread(references) or None
    letter.is_by_hand = is_by_hand or None
    db.session.add_all([letter, *(_enclosed(letter, file) for file in checked_files(files))])
    deliver.later()
    return letter


def _enclosed(letter: Letter, file: File) -> LetterFile:
    row = LetterFile(letter=letter, subject_key=letter.subject_key, name=file.name, media_type=file.media_type)
    row.enclose(file.content)
    return row


def files_of(letter: Letter) -> Sequence[LetterFile]:
    """The files that go with a letter, by name."""
    return db.session.scalars(select(LetterFile).filter_by(letter_id=letter.id).order_by(LetterFile.name)).all()


def _written(key: str) -> Letter | None:
    for row in db.session.new:
        if isinstance(row, Letter) and row.key == key:
            return row
    with db.session.no_autoflush:  # what caused the letter is still being written
        return db.session.scalar(select(Letter).filter_by(key=key))


def take_back(keys: Collection[str]) -> set[str]:
    """Destroy the letters under these keys, with their files, unless they have gone, and say which those were: what
    caused them is no longer wanted. One that is in somebody's hand at this moment may still go."""
    waiting = Letter.key.in_(keys), Letter.state != LetterState.SENT
    taken = set(db.session.scalars(select(Letter.key).where(*waiting)))
    db.session.execute(delete(LetterFile).where(LetterFile.letter_id.in_(select(Letter.id).where(*waiting))))
    db.session.execute(delete(Letter).where(*waiting))
    return taken


@jobs.job
def deliver() -> None:
    """Send the present operator's letters that are due, over one connection."""
    with transaction.of_its_own():
        opened = current_app.extensions["carrier"]() if _is_any_due() else None
    if opened is None:
        return
    try:
        with opened as post:
            _send_each(post)
    except Undelivered as refusal:  # nobody answered, or not as agreed: no letter was offered
        with transaction.of_its_own():
            transaction.one_at_a_time()
            for letter in db.session.scalars(_due().limit(MOST_COUNTED)):
                letter.attempts += 1
                letter.put_back(Undelivered(refusal.fault))


@jobs.every(minutes=1)
def sweep() -> None:
    """Find what waits: letters whose time has come, and those of a worker that was killed."""
    if _is_any_due():
        deliver.later()


def _send_each(post: Post) -> None:
    ends_at = now() + TURN
    for _ in range(BATCH):
        attempt = None if jobs.here().is_stopping else _claim(post.sender)
        if attempt is None:
            return
        try:
            post.send(attempt.message)
        except Undelivered as refusal:
            _put_back(attempt, refusal)
            if refusal.fault in (Fault.CLOSED, Fault.TIME):
                return
        else:
            _mark_sent(attempt)
        if now() >= ends_at:
            break
    deliver.later()


def _due() -> Select[Letter]:
    due = select(Letter).where(Letter.state == LetterState.WAITING, Letter.next_attempt_at <= now())
    return due.order_by(Letter.next_attempt_at)


def _is_any_due() -> bool:
    return db.session.scalar(_due().with_only_columns(Letter.id).limit(1)) is not None


def _claim(sender: Sender) -> Attempt | None:
    """Take the letter that is due first; until the lease ends nobody else does."""
    with transaction.of_its_own():
        transaction.one_at_a_time()
        while letter := db.session.scalar(_due().limit(1)):
            if letter.attempts >= MOST_ATTEMPTS:  # its last attempt never came back
                letter.put_back(Undelivered(Fault.INTERRUPTED))
                continue
            letter.attempts += 1
            letter.next_attempt_at = now() + LEASE
            try:
                return Attempt(letter.id, letter.attempts, message(letter, sender, files_of(letter)))
            except Undelivered as refusal:
                letter.put_back(refusal)
    return None


def _mark_sent(attempt: Attempt) -> None:
    with transaction.of_its_own():
        if letter := _still_in_hand(attempt):
            letter.state, letter.sent_at, letter.last_error = LetterState.SENT, now(), None


def _put_back(attempt: Attempt, refusal: Undelivered) -> None:
    with transaction.of_its_own():
        if letter := _still_in_hand(attempt):
            letter.put_back(refusal)


def _still_in_hand(attempt: Attempt) -> Letter | None:
    """The letter, unless it was erased meanwhile or the lease ended and somebody else took it."""
    transaction.one_at_a_time()
    letter = db.session.scalar(select(Letter).filter_by(id=attempt.letter_id, state=LetterState.WAITING))
    return letter if letter and letter.attempts == attempt.number else None


def figures() -> Figures:
    """How the present operator's letters stand, in one statement."""

    def counted(state: LetterState) -> ScalarSelect[int]:
        some = select(Letter.id).filter_by(state=state).limit(MOST_COUNTED).subquery()
        return select(func.count()).select_from(some).scalar_subquery()

    waiting, given_up = db.session.execute(select(counted(LetterState.WAITING), counted(LetterState.GIVEN_UP))).one()
    return Figures(waiting, given_up)


def given_up(*, limit: int = 20) -> Sequence[Letter]:
    """The letters that were given up, the latest first."""
    statement = select(Letter).filter_by(state=LetterState.GIVEN_UP).order_by(Letter.id.desc()).limit(limit)
    return db.session.scalars(statement).all()


def leave() -> int:
    """Warn no more of the letters that were given up; how many these were."""
    count = figures().given_up
    db.session.execute(update(Letter).where(Letter.state == LetterState.GIVEN_UP).values(state=LetterState.LEFT))
    return count


def try_again() -> int:
    """Let letters that were given up wait again (how many these were) and those that wait for a later attempt go now.

    Letters whose next attempt is nearer than a lease may be in somebody's hand and are left alone.
    """
    count = figures().given_up
    again = update(Letter).where(Letter.state == LetterState.GIVEN_UP)
    db.session.execute(again.values(state=LetterState.WAITING, attempts=0, next_attempt_at=now()))
    later = update(Letter).where(Letter.state == LetterState.WAITING, Letter.next_attempt_at > now() + LEASE)
    db.session.execute(later.values(next_attempt_at=now()))
    deliver.later()
    return count
