"""An original letter goes soon after its request was closed."""

import pytest
from sqlalchemy import select

from crm.audit.models import Action
from crm.core import transaction
from crm.core.personal import SubjectKey
from crm.subject_requests import keeping, queries
from crm.subject_requests.models import RequestState, SubjectRequest
from crm.subject_requests.post import Fate, ReceivedLetter, TakenLetter
from tests import inquiries
from tests.subject_requests.closing import WORD, closed, days_kept, notes, originals, work


@pytest.fixture
def asked(acting, clock):
    """A request with everything that can stand beside it; closed today."""
    clock.stop()
    with transaction.of_its_own():
        return closed(inquiries.inquiry(full_name=WORD, email="word@filin.example.org", text=WORD)).id


def test_an_original_is_kept_while_its_request_is_open(acting, clock, house):
    with transaction.of_its_own():
        inquiries.original(inquiries.inquiry())
    clock.move(days=4000)
    work(acting)
    assert originals(acting) == 1


def test_an_original_goes_the_day_after_its_term(acting, clock, asked):
    clock.move(days=30)
    work(acting)
    assert originals(acting) == 1
    clock.move(days=1)
    work(acting)
    assert originals(acting) == 0
    assert notes(acting, Action.ORIGINALS_DESTROYED)[0].details == {"letters": 1}


def test_its_request_still_says_who_asked_and_what(acting, clock, asked):
    clock.move(days=31)
    work(acting)
    request = acting.get_one(SubjectRequest, asked)
    assert queries.applicant_of(request).full_name == WORD
    assert [message.text for message in queries.messages_of(request)] == [WORD, WORD]


def test_the_operator_says_how_long(acting, clock):
    with transaction.of_its_own():
        days_kept(letters_kept_days=5)
        closed(inquiries.inquiry())
    clock.move(days=6)
    work(acting)
    assert originals(acting) == 0


def test_a_reopened_request_keeps_its_original(acting, clock, asked):
    with transaction.of_its_own():
        request = acting.get_one(SubjectRequest, asked)
        request.state, request.closed_at = RequestState.IN_WORK, None
        keeping.reopened(request)
    clock.move(days=100)
    work(acting)
    assert originals(acting) == 1


def test_who_forgot_to_set_the_term_is_helped(acting, clock):
    with transaction.of_its_own():
        request = inquiries.inquiry()
        inquiries.original(request)
        request.state = RequestState.DISMISSED
    work(acting)
    assert acting.scalar(select(ReceivedLetter.kept_until)) == keeping.last_day_of_letters()


@pytest.fixture
def aside(acting, clock):
    """A letter that was put aside, under a key of its own."""
    clock.stop()
    with transaction.of_its_own():
        key = SubjectKey.fresh()
        acting.add(key)
        letter = inquiries._received(key, b"raw", fate=Fate.ASIDE, mark=WORD)
        return letter.subject_key_id


def test_a_letter_put_aside_goes_at_its_term_and_its_key_too(acting, clock, aside):
    work(acting)
    clock.move(days=30)
    work(acting)
    assert originals(acting) == 1
    clock.move(days=1)
    work(acting)
    assert originals(acting) == 0
    assert acting.get(SubjectKey, aside) is None
    assert acting.scalar(select(TakenLetter.fate)) is Fate.ASIDE  # so that it is not taken again
