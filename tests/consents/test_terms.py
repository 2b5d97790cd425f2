"""What time does to consents: terms end, grounds end and begin, and doing it twice does nothing more."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.audit.models import Action, AuditEntry
from crm.clients.models import Client
from crm.consents import commands, queries, terms
from crm.consents.models import Channel, ConsentCurrent, ConsentRecord, ConsentState, Evidence, Ground
from crm.core import clock as house_clock
from crm.core import jobs, ledger, tenancy, transaction
from crm.core.db import db
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from tests.consents.willing import BY_EMAIL, CODES, ENQUIRY, REGISTRATION, footing, ground, purpose, send, told
from tests.core.at_once import at_once
from tests.core.rows import everything, gained


def pass_time(clock, **by):
    """Time goes by, and what is done each hour is done."""
    clock.move(**by)
    with transaction.of_its_own():
        terms.end_what_is_over()


def expiries(session):
    return session.scalars(select(ConsentRecord).filter_by(state=ConsentState.EXPIRED)).all()


@pytest.fixture
def maria(acting, form, clock):
    """Maria agreed to an enquiry (a year) and to a registration (three years)."""
    clock.stop()
    with transaction.of_its_own():
        sent = send(form, ENQUIRY, REGISTRATION)
        client_id = sent.client_id
    return acting.get_one(Client, client_id)


def test_a_consent_whose_term_is_over_is_written_down_as_expired(maria, acting, clock):
    pass_time(clock, days=365, seconds=1)
    assert told(maria)[ENQUIRY] == "expired"
    record = next(one for one in expiries(acting) if one.pseudonym == maria.subject_key.pseudonym)
    assert (record.channel, record.given_on) == (Channel.TERM, None)
    assert record.receipt == queries.by_receipt(record.receipt).receipt
    assert not acting.scalars(select(Evidence).filter_by(consent_id=record.id)).all()


def test_not_a_second_before(maria, acting, clock):
    pass_time(clock, days=365, seconds=-1)
    assert told(maria)[ENQUIRY] == "given"
    assert maria.subject_key.pseudonym not in [record.pseudonym for record in expiries(acting)]


def test_what_holds_or_is_not_there_does_not_expire(maria, acting, anna):
    commands.withdraw(maria.id, seen=BY_EMAIL, purpose_ids=[purpose(REGISTRATION).id], by=anna)
    for box in CODES:
        commands.expire(maria, purpose(box).id)
    assert not expiries(acting)


def test_while_another_purpose_holds_the_card_stays(maria, clock):
    pass_time(clock, days=366)
    assert footing(maria) == ("given", False, None)


def test_when_the_last_term_is_over_the_card_is_restricted_for_thirty_days(maria, clock):
    pass_time(clock, days=1095, seconds=1)
    assert footing(maria) == ("expired", True, 30)


def test_a_machine_that_was_off_counts_from_the_day_on_which_the_term_was_over(maria, acting, clock):
    pass_time(clock, days=1095 + 12)
    assert footing(maria) == ("expired", True, 18)
    ended = {record.given_on for record in expiries(acting) if record.pseudonym == maria.subject_key.pseudonym}
    assert house_clock.today() - timedelta(days=12) in ended


def test_a_ground_keeps_the_card_when_terms_are_over(maria, anna, clock):
    with transaction.of_its_own():
        ground(maria, anna)
    pass_time(clock, days=1100)
    assert footing(maria) == ("expired", False, None)


def test_an_expiry_is_audited_as_an_act_of_the_system(maria, acting, clock):
    pass_time(clock, days=366)
    kinds = {
        noted.actor_kind.value for noted in acting.scalars(select(AuditEntry).filter_by(action=Action.CONSENT_EXPIRED))
    }
    assert kinds == {"system"}


def test_done_twice_it_writes_nothing_more(app, maria, acting, clock):
    pass_time(clock, days=1100)
    acting.rollback()
    before = everything(app)
    pass_time(clock, hours=0)
    pass_time(clock, hours=5)
    assert gained(app, before) == {}


def test_a_clock_that_jumps_forth_and_back_writes_nothing_twice(app, maria, acting, clock):
    pass_time(clock, days=400)
    written = len(expiries(acting))
    for days in (-800, 10, 700, -300, 400):
        pass_time(clock, days=days)
    assert len(expiries(acting)) == written
    for model in ledger.chained_models():
        assert ledger.first_broken(model) is None


def test_after_a_jump_back_consent_can_be_given_again(maria, acting, form, clock):
    pass_time(clock, days=1100)
    pass_time(clock, days=-1100)
    with transaction.of_its_own():
        send(form, ENQUIRY, text_1="снова", full_name="Мария", email="maria@novikova.example.org")
    assert footing(maria) == ("given", False, None)


def test_consent_by_a_form_after_the_term_needs_no_second_look(maria, acting, form, clock):
    pass_time(clock, days=1100)
    send(form, ENQUIRY, text_1="снова", full_name="Мария", email="maria@novikova.example.org")
    assert footing(maria) == ("given", False, None)


def test_many_are_done_in_batches_and_everybody_once(form, acting, clock, monkeypatch):
    monkeypatch.setattr(terms, "BATCH", 3)
    with transaction.of_its_own():
        for number in range(8):
            send(form, ENQUIRY, REGISTRATION, email=f"p{number}@example.org")
    pass_time(clock, days=366)
    found = [record.pseudonym for record in expiries(acting)]
    assert len(found) == len(set(found)) == 9  # and the client of the house


def test_two_workers_at_once_write_each_expiry_once(app, ours, form, acting, clock):
    with transaction.of_its_own():
        for number in range(12):
            send(form, ENQUIRY, email=f"p{number}@example.org")
    acting.rollback()
    later = house_clock.now() + timedelta(days=366)

    def work():
        with app.app_context(), house_clock.stopped_at(later):
            tenancy.enter(ours.id)
            with transaction.of_its_own():
                terms.end_what_is_over()

    at_once([work] * 4)
    found = [record.pseudonym for record in expiries(acting)]
    assert len(found) == len(set(found)) == 13


def test_who_was_destroyed_meanwhile_has_nothing_left_to_expire(maria, anna, acting, clock):
    pseudonym = maria.subject_key.pseudonym
    with transaction.of_its_own():
        erasure.erase(maria.id, reason=Reason.DEMANDED, by=anna)
    pass_time(clock, days=1100)
    assert pseudonym not in [record.pseudonym for record in expiries(acting)]


def test_each_operator_has_its_own_expired(app, house, clock):
    clock.move(days=366)
    with app.app_context():
        jobs.here().tick()
    for operator in (house.ours, house.neighbour):
        with app.app_context():
            tenancy.enter(operator.id)
            found = expiries(db.session)
            assert {record.organisation_id for record in found} == {operator.id}
            states = {one.state for one in db.session.scalars(select(ConsentCurrent))}
            assert states == {ConsentState.EXPIRED}


# grounds that end and begin by themselves


@pytest.fixture
def contract(maria, anna, acting):
    """Consent is withdrawn, a contract of thirty days holds."""
    with transaction.of_its_own():
        made = ground(maria, anna, until=30)
        commands.withdraw(maria.id, seen=BY_EMAIL, by=anna)
        made_id = made.id
    return acting.get_one(Ground, made_id)


def test_a_ground_holds_through_its_last_day(maria, contract, clock):
    pass_time(clock, days=30)
    assert footing(maria) == ("withdrawn", False, None)
    assert queries.may(maria, contract.purpose_id)


def test_when_the_ground_has_ended_the_clock_starts(maria, contract, clock):
    pass_time(clock, days=31)
    assert footing(maria) == ("withdrawn", True, 30)
    assert not queries.may(maria, contract.purpose_id)


def test_it_counts_from_the_day_after_though_nobody_looked_for_a_week(maria, contract, clock):
    pass_time(clock, days=38)
    assert footing(maria) == ("withdrawn", True, 23)


def test_a_ground_that_begins_by_itself_stops_the_clock(maria, anna, acting, clock):
    with transaction.of_its_own():
        commands.withdraw(maria.id, seen=BY_EMAIL, by=anna)
        ground(maria, anna, since=5)
    assert footing(maria) == ("withdrawn", True, 30)
    pass_time(clock, days=5)
    assert footing(maria) == ("withdrawn", False, None)


def test_a_card_with_a_ground_alone_is_due_when_it_ends(maria, anna, acting, clock):
    with transaction.of_its_own():
        ground(maria, anna, until=3)
        commands.withdraw(maria.id, seen=BY_EMAIL, purpose_ids=[purpose(ENQUIRY).id], by=anna)
        commands.withdraw(maria.id, seen=BY_EMAIL, purpose_ids=[purpose(REGISTRATION).id], by=anna)
    for _ in range(3):
        pass_time(clock, days=2)
    assert footing(maria) == ("withdrawn", True, 28)


def test_many_cards_whose_grounds_ended_all_come_to_their_turn(form, anna, acting, clock, monkeypatch):
    monkeypatch.setattr(terms, "BATCH", 2)
    with transaction.of_its_own():
        clients = [send(form, ENQUIRY, REGISTRATION, email=f"p{number}@example.org").client for number in range(7)]
        for number, client in enumerate(clients):
            ground(client, anna, until=1)
            purposes = [purpose(ENQUIRY).id] if number < 5 else None
            commands.withdraw(client.id, seen=BY_EMAIL, purpose_ids=purposes, by=anna)
            if number < 5:  # these stay to be looked into: they are passed over, however often
                send(form, ENQUIRY, email=f"p{number}@example.org", text_1="снова")
        keys = [client.id for client in clients]
    pass_time(clock, days=2)
    standings = [acting.get_one(Client, key).standing.value for key in keys]
    assert standings == ["again"] * 5 + ["withdrawn"] * 2
    assert [key for key in keys if acting.get_one(Client, key).restricted_at] == keys[5:]
