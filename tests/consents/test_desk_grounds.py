"""Staff write down another ground than consent: a contract, a law; and end it."""

from datetime import timedelta

import pytest

from crm.agreements import commands as documents
from crm.agreements.ready import READY, LegalBasis, PurposeKind
from crm.consents import commands, queries
from crm.core import transaction
from crm.core.clock import today
from crm.core.db import db
from tests.consents.desk import footing, signed_in_now, urgent, withdraw, write
from tests.consents.willing import ENQUIRY, purpose
from tests.core.rows import everything, gained


@pytest.fixture
def contract(acting, anna):
    """A purpose of the register that rests on a contract."""
    values = READY[PurposeKind.OTHER].values() | {"name": "исполнение договора", "basis": LegalBasis.CONTRACT}
    with transaction.of_its_own():
        return documents.add_purpose(kind=PurposeKind.OTHER, values=values, by=anna)


@pytest.fixture
def peter(acting, ours):
    """The client of our form."""
    return queries.client_behind(queries.by_receipt(ours.receipt))


def add(who, client, contract, **typed):
    known = {"purpose": contract.id.hex, "since_on": today().isoformat(), "note": "Договор № 7"}
    return write(who, client.id, "grounds", **known | typed)


def end(who, client):
    return who.fill(f"/clients/{client.id}", button="Прекратить")


def test_a_ground_stands_on_the_card_with_its_proof(manager, peter, contract):
    assert add(manager, peter, contract).status_code == 303
    assert f"исполнение договора Договор с {today():%d.%m.%Y} , бессрочно Договор № 7" in footing(manager, peter.id)


def test_with_a_ground_a_withdrawal_does_not_restrict_the_card(manager, peter, contract):
    add(manager, peter, contract)
    withdraw(manager, peter.id)
    assert "Уничтожить до" not in urgent(manager, peter.id)


def test_the_card_says_why_the_days_do_not_count_yet(manager, peter, contract):
    add(manager, peter, contract)
    assert "30 дней до уничтожения не идут" not in footing(manager, peter.id)
    withdraw(manager, peter.id)
    assert "30 дней до уничтожения не идут: данные держит другое основание" in footing(manager, peter.id)


def test_a_ground_written_down_later_frees_the_card(manager, peter, contract):
    withdraw(manager, peter.id)
    add(manager, peter, contract)
    assert "Уничтожить до" not in urgent(manager, peter.id)


def test_when_the_last_ground_ends_the_days_begin_to_count(manager, peter, contract):
    add(manager, peter, contract)
    withdraw(manager, peter.id)
    end(manager, peter)
    assert "Уничтожить до" in urgent(manager, peter.id)
    assert "прекращено" in footing(manager, peter.id)


def test_while_consent_holds_the_end_of_a_ground_changes_nothing(manager, peter, contract):
    add(manager, peter, contract)
    end(manager, peter)
    assert "Уничтожить до" not in urgent(manager, peter.id)


def test_a_ground_is_ended_once(app, manager, peter, contract):
    add(manager, peter, contract)
    page = manager.get(f"/clients/{peter.id}")
    manager.submit(page, button="Прекратить")
    before = everything(app)
    assert manager.submit(page, button="Прекратить").status_code == 303
    assert gained(app, before) == {}


def test_a_ground_ends_by_itself_after_its_last_day(acting, ours, manager, peter, contract, clock):
    add(manager, peter, contract, until_on=(today() + timedelta(days=2)).isoformat())
    clock.move(days=3)
    assert "прекращено" in footing(signed_in_now(acting, ours), peter.id)


def test_a_purpose_that_rests_on_consent_is_not_offered(manager, peter, contract):
    page = manager.get(f"/clients/{peter.id}/grounds").text
    assert contract.id.hex in page
    assert purpose(ENQUIRY).id.hex not in page


WRONG = {
    "until_on": ["2001-01-01", "вчера"],
    "since_on": ["", "2130-01-01", "2001-01-01", "когда-то"],
    "note": ["", " ", "я" * 1001, "a\0b"],
    "purpose": ["", "x", "0" * 32],
}


@pytest.mark.parametrize(("name", "typed"), [(name, typed) for name, many in WRONG.items() for typed in many])
def test_a_wrong_ground_is_refused_beside_the_field(app, manager, peter, contract, name, typed):
    refused(app, manager, peter, contract, **{name: typed})


def test_consent_is_no_other_ground_whoever_asks(app, manager, peter, contract):
    refused(app, manager, peter, contract, purpose=purpose(ENQUIRY).id.hex)


def test_a_ground_that_is_over_already_holds_nothing(app, manager, peter, contract):
    days = {"since_on": today() - timedelta(days=9), "until_on": today() - timedelta(days=1)}
    refused(app, manager, peter, contract, **{name: day.isoformat() for name, day in days.items()})


def refused(app, who, client, contract, **typed):
    """Whatever was typed, even what the page does not offer, nothing is written and the field says why."""
    page = who.get(f"/clients/{client.id}/grounds")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    known = {"purpose": contract.id.hex, "since_on": today().isoformat(), "note": "Договор № 7"}
    before = everything(app)
    answer = who.post(page.request.path, data={"csrf_token": token} | known | typed)
    assert (answer.status_code, everything(app)) == (422, before)
    (name, *_rest) = typed
    assert "-errors" in answer.text
    assert name in ("since_on", "until_on") or f'id="{name}-errors"' in answer.text


def test_without_such_a_purpose_in_the_register_the_page_says_where_to_enter_it(manager, peter):
    page = manager.get(f"/clients/{peter.id}/grounds").text
    assert "В реестре нет целей на другом основании" in page


def test_a_ground_of_another_client_is_not_found(manager, acting, anna, peter, contract, sent):
    with transaction.of_its_own():
        made = commands.add_ground(
            sent.client, purpose_id=contract.id, since_on=today(), until_on=None, note="Договор", by=anna
        )
    add(manager, peter, contract)
    page = manager.get(f"/clients/{peter.id}")
    action = page.text.partition("/grounds/")[2].partition("/end")[0]
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert action != str(made.id)
    answer = manager.post(f"/clients/{peter.id}/grounds/{made.id}/end", data={"csrf_token": token})
    db.session.rollback()
    assert (answer.status_code, made.until_on) == (404, None)
