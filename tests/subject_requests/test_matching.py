"""Whose card a letter may be about."""

import time

import pytest
from sqlalchemy import select

from crm.clients.models import Client
from crm.core import transaction
from crm.subject_requests.matching import matches
from tests import builders, inquiries
from tests.house.test_statements import counted

PETR = "petr@lugov.example.org"


@pytest.fixture
def petr(acting, house):
    return acting.get_one(Client, house.ours.client_id)


@pytest.fixture
def card(acting, house):
    def make(**values):
        sent = builders.submission(house.ours.form_id, **values)
        acting.flush()
        return sent.client

    return make


def ways(found):
    return {match.client: set(match.by) for match in found}


def test_the_senders_address_finds_their_card_for_certain(petr):
    (found,) = matches(PETR.upper(), "Удалите мои данные")
    assert (found.client, found.by, found.is_certain) == (petr, {"email"}, True)


def test_an_unknown_sender_has_no_card(petr):
    assert matches("nobody@nowhere.example.org", "Удалите мои данные") == []
    assert matches("", "") == []


@pytest.mark.parametrize("written", ["8 (912) 123-45-67", "+7 912 123 45 67", "тел. 89121234567.", "9121234567"])
def test_a_phone_in_the_text_finds_a_card_but_is_not_certain(petr, written):
    (found,) = matches("other@example.org", f"Мой номер {written}, удалите его")
    assert (found.client, found.by, found.is_certain) == (petr, {"phone"}, False)


def test_an_address_in_the_text_finds_a_card_but_is_not_certain(petr):
    (found,) = matches("other@example.org", f"Я регистрировался как {PETR}.")
    assert (found.client, found.by, found.is_certain) == (petr, {"email"}, False)


@pytest.mark.parametrize(
    "text",
    ["С уважением, Пётр Лугов", "удалите\n\nпетр лугов", "Я, Лугов Петр Сергеевич, прошу", "Dear Sirs\nПётр Лугов"],
)
def test_a_name_finds_a_card_and_is_never_certain(petr, text):
    (found,) = matches("other@example.org", text)
    assert (found.client, found.by, found.is_certain) == (petr, {"name"}, False)


def test_the_name_beside_the_address_counts_too(petr):
    assert ways(matches("other@example.org", "удалите", full_name="Лугов Пётр")) == {petr: {"name"}}


@pytest.mark.parametrize("text", ["Пётр", "Пётр Сидоров", "Уважаемый Лугов!", "Добрый День Всем Вам"])
def test_half_a_name_finds_nobody(petr, text):
    assert matches("other@example.org", text) == []


def test_a_typed_phone_counts_too(petr):
    assert ways(matches("other@example.org", "", phone="8 912 123-45-67")) == {petr: {"phone"}}


def test_all_ways_to_one_card_are_named(petr):
    (found,) = matches(PETR, "89121234567\nПётр Лугов")
    assert found.by == {"email", "phone", "name"}


def test_an_address_of_two_cards_is_certain_of_none(petr, card):
    other = card(full_name="Павел Другой", phone="+79997776655")
    other.email = PETR
    found = matches(PETR, "Удалите")
    assert {match.client for match in found} == {petr, other}
    assert not any(match.is_certain for match in found)


def test_a_card_joined_by_phone_is_certain_for_nobody(petr):
    petr.is_joined_by_phone = True
    (found,) = matches(PETR, "Удалите")
    assert not found.is_certain


def test_an_address_that_stands_beside_the_cards_own_is_not_certain(petr, card):
    joined = card(full_name="Пётр Лугов", phone="+79121234567", email=PETR)
    assert joined == petr
    petr.email = "new@lugov.example.org"
    (found,) = matches(PETR, "Удалите")
    assert not found.is_certain


def test_the_certain_card_stands_first_then_phones_then_names(petr, card):
    by_phone = card(full_name="Жена Лугова", phone="+79993332211")
    by_name = card(full_name="Ирина Соколова", phone="+79993332212")
    found = matches(PETR, "8 999 333-22-11\nИрина Соколова")
    assert [match.client for match in found] == [petr, by_phone, by_name]


def test_at_most_ten_cards_are_shown(card):
    for n in range(14):
        card(full_name="Анна Семейная", email=f"anna{n}@example.org")
    assert len(matches("x@example.org", "Анна Семейная")) == 10


def test_nobody_of_the_neighbour_is_found(acting, house):
    text = "chuzhaya-tayna4@secret.example.org 8 999 555-77-22\nЧУЖАЯ-ТАЙНА клиент"
    assert matches("chuzhaya-tayna4@secret.example.org", text, full_name="ЧУЖАЯ-ТАЙНА клиент") == []


def test_who_asked_before_is_no_card(acting, petr):
    """Requests have keys and tokens of their own; they must not push cards out of sight."""
    for _ in range(12):
        inquiries.inquiry(email=PETR)
    (found,) = matches(PETR, "Пётр Лугов")
    assert found.client == petr


def test_the_number_of_statements_does_not_grow(app, acting, house, petr):
    def asked(text):
        acting.flush()
        with counted(app) as seen:
            matches(PETR, text)
        return len(seen)

    asked(PETR)  # the keys of a process are read once
    few = asked(f"{PETR} 89121234567\nПётр Лугов")
    builders.many_submissions(house.ours.form_id, 20)
    clues = "\n".join(f"a{n}@example.org 8912020{n:04d} Человек Номер{n}" for n in range(50))
    assert asked(f"{clues}\nПётр Лугов") == few <= 3


def test_every_hit_is_looked_up_by_an_index(app, acting, petr):
    if acting.connection().dialect.name != "sqlite":
        return  # PostgreSQL rightly scans tables as small as these
    with counted(app) as seen:
        matches(PETR, "89121234567\nПётр Лугов")
    for statement in [one for one in seen if one.startswith("SELECT")]:
        values = (b"",) * statement.count("?")
        plan = acting.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        assert not [row[3] for row in plan if row[3].startswith(("SCAN client", "SCAN search_token"))]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "a@" * 50_000,
        "a.a" * 30_000 + "@",
        "8 912 " * 17_000,
        "1" * 100_000,
        "Имя Фамилия " * 8_000,
        "+7(" * 30_000,
        "\n" * 100_000,
        "Аа-" * 30_000,
    ],
)
def test_hostile_letters_take_little_time(acting, text):
    began = time.process_time()
    matches("x@example.org", text)
    assert time.process_time() - began < 2


def test_a_common_name_says_nothing(acting, house, petr, monkeypatch):
    monkeypatch.setattr("crm.subject_requests.matching.COMMON", 1)
    assert matches("x@example.org", "Пётр Лугов") == []


def test_looking_changes_nothing(acting, petr):
    with transaction.of_its_own():
        matches(PETR, "Пётр Лугов")
        assert not acting.dirty
    assert acting.scalar(select(Client.id).filter_by(id=petr.id))
