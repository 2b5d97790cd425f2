"""Whatever happens on the way out of the mailbox, no letter is lost and none is taken twice."""

from functools import partialmethod

import pytest
from sqlalchemy import select

from crm.core import tenancy
from crm.core.db import db
from crm.core.letters import Fault, Undelivered
from crm.mail import imap
from crm.mail.models import MailFolder
from crm.subject_requests import intake, mailbox
from crm.subject_requests.post import Fate, Why
from tests import dovecot
from tests.core.at_once import at_once
from tests.subject_requests.posted import letter, new_requests, poll, state, taken


class Killed(BaseException):
    """The process is gone."""


def test_one_letter_that_nobody_can_read_is_put_aside_and_the_next_is_taken(box, acting, monkeypatch, log):
    take = intake.take

    def broken(raw, **place):
        return take(raw, **place) if b"<2@" not in raw else 1 / 0

    monkeypatch.setattr(intake, "take", broken)
    for number in (1, 2, 3):
        box.deliver(letter(number, text=f"Удалите тайну {number}"))
    poll()
    assert taken(acting) == [(Fate.REQUEST, None), (Fate.ASIDE, Why.UNREADABLE), (Fate.REQUEST, None)]
    assert "ZeroDivisionError" in log.getvalue()
    assert "тайн" not in log.getvalue()
    assert "ivan2" not in log.getvalue()


def test_a_letter_that_breaks_every_talk_off_is_put_aside_unseen_in_the_end(box, acting, monkeypatch):
    read = imap.Reader.letter

    def breaks(reader, uid):
        if uid == 1:
            raise Undelivered(Fault.CLOSED)
        return read(reader, uid)

    monkeypatch.setattr(imap.Reader, "letter", breaks)
    for number in (1, 2):
        box.deliver(letter(number))
    for _ in range(mailbox.MOST_TRIES):
        assert taken(acting) == []
        poll()
    poll()
    assert taken(acting) == [(Fate.ASIDE, Why.UNREADABLE), (Fate.REQUEST, None)]


def test_a_worker_that_dies_after_the_commit_and_before_the_mark_loses_nothing(box, acting, monkeypatch):
    def dies(reader, uid):
        raise Killed

    for number in (1, 2):
        box.deliver(letter(number))
    with monkeypatch.context() as patched:
        patched.setattr(imap.Reader, "mark", dies)
        with pytest.raises(Killed):
            mailbox.poll()
    assert (len(taken(acting)), box.read()) == (1, [False, False])
    poll()
    assert (len(taken(acting)), box.read()) == (2, [True, True])


def test_a_worker_that_dies_within_the_taking_takes_the_letter_next_time(box, acting, monkeypatch):
    take = intake.take

    def dies(raw, **place):
        take(raw, **place)
        raise Killed

    box.deliver(letter())
    with monkeypatch.context() as patched:
        patched.setattr(intake, "take", dies)
        with pytest.raises(Killed):
            mailbox.poll()
    assert taken(acting) == []
    poll()
    assert taken(acting) == [(Fate.REQUEST, None)]


def test_two_who_read_at_once_take_each_letter_once(box, app, acting, ours):
    for number in range(20):
        box.deliver(letter(number))
    acting.rollback()

    def read():
        with app.app_context():
            tenancy.enter(ours.id)
            mailbox.poll()

    at_once([read, read])
    assert len(taken(acting)) == 20
    assert new_requests(acting) == 20
    assert all(box.read())


def test_no_transaction_is_open_while_the_server_thinks(box, app, acting, monkeypatch):
    held, read = [], imap.Reader.letter

    def looks(reader, uid):
        held.append(db.engine.pool.checkedout())
        return read(reader, uid)

    monkeypatch.setattr(imap.Reader, "letter", looks)
    box.deliver(letter())
    poll()
    assert held == [0]


def test_a_job_takes_some_letters_and_lets_others_have_their_turn(box, acting, monkeypatch):
    monkeypatch.setattr(mailbox.Turn, "__init__", partialmethod(mailbox.Turn.__init__, left=2))
    for number in range(5):
        box.deliver(letter(number))
    mailbox.poll()
    assert len(taken(acting)) == 2
    poll()
    assert len(taken(acting)) == 5


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"password": "wrong"}, Fault.LOGIN),
        ({"host": "127.0.0.1"}, Fault.CERTIFICATE),
        ({"host": "nothing.invalid"}, Fault.NAME),
        ({"port": 1}, Fault.CONNECTION),
    ],
)
def test_what_is_wrong_is_kept_as_a_word(box, acting, ours, changes, fault):
    poll()
    worked_at = state(acting).worked_at
    dovecot.set_up(box, ours, **changes)
    poll()
    assert (state(acting).fault, state(acting).worked_at) == (fault, worked_at)


def test_a_mailbox_that_is_off_is_left_alone(box, acting, ours):
    dovecot.set_up(box, ours, is_on=False)
    box.deliver(letter())
    poll()
    assert (taken(acting), state(acting).polled_at) == ([], None)


def test_a_mailbox_that_has_failed_for_long_is_tried_more_rarely(box, acting, ours, clock):
    clock.stop()
    poll()
    dovecot.set_up(box, ours, port=1)
    seen = []
    for _ in range(30):
        clock.move(minutes=5)
        poll()
        seen.append(state(acting).polled_at)
    assert len(set(seen)) == 12 + 3


def test_another_mailbox_is_read_from_its_beginning(box, acting, ours):
    box.deliver(letter(1))
    poll()
    dovecot.set_up(box, ours, username="other@example.org")
    assert acting.scalar(select(MailFolder.uid_validity).filter_by(name="INBOX")) is None
    dovecot.set_up(box, ours)
    poll()
    assert len(taken(acting)) == 1
