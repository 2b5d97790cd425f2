"""The receipt as a program reads it (ISO/IEC TS 27560)."""

import hashlib
import json

from crm.consents import queries


def receipt(visitor, ours):
    return visitor.get(f"/receipt/{ours.receipt}/json").json


def test_it_names_the_standard_the_purpose_and_the_operator(visitor, ours):
    found = receipt(visitor, ours)
    assert found["schema_version"] == "ISO/IEC TS 27560:2023"
    assert found["processing"]["pii_controllers"][0]["name"] == "ООО «Ромашка»"
    assert found["events"][0]["event_state"] == "given"


def test_its_text_is_the_one_agreed_to_byte_for_byte(visitor, ours):
    said = receipt(visitor, ours)["processing"]["consent_text"]
    text = visitor.get(said["url"].removeprefix("http://localhost")).data
    assert hashlib.sha256(text).hexdigest() == said["sha256"]


def test_a_withdrawal_is_its_second_event(visitor, manager, ours):
    manager.fill(f"/clients/{ours.client_id}/withdraw", channel="email")
    assert [event["event_state"] for event in receipt(visitor, ours)["events"]] == ["given", "withdrawn"]


def test_it_says_nothing_about_the_person(visitor, ours):
    page = json.dumps(receipt(visitor, ours), ensure_ascii=False)
    assert not [word for word in ("Лугов", "lugov", "912123", str(ours.client_id), ours.client_id.hex) if word in page]


def test_an_unknown_number_is_not_found(visitor, ours):
    other = "A" if ours.receipt[-1] != "A" else "B"
    assert visitor.get(f"/receipt/{ours.receipt[:-1]}{other}/json").status_code == 404


def test_it_does_not_tell_that_two_receipts_are_one_persons(visitor, ours, acting):
    record = queries.by_receipt(ours.receipt)
    assert record.pseudonym.hex() not in visitor.get(f"/receipt/{ours.receipt}/json").text
