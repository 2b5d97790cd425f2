"""The pages that people meet, for tests that look at every one of them."""

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page

from tests.browser.company import Company
from tests.browser.people import Staff, Visitor


class Place(NamedTuple):
    """How to come to a page: at which address (a field of Company or a path), with whose cookies, what to do there."""

    address: str
    cookies: str | None = "owner"
    then: Callable[[Page], object] = lambda page: None


def _send_nothing(page: Page) -> None:
    Visitor(page).sends()


def _tick_all_without_a_mailbox(page: Page) -> None:
    for box in page.locator(".consent input[type=checkbox]").all():
        box.check()
    Visitor(page).sends()


def _send_mistakes(button: str) -> Callable[[Page], None]:
    return lambda page: Staff(page).presses(button)


def _choose(label: str) -> Callable[[Page], None]:
    return lambda page: page.locator("summary").filter(has_text=label).click()


STRANGERS = {
    "sign-up": Place("/sign-up", None),
    "sign-up refused": Place("/sign-up", None, _send_mistakes("Зарегистрировать")),
    "sign-in": Place("/sign-in", None),
    "joining": Place("invitation", None),
    "no such page": Place("/no-such-page", None),
}
VISITORS = {
    "form": Place("form", None),
    "form refused": Place("form", None, _send_nothing),
    "form of three boxes": Place("wide_form", None),
    "form of three boxes refused": Place("wide_form", None, _tick_all_without_a_mailbox),
    "form closed": Place("closed_form", None),
    "thanks": Place("thanks", None),
    "receipt": Place("receipt", None),
    "receipt asked to withdraw": Place(
        "receipt", None, lambda page: Visitor(page).presses("Прислать ссылку для отзыва")
    ),
    "link spent": Place("spent_link", None),
    "agreement": Place("agreement", None),
    "policy": Place("policy", None),
    "request page": Place("request_page", None),
    "request page refused": Place("request_page", None, _send_nothing),
    "request received": Place("request_page", None, lambda page: _ask_to_erase(page)),
}
STAFF = {
    "today": Place("/"),
    "clients": Place("/clients/"),
    "nobody found": Place("/clients/?q=Неттаких"),
    "card": Place("card"),
    "withdrawing": Place("card", then=lambda page: Staff(page).follows("Записать отзыв согласия")),
    "consent on paper": Place("card", then=lambda page: Staff(page).follows("Записать согласие")),
    "another ground": Place("card", then=lambda page: Staff(page).follows("Другое основание")),
    "destroying": Place("card", then=lambda page: Staff(page).follows("Уничтожить данные")),
    "destroyed": Place("erased_card"),
    "acts": Place("/acts/"),
    "act": Place("act"),
    "requests": Place("/requests/"),
    "board of requests": Place("/requests/board"),
    "request": Place("/requests/new", then=lambda page: _write_down(page)),
    "request refused": Place("/requests/new", then=lambda page: _dismiss_without_a_reason(page)),
    "request on paper": Place("/requests/new"),
    "request on paper refused": Place("/requests/new", then=_send_mistakes("Записать обращение")),
    "forms": Place("/forms/"),
    "form editor": Place("editor", then=_choose("Закрыть форму")),
    "form editor refused": Place("/forms/new", then=lambda page: _form_without_fields(Staff(page))),
    "settings": Place("/settings/"),
    "settings of a manager": Place("/settings/", "manager"),
    "agreement editor": Place("/settings/documents/consent"),
    "policy editor": Place("/settings/documents/policy"),
    "documents": Place("/settings/documents/"),
    "editions compared": Place("/settings/documents/consent/difference"),
    "asking again": Place("/settings/documents/consent/ask-again"),
    "register of purposes": Place("/settings/purposes/"),
    "new purpose": Place("/settings/purposes/new?kind=transfer"),
    "new purpose refused": Place("/settings/purposes/new?kind=newsletter", then=_send_mistakes("Сохранить")),
    "mail": Place("/settings/mail/"),
    "mailbox": Place("/settings/mailbox/"),
    "mailbox refused": Place("/settings/mailbox/", then=_send_mistakes("Сохранить")),
    "requisites": Place("/settings/company"),
    "another legal entity": Place("/settings/company/new"),
    "staff": Place("/settings/staff"),
    "trail": Place("/settings/trail"),
    "forbidden": Place("/settings/trail", "manager"),
}
ALL = STRANGERS | VISITORS | STAFF


def _ask_to_erase(page: Page) -> None:
    Visitor(page).labelled("Удалить мои данные").check()
    Visitor(page).fills(email=f"pages{page.evaluate('Date.now()')}@example.org")
    Visitor(page).sends()


def _form_without_fields(staff: Staff) -> None:
    for box in staff.page.get_by_label(": в форме").all():
        box.uncheck()
    staff.presses("Сохранить черновик")


def _write_down(page: Page) -> None:
    page.get_by_label("По телефону").check()
    page.get_by_label("О чём просят").select_option(label="Отозвать согласие")
    Staff(page).types({"Что написано": "Отзываю согласие.", "Эл. почта": "client@lugov.example.org"})
    Staff(page).presses("Записать обращение")


def _dismiss_without_a_reason(page: Page) -> None:
    _write_down(page)
    for words in ("Другие действия", "Это не обращение"):
        page.locator("summary").filter(has_text=words).click()
    Staff(page).presses("Отложить письмо")


def come(page: Page, company: Company, place: Place) -> None:
    """Open the page and bring it into the state in question."""
    page.goto(getattr(company, place.address, place.address))
    place.then(page)


def cookies(company: Company, place: Place) -> object:
    """The sign-in with which somebody comes to the page."""
    return getattr(company, place.cookies) if place.cookies else None


def enlarge(page: Page, times: float) -> None:
    """The size of letters that somebody chose in the browser's settings."""
    sizes = {"standard": round(16 * times), "fixed": round(13 * times)}
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": sizes})
