"""Reading the audit trail."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from crm.audit.models import Action, AuditEntry
from crm.core.db import db


def trail_of(subject: uuid.UUID, *, limit: int = 50) -> Sequence[AuditEntry]:
    """The newest acts on one thing, the latest first."""
    return db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == subject).order_by(AuditEntry.id.desc()).limit(limit)
    ).all()


def newest(subject: uuid.UUID, action: Action) -> AuditEntry | None:
    """The latest act of this kind on one thing."""
    of_thing = select(AuditEntry).where(AuditEntry.subject_id == subject, AuditEntry.action == action)
    return db.session.scalar(of_thing.order_by(AuditEntry.id.desc()).limit(1))


def trail(*, before: uuid.UUID | None = None, limit: int = 50) -> Sequence[AuditEntry]:
    """A page of the operator's whole trail, the latest first, older than `before`."""
    statement = select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(limit)
    if before:
        position = select(AuditEntry.sequence).where(AuditEntry.id == before).scalar_subquery()
        statement = statement.where(AuditEntry.sequence < position)
    return db.session.scalars(statement).all()
