"""The card: every value with its source, what was sent, what was agreed to, who read it."""

import re
from datetime import UTC, datetime

import pytest

from tests.clients.cards import card_of, found
from tests.core.rows import everything, gained
from tests.webforms.sending import TYPED, send

ALL_FIELDS = {
    "full_name": "Мария Новикова",
    "email": "maria@novikova.example.org",
    "phone": "8 (921) 765-43-21",
    "address": "Тверь, ул. Новая, 5",
    "birth_date": "31.12.1990",
    "birth_place": "Торжок",
    "marital_status": "Состою в браке",
    "education": "Высшее",
    "personal_link": "vk.com/maria",
    "text_1": "Первый вопрос\r\nи вторая строка",
    "text_2": "Второй вопрос",
    "text_3": "Третий вопрос",
}
SHOWN = {
    **ALL_FIELDS,
    "phone": "+7 921 765-43-21",
    "birth_date": "31.12.1990",
    "personal_link": "https://vk.com/maria",
    "text_1": "и вторая строка",
}


def panel(answer, heading):
    """The part of a page under this heading."""
    return answer.text.partition(f"<h2>{heading}</h2>")[2].partition('<section class="panel"')[0]


@pytest.fixture
def card(visitor, manager, ours):
    """The card of somebody who has just sent our form."""
    send(visitor, ours)
    return card_of(manager, "новикова")


@pytest.fixture
def everything_asked(owner):
    """A form that asks for everything a form can ask for."""
    address = owner.fill("/forms/new", title="Полная анкета", **{f"use_{name}": True for name in ALL_FIELDS}).location
    owner.fill(address, button="publish")
    return owner.get(address).text.partition("/f/")[2].partition('"')[0]


def test_the_card_shows_every_captured_value(visitor, manager, everything_asked):
    assert visitor.fill(f"/f/{everything_asked}", consent=True, **ALL_FIELDS).status_code == 303
    page = card_of(manager, "новикова").text
    assert [value for value in SHOWN.values() if value not in page] == []


def test_each_value_says_from_which_form_and_day_it_came(card, clock):
    values = panel(card, "Персональные данные")
    assert values.count("форма «Заявка с сайта», ") == 3
    assert len(re.findall(r"\d\d\.\d\d\.\d{4}</time>", values)) >= 3


def test_the_source_day_is_that_of_moscow(visitor, manager, ours, clock):
    clock.stop(datetime(2026, 11, 23, 21, 30, tzinfo=UTC))
    send(visitor, ours)
    clock.go_on()
    assert "24.11.2026" in panel(card_of(manager, "новикова"), "Персональные данные")


def test_a_later_value_stands_beside_the_first_with_its_own_source(visitor, manager, ours, card):
    send(visitor, ours, full_name="Мария Зимина")
    values = panel(card_of(manager, "новикова"), "Персональные данные")
    assert values.index("Мария Новикова") < values.index("Мария Зимина")
    assert "позже указано и это" in values


def test_the_card_shows_submissions_as_they_were_sent_the_newest_first(visitor, manager, ours, card):
    send(visitor, ours, text_1="А ещё вот что")
    sent = panel(card_of(manager, "новикова"), "Заявки, как их прислали")
    assert sent.index("А ещё вот что") < sent.index(TYPED["text_1"])
    assert sent.count("Редакция формы № 1") == 2


def test_a_submission_keeps_the_labels_that_were_seen(visitor, manager, owner, ours, card):
    owner.fill(f"/forms/{ours.form_id}", button="publish", label_text_1="Новая подпись", title="Новое название")
    sent = panel(card_of(manager, "новикова"), "Заявки, как их прислали")
    assert "<dt>Сообщение</dt>" in sent
    assert "Новая подпись" not in sent
    assert "Заявка с сайта" in sent


def test_many_submissions_are_shown_page_after_page(visitor, manager, ours):
    for n in range(23):
        send(visitor, ours, text_1=f"Вопрос-{n:02}")
    first = card_of(manager, "новикова")
    link = re.search(r'href="([^"]*sent_before[^"]*)"', first.text)[1]
    shown = [re.findall(r"Вопрос-\d\d", answer.text) for answer in (first, manager.get(link))]
    assert [len(page) for page in shown] == [20, 3]
    assert sorted(shown[0] + shown[1]) == [f"Вопрос-{n:02}" for n in range(23)]


@pytest.mark.parametrize("before", ["x", "%00", "0" * 32])
def test_a_place_among_submissions_that_makes_no_sense_is_answered_not_failed(manager, ours, before):
    assert manager.get(f"/clients/{ours.client_id}?sent_before={before}").status_code in (200, 404)


def test_the_card_shows_the_consent_with_text_check_and_evidence(visitor, ours, card):
    consents = panel(card, "История согласий")
    assert "Согласие дано" in consents
    assert f'href="/doc/{ours.document}"' in consents
    receipt = re.search(r'href="(/receipt/[^"]*)"', consents)[1]
    assert visitor.get(receipt).status_code == 200
    for word in ("форма на сайте", "IP 127.0.0.1", f"/f/{ours.slug}", "Даю согласие на обработку персональных данных"):
        assert word in consents


def test_the_consent_leads_to_the_text_of_its_time(visitor, manager, owner, ours, card):
    owner.fill("/settings/documents/consent", button="publish", draft="Новый текст", reviewed=True)
    consents = panel(card_of(manager, "новикова"), "История согласий")
    assert f'href="/doc/{ours.document}"' in consents


def test_reading_the_card_is_audited_with_the_reader(app, manager, owner, ours, card):
    before = everything(app)
    manager.get(f"/clients/{ours.client_id}")
    assert gained(app, before) == {"audit_entry": 1}
    trail = panel(owner.get(f"/clients/{ours.client_id}"), "Кто и что делал с карточкой")
    assert f"Карточка прочитана — {ours.manager.name}" in trail


def test_the_card_shows_what_was_done_with_it_receiving_included(card):
    assert "Получена заявка — Посетитель формы" in panel(card, "Кто и что делал с карточкой")


def test_a_card_that_looks_like_another_says_so_both_ways(visitor, manager, ours, card):
    send(visitor, ours, full_name="Игорь Ветров", email="igor@example.org")
    for name, other in (("новикова", "Игорь Ветров"), ("игорь", "Мария Новикова")):
        page = card_of(manager, name).text
        assert "Возможно, тот же человек" in page
        assert f">{other}</a>" in page


def test_a_card_without_a_name_is_called_by_what_is_known(visitor, owner, manager, ours):
    owner.fill(f"/forms/{ours.form_id}", button="publish", required_full_name=False)
    visitor.fill(f"/f/{ours.slug}", email="kto-to@example.org", consent=True)
    visitor.fill(f"/f/{ours.slug}", text_1="Просто вопрос", consent=True)
    page = manager.get("/clients/").text
    assert ">kto-to@example.org</a>" in page
    assert ">Без имени</a>" in page
    assert manager.get(found(manager, "")[0]).status_code == 200


def test_a_form_sent_quite_empty_opens_a_card_that_can_be_read(visitor, owner, manager, ours):
    owner.fill(f"/forms/{ours.form_id}", button="publish", required_full_name=False)
    assert visitor.fill(f"/f/{ours.slug}", consent=True).status_code in (303, 422)
    assert manager.get(found(manager, "")[0]).status_code == 200


@pytest.mark.parametrize(
    "url", ["/clients/00000000-0000-0000-0000-000000000000", "/clients/x", "/clients/1", "/clients/%00"]
)
def test_a_card_that_never_was_is_not_found(manager, url):
    assert manager.get(url).status_code == 404


def test_the_list_shows_how_to_reach_each_and_the_standing(manager, ours, card):
    page = manager.get("/clients/").text
    for word in ("Мария Новикова", "+7 921 765-43-21", "maria@novikova.example.org", "Согласие дано"):
        assert word in page


# withdrawal


def withdraw(who, ours, **typed):
    return who.fill(f"/clients/{ours.client_id}/withdraw", **{"channel": "phone", **typed})


def test_a_withdrawal_is_written_down_beside_the_consent(manager, ours):
    assert withdraw(manager, ours, note="Звонок 24 ноября").status_code == 303
    consents = panel(manager.get(f"/clients/{ours.client_id}"), "История согласий")
    assert consents.index("Согласие отозвано") < consents.index("Согласие дано")
    assert "телефонный звонок" in consents
    assert "Звонок 24 ноября" in consents


def test_a_withdrawal_shows_in_the_list_the_receipt_and_the_trail(visitor, manager, owner, ours):
    withdraw(manager, ours)
    assert "Согласие отозвано" in manager.get("/clients/?standing=withdrawn").text.partition("<table")[2]
    assert "Согласие отозвано" in visitor.get(f"/receipt/{ours.receipt}").text
    assert "Согласие отозвано" in owner.get("/settings/trail").text


def test_consent_is_taken_back_once(app, manager, ours):
    withdraw(manager, ours)
    before = everything(app)
    answer = manager.get(f"/clients/{ours.client_id}/withdraw")
    assert (answer.status_code, answer.location) == (303, f"/clients/{ours.client_id}")
    assert gained(app, before) == {}
    assert "Записать отзыв" not in manager.get(answer.location).text


def test_a_withdrawal_posted_twice_is_one(app, manager, ours):
    opened = manager.get(f"/clients/{ours.client_id}/withdraw")
    manager.submit(opened, channel="phone")
    before = everything(app)
    assert manager.submit(opened, channel="email").status_code == 303
    assert gained(app, before) == {}


def test_who_sends_the_form_again_after_a_withdrawal_agrees_anew(visitor, manager, ours, card):
    address = found(manager, "новикова")[0]
    manager.fill(f"{address}/withdraw", channel="email")
    send(visitor, ours, text_1="Передумала")
    again = manager.get(address)
    consents = panel(again, "История согласий")
    assert consents.index("Согласие дано") < consents.index("Согласие отозвано")
    assert "после отзыва" in again.text.partition("<h1>")[2].partition("</h1>")[0]  # perhaps a stranger sent it
    assert "Записать отзыв" in again.text


@pytest.mark.parametrize("typed", [{"channel": None}, {"note": "я" * 1001}, {"note": "я" * 100_000}])
def test_a_wrong_withdrawal_is_refused_and_nothing_is_written(app, manager, ours, typed):
    before = everything(app)
    assert withdraw(manager, ours, **typed).status_code == 422
    assert everything(app) == before


def test_a_form_is_no_channel_of_a_withdrawal(manager, ours):
    assert 'value="form"' not in manager.get(f"/clients/{ours.client_id}/withdraw").text


def test_where_there_is_no_consent_there_is_nothing_to_take_back(visitor, owner, manager, ours):
    owner.fill("/settings/", consent_asked=False)
    visitor.fill(f"/f/{ours.slug}", **TYPED)
    address = found(manager, "новикова")[0]
    assert "Записать отзыв" not in manager.get(address).text
    assert manager.get(f"{address}/withdraw").location == address
