"""How well requests were answered."""

from datetime import date

import pytest

from crm.subject_requests import register, statistics
from crm.subject_requests.models import Outcome, RequestKind, RequestState
from tests.house.test_statements import counted
from tests.subject_requests.journalling import JOURNAL, november


def figures(acting, *days):
    acting.rollback()
    return statistics.of_period(*days)


def test_without_requests_there_are_no_figures(acting, clock):
    found = figures(acting)
    assert (found.whole.received, found.whole.median_days, found.whole.in_time, found.by_kind) == (0, None, None, {})


def test_the_median_is_of_working_days_and_the_share_of_those_in_time(asked_on, acting):
    asked_on(3, answered=november(5))  # 1 working day: 4.11 is a holiday
    asked_on(3, answered=november(10))  # 4
    asked_on(3, answered=november(20))  # 12, late
    whole = figures(acting).whole
    assert (whole.received, whole.answered, whole.median_days, whole.in_time) == (3, 3, 4, 66)


def test_an_open_request_counts_against_only_once_it_is_overdue(asked_on, acting):
    asked_on(20)
    assert figures(acting).whole.in_time is None
    asked_on(3)
    assert figures(acting).whole.in_time == 0


def test_each_kind_has_figures_of_its_own(asked_on, acting):
    asked_on(3, answered=november(20))
    asked_on(3, answered=november(20), kind=RequestKind.ERASURE)
    by_kind = figures(acting).by_kind
    assert {kind: one.in_time for kind, one in by_kind.items()} == {RequestKind.ACCESS: 0, RequestKind.ERASURE: 100}


def test_what_was_no_request_does_not_count(asked_on, acting):
    asked_on(3, state=RequestState.DISMISSED, closed_at=november(5))
    assert figures(acting).whole.received == 0


def test_only_the_period_counts(asked_on, acting):
    asked_on(3, answered=november(5))
    asked_on(12, answered=november(13))
    assert figures(acting, date(2026, 11, 10), date(2026, 11, 12)).whole.received == 1


@pytest.mark.parametrize(
    ("day", "first"), [(date(2026, 11, 24), date(2025, 11, 25)), (date(2028, 2, 29), date(2027, 3, 1))]
)
def test_a_year_is_twelve_months(day, first):
    assert statistics.a_year_before(day) == first


def test_ninety_nine_and_a_half_is_no_hundred(asked_on, acting):
    pace = register.Pace(date(2026, 1, 1), date(2026, 1, 1), 1, 0, False)
    late = register.Pace(date(2026, 1, 1), date(2026, 1, 2), 1, 1, True)
    assert statistics._figures([*[pace] * 399, late]).in_time == 99


def test_it_is_one_read_however_many_there_are(app, asked_on, acting):
    def reads():
        acting.rollback()
        with counted(app) as seen:
            statistics.of_period()
        return [one for one in seen if one.startswith("SELECT")]

    asked_on(3)
    few = reads()
    for _ in range(5):
        asked_on(4, answered=november(20), outcome=Outcome.REFUSED)
    assert len(reads()) == len(few) == 3  # and two for the calendar


def test_too_many_to_count_are_said_to_be_cut(asked_on, owner, monkeypatch):
    monkeypatch.setattr(statistics, "MOST", 1)
    asked_on(3), asked_on(4)
    assert "взяты последние" in owner.get(JOURNAL).text


def test_the_page_shows_the_figures_of_the_chosen_period(asked_on, owner):
    asked_on(3, answered=november(20))
    shown = owner.get(JOURNAL, query_string={"figures-since": "2026-11-01", "figures-until": "2026-11-10"}).text
    assert "с 01.11.2026 по 10.11.2026" in shown
    assert "0 %" in shown


def test_a_wrong_period_is_told_beside_its_field(asked_on, owner):
    answer = owner.get(JOURNAL, query_string={"figures-since": "2026-11-20", "figures-until": "2026-11-10"})
    assert answer.status_code == 422
    assert "раньше первого" in answer.text
