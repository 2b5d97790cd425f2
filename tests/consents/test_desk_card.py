"""What the card tells at one glance: each purpose, other grounds, what is waited for, what must be done first."""

from datetime import timedelta

import pytest

from crm.core import transaction
from crm.core.clock import today
from tests.consents.desk import footing, signed_in_now, urgent, withdraw
from tests.consents.willing import (
    ENQUIRY,
    MARIA,
    NEWSLETTER,
    REGISTRATION,
    link_to,
    new_edition,
    press,
    purpose,
    send,
    wide_form,
    wish_to_withdraw,
)
from tests.core.rows import everything, gained


def kept(form, *ticked, **values):
    """The client who sent this, committed."""
    with transaction.of_its_own():
        return send(form, *ticked, **values).client


def test_each_purpose_tells_its_state_until_when_and_by_which_text(manager, form):
    maria = kept(form, ENQUIRY)
    said = footing(manager, maria.id)
    until = today() + timedelta(days=purpose(ENQUIRY).retention_days)
    assert f"Согласие дано действует до {until:%d.%m.%Y} Текст: редакция № 1 , форма «Обо всём»" in said
    assert said.count("В согласии отказано") == 2


def test_a_box_left_empty_is_no_warning(manager, form):
    page = manager.get(f"/clients/{kept(form, ENQUIRY).id}").text
    assert 'badge-neutral">В согласии отказано' in page
    assert "event-neutral" in page


def test_a_consent_that_ends_soon_says_in_how_many_days(acting, ours, form, clock):
    maria = kept(form, ENQUIRY)
    clock.move(days=purpose(ENQUIRY).retention_days - 10)
    assert "осталось 10 дней" in footing(signed_in_now(acting, ours), maria.id)


def test_a_newsletter_waits_for_the_button_in_the_letter_and_then_does_not(manager, form):
    maria = kept(form, ENQUIRY, NEWSLETTER)
    assert "ждём кнопку из письма" in footing(manager, maria.id)
    with transaction.of_its_own():
        press(link_to(maria, "subscribe"))
    said = footing(manager, maria.id)
    assert "ждём кнопку из письма" not in said
    assert "кнопка по ссылке из письма" in said


def test_of_two_letters_the_second_is_waited_for_no_more_once_the_first_is_answered(manager, form):
    maria = kept(form, ENQUIRY, NEWSLETTER)
    first = link_to(maria, "subscribe")
    kept(form, ENQUIRY, NEWSLETTER, text_1="ещё раз", email=MARIA["email"])
    assert footing(manager, maria.id).count("ждём кнопку из письма") == 1
    with transaction.of_its_own():
        press(first)
    assert "ждём кнопку из письма" not in footing(manager, maria.id)


def test_who_only_subscribes_is_waited_for_until_a_day(manager, anna):
    with transaction.of_its_own():
        maria = send(wide_form(anna, only=(NEWSLETTER,)), "consent").client
    said = urgent(manager, maria.id)
    assert f"Ждём подтверждения до {maria.destroy_on:%d.%m.%Y} включительно: осталось 7 " in said
    assert "ждёт подтверждения" in manager.get("/").text
    assert "без согласия" not in manager.get("/").text


# consent after a withdrawal


@pytest.fixture
def again(manager, form):
    """Maria, who took everything back, and in whose name a form came afterwards."""
    maria = kept(form, ENQUIRY)
    withdraw(manager, maria.id)
    kept(form, ENQUIRY, text_1="ещё раз", email=MARIA["email"])
    return maria


def test_it_says_what_to_check_and_the_card_stays_restricted(manager, again):
    said, first = footing(manager, again.id), urgent(manager, again.id)
    assert "Согласие после отзыва: проверьте" in said
    assert "Форму мог отправить и чужой" in said
    assert "проверьте согласие, которое пришло после отзыва" in first
    assert "Уничтожить до" in first


def test_a_consent_by_phone_clears_it(manager, again):
    page = manager.get(f"/clients/{again.id}").text
    link = page.partition("Подтвердил: записать согласие")[0].rpartition('href="')[2].partition('"')[0]
    done = manager.fill(link.replace("&amp;", "&"), button="Записать согласие")
    assert done.status_code == 303  # the purpose and the way were chosen beforehand
    assert "проверьте" not in footing(manager, again.id)
    assert "Уничтожить до" not in urgent(manager, again.id)


def test_or_it_is_withdrawn_once_more(manager, again):
    page = manager.get(f"/clients/{again.id}").text
    link = page.partition("Не подтвердил: записать отзыв")[0].rpartition('href="')[2].partition('"')[0]
    manager.fill(link, button="Записать отзыв", channel="phone")
    assert "проверьте" not in footing(manager, again.id)
    assert "Уничтожить до" in urgent(manager, again.id)


# calls


@pytest.fixture
def waiting(form):
    """Пётр, who left no e-mail and asked by his receipt to take consent back."""
    with transaction.of_its_own():
        sent = send(form, ENQUIRY, REGISTRATION, full_name="Пётр", phone="+79035550123")
        wish_to_withdraw(sent, ENQUIRY)
    return sent.client


def test_a_call_to_be_made_stands_first_on_the_card_and_on_the_dashboard(manager, waiting):
    assert "Просьба отозвать согласие: позвоните" in urgent(manager, waiting.id)
    page = manager.get("/").text
    assert "Позвонить: просят отозвать согласие" in page
    assert "+7 903 555-01-23" in page


def test_a_call_that_was_not_meant_is_closed_and_nothing_is_withdrawn(app, manager, waiting):
    before = everything(app)
    manager.fill(f"/clients/{waiting.id}", button="Не просил: закрыть просьбу")
    assert gained(app, before)["audit_entry"] == 2  # the reading and the answer
    assert "позвоните" not in urgent(manager, waiting.id)
    assert "Позвонить" not in manager.get("/").text
    assert footing(manager, waiting.id).count("Согласие дано") == 2


def test_a_call_answered_twice_is_answered_once(app, manager, waiting):
    page = manager.get(f"/clients/{waiting.id}")
    manager.submit(page, button="Не просил: закрыть просьбу")
    before = everything(app)
    assert manager.submit(page, button="Не просил: закрыть просьбу").status_code == 303
    assert gained(app, before) == {}


def test_a_withdrawal_written_down_after_the_call_closes_it(manager, waiting):
    withdraw(manager, waiting.id, channel="phone")
    assert "позвоните" not in urgent(manager, waiting.id)


# history


def test_the_history_keeps_every_act_with_its_text(manager, acting, anna, form):
    maria = kept(form, ENQUIRY)
    with transaction.of_its_own():
        new_edition(ENQUIRY, by=anna)
    kept(form, ENQUIRY, text_1="ещё", email=MARIA["email"])
    withdraw(manager, maria.id)
    page = manager.get(f"/clients/{maria.id}").text.partition("<h2>История согласий</h2>")[2]
    assert page.index("Согласие отозвано") < page.index("редакция № 2") < page.index("редакция № 1")


def test_a_card_without_consent_says_what_is_needed(visitor, owner, manager, ours):
    owner.fill("/settings/", consent_asked=False)
    visitor.fill(f"/f/{ours.slug}", full_name="Мария Новикова")
    page = manager.get("/").text
    card = page.partition("Мария Новикова")[0].rpartition('href="/clients/')[2].partition('"')[0]
    assert "нужно согласие или другое законное основание" in footing(manager, card)
    assert "без согласия" in page
