"""Writing to the consent ledger."""

import secrets
from dataclasses import dataclass

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.agreements.models import AgreementVersion
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.consents.models import Channel, ConsentRecord, ConsentState, Evidence
from crm.core import transaction
from crm.core.db import db

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS, GROUP = 5, 5
"""25 letters of 32: 125 random bits."""


@dataclass(frozen=True)
class Circumstances:
    """How an act of will came in through a page."""

    ip_address: str
    user_agent: str
    page_address: str
    box_label: str


def record(client: Client, *, version: AgreementVersion, seen: Circumstances) -> ConsentRecord:
    """Write down that the client agreed to this edition on a page; `receipt` of the result is their number."""
    entry = _add(client, ConsentState.GIVEN, Channel.FORM, version, receipt=_receipt())
    evidence = Evidence(consent=entry, subject_key=client.subject_key)
    evidence.ip_address, evidence.user_agent = seen.ip_address, seen.user_agent
    evidence.page_address, evidence.box_label = seen.page_address, seen.box_label
    db.session.add(evidence)
    client.standing = ConsentStanding.GIVEN
    return entry


def withdraw(client: Client, given: ConsentRecord, *, channel: Channel, note: str, by: User) -> ConsentRecord:
    """Write down that the client took a consent back; the consent it ends stays in the ledger."""
    transaction.one_at_a_time()
    entry = _add(client, ConsentState.WITHDRAWN, channel, given.agreement_version, receipt=given.receipt)
    evidence = Evidence(consent=entry, subject_key=client.subject_key)
    evidence.note = note
    db.session.add(evidence)
    client.standing = ConsentStanding.WITHDRAWN
    audit.note(Action.CONSENT_WITHDRAWN, by=by.id, subject=client.id)
    return entry


def _add(
    client: Client, state: ConsentState, channel: Channel, version: AgreementVersion, *, receipt: str
) -> ConsentRecord:
    entry = ConsentRecord(
        state=state,
        channel=channel,
        pseudonym=client.subject_key.pseudonym,
        purpose=version.purpose,
        agreement_version=version,
        receipt=receipt,
    )
    db.session.add(entry)
    return entry


def _receipt() -> str:
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join([accounts.organisation().public_code, *groups])
