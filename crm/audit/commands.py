"""Writing to the audit trail."""

import uuid
from typing import Any

from crm.audit.models import Action, ActorKind, AuditEntry
from crm.core import transaction
from crm.core.db import db


def note(
    action: Action,
    *,
    by: uuid.UUID | None = None,
    subject: uuid.UUID | None = None,
    kind: ActorKind | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write down one act. `by` is the staff member; without one it was a visitor or, if `kind` says so, the system."""
    kind = kind or (ActorKind.STAFF if by else ActorKind.VISITOR)
    entry = AuditEntry(actor_kind=kind, actor_id=by, action=action, subject_id=subject, details=details or {})
    db.session.add(entry)
    return entry


def note_reading(
    action: Action, *, by: uuid.UUID, subject: uuid.UUID | None = None, details: dict[str, Any] | None = None
) -> None:
    """Have it written down that staff read something, once the page is ready; without the note no page."""
    transaction.after_reading(lambda: note(action, by=by, subject=subject, details=details))
