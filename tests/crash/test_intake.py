"""A worker that is killed again and again while it takes letters: each of them is taken once in the end."""

from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, func, select

from crm.core import transaction
from crm.core.jobs import JobRun
from crm.mail.models import MailFolder
from crm.subject_requests.models import RequestMessage, SubjectRequest
from crm.subject_requests.post import Fate, TakenLetter
from tests import dovecot, post_office
from tests.core.at_once import until
from tests.core.processes import PATIENCE, WORK, started
from tests.subject_requests.posted import letter, taken

LETTERS, PEOPLE, KILLS = 40, 20, 5


@pytest.fixture
def box(app, tmp_path, monkeypatch, acting, ours):
    """A mailbox with letters of people who write twice."""
    monkeypatch.setenv("SSL_CERT_FILE", str(post_office.authority(tmp_path)))
    app.extensions["jobs"].huey.flush()
    with dovecot.opened(tmp_path) as server:
        dovecot.set_up(server, ours)
        for number in range(LETTERS):
            server.deliver(letter(number, sender=number % PEOPLE))
        yield server


@contextmanager
def working(app, session, folder):
    """A worker whose next round has come, whoever began the last one."""
    with transaction.of_its_own():
        session.execute(delete(JobRun))
    with started(app, folder, *WORK) as worker:
        yield worker


def counted(session):
    session.rollback()
    return session.scalar(select(func.count()).select_from(TakenLetter).where(TakenLetter.folder_id.is_not(None)))


@pytest.mark.crash
def test_letters_survive_kill_9_of_the_worker_and_each_is_taken_once(app, acting, box, tmp_path):
    requests = acting.scalar(select(func.count()).select_from(SubjectRequest))
    for kill in range(1, KILLS + 1):
        with working(app, acting, tmp_path) as worker:
            until(lambda: counted(acting) >= kill * LETTERS // (KILLS + 2), seconds=PATIENCE)  # noqa: B023 - at once
            worker.kill()
            worker.wait()
        assert counted(acting) < LETTERS
    with working(app, acting, tmp_path):
        until(lambda: all(box.read()) and done(acting) == LETTERS, seconds=PATIENCE)
    assert Counter(fate for fate, _ in taken(acting)) == {Fate.REQUEST: PEOPLE, Fate.JOINED: LETTERS - PEOPLE}
    assert acting.scalar(select(func.count()).select_from(SubjectRequest)) - requests == PEOPLE
    assert messages(acting) == Counter({f"<{number}@example.org>": 1 for number in range(LETTERS)})


def done(session):
    session.rollback()
    return session.scalar(select(MailFolder.done_uid).filter_by(name="INBOX", is_read=True))


def messages(session):
    """How often each letter stands in the correspondence, by its Message-ID."""
    those = select(TakenLetter.request_id).where(TakenLetter.folder_id.is_not(None))
    rows = session.scalars(select(RequestMessage).where(RequestMessage.request_id.in_(those), ~RequestMessage.is_ours))
    return Counter(row.message_id for row in rows)
