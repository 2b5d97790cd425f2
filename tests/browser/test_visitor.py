"""Journey two: a visitor sends a form from a phone, with mistakes, back and forth, in two tabs."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.people import Visitor

GOOD = {"full_name": "Лугов Пётр", "phone": "8 (912) 345-11-22", "email": "lugov@example.org", "text_1": "Перезвоните."}


@pytest.fixture
def visitor(window, script, set_up) -> Visitor:
    """Somebody with a phone in hand, the form before them."""
    visitor = Visitor(window(script=script, size=PHONE, has_touch=True, is_mobile=True))
    visitor.goes_to(set_up.form)
    return visitor


def test_a_visitor_who_does_not_agree_is_refused_in_place_and_loses_nothing(visitor):
    expect(visitor.page.get_by_label(Visitor.BOX)).not_to_be_checked()
    visitor.fills(**GOOD)
    visitor.page.locator("[name=education]").select_option("Высшее")
    assert visitor.sends().status == 422
    expect(visitor.page.get_by_role("alert").first).to_contain_text("Без согласия мы не можем принять ваши данные")
    assert {name: visitor.typed(name) for name in GOOD} == GOOD
    assert visitor.typed("education") == "Высшее"
    expect(visitor.page.get_by_label(Visitor.BOX)).not_to_be_checked()


def test_mistakes_are_named_beside_their_fields_and_can_be_mended(visitor):
    visitor.fills(full_name="", phone="сто двадцать", email="lugov@")
    visitor.agrees()
    assert visitor.sends().status == 422
    expected = {"full_name": "Заполните", "phone": "не похоже на телефон", "email": "не похоже на адрес"}
    for name, words in expected.items():
        expect(visitor.page.locator(f"#{name}-errors")).to_contain_text(words)
        expect(visitor.page.locator(f"[name={name}]")).to_have_attribute("aria-invalid", "true")
    assert visitor.typed("phone") == "сто двадцать"
    expect(visitor.page.get_by_label(Visitor.BOX)).not_to_be_checked()
    visitor.page.locator(".error-summary").get_by_role("link", name="Телефон").click()
    expect(visitor.page.locator("#phone")).to_be_focused()
    visitor.fills(**GOOD | {"text_1": "Со второго раза."})
    visitor.agrees()
    assert visitor.sends().status == 303
    visitor.receipt()


def test_the_texts_open_beside_the_form(visitor):
    visitor.fills(**GOOD)
    agreement = visitor.opens_beside("Соглашение об обработке")
    agreement.stands_at("Согласие на обработку персональных данных")
    agreement.sees("ООО «Ромашка»", "Фамилия, имя, отчество; Телефон; Эл. почта; Сообщение; Образование", "действует")
    policy = visitor.opens_beside("Политика обработки персональных данных")
    policy.stands_at("Политика в отношении обработки персональных данных")
    assert visitor.typed("full_name") == GOOD["full_name"]


def test_the_receipt_shows_what_was_agreed_to_and_nothing_about_the_person(visitor):
    visitor.fills(**GOOD)
    visitor.agrees()
    visitor.sends()
    number = visitor.receipt()
    visitor.follows("Открыть квитанцию")
    visitor.stands_at("Квитанция о согласии")
    visitor.sees(number, "ответ на обращение посетителя", "Согласие дано")
    for word in ("Лугов", "3451122", "345-11-22", "lugov@", "Перезвоните"):
        assert word not in visitor.page.content()
    visitor.follows("редакция № 1")
    visitor.stands_at("Согласие на обработку персональных данных")


def test_going_back_and_sending_again_gives_the_same_receipt(visitor):
    first = _sent(visitor, "Назад и снова.")
    visitor.page.go_back()
    visitor.stands_at("Запись на консультацию")
    assert visitor.typed("text_1") == "Назад и снова."
    expect(visitor.page.get_by_label(Visitor.BOX)).not_to_be_checked()  # each sending needs a will of its own
    assert _sent(visitor, "Назад и снова.") == first


def test_the_same_sent_from_two_tabs_gives_one_receipt(visitor):
    tab = Visitor(visitor.page.context.new_page())
    tab.goes_to(visitor.page.url)
    for one in (visitor, tab):
        one.page.bring_to_front()
        one.fills(**GOOD | {"text_1": "Из двух вкладок."})
        one.agrees()
    for one in (visitor, tab):
        one.sends()
    assert visitor.receipt() == tab.receipt()


def test_a_double_tap_on_send_makes_one_receipt(visitor):
    visitor.fills(**GOOD | {"text_1": "Два раза подряд."})
    visitor.agrees()
    visitor.page.get_by_role("button", name="Отправить").dblclick(no_wait_after=True)
    first = visitor.receipt()
    visitor.follows("Отправить ещё одну заявку")
    assert _sent(visitor, "Два раза подряд.") == first


def _sent(visitor: Visitor, message: str) -> str:
    visitor.fills(**GOOD | {"text_1": message})
    visitor.agrees()
    visitor.sends()
    return visitor.receipt()
