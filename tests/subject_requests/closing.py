"""Closed requests that tests stand on, and the round that destroys what is over."""

from sqlalchemy import func, select

from crm.accounts import queries as accounts
from crm.audit.models import AuditEntry
from crm.core import files, outbox
from crm.core.clock import now
from crm.subject_requests import commands, keeping, queries
from crm.subject_requests.models import Applicant, Outcome, RequestState, Step
from crm.subject_requests.post import ReceivedLetter
from tests import inquiries
from tests.inquiries import PDF

WORD = "Филиппинскаяпочта"


def closed(request):
    """Give a request everything that can stand beside it, and close it now."""
    applicant = queries.applicant_of(request)
    key = applicant.subject_key
    applicant.note = WORD
    inquiries.original(request, raw=f"Subject: {WORD}\r\n\r\n{WORD}".encode(), mark=WORD)
    outbox.write(key, to="word@filin.example.org", subject=WORD, text=WORD, key=f"answer:{request.id}")
    files.keep(key, name=f"{WORD}.pdf", content=PDF)
    commands.join(request, commands.Words(text=WORD))
    commands.mark(request, Step.ANSWER, by=None)
    request.state, request.closed_at, request.outcome = RequestState.CLOSED, now(), Outcome.FULFILLED
    keeping.closed(request)
    return request


def work(acting):
    keeping.destroy_what_is_over()
    acting.rollback()


def days_kept(**days):
    for name, number in days.items():
        setattr(accounts.organisation(), name, number)


def key_of(acting, asked):
    return acting.scalar(select(Applicant.subject_key_id).filter_by(request_id=asked))


def originals(acting):
    return acting.scalar(select(func.count(ReceivedLetter.id)))


def notes(acting, action):
    return acting.scalars(select(AuditEntry).filter_by(action=action)).all()
