"""How a chain grows: without gaps, each row bound to the one before it, also when many write at once."""

import pytest
from sqlalchemy import select

from crm.audit import commands as audit
from crm.audit.models import Action, AuditEntry
from crm.consents.models import ConsentRecord
from crm.core import ledger, tenancy, transaction
from crm.core.db import db
from tests.core.at_once import at_once


def notes(times):
    for _ in range(times):
        audit.note(Action.SIGNED_IN)
    db.session.flush()


def chain(model=AuditEntry):
    return db.session.scalars(select(model).order_by(model.sequence)).all()


def test_rows_are_numbered_without_gaps_and_each_names_the_hash_before_it(acting):
    notes(3)
    rows = chain()
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
    assert [row.previous_hash for row in rows] == [ledger.BEGINNING, *(row.row_hash for row in rows[:-1])]


def test_equal_acts_have_different_hashes(acting):
    notes(5)
    hashes = [row.row_hash for row in chain()]
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize("model", [AuditEntry, ConsentRecord])
def test_a_chain_is_whole_as_it_was_written(acting, model):
    assert ledger.first_broken(model) is None


def test_a_rolled_back_act_leaves_no_gap(acting):
    notes(1)
    acting.rollback()
    notes(1)
    assert ledger.first_broken(AuditEntry) is None


def test_acts_at_the_same_moment_make_one_whole_chain(app, ours):
    def act():
        with app.app_context():
            tenancy.enter(ours.id)
            with transaction.of_its_own():
                notes(3)

    at_once([act] * 6)
    with app.app_context():
        tenancy.enter(ours.id)
        assert ledger.first_broken(AuditEntry) is None
        assert len([row for row in chain() if row.actor_kind.value == "visitor"]) >= 18
