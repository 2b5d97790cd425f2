"""How acts of will add up, and what they allow: rules alone, without a database."""

import itertools
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from crm.clients.policy import ConsentStanding
from crm.consents import policy
from crm.consents.models import Channel, ConsentRecord, ConsentState
from crm.consents.policy import Standing

NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)
LATER, EARLIER = NOON + timedelta(days=1), NOON - timedelta(days=1)


def act(state, channel="form", *, on=None, at=NOON, sequence=1):
    return ConsentRecord(
        state=ConsentState(state), channel=Channel(channel), given_on=on, created_at=at, sequence=sequence
    )


def told(*acts):
    """How the purposes stand after acts like "given", "given by paper", "given by link for B"."""
    standings = {}
    for words in acts:
        state, channel, purpose = re.fullmatch(r"(\w+)(?: by (\w+))?(?: for (\w+))?", words).groups()
        record = act(state, channel or "form")
        standings[purpose or "A"] = policy.after(standings, purpose or "A", record, ends_at=LATER)
    return standings


def word(standing):
    return f"{standing.state.value} again" if standing.was_withdrawn else standing.state.value


STORIES = [
    (["given"], "given"),
    (["renewed"], "renewed"),
    (["refused"], "refused"),
    (["given", "refused"], "given"),
    (["withdrawn", "refused"], "withdrawn"),
    (["refused", "given"], "given"),
    (["refused", "withdrawn"], "withdrawn"),
    (["given", "withdrawn"], "withdrawn"),
    (["given", "given"], "given"),
    (["given", "expired"], "expired"),
    (["withdrawn", "expired"], "withdrawn"),
    (["refused", "expired"], "refused"),
    (["expired", "given"], "given"),
    (["withdrawn", "given"], "given again"),
    (["withdrawn", "given", "given"], "given again"),
    (["withdrawn", "given", "refused"], "given again"),
    (["withdrawn", "given", "expired"], "expired again"),
    (["withdrawn", "given", "expired", "given"], "given again"),
    (["withdrawn", "given", "withdrawn"], "withdrawn"),
    (["withdrawn", "renewed by link"], "renewed"),
    (["withdrawn", "given by link"], "given"),
    (["withdrawn", "given", "given by phone"], "given"),
    (["withdrawn", "given", "given by paper", "given"], "given"),
    (["given for B", "withdrawn", "given"], "given again"),
    (["withdrawn for B", "given"], "given again"),
    (["given for B", "withdrawn for C", "given"], "given"),
    (["withdrawn for B", "given for C", "given"], "given again"),
    (["withdrawn for B", "given by link for C", "given"], "given"),
]


@pytest.mark.parametrize(("acts", "outcome"), STORIES, ids=lambda part: part if isinstance(part, str) else None)
def test_the_latest_act_of_will_decides_but_for_what_a_form_cannot_prove(acts, outcome):
    assert word(told(*acts)["A"]) == outcome


@pytest.mark.parametrize("purposes", list(itertools.permutations("ABC")))
def test_the_order_of_the_boxes_of_one_form_changes_nothing(purposes):
    standings = told("given for A", "withdrawn for A", *(f"given for {purpose}" for purpose in purposes))
    assert {purpose: word(one) for purpose, one in standings.items()} == dict.fromkeys("ABC", "given again")


LATE = [
    ("given", -1, "given", "the later one"),
    ("given", -1, "withdrawn", "the later one"),
    ("given", -1, "refused", "the one written down late"),
    ("given", -1, "expired", "the one written down late"),
    ("given", 0, "withdrawn", "the one written down late"),
    ("withdrawn", -1, "given", "the one written down late"),
]


@pytest.mark.parametrize(("state", "days", "other", "decides"), LATE)
def test_consent_that_staff_write_down_late_says_nothing_against_what_came_after_it(state, days, other, decides):
    later = act(other)
    late = act(state, "paper", on=TODAY + timedelta(days=days))
    standing = policy.after({"A": Standing(later)}, "A", late, ends_at=LATER)
    assert standing.decides is (late if decides == "the one written down late" else later)


def test_a_late_consent_was_ended_by_the_withdrawal_that_came_after_it():
    withdrawal = act("withdrawn", sequence=1)
    late = act("given", "paper", on=TODAY - timedelta(days=1), sequence=2)
    on_the_day = act("given", "paper", on=TODAY, sequence=2)
    assert policy.ends(withdrawal, late)
    assert not policy.ends(withdrawal, on_the_day)


# the card as a whole


def standing(state, *, over=False, again=False):
    return Standing(act(state), EARLIER if over else LATER, again)


CARDS = [
    ([], "none"),
    ([standing("refused")], "none"),
    ([standing("given")], "given"),
    ([standing("given"), standing("withdrawn")], "given"),
    ([standing("given"), standing("given", again=True)], "again"),
    ([standing("given", again=True), standing("withdrawn")], "again"),
    ([standing("withdrawn"), standing("expired")], "withdrawn"),
    ([standing("expired"), standing("refused")], "expired"),
    ([standing("given", over=True)], "expired"),
    ([standing("given", over=True), standing("given")], "given"),
]


@pytest.mark.parametrize(("standings", "outcome"), CARDS)
def test_a_card_stands_on_what_is_left(standings, outcome):
    assert policy.overall(standings, at=NOON) is ConsentStanding(outcome)


@pytest.mark.parametrize(
    ("standings", "kept"),
    [
        ([standing("given"), standing("given", again=True)], True),
        ([standing("given", again=True)], False),
        ([standing("given", over=True)], False),
        ([standing("withdrawn")], False),
        ([], False),
    ],
)
def test_only_consent_that_nobody_need_look_into_keeps_a_card(standings, kept):
    assert policy.is_kept(standings, at=NOON) is kept


def on(days):
    return TODAY + timedelta(days=days)


ENDS = [
    ([], [], 0),
    ([Standing(act("withdrawn", on=on(-5)))], [], -5),
    ([Standing(act("withdrawn"))], [], 0),
    ([Standing(act("withdrawn", on=on(-5)))], [on(-3)], -2),
    ([Standing(act("withdrawn", on=on(-5)))], [on(-9)], -5),
    ([Standing(act("expired", on=on(-7))), Standing(act("withdrawn", on=on(-9)))], [], -7),
    ([Standing(act("given"), EARLIER)], [], -1),
    ([Standing(act("given"), LATER, True)], [on(-1)], 0),
    ([Standing(act("withdrawn", on=on(5)))], [], 0),
]


@pytest.mark.parametrize(("standings", "last_days", "outcome"), ENDS)
def test_the_days_to_destruction_count_from_when_the_last_thing_ended(standings, last_days, outcome):
    assert policy.ended_on(standings, last_days, at=NOON) == on(outcome)


def test_thirty_days_and_an_earlier_day_stays():
    assert policy.destroy_on(TODAY, None) == date(2026, 12, 24)
    assert policy.destroy_on(TODAY, on(3)) == on(3)
    assert policy.destroy_on(TODAY, on(300)) == date(2026, 12, 24)


# how long a consent holds


def test_a_consent_ends_with_its_term_counted_from_the_act_of_will():
    assert policy.ends_at(act("given"), 365) == NOON + timedelta(days=365)
    assert policy.ends_at(act("given", on=TODAY), 10) == datetime(2026, 12, 3, 21, tzinfo=UTC)


def test_a_consent_lapses_at_the_end_of_the_first_of_the_days_that_were_told():
    assert policy.ends_at(act("given"), 365, lapses_on=[on(30), on(9)]) == datetime(2026, 12, 3, 21, tzinfo=UTC)
    assert policy.ends_at(act("given"), 2, lapses_on=[on(30)]) == NOON + timedelta(days=2)


# whether data may be used


USES = {
    "nothing is known": (None, None, {}, False),
    "consent": ("given", LATER, {}, True),
    "consent without end": ("given", None, {}, True),
    "consent confirmed anew": ("renewed", LATER, {}, True),
    "consent over, not yet written down": ("given", EARLIER, {}, False),
    "consent that ends this moment": ("given", NOON, {}, False),
    "refused": ("refused", None, {}, False),
    "withdrawn": ("withdrawn", None, {}, False),
    "expired": ("expired", None, {}, False),
    "consent by a form after a withdrawal": ("given", LATER, {"was_withdrawn": True}, False),
    "another ground": (None, None, {"has_ground": True}, True),
    "another ground after a withdrawal": ("withdrawn", None, {"has_ground": True}, True),
    "consent, but restricted": ("given", LATER, {"is_restricted": True}, False),
    "another ground, but restricted": (None, None, {"has_ground": True, "is_restricted": True}, False),
    "consent to advertising nobody wants any more": ("given", LATER, {"is_unwanted": True}, False),
    "another ground for advertising nobody wants": (None, None, {"has_ground": True, "is_unwanted": True}, False),
}


@pytest.mark.parametrize(("state", "expires_at", "others", "outcome"), USES.values(), ids=USES)
def test_data_may_not_be_used_unless_something_says_so(state, expires_at, others, outcome):
    no = dict.fromkeys(("was_withdrawn", "has_ground", "is_restricted", "is_unwanted"), False)
    assert policy.permits(state and ConsentState(state), expires_at, **no | others, at=NOON) is outcome


def test_every_state_and_channel_has_words():
    assert set(policy.STATES) == set(ConsentState)
    assert set(policy.CHANNELS) == set(Channel)
