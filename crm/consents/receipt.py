"""The receipt for machines: a consent record in the shape of ISO/IEC TS 27560:2023.

The paid text of the standard was not read; names follow the guide of the W3C Data Privacy Vocabulary.
"""

from datetime import timedelta
from typing import Any

from crm.accounts.models import Organisation
from crm.consents.models import ConsentRecord

SCHEMA = "ISO/IEC TS 27560:2023"


def machine_readable(
    record: ConsentRecord, end: ConsentRecord | None, operator: Organisation, *, base_url: str
) -> dict[str, Any]:
    """The receipt of one act of will and what ended it, if anything, without a word about the person.

    Even the ledger's pseudonym is left out: it would tell that two receipts are one person's.
    """
    text = record.agreement_version
    return {
        "schema_version": SCHEMA,
        "receipt_id": record.receipt,
        "record_id": str(record.id),
        "pii_principal_id": record.receipt,
        "processing": {
            "privacy_notice": f"{base_url}/policy/{operator.public_code}",
            "consent_text": {
                "url": f"{base_url}/doc/{text.address}/text",
                "sha256": text.sha256,
                "number": text.number,
            },
            "language": "ru",
            "jurisdiction": "RU",
            "lawful_basis": "consent",
            "purpose": record.purpose,
            "pii_information": [{"pii_type": field} for field in text.fields],
            "pii_controllers": [_party(operator)],
            "storage_locations": ["RU"],
            "retention_period": _period(text.retention_days),
            "recipient_third_parties": [operator.processor] if operator.processor else [],
            "collection_method": record.channel.value,
            "withdrawal_method": f"{operator.request_email}, {operator.request_phone}",
        },
        "events": [_event(record), *([_event(end)] if end else [])],
        "ledger": {"number": record.sequence, "row_hash": record.row_hash.hex()},
    }


def _party(operator: Organisation) -> dict[str, str]:
    return {
        "party_id": f"ИНН {operator.inn}",
        "name": operator.name,
        "type": operator.legal_form.value,
        "address": operator.address,
        "contact": f"{operator.request_email}, {operator.request_phone}",
    }


def _event(record: ConsentRecord) -> dict[str, str]:
    until = record.created_at + timedelta(days=record.agreement_version.retention_days)
    return {
        "event_time": record.created_at.isoformat(),
        "event_type": "explicit",
        "event_state": record.state.value,
        "entity_id": record.receipt,
        "valid_until": until.isoformat(),
    }


def _period(days: int) -> str:
    """An ISO 8601 duration."""
    return f"P{days}D"
