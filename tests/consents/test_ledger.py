"""The ledger of consents is proved from outside: whatever is changed in it, `flask verify-ledger` names the row."""

import hashlib
import json
from datetime import date

import pytest
from sqlalchemy import delete, select, update

from crm.agreements.models import AgreementVersion
from crm.consents import commands
from crm.consents.commands import Circumstances
from crm.consents.models import Channel, ConsentRecord
from crm.core import ledger, transaction
from tests.builders import submission
from tests.consents.willing import BY_EMAIL
from tests.house.falsifying import falsified, rewrite

COLUMNS = ConsentRecord.__table__.columns


@pytest.fixture
def rows(sent, anna, acting, ours):
    """Three acts of one person, committed: by a form, on paper on a day of its own, withdrawn; then one of another, for
    a chain cannot miss its own end. Their ids and numbers."""
    with transaction.of_its_own():
        text = acting.get_one(AgreementVersion, sent.consent.agreement_version_id)
        seen = Circumstances(Channel.PAPER, given_on=date(2026, 11, 20))
        commands.give(sent.client, [text], public_code="AAAAA", seen=seen, by=anna)
        acting.flush()
        commands.withdraw(sent.client_id, seen=BY_EMAIL, by=anna)
        acting.flush()
        submission(ours.form_id, full_name="Кто-то после")
        acting.flush()
        found = acting.scalars(select(ConsentRecord).order_by(ConsentRecord.sequence.desc()).limit(4)).all()
        return [(row.id, row.sequence) for row in reversed(found[1:])]


def verified(app):
    return app.test_cli_runner().invoke(args=["verify-ledger"])


def rewritten(acting, row_id, name, value):
    acting.rollback()
    rewrite(ConsentRecord, row_id, lambda table: update(table).values({name: value}))


def test_a_ledger_that_nobody_touched_is_whole(app, rows):
    outcome = verified(app)
    assert (outcome.exit_code, outcome.output) == (0, "Every chain is whole.\n")


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
@pytest.mark.parametrize("which", [0, 1, 2], ids=["form", "paper", "withdrawal"])
def test_one_changed_value_of_any_row_is_found_and_the_row_named(app, acting, ours, rows, which, column):
    row_id, number = rows[which]
    value = getattr(acting.get_one(ConsentRecord, row_id), column.key)
    rewritten(acting, row_id, column.key, falsified(column, value))
    outcome = verified(app)
    assert outcome.exit_code == 1
    assert outcome.output == f"consent_record of operator {ours.id}: broken at row {number}\n"


@pytest.mark.parametrize(("which", "day"), [(0, date(2026, 11, 20)), (1, None), (1, date(2026, 11, 21))])
def test_a_day_that_is_put_in_taken_out_or_moved_is_found(app, acting, rows, which, day):
    row_id, number = rows[which]
    rewritten(acting, row_id, "given_on", day)
    assert f"broken at row {number}\n" in verified(app).output


def test_a_row_that_is_gone_is_missed_at_its_place(app, acting, rows):
    row_id, number = rows[1]
    acting.rollback()
    rewrite(ConsentRecord, row_id, delete)
    assert f"broken at row {number}\n" in verified(app).output


def test_of_several_bad_rows_the_first_is_named(app, acting, rows):
    (first, number), (second, _) = rows[1:]
    acting.rollback()
    for row_id in (second, first):
        rewrite(ConsentRecord, row_id, lambda table: update(table).values(receipt="x"))
    assert f"broken at row {number}\n" in verified(app).output


def test_a_row_without_a_day_has_the_hash_it_had_before_there_were_days(rows, acting):
    row = acting.get_one(ConsentRecord, rows[0][0])
    told = {column.key: getattr(row, column.key) for column in COLUMNS if column.key not in ("row_hash", "given_on")}
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=ledger._plain)
    assert hashlib.sha256(text.encode()).digest() == row.row_hash
