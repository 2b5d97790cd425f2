"""Guessers are slowed down, and nobody else with them."""

import pytest

from crm.core import throttle
from tests.accounts.test_sign_in import fail
from tests.browsing import browser
from tests.builders import PASSWORD
from tests.core.at_once import at_once


def coming_from(app, address):
    who = browser(app)
    who.environ_base["REMOTE_ADDR"] = address
    return who


def test_a_crowd_at_once_gets_no_more_tries_than_one(app, ours):
    def guess():
        return fail(browser(app), ours.owner.email, 1)[0]

    assert sorted(at_once([guess] * 12)) == [422] * 5 + [429] * 7


def test_outsiders_cannot_lock_out_a_browser_that_was_let_in(app, ours):
    known = browser(app)
    known.sign_in(ours.owner, password=PASSWORD)
    known.submit(known.get("/"), button="Выйти")
    for n in range(101):
        fail(coming_from(app, f"192.0.2.{n}"), ours.owner.email, 1)
    assert fail(coming_from(app, "192.0.2.200"), ours.owner.email, 1) == [429]
    assert known.fill("/sign-in", email=ours.owner.email, password=PASSWORD).status_code == 303


def test_the_mark_of_a_browser_counts_for_its_own_account_only(app, ours):
    known = browser(app)
    known.sign_in(ours.owner, password=PASSWORD)
    known.submit(known.get("/"), button="Выйти")
    assert fail(known, ours.manager.email, 6) == [422] * 5 + [429]


def test_an_ipv6_subscriber_is_counted_as_one(app, ours):
    answers = [fail(coming_from(app, f"2001:db8::{n}"), ours.owner.email, 1)[0] for n in range(6)]
    assert answers == [422] * 5 + [429]


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8:0:1::5", "2001:db8:0:1::/64"), ("", ""), ("unknown", "unknown")],
)
def test_whose_an_address_is(address, network):
    assert throttle.network(address) == network


def test_a_closed_access_stays_closed_for_old_sign_ins(owner, manager):
    for button in ("Закрыть доступ", "Открыть доступ"):
        owner.fill("/settings/staff", button=button)
    assert manager.get("/clients/").status_code == 303
