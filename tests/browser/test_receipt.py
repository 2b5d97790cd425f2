"""The receipt in a real browser: on paper, and as the way to take consent back."""

import pytest
from playwright.sync_api import expect

from tests.browser import company
from tests.browser.conftest import DESK, PHONE
from tests.browser.people import Visitor

COLOURS = """() => {
    const style = (selector) => getComputedStyle(document.querySelector(selector));
    return [style("body").backgroundColor, style(".sheet").borderTopWidth, style("h1").color];
}"""


def test_a_receipt_is_printed_dark_on_white_whatever_the_screen_is(window, set_up):
    page = window(color_scheme="dark")
    page.goto(set_up.receipt)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(COLOURS) == ["rgb(255, 255, 255)", "0px", "rgb(20, 35, 42)"]
    for words in ("Прислать ссылку для отзыва", "Для программ: JSON", "Для проверки"):
        expect(page.get_by_text(words)).to_be_hidden()
    for words in ("SHA-256 текста:", "Запись в журнале согласий:", "Проверить:"):
        expect(page.get_by_text(words).last).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_who_wants_to_take_consent_back_ticks_presses_and_is_told_what_comes(window, script, set_up, size):
    visitor = Visitor(window(script=script, size=size))
    company.sent(visitor, set_up.form, full_name="Отзывов Пётр", email=f"otzyv{size[0]}{script}@example.org")
    visitor.page.get_by_role("link", name="Открыть квитанцию").click()
    visitor.page.get_by_role("button", name="Прислать ссылку для отзыва").click()
    expect(visitor.page.get_by_text("Отметьте, какое согласие отозвать.")).to_be_visible()
    visitor.page.get_by_role("checkbox", name="ответ на обращение").check()
    visitor.page.get_by_role("button", name="Прислать ссылку для отзыва").click()
    expect(visitor.page.get_by_role("status")).to_contain_text("Просьба принята")
