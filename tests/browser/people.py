"""What people do on the pages, found by the words they see."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, Response, expect

PASSWORD = "восемь синих чашек на полке"
REQUISITES = {
    "Название компании": "ООО «Ромашка»",
    "ИНН": "7707083893",
    "ОГРН": "1027700132195",
    "Адрес": "101000, г. Москва, ул. Мясницкая, д. 1",
    "Эл. почта для обращений": "pdn@romashka.example.org",
    "Телефон для обращений": "8 495 123-45-67",
    "Ответственный за обработку": "Ромашкина Анна Петровна",
}


class Person:
    """Somebody in front of a window."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def goes_to(self, address: str) -> None:
        self.page.goto(address)

    def types(self, words: dict[str, str]) -> None:
        """Fill in fields, found by the first words of their labels."""
        for label, value in words.items():
            self.labelled(label).fill(value)

    def labelled(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(f"^{re.escape(label)}"))

    def presses(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).first.click()

    def follows(self, label: str) -> None:
        self.page.get_by_role("link", name=label).first.click()

    def sees(self, *words: str) -> None:
        for one in words:
            expect(self.page.locator("main").get_by_text(one).first).to_be_visible()

    def sees_no(self, words: str) -> None:
        expect(self.page.locator("main").get_by_text(words)).to_have_count(0)

    def stands_at(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)


class Staff(Person):
    """Somebody who works with the clients' data."""

    def signs_up(self, company: str, email: str) -> None:
        self.goes_to("/sign-up")
        self.types(REQUISITES | {"Название компании": company})
        self.types({"Ваши фамилия": "Ромашкина Анна Петровна", "Ваша должность": "Директор", "Ваша эл. почта": email})
        self.types({"Придумайте пароль": PASSWORD})
        self.presses("Зарегистрировать")
        self.stands_at("Сегодня")

    def signs_in(self, email: str, password: str = PASSWORD) -> None:
        self.stands_at("Вход")
        self.types({"Эл. почта": email, "Пароль": password})
        self.presses("Войти")

    def publishes(self, kind: str) -> None:
        """Reads a sample document, says so, and publishes it."""
        self.goes_to(f"/settings/documents/{kind}")
        self.sees("Это образец")
        self.page.get_by_label("Мы прочитали текст").check()
        self.presses("Сохранить и опубликовать")
        expect(self.page.get_by_role("status").first).to_contain_text(re.compile("^\\s*(Опубликовано|Текст утверждён)"))
        self.sees_no("Это образец")

    def makes_form(self, title: str, **fields: bool) -> None:
        """A draft with these fields (by the first words of their names), each required or not."""
        self.goes_to("/forms/new")
        self.page.get_by_label("Название формы").fill(title)
        for row in self.page.get_by_role("row").filter(has=self.page.get_by_role("checkbox")).all():
            name = row.get_by_role("rowheader").inner_text()
            wanted = next((key for key in fields if name.startswith(key.replace("_", " "))), None)
            row.get_by_label(": в форме").set_checked(wanted is not None)
            row.get_by_label(": обязательное").set_checked(bool(wanted and fields[wanted]))
        self.presses("Сохранить черновик")
        self.sees("Форма сохранена")

    def asks_for(self, purpose: str, how: str = "Спрашивать, можно отказаться") -> None:
        """In the editor: ask for consent to this purpose (by the first words of its name)."""
        self.page.get_by_label(re.compile(f"^{purpose}", re.IGNORECASE)).select_option(how)

    def sets_up_mail(self, host: str, port: int, name: str, secret: str) -> None:
        """Names the mail server by which letters leave."""
        self.goes_to("/settings/mail/")
        self.types({"Сервер": host, "Порт": str(port), "Имя для входа": name, "Пароль": secret})
        self.types({"Адрес отправителя": name})
        self.presses("Сохранить")
        self.sees("Почта настроена")

    def publishes_form(self) -> str:
        """Publishes the form in the editor; its public address."""
        self.presses("Сохранить и опубликовать")
        self.sees("Опубликована редакция")
        return self.page.get_by_label("Адрес формы").input_value()

    def turns_consent(self, *, on: bool) -> None:
        self.goes_to("/settings/")
        self.page.get_by_role("switch").set_checked(on)
        self.presses("Сохранить")

    def invites(self, name: str, email: str) -> str:
        """Invites a manager; the link to hand over."""
        self.goes_to("/settings/staff")
        self.types({"Фамилия, имя": name, "Должность": "Менеджер", "Эл. почта": email})
        self.presses("Пригласить")
        return self.page.get_by_label("Ссылка-приглашение").input_value()

    def destroys(self, reason: str, word: str = "УНИЧТОЖИТЬ") -> None:
        """From the card: give the reason and the word."""
        self.follows("Уничтожить данные")
        self.confirms(reason, word)

    def confirms(self, reason: str, word: str) -> None:
        self.page.get_by_label(reason).check()
        self.types({"Чтобы подтвердить": word})
        self.presses("Уничтожить данные")

    def joins(self, link: str) -> None:
        self.goes_to(link)
        self.types({"Придумайте пароль": PASSWORD})
        self.presses("Сохранить и войти")
        self.stands_at("Сегодня")


class Visitor(Person):
    """Somebody who fills in a public form."""

    BOX = "Даю согласие"

    def fills(self, **values: Any) -> None:
        """Fill in fields by their names in the form."""
        for name, value in values.items():
            self.page.locator(f"[name={name}]").fill(value)

    def typed(self, name: str) -> str:
        return self.page.locator(f"[name={name}]").input_value()

    def agrees(self) -> None:
        self.page.get_by_label(self.BOX).check()

    def sends(self) -> Response:
        """Press Send; the answer to exactly that."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as sent:
            self.presses("Отправить")
        return sent.value

    def opens_beside(self, label: str) -> Person:
        """Follow a link that opens a window of its own."""
        with self.page.context.expect_page() as opened:
            self.follows(label)
        return Person(opened.value)

    def receipt(self) -> str:
        """The number on the thank-you page."""
        self.stands_at("Спасибо")
        return self.page.locator(".receipt code").inner_text()
