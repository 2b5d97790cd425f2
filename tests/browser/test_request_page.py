"""The request page in a real browser: from the policy to the status page, with a phone in hand, script or none."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.people import Staff, Visitor


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def visitor(request, window, script, set_up) -> Visitor:
    """Somebody who came to the page from the policy."""
    visitor = Visitor(window(script=script, size=request.param))
    visitor.goes_to(set_up.policy)
    visitor.follows("Задать вопрос о своих данных")
    visitor.stands_at("Обращение о персональных данных")
    return visitor


def test_who_forgets_something_loses_nothing_and_comes_to_the_end(visitor):
    visitor.fills(full_name="Просителев Пётр", text="Сотрите мою заявку")
    assert visitor.sends().status == 422
    expect(visitor.page.get_by_role("alert").first).to_contain_text("Выберите, о чём вы просите")
    assert visitor.typed("full_name") == "Просителев Пётр"
    visitor.labelled("Удалить мои данные").check()
    visitor.fills(email="prositelev@example.org")
    assert visitor.sends().status == 303
    visitor.stands_at("Обращение №")
    visitor.sees("получено", "p•••@example.org", "не подтверждена")
    for word in ("Просителев", "Сотрите"):
        assert word not in visitor.page.content()


def test_a_wrong_code_is_said_beside_its_field(visitor):
    visitor.labelled("Узнать, какие мои данные").check()
    visitor.fills(email="neverno@example.org")
    visitor.sends()
    visitor.fills(code="000000")
    visitor.presses("Подтвердить")
    expect(visitor.page.locator("#code-errors")).to_contain_text("Код не подходит")


def test_a_receipt_stands_in_the_page_that_it_leads_to(window, script, set_up):
    visitor = Visitor(window(script=script, size=PHONE))
    visitor.goes_to(set_up.receipt)
    visitor.follows("Задать вопрос о своих данных")
    expect(visitor.labelled("Что вас с нами связывает")).to_have_value(f"Квитанция {set_up.receipt.rpartition('/')[2]}")


def test_a_manager_writes_down_a_call(window, script, set_up):
    manager = Staff(window(script=script, cookies=set_up.manager))
    manager.goes_to("/requests/new")
    manager.page.get_by_label("По телефону").check()
    manager.labelled("О чём просят").select_option("Не присылать рекламу")
    manager.types({"Что написано": "Больше не звоните", "Фамилия": "Звонкова Анна", "Телефон": "8 912 345 66 77"})
    manager.presses("Записать обращение")
    expect(manager.page.get_by_role("status").first).to_contain_text("записано")
