"""Journey four: staff destroy a client's data and hold the act."""

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.browser import company
from tests.browser.people import Staff, Visitor

A4 = (595, 842)  # points


@pytest.fixture
def receipt(window, set_up) -> str:
    """The address of the receipt of a client who sent the form and now wants to be forgotten."""
    visitor = Visitor(window(script=False))
    company.sent(visitor, set_up.form, full_name="Исчезающий Лев", email=f"{uuid.uuid4().hex}@example.org")
    visitor.follows("Открыть квитанцию")
    return visitor.page.url


def test_staff_destroy_a_client_and_hold_the_act(window, script, set_up, receipt):
    manager = Staff(window(script=script, cookies=set_up.manager))
    manager.goes_to("/clients/?q=Исчезающий")
    manager.follows("Исчезающий Лев")
    card = manager.page.url
    manager.destroys("Субъект отозвал согласие", word="удалить")
    manager.sees("Слово не совпало", "Исчезающий Лев", "ключ шифрования этого человека")
    expect(manager.page.get_by_label("Субъект отозвал согласие")).to_be_checked()
    manager.confirms("Субъект отозвал согласие", word="уничтожить")
    manager.stands_at("об уничтожении персональных данных")
    manager.sees(
        "Исчезающий Лев", "Субъект отозвал согласие", "Борис Ромашкин", "Менеджер", "содержание сообщений в заявках"
    )
    _prints_on_one_or_two_sheets(manager.page, script)
    _nothing_is_left(manager, card)
    manager.goes_to(receipt)
    manager.sees("Данные уничтожены", "ответ на обращение посетителя")


def _prints_on_one_or_two_sheets(page: Page, script: bool) -> None:
    expect(page.get_by_role("button", name="Распечатать")).to_be_visible(visible=script)
    page.emulate_media(media="print")
    expect(page.locator(".toolbar")).to_be_hidden()
    pdf = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="screen")
    sheets = re.findall(rb"/Type\s*/Page\b.*?/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]", pdf, re.DOTALL)
    assert len(sheets) in (1, 2)
    assert {(round(float(width)), round(float(height))) for width, height in sheets} == {A4}


def _nothing_is_left(manager: Staff, card: str) -> None:
    assert manager.page.goto(card).status == 410
    manager.stands_at("Данные уничтожены")
    assert "Исчезающий" not in manager.page.content()
    manager.follows("К списку клиентов")
    manager.goes_to("/clients/?q=Исчезающий")
    manager.sees("Никого не нашлось")


def test_an_act_already_made_is_found_by_its_card_and_in_the_register(window, script, set_up):
    owner = Staff(window(script=script, cookies=set_up.owner))
    owner.goes_to(set_up.erased_card)
    owner.follows("Открыть акт")
    expect(owner.page).to_have_url(set_up.act)
    owner.follows("К списку актов")
    owner.sees("№ 1", "Цель обработки достигнута")
