"""Working days of Russia: built-in years, the Labour Code's rule for the others, and what the operator says on top."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

OFF: dict[int, dict[int, tuple[int, ...]]] = {
    2025: {
        1: (1, 2, 3, 6, 7, 8),
        5: (1, 2, 8, 9),
        6: (12, 13),
        11: (3, 4),
        12: (31,),
    },
    2026: {
        1: (1, 2, 5, 6, 7, 8, 9),
        2: (23,),
        3: (9,),
        5: (1, 11),
        6: (12,),
        11: (4,),
    },
    2027: {
        1: (1, 4, 5, 6, 7, 8),
        2: (23,),
        3: (8,),
        5: (3, 10),
        6: (14,),
        11: (4,),
    },
}
"""Days off that are no Saturday or Sunday, by month: art. 112 of the Labour Code and the Government's decrees on the
transfer of days off (04.10.2024 for 2025, 24.09.2025 for 2026)."""
AT_WORK = frozenset({date(2025, 11, 1)})
"""Saturdays on which the country works."""
UNSURE = {
    date(2026, 12, 31): False,
    date(2027, 2, 20): True,
    date(2027, 2, 22): False,
    date(2027, 11, 5): False,
    date(2027, 12, 31): False,
}
"""Transfers that were not checked against the decree's own text, and whether the day works by them. Until the operator
confirms one it counts as a working day: the deadline is the earlier one."""
HOLIDAYS = (
    *((1, day) for day in range(1, 9)),
    *((2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)),
)
"""Month and day of the holidays of art. 112."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Which days are worked, as the operator sees it."""

    overrides: Mapping[date, bool] = field(default_factory=dict)
    confirmed_years: Collection[int] = ()

    def is_working(self, day: date) -> bool:
        """Whether the day is a working day."""
        told = self.overrides.get(day)
        return is_built_in_working(day) if told is None else told

    def after(self, day: date, number: int) -> date:
        """The n-th working day after a day; the day itself never counts."""
        while number:
            day += DAY
            number -= self.is_working(day)
        return day

    def between(self, day: date, until: date) -> int:
        """How many working days there are after a day, up to another and with it."""
        return sum(self.is_working(day + DAY * number) for number in range(1, (until - day).days + 1))

    def is_set(self, year: int) -> bool:
        """Whether somebody has set the year: it is built in, or the operator has checked it."""
        return year in OFF or year in self.confirmed_years

    def unsure(self, year: int) -> dict[date, bool]:
        """Days of the year that nobody has confirmed, and whether they work by what is known."""
        return {day: works for day, works in UNSURE.items() if day.year == year and day not in self.overrides}


def is_built_in_working(day: date) -> bool:
    """Whether the day is a working day as far as this file knows."""
    if day in AT_WORK or day in UNSURE:
        return True
    return day.weekday() < 5 and day not in days_off(day.year)


@cache
def days_off(year: int) -> frozenset[date]:
    """The days off of a year beside its Saturdays and Sundays."""
    if year in OFF:
        return frozenset(date(year, month, day) for month, days in OFF[year].items() for day in days)
    return frozenset(_by_the_rule(year))


def _by_the_rule(year: int) -> Iterator[date]:
    """Holidays, and the working day after each that falls on a weekend; those of January are moved by decree only."""
    holidays = {date(year, *holiday) for holiday in HOLIDAYS}
    for day in holidays:
        moved = day
        while day.month > 1 and (moved.weekday() > 4 or (moved != day and moved in holidays)):
            moved += DAY
        yield moved
