"""Journey one: an operator sets everything up, from the sign-up to a manager who joins."""

import re
import uuid

from playwright.sync_api import expect

from tests.browser.people import Staff, Visitor


def test_an_operator_sets_up(window, script):
    owner, visitor = Staff(window(script=script)), Visitor(window(script=script))
    owner.signs_up("ООО «Лютик»", f"owner-{uuid.uuid4().hex}@lutik.example.org")
    owner.sees("Компания зарегистрирована", "Заявок пока нет")
    owner.makes_form("Запись на приём", Фамилия=True, Телефон=True, Дата=False, Сообщение=False)
    _cannot_publish_before_documents(owner)
    editor = owner.page.url
    _previews_the_sample(owner)
    _must_have_read(owner)
    owner.publishes("policy")
    owner.publishes("consent")
    owner.goes_to(editor)
    address = owner.publishes_form()
    visitor.goes_to(address)
    visitor.stands_at("Запись на приём")
    expect(visitor.page.get_by_label(Visitor.BOX)).not_to_be_checked()
    expect(visitor.page.locator("form .field")).to_have_count(5)  # four fields and the box
    _switches_consent(owner, visitor, address)


def _cannot_publish_before_documents(owner: Staff) -> None:
    owner.presses("Сохранить и опубликовать")
    owner.sees("Ничего не опубликовано")
    expect(owner.page.get_by_role("alert").get_by_role("link", name="Открыть документ")).to_be_visible()


def _previews_the_sample(owner: Staff) -> None:
    owner.goes_to("/settings/documents/consent")
    owner.sees("Это образец", "образец, не проверен", "{{fields}}")
    owner.page.get_by_label("Показать для формы").select_option("Запись на приём")
    owner.presses("Показать")
    shown = owner.page.locator(".preview")
    for words in ("ООО «Лютик»", "ответ на обращение посетителя", "имя, отчество; Телефон; Сообщение; Дата рождения"):
        expect(shown).to_contain_text(words)


def _must_have_read(owner: Staff) -> None:
    owner.goes_to("/settings/documents/policy")
    owner.presses("Сохранить и опубликовать")
    owner.sees("Прочитайте текст и поставьте отметку", "Ещё не опубликовано")


def _switches_consent(owner: Staff, visitor: Visitor, address: str) -> None:
    owner.turns_consent(on=False)
    owner.goes_to("/")
    warning = owner.page.locator(".standing")
    expect(warning).to_contain_text(re.compile("Формы собирают данные без согласия.*13.11 КоАП"))
    visitor.goes_to(address)
    expect(visitor.page.get_by_label(Visitor.BOX)).to_have_count(0)
    visitor.sees_no("Соглашение об обработке")
    owner.follows("Включить запрос согласия")
    owner.turns_consent(on=True)
    owner.sees("Теперь формы спрашивают согласие.")
    expect(warning).to_have_count(0)
    visitor.goes_to(address)
    expect(visitor.page.get_by_label(Visitor.BOX)).to_be_visible()


def test_an_invited_manager_joins_by_a_link_that_works_once(window, script, set_up):
    owner, manager = Staff(window(script=script, cookies=set_up.owner)), Staff(window(script=script))
    link = owner.invites("Глеб Ромашкин", f"gleb-{uuid.uuid4().hex}@romashka.example.org")
    manager.joins(link)
    manager.sees("Добро пожаловать")
    expect(manager.page.get_by_role("link", name="Сотрудники")).to_have_count(0)
    late = Staff(window(script=script))
    assert late.page.goto(link).status == 404
    owner.goes_to("/settings/staff")
    owner.sees("Глеб Ромашкин")
