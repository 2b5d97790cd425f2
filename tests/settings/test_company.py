"""Requisites of the operator, as the owner changes them."""

import pytest

from tests.accounts.test_sign_up import WRONG
from tests.core.posting import as_found
from tests.core.rows import everything, gained

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
