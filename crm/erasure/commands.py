"""Destroying a client's data."""

import uuid

from sqlalchemy import delete

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients.models import Client
from crm.core import transaction
from crm.core.db import db
from crm.core.personal import SubjectKey
from crm.core.sqlite import empty_journal
from crm.erasure import policy, queries
from crm.erasure.models import ErasureAct, Reason


class AlreadyErased(Exception):
    """Somebody else destroyed this client's data first."""


class Residue(RuntimeError):
    """Something of the client was left after the destruction: a fault of the program, nothing is committed."""


def erase(client_id: uuid.UUID, *, reason: Reason, by: User) -> ErasureAct:
    """Destroy every row, token and key of a client in one transaction and make the act of it. AlreadyErased."""
    transaction.one_at_a_time()
    client = db.session.get(Client, client_id, populate_existing=True)
    if client is None:
        raise AlreadyErased
    reach, name, subject_key_id = queries.reach(client), client.title, client.subject_key_id
    destroy(subject_key_id)
    act = _act(client_id, reach, name, reason=reason, by=by)
    details = {"act": act.number, "reason": reason.value, "categories": act.data_categories}
    audit.note(Action.CLIENT_ERASED, by=by.id, subject=client_id, details=details)
    return act


def destroy(subject_key_id: uuid.UUID) -> None:
    """Destroy everything that is sealed with a key, and the key; Residue if something of it is left."""
    for model in queries.tied_models():
        db.session.execute(delete(model).where(model.subject_key_id == subject_key_id))
    db.session.execute(delete(SubjectKey).where(SubjectKey.id == subject_key_id))
    if queries.residue(subject_key_id):
        raise Residue
    wipe_journal()


def wipe_journal() -> None:
    """Once this transaction is committed, leave no older pages of what it destroyed in SQLite's write-ahead log."""
    if _forget_journal not in db.session.info.get("after_commit", []):
        transaction.after_commit(_forget_journal)


def _act(client_id: uuid.UUID, reach: queries.Reach, name: str | None, *, reason: Reason, by: User) -> ErasureAct:
    operator = accounts.main_entity()
    key = SubjectKey.fresh()
    act = ErasureAct(
        number=queries.next_number(),
        client_id=client_id,
        reason=reason,
        operator=f"{operator.name}, ИНН {operator.inn}, {operator.address}",
        processor=operator.processor,
        destroyed_by=by.name,
        position=by.position,
        data_categories=policy.in_words(reach.categories),
        destroyed=reach.rows | {"search_token": reach.tokens, "subject_key": 1},
        system=policy.SYSTEM,
        method=policy.METHOD,
        subject_key=key,
    )
    act.subject_name = name or f"лицо, указанное в карточке {client_id}"
    db.session.add_all([key, act])
    return act


def _forget_journal() -> None:
    """Old pages with the destroyed key must not wait in SQLite's write-ahead log."""
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            empty_journal(connection)
