"""The journal as the owner reads it."""

import re

import pytest

from crm.audit import commands
from crm.audit.models import Action
from crm.core import transaction
from crm.core.db import db


def numbers(answer):
    return [int(number) for number in re.findall(r'data-label="№"[^>]*><div>(\d+)</div>', answer.text)]


@pytest.fixture
def busy(acting):
    """A day with 120 acts more."""
    with transaction.of_its_own():
        for _ in range(120):
            commands.note(Action.FORM_SAVED)
        db.session.flush()


def test_the_journal_shows_the_newest_first_with_number_time_actor_and_act(owner, ours):
    owner.get(f"/clients/{ours.client_id}")
    page = owner.get("/settings/trail")
    assert numbers(page) == sorted(numbers(page), reverse=True)
    assert "Карточка прочитана" in page.text
    assert ours.owner.name in page.text
    assert "(МСК)" in page.text or re.search(r"<time datetime=", page.text)


def test_the_journal_leads_to_the_cards_it_speaks_of(owner, ours):
    owner.get(f"/clients/{ours.client_id}")
    assert f'href="/clients/{ours.client_id}"' in owner.get("/settings/trail").text


def test_page_after_page_shows_every_entry_once(owner, busy):
    url, seen = "/settings/trail", []
    while url:
        answer = owner.get(url)
        seen += numbers(answer)
        link = re.search(r'href="([^"]*)" rel="next"', answer.text)
        url = link and link[1]
    assert seen == list(range(len(seen), 0, -1))
    assert len(seen) > 120


@pytest.mark.parametrize("before", ["x", "%00", "0" * 32, "-1"])
def test_a_place_in_the_journal_that_makes_no_sense_is_answered_not_failed(owner, before):
    assert owner.get(f"/settings/trail?before={before}").status_code in (200, 404)


def test_the_journal_is_the_owners_alone(manager):
    assert manager.get("/settings/trail").status_code == 403


def test_nothing_in_the_journal_can_be_changed_from_its_page(owner):
    page = owner.get("/settings/trail").text.partition("<main")[2]
    assert "<form" not in page
    assert "<button" not in page


def test_the_journal_shows_nothing_of_another_operator(owner, neighbour, house):
    neighbour.get(f"/clients/{house.neighbour.client_id}")
    assert str(house.neighbour.client_id) not in owner.get("/settings/trail").text
