"""Staff write down that somebody took consent back: for what, how, on which day; and what the card says then."""

from datetime import timedelta

import pytest

from crm.consents import queries
from crm.consents.models import Channel
from crm.core import transaction
from crm.core.clock import today
from tests.consents.desk import footing, urgent, withdraw
from tests.consents.willing import ENQUIRY, REGISTRATION, purpose, send
from tests.core.rows import everything


@pytest.fixture
def maria(acting, form, clock):
    """Somebody who agreed to two purposes sixty days ago."""
    clock.move(days=-60)
    with transaction.of_its_own():
        sent = send(form, ENQUIRY, REGISTRATION)
    clock.go_on()
    return sent.client


def ago(days):
    return today() - timedelta(days=days)


def test_every_purpose_that_holds_is_offered_and_ticked(manager, maria):
    page = manager.get(f"/clients/{maria.id}/withdraw").text
    assert page.count('name="purposes"') == page.count("checked") == 2


def test_one_purpose_is_taken_back_and_the_other_stays(manager, maria):
    withdraw(manager, maria.id, purposes=[purpose(REGISTRATION).id.hex])
    said = footing(manager, maria.id)
    assert (said.count("Согласие отозвано"), said.count("Согласие дано")) == (1, 1)
    assert "Для этой цели данными больше не пользоваться" in said
    assert "Уничтожить до" not in urgent(manager, maria.id)


def test_the_way_the_day_and_the_note_are_written_down(manager, maria, acting):
    withdraw(manager, maria.id, channel="paper", given_on=ago(3).isoformat(), note="Вх. № 7")
    acting.rollback()
    record = queries.ledger_of(maria)[0]
    assert (record.channel, record.given_on) == (Channel.PAPER, ago(3))
    assert queries.evidence_of(maria)[record.id].note == "Вх. № 7"


def test_after_everything_is_taken_back_the_card_is_restricted_and_says_what_to_do(manager, maria):
    withdraw(manager, maria.id)
    said = urgent(manager, maria.id)
    assert f"Уничтожить до {ago(-30):%d.%m.%Y} включительно: осталось 30 " in said
    for word in ("Ограничена", "данные можно только хранить", "Что дальше", "Записать основание"):
        assert word in said


@pytest.mark.parametrize(
    ("came", "said"),
    [(5, "осталось 25 "), (29, "остался 1 "), (30, "сегодня последний день"), (33, "просрочено на 3 ")],
)
def test_the_days_count_from_the_day_on_which_it_came_and_are_told_in_words(manager, maria, came, said):
    withdraw(manager, maria.id, given_on=ago(came).isoformat())
    assert f"Уничтожить до {ago(came - 30):%d.%m.%Y} включительно: {said}" in urgent(manager, maria.id)


@pytest.mark.parametrize(("came", "tone"), [(29, "warn"), (30, "bad"), (31, "bad")])
def test_the_last_day_and_every_day_after_it_is_red(manager, maria, came, tone):
    withdraw(manager, maria.id, given_on=ago(came).isoformat())
    assert f"notice-{tone}" in manager.get(f"/clients/{maria.id}").text


@pytest.mark.parametrize("day", ["", "завтра", "2026-11-31", "2130-01-01", "2001-01-01", "9999-12-31", "0001-01-01"])
def test_a_day_that_cannot_be_is_refused_beside_the_field(app, manager, maria, day):
    before = everything(app)
    answer = withdraw(manager, maria.id, given_on=day, note="Звонок")
    assert (answer.status_code, everything(app)) == (422, before)
    assert 'id="given_on-errors"' in answer.text
    assert "Звонок</textarea>" in answer.text


def test_nobody_takes_back_what_is_not_given_yet(app, manager, maria):
    before = everything(app)
    answer = withdraw(manager, maria.id, given_on=ago(61).isoformat())
    assert (answer.status_code, everything(app)) == (422, before)
    assert f"Согласие дано позже: {ago(60):%d.%m.%Y}" in answer.text


def test_without_a_purpose_nothing_is_taken_back(app, manager, maria):
    before = everything(app)
    answer = withdraw(manager, maria.id, purposes=[])
    assert (answer.status_code, everything(app)) == (422, before)
    assert "Отметьте хотя бы одну цель" in answer.text


def test_a_purpose_that_the_client_never_agreed_to_is_refused(app, manager, maria):
    page = manager.get(f"/clients/{maria.id}/withdraw")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    before = everything(app)
    sent = {"csrf_token": token, "channel": "email", "given_on": today().isoformat(), "purposes": "0" * 32}
    assert manager.post(page.request.path, data=sent).status_code == 422
    assert everything(app) == before
