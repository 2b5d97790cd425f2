"""Handling: which state follows which, what each act leaves behind, and that two people at once see each other."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.audit import queries as trail
from crm.audit.models import Action
from crm.core.clock import MOSCOW, now, today
from crm.subject_requests import handling, policy, queries, steps, turns
from crm.subject_requests.models import Identity, RequestKind, RequestState, Step
from crm.subject_requests.post import ReceivedLetter
from crm.subject_requests.turns import ChangedMeanwhile, NotAllowed
from tests import builders, inquiries
from tests.subject_requests.hands import Hands, done, in_state, peter

PAIRS = list(itertools.product(RequestState, RequestState))


@pytest.fixture
def anna(acting, ours):
    return Hands(ours.owner)


@pytest.fixture
def boris(acting, ours):
    return Hands(ours.manager)


def last_note(request):
    return trail.trail_of(request.id)[0]


# states


@pytest.mark.parametrize(("was", "will"), PAIRS, ids=lambda state: state.value)
def test_only_the_states_of_the_table_follow_each_other(acting, was, will):
    request = in_state(was)
    if will in handling.TRANSITIONS[was]:
        turns.move(request, will)
        assert request.state is will
    else:
        with pytest.raises(NotAllowed):
            turns.move(request, will)
        assert request.state is was


ACTS = {
    RequestState.IN_WORK: (steps.confirm_kind, {"kind": RequestKind.ACCESS}),
    RequestState.DISMISSED: (steps.dismiss, {"because": "реклама"}),
    RequestState.NEW: (steps.restore, {}),
    RequestState.CLOSED: (steps.close, {"because": "остальное не нужно"}),
}
FROM = {
    RequestState.IN_WORK: {RequestState.NEW, RequestState.IN_WORK},
    RequestState.DISMISSED: {RequestState.NEW, RequestState.IN_WORK},
    RequestState.NEW: {RequestState.DISMISSED},
    RequestState.CLOSED: {RequestState.ANSWERED},
}


@pytest.mark.parametrize(("was", "will"), list(itertools.product(RequestState, ACTS)), ids=lambda state: state.value)
def test_each_act_is_done_from_its_states_alone(anna, was, will):
    request, (command, values) = in_state(was), ACTS[will]
    if was in FROM[will]:
        anna.do(command, request, **values)
        assert request.state is will
    else:
        with pytest.raises(NotAllowed):
            anna.do(command, request, **values)


@pytest.mark.parametrize("was", RequestState)
def test_only_what_is_answered_or_closed_is_opened_again(anna, was):
    request = in_state(was)
    if was in (RequestState.ANSWERED, RequestState.CLOSED):
        anna.do(steps.reopen, request, because="забыли про второй номер")
        assert (request.state, request.closed_at) == (RequestState.IN_WORK, None)
        assert "забыли" in queries.applicant_of(request).note
    else:
        with pytest.raises(NotAllowed):
            anna.do(steps.reopen, request, because="забыли")


@pytest.mark.parametrize(
    ("command", "values"),
    [
        (steps.assign, {"responsible": None}),
        (steps.check_identity, {"how": Identity.CALL, "points": []}),
        (steps.mark_step, {"step": Step.ERASE, "is_needless": True}),
        (steps.put_off, {"because": "резервная копия"}),
    ],
)
@pytest.mark.parametrize("state", [RequestState.CLOSED, RequestState.DISMISSED])
def test_nothing_is_done_with_a_request_that_is_over(anna, state, command, values):
    request = in_state(state)
    with pytest.raises(NotAllowed):
        anna.do(command, request, **values)


# what is asked


def test_who_confirms_what_is_asked_is_responsible(anna):
    request = inquiries.inquiry()
    anna.do(steps.confirm_kind, request, kind=RequestKind.ERASURE)
    assert (request.state, request.responsible) == (RequestState.IN_WORK, anna.by)


def test_who_was_responsible_stays_so(anna, boris):
    request = inquiries.inquiry()
    anna.do(steps.assign, request, responsible=boris.by)
    anna.do(steps.confirm_kind, request, kind=RequestKind.ERASURE)
    assert request.responsible is boris.by


def test_nobody_without_access_becomes_responsible(anna, boris):
    boris.by.disabled_at = now()
    with pytest.raises(NotAllowed):
        anna.do(steps.assign, inquiries.inquiry(), responsible=boris.by)


def test_another_kind_has_its_own_term_from_the_same_receipt(anna):
    received = now() - timedelta(days=3)
    request = inquiries.inquiry(kind=RequestKind.ACCESS, received_at=received)
    anna.do(steps.confirm_kind, request, kind=RequestKind.AUTOMATED)
    assert request.received_at == received
    assert request.due_on == received.astimezone(MOSCOW).date() + timedelta(days=30)


# who it is


def test_how_the_person_was_recognised_is_kept_without_what_was_shown(anna):
    request = inquiries.inquiry(kind=RequestKind.ACCESS)
    anna.do(steps.check_identity, request, how=Identity.DOCUMENT, points=["signature", "document", "4509 123456"])
    assert (request.identity, request.identity_by_id) == (Identity.DOCUMENT, anna.by.id)
    assert request.identity_points == ["document", "signature"]
    assert Step.IDENTITY in done(request)


# the check-list


def test_a_step_is_said_to_be_done_and_the_word_is_taken_back(anna):
    request = in_state(RequestState.IN_WORK, kind=RequestKind.CORRECTION)
    anna.do(steps.mark_step, request, step=Step.CORRECT)
    assert Step.CORRECT in done(request)
    anna.do(steps.unmark_step, request, step=Step.CORRECT)
    assert Step.CORRECT not in done(request)


@pytest.mark.parametrize("step", [Step.CONFIRM, Step.ANSWER, Step.CLOSE, Step.ERASE, Step.BLOCK])
def test_what_shows_in_what_was_done_is_not_said_to_be_done(anna, step):
    with pytest.raises(NotAllowed):
        anna.do(steps.mark_step, in_state(RequestState.IN_WORK), step=step)


@pytest.mark.parametrize("step", [Step.CONFIRM, Step.ANSWER, Step.CLOSE, Step.CARDS, Step.CORRECT])
def test_what_the_kind_does_need_and_what_it_does_not_know_is_not_needless(anna, step):
    with pytest.raises(NotAllowed):
        anna.do(steps.mark_step, in_state(RequestState.IN_WORK), step=step, is_needless=True)


# terms


def test_a_destruction_put_off_has_six_months_and_blocks_the_card(anna, ours):
    request = in_state(RequestState.IN_WORK, client=peter(ours), is_certain=True)
    anna.do(steps.put_off, request, because="резервные копии на лентах")
    assert request.put_off_at is not None
    assert peter(ours).blocked_at is not None
    assert policy.Clock.PUT_OFF in {
        one.clock for one in policy.deadlines(policy.Facts.of(request, done(request)), queries.calendar())
    }
    with pytest.raises(NotAllowed):
        anna.do(steps.put_off, request, because="ещё раз")


def test_unlawful_processing_starts_its_clocks_on_the_day_it_was_found(anna, ours):
    received = now() - timedelta(days=2)
    request = in_state(RequestState.IN_WORK, kind=RequestKind.UNLAWFUL, received_at=received, client=peter(ours))
    anna.do(steps.find_unlawful, request, found_on=today())
    facts = policy.Facts.of(request, done(request))
    assert policy.Clock.STOP_UNLAWFUL in {one.clock for one in policy.deadlines(facts, queries.calendar())}


@pytest.mark.parametrize("days", [1, -3])
def test_it_was_not_found_before_the_request_nor_tomorrow(anna, days):
    request = in_state(RequestState.IN_WORK, kind=RequestKind.UNLAWFUL)
    with pytest.raises(NotAllowed):
        anna.do(steps.find_unlawful, request, found_on=today() + timedelta(days=days))


# closing


def test_what_is_left_must_have_a_reason(anna, ours):
    request = in_state(RequestState.ANSWERED, client=peter(ours), is_certain=True)
    with pytest.raises(NotAllowed):
        anna.do(steps.close, request)
    anna.do(steps.close, request, because="данные держит договор")
    assert request.closed_at == pytest.approx(now(), abs=timedelta(minutes=1))
    assert queries.applicant_of(request).note == "данные держит договор"
    assert last_note(request).action is Action.REQUEST_CLOSED


def test_letters_of_a_closed_request_are_kept_for_the_short_term(anna, acting):
    request = in_state(RequestState.ANSWERED, kind=RequestKind.OTHER)
    inquiries.original(request)
    anna.do(steps.close, request, because="всё ясно")
    (letter,) = acting.scalars(select(ReceivedLetter))
    assert letter.kept_until is not None
    anna.do(steps.reopen, request, because="не всё")
    assert letter.kept_until is None


def test_what_is_forgotten_is_not_opened_again(anna):
    request = in_state(RequestState.CLOSED)
    request.purged_at = now()
    with pytest.raises(NotAllowed):
        anna.do(steps.reopen, request, because="вспомнили")


# the trail, and two at once


def test_the_trail_names_kinds_and_steps_and_nobody(anna, ours):
    request = inquiries.inquiry(client=peter(ours), is_certain=True, full_name="Пётр Лугов")
    anna.do(steps.confirm_kind, request, kind=RequestKind.WITHDRAWAL)
    anna.do(steps.mark_step, request, step=Step.ERASE, is_needless=True)
    anna.do(steps.take_note, request, text="Лугов звонил")
    told = str([entry.details for entry in trail.trail_of(request.id)])
    assert "withdrawal" in told
    assert "erase" in told
    assert [word for word in ("Лугов", "petr@", "тайная", "звонил") if word in told] == []


def test_who_comes_second_hears_who_was_first(anna, boris):
    request = inquiries.inquiry()
    seen = request.revision
    boris.do(steps.confirm_kind, request, kind=RequestKind.ERASURE)
    with pytest.raises(ChangedMeanwhile) as overtaken:
        steps.dismiss(request, because="реклама", by=anna.by, seen_revision=seen)
    assert overtaken.value.who == boris.by.id
    assert request.state is RequestState.IN_WORK


def test_a_letter_that_came_meanwhile_is_seen_before_anything_is_done(anna):
    request = inquiries.inquiry()
    seen = request.revision
    inquiries.commands.join(request, inquiries.Words(text="И ещё вопрос"))
    with pytest.raises(ChangedMeanwhile) as overtaken:
        steps.confirm_kind(request, kind=RequestKind.ACCESS, by=anna.by, seen_revision=seen)
    assert overtaken.value.who is None


def test_an_erasure_is_told_to_every_request_about_the_card(anna, ours):
    client_id = ours.client_id
    first = in_state(RequestState.IN_WORK, client=peter(ours), is_certain=True)
    second = in_state(RequestState.IN_WORK, kind=RequestKind.ACCESS, client=peter(ours))
    act = builders.erasure.erase(client_id, reason=builders.Reason.DEMANDED, by=anna.by)
    steps.erased(first, client_id=client_id, act=act, by=anna.by)
    assert {one.card.act_id for request in (first, second) for one in queries.cards_of(request)} == {act.id}
    assert {Step.ERASE, Step.BLOCK, Step.CARDS} <= done(first)


def test_a_letter_that_nobody_has_read_is_due_in_the_shortest_term_of_an_answer(anna, ours):
    """Its card is blocked and its advertising stopped by itself; but perhaps it asks for something else."""
    request = inquiries.inquiry(client=peter(ours), is_certain=True)
    shortest = policy.due(policy.Clock.ACCESS, request.received_at, queries.calendar())
    assert request.due_on == shortest
    anna.do(steps.confirm_kind, request, kind=RequestKind.ERASURE)
    assert request.due_on > shortest
