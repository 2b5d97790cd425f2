"""What a stranger may rely on: no cookie, a small page, the keyboard alone is enough, no trick in a name works."""

import gzip

import pytest
from playwright.sync_api import Page, expect

from tests.browser import company, pages
from tests.browser.conftest import DESK, PHONE
from tests.browser.people import Staff, Visitor

SMALL = 60_000  # bytes, gzipped, with everything the page loads
FOCUS = """() => {
    const element = document.activeElement, style = getComputedStyle(element);
    const isShown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [element.name || element.textContent.trim(), isShown];
}"""
HOSTILE = "<img src=x onerror=alert(1)>"


def test_no_page_for_visitors_sets_a_cookie(window, script, set_up):
    visitor = Visitor(window(script=script))
    company.sent(visitor, set_up.form, full_name="Без Печенья")
    for place in pages.VISITORS.values():
        pages.come(visitor.page, set_up, place)
    assert visitor.page.context.cookies() == []


def test_a_member_of_staff_who_visits_a_public_page_gets_no_cookie_there_either(window, set_up):
    page = window(cookies=set_up.owner)
    for address in (set_up.form, set_up.receipt, set_up.agreement):
        assert "set-cookie" not in page.goto(address).all_headers()


def test_the_form_is_small(window, set_up):
    page, answers = window(size=PHONE), []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(set_up.form, wait_until="networkidle")
    weights = {answer.url: len(gzip.compress(answer.body())) for answer in answers}
    assert sum(weights.values()) < SMALL, weights
    assert not any(".js" in url for url in weights)  # visitors need no script


def test_the_keyboard_alone_is_enough(window, script, set_up):
    visitor = Visitor(window(script=script))
    visitor.goes_to(set_up.form)
    typed = {"full_name": "Клавишин Ян", "phone": "89123451133", "email": "yan@example.org", "text_1": "Без мыши."}
    order = [*typed, "education", "consent", "receipt_by_letter", "Отправить"]
    for name in order:
        assert _tab(visitor.page) == name
        visitor.page.keyboard.type(typed.get(name, ""))
    assert _tab(visitor.page).startswith("Соглашение")
    assert _tab(visitor.page).startswith("Политика")
    for _ in range(4):
        visitor.page.keyboard.press("Shift+Tab")
    visitor.page.keyboard.press("Space")  # the box
    expect(visitor.page.get_by_label(Visitor.BOX)).to_be_checked()
    visitor.page.locator("#full_name").focus()
    visitor.page.keyboard.press("Enter")
    visitor.receipt()


def _tab(page: Page) -> str:
    """The name of the next thing in the order, which must be seen to have the focus."""
    page.keyboard.press("Tab")
    name, is_shown = page.evaluate(FOCUS)
    assert is_shown, f"nobody sees that {name} has the focus"
    return name


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_form_can_be_sent_with_letters_twice_as_large(window, set_up, size):
    visitor = Visitor(window(size=size))
    pages.enlarge(visitor.page, 2)
    visitor.goes_to(set_up.form)
    visitor.fills(full_name=f"Зоркин {size[0]}", phone="8 912 345 11 44")
    visitor.agrees()
    visitor.sends()
    visitor.receipt()


def test_a_hostile_name_is_only_shown(window, set_up):
    company.sent(Visitor(window()), set_up.form, full_name=f"Хитров {HOSTILE}", email="hit@example.org", text_1=HOSTILE)
    owner = Staff(window(cookies=set_up.owner))
    for address in ("/", "/clients/?q=Хитров"):
        owner.goes_to(address)
        owner.sees(HOSTILE)
    owner.follows("Хитров")
    owner.stands_at(f"Хитров {HOSTILE}")
    owner.follows("Уничтожить данные")
    owner.sees(HOSTILE)
    owner.confirms("Субъект потребовал", word="УНИЧТОЖИТЬ")
    owner.sees(f"Хитров {HOSTILE}")  # the act; a dialog or a request for x would fail the window
    expect(owner.page.locator("img")).to_have_count(0)
