"""The page on which staff correct a card: what it shows, what it takes, and what the card tells afterwards."""

import pytest
from sqlalchemy import select

from crm.accounts.models import LegalEntity
from crm.audit.models import Action, AuditEntry
from crm.clients.models import Client
from crm.core import transaction
from crm.subject_requests import queries as journal
from crm.subject_requests.models import RequestKind, Step
from tests.builders import submission
from tests.consents.desk import words
from tests.consents.willing import MARIA
from tests.core.rows import everything
from tests.house.test_statements import statements
from tests.inquiries import inquiry

WHY = "Показала договор"


@pytest.fixture
def maria(acting, ours):
    with transaction.of_its_own():
        return submission(ours.form_id, **MARIA).client


@pytest.fixture
def asked(maria):
    """A request of hers to correct something."""
    with transaction.of_its_own():
        return inquiry(kind=RequestKind.CORRECTION, client=maria, is_certain=True)


@pytest.fixture
def correct(manager, maria):
    """Fills in the page and presses its button."""

    def fill(query="", **typed):
        return manager.fill(f"/clients/{maria.id}/correct{query}", button="Исправить", **{"why": WHY} | typed)

    return fill


@pytest.fixture
def card(manager, maria):
    """The panel of values of her card, as one reads it."""
    return lambda: words(
        manager.get(f"/clients/{maria.id}").text.partition("Персональные данные</h2>")[2].partition("</section>")[0]
    )


def test_the_card_leads_to_it(manager, maria):
    assert f'href="/clients/{maria.id}/correct"' in manager.get(f"/clients/{maria.id}").text


def test_a_correction_shows_on_the_card_with_its_source_and_without_the_wrong_value(correct, card, maria):
    answer = correct(phone="8 999 000-11-22")
    assert (answer.status_code, answer.location) == (303, f"/clients/{maria.id}")
    said = card()
    assert "+7 999 000-11-22 исправлено" in said
    assert "Прежнее значение (форма «Заявка с сайта»" in said
    assert "признано неверным" in said
    assert f"Борис Ромашкин: {WHY}" in said
    assert "765-43-21" not in said


def test_what_is_typed_comes_to_its_normal_form(correct, acting, maria):
    correct(phone="8(999)0001122", email="Right@Example.ORG", birth_date="31.12.1990", personal_link="vk.com/maria")
    acting.rollback()
    card = acting.get_one(Client, maria.id)
    assert (card.phone, card.email) == ("+79990001122", "right@example.org")
    assert (card.birth_date, card.personal_link) == ("1990-12-31", "https://vk.com/maria")


WRONG = [("phone", "12"), ("email", "нет"), ("birth_date", "31.02.1990"), ("personal_link", "x"), ("why", "")]
WRONG += [("full_name", "x" * 201), ("address", "a\x07"), ("why", "x" * 1001)]


@pytest.mark.parametrize(("name", "typed"), WRONG)
def test_a_mistake_is_told_beside_its_field_and_what_was_typed_stays(app, correct, name, typed):
    before = everything(app)
    answer = correct(**{"address": "Тверь", name: typed})
    assert (answer.status_code, everything(app)) == (422, before)
    assert f'id="{name}-errors"' in answer.text
    assert name == "address" or "Тверь" in answer.text


def test_an_old_value_of_another_shape_that_nobody_touched_stays(correct, acting, maria):
    with transaction.of_its_own():
        maria.phone, maria.education = "по вечерам", "Церковно-приходская школа"
    assert correct(address="Тверь").status_code == 303
    acting.rollback()
    card = acting.get_one(Client, maria.id)
    assert (card.phone, card.education, card.address) == ("по вечерам", "Церковно-приходская школа", "Тверь")


def test_nothing_changed_is_told(app, correct):
    before = everything(app)
    answer = correct()
    assert (answer.status_code, everything(app)) == (422, before)
    assert "Ничего не изменено" in answer.text


def test_a_page_that_was_open_while_the_card_changed_corrects_nothing(manager, ours, maria, card):
    page = manager.get(f"/clients/{maria.id}/correct")
    with transaction.of_its_own():
        submission(ours.form_id, email=MARIA["email"], phone="+79990001122")
    answer = manager.submit(page, button="Исправить", why=WHY, phone="+79990003344")
    assert answer.status_code == 422
    assert "карточка изменилась" in answer.text
    assert "+79990003344" in answer.text


def test_values_beside_the_cards_own_can_be_taken_away(ours, correct, card, maria):
    with transaction.of_its_own():
        submission(ours.form_id, email=MARIA["email"], phone="+79990001122")
    assert "999 000-11-22" in card()
    assert correct(wrong=["phone-1"]).status_code == 303
    assert "999 000-11-22" not in card()


def test_a_wrong_value_that_a_form_brings_again_is_marked(acting, ours, correct, card, maria):
    correct(phone="89990001122")
    acting.rollback()
    with transaction.of_its_own():
        submission(ours.form_id, email=MARIA["email"], phone=MARIA["phone"], text_1="снова")
    assert "+7 921 765-43-21" in card()
    assert "раньше признано неверным" in card()


def test_what_was_sent_says_what_of_it_was_corrected_later(manager, correct, maria):
    correct(phone="89990001122")
    sent = words(manager.get(f"/clients/{maria.id}").text.partition("Заявки, как их прислали")[2])
    assert f"{MARIA['phone']} позже исправлено" in sent
    assert sent.count("позже исправлено") == 1


# for a request


def test_a_correction_for_a_request_names_it_marks_its_step_and_goes_back_there(correct, card, asked, acting):
    answer = correct(f"?request={asked.id}", phone="89990001122")
    assert (answer.status_code, answer.location) == (303, f"/requests/{asked.id}")
    assert f"обращение № {asked.number}" in card()
    acting.rollback()
    assert Step.CORRECT in journal.done(journal.request(asked.id))
    entry = acting.scalars(select(AuditEntry).filter_by(action=Action.CLIENT_CORRECTED)).one()
    assert entry.details["request"] == asked.number


@pytest.mark.parametrize("word", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_request_that_is_not_about_this_card_is_not_taken(manager, ours, maria, asked, word):
    page = manager.get(f"/clients/{ours.client_id}/correct?request={word or asked.id}").text
    assert "<option selected" in page
    assert f"№ {asked.number}:" not in page


def test_it_says_whom_to_tell(manager, maria, acting, ours):
    with transaction.of_its_own():
        acting.get_one(LegalEntity, ours.entity_id).processor = "ООО «Хостинг», Тверь"
    page = manager.get(f"/clients/{maria.id}/correct").text.partition("Кому сообщить об исправлении")[2]
    assert "ООО «Хостинг», Тверь" in page


def test_a_card_that_is_gone_cannot_be_corrected(manager, ours, maria):
    manager.fill(f"/clients/{maria.id}/erase", reason="demanded", confirmation="УНИЧТОЖИТЬ")
    assert manager.get(f"/clients/{maria.id}/correct").status_code == 404


def test_it_asks_as_often_however_much_was_sent(manager, ours, maria):
    few = statements(manager, f"/clients/{maria.id}/correct")
    with transaction.of_its_own():
        for number in range(8):
            submission(ours.form_id, email=MARIA["email"], phone=f"+7999000112{number}")
    assert len(statements(manager, f"/clients/{maria.id}/correct")) == len(few)
