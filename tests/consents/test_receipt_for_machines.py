"""The receipt as a program reads it (ISO/IEC TS 27560)."""

import hashlib
import json
import re
from datetime import datetime

import pytest

from crm.accounts import queries as accounts
from crm.consents import commands, queries
from crm.consents.receipt import machine_readable
from crm.core import transaction
from crm.core.jobs import here
from tests.consents.willing import BY_EMAIL, ENQUIRY, REGISTRATION, day, give, purpose, send

MANDATORY = {
    "": {"schema_version", "record_id", "receipt_id", "pii_principal_id"},
    "processing": {
        *("privacy_notice", "language", "purpose", "pii_information", "pii_controllers", "storage_locations"),
        *("retention_period", "jurisdiction", "recipient_third_parties", "withdrawal_method"),
    },
    "processing.pii_information": {"pii_type"},
    "processing.pii_controllers": {"party_id", "name", "type", "address", "contact"},
    "events": {"event_time", "validity_duration", "entity_id", "event_type", "event_state"},
}
"""The standard's table: where a field stands, and which must be there and say something."""
RECEIPT = {"schema_version", "receipt_id", "created_at", "records"}
TYPES, STATES = {"implied", "expressed", "explicit"}, {"given", "renewed", "refused", "withdrawn", "expired"}


def receipt(visitor, number):
    return visitor.get(f"/receipt/{number}/json").json


def at(record, place):
    """Everything that stands at a place of a record, as a list."""
    found = record
    for name in place.split(".") if place else []:
        found = found[name]
    return found if isinstance(found, list) else [found]


@pytest.fixture
def two(acting, form, anna):
    """A receipt for two purposes, one of them taken back; the client."""
    with transaction.of_its_own():
        sent = send(form, ENQUIRY, REGISTRATION)
        commands.withdraw(sent.client_id, seen=BY_EMAIL, purpose_ids=[purpose(ENQUIRY).id], by=anna)
        made = sent.consent.receipt, sent.client_id
    acting.rollback()
    return made


@pytest.mark.parametrize("place", MANDATORY)
def test_every_mandatory_field_of_the_standard_says_something_in_every_record(visitor, ours, two, place):
    for number in (two[0], ours.receipt):
        for record in receipt(visitor, number)["records"]:
            things = at(record, place)
            assert things
            for thing in things:
                assert not [name for name in MANDATORY[place] if not thing.get(name)], thing


def test_the_receipt_itself_is_version_number_time_and_records(visitor, two):
    found = receipt(visitor, two[0])
    assert set(found) == RECEIPT
    assert (found["schema_version"], found["receipt_id"]) == ("ISO/IEC TS 27560:2023", two[0])
    assert datetime.fromisoformat(found["created_at"]).tzinfo
    assert len(found["records"]) == 2


def test_every_word_is_one_of_the_standard(visitor, two):
    for record in receipt(visitor, two[0])["records"]:
        assert {event["event_type"] for event in record["events"]} <= TYPES
        assert {event["event_state"] for event in record["events"]} <= STATES
        spans = [record["processing"]["retention_period"], *(one["validity_duration"] for one in record["events"])]
        assert all(re.fullmatch(r"P\d+D", span) for span in spans)


def test_it_names_the_purpose_and_the_operator_of_the_text(visitor, ours):
    (record,) = receipt(visitor, ours.receipt)["records"]
    assert record["processing"]["pii_controllers"][0]["name"] == "ООО «Ромашка»"
    assert record["processing"]["pii_controllers"][0]["party_id"] == "ИНН 7707083893"
    assert record["events"][0]["event_state"] == "given"


def test_its_text_is_the_one_agreed_to_byte_for_byte(visitor, ours):
    (record,) = receipt(visitor, ours.receipt)["records"]
    said = record["processing"]["consent_text"]
    text = visitor.get(said["url"].removeprefix("http://localhost")).data
    assert hashlib.sha256(text).hexdigest() == said["sha256"]


def test_what_ended_a_consent_is_its_second_event_and_of_that_purpose_alone(visitor, two):
    events = [[one["event_state"] for one in record["events"]] for record in receipt(visitor, two[0])["records"]]
    assert sorted(events) == [["given"], ["given", "withdrawn"]]


def test_a_term_that_is_over_is_the_operators_word_and_a_withdrawal_the_persons(visitor, two, app, clock):
    clock.move(days=1100)
    the_hour_strikes(app)
    ends = {
        record["events"][-1]["event_state"]: (record["events"][-1]["entity_id"], record["events"][-1]["event_type"])
        for record in receipt(visitor, two[0])["records"]
    }
    assert ends == {"withdrawn": (two[0], "explicit"), "expired": ("ИНН 7707083893", "implied")}


def the_hour_strikes(app):
    """The hour strikes: what is periodic is done for every operator."""
    with app.app_context():
        here().tick()


def test_consent_on_paper_tells_its_day_and_how_long_it_holds(visitor, acting, form, anna):
    with transaction.of_its_own():
        (record,) = give(send(form, ENQUIRY).client, anna, REGISTRATION, given_on=day(-3))
        number, told, until = record.receipt, day(-3).isoformat(), day(-3 + 1095)
    acting.rollback()
    (event,) = receipt(visitor, number)["records"][0]["events"]
    assert (event["given_on"], event["validity_duration"]) == (told, "P1095D")
    assert datetime.fromisoformat(event["valid_until"]).date() == until


def test_it_says_nothing_about_the_person(visitor, ours):
    page = json.dumps(receipt(visitor, ours.receipt), ensure_ascii=False)
    assert not [word for word in ("Лугов", "lugov", "912123", str(ours.client_id), ours.client_id.hex) if word in page]


def test_an_unknown_number_is_not_found(visitor, ours):
    other = "A" if ours.receipt[-1] != "A" else "B"
    assert visitor.get(f"/receipt/{ours.receipt[:-1]}{other}/json").status_code == 404


def test_it_does_not_tell_that_two_receipts_are_one_persons(visitor, ours, acting):
    record = queries.by_receipt(ours.receipt)
    assert record.pseudonym.hex() not in visitor.get(f"/receipt/{ours.receipt}/json").text


def test_an_edition_made_before_its_values_were_kept_points_to_its_text(visitor, ours, acting):
    (line,) = queries.lines_of(ours.receipt)
    acting.expunge_all()
    line.record.agreement_version.values = {}
    told = machine_readable([line], accounts.main_entity(), base_url="http://localhost")["records"][0]["processing"]
    assert told["recipient_third_parties"] == told["processing_operations"] == "указаны в тексте согласия"
    assert told["privacy_notice"] == f"http://localhost/policy/{ours.public_code}"
    assert told["pii_controllers"][0]["name"] == "ООО «Ромашка»"
