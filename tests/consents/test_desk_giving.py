"""Staff write down a consent that came on paper or by phone: to the text in force on the day of the act of will."""

from datetime import timedelta

import pytest

from crm.accounts import commands as accounts
from crm.agreements import commands as documents
from crm.agreements.ready import Proof
from crm.consents import queries
from crm.consents.models import Channel
from crm.core import transaction
from crm.core.clock import today
from crm.core.db import db
from crm.webforms import commands as webforms
from crm.webforms.models import WebForm
from tests.builders import submission
from tests.consents.desk import footing, give, signed_in_now, texts, withdraw, words, write
from tests.consents.willing import ENQUIRY, new_edition, purpose
from tests.core.rows import everything
from tests.core.scans import PDF
from tests.settings.test_outdated import REQUISITES


@pytest.fixture
def peter(acting, ours):
    """The client of our form."""
    return queries.client_behind(queries.by_receipt(ours.receipt))


@pytest.fixture
def later(acting, ours, anna, clock):
    """The manager ten days later, when a new edition has been in force for four of them."""
    clock.move(days=6)
    with transaction.of_its_own():
        new_edition(ENQUIRY, by=anna)
    clock.move(days=4)
    return signed_in_now(acting, ours)


def ago(days):
    return (today() - timedelta(days=days)).isoformat()


def editions(answer):
    """Numbers of the editions that the page offers."""
    shown = answer.text.partition('id="texts"')[2].partition("</fieldset>")[0]
    return [part.partition(" ")[0] for part in words(shown).split("редакция № ")[1::2]]


def newest(client):
    db.session.rollback()  # what a browser changed meanwhile
    return queries.ledger_of(client)[0]


def test_a_consent_by_phone_is_written_down_with_way_day_and_note(manager, peter):
    assert give(manager, peter.id, note="Звонок с +7 912").status_code == 303
    record = newest(peter)
    assert (record.state.value, record.channel, record.given_on) == ("given", Channel.PHONE, today())
    assert queries.evidence_of(peter)[record.id].note == "Звонок с +7 912"


def test_its_receipt_can_be_looked_up_by_anybody_who_has_its_number(visitor, manager, peter):
    give(manager, peter.id)
    page = visitor.get(f"/receipt/{newest(peter).receipt}")
    assert (page.status_code, "телефонный звонок" in page.text) == (200, True)


@pytest.mark.parametrize(("days", "number"), [(0, "2"), (3, "2"), (5, "1"), (9, "1")])
def test_the_day_picks_the_edition_that_was_in_force_on_it(later, peter, days, number):
    page = f"/clients/{peter.id}/consents"
    assert editions(later.fill(page, button="look", given_on=ago(days))) == [number]


def test_on_the_day_of_a_change_both_editions_are_offered(later, peter):
    assert sorted(editions(later.fill(f"/clients/{peter.id}/consents", button="look", given_on=ago(4)))) == ["1", "2"]


def test_the_consent_is_bound_to_the_edition_of_that_day(later, peter):
    shown = later.fill(f"/clients/{peter.id}/consents", button="look", given_on=ago(5))
    later.submit(shown, button="Записать согласие", version=texts(shown)[0], channel="paper")
    assert (newest(peter).agreement_version.number, newest(peter).given_on.isoformat()) == (1, ago(5))


def test_looking_at_the_texts_writes_nothing_and_keeps_what_was_typed(app, manager, peter):
    before = everything(app)
    shown = manager.fill(f"/clients/{peter.id}/consents", button="look", channel="paper", note="Договор № 3")
    assert (shown.status_code, everything(app)) == (200, before)
    assert "Договор № 3</textarea>" in shown.text
    assert 'role="alert"' not in shown.text


def test_a_text_of_another_day_is_refused_and_those_of_that_day_are_offered(app, later, peter):
    before = everything(app)
    answer = give(later, peter.id, given_on=ago(9), note="Звонок")
    assert (answer.status_code, everything(app)) == (422, before)
    assert "В этот день действовали другие тексты" in answer.text
    assert editions(answer) == ["1"]
    assert "Звонок</textarea>" in answer.text


@pytest.mark.parametrize("button", ["look", "Записать согласие"])
def test_before_the_first_text_there_is_nothing_to_agree_to(app, later, peter, button):
    before = everything(app)
    answer = later.fill(f"/clients/{peter.id}/consents", button=button, given_on=ago(20), channel="paper")
    assert everything(app) == before
    assert "В этот день текстов ещё не было" in answer.text
    assert answer.status_code == (200 if button == "look" else 422)
    assert 'id="given_on-errors"' in answer.text


@pytest.mark.parametrize("day", ["", "вчера", "2026-02-30", "2130-01-01", "2001-01-01", "9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("button", ["look", "Записать согласие"])
def test_a_day_that_cannot_be_is_refused_beside_the_field(app, manager, peter, button, day):
    before = everything(app)
    answer = manager.fill(f"/clients/{peter.id}/consents", button=button, given_on=day, channel="paper")
    assert everything(app) == before
    assert 'id="given_on-errors"' in answer.text


def test_a_purpose_that_was_retired_by_that_day_is_not_offered_and_named(acting, ours, anna, peter, later, clock):
    with transaction.of_its_own():
        documents.set_retired(purpose(ENQUIRY), retired=True, by=anna)
    clock.move(days=1)
    page, who = f"/clients/{peter.id}/consents", signed_in_now(acting, ours)
    assert editions(who.fill(page, button="look", given_on=ago(1))) == ["2"]
    shown = who.get(page)
    assert editions(shown) == []
    assert f"уже не использовались: {purpose(ENQUIRY).name}" in words(shown.text)


def test_without_a_text_or_a_way_nothing_is_written(app, manager, peter):
    before = everything(app)
    answer = write(manager, peter.id, "consents", version=None, channel=None)
    assert (answer.status_code, everything(app)) == (422, before)
    assert "Выберите текст" in answer.text
    assert "Укажите, как получено согласие" in answer.text


@pytest.mark.parametrize(("channel", "status"), [("phone", 422), ("in_person", 422), ("paper", 303), ("contract", 303)])
def test_where_the_law_wants_a_signature_a_call_will_not_do(acting, manager, peter, channel, status):
    with transaction.of_its_own():
        purpose(ENQUIRY).proof = Proof.WRITTEN
    answer = give(manager, peter.id, channel=channel, scan=(PDF, "скан.pdf"))
    assert answer.status_code == status
    assert ("письменную форму" in answer.text) is (status == 422)


def test_a_consent_by_phone_after_a_withdrawal_frees_the_card(manager, peter):
    withdraw(manager, peter.id)
    give(manager, peter.id)
    page = manager.get(f"/clients/{peter.id}").text
    assert "Уничтожить до" not in page
    assert "Согласие дано" in footing(manager, peter.id)


def test_a_consent_older_than_the_withdrawal_changes_nothing_and_staff_are_told(later, peter):
    withdraw(later, peter.id, given_on=ago(1))
    shown = later.fill(f"/clients/{peter.id}/consents", button="look", given_on=ago(3))
    done = later.submit(shown, button="Записать согласие", version=texts(shown)[0], channel="paper")
    said = later.get(done.location).text
    assert "решает запись более позднего дня: «Согласие отозвано»" in said
    assert "Уничтожить до" in said


def test_a_consent_whose_term_is_over_is_written_down_and_staff_are_told(acting, ours, peter, clock):
    clock.move(days=purpose(ENQUIRY).retention_days + 5)
    who = signed_in_now(acting, ours)
    done = give(who, peter.id, given_on=ago(purpose(ENQUIRY).retention_days + 4))
    assert "его срок уже закончился" in who.get(done.location).text


def test_the_receipt_bears_the_code_of_the_legal_entity_that_the_text_names(acting, ours, anna, manager, peter):
    with transaction.of_its_own():
        second = accounts.add_entity(requisites=REQUISITES, by=anna)
        form = acting.get_one(WebForm, ours.form_id)
        webforms.save_form(form, entity_id=second.id, revision=form.revision, by=anna)
        webforms.publish(form, by=anna)
        submission(form.id, full_name="Другой Человек")
    shown = manager.get(f"/clients/{peter.id}/consents")
    manager.submit(shown, button="Записать согласие", version=texts(shown)[-1], channel="phone")
    assert newest(peter).receipt.partition("-")[0] == second.public_code != ours.public_code
