"""Journey five: a visitor ticks the newsletter, gets a real letter, and agrees by the button behind its link."""

import re
import uuid
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests import post_office
from tests.browser.conftest import PHONE
from tests.browser.people import Staff, Visitor
from tests.browser.serving import running
from tests.core.at_once import until

CODES = ("policy", "consent", "registration", "newsletter")
NEWSLETTER, ENQUIRY = re.compile("рекламную рассылку"), re.compile(r"обработку персональных данных\*?$")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the mail server keeps its certificates."""
    return tmp_path_factory.mktemp("office")


@pytest.fixture(scope="module")
def office(folder):
    """A mail server of this machine."""
    with post_office.opened(folder, security="tls") as office:
        yield office


@pytest.fixture(scope="module")
def server(tmp_path_factory, folder, office):
    """A server of our own, which may talk to the mail server and does its jobs itself."""
    trusted = str(post_office.authority(folder))
    settings = {"MAIL_PRIVATE_HOSTS": "1", "JOBS": "embedded", "SSL_CERT_FILE": trusted}
    with running(tmp_path_factory.mktemp("server"), **settings) as server:
        yield server
    assert " ERROR " not in server.log, server.log


@pytest.fixture(scope="module")
def shop(chromium, server, office):
    """A company with a mail account and a form that asks for three consents."""
    boss = Staff(chromium.new_context(base_url=server.address, locale="ru-RU").new_page())
    boss.signs_up("ООО «Лютик»", "owner@lutik.example.org")
    boss.sets_up_mail("localhost", office.port, post_office.NAME, post_office.SECRET)
    boss.makes_form("Запись на приём", Фамилия=True, Эл=False)
    editor = boss.page.url
    for code in CODES:
        boss.publishes(code)
    boss.goes_to(editor)
    boss.asks_for("Регистрация пользователя")
    boss.asks_for("Рассылка рекламы")
    form = boss.publishes_form()
    yield SimpleNamespace(form=form, editor=editor, cookies=boss.page.context.storage_state())
    boss.page.context.close()


def test_a_visitor_subscribes_by_the_button_behind_the_link_of_a_letter(window, script, shop, office):
    visitor = Visitor(window(script=script, size=PHONE))
    mailbox = f"anna-{uuid.uuid4().hex}@example.org"
    visitor.goes_to(shop.form)
    visitor.fills(full_name="Подписчикова Анна", email=mailbox)
    visitor.page.get_by_label(ENQUIRY).check()
    visitor.page.get_by_label(NEWSLETTER).check()
    assert visitor.sends().status == 303
    visitor.sees("Остался один шаг")
    number = visitor.receipt()
    link = _link_for(office, mailbox)
    visitor.goes_to(link)
    visitor.stands_at("Подтвердите согласие")
    visitor.sees("рассылка рекламы", "Пока кнопка не нажата, ничего не изменится")
    visitor.page.reload()  # as a scanner of mail does, too
    visitor.presses("Да, даю согласие")
    visitor.stands_at("Согласие записано")
    visitor.follows("Открыть квитанцию")
    visitor.sees(number, "рассылка рекламы")
    visitor.goes_to(link)
    visitor.stands_at("Ссылка")


def _link_for(office, mailbox):
    """The link in the letter to this mailbox, once it has come."""

    def found():
        return [letter for letter in office.letters if letter["To"] == mailbox]

    until(found)
    (letter,) = found()
    return re.search(r"http://127\.0\.0\.1:\d+/confirm/\S+", post_office.words(letter))[0]


def test_three_boxes_fit_a_phone_and_a_mistake_is_told_beside_its_box(window, script, shop):
    visitor = Visitor(window(script=script, size=PHONE))
    visitor.goes_to(shop.form)
    boxes = visitor.page.locator(".consent input[type=checkbox]")
    assert boxes.count() == 4  # three consents and the wish for the receipt
    visitor.fills(full_name="Беспочтов Иван")
    visitor.page.get_by_label(NEWSLETTER).check()
    assert visitor.sends().status == 422
    expect(visitor.page.locator("#consent-errors")).to_contain_text("Без согласия мы не можем")
    expect(visitor.page.locator("#consent_2-errors")).to_contain_text("напишите адрес эл. почты")
    visitor.page.locator(".error-summary a[href='#consent_2']").click()
    expect(visitor.page.locator("#consent_2")).to_be_focused()
    expect(visitor.page.get_by_label(NEWSLETTER)).not_to_be_checked()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_the_text_of_each_box_opens_beside_the_form(window, shop):
    visitor = Visitor(window(size=PHONE))
    visitor.goes_to(shop.form)
    titles = set()
    for link in visitor.page.get_by_role("link", name="Текст согласия").all():
        with visitor.page.context.expect_page() as opened:
            link.click()
        titles.add(opened.value.locator("main").inner_text())
    assert len(titles) == 3


def test_the_staff_see_how_often_the_form_was_shown_and_sent(window, script, shop):
    visitor, owner = Visitor(window(script=script)), Staff(window(script=script, cookies=shop.cookies))
    owner.goes_to(shop.editor)
    before = _numbers(owner)
    visitor.goes_to(shop.form)
    visitor.fills(full_name=f"Считанный {script}")
    visitor.page.get_by_label(ENQUIRY).check()
    visitor.sends()
    owner.goes_to(shop.editor)
    after = _numbers(owner)
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 0]
    expect(owner.page.locator("#counts svg")).to_be_visible()
    owner.page.get_by_text("Числа по дням").click()
    expect(owner.page.locator("#counts table")).to_be_visible()


def _numbers(owner):
    """Shown, sent, refused, as the legend says."""
    return [int(one.inner_text()) for one in owner.page.locator("#counts .legend strong").all()] or [0, 0, 0]
