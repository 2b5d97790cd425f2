"""Reading the consent ledger, and how matters stand now."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import contains_eager, defer, joinedload

from crm.accounts import queries as accounts
from crm.accounts.models import LegalEntity
from crm.agreements import commands as documents
from crm.agreements import policy as texts
from crm.agreements.models import Agreement, AgreementVersion, Purpose
from crm.clients.models import Client
from crm.consents import policy
from crm.consents.models import ConsentCurrent, ConsentLink, ConsentRecord, Evidence, Ground, LinkKind, Renewal
from crm.consents.policy import Standing
from crm.core.clock import now, today
from crm.core.db import db
from crm.core.personal import SubjectKey

TEXT = joinedload(ConsentRecord.agreement_version)
LONG = (defer(AgreementVersion.html), defer(AgreementVersion.source), defer(AgreementVersion.values))


def ledger_of(client: Client, *, limit: int = 100) -> Sequence[ConsentRecord]:
    """The newest acts of will of this client, the latest first, with the editions they are about."""
    return db.session.scalars(
        select(ConsentRecord)
        .filter_by(pseudonym=client.subject_key.pseudonym)
        .options(TEXT.options(*LONG))
        .order_by(ConsentRecord.sequence.desc())
        .limit(limit)
    ).all()


def evidence_of(client: Client, *, limit: int = 100) -> dict[uuid.UUID, Evidence]:
    """The evidence of this client's newest acts of will, by the act."""
    rows = db.session.scalars(
        select(Evidence).filter_by(subject_key_id=client.subject_key_id).order_by(Evidence.id.desc()).limit(limit)
    )
    return {row.consent_id: row for row in rows}


def currents_of(client: Client) -> dict[uuid.UUID, ConsentCurrent]:
    """How each purpose stands with this client at this very moment, by the purpose: to be changed one at a time."""
    rows = (
        select(ConsentCurrent)
        .filter_by(subject_key_id=client.subject_key_id)
        .options(joinedload(ConsentCurrent.record))
        .execution_options(populate_existing=True)
    )
    return {row.purpose_id: row for row in db.session.scalars(rows)}


def panel_of(client: Client) -> Sequence[ConsentCurrent]:
    """The same for the card: with the purposes, the acts that decide and their editions."""
    text = joinedload(ConsentCurrent.record).joinedload(ConsentRecord.agreement_version)
    rows = (
        select(ConsentCurrent)
        .filter_by(subject_key_id=client.subject_key_id)
        .options(joinedload(ConsentCurrent.purpose), text.options(*LONG))
    )
    return db.session.scalars(rows.order_by(ConsentCurrent.purpose_id)).all()


def folded(client: Client) -> dict[uuid.UUID, Standing]:
    """How each purpose stands, told from the ledger (and from what lapses) alone: what `currents_of` must say too."""
    records = db.session.scalars(
        select(ConsentRecord)
        .filter_by(pseudonym=client.subject_key.pseudonym)
        .options(TEXT.joinedload(AgreementVersion.agreement))
        .order_by(ConsentRecord.sequence)
    )
    standings: dict[uuid.UUID, Standing] = {}
    for record in records:
        text = record.agreement_version
        if purpose_id := text.agreement.purpose_id:
            lapses_on = lapses_of(text.agreement_id, text.id)
            ends_at = policy.ends_at(record, text.retention_days, lapses_on=lapses_on)
            standings[purpose_id] = policy.after(standings, purpose_id, record, ends_at=ends_at)
    return standings


def may(client: Client, purpose_id: uuid.UUID) -> bool:
    """Whether this client's data may be used for this purpose now; no, unless something says yes."""
    current = db.session.scalar(
        select(ConsentCurrent).filter_by(subject_key_id=client.subject_key_id, purpose_id=purpose_id)
    )
    return policy.permits(
        current.state if current else None,
        current.expires_at if current else None,
        was_withdrawn=current is not None and current.was_withdrawn,
        has_ground=any(ground.purpose_id == purpose_id for ground in grounds_of(client)),
        is_restricted=client.is_restricted,
        is_unwanted=is_unwanted(client, db.session.get(Purpose, purpose_id)),
        at=now(),
    )


def is_unwanted(client: Client, purpose: Purpose | None) -> bool:
    """Whether a purpose is advertising, of which this client wants no more."""
    return purpose is not None and client.marketing_stopped_at is not None and purpose.kind in policy.ADVERTISING


def grounds_of(client: Client, *, ended: bool = False) -> Sequence[Ground]:
    """Grounds other than consent that hold today for this client; those that ended too, if asked for."""
    rows = select(Ground).filter_by(subject_key_id=client.subject_key_id).options(joinedload(Ground.purpose))
    if not ended:
        rows = rows.where(or_(Ground.until_on.is_(None), Ground.until_on >= today()), Ground.since_on <= today())
    return db.session.scalars(rows.order_by(Ground.id)).all()


def lapses_of(agreement_id: uuid.UUID, version_id: uuid.UUID) -> list[date]:
    """On which days consents to this edition lapse, because people were asked about a newer one."""
    rows = select(Renewal).where(Renewal.agreement_id == agreement_id, Renewal.lapses_on.is_not(None))
    return [row.lapses_on for row in db.session.scalars(rows) if row.lapses_on and version_id.hex in row.editions]


def superseded(agreement: Agreement) -> dict[str, str]:
    """The editions of a document in whose place newer ones of the same form stand, each with the newest (in hex)."""
    columns = (AgreementVersion.id, AgreementVersion.rendered_for_id)
    of_document = select(*columns).where(AgreementVersion.agreement_id == agreement.id)
    rows = db.session.execute(of_document.order_by(AgreementVersion.number)).all()
    newest = {form_id: version_id for version_id, form_id in rows}
    return {version_id.hex: newest[form_id].hex for version_id, form_id in rows if version_id != newest[form_id]}


@dataclass(frozen=True)
class Line:
    """One consent of a receipt: what was agreed to, the act that ended it if any did, and when it ends by itself."""

    record: ConsentRecord
    end: ConsentRecord | None
    ends_at: datetime

    @property
    def holds(self) -> bool:
        return self.end is None and self.ends_at > now()


def lines_of(receipt: str) -> list[Line]:
    """Every consent given under this receipt, with what became of it."""
    records = all_by_receipt(receipt)
    documents = {record.agreement_version.agreement_id for record in records}
    ends = _ends(records[0].pseudonym, documents) if records else []
    renewals = db.session.scalars(
        select(Renewal).where(Renewal.agreement_id.in_(documents), Renewal.lapses_on.is_not(None))
    ).all()
    return [Line(record, _first_end(record, ends), _ends_at(record, renewals)) for record in records]


def _ends_at(record: ConsentRecord, renewals: Iterable[Renewal]) -> datetime:
    version = record.agreement_version
    lapses_on = [one.lapses_on for one in renewals if one.lapses_on and version.id.hex in one.editions]
    return policy.ends_at(record, version.retention_days, lapses_on=lapses_on)


def by_receipt(receipt: str) -> ConsentRecord | None:
    """The first act of will that this receipt was given for, with its edition."""
    return next(iter(all_by_receipt(receipt)), None)


def all_by_receipt(receipt: str) -> Sequence[ConsentRecord]:
    """Every consent given under this receipt, the first of each purpose, with its edition."""
    document = TEXT.joinedload(AgreementVersion.agreement).options(
        defer(Agreement.draft), defer(Agreement.approved), joinedload(Agreement.purpose)
    )
    records = db.session.scalars(
        select(ConsentRecord)
        .filter_by(receipt=receipt)
        .options(TEXT.options(defer(AgreementVersion.html), defer(AgreementVersion.source)), document)
        .order_by(ConsentRecord.sequence)
    )
    first: dict[uuid.UUID, ConsentRecord] = {}
    for record in records:
        if record.state in policy.PERMITTING:
            first.setdefault(record.agreement_version.agreement_id, record)
    return list(first.values())


def end_of(record: ConsentRecord) -> ConsentRecord | None:
    """The act that ended a consent: the first withdrawal or expiry of the same person and document, whatever the
    edition, that came after it (see policy.ends)."""
    return _first_end(record, _ends(record.pseudonym, {record.agreement_version.agreement_id}))


def _ends(pseudonym: bytes, agreement_ids: Collection[uuid.UUID]) -> Sequence[ConsentRecord]:
    """Withdrawals and expiries of one person, about these documents, in their order."""
    return db.session.scalars(
        select(ConsentRecord)
        .join(ConsentRecord.agreement_version)
        .where(
            ConsentRecord.pseudonym == pseudonym,
            AgreementVersion.agreement_id.in_(agreement_ids),
            ConsentRecord.state.in_(policy.ENDING),
        )
        .options(contains_eager(ConsentRecord.agreement_version).options(*LONG))
        .order_by(ConsentRecord.sequence)
    ).all()


def _first_end(record: ConsentRecord, ends: Iterable[ConsentRecord]) -> ConsentRecord | None:
    agreement_id = record.agreement_version.agreement_id
    return next(
        (one for one in ends if one.agreement_version.agreement_id == agreement_id and policy.ends(one, record)), None
    )


def is_outdated(version: AgreementVersion) -> bool:
    """Whether an edition would read otherwise if it were published now."""
    values = documents.values_of(
        version.agreement,
        entity_of(version),
        fields=version.fields,
        form=version.rendered_for,
        number=version.number,
    )
    return bool(texts.outdated(version.values, values))


def entity_of(version: AgreementVersion) -> LegalEntity:
    """The legal entity that an edition names, by the address of its policy; the main one where it names none."""
    code = version.values.get("policy_url", "").rpartition("/")[2]
    return db.session.scalar(select(LegalEntity).filter_by(public_code=code)) or accounts.main_entity()


def is_person_known(record: ConsentRecord) -> bool:
    """Whether the data of the person behind the record still exists."""
    return bool(db.session.scalar(select(exists(SubjectKey.id).where(SubjectKey.pseudonym == record.pseudonym))))


def client_behind(record: ConsentRecord) -> Client | None:
    """The client whose act of will this was, unless their data was destroyed."""
    return db.session.scalar(
        select(Client)
        .join(SubjectKey, SubjectKey.id == Client.subject_key_id)
        .where(SubjectKey.pseudonym == record.pseudonym)
    )


def open_links(client: Client) -> Sequence[ConsentLink]:
    """This client's links whose buttons were not pressed; they may be too old meanwhile."""
    return db.session.scalars(
        select(ConsentLink).filter_by(subject_key_id=client.subject_key_id, used_at=None).order_by(ConsentLink.id)
    ).all()


def calls_waiting(client: Client | None = None, *, limit: int = 50) -> Sequence[ConsentLink]:
    """Wishes to withdraw that came without a mailbox: somebody of the staff must call."""
    rows = select(ConsentLink).where(ConsentLink.kind == LinkKind.CALL, ConsentLink.used_at.is_(None))
    if client:
        rows = rows.where(ConsentLink.subject_key_id == client.subject_key_id)
    return db.session.scalars(rows.order_by(ConsentLink.id).limit(limit)).all()


def due_to_be_destroyed(*, until: date, limit: int = 50) -> Sequence[Client]:
    """Clients whose data must be gone by this day or should be gone already, the most urgent first."""
    rows = select(Client).where(Client.destroy_on <= until).order_by(Client.destroy_on, Client.id)
    return db.session.scalars(rows.limit(limit)).all()


def in_force_on(agreement_ids: Iterable[uuid.UUID], day: date) -> Sequence[AgreementVersion]:
    """Editions of these documents that were in force at some time of a day, of each form's; none of a purpose that was
    not used any more."""
    rows = (
        select(AgreementVersion)
        .join(AgreementVersion.agreement)
        .where(AgreementVersion.agreement_id.in_(list(agreement_ids)))
        .where(AgreementVersion.created_at < policy.end_of(day))
        .options(contains_eager(AgreementVersion.agreement), *LONG)
        .order_by(AgreementVersion.number)
    )
    found: dict[tuple[uuid.UUID, uuid.UUID], list[AgreementVersion]] = {}
    for row in db.session.scalars(rows):
        if not _is_retired(row.agreement, before=policy.start_of(day)):
            so_far = found.setdefault((row.agreement_id, row.rendered_for_id), [])
            so_far[:] = [*(one for one in so_far if row.created_at > policy.start_of(day)), row]
    return [version for versions in found.values() for version in versions]


def _is_retired(agreement: Agreement, *, before: datetime) -> bool:
    retired_at = agreement.purpose.retired_at if agreement.purpose else None
    return retired_at is not None and retired_at < before
