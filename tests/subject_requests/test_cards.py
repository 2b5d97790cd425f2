"""Whose card it is: what a confirmation does at once, what is undone when it was a mistake, and the withdrawal."""

import pytest

from crm.consents import queries as ledger
from crm.consents.models import Channel, ConsentState
from crm.core.clock import MOSCOW
from crm.subject_requests import cards, queries, steps
from crm.subject_requests.models import RequestKind, RequestState, Step, Way
from crm.subject_requests.turns import NotAllowed
from tests import builders, inquiries
from tests.subject_requests.hands import Hands, done, in_state, peter

NAMESAKE = {"full_name": "Пётр Лугов", "phone": "+79990001122", "email": "other@lugov.example.org"}


@pytest.fixture
def anna(acting, ours):
    return Hands(ours.owner)


@pytest.fixture
def namesake(acting, ours):
    """Another Пётр Лугов with another address."""
    sent = builders.submission(ours.form_id, **NAMESAKE)
    acting.flush()
    return sent.client


def is_blocked(client):
    return client.blocked_at is not None


def test_a_confirmed_card_is_blocked_and_gets_no_advertising(anna, namesake):
    request = in_state(RequestState.IN_WORK)
    anna.do(cards.attach_card, request, client=namesake)
    assert (is_blocked(namesake), namesake.marketing_stopped_at is not None) == (True, True)
    assert {Step.CARDS, Step.BLOCK, Step.STOP_MARKETING} <= done(request)


def test_a_card_is_not_blocked_before_anybody_said_that_it_is_meant(anna, namesake):
    request = inquiries.inquiry(kind=RequestKind.OTHER, client=namesake)
    anna.do(steps.confirm_kind, request, kind=RequestKind.ERASURE)
    assert not is_blocked(namesake)


def test_the_only_card_with_the_senders_address_is_blocked_when_the_kind_is_confirmed(anna, ours):
    request = inquiries.inquiry(kind=RequestKind.OTHER, client=peter(ours), is_certain=True)
    assert not is_blocked(peter(ours))
    anna.do(steps.confirm_kind, request, kind=RequestKind.ERASURE)
    assert is_blocked(peter(ours))


def test_a_card_joined_by_its_phone_waits_for_a_human(anna, ours):
    peter(ours).is_joined_by_phone = True
    request = inquiries.inquiry(kind=RequestKind.OTHER, client=peter(ours))
    anna.do(steps.confirm_kind, request, kind=RequestKind.ERASURE)
    assert not is_blocked(peter(ours))


def test_a_kind_that_needs_no_block_takes_the_automatic_one_back(anna, ours):
    request = inquiries.inquiry(client=peter(ours), is_certain=True)
    assert is_blocked(peter(ours))
    anna.do(steps.confirm_kind, request, kind=RequestKind.ACCESS)
    assert (peter(ours).blocked_at, peter(ours).marketing_stopped_at) == (None, None)


def test_against_advertising_alone_the_data_is_not_blocked(anna, ours):
    request = inquiries.inquiry(client=peter(ours), is_certain=True)
    anna.do(steps.confirm_kind, request, kind=RequestKind.STOP_MARKETING)
    assert (is_blocked(peter(ours)), peter(ours).marketing_stopped_at is not None) == (False, True)


@pytest.mark.parametrize("undone", ["another kind", "dismissed", "another card"])
def test_a_block_that_another_request_needs_stays(anna, ours, undone):
    inquiries.inquiry(kind=RequestKind.WITHDRAWAL, client=peter(ours), is_certain=True)
    request = inquiries.inquiry(client=peter(ours), is_certain=True)
    if undone == "another kind":
        anna.do(steps.confirm_kind, request, kind=RequestKind.ACCESS)
    elif undone == "dismissed":
        anna.do(steps.dismiss, request, because="ошибка")
    else:
        anna.do(cards.detach_card, request, client_id=ours.client_id)
    assert is_blocked(peter(ours))
    assert peter(ours).marketing_stopped_at is not None


def test_a_stranger_who_was_taken_for_the_sender_is_free_again(anna, namesake):
    request = in_state(RequestState.IN_WORK)
    anna.do(cards.attach_card, request, client=namesake)
    anna.do(cards.detach_card, request, client_id=namesake.id)
    assert (namesake.blocked_at, namesake.marketing_stopped_at) == (None, None)
    assert queries.cards_of(request) == []


def test_what_is_no_request_leaves_the_card_as_it_was(anna, ours):
    request = inquiries.inquiry(client=peter(ours), is_certain=True)
    anna.do(steps.dismiss, request, because="реклама")
    assert (peter(ours).blocked_at, peter(ours).marketing_stopped_at) == (None, None)
    anna.do(steps.restore, request)
    assert is_blocked(peter(ours))


def test_there_is_no_other_card_drops_the_doubtful_ones(anna, ours, namesake):
    request = inquiries.inquiry(client=peter(ours))
    inquiries.commands.tie(request, namesake, is_confirmed=False)
    anna.do(cards.attach_card, request, client=peter(ours))
    assert Step.CARDS not in done(request)
    anna.do(steps.mark_step, request, step=Step.CARDS)
    assert [one.client for one in queries.cards_of(request)] == [peter(ours)]
    assert Step.CARDS in done(request)


def test_without_a_card_nothing_is_left_to_do_with_it(anna):
    request = in_state(RequestState.IN_WORK)
    anna.do(steps.mark_step, request, step=Step.CARDS)
    assert steps.left_of(request) == [Step.ANSWER]


def test_a_card_that_was_never_tied_cannot_be_taken_off(anna, namesake):
    with pytest.raises(NotAllowed):
        anna.do(cards.detach_card, in_state(RequestState.IN_WORK), client_id=namesake.id)


def test_a_human_blocks_for_a_correction_and_takes_it_back(anna, ours):
    request = in_state(RequestState.IN_WORK, kind=RequestKind.CORRECTION, client=peter(ours))
    anna.do(cards.block, request)
    assert is_blocked(peter(ours))
    assert Step.UNBLOCK not in done(request)
    anna.do(cards.unblock, request)
    assert not is_blocked(peter(ours))
    assert Step.UNBLOCK in done(request)


def test_a_block_by_hand_is_respected_by_other_requests(anna, ours):
    by_hand = in_state(RequestState.IN_WORK, kind=RequestKind.CORRECTION, client=peter(ours))
    anna.do(cards.block, by_hand)
    other = inquiries.inquiry(client=peter(ours), is_certain=True)
    anna.do(steps.confirm_kind, other, kind=RequestKind.ACCESS)
    assert is_blocked(peter(ours))


def test_nothing_is_blocked_without_a_card(anna):
    for command in (cards.block, cards.unblock, cards.stop_marketing):
        with pytest.raises(NotAllowed):
            anna.do(command, in_state(RequestState.IN_WORK))


# the withdrawal


@pytest.mark.parametrize("way", Way)
def test_a_withdrawal_stands_in_the_ledger_on_the_day_the_request_came(anna, ours, way):
    request = in_state(RequestState.IN_WORK, kind=RequestKind.WITHDRAWAL, way=way)
    anna.do(cards.attach_card, request, client=peter(ours))
    assert anna.do(cards.withdraw, request, purpose_ids=None) == 1
    record = ledger.ledger_of(peter(ours))[0]
    assert (record.state, record.channel) == (ConsentState.WITHDRAWN, cards.CHANNELS[way])
    assert record.given_on == request.received_at.astimezone(MOSCOW).date()
    assert Step.WITHDRAW in done(request)


def test_only_the_purposes_that_are_meant_are_taken_back(anna, ours):
    request = in_state(RequestState.IN_WORK, kind=RequestKind.WITHDRAWAL)
    anna.do(cards.attach_card, request, client=peter(ours))
    assert anna.do(cards.withdraw, request, purpose_ids=[ours.entity_id]) == 0
    assert [one.state for one in ledger.ledger_of(peter(ours))] == [ConsentState.GIVEN]


def test_a_card_that_nobody_confirmed_keeps_its_consent(anna, ours):
    request = in_state(RequestState.IN_WORK, kind=RequestKind.WITHDRAWAL, client=peter(ours))
    assert anna.do(cards.withdraw, request, purpose_ids=None) == 0


def test_every_way_of_a_request_has_its_channel():
    assert set(cards.CHANNELS) == set(Way)
    assert set(cards.CHANNELS.values()) <= set(Channel)
