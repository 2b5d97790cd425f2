"""What the first page and every page of the desk warn of: destructions that are due, calls, texts that are outdated."""

from datetime import timedelta

import pytest

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.clients.models import Client
from crm.core import transaction
from crm.core.clock import today
from crm.webforms import commands as webforms
from tests.builders import many_submissions
from tests.consents.desk import words


@pytest.fixture
def due(acting, ours):
    """Makes so many cards due, one each day from three days ago on."""

    def make(number):
        with transaction.of_its_own():
            many_submissions(ours.form_id, number)
            clients = acting.query(Client).order_by(Client.id)[1:]
            for late, client in enumerate(clients):
                client.restricted_at, client.destroy_on = client.created_at, today() + timedelta(days=late - 3)
        return [client.full_name for client in clients]

    return make


def listed(who):
    """The panel of destructions, as one reads it."""
    return words(who.get("/").text.partition("Скоро уничтожить")[2].partition("</section>")[0])


def test_what_is_late_comes_first_and_says_so(manager, due):
    names = due(5)
    said = listed(manager)
    assert [said.index(name) for name in names] == sorted(said.index(name) for name in names)
    assert "просрочено на 3 " in said
    assert "сегодня последний день" in said
    assert "осталось 1 " in said or "остался 1 " in said


def test_ten_are_named_and_the_list_of_clients_has_the_rest(manager, due):
    due(14)
    page = manager.get("/").text
    assert page.count('class="due ') == 10
    assert manager.get("/clients/?standing=soon").text.count('class="due ') == 14


def test_what_is_due_later_than_in_two_weeks_is_not_named(manager, due):
    due(20)
    assert manager.get("/clients/?standing=soon").text.count('class="due ') == 18


def test_while_nothing_is_due_nothing_is_said(manager):
    assert "Скоро уничтожить" not in manager.get("/").text


@pytest.fixture
def changed(acting, anna):
    """Says that the company moved, so no published text is true any more."""

    def move(*, grace):
        with transaction.of_its_own():
            accounts.main_entity().address = "Новый адрес"
            accounts.organisation().grace_days = grace
            webforms.judge(by=anna)

    return move


@pytest.fixture
def anna(acting, ours):
    return acting.get_one(User, ours.owner.id)


@pytest.mark.parametrize(("grace", "said"), [(0, "они не принимают заявки"), (5, "Отсрочка идёт")])
def test_every_page_warns_of_forms_whose_texts_are_outdated(owner, manager, changed, grace, said):
    changed(grace=grace)
    for who, url in ((owner, "/"), (manager, "/clients/"), (owner, "/settings/staff")):
        page = who.get(url).text
        assert "Тексты согласий устарели" in page
        assert "«Заявка с сайта»" in page
        assert said in page


def test_while_consent_is_not_asked_that_is_warned_of_instead(owner, changed):
    owner.fill("/settings/", consent_asked=False)
    changed(grace=0)
    page = owner.get("/").text
    assert "Тексты согласий устарели" not in page
    assert "Формы собирают данные без согласия" in page


def test_the_page_of_a_link_is_a_visitors_page_whoever_opens_it(owner, ours, changed):
    changed(grace=0)
    owner.fill("/", button="English")
    page = owner.get(f"/confirm/{ours.public_code}/no-such-link")
    assert (page.status_code, '<html lang="ru">' in page.text, "устарели" in page.text) == (410, True, False)
