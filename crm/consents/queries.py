"""Reading the consent ledger."""

import uuid
from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import defer, joinedload

from crm.agreements.models import AgreementVersion
from crm.clients.models import Client
from crm.consents.models import ConsentRecord, ConsentState, Evidence
from crm.core.db import db
from crm.core.personal import SubjectKey


def ledger_of(client: Client, *, limit: int = 100) -> Sequence[ConsentRecord]:
    """The newest acts of will of this client, the latest first, with the editions they are about."""
    text = joinedload(ConsentRecord.agreement_version)
    return db.session.scalars(
        select(ConsentRecord)
        .filter_by(pseudonym=client.subject_key.pseudonym)
        .options(text.options(defer(AgreementVersion.html), defer(AgreementVersion.source)))
        .order_by(ConsentRecord.sequence.desc())
        .limit(limit)
    ).all()


def evidence_of(client: Client, *, limit: int = 100) -> dict[uuid.UUID, Evidence]:
    """The evidence of this client's newest acts of will, by the act."""
    rows = db.session.scalars(
        select(Evidence).filter_by(subject_key_id=client.subject_key_id).order_by(Evidence.id.desc()).limit(limit)
    )
    return {row.consent_id: row for row in rows}


def by_receipt(receipt: str) -> ConsentRecord | None:
    """The act of will that this receipt was given for, with its edition."""
    return db.session.scalar(
        select(ConsentRecord)
        .filter_by(receipt=receipt)
        .options(joinedload(ConsentRecord.agreement_version))
        .order_by(ConsentRecord.sequence)
        .limit(1)
    )


def end_of(record: ConsentRecord) -> ConsentRecord | None:
    """The act that ended a consent: the first withdrawal or expiry after it, of the same person and document,
    whatever the edition. A later consent, perhaps a stranger's, does not revive an ended one."""
    return db.session.scalar(
        select(ConsentRecord)
        .join(AgreementVersion, AgreementVersion.id == ConsentRecord.agreement_version_id)
        .where(
            ConsentRecord.pseudonym == record.pseudonym,
            AgreementVersion.agreement_id == record.agreement_version.agreement_id,
            ConsentRecord.sequence > record.sequence,
            ConsentRecord.state.in_((ConsentState.WITHDRAWN, ConsentState.EXPIRED)),
        )
        .order_by(ConsentRecord.sequence)
        .limit(1)
    )


def is_person_known(record: ConsentRecord) -> bool:
    """Whether the data of the person behind the record still exists."""
    return bool(db.session.scalar(select(exists(SubjectKey.id).where(SubjectKey.pseudonym == record.pseudonym))))
