"""Everything that the page of one request shows, read at once and in a number of statements that does not grow."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.audit import queries as trail
from crm.audit.models import Action, AuditEntry
from crm.clients import queries as clients
from crm.clients.models import Client
from crm.consents import queries as consents
from crm.consents.models import ConsentCurrent
from crm.core.clock import now, today
from crm.core.db import db
from crm.core.letters import LetterState
from crm.subject_requests import cards, handling, originals, policy, queries, telling
from crm.subject_requests.models import (
    Applicant,
    MessageRole,
    RequestMessage,
    RequestState,
    RequestStep,
    Step,
    SubjectRequest,
)
from crm.subject_requests.policy import Deadline, Left
from crm.subject_requests.post import ReceivedLetter
from crm.subject_requests.queries import Tied

AT_ONCE = timedelta(minutes=5)
"""Who opened the page so long ago is looking at it still, as far as anybody can tell."""
FOUND = 10
"""Cards that a search on the page offers."""
TRAIL = 200


@dataclass
class Sheet:
    """One request with all that stands beside it."""

    request: SubjectRequest
    person: User
    """Who looks at it."""

    @cached_property
    def applicant(self) -> Applicant | None:
        """Who asked."""
        return queries.applicant_of(self.request)

    @cached_property
    def messages(self) -> Sequence[RequestMessage]:
        """The correspondence, the oldest first."""
        return queries.messages_of(self.request)

    @property
    def letter(self) -> RequestMessage | None:
        """The words that opened it."""
        first = next(iter(self.messages), None)
        return first if first and first.role is MessageRole.REQUEST and not first.is_ours else None

    @property
    def thread(self) -> list[RequestMessage]:
        """What was written after them."""
        return [message for message in self.messages if message is not self.letter]

    @property
    def is_undelivered(self) -> bool:
        """Whether the latest letter of ours was given up."""
        sent = [message.letter for message in self.messages if message.is_ours and message.letter]
        return bool(sent) and sent[-1].state in (LetterState.GIVEN_UP, LetterState.LEFT)

    @cached_property
    def originals(self) -> Sequence[ReceivedLetter]:
        """The letters as they came, while they are kept."""
        return originals.letters_of(self.request)

    @cached_property
    def tied(self) -> Sequence[Tied]:
        """The cards it is about."""
        return queries.cards_of(self.request)

    @property
    def living(self) -> list[Client]:
        """Confirmed cards that are there."""
        return [one.client for one in self.tied if one.client and one.card.is_confirmed]

    @property
    def doubtful(self) -> list[Tied]:
        """Cards that nobody confirmed yet."""
        return [one for one in self.tied if not one.card.is_confirmed]

    @cached_property
    def holding(self) -> Sequence[ConsentCurrent]:
        """Consents that the person may take back."""
        return cards.holding(self.request)

    @cached_property
    def grounds(self) -> list[str]:
        """Contracts and laws that still need the data, whatever consent was taken back."""
        return [one.purpose.name for client in self.living for one in consents.grounds_of(client)]

    @cached_property
    def recipients(self) -> list[str]:
        """Who must be told of what was done, where the kind wants it."""
        return telling.recipients_of(self.request) if Step.TELL_RECIPIENTS in self.steps else []

    @cached_property
    def repeated(self) -> SubjectRequest | None:
        """The request for the same information that came less than thirty days before."""
        return telling.repeated_by(self.request) if self.is_open else None

    @cached_property
    def done(self) -> set[Step]:
        """What needs not be done any more."""
        return queries.done(self.request)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What its kind needs."""
        return handling.STEPS[self.request.kind]

    @cached_property
    def said(self) -> dict[Step, bool]:
        """Steps of which a human said something: whether that they are needless."""
        rows = db.session.scalars(select(RequestStep).filter_by(request_id=self.request.id))
        return {row.step: row.is_needless for row in rows}

    @property
    def next_step(self) -> Step | None:
        """The one main thing to do now."""
        return handling.next_step(self.request.kind, self.done) if self.is_open else None

    @property
    def left(self) -> list[Step]:
        """What stands in the way of closing."""
        return [step for step in handling.left(self.request.kind, self.done) if step is not Step.CLOSE]

    @property
    def is_open(self) -> bool:
        """Whether anything is still to be done."""
        return self.request.state in handling.OPEN

    @cached_property
    def facts(self) -> policy.Facts:
        """What its terms follow from."""
        return policy.Facts.of(self.request, self.done)

    @cached_property
    def deadlines(self) -> list[tuple[Deadline, Left]]:
        """Every term, with the time that is left."""
        calendar = queries.calendar()
        found = policy.deadlines(self.facts, calendar)
        return [(one, policy.time_left(one.due_on, today(), calendar)) for one in found]

    @property
    def soonest(self) -> Left | None:
        """The time that is left for the next of them; None when all are fulfilled."""
        if all(one.is_done for one, _ in self.deadlines):
            return None
        return policy.time_left(self.request.due_on, today(), queries.calendar())

    @property
    def may_extend(self) -> bool:
        """Whether the law gives working days more, and it is not too late to tell so."""
        if not (self.is_open and policy.may_extend(self.facts)):
            return False
        return today() <= policy.extend_until(self.facts, queries.calendar())

    @property
    def may_put_off(self) -> bool:
        """Whether the law gives six months for a destruction, and its own term is not over."""
        if not (self.is_open and policy.may_put_off(self.facts)):
            return False
        return today() <= policy.put_off_until(self.facts, queries.calendar())

    @property
    def is_blocked(self) -> bool:
        """Whether a card of it is blocked."""
        return any(one.client and one.client.blocked_at for one in self.tied)

    @cached_property
    def trail(self) -> Sequence[AuditEntry]:
        """Who did what, and who read it, the latest first."""
        return trail.trail_of(self.request.id, limit=TRAIL)

    @property
    def acts(self) -> list[AuditEntry]:
        """Who did what."""
        return [entry for entry in self.trail if entry.action is not Action.REQUEST_READ]

    @property
    def readings(self) -> list[AuditEntry]:
        """Who read it."""
        return [entry for entry in self.trail if entry.action is Action.REQUEST_READ]

    @property
    def others(self) -> dict[uuid.UUID, datetime]:
        """Who else has it open now, since when."""
        fresh = [entry for entry in self.readings if entry.created_at >= now() - AT_ONCE]
        return {one.actor_id: one.created_at for one in fresh if one.actor_id and one.actor_id != self.person.id}

    @cached_property
    def staff(self) -> dict[uuid.UUID, User]:
        """Everybody who works here or did."""
        return {one.id: one for one in accounts.staff()}

    @property
    def is_forgotten(self) -> bool:
        """Whether what was kept about the person is destroyed."""
        return self.request.purged_at is not None

    @property
    def is_confirmed(self) -> bool:
        """Whether a human has said what is asked for."""
        return self.request.state not in (RequestState.NEW, RequestState.DISMISSED)


def candidates(query: str) -> list[Client]:
    """The first cards that a search by name, e-mail or phone finds."""
    return list(clients.page(clients.Filter(query=query))[:FOUND])
