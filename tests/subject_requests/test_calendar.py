"""Which days are worked: three years day by day, the dates the law's own arithmetic was checked with, later years."""

import calendar as months
from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.subject_requests.calendar import UNSURE, Calendar

OFF = {
    2025: (
        "1 2 3 4 5 6 7 8 11 12 18 19 25 26",
        "1 2 8 9 15 16 22 23",
        "1 2 8 9 15 16 22 23 29 30",
        "5 6 12 13 19 20 26 27",
        "1 2 3 4 8 9 10 11 17 18 24 25 31",
        "1 7 8 12 13 14 15 21 22 28 29",
        "5 6 12 13 19 20 26 27",
        "2 3 9 10 16 17 23 24 30 31",
        "6 7 13 14 20 21 27 28",
        "4 5 11 12 18 19 25 26",
        "2 3 4 8 9 15 16 22 23 29 30",
        "6 7 13 14 20 21 27 28 31",
    ),
    2026: (
        "1 2 3 4 5 6 7 8 9 10 11 17 18 24 25 31",
        "1 7 8 14 15 21 22 23 28",
        "1 7 8 9 14 15 21 22 28 29",
        "4 5 11 12 18 19 25 26",
        "1 2 3 9 10 11 16 17 23 24 30 31",
        "6 7 12 13 14 20 21 27 28",
        "4 5 11 12 18 19 25 26",
        "1 2 8 9 15 16 22 23 29 30",
        "5 6 12 13 19 20 26 27",
        "3 4 10 11 17 18 24 25 31",
        "1 4 7 8 14 15 21 22 28 29",
        "5 6 12 13 19 20 26 27",
    ),
    2027: (
        "1 2 3 4 5 6 7 8 9 10 16 17 23 24 30 31",
        "6 7 13 14 21 23 27 28",
        "6 7 8 13 14 20 21 27 28",
        "3 4 10 11 17 18 24 25",
        "1 2 3 8 9 10 15 16 22 23 29 30",
        "5 6 12 13 14 19 20 26 27",
        "3 4 10 11 17 18 24 25 31",
        "1 7 8 14 15 21 22 28 29",
        "4 5 11 12 18 19 25 26",
        "2 3 9 10 16 17 23 24 30 31",
        "4 6 7 13 14 20 21 27 28",
        "4 5 11 12 18 19 25 26",
    ),
}
"""Every day that is not worked, month by month, as the production calendar prints it."""
TUESDAY, BEFORE_NEW_YEAR = date(2026, 11, 24), date(2026, 12, 22)
BUILT_IN = Calendar()
CONFIRMED = Calendar(dict(UNSURE))
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def days_of(year):
    return [date(year, 1, 1) + timedelta(days=number) for number in range(365 + months.isleap(year))]


@pytest.mark.parametrize("year", OFF)
def test_a_built_in_year_is_right_day_by_day(year):
    off = [date(year, month, int(day)) for month, days in enumerate(OFF[year], 1) for day in days.split()]
    assert [day for day in days_of(year) if not BUILT_IN.is_working(day)] == off


@pytest.mark.parametrize("year", OFF)
def test_a_year_whose_transfers_are_confirmed_is_that_of_another_source(year):
    other = holidays.country_holidays("RU", years=[year])
    assert [day for day in days_of(year) if CONFIRMED.is_working(day) != other.is_working_day(day)] == []


@pytest.mark.parametrize(("year", "built_in", "confirmed"), [(2025, 247, 247), (2026, 248, 247), (2027, 250, 247)])
def test_a_year_has_so_many_working_days(year, built_in, confirmed):
    counted = [sum(map(one.is_working, days_of(year))) for one in (BUILT_IN, CONFIRMED)]
    assert counted == [built_in, confirmed]


@pytest.mark.parametrize(
    ("number", "day"),
    [(3, date(2026, 11, 27)), (7, date(2026, 12, 3)), (10, date(2026, 12, 8)), (15, date(2026, 12, 15))],
)
def test_working_days_are_counted_from_the_day_after(number, day):
    assert BUILT_IN.after(TUESDAY, number) == day


def test_an_unsure_day_counts_as_working_so_that_the_deadline_is_the_earlier_one():
    assert BUILT_IN.after(BEFORE_NEW_YEAR, 10) == date(2027, 1, 13)


def test_the_operator_knows_better():
    assert Calendar({date(2026, 12, 31): False}).after(BEFORE_NEW_YEAR, 10) == date(2027, 1, 14)


def test_a_day_that_the_operator_spoke_about_is_unsure_no_more():
    assert list(Calendar({date(2027, 2, 22): True}).unsure(2027)) == [
        date(2027, 2, 20),
        date(2027, 11, 5),
        date(2027, 12, 31),
    ]


def test_in_a_year_without_a_decree_a_holiday_on_a_weekend_moves_to_the_next_working_day():
    assert not BUILT_IN.is_working(date(2028, 11, 6))  # the 4th is a Saturday
    assert BUILT_IN.is_working(date(2028, 1, 10))  # holidays of January are moved by decree alone


@pytest.mark.parametrize("year", range(2028, 2040))
def test_no_holiday_is_worked_in_any_year(year):
    moved = holidays.country_holidays("RU", years=[year])
    assert [day for day in moved if BUILT_IN.is_working(day)] == []


def test_a_year_is_set_when_it_is_built_in_or_the_operator_has_checked_it():
    assert [BUILT_IN.is_set(year) for year in (2024, 2025, 2026, 2027, 2028)] == [False, True, True, True, False]
    assert Calendar(confirmed_years=[2028]).is_set(2028)


@given(day=DAYS, number=st.integers(1, 30), overrides=st.dictionaries(DAYS, st.booleans(), max_size=40))
def test_the_nth_working_day_is_one_and_there_are_n_of_them(day, number, overrides):
    calendar = Calendar(overrides)
    last = calendar.after(day, number)
    assert calendar.is_working(last)
    assert calendar.between(day, last) == number
