"""What is waited for from clients: buttons behind links in letters, and calls to those who left no e-mail."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import defer, joinedload

from crm.accounts.models import User
from crm.agreements.models import AgreementVersion
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.clients.models import Client
from crm.consents import queries
from crm.consents.models import ConsentLink, LinkKind
from crm.core import transaction
from crm.core.clock import now
from crm.core.db import db


def links_of(client: Client, *, limit: int = 50) -> Sequence[ConsentLink]:
    """Links to this client that still open something, and wishes to be called, the latest first."""
    is_open = or_(ConsentLink.kind == LinkKind.CALL, ConsentLink.expires_at > now())
    text = joinedload(ConsentLink.agreement_version).options(
        defer(AgreementVersion.html), defer(AgreementVersion.source), defer(AgreementVersion.values)
    )
    rows = select(ConsentLink).filter_by(subject_key_id=client.subject_key_id, used_at=None).where(is_open)
    return db.session.scalars(rows.options(text).order_by(ConsentLink.id.desc()).limit(limit)).all()


def callers(*, limit: int = 10) -> Sequence[Client]:
    """Those whom staff must call because somebody wished to withdraw by their receipt; the oldest card first."""
    waiting = select(ConsentLink.subject_key_id).filter_by(kind=LinkKind.CALL, used_at=None)
    rows = select(Client).where(Client.subject_key_id.in_(waiting)).order_by(Client.id)
    return db.session.scalars(rows.limit(limit)).all()


def answer(client: Client, *, by: User) -> Sequence[ConsentLink]:
    """Staff called: the wish was not this client's, and nothing is withdrawn. The wishes that this answers."""
    transaction.one_at_a_time()
    waiting = queries.calls_waiting(client)
    for wish in waiting:
        wish.used_at = now()
    if waiting:
        audit.note(Action.CALL_ANSWERED, by=by.id, subject=client.id)
    return waiting
