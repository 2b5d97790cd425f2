"""The commands of an installation: proving chains, rotating the master key, inviting a new operator."""

import pytest
from sqlalchemy import text

from crm.core import transaction
from crm.core.db import db
from crm.core.letters import Fault
from crm.mail.models import Afterwards, Mailbox, Security
from tests.builders import PASSWORD

NEW_KEY = bytes(range(32, 64))
CHANGES = {
    "audit_entry": "UPDATE audit_entry SET action = 'client.read' WHERE sequence = 2",
    "consent_record": "UPDATE consent_record SET purpose = purpose || '.' WHERE sequence = 1",
    "erasure_act": "UPDATE erasure_act SET destroyed_by = 'Никто' WHERE sequence = 1",
}
GAPS = {
    "removed": "DELETE FROM audit_entry WHERE sequence = 3",
    "renamed": "UPDATE audit_entry SET sequence = 99 WHERE sequence = 3",
}


@pytest.fixture
def flask(app):
    """Runs a command of the application; its words and whether it went well."""

    def run(*words):
        with app.app_context():
            return app.test_cli_runner().invoke(args=words)

    return run


def behind_the_guards(app, table, statement):
    """Change evidence as only somebody with the database in hand could."""
    with app.app_context(), db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for act in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_no_{act}"))
        else:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(text(statement))


def test_whole_chains_are_said_to_be_whole(flask):
    outcome = flask("verify-ledger")
    assert (outcome.exit_code, outcome.output) == (0, "Every chain is whole.\n")


@pytest.mark.parametrize(("table", "statement"), CHANGES.items())
def test_a_changed_word_is_found_and_its_row_named(app, flask, table, statement):
    behind_the_guards(app, table, statement)
    outcome = flask("verify-ledger")
    assert outcome.exit_code == 1
    assert f"{table} of operator" in outcome.output
    assert f"broken at row {statement[-1]}" in outcome.output


@pytest.mark.parametrize("statement", GAPS.values(), ids=GAPS)
def test_a_row_that_is_missing_is_found(app, flask, statement):
    behind_the_guards(app, "audit_entry", statement)
    assert "broken at row 3" in flask("verify-ledger").output


def test_a_changed_byte_in_a_sealed_name_of_an_act_is_found(app, flask):
    behind_the_guards(app, "erasure_act", "UPDATE erasure_act SET sealed = previous_hash")
    assert "erasure_act of operator" in flask("verify-ledger").output


def test_each_operator_has_chains_of_its_own(app, flask, house):
    statement = "UPDATE consent_record SET purpose = '' WHERE purpose <> ''"
    behind_the_guards(app, "consent_record", statement)
    words = flask("verify-ledger").output
    assert str(house.ours.id) in words
    assert str(house.neighbour.id) in words


def rotate(app, flask, monkeypatch):
    old = app.config["MASTER_KEYS"]
    monkeypatch.setitem(app.config, "MASTER_KEYS", old | {2: NEW_KEY})
    outcome = flask("rotate-master-key")
    monkeypatch.setitem(app.config, "MASTER_KEYS", {2: NEW_KEY})
    app.extensions.pop("derived_keys", None)
    return outcome


def test_after_a_rotation_the_new_master_key_alone_opens_everything(app, flask, owner, ours, monkeypatch):
    outcome = rotate(app, flask, monkeypatch)
    assert (outcome.exit_code, outcome.output) == (0, "In use: master key 2.\n")
    assert "Лугов" in owner.get(f"/clients/{ours.client_id}").text
    assert "Лугов" in owner.get("/clients/?q=лугов").text


def test_after_a_rotation_what_comes_in_is_readable_too(app, flask, visitor, owner, ours, monkeypatch):
    rotate(app, flask, monkeypatch)
    visitor.fill(f"/f/{ours.slug}", full_name="Новый Человек", consent=True)
    assert "Новый Человек" in owner.get("/clients/?q=новый").text
    assert flask("verify-ledger").exit_code == 0


def test_without_a_rotation_the_new_master_key_opens_nothing(app, owner, ours, monkeypatch):
    monkeypatch.setitem(app.config, "MASTER_KEYS", {2: NEW_KEY})
    owner.may_fail = True
    assert owner.get(f"/clients/{ours.client_id}").status_code == 500


def test_a_wrong_master_key_of_the_same_number_opens_nothing(app, owner, ours, monkeypatch):
    monkeypatch.setitem(app.config, "MASTER_KEYS", {1: NEW_KEY})
    owner.may_fail = True
    assert owner.get(f"/clients/{ours.client_id}").status_code == 500


def test_an_invitation_from_the_command_line_lets_one_operator_sign_up(app, flask, visitor, monkeypatch):
    monkeypatch.setitem(app.config, "SIGN_UP", "invitation")
    code = flask("invite").output.strip()
    assert len(code) >= 32
    assert visitor.fill("/sign-up", code=code, **NEW_OPERATOR).status_code == 303


def test_the_demo_is_not_added_to_a_database_that_has_operators(flask):
    outcome = flask("demo")
    assert (outcome.exit_code, "already has operators" in outcome.output) == (1, True)


NEW_OPERATOR = {
    "name": "ООО «Василёк»",
    "legal_form": "ooo",
    "inn": "7707083893",
    "ogrn": "1027700132195",
    "address": "Москва",
    "request_email": "pdn@vasilek.example.org",
    "request_phone": "8 495 123-45-67",
    "responsible_person": "Васильков Пётр",
    "owner_name": "Васильков Пётр",
    "owner_position": "Директор",
    "owner_email": "petr@vasilek.example.org",
    "new_password": PASSWORD,
}


def test_jobs_tell_which_mailbox_is_not_read_and_why(flask, acting, ours):
    assert "Mailboxes read: 0, failing: 0" in flask("jobs").output
    with transaction.of_its_own():
        box = Mailbox(address="a@example.org", host="imap.example.org", port=993, security=Security.TLS)
        box.username, box.password, box.afterwards = "a", b"x", Afterwards.MARK
        box.fault = Fault.CERTIFICATE
        acting.add(box)
    output = flask("jobs").output
    assert "Mailboxes read: 1, failing: 1" in output
    assert f"Mailbox of operator {ours.id}: certificate, last well never" in output
    assert "example.org" not in output
