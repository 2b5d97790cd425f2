"""Writing to the consent ledger, and keeping the present state in step with it."""

import secrets
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import inspect

from crm.accounts.models import User
from crm.agreements.models import AgreementVersion, Purpose
from crm.audit import commands as audit
from crm.audit.models import Action, ActorKind
from crm.clients import commands as clients
from crm.clients.models import Client
from crm.consents import policy, queries, stopping
from crm.consents.models import Channel, ConsentCurrent, ConsentRecord, ConsentState, Evidence, Ground
from crm.consents.policy import Standing
from crm.core import transaction
from crm.core.clock import MOSCOW, now, today
from crm.core.db import db
from crm.core.files import Attachment

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS, GROUP = 5, 5
"""25 letters of 32: 125 random bits."""
Currents = dict[uuid.UUID, ConsentCurrent]
"""How matters stand with one person now, by the purpose."""


@dataclass(frozen=True)
class Matter:
    """What is agreed to: an edition, its purpose, and for how long."""

    version_id: uuid.UUID
    agreement_id: uuid.UUID
    purpose_id: uuid.UUID
    purpose: str
    retention_days: int

    @classmethod
    def of(cls, version: AgreementVersion) -> "Matter":
        """The matter of an edition; ValueError for a policy's, to which nobody agrees."""
        purpose_id = version.agreement.purpose_id
        if purpose_id is None:
            raise ValueError("nobody agrees to a policy")
        return cls(version.id, version.agreement_id, purpose_id, version.purpose, version.retention_days)


@dataclass(frozen=True)
class Act:
    """One act of will: yes, no or no longer, to what, and the words of the box beside which it was done."""

    state: ConsentState
    matter: Matter
    label: str = ""


@dataclass(frozen=True)
class Circumstances:
    """How an act of will reached us; what is unknown is empty. `given_on` if staff write it down later."""

    channel: Channel = Channel.FORM
    ip_address: str = ""
    user_agent: str = ""
    page_address: str = ""
    note: str = ""
    given_on: date | None = None
    attachment: Attachment | None = None


def new_receipt(public_code: str) -> str:
    """An unguessable receipt number that begins with the legal entity's code."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join([public_code, *groups])


def write_down(
    client: Client, acts: Sequence[Act], *, receipt: str, seen: Circumstances, by: User | None = None
) -> list[ConsentRecord]:
    """Write down what the client willed, under one receipt, and let the present state follow."""
    currents = {} if inspect(client).pending else queries.currents_of(client)
    records = [_write_down(client, currents, act, receipt=receipt, seen=seen) for act in acts]
    _settle(client, currents)
    _heed_invitation(client, records, acts, by=by)
    return records


def _heed_invitation(client: Client, records: Iterable[ConsentRecord], acts: Iterable[Act], *, by: User | None) -> None:
    """Who wanted no advertising may come to want it again."""
    if client.marketing_stopped_at is None:
        return
    for record, act in zip(records, acts, strict=True):
        is_yes = record.state in policy.PERMITTING and policy.invites(record, client.marketing_stopped_at)
        if is_yes and queries.is_unwanted(client, db.session.get(Purpose, act.matter.purpose_id)):
            clients.allow_marketing(client, by=by, kind=None if by else ActorKind.VISITOR)
            return


def _write_down(client: Client, currents: Currents, act: Act, *, receipt: str, seen: Circumstances) -> ConsentRecord:
    record = ConsentRecord(
        state=act.state,
        channel=seen.channel,
        pseudonym=client.subject_key.pseudonym,
        purpose=act.matter.purpose,
        agreement_version_id=act.matter.version_id,
        receipt=receipt,
        given_on=seen.given_on,
    )
    db.session.add(record)
    if seen.channel is not Channel.TERM:  # time needs no witness
        db.session.add(_evidence(client, record, act, seen))
    _follow(client, currents, act.matter, record)
    return record


def _evidence(client: Client, record: ConsentRecord, act: Act, seen: Circumstances) -> Evidence:
    evidence = Evidence(consent=record, subject_key=client.subject_key)
    evidence.ip_address, evidence.user_agent = seen.ip_address, seen.user_agent
    evidence.page_address, evidence.box_label, evidence.note = seen.page_address, act.label, seen.note
    if seen.attachment:
        evidence.attachment = seen.attachment
    return evidence


def _follow(client: Client, currents: Currents, matter: Matter, record: ConsentRecord) -> None:
    # a form shows the newest edition, so nothing about it can lapse yet
    is_old = record.channel is not Channel.FORM and record.state in policy.PERMITTING
    lapses_on = queries.lapses_of(matter.agreement_id, matter.version_id) if is_old else []
    ends_at = policy.ends_at(record, matter.retention_days, lapses_on=lapses_on)
    standing = policy.after(_standings(currents), matter.purpose_id, record, ends_at=ends_at)
    current = currents.get(matter.purpose_id)
    if current is None:
        current = ConsentCurrent(subject_key=client.subject_key, purpose_id=matter.purpose_id)
        currents[matter.purpose_id] = current
        db.session.add(current)
    current.record, current.state = standing.decides, standing.state
    current.expires_at, current.was_withdrawn = standing.expires_at, standing.was_withdrawn


def _standings(currents: Currents) -> dict[uuid.UUID, Standing]:
    return {key: Standing(one.record, one.expires_at, one.was_withdrawn) for key, one in currents.items()}


def _settle(client: Client, currents: Currents, *, is_over: bool = False) -> None:
    """The card as a whole after something changed: its standing, its restriction, the day of its destruction.

    `is_over` says that another ground has ended. Consent that needs a second look changes neither way, and
    nothing here ends a block: that is another restriction, until a request is checked.
    """
    standings = _standings(currents).values()
    client.standing = policy.overall(standings, at=now())
    if policy.is_kept(standings, at=now()):
        client.restricted_at = client.destroy_on = None
    elif is_over or client.standing in policy.OVER:
        grounds = queries.grounds_of(client, ended=True)
        if any(map(_holds, grounds)):
            client.restricted_at = client.destroy_on = None
        else:
            last_days = [ground.until_on for ground in grounds if ground.until_on and ground.until_on < today()]
            ended_on = policy.ended_on(standings, last_days, at=now())
            client.restricted_at = client.restricted_at or now()
            client.destroy_on = policy.destroy_on(ended_on, client.destroy_on)


def _holds(ground: Ground) -> bool:
    return ground.since_on <= today() and (ground.until_on is None or ground.until_on >= today())


def settle(client: Client, *, is_over: bool) -> None:
    """Look at the card as a whole again: a ground beside consent came or went."""
    _settle(client, queries.currents_of(client), is_over=is_over)


class NothingToWithdraw(Exception):
    """The client has no consent that holds, or none of their data is left."""


def withdraw(
    client_id: uuid.UUID,
    *,
    seen: Circumstances,
    purpose_ids: Collection[uuid.UUID] | None = None,
    by: User | None = None,
) -> list[ConsentRecord]:
    """Write down that a client took consent back, for these purposes or for all; NothingToWithdraw.

    What it ends stays in the ledger. From now on the data may not be used for these purposes: letters about them that
    still wait do not go, and links that were sent open nothing. When no ground is left at all, the card is restricted
    and must be destroyed within 30 days (152-FZ art. 21(5)).
    """
    transaction.one_at_a_time()
    client = db.session.get(Client, client_id, populate_existing=True)
    currents = queries.currents_of(client) if client else {}
    holding = [
        current
        for current in currents.values()
        if current.state in policy.PERMITTING and (purpose_ids is None or current.purpose_id in purpose_ids)
    ]
    if client is None or not holding:
        raise NothingToWithdraw
    records = []
    for current in holding:
        was = current.record
        act = Act(ConsentState.WITHDRAWN, Matter.of(was.agreement_version))
        records.append(_write_down(client, currents, act, receipt=was.receipt, seen=seen))
    _settle(client, currents)
    _close_links(client, currents, purpose_ids)
    audit.note(Action.CONSENT_WITHDRAWN, by=by.id if by else None, subject=client.id, details={"acts": len(records)})
    return records


def _close_links(client: Client, currents: Currents, purpose_ids: Collection[uuid.UUID] | None) -> None:
    """After a withdrawal (for these purposes, or for all) no link asks for consent to them, nor to anything when no
    consent is left; none offers to take back what is taken back; a wish to be called is fulfilled."""
    is_left = client.standing not in policy.OVER
    closed = []
    for link in queries.open_links(client):
        if link.kind in policy.ASKING:
            is_over = not is_left or purpose_ids is None or link.purpose_id in purpose_ids
        else:
            is_over = not _is_any_left(currents, link.purposes)
        if is_over:
            closed.append(link)
    stopping.close(closed)


def _is_any_left(currents: Mapping[uuid.UUID, ConsentCurrent], purpose_ids: Iterable[uuid.UUID]) -> bool:
    return any(currents[key].state in policy.PERMITTING for key in purpose_ids if key in currents)


def expire(client: Client, purpose_id: uuid.UUID) -> None:
    """Write down that the term of a consent is over; nothing if it is not, or something else ended it."""
    currents = queries.currents_of(client)
    current = currents.get(purpose_id)
    if current is None or current.state not in policy.PERMITTING:
        return
    if current.expires_at is None or current.expires_at > now():
        return
    was, ended_on = current.record, current.expires_at.astimezone(MOSCOW).date()
    seen = Circumstances(Channel.TERM, given_on=ended_on if ended_on < today() else None)
    act = Act(ConsentState.EXPIRED, Matter.of(was.agreement_version))
    _write_down(client, currents, act, receipt=was.receipt, seen=seen)
    _settle(client, currents)
    audit.note(Action.CONSENT_EXPIRED, kind=ActorKind.SYSTEM, subject=client.id)


def give(
    client: Client, versions: Sequence[AgreementVersion], *, public_code: str, seen: Circumstances, by: User
) -> list[ConsentRecord]:
    """Staff write down a consent given on paper, by phone or in person, to the editions in force on that day."""
    transaction.one_at_a_time()
    _as_it_is_now(client)
    acts = [Act(ConsentState.GIVEN, Matter.of(version)) for version in versions]
    records = write_down(client, acts, receipt=new_receipt(public_code), seen=seen, by=by)
    audit.note(Action.CONSENT_GIVEN, by=by.id, subject=client.id, details={"acts": len(records)})
    return records


def _as_it_is_now(client: Client) -> None:
    """What was read before the turn to write came may be old; of a card that is gone nothing can be written."""
    db.session.get(Client, client.id, populate_existing=True)


def add_ground(
    client: Client, *, purpose_id: uuid.UUID, since_on: date, until_on: date | None, note: str, by: User
) -> Ground:
    """Write down another ground than consent on which the client's data is kept: a contract, a law."""
    transaction.one_at_a_time()
    _as_it_is_now(client)
    ground = Ground(subject_key=client.subject_key, purpose_id=purpose_id, since_on=since_on, until_on=until_on)
    ground.note = note
    db.session.add(ground)
    audit.note(Action.GROUND_ADDED, by=by.id, subject=client.id)
    if _holds(ground):
        client.restricted_at = client.destroy_on = None
    return ground


def end_ground(client: Client, ground: Ground, *, by: User) -> None:
    """The ground no longer holds; if it was the last, the days to the destruction begin to count."""
    transaction.one_at_a_time()
    _as_it_is_now(client)
    yesterday = today() - timedelta(days=1)
    ground.until_on = min(ground.until_on, yesterday) if ground.until_on else yesterday
    audit.note(Action.GROUND_ENDED, by=by.id, subject=client.id)
    settle(client, is_over=True)
