"""A company that is already set up, by its own people in windows without JavaScript."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.people import Staff, Visitor

CLIENTS = ("Лугов", "Ёлкин", "Исчезающий", "Константинопольский", "lugov@", "client@", "Здравствуйте", "345-11-22")
"""Words of clients, which no log may tell."""
OWNER, MANAGER = "anna@romashka.example.org", "boris@romashka.example.org"
FIELDS = {"Фамилия": True, "Телефон": True, "Эл.": False, "Образование": False, "Сообщение": False}


@dataclass(frozen=True)
class Company:
    """Addresses and sign-ins that tests start from."""

    owner: Any
    manager: Any
    invitation: str
    form: str
    closed_form: str
    wide_form: str
    """It asks for three consents."""
    editor: str
    thanks: str
    receipt: str
    agreement: str
    policy: str
    spent_link: str
    card: str
    erased_card: str
    act: str

    @property
    def request_page(self) -> str:
        """Where anybody asks about their own data."""
        return self.policy.replace("/policy/", "/request/")


def made(chromium: Browser, address: str) -> Company:
    """Everything from the sign-up to the first act of destruction."""

    def window() -> Page:
        return chromium.new_context(base_url=address, java_script_enabled=False, locale="ru-RU").new_page()

    boss, helper, stranger = Staff(window()), Staff(window()), Visitor(window())
    boss.signs_up("ООО «Ромашка»", OWNER)
    closed_form = _closed_form(boss)
    boss.makes_form("Запись на консультацию", **FIELDS)
    editor, form = boss.page.url, boss.publishes_form()
    helper.joins(boss.invites("Борис Ромашкин", MANAGER))
    erased_card, act = _erased(boss, stranger, form)
    thanks = sent(stranger, form, full_name="Константинопольский Александр Владимирович")
    addresses = _addresses(boss, stranger, form)
    wide_form = _wide_form(boss)
    company = Company(
        owner=boss.page.context.storage_state(),
        manager=helper.page.context.storage_state(),
        invitation=boss.invites("Вера Ромашкина", "vera@romashka.example.org"),
        form=form,
        closed_form=closed_form,
        wide_form=wide_form,
        editor=editor,
        thanks=thanks,
        erased_card=erased_card,
        act=act,
        spent_link=addresses["policy"].replace("/policy/", "/confirm/") + "/used",
        **addresses,
    )
    for person in (boss, helper, stranger):
        person.page.context.close()
    return company


def _closed_form(boss: Staff) -> str:
    boss.makes_form("Подписка на новости", Эл=True)
    editor = boss.page.url
    boss.publishes("policy")
    boss.publishes("consent")
    boss.goes_to(editor)
    address = boss.publishes_form()
    boss.page.locator("summary").filter(has_text="Закрыть форму").click()
    boss.presses("Закрыть форму")
    boss.sees("Форма закрыта")
    return address


def _wide_form(boss: Staff) -> str:
    for code in ("registration", "newsletter"):
        boss.publishes(code)
    boss.makes_form("Запись и новости", Фамилия=True, Эл=False)
    boss.asks_for("Регистрация пользователя")
    boss.asks_for("Рассылка рекламы")
    return boss.publishes_form()


def sent(visitor: Visitor, form: str, **values: str) -> str:
    """The address of the thank-you page."""
    visitor.goes_to(form)
    visitor.fills(**{"phone": "+7 912 345-67-89", "email": "client@example.org", "text_1": "Здравствуйте!"} | values)
    visitor.agrees()
    visitor.sends()
    visitor.receipt()
    return visitor.page.url


def _erased(boss: Staff, visitor: Visitor, form: str) -> tuple[str, str]:
    """The address of a destroyed card, and of the act."""
    sent(visitor, form, full_name="Забытый Иван", phone="+7 912 000-00-01", email="forgotten@example.org")
    boss.goes_to("/clients/")
    boss.follows("Забытый Иван")
    card = boss.page.url
    boss.destroys("Цель обработки достигнута")
    return card, boss.page.url


def _addresses(boss: Staff, visitor: Visitor, form: str) -> dict[str, str]:
    visitor.follows("Открыть квитанцию")
    receipt = visitor.page.url
    visitor.goes_to(form)
    links = {name: visitor.page.locator(f"form a[href^='/{path}/']") for name, path in PLACES.items()}
    found = {name: str(link.get_attribute("href")) for name, link in links.items()}
    boss.goes_to("/clients/")
    boss.follows("Константинопольский")
    return found | {"receipt": receipt, "card": boss.page.url}


PLACES = {"agreement": "doc", "policy": "policy"}
