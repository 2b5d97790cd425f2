"""Letters as they came: kept sealed for a short time, shown to the staff, destroyed when nobody needs them any more."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from crm.accounts.models import User
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import transaction
from crm.core.db import db
from crm.core.personal import SubjectKey
from crm.erasure import commands as erasure
from crm.subject_requests import keeping
from crm.subject_requests.models import SubjectRequest
from crm.subject_requests.parsing import BEGINNING, LARGEST, Parsed
from crm.subject_requests.post import Fate, ReceivedLetter, TakenLetter, Why

MOST_OF_MANY = 1024 * 1024
"""Bytes that are kept of a letter that is one of too many: a flood must not fill the disk."""


class AlreadyDecided(Exception):
    """Somebody else has just said what the letter is."""


def keep(
    taken: TakenLetter, key: SubjectKey, raw: bytes, *, size: int, at: datetime, until: date | None = None
) -> ReceivedLetter:
    """Keep a letter, or the beginning of one that is too large."""
    most = {Why.TOO_MANY: MOST_OF_MANY, Why.TOO_LARGE: BEGINNING}.get(taken.why or Why.EMPTY, LARGEST)
    letter = ReceivedLetter(taken=taken, subject_key=key, size=size, created_at=at, kept_until=until)
    letter.enclose(raw[:most])
    db.session.add(letter)
    return letter


def keep_aside(taken: TakenLetter, raw: bytes, parsed: Parsed, *, size: int, at: datetime) -> ReceivedLetter:
    """Keep a letter that no request holds, with what could be read of it, under a key of its own."""
    key = SubjectKey.fresh()
    db.session.add(key)
    letter = keep(taken, key, raw, size=size, at=at, until=keeping.last_day_of_letters())
    letter.sender, letter.subject, letter.text = parsed.sender, parsed.subject, parsed.text
    letter.file_names = list(parsed.file_names)
    return letter


def letter(letter_id: uuid.UUID) -> ReceivedLetter | None:
    """The letter of this key, unless it was destroyed."""
    return db.session.get(ReceivedLetter, letter_id, options=[joinedload(ReceivedLetter.taken)])


def letters_of(request: SubjectRequest, *, limit: int = 50) -> Sequence[ReceivedLetter]:
    """The originals of a request that are still kept, the oldest first."""
    rows = select(ReceivedLetter).join(ReceivedLetter.taken).options(contains_eager(ReceivedLetter.taken))
    rows = rows.where(TakenLetter.request_id == request.id).order_by(ReceivedLetter.id)
    return db.session.scalars(rows.limit(limit)).all()


def aside(*, before: uuid.UUID | None = None, limit: int = 20) -> Sequence[ReceivedLetter]:
    """Letters that a human must look at, the latest first, older than `before`."""
    rows = select(ReceivedLetter).join(ReceivedLetter.taken).options(contains_eager(ReceivedLetter.taken))
    rows = rows.where(TakenLetter.fate == Fate.ASIDE).order_by(ReceivedLetter.id.desc()).limit(limit)
    return db.session.scalars(rows.where(ReceivedLetter.id < before) if before else rows).all()


def number_aside(*, most: int = 1000) -> int:
    """How many letters wait for a human, counted up to `most`."""
    kept = select(TakenLetter.id).join(ReceivedLetter, ReceivedLetter.taken_id == TakenLetter.id)
    some = kept.where(TakenLetter.fate == Fate.ASIDE).limit(most).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def dropped_since(moment: datetime) -> dict[Why, int]:
    """How many letters were dropped since then, by why."""
    rows = select(TakenLetter.why, func.count()).where(TakenLetter.fate == Fate.DROPPED)
    counted = db.session.execute(rows.where(TakenLetter.created_at >= moment).group_by(TakenLetter.why))
    return {why: number for why, number in counted if why is not None}


def destroy(letter: ReceivedLetter, *, by: User) -> None:
    """Destroy the original of a request now; what the request holds of it stays."""
    transaction.one_at_a_time()
    _destroy(letter, by=by)


def reject(letter: ReceivedLetter, *, by: User) -> None:
    """A letter put aside is no request: it is destroyed. That it was taken stays known. AlreadyDecided."""
    must_be_aside(letter)
    letter.taken.fate = Fate.DROPPED
    _destroy(letter, by=by)


def must_be_aside(letter: ReceivedLetter) -> None:
    """Nobody else decides about this letter any more; AlreadyDecided if somebody has."""
    transaction.one_at_a_time()
    taken = db.session.get_one(TakenLetter, letter.taken_id, populate_existing=True)
    if taken.fate is not Fate.ASIDE:
        raise AlreadyDecided


def _destroy(letter: ReceivedLetter, *, by: User) -> None:
    subject = letter.taken.request_id or letter.id
    keeping.destroy_letter(letter)
    erasure.wipe_journal()
    audit.note(Action.ORIGINALS_DESTROYED, by=by.id, subject=subject, details={"letters": 1})
