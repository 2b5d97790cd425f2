"""What a typed query asks for, and what people are found by."""

import unicodedata

import pytest

from crm.core import tenancy, tokens

ASKED = {
    "": [],
    " ": [],
    "и": [],
    "%": [],
    "_": [],
    "!?—": [],
    "Иванов": ["w:иванов"],
    "ИВАНОВ пётр": ["w:иванов", "w:петр"],
    "Анна-Мария": ["w:анна", "w:мария"],
    "О'Нил д'Артаньян": ["w:нил", "w:артаньян"],
    "ёжик": ["w:ежик"],
    "ANNA@Example.RU": ["e:anna@example.ru"],
    "anna@example.ru Иванова": ["e:anna@example.ru", "w:иванова"],
    "4567": ["p:4567"],
    "345-67-89": ["p:3456789"],
    "+7 912 345 67 89": ["p:9123456789"],
    "8 (912) 345-67-89": ["p:9123456789"],
    "8(912)3456789": ["p:9123456789"],
    "912.345.67.89": ["p:9123456789"],
    "8\u00a0912\u00a0345\u00a067\u00a089": ["p:9123456789"],
    "89123456789": ["p:9123456789"],
    "123": ["w:123"],
    "Иванов 67-89": ["p:6789", "w:иванов"],
    "Иванов ПЁТР 8 (912) 345-67-89 p@x.ru": ["e:p@x.ru", "p:9123456789", "w:иванов", "w:петр"],
    "'; DROP TABLE client; --": ["w:drop", "w:table", "w:client"],
    "\x00": [],
}
LONG = "рождественскопреображенский"


@pytest.mark.parametrize(("query", "items"), ASKED.items(), ids=map(repr, ASKED))
def test_a_query_asks_for_words_ends_of_phones_and_whole_addresses(query, items):
    assert tokens.asked(query) == items


@pytest.mark.parametrize("length", range(2, 25))
def test_a_word_is_found_by_each_of_its_beginnings(length):
    assert tokens.asked(LONG[:length])[0] in set(tokens.words(LONG))


def test_a_word_is_found_as_a_whole_however_long():
    assert tokens.asked(LONG * 5)[0] in set(tokens.words(LONG * 5))


def test_a_word_is_not_found_by_its_middle():
    assert tokens.asked("ванов")[0] not in set(tokens.words("Иванов"))


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_name_is_found_however_its_letters_were_composed(form):
    name, query = unicodedata.normalize(form, "Андрей Ёлкин"), "андрей елкин"
    assert set(tokens.asked(query)) <= set(tokens.words(name))


def test_a_phone_is_found_by_its_last_four_to_ten_digits_and_exactly():
    assert [len(item) - 2 for item in tokens.phone("+79123456789")] == [4, 5, 6, 7, 8, 9, 10, 11]


def test_nobody_can_ask_for_an_exact_phone_by_typing_its_token():
    assert not {item for item in tokens.asked("P:79123456789 p:6789") if item.startswith("P:")}


def test_tokens_are_keyed_so_that_two_operators_never_share_one(app, house):
    with app.app_context():
        tokens_of_ours = _keyed(house.ours)
    with app.app_context():
        assert not tokens_of_ours & _keyed(house.neighbour)


def test_tokens_are_short_and_do_not_show_the_word(acting):
    found = tokens.keyed(["w:иванов"])
    assert [len(token) for token in found] == [tokens.TOKEN_BYTES]
    assert "иванов".encode() not in b"".join(found)


def _keyed(operator):
    tenancy.enter(operator.id)
    return tokens.keyed(["w:иванов", "e:anna@example.ru"])
