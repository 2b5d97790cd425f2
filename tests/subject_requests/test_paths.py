"""Every kind of request from its letter to its end, by the next step each time, as the main button leads."""

import pytest

from crm.clients.models import Client
from crm.core.db import db
from crm.erasure.models import Reason
from crm.subject_requests import cards, handling, queries, steps
from crm.subject_requests.models import Identity, Outcome, RequestKind, RequestState, Step
from tests import builders, inquiries
from tests.subject_requests.hands import Hands, done, peter


def go(anna, request, client):
    """Do the next step until nothing is left; which steps that were."""
    gone = []
    while request.state is not RequestState.CLOSED:
        step = handling.next_step(request.kind, done(request))
        assert len(gone) < 12, gone
        ROADS[step](anna, request, client)
        gone.append(step)
    return gone


def _erase(anna, request, client):
    act = builders.erasure.erase(client.id, reason=Reason.DEMANDED, by=anna.by)
    steps.erased(request, client_id=act.client_id, act=act, by=anna.by)


ROADS = {
    Step.CONFIRM: lambda anna, request, client: anna.do(steps.confirm_kind, request, kind=request.kind),
    Step.CARDS: lambda anna, request, client: anna.do(cards.attach_card, request, client=client),
    Step.IDENTITY: lambda anna, request, client: anna.do(
        steps.check_identity, request, how=Identity.CALL, points=["relation"]
    ),
    Step.BLOCK: lambda anna, request, client: anna.do(cards.block, request),
    Step.STOP_MARKETING: lambda anna, request, client: anna.do(cards.stop_marketing, request),
    Step.WITHDRAW: lambda anna, request, client: anna.do(cards.withdraw, request, purpose_ids=None),
    Step.CORRECT: lambda anna, request, client: anna.do(steps.mark_step, request, step=Step.CORRECT),
    Step.ERASE: _erase,
    Step.UNBLOCK: lambda anna, request, client: anna.do(cards.unblock, request),
    Step.TELL_RECIPIENTS: lambda anna, request, client: anna.do(steps.mark_step, request, step=Step.TELL_RECIPIENTS),
    Step.ANSWER: lambda anna, request, client: anna.answer(request),
    Step.CLOSE: lambda anna, request, client: anna.do(steps.close, request),
}
"""What the staff do at each step."""


@pytest.mark.parametrize("kind", RequestKind)
def test_each_kind_comes_from_its_letter_to_its_end(acting, ours, kind):
    anna = Hands(ours.owner)
    request = inquiries.inquiry(kind=kind, client=peter(ours), is_certain=True)
    gone = go(anna, request, peter(ours))
    assert request.state is RequestState.CLOSED
    assert gone == [step for step in handling.STEPS[kind] if step in gone]
    assert gone[0] is Step.CONFIRM
    assert gone[-2:] == [Step.ANSWER, Step.CLOSE]
    is_gone = db.session.get(Client, ours.client_id) is None
    assert is_gone is (Step.ERASE in handling.STEPS[kind])


@pytest.mark.parametrize("kind", sorted(set(RequestKind) - {RequestKind.REGULATOR}))
def test_each_kind_is_answered_where_nothing_is_held(acting, ours, kind):
    anna = Hands(ours.owner)
    request = inquiries.inquiry(kind=kind)
    anna.do(steps.confirm_kind, request, kind=kind)
    anna.do(steps.mark_step, request, step=Step.CARDS)
    left = set(handling.left(kind, done(request)))
    assert left <= {Step.IDENTITY, Step.ANSWER, Step.CLOSE}
    go(anna, request, None)
    assert request.state is RequestState.CLOSED


def test_a_correction_during_which_the_data_was_blocked_ends_with_the_block(acting, ours):
    anna = Hands(ours.owner)
    request = inquiries.inquiry(kind=RequestKind.CORRECTION, client=peter(ours))
    anna.do(cards.attach_card, request, client=peter(ours))
    anna.do(cards.block, request)
    assert Step.UNBLOCK in go(anna, request, peter(ours))
    assert peter(ours).blocked_at is None


def test_data_that_was_not_destroyed_stays_blocked_until_somebody_says_otherwise(acting, ours):
    anna = Hands(ours.owner)
    request = inquiries.inquiry(client=peter(ours), is_certain=True)
    anna.do(steps.confirm_kind, request, kind=RequestKind.ERASURE)
    anna.answer(request)
    anna.do(steps.close, request, because="данные держит договор")
    assert peter(ours).blocked_at is not None
    anna.do(cards.unblock, request)
    assert (peter(ours).blocked_at, request.state) == (None, RequestState.CLOSED)


def test_what_a_human_called_needless_is_not_asked_again(acting, ours):
    anna = Hands(ours.owner)
    request = inquiries.inquiry(kind=RequestKind.WITHDRAWAL, client=peter(ours), is_certain=True)
    anna.do(steps.confirm_kind, request, kind=RequestKind.WITHDRAWAL)
    anna.do(cards.attach_card, request, client=peter(ours))
    anna.do(steps.mark_step, request, step=Step.ERASE, is_needless=True)
    assert Step.ERASE not in go(anna, request, peter(ours))
    assert queries.cards_of(request)[0].client is not None


def test_a_refusal_needs_no_other_reason_and_frees_the_card(acting, ours):
    anna = Hands(ours.owner)
    request = inquiries.inquiry(client=peter(ours), is_certain=True)
    anna.do(steps.confirm_kind, request, kind=RequestKind.ERASURE)
    anna.do(cards.attach_card, request, client=peter(ours))
    anna.answer(request, Outcome.REFUSED)
    assert go(anna, request, peter(ours)) == [Step.CLOSE]
    assert peter(ours).blocked_at is None
