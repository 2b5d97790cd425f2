"""Requisites with their check digits, passwords, how long a sign-in lasts."""

import string
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from crm.accounts import policy
from crm.accounts.models import LegalForm

NOT_IP = [form for form in LegalForm if form is not LegalForm.IP]
COMPANY_INN, PERSON_INN = "7707083893", "500100732259"
OGRN, OGRNIP = "1027700132195", "304500116000157"
TYPED_WRONG = [
    "",
    "0",
    "abcdefghij",
    "77070838 93",
    "770708389З",
    "７７０７０８３８９３",
    "٧٧٠٧٠٨٣٨٩٣",
    "-707083893",
    "7707083893\n",
]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GUESSABLE = [
    *("passwordpassword", "Password12345678", "qwertyuiopasdfgh", "111111111111111", "aaaaaaaaaaaaaaaaaaaaaaaa"),
    *("123456789012345", "abcdefghijklmnop", "abcabcabcabcabcabc", "soglasiesoglasie", "iloveyouiloveyou"),
    *("20262026202620262026", "romashkaromashka", "пппппппппппппппп", "               "),
]
STRONG = [
    *(
        "восемь синих чашек на полке",
        "correct horse battery staple",
        "ж" * 5 + " тёплый закат у моря",
        "🐱🌵🍵🚲🎈🪁🧩🪐🧵🫖🪴🦉🪵🐚🧊",
    ),
    *(
        "V7#kq!9zLp2@xWb",
        "дед мороз забыл рукавицы в сугробе",
        "日本語の長い合言葉は覚えやすいです",
        "a b c 1 ф ! ночь утро дом лес",
    ),
]


@pytest.fixture(autouse=True)
def words(house):
    """Faults are told in a language, which a request decides; the database is not asked."""
    with house.app.test_request_context("/"):
        yield


@pytest.mark.parametrize("legal_form", NOT_IP)
def test_a_company_has_an_inn_of_ten_digits_and_an_ogrn_of_thirteen(legal_form):
    assert policy.inn_fault(COMPANY_INN, legal_form) is None
    assert policy.ogrn_fault(OGRN, legal_form) is None
    assert "10 цифр" in policy.inn_fault(PERSON_INN, legal_form)
    assert "13 цифр" in policy.ogrn_fault(OGRNIP, legal_form)


def test_a_sole_trader_has_an_inn_of_twelve_digits_and_an_ogrnip_of_fifteen():
    assert policy.inn_fault(PERSON_INN, LegalForm.IP) is None
    assert policy.ogrn_fault(OGRNIP, LegalForm.IP) is None
    assert "12 цифр" in policy.inn_fault(COMPANY_INN, LegalForm.IP)
    assert "15 цифр" in policy.ogrn_fault(OGRN, LegalForm.IP)


@pytest.mark.parametrize("digit", sorted(set(string.digits) - {COMPANY_INN[-1]}))
def test_an_inn_of_a_company_with_a_wrong_check_digit_is_refused(digit):
    assert "Контрольная цифра" in policy.inn_fault(COMPANY_INN[:-1] + digit, LegalForm.OOO)


@pytest.mark.parametrize("place", [-1, -2])
@pytest.mark.parametrize("digit", "0134678")
def test_both_check_digits_of_a_persons_inn_count(place, digit):
    typed = list(PERSON_INN)
    typed[place] = digit
    assert "Контрольная цифра" in policy.inn_fault("".join(typed), LegalForm.IP)


@pytest.mark.parametrize(("number", "legal_form"), [(OGRN, LegalForm.OOO), (OGRNIP, LegalForm.IP)])
@pytest.mark.parametrize("digit", "0123469")
def test_an_ogrn_with_a_wrong_check_digit_is_refused(number, legal_form, digit):
    assert "Контрольная цифра" in policy.ogrn_fault(number[:-1] + digit, legal_form)


@pytest.mark.parametrize("legal_form", LegalForm)
@pytest.mark.parametrize("typed", TYPED_WRONG, ids=repr)
def test_what_is_no_number_is_neither_inn_nor_ogrn(typed, legal_form):
    assert policy.inn_fault(typed, legal_form)
    assert policy.ogrn_fault(typed, legal_form)


@pytest.mark.parametrize("length", [0, 1, 8, 14])
def test_a_password_shorter_than_fifteen_characters_is_refused(length):
    assert "15" in policy.password_fault("Ω≈ç√∫˜µ≤≥÷åß∂ƒ©"[:length], [])


def test_fifteen_characters_are_counted_as_people_count_not_as_bytes():
    assert "15" in policy.password_fault("щ" * 7 + "ё" * 7, [])
    assert "15" in policy.password_fault(unicodedata.normalize("NFD", "йё" * 5), [])
    assert policy.password_fault("щука плывёт 7к!", []) is None


@pytest.mark.parametrize("password", STRONG)
def test_a_long_password_of_any_letters_is_taken_without_rules_of_composition(password):
    assert policy.password_fault(password, []) is None


@pytest.mark.parametrize("password", GUESSABLE)
def test_a_guessable_password_is_refused_and_told_why(password):
    assert "подбирают" in policy.password_fault(password, ["romashka"])


@pytest.mark.parametrize("own", ["ромашкина", "anna.romashkina", "romashka"])
def test_a_password_made_of_ones_own_words_is_refused(own):
    assert policy.password_fault(f"{own}{own}1", [own])
    assert policy.password_fault(f"{own} 2026 {own.title()}!", [own])


def test_the_longest_password_is_two_hundred_characters():
    phrase = "синий кит плывёт мимо старого маяка; "
    assert policy.password_fault((phrase * 9)[:200], []) is None
    assert "200" in policy.password_fault((phrase * 9)[:201], [])


def test_a_million_characters_are_refused_at_once():
    assert "200" in policy.password_fault("я" * 1_000_000, [])


@pytest.mark.parametrize(
    ("age", "is_live"),
    [(0, True), (12 * 3600 - 1, True), (12 * 3600, False), (13 * 3600, False)],
)
def test_a_sign_in_lasts_twelve_hours(age, is_live):
    assert policy.is_live(NOW - timedelta(seconds=age), None, NOW) is is_live


def test_a_sign_in_that_was_ended_opens_nothing():
    assert not policy.is_live(NOW, NOW, NOW)
