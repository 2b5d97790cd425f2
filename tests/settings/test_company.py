"""Requisites of the operator and of its other legal entities, as the owner changes them."""

import pytest
from markupsafe import escape

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.core import transaction
from crm.webforms import commands as webforms
from crm.webforms.models import WebForm
from tests.accounts.test_sign_up import WRONG
from tests.browsing import browser
from tests.core.at_once import at_once
from tests.core.posting import as_found
from tests.core.rows import everything, gained, number

REQUISITES = ("name", "legal_form", "inn", "ogrn", "address", "request_email", "request_phone", "responsible_person")
BAD = [(field, value) for field, value in WRONG if field in (*REQUISITES, "processor")]


def save(owner, **changes):
    return owner.fill("/settings/company", **changes)


def test_the_page_holds_the_present_requisites(owner, ours):
    page = owner.get("/settings/company").text
    for word in (ours.name, "7707083893", "1027700132195", "pdn@romashka.example.org", "+74951234567"):
        assert word in page


@pytest.mark.parametrize("field", ["name", "address", "responsible_person", "processor"])
def test_a_changed_requisite_is_kept(owner, field):
    assert save(owner, **{field: "Новое значение"}).status_code == 303
    assert "Новое значение" in owner.get("/settings/company").text


@pytest.mark.parametrize("typed", ["8 (495) 765-43-21", "+7 495 765-43-21", "84957654321", "7 495 7654321"])
def test_a_phone_is_kept_in_one_notation(owner, typed):
    save(owner, request_phone=typed)
    assert 'value="+74957654321"' in owner.get("/settings/company").text


def test_a_change_of_requisites_is_noted_by_names_of_fields_only(owner):
    save(owner, address="Секретная улица, 5")
    trail = owner.get("/settings/trail").text
    assert "Реквизиты компании изменены" in trail
    assert "address" in trail
    assert "Секретная" not in trail


@pytest.mark.parametrize(("field", "value"), BAD, ids=[f"{name}-{value[:20]!r}" for name, value in BAD])
def test_a_wrong_requisite_is_told_beside_its_field_and_nothing_changes(app, owner, field, value):
    before = everything(app)
    answer = save(owner, **{field: value})
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert f'id="{field}-errors"' in answer.text


def test_a_company_that_becomes_a_sole_trader_needs_the_longer_numbers(owner):
    assert save(owner, legal_form="ip").status_code == 422
    assert save(owner, legal_form="ip", inn="500100732259", ogrn="304500116000157").status_code == 303


def test_who_works_on_the_data_for_us_stands_in_the_next_documents(owner, visitor, ours):
    save(owner, processor="ООО «Хостинг», г. Тверь")
    owner.fill("/settings/documents/policy", button="publish", reviewed=True)
    assert "ООО «Хостинг», г. Тверь" in visitor.get(f"/policy/{ours.public_code}").text


@pytest.mark.parametrize("name", ["consent_asked", "public_code", "id", "created_at"])
def test_nothing_but_the_requisites_can_be_changed_here(owner, visitor, ours, name):
    found = as_found(owner.get("/settings/company"), "inn")
    assert owner.post("/settings/company", data={**found, name: ""}).status_code == 303
    assert visitor.get(f"/policy/{ours.public_code}").status_code == 200
    assert 'name="consent"' in visitor.get(f"/f/{ours.slug}").text


# several legal entities

SECOND = {
    "name": "ИП Васильков П. С.",
    "legal_form": "ip",
    "inn": "500100732259",
    "ogrn": "304500116000157",
    "address": "г. Тверь",
    "request_email": "pdn@vasilek.example.org",
    "request_phone": "8 (4822) 12-34-56",
    "responsible_person": "Васильков Пётр Сергеевич",
    "processor": "",
}
COMPANY = {"legal_form": "ooo", "inn": "7736050003", "ogrn": "1027700070518"}


def add(owner, **changes):
    return owner.fill("/settings/company/new", **SECOND | changes)


@pytest.fixture
def second(owner, acting):
    """A second legal entity."""
    add(owner)
    acting.rollback()
    return accounts.entities()[1]


def test_while_there_is_one_legal_entity_its_requisites_are_shown_at_once(owner):
    page = owner.get("/settings/company").text
    assert 'name="inn"' in page
    assert 'href="/settings/company/new"' in page


def test_the_permanent_address_of_its_policy_is_shown(owner, ours):
    assert f'value="http://localhost/policy/{ours.public_code}"' in owner.get("/settings/company").text


def test_several_are_listed_each_with_the_address_of_its_policy(owner, ours, second):
    page = owner.get("/settings/company").text
    for entity_id, code in ((ours.entity_id, ours.public_code), (second.id, second.public_code)):
        assert f'href="/settings/company/{entity_id}"' in page
        assert f"http://localhost/policy/{code}" in page
    assert 'name="inn"' not in page


def test_another_legal_entity_is_kept_and_noted(owner, second):
    assert (second.name, second.inn, second.request_phone, second.is_main) == (
        SECOND["name"],
        SECOND["inn"],
        "+74822123456",
        False,
    )
    assert "Добавлено юридическое лицо" in owner.get("/settings/trail").text


def test_each_is_changed_by_itself(owner, acting, ours, second):
    owner.fill(f"/settings/company/{second.id}", name="ИП Новый", address="г. Клин")
    acting.rollback()
    assert [(one.name, one.address) for one in accounts.entities()] == [
        (ours.name, "101000, г. Москва, ул. Мясницкая, д. 1"),
        ("ИП Новый", "г. Клин"),
    ]
    assert accounts.organisation().name == ours.name


def test_the_name_of_the_main_one_is_that_of_the_organisation(owner, acting):
    save(owner, name="ООО «Василёк»")
    acting.rollback()
    assert accounts.organisation().name == "ООО «Василёк»"


def test_a_form_of_the_other_is_published_with_its_requisites_and_policy(owner, visitor, acting, ours, second):
    with transaction.of_its_own():
        form = acting.get_one(WebForm, ours.form_id)
        form.entity_id = second.id
        webforms.publish(form, by=acting.get_one(User, ours.owner.id))
    page = visitor.get(f"/f/{ours.slug}").text
    consent = visitor.get("/doc/" + page.partition('href="/doc/')[2].partition('"')[0]).text
    assert SECOND["inn"] in consent
    assert SECOND["inn"] in visitor.get(f"/policy/{second.public_code}").text
    assert "7707083893" not in consent


def test_the_policy_of_who_collects_nothing_is_not_there(visitor, second):
    assert visitor.get(f"/policy/{second.public_code}").status_code == 404


@pytest.mark.parametrize("url", ["/settings/company/new", "/settings/company/{}"])
def test_one_inn_is_one_legal_entity(app, owner, second, url):
    before = everything(app)
    answer = owner.fill(
        url.format(second.id), **SECOND | {"legal_form": "ooo", "inn": "7707083893", "ogrn": "1027700132195"}
    )
    assert (answer.status_code, everything(app)) == (422, before)
    assert "с таким ИНН у вас уже есть" in answer.text.partition('id="inn-errors"')[2].partition("</div>")[0]


def test_sent_at_once_it_is_added_once(app, ours):
    before = number(app, "legal_entity")
    at_once([lambda: add(browser(app, cookie=ours.owner.cookie))] * 4)
    assert number(app, "legal_entity") == before + 1


@pytest.mark.parametrize(("field", "value"), BAD, ids=[f"{name}-{value[:20]!r}" for name, value in BAD])
def test_a_wrong_requisite_of_a_new_one_is_told_beside_its_field(app, owner, field, value):
    before = everything(app)
    answer = add(owner, **COMPANY | {field: value})
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert f'id="{field}-errors"' in answer.text


def test_of_two_who_change_requisites_at_once_one_is_told_and_nothing_typed_is_lost(app, owner, ours):
    first, second = owner.get("/settings/company"), owner.get("/settings/company")
    owner.submit(first, address="Тверь")
    before = everything(app)
    answer = owner.submit(second, request_email="new@romashka.example.org")
    assert (answer.status_code, everything(app)) == (422, before)
    assert "изменил кто-то другой" in answer.text
    assert 'value="new@romashka.example.org"' in answer.text


NAMES = ["{{fields}}", "<b>", "{{company}}", "| x |", "<script>alert(1)</script>"]


@pytest.mark.parametrize("name", NAMES)
def test_a_company_of_any_name_is_listed_by_these_letters(owner, second, name):
    owner.judges = False  # braces among the words are what this test is about
    assert owner.fill(f"/settings/company/{second.id}", name=name).status_code == 303
    page = owner.get("/settings/company").text
    assert f">{escape(name)}</a>" in page
