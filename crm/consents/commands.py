"""Writing to the consent ledger."""

import secrets
import uuid
from dataclasses import dataclass

from crm.accounts.models import User
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.consents import policy, queries
from crm.consents.models import Channel, ConsentRecord, ConsentState, Evidence
from crm.core import transaction
from crm.core.db import db

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS, GROUP = 5, 5
"""25 letters of 32: 125 random bits."""


@dataclass(frozen=True)
class Matter:
    """What is agreed to: an edition, its purpose; and by which prefix the operator's receipts are known."""

    version_id: uuid.UUID
    purpose: str
    public_code: str


@dataclass(frozen=True)
class Circumstances:
    """How an act of will came in through a page."""

    ip_address: str
    user_agent: str
    page_address: str
    box_label: str


def record(client: Client, *, to: Matter, seen: Circumstances) -> ConsentRecord:
    """Write down that the client agreed to this edition on a page; `receipt` of the result is their number."""
    entry = _add(client, ConsentState.GIVEN, Channel.FORM, to, receipt=_receipt(to.public_code))
    evidence = Evidence(consent=entry, subject_key=client.subject_key)
    evidence.ip_address, evidence.user_agent = seen.ip_address, seen.user_agent
    evidence.page_address, evidence.box_label = seen.page_address, seen.box_label
    db.session.add(evidence)
    is_after_withdrawal = client.standing in (ConsentStanding.WITHDRAWN, ConsentStanding.AGAIN)
    client.standing = ConsentStanding.AGAIN if is_after_withdrawal else ConsentStanding.GIVEN
    return entry


class NothingToWithdraw(Exception):
    """The client has no consent that holds, or none of their data is left."""


def withdraw(client_id: uuid.UUID, *, channel: Channel, note: str, by: User) -> ConsentRecord:
    """Write down that a client took their consent back; the consent it ends stays in the ledger. NothingToWithdraw."""
    transaction.one_at_a_time()
    client = db.session.get(Client, client_id, populate_existing=True)
    ledger = queries.ledger_of(client) if client else []
    if client is None or not policy.holds(ledger):
        raise NothingToWithdraw
    to = Matter(ledger[0].agreement_version_id, ledger[0].purpose, "")
    entry = _add(client, ConsentState.WITHDRAWN, channel, to, receipt=ledger[0].receipt)
    evidence = Evidence(consent=entry, subject_key=client.subject_key)
    evidence.note = note
    db.session.add(evidence)
    client.standing = ConsentStanding.WITHDRAWN
    audit.note(Action.CONSENT_WITHDRAWN, by=by.id, subject=client.id)
    return entry


def _add(client: Client, state: ConsentState, channel: Channel, to: Matter, *, receipt: str) -> ConsentRecord:
    entry = ConsentRecord(
        state=state,
        channel=channel,
        pseudonym=client.subject_key.pseudonym,
        purpose=to.purpose,
        agreement_version_id=to.version_id,
        receipt=receipt,
    )
    db.session.add(entry)
    return entry


def _receipt(public_code: str) -> str:
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join([public_code, *groups])
