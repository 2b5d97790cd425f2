"""What a document needs before it may be published, and the values of its placeholders."""

from datetime import date

import pytest

from crm.accounts.models import LegalEntity, LegalForm
from crm.agreements import policy, queries
from crm.agreements.models import Purpose
from crm.agreements.policy import PLACEHOLDERS, Collected, Where
from crm.agreements.ready import READY, LegalBasis, PurposeKind

DAYS = {
    1: "1 день",
    2: "2 дня",
    5: "5 дней",
    11: "11 дней",
    12: "12 дней",
    21: "21 день",
    22: "22 дня",
    101: "101 день",
}
DAYS |= {111: "111 дней", 112: "112 дней", 365: "365 дней", 1000: "1000 дней", 3650: "3650 дней"}
FULL = dict.fromkeys(PLACEHOLDERS, "есть")
OF_A_CONSENT = set(PLACEHOLDERS) - {"purposes"}
OF_A_POLICY = {"company", "policy_url", "fields", "purposes", "number", "date"}


@pytest.fixture(autouse=True)
def words(house):
    with house.app.test_request_context("/"):
        yield


REQUISITES = {
    "name": "ООО «Ромашка»",
    "inn": "7707083893",
    "ogrn": "1027700132195",
    "address": "Москва",
    "request_email": "pdn@example.org",
    "request_phone": "+74951234567",
    "responsible_person": "Анна",
    "processor": "",
    "legal_form": LegalForm.OOO,
    "public_code": "ABCDEF",
}


def purpose(kind=PurposeKind.ENQUIRY, **changes):
    return Purpose(kind=kind, **READY[kind].values() | changes)


def values(of=None, *, register=(), **changes):
    """What placeholders stand for in the consent to `of`, or in a policy of `register`."""
    entity = LegalEntity(**REQUISITES | changes)
    made_for = {"fields": ["ФИО", "Телефон"], "form": "Заявка", "number": 3, "base_url": "https://crm.example.ru"}
    made_for |= {"purpose": None if register else of or purpose(), "register": register}
    return policy.values(entity, on=date(2026, 11, 24), **made_for)


@pytest.mark.parametrize(("days", "words"), DAYS.items())
def test_days_are_said_as_a_russian_document_says_them(days, words):
    assert policy.days_in_words(days) == words


def test_every_placeholder_of_a_consent_has_a_value_and_every_value_a_placeholder():
    assert set(values()) == OF_A_CONSENT
    assert all(values().values())


def test_a_policy_has_a_table_of_every_purpose_instead_of_one():
    made = values(register=[Collected(purpose(), [])])
    assert set(made) >= OF_A_POLICY
    assert {"purpose", "retention"} & set(made) == set()


def test_values_are_those_of_the_operator_and_the_form():
    made = values()
    assert (made["fields"], made["retention"], made["date"]) == ("ФИО; Телефон", "365 дней", "24.11.2026")
    assert made["policy_url"] == "https://crm.example.ru/policy/ABCDEF"


def test_who_gave_processing_to_nobody_says_so():
    assert values()["processor"] == "обработка другим лицам не поручается"
    assert values(processor="ООО «Хостинг»")["processor"] == "ООО «Хостинг»"


def test_an_unknown_placeholder_is_named():
    fault = policy.faults("{{company}} {{compnay}}", FULL)[0]
    assert (fault.name, fault.is_unknown) == ("compnay", True)


@pytest.mark.parametrize("name", PLACEHOLDERS)
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_value_is_named_with_the_page_where_it_is_filled(name, empty):
    (fault,) = policy.faults(f"{{{{{name}}}}}", FULL | {name: empty})
    assert (fault.name, fault.where, fault.is_unknown) == (name, PLACEHOLDERS[name][1], False)


def test_what_the_source_does_not_use_may_be_empty():
    assert policy.faults("Просто текст", {}) == []


def test_each_fault_is_named_once():
    assert len(policy.faults("{{inn}} {{inn}} {{x}} {{x}}", {})) == 2


@pytest.mark.parametrize("source", ["{{7*7}}", "{{}}", "{{ config }}", "{{inn|upper}}", "{{Company}}", "{{компания}}"])
def test_what_only_looks_like_a_placeholder_is_unknown(source):
    assert [fault.is_unknown for fault in policy.faults(source, FULL)] == [True]


@pytest.mark.parametrize("kind", PurposeKind)
def test_the_ready_texts_can_be_published_as_they_are(kind):
    asked = purpose(kind, name="цель", recipients="ООО «Курьер»")
    assert policy.faults(queries.sample(kind), values(asked)) == []


def test_the_ready_policy_can_be_published_as_it_is():
    assert policy.faults(queries.sample(None), values(register=[Collected(purpose(), [])])) == []


def test_a_policy_of_nothing_cannot_be_published():
    (fault,) = policy.faults(queries.sample(None), values(register=[Collected(purpose(), [])]) | {"purposes": ""})
    assert (fault.name, fault.where) == ("purposes", Where.FORM)


def test_consent_to_a_transfer_to_nobody_cannot_be_published():
    (fault,) = policy.faults(queries.sample(PurposeKind.TRANSFER), values(purpose(PurposeKind.TRANSFER)))
    assert (fault.name, fault.where) == ("recipients", Where.PURPOSE)


def test_an_article_of_another_law_comes_with_the_name_of_that_law():
    assert policy.basis_in_words(purpose()).endswith("(пункт 1 части 1 статьи 6 Закона № 152-ФЗ)")
    other = purpose(basis=LegalBasis.LAW, article="статья 29 Закона № 402-ФЗ")
    assert policy.basis_in_words(other).endswith("(статья 29 Закона № 402-ФЗ)")


def test_places_where_values_are_filled_are_all_in_use():
    """A document itself holds no value: faults of its own text are mended there."""
    assert {where for _, where in PLACEHOLDERS.values()} == set(Where) - {Where.DOCUMENT}
