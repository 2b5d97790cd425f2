"""What the settings tell of people who agreed to editions that are no longer the latest."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from crm.agreements.models import Agreement
from crm.consents import policy
from crm.consents import queries as consents
from crm.consents.models import ConsentCurrent, ConsentRecord, Renewal
from crm.core.db import db

MOST_COUNTED = 1000
"""Counting stops here: a page must not read a whole base to tell a number."""


def holders_of_older(agreement: Agreement) -> int:
    """How many people hold consent to an edition of this document that is no longer the latest, up to MOST_COUNTED."""
    return _holders(agreement, list(consents.superseded(agreement)))


def still_to_ask(renewal: Renewal) -> int:
    """How many people a renewal has not come to yet, up to MOST_COUNTED."""
    return _holders(renewal.agreement, list(renewal.editions), after=renewal.reached)


def _holders(agreement: Agreement, editions: Sequence[str], *, after: uuid.UUID | None = None) -> int:
    rows = (
        select(ConsentCurrent.id)
        .join(ConsentRecord, ConsentRecord.id == ConsentCurrent.record_id)
        .where(
            ConsentCurrent.purpose_id == agreement.purpose_id,
            ConsentCurrent.state.in_(policy.PERMITTING),
            ConsentRecord.agreement_version_id.in_([uuid.UUID(one) for one in editions]),
        )
    )
    rows = rows.where(ConsentCurrent.id > after) if after else rows
    counted = select(func.count()).select_from(rows.limit(MOST_COUNTED).subquery())
    return db.session.scalar(counted) or 0


def renewals_of(agreement: Agreement, *, limit: int = 5) -> Sequence[Renewal]:
    """The newest questions to people who agreed to older editions of this document, the latest first."""
    rows = select(Renewal).filter_by(agreement_id=agreement.id)
    return db.session.scalars(rows.order_by(Renewal.id.desc()).limit(limit)).all()
