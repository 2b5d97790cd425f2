"""What a document needs before it may be published, and the values of its placeholders."""

from datetime import date

import pytest

from crm.accounts.models import LegalForm, Organisation
from crm.agreements import policy, queries
from crm.agreements.models import Agreement, AgreementKind
from crm.agreements.policy import PLACEHOLDERS, Where

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
LAW = (
    "company",
    "inn",
    "ogrn",
    "address",
    "purpose",
    "fields",
    "processor",
    "retention",
    "request_email",
    "number",
    "date",
)


@pytest.fixture(autouse=True)
def words(house):
    with house.app.test_request_context("/"):
        yield


def values(**changes):
    requisites = {
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
    agreement = Agreement(kind=AgreementKind.CONSENT, purpose="ответить", retention_days=365, draft="")
    settings = {"fields": ["ФИО", "Телефон"], "form": "Заявка", "number": 3, "base_url": "https://crm.example.ru"}
    return policy.values(Organisation(**requisites | changes), agreement, on=date(2026, 11, 24), **settings)


@pytest.mark.parametrize(("days", "words"), DAYS.items())
def test_days_are_said_as_a_russian_document_says_them(days, words):
    assert policy.days_in_words(days) == words


def test_every_placeholder_has_a_value_and_every_value_a_placeholder():
    assert set(values()) == set(PLACEHOLDERS)
    assert all(values().values())


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


@pytest.mark.parametrize("kind", AgreementKind)
def test_the_ready_texts_can_be_published_as_they_are(kind):
    assert policy.faults(queries.sample(kind), FULL) == []


@pytest.mark.parametrize("name", LAW)
def test_the_ready_agreement_says_everything_the_law_wants(name):
    assert f"{{{{{name}}}}}" in queries.sample(AgreementKind.CONSENT)


@pytest.mark.parametrize("word", ["отозвать", "трансграничная", "смешанная", "уничтожение", "отметку"])
def test_the_ready_agreement_names_actions_methods_and_the_way_to_withdraw(word):
    assert word in queries.sample(AgreementKind.CONSENT).casefold()


@pytest.mark.parametrize(
    "word", ["цел", "правовые основания", "сроки", "меры защиты", "cookie", "уничтож", "ответственный"]
)
def test_the_ready_policy_has_every_section(word):
    assert word in queries.sample(AgreementKind.POLICY).casefold()


def test_places_where_values_are_filled_are_all_in_use():
    assert {where for _, where in PLACEHOLDERS.values()} == set(Where)
