"""The audit trail: one row per act, chained, without a single personal value."""

import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.core.db import Record, one_of, plain_json
from crm.core.ledger import Chained


class ActorKind(StrEnum):
    """Who acted."""

    STAFF = "staff"
    VISITOR = "visitor"
    SYSTEM = "system"


class Action(StrEnum):
    """What was done; the words before the dot name the thing."""

    SIGNED_UP = "organisation.signed"
    ORGANISATION_CHANGED = "organisation.changed"
    ENTITY_ADDED = "organisation.entity_added"
    GRACE_CHANGED = "organisation.grace_changed"
    CONSENT_ASKED = "consent.asked"
    CONSENT_NOT_ASKED = "consent.not_asked"
    SIGNED_IN = "staff.signed_in"
    SIGNED_OUT = "staff.signed_out"
    STAFF_INVITED = "staff.invited"
    STAFF_JOINED = "staff.joined"
    STAFF_DISABLED = "staff.disabled"
    STAFF_ENABLED = "staff.enabled"
    PURPOSE_ADDED = "purpose.added"
    PURPOSE_SAVED = "purpose.saved"
    PURPOSE_RETIRED = "purpose.retired"
    PURPOSE_RESUMED = "purpose.resumed"
    AGREEMENT_SAVED = "agreement.saved"
    AGREEMENT_PUBLISHED = "agreement.published"
    FORM_CREATED = "form.created"
    FORM_SAVED = "form.saved"
    FORM_PUBLISHED = "form.published"
    FORM_CLOSED = "form.closed"
    SUBMISSION_RECEIVED = "submission.received"
    CONSENT_LINK_SENT = "consent.link_sent"
    CONSENT_GIVEN = "consent.given"
    CONSENT_EXPIRED = "consent.expired"
    CALL_ANSWERED = "consent.call_answered"
    RENEWAL_ASKED = "consent.renewal_asked"
    GROUND_ADDED = "ground.added"
    GROUND_ENDED = "ground.ended"
    ATTACHMENT_READ = "attachment.read"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    CLIENT_READ = "client.read"
    CLIENTS_SEARCHED = "client.searched"
    CLIENT_ERASED = "client.erased"
    CLIENT_BLOCKED = "client.blocked"
    CLIENT_UNBLOCKED = "client.unblocked"
    CLIENT_CORRECTED = "client.corrected"
    MARKETING_STOPPED = "client.marketing_stopped"
    MARKETING_ALLOWED = "client.marketing_allowed"
    ACT_READ = "act.read"
    REQUEST_RECEIVED = "request.received"
    REQUEST_READ = "request.read"
    REQUESTS_SEARCHED = "request.searched"
    REQUEST_CHANGED = "request.changed"
    REQUEST_ANSWERED = "request.answered"
    REQUEST_CLOSED = "request.closed"
    COPY_MADE = "copy.made"
    CALENDAR_CHANGED = "organisation.calendar_changed"
    REQUEST_PURGED = "request.purged"
    ORIGINALS_DESTROYED = "request.originals_destroyed"
    REGISTER_READ = "register.read"
    REGISTER_EXPORTED = "register.exported"


class AuditEntry(Chained, Record):
    """One act: who, what, on which thing. `details` names fields and counts, never values."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("organisation_id", "sequence"),
        Index("ix_audit_entry_subject", "organisation_id", "subject_id", "id"),
    )

    actor_kind: Mapped[ActorKind] = mapped_column(one_of(ActorKind))
    actor_id: Mapped[uuid.UUID | None]
    action: Mapped[Action] = mapped_column(one_of(Action))
    subject_id: Mapped[uuid.UUID | None]
    details: Mapped[dict[str, Any]] = plain_json()
