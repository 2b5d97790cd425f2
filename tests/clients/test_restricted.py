"""Cards that may only be kept: lists and searches leave them out and say so; who asks for them sees them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.clients import commands, queries
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.core import transaction
from crm.core.clock import now, today
from tests.builders import many_submissions
from tests.clients.cards import found
from tests.clients.test_keeping import shown
from tests.house.test_statements import statements

LINE = "Ещё есть ограниченные карточки:"


@pytest.fixture
def people(acting, ours):
    """Five people, the oldest first."""
    with transaction.of_its_own():
        many_submissions(ours.form_id, 5)
    return acting.scalars(select(Client).order_by(Client.id)).all()[1:]


@pytest.fixture
def blocked(people):
    """One of them, whose card is blocked."""
    with transaction.of_its_own():
        commands.block(people[2], now())
    return people[2]


def test_a_blocked_card_stands_in_no_list_and_in_no_search(manager, blocked):
    for query in ("", "номер2", "person2of5@example.org", "+79120052"):
        assert f"/clients/{blocked.id}" not in found(manager, query)


def test_one_line_says_that_there_are_more_and_leads_to_them(manager, blocked):
    page = manager.get("/clients/").text
    assert LINE in page
    link = page.partition(LINE)[2].partition('href="')[2].partition('"')[0]
    assert str(blocked.id) in manager.get(link.replace("&amp;", "&")).text


def test_the_line_keeps_what_was_searched_for(manager, blocked):
    found_page = manager.get(manager.fill("/clients/", q="номер2").location).text
    assert "Никого не нашлось" in found_page
    link = found_page.partition(LINE)[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    page = manager.get(link).text
    assert (str(blocked.id) in page, page.count("<tr role") - 1) == (True, 1)


def test_without_such_cards_there_is_no_such_line(manager, people):
    assert LINE not in manager.get("/clients/").text


def test_a_search_that_finds_none_of_them_has_no_such_line(manager, blocked):
    assert LINE not in manager.get("/clients/", query_string={"q": "номер1"}).text


@pytest.mark.parametrize("query", ["", "человек"])
def test_the_filter_shows_them_those_with_a_day_first(manager, people, query):
    with transaction.of_its_own():
        for number in (0, 2, 3):
            commands.block(people[number], now())
        people[2].restricted_at, people[2].destroy_on = now(), today() + timedelta(days=9)
        people[4].restricted_at, people[4].destroy_on = now(), today() + timedelta(days=3)
    expected = [str(people[number].id) for number in (4, 2, 3, 0)]
    assert [one.rpartition("/")[2] for one in found(manager, query, standing="restricted")] == expected


@pytest.mark.parametrize("with_a_day", [0, 30, 49, 50, 51, 70])
def test_page_after_page_nobody_restricted_is_left_out(manager, acting, ours, with_a_day):
    with transaction.of_its_own():
        many_submissions(ours.form_id, 119)
        for number, client in enumerate(acting.scalars(select(Client))):
            client.blocked_at = now()
            if number < with_a_day:
                client.destroy_on = today() + timedelta(days=number % 3)
    seen, url = [], "/clients/?standing=restricted"
    while url:
        page = manager.get(url).text
        seen += re.findall(r'<a href="/clients/([0-9a-f-]{36})"', page)
        more = re.search(r'href="([^"]*)" rel="next"', page)
        url = more[1].replace("&amp;", "&") if more else None
    assert (len(seen), len(set(seen))) == (120, 120)


@pytest.mark.parametrize(("standing", "is_shown"), [("given", False), ("withdrawn", True), ("expired", True)])
def test_who_asks_for_those_on_the_way_out_sees_their_blocked_cards(manager, blocked, standing, is_shown):
    with transaction.of_its_own():
        blocked.standing = ConsentStanding(standing)
    assert (str(blocked.id) in shown(manager, standing)) is is_shown


def test_consent_after_a_withdrawal_is_still_found_by_its_filter(manager, blocked):
    with transaction.of_its_own():
        blocked.standing, blocked.restricted_at = ConsentStanding.AGAIN, now()
    assert shown(manager, "again") == [str(blocked.id)]


def test_what_must_be_destroyed_soon_is_shown_though_it_is_blocked(manager, blocked):
    with transaction.of_its_own():
        blocked.destroy_on = today()
    assert shown(manager, "soon") == [str(blocked.id)]


def test_lists_say_in_words_what_may_not_be_done(manager, blocked):
    with transaction.of_its_own():
        commands.stop_marketing(blocked, now())
    row = manager.get("/clients/?standing=restricted").text.partition(str(blocked.id))[2].partition("</tr>")[0]
    assert "Заблокирована</span>" in row
    assert "Без рекламы</span>" in row
    assert "Заблокирована" in manager.get("/").text.partition(str(blocked.id))[2].partition("</li>")[0]


def test_who_may_be_the_same_person_is_marked_too(manager, acting, people, blocked):
    with transaction.of_its_own():
        people[1].phone = blocked.phone
    page = manager.get(f"/clients/{people[1].id}").text.partition("Возможно, тот же человек")[2].partition("</div>")[0]
    assert "Заблокирована" in page


def test_whether_there_are_more_is_asked_in_one_statement_however_many(manager, acting, ours, people):
    few = statements(manager, "/clients/")
    with transaction.of_its_own():
        for client in people:
            commands.block(client, now())
    assert len(statements(manager, "/clients/")) == len(few)


def test_a_filter_that_shows_them_asks_nothing_more(acting, people):
    assert not queries.has_more_restricted(queries.Filter(is_restricted=True))
    assert not queries.has_more_restricted(queries.Filter(query="x"))


@pytest.mark.parametrize(("query", "is_there"), [("номер0", True), ("номер1", True), ("номер4", False)])
def test_where_there_are_too_many_to_look_through_the_words_are_looked_for(
    acting, people, monkeypatch, query, is_there
):
    monkeypatch.setattr(queries, "COMMON", 2)
    for client in people[:4]:
        commands.block(client, now())
    acting.flush()
    assert queries.has_more_restricted(queries.Filter(query=query)) is is_there
