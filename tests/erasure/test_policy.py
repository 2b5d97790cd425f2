"""What an act of destruction says, and the word that confirms it."""

import pytest

from crm.clients.policy import FIELDS
from crm.erasure import policy, queries
from crm.erasure.models import Reason

ARTICLES = {
    Reason.WITHDRAWN: "ч. 5 ст. 21",
    Reason.DEMANDED: "ч. 5.1 ст. 21",
    Reason.PURPOSE_REACHED: "ч. 4 ст. 21",
    Reason.UNLAWFUL: "ч. 3 ст. 21",
    Reason.NOT_NEEDED: "ч. 3 ст. 20",
}
CONFIRMED = ["УНИЧТОЖИТЬ", "уничтожить", "Уничтожить", "  УНИЧТОЖИТЬ  ", "уНиЧтОжИтЬ"]
NOT_CONFIRMED = [
    "",
    " ",
    "да",
    "УДАЛИТЬ",
    "УНИЧТОЖИ",
    "УНИЧТОЖИТЬ!",
    "УНИЧТ ОЖИТЬ",
    "YHИЧТОЖИТЬ",
    "yes",
    "я" * 100_000,
]


@pytest.mark.parametrize(("reason", "article"), ARTICLES.items())
def test_every_reason_names_its_article(reason, article):
    assert article in str(policy.REASONS[reason])


def test_there_is_no_other_reason():
    assert set(policy.REASONS) == set(Reason) == set(ARTICLES)


@pytest.mark.parametrize("typed", CONFIRMED)
def test_the_word_confirms_in_any_case(typed):
    assert policy.is_confirmed(typed)


@pytest.mark.parametrize("typed", NOT_CONFIRMED)
def test_no_other_word_confirms(typed):
    assert not policy.is_confirmed(typed)


def test_categories_are_told_in_the_order_of_the_act_each_once():
    assert policy.in_words(["phone", "full_name", "phone", "unknown"]) == ["фамилия, имя, отчество", "номер телефона"]


def test_every_field_of_a_card_has_words_for_the_act():
    others = {"free_text", "letter", "attachment", "evidence", "request", "correction"}
    assert set(FIELDS) | others == set(policy.CATEGORIES)


def test_every_kind_of_row_that_is_destroyed_has_words_for_the_act():
    tables = {model.__tablename__ for model in queries.tied_models()} | {"subject_key"}
    assert tables == set(policy.RECORDS)


def test_acts_are_kept_three_years():
    assert policy.KEPT_YEARS == 3
