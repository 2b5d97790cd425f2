"""Writing to the consent ledger: one act of will, one text, one pseudonym, nothing personal."""

import re
from functools import partial

import pytest
from sqlalchemy import select

from crm.audit.models import Action, AuditEntry
from crm.clients.policy import ConsentStanding
from crm.consents import commands, queries
from crm.consents.commands import Circumstances
from crm.consents.models import Channel, ConsentRecord, ConsentState, Evidence
from crm.core import tenancy
from crm.core.db import db
from tests.browsing import browser
from tests.builders import submission
from tests.consents.willing import BY_EMAIL, ENQUIRY, MARIA, REGISTRATION, day, footing, purpose, send
from tests.core.at_once import at_once


def withdraw(sent, by, **seen):
    (entry, *_) = commands.withdraw(sent.client_id, seen=Circumstances(Channel.EMAIL, **seen), by=by)
    db.session.flush()
    return entry


# what is written down


def test_a_consent_names_state_channel_purpose_and_exact_text(sent):
    record = sent.consent
    assert (record.state, record.channel) == (ConsentState.GIVEN, Channel.FORM)
    assert record.purpose == record.agreement_version.purpose
    assert record.agreement_version.rendered_for_id == sent.form_version.form_id


def test_the_ledger_names_a_person_by_a_pseudonym_only(sent):
    values = " ".join(str(getattr(sent.consent, column.key)) for column in ConsentRecord.__table__.columns)
    assert sent.consent.pseudonym == sent.client.subject_key.pseudonym
    assert str(sent.client.id) not in values
    assert not [value for value in MARIA.values() if value in values]


def test_all_acts_of_one_person_have_one_pseudonym_and_those_of_others_another(sent, acting, ours):
    again = submission(ours.form_id, **MARIA, text_1="ещё")
    other = submission(ours.form_id, full_name="Пётр")
    db.session.flush()
    assert again.consent.pseudonym == sent.consent.pseudonym != other.consent.pseudonym


def test_a_receipt_is_the_code_of_the_operator_and_125_random_bits(sent, ours):
    assert re.fullmatch(rf"{ours.public_code}(-[2-9A-HJ-NP-Z]{{5}}){{5}}", sent.consent.receipt)


def test_each_box_makes_a_record_of_its_own_under_one_receipt(form, acting):
    sent = send(form, ENQUIRY)
    records = acting.scalars(select(ConsentRecord).filter_by(receipt=sent.consent.receipt)).all()
    found = {record.agreement_version.agreement.purpose_id: record.state.value for record in records}
    assert found[purpose(ENQUIRY).id] == "given"
    assert sorted(found.values()) == ["given", "refused", "refused"]


def test_acts_of_one_moment_stand_in_the_ledger_in_the_order_of_their_boxes(form, clock):
    clock.stop()
    orders = []
    for number in range(8):
        sent = send(form, ENQUIRY, REGISTRATION, full_name=f"Человек {number}")
        lines = queries.lines_of(sent.consent.receipt)
        orders.append([line.record.agreement_version.agreement.purpose_id for line in lines])
    assert orders == [[purpose(ENQUIRY).id, purpose(REGISTRATION).id]] * 8


def test_the_evidence_hangs_on_the_key_of_the_person(sent, acting):
    evidence = acting.scalars(select(Evidence).filter_by(consent_id=sent.consent.id)).one()
    assert evidence.subject_key_id == sent.client.subject_key_id


def test_a_withdrawal_is_a_new_act_and_leaves_the_consent_as_it_was(sent, anna):
    entry = withdraw(sent, anna)
    assert [record.state.value for record in queries.ledger_of(sent.client)] == ["withdrawn", "given"]
    assert (entry.receipt, entry.purpose) == (sent.consent.receipt, sent.consent.purpose)
    assert (entry.channel, sent.client.standing) == (Channel.EMAIL, ConsentStanding.WITHDRAWN)


def test_the_note_of_a_withdrawal_is_sealed(sent, anna, acting):
    entry = withdraw(sent, anna, note="звонила Мария Новикова")
    evidence = acting.scalars(select(Evidence).filter_by(consent_id=entry.id)).one()
    assert evidence.note == "звонила Мария Новикова"
    assert "Новикова".encode() not in evidence.sealed


def test_a_withdrawal_is_audited_as_an_act_of_staff(sent, anna, acting):
    withdraw(sent, anna)
    noted = acting.scalars(select(AuditEntry).filter_by(action=Action.CONSENT_WITHDRAWN)).one()
    assert (noted.actor_id, noted.subject_id, noted.details) == (anna.id, sent.client.id, {"acts": 1})


# what a withdrawal ends


def test_the_act_that_ended_a_consent_is_found(sent, anna):
    assert queries.end_of(sent.consent) is None
    entry = withdraw(sent, anna)
    assert queries.end_of(sent.consent) is entry


def test_a_later_consent_revives_neither_the_ended_one_nor_the_standing(sent, anna, ours):
    entry = withdraw(sent, anna)
    again = submission(ours.form_id, email=MARIA["email"], text_1="кто-то другой")
    db.session.flush()
    assert queries.end_of(sent.consent) is entry
    assert (queries.end_of(again.consent), again.client.standing) == (None, ConsentStanding.AGAIN)


def test_a_consent_is_withdrawn_once(sent, anna):
    withdraw(sent, anna)
    with pytest.raises(commands.NothingToWithdraw):
        withdraw(sent, anna)


def test_of_two_who_withdraw_at_once_one_does(app, ours):
    managers = [browser(app, cookie=ours.manager.cookie) for _ in range(4)]
    address = f"/clients/{ours.client_id}/withdraw"
    pages = [one.get(address) for one in managers]
    acts = [partial(one.submit, page, channel="email") for one, page in zip(managers, pages, strict=True)]
    assert [answer.status_code for answer in at_once(acts)] == [303] * 4
    events = managers[0].get(f"/receipt/{ours.receipt}/json").json["records"][0]["events"]
    assert [event["event_state"] for event in events] == ["given", "withdrawn"]
    with app.test_request_context("/"):
        assert count_of_withdrawals(ours) == 1


def count_of_withdrawals(ours):
    tenancy.enter(ours.id)
    return len(db.session.scalars(select(ConsentRecord).filter_by(state=ConsentState.WITHDRAWN)).all())


def test_a_receipt_finds_the_consent_not_its_withdrawal(sent, anna):
    withdraw(sent, anna)
    assert queries.by_receipt(sent.consent.receipt) is sent.consent


def test_a_receipt_of_another_operator_finds_nothing(acting, house):
    assert queries.by_receipt(house.neighbour.receipt) is None


def test_withdrawing_one_of_two_purposes_keeps_the_card_and_ends_only_that_use(form, anna):
    client = send(form, ENQUIRY, REGISTRATION).client
    commands.withdraw(client.id, seen=BY_EMAIL, purpose_ids=[purpose(ENQUIRY).id], by=anna)
    assert footing(client) == ("given", False, None)
    assert (queries.may(client, purpose(ENQUIRY).id), queries.may(client, purpose(REGISTRATION).id)) == (False, True)


def test_withdrawing_the_last_purpose_restricts_the_card_and_starts_the_clock(form, anna):
    client = send(form, ENQUIRY, REGISTRATION).client
    for box in (ENQUIRY, REGISTRATION):
        commands.withdraw(client.id, seen=BY_EMAIL, purpose_ids=[purpose(box).id], by=anna)
    assert footing(client) == ("withdrawn", True, 30)
    assert not any(queries.may(client, purpose(box).id) for box in (ENQUIRY, REGISTRATION))


def test_a_withdrawal_written_down_late_counts_from_the_day_it_came(sent, anna):
    withdraw(sent, anna, given_on=day(-10))
    assert footing(sent.client) == ("withdrawn", True, 20)


def test_nothing_can_be_withdrawn_for_no_purpose(sent, anna):
    with pytest.raises(commands.NothingToWithdraw):
        commands.withdraw(sent.client_id, seen=BY_EMAIL, purpose_ids=[], by=anna)
