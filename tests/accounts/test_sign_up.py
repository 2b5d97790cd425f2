"""A company signs up: openly, or with the code of an invitation."""

import unicodedata

import pytest
from markupsafe import escape

from crm.accounts import commands
from crm.core import transaction
from tests.accounts.newcomer import TYPED
from tests.browsing import browser
from tests.builders import PASSWORD
from tests.core.at_once import at_once
from tests.core.posting import as_found
from tests.core.rows import everything, gained, number

LONG = "я" * 100_000
WRONG = [
    *((name, "") for name in TYPED if name != "legal_form"),
    *((name, "   ") for name in TYPED if name not in ("legal_form", "new_password")),
    *((name, LONG) for name in TYPED if name != "legal_form"),
    *((name, "имя\x00") for name in TYPED if name not in ("legal_form", "new_password")),
    *((name, "\u202eатитевз") for name in ("name", "owner_name")),
    *((name, "две\nстроки") for name in ("name", "address", "responsible_person", "owner_name", "owner_position")),
    ("inn", "7707083894"),
    ("inn", "500100732259"),
    ("ogrn", "1027700132196"),
    ("ogrn", "304500116000157"),
    ("request_email", "pdn"),
    ("request_email", "pdn@"),
    ("request_email", "pdn@vasilek.example.org\nBcc: all@example.org"),
    ("request_phone", "позвоните"),
    ("request_phone", "123"),
    ("owner_email", "petr vasilek@example.org"),
    ("owner_email", "<petr@example.org>"),
    ("new_password", "короткий"),
    ("new_password", "васильков васильков"),
    ("new_password", "petr@vasilek.example.org"),
    ("processor", LONG),
    ("processor", "\x00"),
]
SOLE_TRADER = {"legal_form": "ip", "inn": "500100732259", "ogrn": "304500116000157"}


def sign_up(who, **changes):
    return who.fill("/sign-up", **{**TYPED, **changes})


@pytest.fixture
def by_invitation(app, monkeypatch):
    monkeypatch.setitem(app.config, "SIGN_UP", "invitation")


@pytest.fixture
def code(app):
    """An invitation for a new operator."""
    with app.app_context(), transaction.of_its_own():
        return commands.invitation()


@pytest.fixture
def code_of_manager(owner):
    """An invitation for a new manager of an operator that is there."""
    answer = owner.fill("/settings/staff", name="Вера", position="Менеджер", email="vera@example.org")
    return answer.text.partition("/join/")[2].partition('"')[0]


@pytest.mark.parametrize("requisites", [{}, SOLE_TRADER], ids=["company", "sole trader"])
def test_who_signs_up_is_in_as_the_owner(visitor, requisites):
    answer = sign_up(visitor, **requisites)
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Пётр Васильков" in visitor.get("/").text
    assert visitor.get("/settings/staff").status_code == 200


def test_the_requisites_stand_as_they_were_typed(visitor):
    sign_up(visitor, processor="ООО «Хостинг», Тверь")
    page = visitor.get("/settings/company").text
    for word in ("ООО «Василёк»", "7707083893", "1027700132195", "+74951234567", "ООО «Хостинг», Тверь"):
        assert word in page


def test_a_new_operator_finds_its_documents_prepared_and_nothing_of_others(visitor, ours):
    sign_up(visitor)
    assert "{{company}}" in visitor.get("/settings/documents/consent").text
    assert "Клиентов пока нет" in visitor.get("/clients/").text
    assert visitor.get(f"/clients/{ours.client_id}").status_code == 404


def test_the_owner_can_sign_in_afterwards(visitor, app):
    sign_up(visitor)
    answer = browser(app).fill("/sign-in", email=TYPED["owner_email"], password=PASSWORD)
    assert answer.status_code == 303


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_password_fits_however_its_letters_are_composed(visitor, app, form):
    password = "йод и ёлка стоят на верхней полке"
    sign_up(visitor, new_password=password)
    typed = unicodedata.normalize(form, password)
    assert browser(app).fill("/sign-in", email=TYPED["owner_email"], password=typed).status_code == 303


@pytest.mark.parametrize(("field", "value"), WRONG, ids=[f"{name}-{value[:20]!r}" for name, value in WRONG])
def test_a_wrong_value_is_told_beside_its_field_and_nothing_is_kept(app, visitor, field, value):
    before = everything(app)
    answer = sign_up(visitor, **{field: value})
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert f'id="{field}-errors"' in answer.text


def test_a_legal_form_that_is_not_offered_is_refused(visitor):
    page = visitor.get("/sign-up")
    data = as_found(page, "inn") | TYPED | {"legal_form": "empire"}
    assert visitor.post("/sign-up", data=data).status_code == 422


def test_what_was_typed_stays_on_the_page_but_the_password_does_not(visitor):
    page = sign_up(visitor, inn="7707083894").text
    kept = (value for name, value in TYPED.items() if name not in ("inn", "request_phone", "new_password"))
    assert all(value in page for value in kept)
    assert PASSWORD not in page


def test_an_address_that_is_taken_cannot_sign_up_again(app, visitor, ours):
    before = everything(app)
    answer = sign_up(visitor, owner_email=ours.owner.email.upper())
    assert answer.status_code == 422
    assert "нельзя зарегистрироваться" in answer.text
    assert set(gained(app, before)) <= {"throttle"}


def test_two_who_sign_up_with_one_address_at_once_make_one_account(app):
    def somebody():
        who = browser(app)
        page = who.get("/sign-up")
        return lambda: who.submit(page, **TYPED).status_code

    before = everything(app)
    answers = at_once([somebody() for _ in range(4)])
    assert sorted(answers)[:1] == [303]
    assert all(status in (409, 422) for status in sorted(answers)[1:])
    assert (gained(app, before)["organisation"], gained(app, before)["credential"]) == (1, 1)


@pytest.mark.parametrize("name", ["organisation_id", "role", "id", "public_code", "consent_asked", "created_at"])
def test_nobody_gives_themselves_more_than_the_page_offers(visitor, ours, name):
    page = visitor.get("/sign-up")
    visitor.post("/sign-up", data=as_found(page, "inn") | TYPED | {name: str(ours.id)})
    assert visitor.get(f"/clients/{ours.client_id}").status_code == 404
    assert "owner" not in visitor.get("/settings/staff").text.replace("owner_", "")


@pytest.mark.parametrize("value", ["<b>Василёк</b>", "{{inn}}", "'; DROP TABLE organisation; --", "🌼 Василёк", "%s%n"])
def test_a_name_of_any_letters_stands_as_typed(visitor, value):
    visitor.judges = False  # {{inn}} in words is what this test is about
    assert sign_up(visitor, name=value).status_code == 303
    page = visitor.get("/").text
    assert f"</span> {escape(value)}</p>" in page


def test_too_many_sign_ups_from_one_address_must_wait(visitor):
    for n in range(10):
        sign_up(visitor, owner_email=f"p{n}@vasilek.example.org")
        visitor.fill("/", button="Выйти")
    assert sign_up(visitor).status_code == 429


def test_an_open_installation_asks_for_no_code(visitor):
    assert 'name="code"' not in visitor.get("/sign-up").text


def test_with_an_invitation_a_new_operator_signs_up(by_invitation, visitor, code):
    assert f'value="{code}"' in visitor.get(f"/sign-up?code={code}").text
    assert sign_up(visitor, code=code).status_code == 303


@pytest.mark.parametrize("typed", ["", "wrong", "x" * 32, "\x00", "'; --", "я" * 101])
def test_without_a_good_code_nobody_signs_up(app, by_invitation, visitor, typed):
    assert sign_up(visitor, code=typed).status_code == 422
    assert number(app, "organisation") == 2


def test_a_code_is_good_only_once(app, by_invitation, visitor, code):
    sign_up(visitor, code=code)
    answer = sign_up(browser(app), code=code, owner_email="second@example.org")
    assert (answer.status_code, "уже использован" in answer.text) == (422, True)


def test_a_code_used_at_once_by_several_lets_in_one(app, by_invitation, code):
    def somebody(n):
        who = browser(app)
        page = who.get("/sign-up")
        return lambda: who.submit(page, code=code, **{**TYPED, "owner_email": f"p{n}@example.org"}).status_code

    answers = at_once([somebody(n) for n in range(4)])
    assert (answers.count(303), number(app, "organisation")) == (1, 3)


def test_a_code_expires_after_three_days(by_invitation, visitor, code, clock):
    clock.move(days=2, hours=23)
    assert sign_up(visitor, code=code, inn="1").status_code == 422
    clock.move(hours=2)
    answer = sign_up(visitor, code=code)
    assert (answer.status_code, "истёк" in answer.text) == (422, True)


def test_a_code_for_a_manager_founds_no_operator(app, by_invitation, visitor, code_of_manager):
    assert sign_up(visitor, code=code_of_manager).status_code == 422
    assert number(app, "organisation") == 2


def test_a_code_wasted_on_a_wrong_form_is_still_good(by_invitation, visitor, code):
    assert sign_up(visitor, code=code, inn="1").status_code == 422
    assert sign_up(visitor, code=code).status_code == 303


def test_a_code_for_an_operator_lets_nobody_join_another(visitor, code):
    assert visitor.get(f"/join/{code}").status_code == 404


def test_the_code_itself_is_not_kept(house, app, code):
    with app.app_context():
        assert code.encode() not in house.database.raw()
