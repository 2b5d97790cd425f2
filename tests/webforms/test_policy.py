"""When a form may collect, what it may ask, and what must be ticked: the rules as tables."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.agreements.models import Purpose
from crm.agreements.ready import READY, LegalBasis, Proof, PurposeKind
from crm.webforms import policy
from crm.webforms.models import FormState
from crm.webforms.policy import Footing, Stop, Why

NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
NAME, EMAIL = {"name": "full_name", "label": "Имя"}, {"name": "email", "label": "Почта"}
MESSAGE = {"name": "text_1", "label": "Вопрос"}
FINE = Footing(
    state=FormState.PUBLISHED,
    consent_asked=True,
    has_boxes=True,
    may_be_asked=True,
    has_policy=True,
    outdated_at=None,
    grace_days=0,
)


def purpose(kind=PurposeKind.ENQUIRY, **changes):
    return Purpose(kind=kind, **READY[kind].values() | changes)


NEWS = purpose(PurposeKind.NEWSLETTER)


# what a form may ask


MAY_NOT = {
    "nothing": ([], Why.NOTHING),
    "retired": ([(purpose(retired_at=NOON), True)], Why.RETIRED),
    "contract": ([(purpose(basis=LegalBasis.CONTRACT), False)], Why.OTHER_BASIS),
    "contract in writing": ([(purpose(basis=LegalBasis.CONTRACT, proof=Proof.WRITTEN), False)], Why.OTHER_BASIS),
    "in writing": ([(purpose(proof=Proof.WRITTEN), False)], Why.WRITTEN),
    "for everybody to see": ([(purpose(proof=Proof.DISTRIBUTION), False)], Why.DISTRIBUTION),
    "a letter to nowhere": ([(purpose(), True), (NEWS, False)], Why.NO_EMAIL),
}


@pytest.mark.parametrize(("asked", "why"), MAY_NOT.values(), ids=MAY_NOT)
def test_what_a_form_may_not_ask(asked, why):
    found = policy.why_not(asked, [NAME])
    assert found == (why, asked[-1][0] if asked else None)
    assert len(str(policy.WHYS[why])) > 40


def test_nobody_is_made_to_take_advertising():
    assert policy.why_not([(NEWS, True)], [NAME, EMAIL]) == (Why.FORCED, NEWS)
    assert policy.why_not([(NEWS, False)], [NAME, EMAIL]) is None


@pytest.mark.parametrize("kind", [PurposeKind.ENQUIRY, PurposeKind.REGISTRATION, PurposeKind.TRANSFER])
@pytest.mark.parametrize("is_required", [True, False])
def test_every_other_ready_purpose_may_be_asked_either_way(kind, is_required):
    assert policy.why_not([(purpose(kind), is_required)], [NAME]) is None


def test_the_newsletter_covers_the_mailbox_and_the_name_only():
    assert policy.labels_for(NEWS, [NAME, EMAIL, MESSAGE]) == ["Имя", "Почта"]


def test_another_consent_covers_every_field_of_the_form():
    assert policy.labels_for(purpose(), [NAME, EMAIL, MESSAGE]) == ["Имя", "Почта", "Вопрос"]


# whether it may collect


CASES = {
    "all is well": ({}, None),
    "a draft": ({"state": FormState.DRAFT}, Stop.DRAFT),
    "closed": ({"state": FormState.CLOSED}, Stop.CLOSED),
    "closed and not asked": ({"state": FormState.CLOSED, "consent_asked": False}, Stop.CLOSED),
    "no text": ({"has_boxes": False}, Stop.NO_TEXT),
    "no text, and not asked": ({"has_boxes": False, "consent_asked": False}, None),
    "no policy": ({"has_policy": False}, Stop.NO_POLICY),
    "a box is not enough": ({"may_be_asked": False}, Stop.FORBIDDEN),
    "a box is not enough, whatever the grace": ({"may_be_asked": False, "grace_days": 30}, Stop.FORBIDDEN),
    "outdated": ({"outdated_at": NOON}, Stop.OUTDATED),
    "outdated, and not asked": ({"outdated_at": NOON, "consent_asked": False}, None),
    "in the grace": ({"outdated_at": NOON - timedelta(days=2, seconds=-1), "grace_days": 2}, None),
    "the grace is over": ({"outdated_at": NOON - timedelta(days=2), "grace_days": 2}, Stop.OUTDATED),
}


@pytest.mark.parametrize(("changes", "stop"), CASES.values(), ids=CASES)
def test_what_keeps_a_form_from_collecting(changes, stop):
    assert policy.stopped_by(Footing(**FINE.__dict__ | changes), at=NOON) is stop


def test_for_every_reason_the_staff_are_told_what_to_do():
    assert set(policy.STOPS) == set(Stop)


# what must be ticked


NEED, MAY = ("a", True), ("b", False)
TICKED = {
    "no box at all": ([], [], []),
    "required and ticked": ([NEED, MAY], ["a"], []),
    "required and not ticked": ([NEED, MAY], ["b"], ["a"]),
    "two required": ([NEED, ("c", True)], [], ["a", "c"]),
    "none required, one ticked": ([("a", False), MAY], ["b"], []),
    "none required, none ticked": ([("a", False), MAY], [], ["a"]),
    "a box that is not there": ([MAY], ["x"], ["b"]),
}


@pytest.mark.parametrize(("boxes", "ticked", "missing"), TICKED.values(), ids=TICKED)
def test_which_boxes_must_be_ticked_yet(boxes, ticked, missing):
    assert policy.unticked(boxes, ticked) == missing
