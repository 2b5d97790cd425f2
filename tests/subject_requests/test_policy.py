"""The terms of the law: each row of its table, which request starts which, what fulfils it, what makes it longer."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core.clock import MOSCOW
from crm.subject_requests import handling, policy
from crm.subject_requests.calendar import Calendar
from crm.subject_requests.models import Outcome, RequestKind, RequestState, Step, SubjectRequest
from crm.subject_requests.policy import Clock, Deadline, Facts, Unit

TUESDAY = datetime(2026, 11, 24, 12, tzinfo=MOSCOW)
CALENDAR = Calendar()
LAST_DAYS = {
    Clock.ACCESS: date(2026, 12, 8),
    Clock.REFUSAL: date(2026, 12, 8),
    Clock.REPEAT: date(2026, 12, 24),
    Clock.CORRECTION: date(2026, 12, 3),
    Clock.NOT_NEEDED: date(2026, 12, 3),
    Clock.BLOCK: date(2026, 11, 24),
    Clock.STOP_UNLAWFUL: date(2026, 11, 27),
    Clock.ERASE_UNLAWFUL: date(2026, 12, 8),
    Clock.PURPOSE_REACHED: date(2026, 12, 24),
    Clock.WITHDRAWN: date(2026, 12, 24),
    Clock.STOP_PROCESSING: date(2026, 12, 8),
    Clock.PUT_OFF: date(2027, 5, 24),
    Clock.STOP_MARKETING: date(2026, 11, 24),
    Clock.STOP_DISTRIBUTION: date(2026, 11, 24),
    Clock.STOP_THIRD_PARTIES: date(2026, 11, 27),
    Clock.AUTOMATED: date(2026, 12, 24),
    Clock.REGULATOR: date(2026, 12, 8),
    Clock.INCIDENT: date(2026, 11, 25),
    Clock.INCIDENT_STUDIED: date(2026, 11, 27),
    Clock.NOTICE_CHANGED: date(2026, 12, 15),
    Clock.PROCESSING_ENDED: date(2026, 12, 8),
    Clock.TOLD: date(2026, 12, 24),
    Clock.ANSWER: date(2026, 12, 8),
}
LONGER = {Clock.ACCESS, Clock.REFUSAL, Clock.STOP_PROCESSING, Clock.REGULATOR}
FIRST = {
    RequestKind.ACCESS: date(2026, 12, 8),
    RequestKind.CORRECTION: date(2026, 12, 3),
    RequestKind.ERASURE: date(2026, 11, 24),
    RequestKind.WITHDRAWAL: date(2026, 11, 24),
    RequestKind.STOP_PROCESSING: date(2026, 11, 24),
    RequestKind.STOP_MARKETING: date(2026, 11, 24),
    RequestKind.STOP_DISTRIBUTION: date(2026, 11, 24),
    RequestKind.UNLAWFUL: date(2026, 11, 24),
    RequestKind.AUTOMATED: date(2026, 12, 24),
    RequestKind.REGULATOR: date(2026, 12, 8),
    RequestKind.OTHER: date(2026, 12, 8),
}
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  given UTC
KINDS, CLOCKS = st.sampled_from(RequestKind), st.sampled_from(Clock)


def first(kind, *done, **facts):
    return policy.next_due(Facts(kind, TUESDAY, done=frozenset(done), **facts), CALENDAR)


def clocks(kind, **facts):
    return {one.clock: one for one in policy.deadlines(Facts(kind, TUESDAY, **facts), CALENDAR)}


@pytest.mark.parametrize("clock", Clock)
def test_a_term_ends_on_the_day_the_law_says(clock):
    assert policy.due(clock, TUESDAY, CALENDAR) == LAST_DAYS[clock]


@pytest.mark.parametrize("clock", Clock)
def test_only_where_the_law_has_it_a_term_may_be_made_longer_by_five_working_days(clock):
    longer = policy.due(clock, TUESDAY, CALENDAR, is_extended=True)
    assert longer == (date(2026, 12, 15) if clock in LONGER else LAST_DAYS[clock])


def test_every_term_names_its_article():
    assert all(term.article.startswith("ч. ") for term in policy.TERMS.values())
    assert set(policy.TERMS) == set(Clock)


@pytest.mark.parametrize("kind", RequestKind)
def test_each_kind_has_something_to_do_first(kind):
    assert first(kind) == FIRST[kind]


@pytest.mark.parametrize("kind", RequestKind)
def test_doing_all_steps_of_a_kind_leaves_nothing_open(kind):
    facts = Facts(kind, TUESDAY, found_at=TUESDAY, done=frozenset(handling.STEPS[kind]), is_answered=True)
    assert all(deadline.is_done for deadline in policy.deadlines(facts, CALENDAR))


@pytest.mark.parametrize("kind", [RequestKind.ERASURE, RequestKind.WITHDRAWAL, RequestKind.STOP_PROCESSING])
def test_whoever_wants_to_be_gone_is_left_alone_at_once_stopped_in_ten_days_and_destroyed_in_thirty(kind):
    assert first(kind) == TUESDAY.date()
    assert first(kind, Step.STOP_MARKETING) == date(2026, 12, 8)
    assert first(kind, Step.BLOCK) == date(2026, 12, 24)
    assert first(kind, Step.ERASE) == date(2026, 12, 24)


def test_words_destroy_nothing():
    assert not clocks(RequestKind.ERASURE, is_answered=True)[Clock.WITHDRAWN].is_done


def test_unlawful_processing_is_blocked_checked_stopped_and_destroyed():
    found = clocks(RequestKind.UNLAWFUL, found_at=TUESDAY + timedelta(days=1))
    assert found[Clock.BLOCK].due_on == date(2026, 11, 24)
    assert found[Clock.STOP_UNLAWFUL].due_on == date(2026, 11, 30)
    assert found[Clock.NOT_NEEDED].due_on == date(2026, 12, 3)
    assert found[Clock.ERASE_UNLAWFUL].due_on == date(2026, 12, 9)


def test_nothing_is_to_be_destroyed_for_a_question_in_whose_course_something_was_found():
    assert list(clocks(RequestKind.ACCESS, found_at=TUESDAY)) == [Clock.ACCESS]


def test_the_block_of_a_check_ends_with_the_answer():
    assert clocks(RequestKind.UNLAWFUL, is_answered=True)[Clock.BLOCK].is_done


def test_third_parties_stop_distributing_in_three_working_days():
    assert first(RequestKind.STOP_DISTRIBUTION, Step.WITHDRAW) == date(2026, 11, 27)
    assert first(RequestKind.STOP_DISTRIBUTION, Step.WITHDRAW, Step.TELL_RECIPIENTS) == date(2026, 12, 8)


def test_destruction_that_cannot_be_done_has_six_months_from_the_day_this_was_found():
    put_off = {"put_off_at": datetime(2026, 12, 20, tzinfo=UTC)}
    assert first(RequestKind.ERASURE, Step.BLOCK, **put_off) == date(2027, 6, 20)


def test_six_months_end_on_the_last_day_of_a_shorter_month():
    assert policy.due(Clock.PUT_OFF, datetime(2027, 8, 31, tzinfo=UTC), CALENDAR) == date(2028, 2, 29)


def test_what_was_obtained_illegally_is_never_put_off():
    found = clocks(RequestKind.UNLAWFUL, found_at=TUESDAY, put_off_at=TUESDAY)
    assert found[Clock.NOT_NEEDED].due_on == date(2026, 12, 3)
    assert Clock.ERASE_UNLAWFUL not in found


@pytest.mark.parametrize("kind", RequestKind)
def test_only_a_destruction_may_be_put_off_and_only_once(kind):
    destroys = {RequestKind.ERASURE, RequestKind.WITHDRAWAL, RequestKind.STOP_PROCESSING}
    assert policy.may_put_off(Facts(kind, TUESDAY)) == (kind in destroys)
    assert policy.may_put_off(Facts(kind, TUESDAY, found_at=TUESDAY)) == (kind in destroys | {RequestKind.UNLAWFUL})
    assert not policy.may_put_off(Facts(kind, TUESDAY, found_at=TUESDAY, put_off_at=TUESDAY))


@pytest.mark.parametrize("kind", RequestKind)
def test_an_extension_is_offered_once_and_where_the_law_has_one(kind):
    never = {RequestKind.CORRECTION, RequestKind.STOP_MARKETING, RequestKind.STOP_DISTRIBUTION}
    never |= {RequestKind.UNLAWFUL, RequestKind.AUTOMATED}
    assert policy.may_extend(Facts(kind, TUESDAY)) == (kind not in never)
    assert not policy.may_extend(Facts(kind, TUESDAY, extended_at=TUESDAY))


def test_what_is_done_already_is_not_extended():
    assert not policy.may_extend(Facts(RequestKind.ACCESS, TUESDAY, is_answered=True))
    assert not policy.may_extend(Facts(RequestKind.ERASURE, TUESDAY, done=frozenset({Step.BLOCK})))


def test_the_letter_about_the_extension_leaves_within_the_term_itself():
    extended = Facts(RequestKind.ERASURE, TUESDAY, extended_at=TUESDAY)
    assert policy.extend_until(extended, CALENDAR) == date(2026, 12, 8)


@pytest.mark.parametrize(("days", "is_repeat"), [(0, True), (29, True), (30, False)])
def test_a_second_request_before_thirty_days_is_a_repeat(days, is_repeat):
    assert policy.is_repeat(TUESDAY, TUESDAY + timedelta(days=days)) is is_repeat


def test_the_day_of_receipt_is_that_of_moscow():
    late = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
    assert policy.due(Clock.ACCESS, late, CALENDAR) == date(2026, 12, 8)


def answered(outcome, kind=RequestKind.UNLAWFUL):
    request = SubjectRequest(kind=kind, received_at=TUESDAY, state=RequestState.ANSWERED, outcome=outcome)
    return [one.clock for one in policy.deadlines(Facts.of(request, set()), CALENDAR) if not one.is_done]


def test_where_nothing_is_held_the_answer_is_all():
    assert answered(Outcome.NOTHING_HELD) == []


def test_after_a_refusal_only_advertising_is_left_to_stop():
    assert answered(Outcome.REFUSED) == [Clock.STOP_MARKETING]
    assert answered(Outcome.REFUSED, RequestKind.ERASURE) == [Clock.STOP_MARKETING]


def test_a_request_that_is_not_answered_yet_is_neither_refused_nor_without_data():
    request = SubjectRequest(kind=RequestKind.ACCESS, received_at=TUESDAY, state=RequestState.IN_WORK)
    request.outcome = Outcome.NOTHING_HELD
    assert policy.next_due(Facts.of(request, set()), CALENDAR) == date(2026, 12, 8)
    assert not policy.deadlines(Facts.of(request, set()), CALENDAR)[0].is_done


def test_deadlines_come_the_soonest_first():
    days = [one.due_on for one in policy.deadlines(Facts(RequestKind.UNLAWFUL, TUESDAY, found_at=TUESDAY), CALENDAR)]
    assert days == sorted(days)
    assert isinstance(policy.deadlines(Facts(RequestKind.ACCESS, TUESDAY), CALENDAR)[0], Deadline)


@given(clock=CLOCKS, since=MOMENTS)
def test_no_term_ends_before_it_starts(clock, since):
    assert policy.due(clock, since, CALENDAR) >= since.astimezone(MOSCOW).date()


@given(clock=CLOCKS, since=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_what_comes_later_is_never_due_sooner(clock, since, later):
    assert policy.due(clock, since, CALENDAR) <= policy.due(clock, since + later, CALENDAR)


@given(clock=CLOCKS, since=MOMENTS)
def test_an_extension_adds_five_working_days_or_nothing(clock, since):
    usual, longer = (policy.due(clock, since, CALENDAR, is_extended=extended) for extended in (False, True))
    assert CALENDAR.between(usual, longer) == (5 if clock in LONGER else 0)
    assert clock in LONGER or usual == longer


@given(kind=KINDS, since=MOMENTS, done=st.sets(st.sampled_from(Step)))
def test_doing_something_never_makes_what_is_left_due_sooner(kind, since, done):
    before, after = (policy.next_due(Facts(kind, since, done=steps), CALENDAR) for steps in (frozenset(), done))
    assert since.astimezone(MOSCOW).date() <= before <= after


@pytest.mark.parametrize(
    ("day", "days", "is_overdue", "tone", "words"),
    [
        (date(2026, 12, 8), 10, False, "good", "Осталось 10 рабочих дней"),
        (date(2026, 11, 27), 3, False, "warn", "Осталось 3 рабочих дня"),
        (date(2026, 11, 25), 1, False, "warn", "Остался 1 рабочий день"),
        (date(2026, 11, 24), 0, False, "bad", "Срок сегодня"),
        (date(2026, 11, 23), -1, True, "bad", "Просрочено на 1 рабочий день"),
        (date(2026, 11, 17), -5, True, "bad", "Просрочено на 5 рабочих дней"),
    ],
)
def test_how_much_time_is_left_is_said_in_words(app, day, days, is_overdue, tone, words):
    with app.test_request_context():
        left = policy.time_left(day, TUESDAY.date(), CALENDAR)
    assert (left.working_days, left.is_overdue, left.tone, left.words) == (days, is_overdue, tone, words)


@pytest.mark.parametrize(
    ("due_on", "words"),
    [(date(2026, 11, 29), "Срок до ближайшего рабочего дня"), (date(2026, 11, 27), "Срок прошёл")],
)
def test_a_weekend_has_words_of_its_own(app, due_on, words):
    with app.test_request_context():
        assert policy.time_left(due_on, date(2026, 11, 28), CALENDAR).words == words


def test_a_clock_without_extension_is_never_counted_in_months_of_working_days():
    assert {term.unit for term in policy.TERMS.values() if term.extension} == {Unit.WORKING_DAYS}


def test_data_destroyed_without_a_word_is_not_the_end():
    received = datetime(2026, 11, 24, 9, tzinfo=UTC)
    gone = policy.Facts(RequestKind.ERASURE, received, done=frozenset({Step.ERASE}))
    left = [one for one in policy.deadlines(gone, Calendar()) if not one.is_done]
    assert [(one.clock, one.due_on) for one in left] == [(Clock.TOLD, date(2026, 12, 24))]
