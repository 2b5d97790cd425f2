"""Letters as the tests of the outbox send them and look at them."""

from typing import Any

from flask import Flask

from crm.core import jobs, outbox, transaction
from crm.core.db import db
from crm.core.jobs import Jobs
from crm.core.letters import Letter, Sender
from tests import post_office

TO, SUBJECT = "petr@lugov.example.org", "Ваше согласие записано"
TEXT = "Здравствуйте!\n\nВот ссылка: https://x.example.org/r\n"
SENDER = Sender("Ромашка", post_office.NAME)


def letter(letter_id: Any) -> Letter:
    """A letter as it stands now."""
    db.session.rollback()
    return db.session.get_one(Letter, letter_id)


def outcome(letter_id: Any) -> tuple[Any, ...]:
    """What has become of a letter: state, attempts, last error."""
    found = letter(letter_id)
    return found.state, found.attempts, found.last_error


def send() -> None:
    """What the working processes do once a minute, and what they were told to do before."""
    db.session.rollback()
    with transaction.of_its_own():
        outbox.sweep()
    jobs.work_off()


def jobs_of(app: Flask) -> Jobs:
    """The application's queue."""
    queue: Jobs = app.extensions["jobs"]
    return queue
