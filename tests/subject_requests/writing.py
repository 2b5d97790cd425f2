"""Requests that the staff answer, as the tests of answers stand on them."""

from sqlalchemy import select

from crm.accounts.models import User
from crm.clients.models import Client
from crm.core import jobs, transaction
from crm.core.db import db
from crm.subject_requests import answers, commands, copy, drafts, queries
from crm.subject_requests.models import MessageRole, RequestKind, RequestMessage, RequestState, SubjectRequest
from crm.subject_requests.samples import Matter
from tests import inquiries
from tests.builders import Operator


def owner(operator: Operator) -> User:
    """Анна, as commands know her."""
    return db.session.get_one(User, operator.owner.id)


def asked(operator: Operator, *, kind: RequestKind = RequestKind.ACCESS, card: bool = True, **more) -> SubjectRequest:
    """A request in work; its card is confirmed, if there is one. Its sender is the card's own mailbox unless told."""
    client = db.session.get_one(Client, operator.client_id)
    more.setdefault("email", client.email)
    request = inquiries.inquiry(kind=kind, **more)
    if card:
        commands.tie(request, client, is_confirmed=True)
    request.state = RequestState.IN_WORK
    db.session.flush()
    commands.settle(request)
    return request


def drafted(
    operator: Operator, request: SubjectRequest, role=MessageRole.ANSWER, matter=Matter.NOTHING_HELD, **more
) -> RequestMessage:
    """A letter begun by the owner."""
    turn = {"by": owner(operator), "seen_revision": request.revision}
    return drafts.draft(request, role, matter=matter, **turn, **more)


def send(operator: Operator, message: RequestMessage, **more):
    """Sent by the owner."""
    return answers.send(message, by=owner(operator), seen_revision=message.request.revision, **more)


def with_copy(message: RequestMessage, *, formats=("json",), left_out=(), whole=()) -> None:
    """The staff read the copy and attach it."""
    request = message.request
    chosen = {"formats": formats, "left_out": left_out, "whole": whole, "digest": copy.subject_copy(request).digest}
    drafts.choose_copy(message, seen_revision=request.revision, **chosen)


def settled(request_id) -> SubjectRequest:
    """The request after the letters went, or did not, and the job looked."""
    db.session.rollback()
    jobs.work_off()
    with transaction.of_its_own():
        answers.settle_answers()
    db.session.rollback()
    return db.session.get_one(SubjectRequest, request_id)


def newest(request: SubjectRequest) -> RequestMessage:
    """The latest message of the correspondence."""
    return queries.messages_of(request)[-1]


def in_its_letter(request: SubjectRequest) -> RequestMessage:
    """The words that opened it."""
    return db.session.scalars(select(RequestMessage).filter_by(request_id=request.id, is_ours=False)).first()
