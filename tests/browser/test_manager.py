"""Journey three: a manager finds a client, reads the card and the exact consent, writes down its withdrawal."""

import hashlib
import re
import uuid

import pytest
from playwright.sync_api import expect

from tests.browser import company
from tests.browser.conftest import PHONE
from tests.browser.people import Staff, Visitor


@pytest.fixture
def manager(window, script, set_up) -> Staff:
    """Борис, signed in."""
    return Staff(window(script=script, cookies=set_up.manager))


@pytest.fixture
def surname(window, set_up) -> str:
    """The surname, like no other, of a client who has just sent the form."""
    surname = "Ёлкин" + "".join(chr(ord("а") + int(digit, 16)) for digit in uuid.uuid4().hex[:8])
    visitor = Visitor(window(script=False))
    company.sent(visitor, set_up.form, full_name=f"{surname} Семён", email=f"{uuid.uuid4().hex}@example.org")
    return surname


def test_a_manager_signs_in_and_sees_what_is_new(window, script, surname):
    manager = Staff(window(script=script))
    manager.goes_to("/clients/")
    manager.signs_in(company.MANAGER)
    manager.stands_at("Клиенты")  # where they were going
    manager.goes_to("/")
    manager.sees(f"{surname} Семён")
    manager.follows(surname)
    manager.stands_at(surname)


def test_a_wrong_password_says_no_more_than_that(window, script, set_up):
    manager = Staff(window(script=script))
    manager.goes_to("/sign-in")
    manager.signs_in("nobody@example.org", "какой-нибудь пароль")
    manager.sees("Почта или пароль не подходят.")
    expect(manager.page.get_by_label("Эл. почта")).to_have_value("nobody@example.org")


def test_a_manager_finds_a_client_by_a_part_of_the_name(manager, script, surname):
    manager.goes_to("/clients/")
    manager.page.evaluate("document.documentElement.dataset.page = 'the same'")
    found = manager.page.get_by_role("row")
    manager.labelled("Найти").press_sequentially(f"семён {surname[:9].upper().replace('Ё', 'Е')}")
    if not script:
        manager.presses("Найти")
    expect(found).to_have_count(2)  # the heading and the client
    expect(found.last).to_contain_text(surname)
    expect(manager.page).to_have_url(re.compile("found="))
    same_page = manager.page.locator("[data-page]").count() == 1
    assert same_page is script  # with JavaScript only the list is renewed, as one types


def test_a_manager_goes_round_on_a_phone(window, script, set_up):
    manager = Staff(window(script=script, size=PHONE, cookies=set_up.manager))
    manager.goes_to("/clients/")
    menu = manager.page.get_by_role("complementary", name="Меню")
    expect(menu).to_be_hidden()
    manager.presses("Меню")
    menu.get_by_role("link", name="Формы").click()
    manager.stands_at("Формы")
    expect(menu).to_be_hidden()


def test_a_search_for_nobody_says_so(manager, set_up):
    manager.goes_to("/clients/?q=Неттаких")
    manager.sees("Никого не нашлось")


def test_a_card_shows_whence_each_value_came_and_the_exact_text_agreed_to(manager, surname):
    manager.goes_to("/")
    manager.follows(surname)
    manager.sees("форма «Запись на консультацию»", "Здравствуйте!", "Согласие дано", "127.0.0.1")
    manager.follows("Точный текст, редакция № 1")
    manager.stands_at("Согласие на обработку персональных данных")
    shown = manager.page.locator(".document-head code").inner_text()
    exact = manager.page.request.get(manager.page.url + "/text").body()
    assert hashlib.sha256(exact).hexdigest() == shown


def test_a_manager_writes_down_a_withdrawal(manager, surname):
    manager.goes_to("/")
    manager.follows(surname)
    manager.follows("Записать отзыв согласия")
    manager.presses("Записать отзыв")
    manager.page.get_by_label("письмо по эл. почте").check()
    manager.types({"Примечание": "Письмо № 7"})
    manager.presses("Записать отзыв")
    manager.sees("Отзыв записан", "Согласие отозвано", "Письмо № 7")
    expect(manager.page.get_by_role("link", name="Записать отзыв согласия")).to_have_count(0)
    manager.follows("проверка")
    manager.sees("Согласие отозвано")
    manager.sees_no("Письмо № 7")
