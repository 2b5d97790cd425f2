"""Cards on the way out: the list narrows to them, the most urgent first, and every list shows what may not be used."""

import re
import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from crm.accounts.models import User
from crm.clients import queries
from crm.clients.models import Client
from crm.consents import commands as consents
from crm.consents.commands import Circumstances
from crm.consents.models import Channel
from crm.core import transaction
from crm.core.clock import today
from crm.core.db import db
from tests.builders import many_submissions
from tests.clients.cards import found
from tests.consents.desk import words


@pytest.fixture
def leaving(acting, ours):
    """Four people who took consent back 28, 20, 5 days ago and today, and one who did not."""
    with transaction.of_its_own():
        many_submissions(ours.form_id, 5)
    by = acting.get_one(User, ours.owner.id)
    clients = acting.scalars(select(Client).order_by(Client.id)).all()[1:]
    with transaction.of_its_own():
        for client, days in zip(clients[:4], (5, 28, 0, 20), strict=True):
            seen = Circumstances(Channel.EMAIL, given_on=today() - timedelta(days=days))
            consents.withdraw(client.id, seen=seen, by=by)
    return clients


def shown(who, standing, **more):
    """The cards that the list shows, in its order."""
    return [address.rpartition("/")[2] for address in found(who, "", standing=standing, **more)]


def ids(clients, *order):
    return [str(clients[number].id) for number in order]


def test_the_restricted_ones_come_the_most_urgent_first(manager, leaving):
    assert shown(manager, "restricted") == ids(leaving, 1, 3, 0, 2)


def test_those_to_be_destroyed_soon_are_those_of_the_next_two_weeks(manager, leaving):
    assert shown(manager, "soon") == ids(leaving, 1, 3)


def test_a_card_that_waits_for_the_button_in_a_letter_is_due_but_not_restricted(manager, leaving):
    with transaction.of_its_own():
        leaving[4].destroy_on = today() + timedelta(days=7)
    assert shown(manager, "soon") == ids(leaving, 1, 4, 3)
    assert str(leaving[4].id) not in shown(manager, "restricted")


def test_who_is_late_already_comes_first(manager, acting, leaving):
    with transaction.of_its_own():
        leaving[2].destroy_on = today() - timedelta(days=3)
    assert shown(manager, "soon") == ids(leaving, 2, 1, 3)
    assert "просрочено на 3 " in words(manager.get("/clients/?standing=soon").text)


def test_the_filter_and_a_search_narrow_together(manager, leaving):
    assert found(manager, "номер1", standing="restricted") == [f"/clients/{leaving[1].id}"]


def test_every_list_says_that_a_card_is_restricted_and_until_when(manager, leaving):
    for standing in ("restricted", "soon", "withdrawn"):
        page = manager.get(f"/clients/?standing={standing}").text
        row = page.partition(str(leaving[1].id))[2].partition("</tr>")[0]
        assert "Ограничена</span>" in row
        assert f"уничтожить до {today() + timedelta(days=2):%d.%m.%Y}, осталось 2 " in words(row)
    other = manager.get("/clients/").text.partition(str(leaving[4].id))[2].partition("</tr>")[0]
    assert "Ограничена" not in other


def test_page_after_page_nobody_is_left_out_though_many_have_one_day(manager, acting, ours):
    with transaction.of_its_own():
        many_submissions(ours.form_id, 119)
        for number, client in enumerate(acting.scalars(select(Client))):
            client.restricted_at, client.destroy_on = client.created_at, today() + timedelta(days=number % 3)
    pages, url = [], "/clients/?standing=restricted"
    while url:
        page = manager.get(url).text
        pages.append(re.findall(r'<a href="/clients/([0-9a-f-]{36})"', page))
        more = re.search(r'href="([^"]*)" rel="next"', page)
        url = more[1].replace("&amp;", "&") if more else None
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({one for page in pages for one in page}) == 120


def test_a_page_stays_where_it_was_when_the_card_at_its_end_goes(manager, acting, leaving):
    first = queries.page(queries.Filter(is_restricted=True))
    place = queries.Place(first[1].id, first[1].destroy_on)
    first[1].restricted_at = first[1].destroy_on = None
    acting.flush()
    assert list(queries.page(queries.Filter(is_restricted=True), after=place)) == list(first[2:])


@pytest.mark.parametrize("due", ["", "&due=x", "&due=2026-13-01", "&due=%00"])
def test_a_place_without_its_day_is_not_found(manager, leaving, due):
    assert manager.get(f"/clients/?standing=soon&before={leaving[0].id.hex}{due}").status_code == 404


@pytest.mark.parametrize("narrowed", [queries.Filter(is_restricted=True), queries.Filter(due_by=date(2027, 1, 1))])
def test_the_list_is_read_from_its_index(acting, narrowed):
    if db.engine.dialect.name == "sqlite":  # the other database chooses by the number of rows, and here there are few
        plans = plans_of(lambda: queries.page(narrowed, after=queries.Place(uuid.UUID(int=0), today())))
        assert any("ix_client_destroy_on" in step for plan in plans for step in plan), plans


def test_restricted_cards_without_a_day_are_read_from_an_index_of_their_own(acting):
    if db.engine.dialect.name == "sqlite":
        narrowed = queries.Filter(is_restricted=True)
        for read in (queries.page, queries.has_more_restricted):
            plan = plans_of(lambda read=read: read(replace(narrowed, is_restricted=read is queries.page)))[-1]
            assert any("ix_client_restricted" in step for step in plan), plan


def plans_of(read):
    """How SQLite goes about each statement of a read."""
    sent = []

    def write_down(connection, cursor, statement, parameters, context, many):
        sent.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", write_down)
    read()
    event.remove(db.engine, "before_cursor_execute", write_down)
    with db.engine.connect() as connection:
        return [
            [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in sent
        ]


def test_the_newest_submissions_say_which_of_their_people_are_restricted(manager, leaving):
    page = manager.get("/").text.partition("Новые заявки")[2]
    assert "Ограничена</span>" in page.partition(str(leaving[0].id))[2].partition("</li>")[0]
    assert "Ограничена" not in page.partition(str(leaving[4].id))[2].partition("</li>")[0]
