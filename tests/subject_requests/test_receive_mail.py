"""`flask receive-mail`: a local delivery agent hands one letter over."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from crm.core import tenancy
from crm.core.db import db
from crm.subject_requests import intake, parsing
from crm.subject_requests.models import SubjectRequest
from crm.subject_requests.post import Fate, TakenLetter, Why
from tests.subject_requests.mails import SENDER, WISH, letter


@pytest.fixture
def deliver(app, ours):
    """Run the command as a delivery agent does."""

    def delivering(content, code=ours.public_code):
        with app.app_context():
            return app.test_cli_runner().invoke(args=["receive-mail", code], input=content)

    return delivering


@pytest.fixture
def taken(app, ours):
    """What stands in the database afterwards."""

    def reading(model=TakenLetter):
        with app.app_context():
            tenancy.enter(ours.id)
            return db.session.scalars(select(model)).all()

    return reading


def test_a_letter_is_taken_and_nothing_is_said(deliver, taken, ours):
    done = deliver(letter())
    assert (done.exit_code, done.output) == (0, "")
    (request,) = taken(SubjectRequest)
    assert request.entity_id == ours.entity_id


def test_the_same_letter_is_taken_once(deliver, taken):
    assert [deliver(letter()).exit_code for _ in range(2)] == [0, 0]
    assert len(taken()) == 1


@pytest.mark.parametrize("content", [b"", b"\0", letter(sender=""), letter(Precedence="bulk")])
def test_a_letter_put_aside_is_delivered(deliver, taken, content):
    assert deliver(content).exit_code == 0
    assert [one.fate for one in taken()] == [Fate.ASIDE]


def test_a_letter_that_is_too_large_is_read_to_its_end_and_put_aside(deliver, taken):
    assert deliver(letter() + b"x" * parsing.LARGEST).exit_code == 0
    assert [(one.fate, one.why) for one in taken()] == [(Fate.ASIDE, Why.TOO_LARGE)]


@pytest.mark.parametrize("code", ["NOSUCH", "", "x" * 500, "../"])
def test_nobody_has_this_code(deliver, taken, code):
    done = deliver(letter(), code)
    assert (done.exit_code, done.output, taken()) == (67, "", [])


@pytest.mark.parametrize("failure", [OperationalError("x", {}, Exception()), TimeoutError(), ValueError(WISH)])
def test_what_goes_wrong_here_is_tried_again_and_nothing_is_kept(deliver, taken, monkeypatch, failure, log):
    def failing(*args, **options):
        raise failure

    monkeypatch.setattr(intake.commands, "register", failing)
    done = deliver(letter())
    assert (done.exit_code, done.output, taken()) == (75, "", [])
    assert not any(word in log.getvalue() for word in (WISH, SENDER))
