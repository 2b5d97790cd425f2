"""What is evidence is never rewritten: not through the models, not in bulk, not by SQL; and if it is, a chain tells."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from crm.core import ledger, tenancy, transaction
from crm.core.db import db
from crm.core.ledger import AppendOnly, Chained, LedgerRewritten
from tests import builders
from tests.house.dumps import models_of
from tests.house.falsifying import falsified, rewrite

EVIDENCE = models_of(AppendOnly)
CHAINED = models_of(Chained)


@pytest.fixture
def written(acting, house):
    """Every kind of evidence has at least two rows of ours, committed."""
    with transaction.of_its_own():
        for name in ("Первый Стёртый", "Второй Стёртый"):
            builders.act(house.ours, full_name=name)
    return acting


def row_of(session, model):
    return session.scalars(select(model).order_by(model.id).limit(1)).one()


@pytest.mark.parametrize("model", EVIDENCE)
def test_evidence_cannot_be_changed(written, model):
    row = row_of(written, model)
    row.created_at += timedelta(days=1)
    with pytest.raises(LedgerRewritten):
        written.flush()


@pytest.mark.parametrize("model", EVIDENCE)
def test_evidence_cannot_be_deleted(written, model):
    written.delete(row_of(written, model))
    with pytest.raises(LedgerRewritten):
        written.flush()


@pytest.mark.parametrize("model", EVIDENCE)
@pytest.mark.parametrize("act", ["update", "delete"])
def test_evidence_cannot_be_rewritten_in_bulk(written, model, act):
    statement = delete(model) if act == "delete" else update(model).values(created_at=model.created_at)
    with pytest.raises(LedgerRewritten):
        written.execute(statement)


STATEMENTS = {
    "update": 'UPDATE "{0}" SET created_at = created_at',
    "delete": 'DELETE FROM "{0}"',
    "truncate": 'TRUNCATE "{0}" CASCADE',
}
"""SQLite has no TRUNCATE: there the word is a mistake of grammar and refused all the more."""


@pytest.mark.parametrize("model", EVIDENCE)
@pytest.mark.parametrize("act", STATEMENTS)
def test_the_database_itself_refuses_to_rewrite_evidence(written, model, act):
    refusal = "syntax" if act == "truncate" and db.engine.dialect.name == "sqlite" else "append-only"
    with db.engine.connect() as connection, pytest.raises(DBAPIError, match=refusal):
        connection.execute(text(STATEMENTS[act].format(model.__tablename__)))


def test_every_chain_is_whole_after_a_day_of_work(house, written, owner, visitor):
    visitor.fill(f"/f/{house.ours.slug}", full_name="Мария Новая", consent=True)
    owner.get("/clients/")
    owner.fill(f"/clients/{house.ours.client_id}/withdraw", channel="email")
    for operator in (house.ours, house.neighbour):
        with house.app.app_context():
            tenancy.enter(operator.id)
            assert {model: ledger.first_broken(model) for model in CHAINED} == dict.fromkeys(CHAINED)


@pytest.mark.parametrize(
    ("model", "name"), [(model, column.name) for model in CHAINED for column in model.__table__.columns]
)
def test_one_changed_value_breaks_the_chain_at_its_row(written, model, name):
    row = row_of(written, model)
    value, number, row_id = getattr(row, name), row.sequence, row.id
    written.rollback()
    rewrite(model, row_id, lambda table: update(table).values({name: falsified(table.c[name], value)}))
    assert ledger.first_broken(model) == number


@pytest.mark.parametrize("model", CHAINED)
def test_a_removed_row_breaks_the_chain_at_its_place(written, model):
    row = row_of(written, model)
    number, row_id = row.sequence, row.id
    written.rollback()
    rewrite(model, row_id, delete)
    assert ledger.first_broken(model) == number
