"""Attempts are counted whatever becomes of the request, by keyed names only."""

import pytest
from sqlalchemy import select

from crm.core import throttle
from crm.core.db import db
from crm.core.throttle import Limit, Throttle
from tests.core.at_once import at_once
from tests.core.rows import number

LIMIT = Limit("a test", count=3, minutes=10)
OTHER = Limit("another test", count=3, minutes=10)


def attempts(times, whose="anna"):
    for _ in range(times):
        throttle.count({LIMIT: whose})


def test_the_limit_lets_in_until_it_is_full(acting):
    attempts(2)
    assert throttle.wait({LIMIT: "anna"}) == 0


def test_a_full_limit_says_how_long_to_wait(acting, clock):
    clock.stop()
    attempts(3)
    assert throttle.wait({LIMIT: "anna"}) == 10 * 60 + 1


def test_a_full_limit_lets_in_again_after_its_time(acting, clock):
    clock.stop()
    attempts(3)
    clock.move(minutes=9, seconds=59)
    assert throttle.wait({LIMIT: "anna"}) > 0
    clock.move(seconds=1)
    assert throttle.wait({LIMIT: "anna"}) == 0


def test_after_its_time_counting_begins_anew(acting, clock):
    clock.stop()
    attempts(3)
    clock.move(minutes=10)
    attempts(2)
    assert throttle.wait({LIMIT: "anna"}) == 0


@pytest.mark.parametrize(("limit", "whose"), [(LIMIT, "boris"), (OTHER, "anna"), (LIMIT, "anna ")])
def test_a_full_limit_stops_nobody_else(acting, limit, whose):
    attempts(3)
    assert throttle.wait({limit: whose}) == 0


def test_an_attempt_counts_although_its_request_is_rolled_back(acting):
    attempts(3)
    acting.rollback()
    assert throttle.wait({LIMIT: "anna"}) > 0


def test_the_longest_of_several_waits_counts(acting, clock):
    clock.stop()
    longer = Limit("a longer test", count=1, minutes=60)
    throttle.count({LIMIT: "anna", longer: "anna"})
    assert throttle.wait({LIMIT: "anna", longer: "anna"}) == 60 * 60 + 1


def test_counters_whose_time_is_over_are_removed(acting, app, clock):
    attempts(1)
    clock.move(minutes=11)
    attempts(1, whose="boris")
    assert number(app, "throttle") == 1


def test_a_counter_shows_neither_whose_it_is_nor_what_it_counts(acting):
    attempts(1, whose="anna@example.org|192.0.2.7")
    name = db.session.scalars(select(Throttle.name)).one()
    assert len(name) == 32
    assert b"anna" not in name


def test_attempts_at_the_same_moment_are_all_counted(app):
    def attempt():
        with app.app_context():
            throttle.count({LIMIT: "anna"})

    at_once([attempt] * 8)
    with app.app_context():
        assert db.session.scalars(select(Throttle.count)).one() == 8
