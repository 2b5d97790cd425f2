"""Journey: requests that staff write down, take from the board, and handle by the main button until they are closed."""

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
def address() -> str:
    """An address like no other."""
    return f"{uuid.uuid4().hex}@example.org"


@pytest.fixture
def client(window, set_up, address) -> str:
    """A client with this address and a name like no other, who has just sent the form."""
    visitor, name = Visitor(window(script=False)), "".join(chr(ord("а") + int(digit, 16)) for digit in address[:12])
    company.sent(visitor, set_up.form, full_name=name.title(), email=address)
    return name.title()


def write_down(staff, address, *, name="Ёлкин Семён", about="Удалить данные"):
    """A request that somebody made by phone; its page is open afterwards."""
    staff.goes_to("/requests/new")
    page = staff.page
    page.get_by_label("По телефону").check()
    page.get_by_label("О чём просят").select_option(label=about)
    staff.types({"Фамилия, имя": name, "Эл. почта": address})
    staff.types({"Что написано или сказано": "Просит удалить всё, что мы о нём храним."})
    staff.presses("Записать обращение")
    staff.stands_at("Удалить данные")


def number_of(staff) -> str:
    return re.search(r"№ \d+", staff.page.get_by_role("heading", level=1).inner_text())[0]


def card_on_board(staff, number):
    return staff.page.get_by_role("listitem").filter(has=staff.page.get_by_role("link", name=re.compile(f"^{number}:")))


def test_a_request_goes_over_the_board_by_its_buttons(manager, address):
    write_down(manager, address)
    number = number_of(manager)
    manager.goes_to("/requests/board")
    new = manager.page.get_by_role("region", name=re.compile("^Новые"))
    work = manager.page.get_by_role("region", name=re.compile("^В работе"))
    expect(new.get_by_role("link", name=re.compile(f"^{number}:"))).to_be_visible()
    card_on_board(manager, number).get_by_role("button", name="Верно, беру").click()
    expect(work.get_by_role("link", name=re.compile(f"^{number}:"))).to_be_visible()
    expect(card_on_board(manager, number)).to_contain_text("Борис Ромашкин")


def test_the_board_is_used_by_keyboard_alone(manager, address):
    write_down(manager, address)
    number = number_of(manager)
    manager.goes_to("/requests/board")
    button = card_on_board(manager, number).get_by_role("button", name="Верно, беру")
    button.focus()
    manager.page.keyboard.press("Enter")
    expect(card_on_board(manager, number)).to_contain_text("Продолжить")


def test_one_button_after_another_leads_to_the_destruction_and_its_act(manager, client, address):
    write_down(manager, address, name=client)
    manager.presses("Да: удалить данные")
    manager.sees("Записано, о чём просят")
    manager.types({"Искать по имени": address})
    manager.presses("Искать")
    manager.presses("Это он")
    manager.sees("заблокирована", "без рекламы")
    manager.follows(f"Уничтожить данные: {client}")
    manager.types({"Чтобы подтвердить": "УНИЧТОЖИТЬ"})
    manager.presses("Уничтожить данные")
    manager.stands_at("Удалить данные")
    manager.sees("Карточка уничтожена", "Акт об уничтожении")
    manager.presses("Никому не передавали")
    manager.sees("Письмо составится само")
    expect(manager.page.get_by_role("link", name="Написать ответ").first).to_be_visible()


def test_two_at_once_see_each_other(window, script, set_up, address):
    boris = Staff(window(script=script, cookies=set_up.manager))
    anna = Staff(window(script=script, cookies=set_up.owner))
    write_down(boris, address)
    anna.goes_to(boris.page.url)
    anna.sees("открыто и у другого человека: Борис Ромашкин")
    boris.presses("Да: удалить данные")
    anna.page.locator("summary").filter(has_text="Другие действия").click()
    anna.page.locator("summary").filter(has_text="Это не обращение").click()
    anna.types({"Почему это не обращение": "Похоже на рекламу"})
    anna.presses("Отложить письмо")
    anna.sees("обращение изменил(а) Борис Ромашкин")
    expect(anna.labelled("Почему это не обращение")).to_have_value("Похоже на рекламу")


def test_board_and_request_fit_a_phone(window, script, set_up, address):
    manager = Staff(window(script=script, size=PHONE, cookies=set_up.manager))
    write_down(manager, address)
    url = manager.page.url
    for place in (url, "/requests/board", "/requests/"):
        manager.goes_to(place)
        assert manager.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
