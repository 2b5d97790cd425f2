"""Letters out of the operator's mailbox: each taken once, in a transaction of its own, marked on the server after that.

How far a folder was read moves in the transaction that takes a letter, and how far its letters were marked in the next
one. So a worker that is killed loses nothing: what was not taken is read again, what was not marked is marked again,
and what comes twice all the same is known by its digest (intake.py).
"""

import logging
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import desc, func, select
from sqlalchemy.exc import InterfaceError, OperationalError

from crm.core import jobs, transaction
from crm.core.clock import now
from crm.core.db import db
from crm.core.letters import Fault, Undelivered
from crm.mail import imap, inbox, policy, queries
from crm.mail.models import Afterwards, MailFolder
from crm.subject_requests import intake
from crm.subject_requests.post import Fate, TakenLetter, Why

BATCH, TURN_SECONDS = 50, 60.0
"""Letters that one job takes, and after what time it begins no other, before other operators have their turn."""
MOST_TRIES = 5
"""So often a letter may break the talk off before it is put aside unseen: others wait behind it."""
MOST_LOOKS = 100
"""Ranges of UIDs that are searched in one turn: of a server that claims to hold thousands of millions of letters."""
COUNTED_DAYS = 30
BROKEN_OFF = (Fault.CLOSED, Fault.TIME, Fault.CONNECTION, Fault.TLS)

log = logging.getLogger(__name__)


@dataclass
class Turn:
    """What one job may still do, and what went wrong on the way without ending it."""

    left: int = BATCH
    looks: int = MOST_LOOKS
    ends_at: float = field(default_factory=lambda: time.monotonic() + TURN_SECONDS)
    fault: Fault | None = None
    can_mark: bool = True
    """Letters can be marked or moved; no longer once the server refused it."""

    @property
    def is_spent(self) -> bool:
        """Whether other operators have their turn now."""
        return self.left <= 0 or self.looks <= 0 or time.monotonic() >= self.ends_at

    @property
    def is_over(self) -> bool:
        """Whether nothing new is begun."""
        return self.is_spent or jobs.here().is_stopping


@dataclass(frozen=True)
class Task:
    """A folder to be read, and what is done with a letter afterwards; empty `move_to`: it is marked."""

    folder_id: uuid.UUID
    name: str
    move_to: str


@dataclass(frozen=True)
class Place:
    """How far a folder was read, and how far its letters were marked, under this UID validity."""

    folder_id: uuid.UUID
    uid_validity: int
    last_uid: int
    done_uid: int
    since_on: date

    def of(self, uid: int) -> dict[str, Any]:
        """Where a letter of it lies, as the intake writes it down."""
        return {"folder_id": self.folder_id, "uid_validity": self.uid_validity, "uid": uid}


@jobs.every(minutes=5)
def sweep() -> None:
    """Have the mailbox read, if there is one and it is its time."""
    mailbox = queries.mailbox()
    if mailbox and policy.is_time_to_read(mailbox, now()):
        poll.later()


@jobs.job
def poll() -> None:
    """Take what has come into the present operator's mailbox."""
    with transaction.of_its_own():
        mailbox = queries.mailbox()
        if mailbox is None or not mailbox.is_on:
            return
        server = inbox.server(mailbox)
        move_to = mailbox.move_to if mailbox.afterwards is Afterwards.MOVE else ""
        tasks = [Task(one.id, one.name, move_to) for one in queries.folders(mailbox)]
    turn = Turn()
    try:
        with imap.connected(server) as reader:
            for task in tasks:
                _read(reader, task, turn)
    except Undelivered as refusal:
        turn.fault = refusal.fault
    _note(turn)
    if turn.is_spent and turn.fault not in BROKEN_OFF:
        poll.later()


def not_requests() -> list[tuple[Fate, Why | None, int]]:
    """How many letters of the last days were put aside or dropped, by reason, the most frequent first."""
    since = now() - timedelta(days=COUNTED_DAYS)
    counted = select(TakenLetter.fate, TakenLetter.why, func.count().label("number"))
    those = counted.where(TakenLetter.fate.in_([Fate.ASIDE, Fate.DROPPED]), TakenLetter.created_at >= since)
    rows = db.session.execute(those.group_by(TakenLetter.fate, TakenLetter.why).order_by(desc("number")))
    return [(fate, why, number) for fate, why, number in rows]


def _note(turn: Turn) -> None:
    with transaction.of_its_own():
        transaction.one_at_a_time()
        if mailbox := queries.mailbox():
            mailbox.polled_at, mailbox.fault = now(), turn.fault
            if turn.fault is None:
                mailbox.worked_at = now()


def _read(reader: imap.Reader, task: Task, turn: Turn) -> None:
    """Take the new letters of one folder, as many as the turn allows."""
    try:
        opened = reader.open(task.name)
    except imap.NoFolder as refusal:
        turn.fault = refusal.fault
        return _miss(task)
    place = _begin(task, opened)
    if place is None:
        return None
    visit = Visit(reader, task, place, turn)
    try:
        visit.mark_the_rest()
        visit.take_new(opened.next_uid)
    finally:
        visit.settle()
    return None


class Visit:
    """A visit to one folder."""

    def __init__(self, reader: imap.Reader, task: Task, place: Place, turn: Turn) -> None:
        self._reader, self._task, self._place, self._turn = reader, task, place, turn
        self._done_uid = place.done_uid

    def take_new(self, next_uid: int) -> None:
        """Take one letter after another and mark each."""
        for uid in self._waiting(next_uid):
            try:
                letter = self._reader.letter(uid)
            except Undelivered as refusal:
                _failed(self._place, uid)
                if refusal.fault in BROKEN_OFF:
                    raise
                self._turn.fault = refusal.fault
                return
            if _take(self._place, uid, letter):
                self._mark(uid)
            self._turn.left -= 1

    def mark_the_rest(self) -> None:
        """Mark letters that were taken when the worker was killed or the server refused it."""
        while self._turn.can_mark and not self._turn.is_over and (rest := _unmarked(self._place, self._done_uid)):
            for uid in rest:
                self._mark(uid)

    def settle(self) -> None:
        """Write down how far letters are marked."""
        with transaction.of_its_own():
            transaction.one_at_a_time()
            folder = db.session.get(MailFolder, self._place.folder_id)
            if folder and folder.uid_validity == self._place.uid_validity:
                folder.done_uid = max(folder.done_uid, self._done_uid)

    def _waiting(self, next_uid: int) -> Iterator[int]:
        """UIDs of the letters to be taken, in their order, until the turn is over."""
        first = self._place.last_uid + 1
        while first < next_uid and not self._turn.is_over:
            last = min(first + imap.AT_ONCE, next_uid) - 1
            self._turn.looks -= 1
            for uid in self._reader.uids(first, last, self._place.since_on):
                if self._turn.is_over:
                    return
                yield uid
            with transaction.of_its_own():
                if folder := _still(self._place, last):
                    folder.last_uid = last
            first = last + 1

    def _mark(self, uid: int) -> None:
        if not self._turn.can_mark:
            return
        try:
            if self._task.move_to:
                self._reader.move(uid, self._task.move_to)
            else:
                self._reader.mark(uid)
        except Undelivered as refusal:
            if refusal.fault in BROKEN_OFF:
                raise
            self._turn.fault, self._turn.can_mark = refusal.fault, False
        else:
            self._done_uid = uid


def _miss(task: Task) -> None:
    with transaction.of_its_own():
        transaction.one_at_a_time()
        if folder := db.session.get(MailFolder, task.folder_id):
            folder.is_missing = True


def _begin(task: Task, opened: imap.Opened) -> Place | None:
    """How far the folder was read; from its beginning if the server counts anew. None if it is read no longer."""
    with transaction.of_its_own():
        transaction.one_at_a_time()
        folder = db.session.get(MailFolder, task.folder_id)
        if folder is None:
            return None
        folder.is_missing = False
        if folder.uid_validity != opened.uid_validity or folder.last_uid >= opened.next_uid:
            folder.uid_validity = opened.uid_validity
            folder.last_uid = folder.done_uid = folder.tries = 0
        return Place(folder.id, opened.uid_validity, folder.last_uid, folder.done_uid, folder.since_on)


def _still(place: Place, uid: int) -> MailFolder | None:
    """The folder, unless another process has come as far as this letter meanwhile or the mailbox was changed."""
    transaction.one_at_a_time()
    folder = db.session.get(MailFolder, place.folder_id, populate_existing=True)
    if folder is None or folder.uid_validity != place.uid_validity or folder.last_uid >= uid:
        return None
    return folder


def _take(place: Place, uid: int, letter: imap.Fetched | None) -> bool:
    """Take one letter (None: it is gone), and move on behind it; whether there is something to be marked."""
    try:
        with transaction.of_its_own():
            folder = _still(place, uid)
            if folder and letter:
                why = None if letter.is_whole else Why.TOO_LARGE
                intake.take(letter.raw, why=why, arrived_at=letter.arrived_at, size=letter.size, **place.of(uid))
            if folder:
                folder.last_uid, folder.tries = uid, 0
        return folder is not None and letter is not None
    except (OperationalError, InterfaceError):
        raise  # the database, not the letter: it is taken another time
    except Exception:
        log.exception("a letter could not be taken and is put aside")
        return _put_aside(place, uid, letter)


def _put_aside(place: Place, uid: int, letter: imap.Fetched | None) -> bool:
    """Write down that a letter is there that a human must look at, and move on behind it."""
    with transaction.of_its_own():
        folder = _still(place, uid)
        if folder:
            intake.put_aside(letter.raw if letter else b"", why=Why.UNREADABLE, **place.of(uid))
            folder.last_uid, folder.tries = uid, 0
        return folder is not None


def _failed(place: Place, uid: int) -> None:
    """A letter could not be fetched: after so many times in a row it is put aside, and others have their turn."""
    with transaction.of_its_own():
        folder = _still(place, uid)
        if folder:
            folder.tries += 1
        is_hopeless = folder is not None and folder.tries >= MOST_TRIES
    if is_hopeless:
        log.error("a letter breaks off every talk with its mail server and is put aside unseen")
        _put_aside(place, uid, None)


def _unmarked(place: Place, done_uid: int) -> list[int]:
    """UIDs of letters that were taken behind that one, in their order."""
    taken = select(TakenLetter.uid).filter_by(folder_id=place.folder_id, uid_validity=place.uid_validity)
    with transaction.of_its_own():
        rows = db.session.scalars(taken.where(TakenLetter.uid > done_uid).order_by(TakenLetter.uid).limit(BATCH))
        return [uid for uid in rows if uid is not None]
