"""How acts of will add up: rules without a database (152-FZ art. 9, 21)."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from flask_babel import lazy_gettext as _l

from crm.agreements.ready import LegalBasis, Proof, PurposeKind
from crm.clients.policy import ConsentStanding
from crm.consents.models import Channel, ConsentRecord, ConsentState, LinkKind
from crm.core.clock import MOSCOW

Purpose = TypeVar("Purpose", bound=Hashable)
"""What names a purpose."""

PERMITTING = {ConsentState.GIVEN, ConsentState.RENEWED}
ENDING = {ConsentState.WITHDRAWN, ConsentState.EXPIRED}
STATES = {
    ConsentState.GIVEN: _l("Согласие дано"),
    ConsentState.RENEWED: _l("Согласие подтверждено заново"),
    ConsentState.REFUSED: _l("В согласии отказано"),
    ConsentState.WITHDRAWN: _l("Согласие отозвано"),
    ConsentState.EXPIRED: _l("Срок согласия истёк"),
}
CHANNELS = {
    Channel.FORM: _l("форма на сайте"),
    Channel.LINK: _l("кнопка по ссылке из письма"),
    Channel.OTHER_LINK: _l("кнопка по ссылке из письма, но почта не доказывает, что это тот же человек"),
    Channel.EMAIL: _l("письмо по эл. почте"),
    Channel.PHONE: _l("телефонный звонок"),
    Channel.PAPER: _l("на бумаге"),
    Channel.IN_PERSON: _l("лично"),
    Channel.CONTRACT: _l("договор"),
    Channel.TERM: _l("истёк срок"),
}
BY_STAFF = (Channel.EMAIL, Channel.PHONE, Channel.PAPER, Channel.IN_PERSON, Channel.CONTRACT)
"""Ways by which an act of will reaches the staff, who write it down."""
UNSURE = {Channel.FORM, Channel.OTHER_LINK}
"""Ways that anybody can take who knows an e-mail or a phone."""
OVER = {ConsentStanding.WITHDRAWN, ConsentStanding.EXPIRED}
"""Standings in which consent no longer allows to keep a card."""
DESTROY_WITHIN = timedelta(days=30)
"""After a withdrawal, or when the term is over, unless another ground holds (art. 21(4), (5))."""
TONES = {state: "good" if state in PERMITTING else "warn" for state in ConsentState} | {ConsentState.REFUSED: "neutral"}
OTHER_BASES = {
    LegalBasis.CONTRACT: _l("Договор"),
    LegalBasis.LAW: _l("Обязанность по закону"),
    LegalBasis.LEGITIMATE_INTEREST: _l("Законный интерес"),
}
"""Grounds beside consent, as staff read them."""
ADVERTISING = frozenset({PurposeKind.NEWSLETTER})
"""Purposes for which nothing is done any more once a person wants no advertising, on whatever ground they rest."""
ASKING = frozenset({LinkKind.SUBSCRIBE, LinkKind.RENEW})
"""Letters that ask for consent: none goes while a request about the data is being checked."""
ON_PAPER = {Channel.PAPER, Channel.CONTRACT}
"""Ways in which a signature comes."""


@dataclass(frozen=True)
class Standing:
    """How one purpose stands: the act that decides, until when it holds by itself, and whether it follows a withdrawal
    that nobody looked into."""

    decides: ConsentRecord
    expires_at: datetime | None = None
    was_withdrawn: bool = False

    @property
    def state(self) -> ConsentState:
        return self.decides.state

    @property
    def permits(self) -> bool:
        """Whether the last word was yes; the term may be over meanwhile."""
        return self.state in PERMITTING

    def holds(self, at: datetime) -> bool:
        """Whether it is yes at this moment."""
        return self.permits and (self.expires_at is None or self.expires_at > at)


def after(
    standings: Mapping[Purpose, Standing], purpose: Purpose, record: ConsentRecord, *, ends_at: datetime
) -> Standing:
    """How a purpose stands after one more act of will, given how all purposes of this person stood before.

    Consent by a form after a withdrawal is marked, for whatever purpose it is: anybody who knows an e-mail can send a
    form. Consent by a link or through the staff clears the mark.
    """
    was = standings.get(purpose)
    if was and _changes_nothing(was, record):
        return was
    if record.state not in PERMITTING:
        return Standing(
            record, was_withdrawn=record.state is ConsentState.EXPIRED and was is not None and was.was_withdrawn
        )
    is_doubtful = _is_taken_back(was) or _is_left(standings.values())
    return Standing(record, ends_at, record.channel in UNSURE and is_doubtful)


def _changes_nothing(was: Standing, record: ConsentRecord) -> bool:
    """A box left empty takes nothing back; what is over cannot end again; and a consent that staff write down late says
    nothing against what the person willed after it."""
    if record.state is ConsentState.EXPIRED:
        return not was.permits
    is_older = record.given_on is not None and record.given_on < day_of(was.decides)
    is_overtaken = record.state in PERMITTING and is_older and was.state in PERMITTING | {ConsentState.WITHDRAWN}
    return record.state is ConsentState.REFUSED or is_overtaken


def _is_taken_back(one: Standing | None) -> bool:
    return one is not None and (one.state is ConsentState.WITHDRAWN or one.was_withdrawn)


def _is_left(standings: Iterable[Standing]) -> bool:
    """Whether the person took consent back and nothing sure is left of it."""
    known = list(standings)
    return any(map(_is_taken_back, known)) and not any(one.permits and not one.was_withdrawn for one in known)


def ends_at(record: ConsentRecord, retention_days: int, *, lapses_on: Iterable[date] = ()) -> datetime:
    """When a consent that holds ends by itself: at the end of its term, or of the day on which it lapses because a
    newer text was not agreed to."""
    given_at = start_of(record.given_on) if record.given_on else record.created_at
    return min([given_at + timedelta(days=retention_days), *map(end_of, lapses_on)])


def start_of(day: date) -> datetime:
    """The first moment of a Moscow day."""
    return datetime.combine(day, time(), MOSCOW)


def end_of(day: date) -> datetime:
    """The first moment after a Moscow day."""
    return start_of(day + timedelta(days=1))


def day_of(record: ConsentRecord) -> date:
    """The Moscow day of an act of will; it may have been written down later."""
    return record.given_on or record.created_at.astimezone(MOSCOW).date()


def last_day(ends_at: datetime) -> date:
    """The last Moscow day on which a consent that ends at this moment holds."""
    return (ends_at - timedelta(microseconds=1)).astimezone(MOSCOW).date()


def proves(channel: Channel, proof: Proof) -> bool:
    """Whether consent that came this way is what the law asks for: a signature, where it must be in writing (art. 9(4),
    10.1)."""
    return proof not in (Proof.WRITTEN, Proof.DISTRIBUTION) or channel in ON_PAPER


def invites(record: ConsentRecord, stopped_at: datetime) -> bool:
    """Whether consent to advertising, given after the person wanted no more of it, proves that they want it again: a
    button in their own mailbox does, or what staff wrote down of a later day; a form that anybody can send does not."""
    if record.channel in BY_STAFF:
        return day_of(record) > stopped_at.astimezone(MOSCOW).date()
    return record.channel is Channel.LINK


def ends(act: ConsentRecord, consent: ConsentRecord) -> bool:
    """Whether an act (about the same purpose of the same person) is what ended a consent, or ended it before it was
    written down. A later consent, perhaps a stranger's, does not revive an ended one."""
    was_late = consent.given_on is not None and act.state is ConsentState.WITHDRAWN and consent.given_on < day_of(act)
    return act.state in ENDING and (act.sequence > consent.sequence or was_late)


def overall(standings: Iterable[Standing], *, at: datetime) -> ConsentStanding:
    """On what footing the whole card is kept, as the list shows it."""
    known = list(standings)
    holding = [one for one in known if one.holds(at)]
    if holding:
        return ConsentStanding.AGAIN if any(one.was_withdrawn for one in holding) else ConsentStanding.GIVEN
    if any(one.state is ConsentState.WITHDRAWN for one in known):
        return ConsentStanding.WITHDRAWN
    is_expired = any(one.permits or one.state is ConsentState.EXPIRED for one in known)
    return ConsentStanding.EXPIRED if is_expired else ConsentStanding.NONE


def is_kept(standings: Iterable[Standing], *, at: datetime) -> bool:
    """Whether some consent allows to keep the card: one that holds and that nobody need look into."""
    return any(one.holds(at) and not one.was_withdrawn for one in standings)


def ended_on(standings: Iterable[Standing], last_days: Iterable[date], *, at: datetime) -> date:
    """Since which day nothing allows keeping the data: when the last of its consents or other grounds (told by their
    last days) was over. An act of will counts from its own day, not from that on which it was written down."""
    today = at.astimezone(MOSCOW).date()
    days = [day + timedelta(days=1) for day in last_days]
    for one in standings:
        if one.state in ENDING:
            days.append(day_of(one.decides))
        elif one.expires_at and one.expires_at <= at:
            days.append(one.expires_at.astimezone(MOSCOW).date())
    return min(max(days, default=today), today)


def destroy_on(ended_on: date, already: date | None) -> date:
    """By which day the data must be gone when nothing holds since `ended_on`; an earlier day stays."""
    day = ended_on + DESTROY_WITHIN
    return min(day, already) if already else day


def permits(
    state: ConsentState | None,
    expires_at: datetime | None,
    *,
    was_withdrawn: bool,
    has_ground: bool,
    is_restricted: bool,
    is_unwanted: bool,
    at: datetime,
) -> bool:
    """Whether a person's data may be used for a purpose at this moment. Everything that uses it asks; default: no.

    No for a restricted card and for advertising that the person wants no more (`is_unwanted`) whatever else is true,
    and for consent by a form after a withdrawal until somebody looked.
    """
    if is_restricted or is_unwanted:
        return False
    is_agreed = state in PERMITTING and not was_withdrawn and (expires_at is None or expires_at > at)
    return is_agreed or has_ground
