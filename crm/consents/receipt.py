"""The receipt for machines: consent records in the shape of ISO/IEC TS 27560:2023.

The paid text of the standard was not read; names follow the guide of the W3C Data Privacy Vocabulary.
"""

from collections.abc import Sequence
from typing import Any

from crm.accounts.models import LegalEntity
from crm.agreements.models import AgreementVersion
from crm.consents.models import Channel, ConsentRecord
from crm.consents.queries import Line

SCHEMA = "ISO/IEC TS 27560:2023"
IN_THE_TEXT = "указаны в тексте согласия"
"""What is said of editions made before their values were kept beside the text."""


def machine_readable(lines: Sequence[Line], entity: LegalEntity, *, base_url: str) -> dict[str, Any]:
    """The receipt of the acts of will under one number, each with what ended it, if anything, without a word about the
    person.

    Even the ledger's pseudonym is left out: it would tell that two receipts are one person's.
    """
    first = lines[0].record
    return {
        "schema_version": SCHEMA,
        "receipt_id": first.receipt,
        "created_at": first.created_at.isoformat(),
        "records": [_record(line, entity, base_url=base_url) for line in lines],
    }


def _record(line: Line, entity: LegalEntity, *, base_url: str) -> dict[str, Any]:
    record = line.record
    return {
        "schema_version": SCHEMA,
        "record_id": str(record.id),
        "receipt_id": record.receipt,
        "pii_principal_id": record.receipt,
        "processing": _processing(record, entity, base_url=base_url),
        "events": [_given(line), *([_ended(line.end, entity)] if line.end else [])],
        "ledger": {"number": record.sequence, "row_hash": record.row_hash.hex()},
    }


def _processing(record: ConsentRecord, entity: LegalEntity, *, base_url: str) -> dict[str, Any]:
    text = record.agreement_version
    purpose = text.agreement.purpose
    return {
        "privacy_notice": text.values.get("policy_url") or f"{base_url}/policy/{entity.public_code}",
        "consent_text": {
            "url": f"{base_url}/doc/{text.address}/text",
            "sha256": text.sha256,
            "number": text.number,
        },
        "language": "ru",
        "jurisdiction": "RU",
        "lawful_basis": "consent",
        "purpose": record.purpose,
        "purpose_type": purpose.kind.value if purpose else "other",
        "pii_information": [{"pii_type": field} for field in text.fields],
        "pii_controllers": [_party(text, entity)],
        "storage_locations": ["RU"],
        "processing_operations": text.values.get("actions") or IN_THE_TEXT,
        "retention_period": _days(text.retention_days),
        "recipient_third_parties": text.values.get("recipients") or IN_THE_TEXT,
        "processors": text.values.get("processor") or entity.processor,
        "collection_method": record.channel.value,
        "withdrawal_method": f"{base_url}/receipt/{record.receipt}",
        "rights_request_url": f"{base_url}/request/{entity.public_code}",
    }


def _party(text: AgreementVersion, entity: LegalEntity) -> dict[str, str]:
    """The operator with the requisites that stood in the text."""
    told = text.values
    email, phone = told.get("request_email", entity.request_email), told.get("request_phone", entity.request_phone)
    return {
        "party_id": _inn(told.get("inn", entity.inn)),
        "name": told.get("company", entity.name),
        "type": entity.legal_form.value,
        "address": told.get("address", entity.address),
        "contact": f"{email}, {phone}",
    }


def _inn(number: str) -> str:
    return f"ИНН {number}"


def _days(number: int) -> str:
    """As ISO 8601 says it."""
    return f"P{number}D"


def _given(line: Line) -> dict[str, str]:
    record = line.record
    told = {"valid_until": line.ends_at.isoformat()}
    if record.given_on:
        told["given_on"] = record.given_on.isoformat()
    term = _days(record.agreement_version.retention_days)
    return _event(record, by=record.receipt, how="explicit", term=term) | told


def _ended(record: ConsentRecord, entity: LegalEntity) -> dict[str, str]:
    """A withdrawal is the person's own word; that a term is over, the operator writes down."""
    if record.channel is Channel.TERM:
        return _event(record, by=_inn(entity.inn), how="implied", term=_days(0))
    return _event(record, by=record.receipt, how="explicit", term=_days(0))


def _event(record: ConsentRecord, *, by: str, how: str, term: str) -> dict[str, str]:
    return {
        "event_time": record.created_at.isoformat(),
        "event_type": how,
        "event_state": record.state.value,
        "entity_id": by,
        "validity_duration": term,
    }
