"""What a card can hold, and when two contacts are one person."""

import pytest

from crm.clients import policy
from crm.clients.policy import FIELDS, Identity

SAME_PHONE = [
    (Identity(phone="+7"), Identity(phone="+7"), True),
    (Identity(full_name="Пётр Лугов"), Identity(), True),
    (Identity(), Identity(full_name="Пётр Лугов"), True),
    (Identity(full_name="Пётр Лугов"), Identity(full_name="Лугов Пётр Иванович"), True),
    (Identity(full_name="Пётр Лугов"), Identity(full_name="ЛУГОВ П."), True),
    (Identity(full_name="Пётр Лугов"), Identity(full_name="Петр"), True),
    (Identity(full_name="Пётр Лугов"), Identity(full_name="Мария Лугова"), False),
    (Identity(full_name="Пётр Лугов"), Identity(full_name="Лу"), False),
    (Identity(email="a@example.org"), Identity(email="A@Example.org"), True),
    (Identity(email="a@example.org"), Identity(email="b@example.org"), False),
    (Identity(email="a@example.org"), Identity(), True),
    (Identity("a@example.org", full_name="Пётр"), Identity("b@example.org", full_name="Пётр"), False),
    (Identity("a@example.org", full_name="Пётр"), Identity("a@example.org", full_name="Мария"), False),
    (Identity(full_name="Константинов Пётр"), Identity(full_name="Константинова Анна"), False),
    (Identity(full_name="Рождественскопреображенский П"), Identity(full_name="Рождественскопреображенская А"), False),
]


@pytest.mark.parametrize(("known", "new", "is_same"), SAME_PHONE)
def test_an_equal_phone_makes_one_person_unless_identities_conflict(known, new, is_same):
    assert policy.is_same_person_by_phone(known, new) is is_same


@pytest.mark.parametrize(("known", "new", "is_same"), SAME_PHONE)
def test_the_answer_is_the_same_both_ways(known, new, is_same):
    assert policy.is_same_person_by_phone(new, known) is is_same


def test_the_fields_are_those_of_the_law():
    assert list(FIELDS) == [
        *("full_name", "email", "phone", "address", "birth_date", "birth_place"),
        *("marital_status", "education", "personal_link"),
    ]


def test_what_was_captured_gives_its_categories():
    assert policy.categories_of({"phone": [{"value": "+7"}], "email": []}) == {"phone"}


def test_every_captured_name_phone_and_address_makes_a_person_found():
    captured = {
        "full_name": [{"value": "Анна"}, {"value": "Вера"}],
        "phone": [{"value": "+79121234567"}],
        "email": [{"value": "a@example.org"}],
        "address": [{"value": "Москва"}],
    }
    found = set(policy.found_in(captured))
    assert {"w:анна", "w:вера", "p:1234567", "e:a@example.org"} <= found
    assert "w:москва" not in found
