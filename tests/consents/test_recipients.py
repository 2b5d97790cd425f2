"""Whom data may have been passed to: recipients of every purpose it was used for, then and now, and the processors."""

import pytest

from crm.accounts import queries as accounts
from crm.consents import commands
from crm.consents.recipients import recipients_of
from tests.consents.willing import BY_EMAIL, ENQUIRY, REGISTRATION, ground, new_edition, purpose, send
from tests.house.test_statements import counted


@pytest.fixture
def passed(form, anna):
    """The register says that enquiries go to a call centre."""

    def on(box, to):
        purpose(box).recipients = to
        new_edition(box, by=anna, words=f"Теперь и {to}.")

    return on


def test_nobody_is_named_where_nothing_is_passed_on(form):
    assert recipients_of(send(form, ENQUIRY).client) == []


def test_recipients_of_what_was_agreed_to_and_the_processor_each_once(form, passed):
    passed(ENQUIRY, "ООО «Колл-центр», Тверь")
    passed(REGISTRATION, "ООО «Колл-центр», Тверь")
    accounts.main_entity().processor = "ООО «Хостинг», Псков"
    client = send(form, ENQUIRY, REGISTRATION).client
    assert recipients_of(client) == ["ООО «Колл-центр», Тверь", "ООО «Хостинг», Псков"]


def test_who_refused_is_not_in_the_recipients_list(form, passed):
    passed(REGISTRATION, "ООО «Пропуск»")
    assert recipients_of(send(form, ENQUIRY).client) == []


def test_those_that_the_text_named_then_and_those_of_now(form, passed):
    passed(ENQUIRY, "ООО «Прежний»")
    client = send(form, ENQUIRY).client
    purpose(ENQUIRY).recipients = "ООО «Нынешний»"
    assert recipients_of(client) == ["ООО «Прежний»", "ООО «Нынешний»"]


def test_what_was_taken_back_was_passed_on_before(form, passed, anna):
    passed(ENQUIRY, "ООО «Колл-центр»")
    client = send(form, ENQUIRY).client
    commands.withdraw(client.id, seen=BY_EMAIL, by=anna)
    assert recipients_of(client) == ["ООО «Колл-центр»"]


def test_recipients_of_another_ground_count_though_it_ended(form, anna):
    client = send(form, ENQUIRY).client
    made = ground(client, anna)
    made.purpose.recipients = "Банк"
    commands.end_ground(client, made, by=anna)
    assert recipients_of(client) == ["Банк"]


def test_it_asks_as_often_for_three_purposes_as_for_one(app, form):
    one, three = send(form, ENQUIRY).client, send(form, ENQUIRY, REGISTRATION, email="b@example.org").client
    asked = []
    for client in (one, three):
        with counted(app) as seen:
            recipients_of(client)
        asked.append(len(seen))
    assert asked[0] == asked[1] <= 4
