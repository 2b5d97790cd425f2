"""What the law gives time for (152-FZ art. 14, 20, 21): every term, which request starts which, and what fulfils it.

Nothing stops a clock. Where the law leaves two readings, the earlier day stands.
"""

import calendar as months
from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from flask_babel import gettext as _
from flask_babel import ngettext

from crm.core.clock import MOSCOW
from crm.core.text import N_
from crm.subject_requests.calendar import Calendar
from crm.subject_requests.models import Outcome, RequestKind, RequestState, Step, SubjectRequest


class Clock(StrEnum):
    """What there is a term for."""

    ACCESS = "access"
    REFUSAL = "refusal"
    REPEAT = "repeat"
    CORRECTION = "correction"
    NOT_NEEDED = "not_needed"
    BLOCK = "block"
    STOP_UNLAWFUL = "stop_unlawful"
    ERASE_UNLAWFUL = "erase_unlawful"
    PURPOSE_REACHED = "purpose_reached"
    WITHDRAWN = "withdrawn"
    STOP_PROCESSING = "stop_processing"
    PUT_OFF = "put_off"
    STOP_MARKETING = "stop_marketing"
    STOP_DISTRIBUTION = "stop_distribution"
    STOP_THIRD_PARTIES = "stop_third_parties"
    AUTOMATED = "automated"
    REGULATOR = "regulator"
    INCIDENT = "incident"
    INCIDENT_STUDIED = "incident_studied"
    NOTICE_CHANGED = "notice_changed"
    PROCESSING_ENDED = "processing_ended"
    TOLD = "told"
    """To tell who demanded it that the data is gone: by the day on which it must be."""
    ANSWER = "answer"
    """To tell the person what was done, where the law names no term: the product takes that of access."""


class Unit(StrEnum):
    """In what a term is counted."""

    AT_ONCE = "at_once"
    HOURS = "hours"
    WORKING_DAYS = "working_days"
    DAYS = "days"
    MONTHS = "months"
    DAY_OF_NEXT_MONTH = "day_of_next_month"


@dataclass(frozen=True)
class Term:
    """How long a clock runs, and by how many working days a reasoned letter makes it longer."""

    amount: int
    unit: Unit
    article: str
    extension: int = 0


TERMS = {
    Clock.ACCESS: Term(10, Unit.WORKING_DAYS, N_("ч. 3 ст. 14, ч. 1 ст. 20"), 5),
    Clock.REFUSAL: Term(10, Unit.WORKING_DAYS, N_("ч. 2 ст. 20"), 5),
    Clock.REPEAT: Term(30, Unit.DAYS, N_("ч. 4 ст. 14")),
    Clock.CORRECTION: Term(7, Unit.WORKING_DAYS, N_("ч. 3 ст. 20, ч. 2 ст. 21")),
    Clock.NOT_NEEDED: Term(7, Unit.WORKING_DAYS, N_("ч. 3 ст. 20")),
    Clock.BLOCK: Term(0, Unit.AT_ONCE, N_("ч. 1 ст. 21")),
    Clock.STOP_UNLAWFUL: Term(3, Unit.WORKING_DAYS, N_("ч. 3 ст. 21")),
    Clock.ERASE_UNLAWFUL: Term(10, Unit.WORKING_DAYS, N_("ч. 3 ст. 21")),
    Clock.PURPOSE_REACHED: Term(30, Unit.DAYS, N_("ч. 4 ст. 21")),
    Clock.WITHDRAWN: Term(30, Unit.DAYS, N_("ч. 5 ст. 21")),
    Clock.STOP_PROCESSING: Term(10, Unit.WORKING_DAYS, N_("ч. 5.1 ст. 21"), 5),
    Clock.PUT_OFF: Term(6, Unit.MONTHS, N_("ч. 6 ст. 21")),
    Clock.STOP_MARKETING: Term(0, Unit.AT_ONCE, N_("ч. 2 ст. 15")),
    Clock.STOP_DISTRIBUTION: Term(0, Unit.AT_ONCE, N_("ч. 13 ст. 10.1")),
    Clock.STOP_THIRD_PARTIES: Term(3, Unit.WORKING_DAYS, N_("ч. 14 ст. 10.1")),
    Clock.AUTOMATED: Term(30, Unit.DAYS, N_("ч. 4 ст. 16")),
    Clock.REGULATOR: Term(10, Unit.WORKING_DAYS, N_("ч. 4 ст. 20"), 5),
    Clock.INCIDENT: Term(24, Unit.HOURS, N_("ч. 3.1 ст. 21")),
    Clock.INCIDENT_STUDIED: Term(72, Unit.HOURS, N_("ч. 3.1 ст. 21")),
    Clock.NOTICE_CHANGED: Term(15, Unit.DAY_OF_NEXT_MONTH, N_("ч. 7 ст. 22")),
    Clock.PROCESSING_ENDED: Term(10, Unit.WORKING_DAYS, N_("ч. 7 ст. 22")),
    Clock.TOLD: Term(30, Unit.DAYS, N_("ч. 5 ст. 21")),
    Clock.ANSWER: Term(10, Unit.WORKING_DAYS, N_("ч. 1 ст. 20")),
}
_ALL_GOES = (Clock.STOP_MARKETING, Clock.STOP_PROCESSING, Clock.WITHDRAWN, Clock.TOLD)
"""A withdrawal and a demand to stop usually come in one letter: whichever it is called, the stricter of both."""
STARTS: dict[RequestKind, tuple[Clock, ...]] = {
    RequestKind.ACCESS: (Clock.ACCESS,),
    RequestKind.CORRECTION: (Clock.CORRECTION, Clock.ANSWER),
    RequestKind.ERASURE: _ALL_GOES,
    RequestKind.WITHDRAWAL: _ALL_GOES,
    RequestKind.STOP_PROCESSING: _ALL_GOES,
    RequestKind.STOP_MARKETING: (Clock.STOP_MARKETING, Clock.ANSWER),
    RequestKind.STOP_DISTRIBUTION: (Clock.STOP_DISTRIBUTION, Clock.STOP_THIRD_PARTIES, Clock.ANSWER),
    RequestKind.UNLAWFUL: (Clock.BLOCK, Clock.STOP_MARKETING, Clock.NOT_NEEDED, Clock.ANSWER),
    RequestKind.AUTOMATED: (Clock.AUTOMATED,),
    RequestKind.REGULATOR: (Clock.REGULATOR,),
    RequestKind.OTHER: (Clock.ACCESS,),
}
"""Which clocks the receipt of a request starts; one not understood yet has the shortest term of an answer."""
FOUND = (Clock.STOP_UNLAWFUL, Clock.ERASE_UNLAWFUL)
"""What the finding that the processing is unlawful starts, whatever was asked."""
_FOUND_OF = frozenset(kind for kind, clocks in STARTS.items() if Clock.WITHDRAWN in clocks) | {RequestKind.UNLAWFUL}
"""Kinds whose handling destroys: only there a finding means that the data must go."""
MAY_BE_PUT_OFF = frozenset({Clock.ERASE_UNLAWFUL, Clock.PURPOSE_REACHED, Clock.WITHDRAWN})
"""Destructions for which art. 21(6) gives six months more; that of art. 20(3) is none of them."""
_STOPS = frozenset({Step.BLOCK, Step.ERASE, Step.WITHDRAW})
FULFILLED_BY = {
    Clock.CORRECTION: frozenset({Step.CORRECT, Step.ERASE}),
    Clock.NOT_NEEDED: frozenset({Step.ERASE}),
    Clock.BLOCK: frozenset({Step.BLOCK, Step.ERASE}),
    Clock.STOP_UNLAWFUL: _STOPS,
    Clock.ERASE_UNLAWFUL: frozenset({Step.ERASE}),
    Clock.WITHDRAWN: frozenset({Step.ERASE}),
    Clock.STOP_PROCESSING: _STOPS,
    Clock.PUT_OFF: frozenset({Step.ERASE}),
    Clock.STOP_MARKETING: frozenset({Step.STOP_MARKETING, Step.BLOCK, Step.ERASE}),
    Clock.STOP_DISTRIBUTION: _STOPS,
    Clock.STOP_THIRD_PARTIES: frozenset({Step.TELL_RECIPIENTS}),
}
"""Any of these steps stops the clock for good; those that stand not here are stopped by the answer."""
WHATEVER_ANSWERED = frozenset(FULFILLED_BY) - {Clock.BLOCK}
"""Clocks that an answer alone does not stop: words destroy nothing. A check ends with the answer, and its block too."""


@dataclass(frozen=True)
class Facts:
    """What the terms of one request follow from."""

    kind: RequestKind
    received_at: datetime
    extended_at: datetime | None = None
    found_at: datetime | None = None
    put_off_at: datetime | None = None
    done: Set[Step] = frozenset()
    is_answered: bool = False
    is_refused: bool = False
    """The answer was a refusal."""

    @classmethod
    def of(cls, request: SubjectRequest, done: Set[Step]) -> Self:
        """Those of a request; where nothing is held there is nothing to do but answer."""
        is_answered = Step.ANSWER in done or request.state in (RequestState.ANSWERED, RequestState.CLOSED)
        if is_answered and request.outcome is Outcome.NOTHING_HELD:
            done = frozenset(Step)
        return cls(
            request.kind,
            request.received_at,
            extended_at=request.extended_at,
            found_at=request.found_at,
            put_off_at=request.put_off_at,
            done=done,
            is_answered=is_answered,
            is_refused=is_answered and request.outcome is Outcome.REFUSED,
        )

    def is_done(self, clock: Clock) -> bool:
        """Whether a clock has nothing left to wait for. Advertising alone is never refused to stop."""
        if self.is_refused and clock is not Clock.STOP_MARKETING:
            return True
        steps = FULFILLED_BY.get(clock, frozenset())
        return not steps.isdisjoint(self.done) or (clock not in WHATEVER_ANSWERED and self.is_answered)


@dataclass(frozen=True)
class Deadline:
    """A day by which something must be done."""

    clock: Clock
    due_on: date
    article: str
    is_done: bool


def due(clock: Clock, since: datetime, calendar: Calendar, *, is_extended: bool = False) -> date:
    """The last day (in Moscow) of a term that starts at a moment; the day itself is never counted."""
    term, day = TERMS[clock], since.astimezone(MOSCOW).date()
    match term.unit:
        case Unit.WORKING_DAYS:
            return calendar.after(day, term.amount + (term.extension if is_extended else 0))
        case Unit.DAYS:
            return day + timedelta(days=term.amount)
        case Unit.HOURS:
            return (since + timedelta(hours=term.amount)).astimezone(MOSCOW).date()
        case Unit.MONTHS:
            return _months_later(day, term.amount, day.day)
        case Unit.DAY_OF_NEXT_MONTH:
            return _months_later(day, 1, term.amount)
    return day


def _months_later(day: date, number: int, wanted: int) -> date:
    years, month = divmod(day.month - 1 + number, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(wanted, months.monthrange(year, month)[1]))


def _starts(facts: Facts) -> list[tuple[Clock, datetime]]:
    starts = [(clock, facts.received_at) for clock in STARTS[facts.kind]]
    if facts.found_at and facts.kind in _FOUND_OF:
        starts += [(clock, facts.found_at) for clock in FOUND]
    return starts


def deadlines(facts: Facts, calendar: Calendar) -> list[Deadline]:
    """All terms of a request, the soonest first."""
    starts = _starts(facts)
    if facts.put_off_at and any(clock in MAY_BE_PUT_OFF for clock, _since in starts):
        moved = MAY_BE_PUT_OFF | {Clock.TOLD}
        starts = [start for start in starts if start[0] not in moved] + [(Clock.PUT_OFF, facts.put_off_at)]
    found = []
    for clock, since in starts:
        day = due(clock, since, calendar, is_extended=facts.extended_at is not None)
        found.append(Deadline(clock, day, TERMS[clock].article, facts.is_done(clock)))
    return sorted(found, key=lambda deadline: deadline.due_on)


def next_due(facts: Facts, calendar: Calendar) -> date:
    """The soonest day by which something is left to be done; when nothing is, the last of all."""
    found = deadlines(facts, calendar)
    return next((deadline for deadline in found if not deadline.is_done), found[-1]).due_on


def may_extend(facts: Facts) -> bool:
    """Whether the law lets a term of this request be made longer, once, and there is still something to do in it."""
    left = [clock for clock in STARTS[facts.kind] if TERMS[clock].extension and not facts.is_done(clock)]
    return bool(left) and facts.extended_at is None


def extend_until(facts: Facts, calendar: Calendar) -> date:
    """The last day on which the reasoned letter about the extension may leave: that of the term itself."""
    clocks = [clock for clock in STARTS[facts.kind] if TERMS[clock].extension]
    if not clocks:
        raise ValueError("the law has no extension for this kind")
    return min(due(clock, facts.received_at, calendar) for clock in clocks)


def may_put_off(facts: Facts) -> bool:
    """Whether there is a destruction left that art. 21(6) lets be done in six months."""
    left = [clock for clock, _since in _starts(facts) if clock in MAY_BE_PUT_OFF and not facts.is_done(clock)]
    return bool(left) and facts.put_off_at is None


def put_off_until(facts: Facts, calendar: Calendar) -> date:
    """The last day on which a destruction can be put off: that of its own term. What is late stays late."""
    left = [start for start in _starts(facts) if start[0] in MAY_BE_PUT_OFF and not facts.is_done(start[0])]
    return min(due(clock, since, calendar) for clock, since in left)


def is_repeat(previous_received_at: datetime, received_at: datetime) -> bool:
    """Whether a second request for access comes before the thirty days of art. 14(4) are over."""
    passed = received_at.astimezone(MOSCOW).date() - previous_received_at.astimezone(MOSCOW).date()
    return passed < timedelta(days=TERMS[Clock.REPEAT].amount)


SOON = 3
"""Working days before a term ends that it is time to worry."""


@dataclass(frozen=True)
class Left:
    """How much time is left until a day, in working days; below zero when it has passed."""

    working_days: int
    is_overdue: bool
    tone: str
    words: str


def time_left(due_on: date, today: date, calendar: Calendar) -> Left:
    """The time that is left, with a tone and the words for it."""
    if today > due_on:
        late = calendar.between(due_on, today)
        words = ngettext("Просрочено на %(num)d рабочий день", "Просрочено на %(num)d рабочих дней", late)
        return Left(-late, True, "bad", words if late else _("Срок прошёл"))
    if today == due_on:
        return Left(0, False, "bad", _("Срок сегодня"))
    left = calendar.between(today, due_on)
    if not left:
        return Left(0, False, "bad", _("Срок до ближайшего рабочего дня"))
    words = ngettext("Остался %(num)d рабочий день", "Осталось %(num)d рабочих дней", left)
    return Left(left, False, "warn" if left <= SOON else "good", words)
