"""What time does to consents: terms that end, grounds that end, old texts that people are asked about again."""

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import and_, exists, or_, select

from crm.accounts.models import User
from crm.agreements.models import Agreement, AgreementVersion
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.consents import commands, links, policy, queries
from crm.consents.commands import Matter
from crm.consents.models import ConsentCurrent, ConsentRecord, Ground, LinkKind, Renewal
from crm.core import jobs, transaction
from crm.core.clock import now, today
from crm.core.db import db

BATCH = 100


@jobs.every(minutes=60)
def end_what_is_over() -> None:
    """Write down the consents whose term is over, look again at cards whose other grounds changed with the day, and
    close old links."""
    _step_by_step(_expire_some)
    look_again = _LookingAgain()
    _step_by_step(look_again.at_some)
    _step_by_step(links.close_old)
    with transaction.of_its_own():
        links.clear()


def _step_by_step(step: Callable[[], bool]) -> None:
    """Do a step, each in a transaction of its own, as long as it says that there may be more."""
    is_more = True
    while is_more and not jobs.here().is_stopping:
        with transaction.of_its_own():
            transaction.one_at_a_time()
            is_more = step()


def _expire_some() -> bool:
    over = (
        select(Client, ConsentCurrent.purpose_id)
        .join(ConsentCurrent, ConsentCurrent.subject_key_id == Client.subject_key_id)
        .where(ConsentCurrent.state.in_(policy.PERMITTING), ConsentCurrent.expires_at <= now())
        .order_by(ConsentCurrent.expires_at)
    )
    rows = db.session.execute(over.limit(BATCH)).all()
    for client, purpose_id in rows:
        commands.expire(client, purpose_id)
    return len(rows) == BATCH


class _LookingAgain:
    """One pass over the cards one of whose grounds ended, or began, since somebody last looked at them."""

    last: uuid.UUID | None = None

    def at_some(self) -> bool:
        """Settle some; whether there may be more."""
        rows = select(Client).where(or_(_lost_its_ground(), _found_its_ground())).order_by(Client.id)
        clients = db.session.scalars((rows.where(Client.id > self.last) if self.last else rows).limit(BATCH)).all()
        for client in clients:
            commands.settle(client, is_over=True)
            self.last = client.id
        return len(clients) == BATCH


def _lost_its_ground() -> Any:
    is_ended = exists(Ground.id).where(_OF_CLIENT, Ground.until_on < today())
    is_not_due = and_(Client.destroy_on.is_(None), Client.standing != ConsentStanding.GIVEN)
    return and_(is_ended, ~_has_ground(), is_not_due)


def _found_its_ground() -> Any:
    return and_(Client.destroy_on.is_not(None), _has_ground())


def _has_ground() -> Any:
    is_open = or_(Ground.until_on.is_(None), Ground.until_on >= today())
    return exists(Ground.id).where(_OF_CLIENT, Ground.since_on <= today(), is_open)


_OF_CLIENT = Ground.subject_key_id == Client.subject_key_id


def ask_again(agreement: Agreement, *, lapses_on: date | None, by: User) -> Renewal:
    """Ask everybody who agreed to an older edition of this document whether they agree to the present one.

    With `lapses_on` an old consent that is not renewed ends after that day, else it stays in force. The letters are
    written by a job, a batch at a time. For a purpose that is not used any more nobody is asked.
    """
    transaction.one_at_a_time()
    is_used = agreement.purpose is not None and agreement.purpose.retired_at is None
    editions = queries.superseded(agreement) if is_used else {}
    renewal = Renewal(agreement=agreement, editions=editions, lapses_on=lapses_on, letters=0, unreachable=0)
    db.session.add(renewal)
    audit.note(Action.RENEWAL_ASKED, by=by.id, subject=agreement.id)
    db.session.flush()
    write_renewals.later(renewal.id)
    return renewal


@jobs.job
def write_renewals(renewal_id: uuid.UUID) -> None:
    """Write the letters of a renewal; a job that was killed goes on where its last batch ended."""
    _step_by_step(lambda: _ask_some(renewal_id))


@jobs.every(minutes=10)
def go_on_with_renewals() -> None:
    """Find renewals that nobody is writing any more."""
    for renewal_id in db.session.scalars(select(Renewal.id).where(Renewal.done_at.is_(None))):
        write_renewals.later(renewal_id)


def _ask_some(renewal_id: uuid.UUID) -> bool:
    renewal = db.session.get_one(Renewal, renewal_id, populate_existing=True)
    if renewal.done_at:
        return False
    held = (
        select(ConsentCurrent, Client)
        .join(Client, Client.subject_key_id == ConsentCurrent.subject_key_id)
        .join(ConsentRecord, ConsentRecord.id == ConsentCurrent.record_id)
        .where(ConsentRecord.agreement_version_id.in_([uuid.UUID(one) for one in renewal.editions]))
        .where(ConsentCurrent.state.in_(policy.PERMITTING))
        .order_by(ConsentCurrent.id)
    )
    held = held.where(ConsentCurrent.id > renewal.reached) if renewal.reached else held
    rows = db.session.execute(held.limit(BATCH)).all()
    for current, client in rows:
        _ask(renewal, current, client)
        renewal.reached = current.id
    if len(rows) < BATCH:
        renewal.done_at = now()
    return len(rows) == BATCH


def _ask(renewal: Renewal, current: ConsentCurrent, client: Client) -> None:
    """Write to one person, unless they must not be written to; the old consent lapses in either case."""
    is_allowed = policy.permits(
        current.state,
        current.expires_at,
        was_withdrawn=current.was_withdrawn,
        has_ground=False,
        is_restricted=client.is_restricted,
        is_unwanted=queries.is_unwanted(client, renewal.agreement.purpose),
        at=now(),
    )
    if renewal.lapses_on:
        ends_at = policy.end_of(renewal.lapses_on)
        current.expires_at = min(current.expires_at, ends_at) if current.expires_at else ends_at
    newest = db.session.get_one(AgreementVersion, uuid.UUID(renewal.editions[current.record.agreement_version_id.hex]))
    if is_allowed and client.email and _write(client, client.email, newest, lapses_on=renewal.lapses_on):
        renewal.letters += 1
    else:
        renewal.unreachable += 1


def _write(client: Client, to: str, version: AgreementVersion, *, lapses_on: date | None) -> bool:
    entity = queries.entity_of(version)
    link = links.send(
        LinkKind.RENEW,
        client,
        to=to,
        matter=Matter.of(version),
        receipt=commands.new_receipt(entity.public_code),
        public_code=entity.public_code,
        company=entity.name,
        lapses_on=lapses_on,
    )
    return link is not None
