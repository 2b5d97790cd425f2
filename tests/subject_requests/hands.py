"""Hands that handle requests in tests: a request about Пётр's card, and what is done with it as a page would do it."""

from crm.accounts.models import User
from crm.clients.models import Client
from crm.core.db import db
from crm.subject_requests import queries
from crm.subject_requests.models import Outcome, RequestState
from tests import inquiries

ANSWERED = (RequestState.ANSWERING, RequestState.ANSWERED)


class Hands:
    """Somebody of the staff who does things with requests, each time having seen them as they are now."""

    def __init__(self, person):
        self.by = db.session.get_one(User, person.id)

    def do(self, command, request, **values):
        """One act."""
        made = command(request, by=self.by, seen_revision=request.revision, **values)
        db.session.flush()
        return made

    def answer(self, request, outcome=Outcome.FULFILLED):
        """As though the answer had left: what answers.py does with the mail."""
        request.state, request.outcome = RequestState.ANSWERED, outcome
        db.session.flush()


def peter(ours):
    """Пётр's card."""
    return db.session.get_one(Client, ours.client_id)


def in_state(state, **values):
    """A request that has come so far."""
    request = inquiries.inquiry(**values)
    request.state = state
    db.session.flush()
    return request


def done(request):
    """What needs not be done any more."""
    return queries.done(request)
