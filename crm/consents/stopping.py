"""What follows at once when a card is blocked, its advertising stops, or its mailbox was a wrong one: no letter about
consent that waits goes, and no link that was sent opens anything it should not.

Letters that the person asks for themselves, the receipt and the link by which consent is taken back, are left alone.
"""

import uuid
from collections.abc import Collection, Iterable

from sqlalchemy import select

from crm.agreements.models import Purpose
from crm.clients import commands as clients
from crm.clients import queries as cards
from crm.clients.commands import Change
from crm.clients.models import Client
from crm.consents import policy, queries
from crm.consents.models import ConsentLink, LinkKind
from crm.core import outbox
from crm.core.clock import now
from crm.core.db import db
from crm.core.letters import Letter, LetterState


@clients.heeds
def take_letters_back(client: Client, change: Change) -> None:
    """Close what the change makes wrong."""
    if change is Change.MAILBOX:
        _leave_the_old_mailbox(client)
    else:
        wanted = advertising() if change is Change.MARKETING_STOPPED else None
        close(link for link in _asking(client) if wanted is None or link.purpose_id in wanted)


def advertising() -> set[uuid.UUID]:
    """The purposes that are advertising."""
    return set(db.session.scalars(select(Purpose.id).where(Purpose.kind.in_(policy.ADVERTISING))))


def _asking(client: Client) -> Collection[ConsentLink]:
    """Links by whose buttons consent is given."""
    return [link for link in queries.open_links(client) if link.kind in policy.ASKING]


def close(links: Iterable[ConsentLink]) -> None:
    """These links open nothing any more, and a letter with one that waits does not go."""
    closed = list(links)
    for link in closed:
        link.used_at = now()
    outbox.take_back([link.letter_key for link in closed])


def _leave_the_old_mailbox(client: Client) -> None:
    """Whoever reads the old mailbox may be anybody: its links prove nothing. Who wished by one of them to take consent
    back is called instead."""
    close(_asking(client))
    wishes = [link for link in queries.open_links(client) if link.kind is LinkKind.WITHDRAW]
    for link in wishes:
        link.kind = LinkKind.CALL
    outbox.take_back([f"{LinkKind.WITHDRAW.value}:{link.id.hex}" for link in wishes] + _letters_to_old(client))


def _letters_to_old(client: Client) -> list[str]:
    rows = select(Letter).where(Letter.subject_key_id == client.subject_key_id, Letter.state != LetterState.SENT)
    return [one.key for one in db.session.scalars(rows) if one.to and cards.is_found_wrong(client, "email", one.to)]
