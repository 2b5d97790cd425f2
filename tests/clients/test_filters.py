"""The list narrowed by filters, alone and together with words."""

from datetime import datetime

import pytest

from crm.core import transaction
from tests.builders import submission
from tests.clients.cards import found
from tests.clients.test_search import names


def withdraw(owner, ours):
    owner.fill(f"/clients/{ours.client_id}/withdraw", channel="email")


@pytest.mark.parametrize(("standing", "number"), [("", 1), ("given", 1), ("withdrawn", 1), ("none", 0)])
def test_the_list_is_narrowed_by_the_standing_of_consent(visitor, owner, ours, standing, number):
    withdraw(owner, ours)
    visitor.fill(f"/f/{ours.slug}", full_name="Мария", consent=True)
    assert len(found(owner, "", standing=standing)) == number


def test_who_never_agreed_is_found_by_that(visitor, owner, ours):
    owner.fill("/settings/", consent_asked=False)
    visitor.fill(f"/f/{ours.slug}", full_name="Мария")
    assert len(found(owner, "", standing="none")) == 1


def test_the_list_is_narrowed_by_the_form_that_opened_the_card(visitor, owner, ours):
    address = owner.fill("/forms/new", title="Вторая").location
    owner.fill(address, button="publish")
    slug = owner.get(address).text.partition("/f/")[2].partition('"')[0]
    visitor.fill(f"/f/{slug}", full_name="Мария", phone="89121110000", consent=True)
    second = address.rpartition("/")[2].replace("-", "")
    assert names(owner, "", opened_by=second) == ["Мария"]
    assert names(owner, "", opened_by=ours.form_id.hex) == ["Пётр Лугов"]


@pytest.mark.parametrize(
    ("since", "until", "number"),
    [
        ("2026-11-24", "", 1),
        ("", "2026-11-24", 2),
        ("2026-11-23", "2026-11-24", 2),
        ("2026-11-25", "", 0),
        ("", "2026-11-22", 0),
    ],
)
def test_the_list_is_narrowed_by_days_of_moscow(acting, owner, ours, clock, since, until, number):
    for moment in ("2026-11-23T20:59:00+00:00", "2026-11-23T21:00:00+00:00"):  # a minute before and at midnight there
        clock.stop(datetime.fromisoformat(moment))
        with transaction.of_its_own():
            submission(ours.form_id, full_name=f"Человек {moment}")
    clock.go_on()
    assert len(found(owner, "человек", since=since, until=until)) == number


def test_filters_and_words_narrow_together(visitor, owner, ours):
    withdraw(owner, ours)
    assert names(owner, "лугов", standing="withdrawn") == ["Пётр Лугов"]
    assert names(owner, "лугов", standing="given") == []


WRONG_FILTERS = [
    *(
        "standing=nothing",
        "opened_by=nothing",
        "opened_by=00000000000000000000000000000000",
        "since=yesterday",
        "until=2026-13-01",
    ),
    *(
        "q=" + "x" * 201,
        "since=0001-01-01",
        "until=9999-12-31",
        "since=-1",
        "standing=%20",
        "opened_by=%20",
        "since=%20",
        "q=%ED%A0%80",
    ),
    *(
        "q=1&q=2",
        "q[]=x",
        "x=y",
        "standing=given&standing=none",
        "since=2026-11-24&until=2020-01-01",
        "since=1969-12-31",
    ),
]


@pytest.mark.parametrize("query", WRONG_FILTERS)
def test_a_filter_that_makes_no_sense_is_answered_not_failed(owner, query):
    assert owner.get(f"/clients/?{query}").status_code in (200, 422)


@pytest.mark.parametrize("before", ["x", "%00", "-1", "0" * 33, "00000000000000000000000000000000", "%7B%7D"])
def test_a_place_in_the_list_that_makes_no_sense_is_answered_not_failed(owner, before):
    assert owner.get(f"/clients/?before={before}").status_code in (200, 404)
