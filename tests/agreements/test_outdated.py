"""The tables of the policy, and whether an edition still says the truth."""

import re
from datetime import date

import pytest

from crm.accounts.models import LegalEntity, LegalForm
from crm.agreements import document, policy
from crm.agreements.models import Purpose
from crm.agreements.policy import Collected
from crm.agreements.ready import READY, LegalBasis, Proof, PurposeKind

REQUISITES = {
    "name": "ООО «Ромашка»",
    "legal_form": LegalForm.OOO,
    "inn": "7707083893",
    "ogrn": "1027700132195",
    "address": "Москва",
    "request_email": "pdn@example.org",
    "request_phone": "+74951234567",
    "responsible_person": "Анна",
    "processor": "",
    "public_code": "ABCDEF",
}
CONSENT = READY[PurposeKind.ENQUIRY].text
CHANGES = {
    "name": ("company", {"name": "ООО «Василёк»"}),
    "legal form": ("legal_form", {"legal_form": LegalForm.AO}),
    "inn": ("inn", {"inn": "7728168971"}),
    "ogrn": ("ogrn", {"ogrn": "1027700067328"}),
    "address": ("address", {"address": "Тверь"}),
    "e-mail": ("request_email", {"request_email": "new@example.org"}),
    "phone": ("request_phone", {"request_phone": "+74957654321"}),
    "processor": ("processor", {"processor": "ООО «Хостинг»"}),
    "policy's address": ("policy_url", {"public_code": "FEDCBA"}),
    "purpose": ("purpose", {"purpose": {"name": "другая цель"}}),
    "basis": ("basis", {"purpose": {"basis": LegalBasis.CONTRACT}}),
    "article": ("basis", {"purpose": {"article": "статья 15"}}),
    "actions": ("actions", {"purpose": {"actions": "хранение"}}),
    "recipients": ("recipients", {"purpose": {"recipients": "ООО «Курьер»"}}),
    "term": ("retention", {"purpose": {"retention_days": 30}}),
    "label": ("label", {"purpose": {"box_label": "Согласен"}}),
    "proof": ("proof", {"purpose": {"proof": Proof.DOUBLE}}),
    "fields": ("fields", {"fields": ["ФИО", "Телефон", "Адрес"]}),
    "form": ("form", {"form": "Подписка"}),
}
NAMELESS = {
    "responsible": {"responsible_person": "Борис"},
    "data": {"purpose": {"data": "другое"}},
    "subjects": {"purpose": {"subjects": "другие"}},
}
NASTY = [
    "| x | {{company}} <script>",
    "**x**",
    "a\n\n# b",
    "{{1.recipients}}",
    "{{purposes}}",
    "](javascript:1)",
    "\\|",
]


def purpose(kind=PurposeKind.ENQUIRY, **changes):
    return Purpose(kind=kind, **READY[kind].values() | changes)


def values(*, purpose=None, register=(), fields=("ФИО", "Телефон"), form="Заявка", **requisites):
    """What the placeholders stand for: of the consent to one purpose, or of a policy."""
    of = (
        None if register else Purpose(kind=PurposeKind.ENQUIRY, **READY[PurposeKind.ENQUIRY].values() | (purpose or {}))
    )
    entity = LegalEntity(**REQUISITES | requisites)
    made_for = {"fields": fields, "form": form, "number": 1, "on": date(2026, 11, 24), "base_url": "https://crm.ru"}
    return policy.values(entity, purpose=of, register=register, **made_for)


@pytest.mark.parametrize(("name", "change"), CHANGES.values(), ids=CHANGES)
def test_a_change_of_anything_the_text_is_about_makes_it_untrue(name, change):
    was = policy.told(CONSENT, values())
    assert policy.outdated(was, values(**change)) == [name]


@pytest.mark.parametrize("change", NAMELESS.values(), ids=NAMELESS)
def test_a_change_of_what_the_text_does_not_name_leaves_it_true(change):
    was = policy.told(CONSENT, values())
    assert policy.outdated(was, values(**change)) == []


def test_the_number_and_the_date_of_an_edition_are_its_own():
    was = policy.told(CONSENT, values())
    assert policy.outdated(was, values() | {"number": "2", "date": "01.01.2030"}) == []


def test_an_edition_from_before_values_were_kept_is_not_judged():
    assert policy.outdated({}, values()) == []


@pytest.mark.parametrize("name", ["purpose", "retention", "fields", "recipients", "proof", "basis"])
def test_a_text_that_does_not_name_it_is_about_it_all_the_same(name):
    assert name in policy.told("Согласен.", values())


# the tables of a policy


def register(*purposes):
    return [Collected(one, []) for one in purposes]


def read(html):
    """The cells of the tables as a reader reads them."""
    found = re.findall(r"<t[dh]>(.*?)</t[dh]>", html, re.DOTALL)
    return [cell.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for cell in found]


def rendered(*purposes):
    return document.render("{{purposes}}", values(register=register(*purposes)))


def test_a_policy_has_a_table_of_every_purpose_with_every_row():
    html = rendered(purpose(), purpose(PurposeKind.NEWSLETTER))
    assert (html.count("<table>"), html.count("<h4>")) == (2, 2)
    for row in policy.ROWS.values():
        assert read(html).count(row) == 2


@pytest.mark.parametrize("column", ["name", "article", "data", "subjects", "actions", "recipients"])
@pytest.mark.parametrize("words", NASTY, ids=repr)
def test_words_of_the_register_stay_the_letters_they_are(column, words):
    html = rendered(purpose(**{column: words}))
    neutral = rendered(purpose(**{column: "QQQ"}))
    assert re.findall(r"<[^>]*>", html) == re.findall(r"<[^>]*>", neutral)
    assert words.replace("<", "&lt;").replace(">", "&gt;") in html


def test_a_label_of_a_form_that_the_register_does_not_name_is_added_to_the_data():
    collected = Collected(purpose(data="телефон; имя"), ["Телефон", "Любимый цвет", "<b>"])
    html = document.render("{{purposes}}", values(register=[collected]))
    assert "телефон; имя; Любимый цвет; &lt;b&gt;" in html


def test_a_purpose_whose_recipient_is_not_named_yet_passes_nothing_on():
    assert policy.NOT_PASSED_ON in read(rendered(purpose(PurposeKind.TRANSFER)))


NEWSLETTER = purpose(PurposeKind.NEWSLETTER)
OF_A_POLICY = {
    "a purpose more": register(purpose(), NEWSLETTER, purpose(PurposeKind.REGISTRATION)),
    "a purpose less": register(purpose()),
    "another purpose": register(purpose(), purpose(PurposeKind.REGISTRATION)),
    "another order": register(NEWSLETTER, purpose()),
    "a name": register(purpose(name="другая"), NEWSLETTER),
    "a term": register(purpose(retention_days=3), NEWSLETTER),
    "subjects": register(purpose(subjects="все"), NEWSLETTER),
    "data": register(purpose(data="всё"), NEWSLETTER),
    "a recipient": register(purpose(recipients="ООО «Курьер»"), NEWSLETTER),
    "a field": [Collected(purpose(), ["Любимый цвет"]), Collected(NEWSLETTER, [])],
}


@pytest.mark.parametrize("register_now", OF_A_POLICY.values(), ids=OF_A_POLICY)
def test_a_change_of_the_register_makes_the_policy_untrue(register_now):
    was = policy.told("{{purposes}}", values(register=register(purpose(), NEWSLETTER)))
    assert policy.outdated(was, values(register=register_now)) == ["purposes"]


@pytest.mark.parametrize("change", [{"box_label": "Согласен"}, {"proof": Proof.DOUBLE}])
def test_what_the_tables_do_not_tell_may_change(change):
    was = policy.told("{{purposes}}", values(register=register(purpose())))
    assert policy.outdated(was, values(register=register(purpose(**change)))) == []


def test_the_tables_stand_alone_on_their_line():
    (fault,) = policy.faults("Цели: {{purposes}}", values(register=register(purpose())))
    assert (fault.name, fault.is_unknown) == ("purposes", False)
