"""Jobs: queued by name and ids after the commit, done for one operator each; periodic rounds happen once."""

import json
import os
import pickle
import threading

import pytest
from huey import MemoryHuey, PostgresHuey, SqliteHuey
from sqlalchemy import select

from crm.accounts import doors
from crm.core import jobs, queue, tenancy, transaction
from crm.core.db import db, new_key
from crm.core.jobs import RETRIES
from crm.core.queue import Signed
from crm.webforms.models import WebForm
from tests import builders
from tests.conftest import make_app
from tests.core.at_once import at_once, until

SECRET = "petr" + "@lugov.example.org"  # in two parts: a log shows the lines of code that failed
did: list = []
"""What the jobs of this file did."""


@jobs.job
def note(*ids):
    did.append((tenancy.current_organisation_id(), *ids))


@jobs.job
def write_and_stumble():
    db.session.add(builders.blank_form("Проба"))
    db.session.flush()
    raise ZeroDivisionError(SECRET)


@pytest.fixture(autouse=True)
def nothing_done(app):
    did.clear()
    app.extensions["jobs"].huey.flush()


@pytest.fixture
def huey(app):
    return app.extensions["jobs"].huey


# one job


def test_a_job_is_done_for_the_operator_that_asked_once_its_transaction_is_kept(acting, ours):
    one = new_key()
    with transaction.of_its_own():
        note.later(one)
        assert jobs.work_off() == 0
    assert (jobs.work_off(), did) == (1, [(ours.id, one)])


@pytest.mark.parametrize(("status", "done"), [(200, 1), (422, 0)])
def test_a_job_that_a_request_asked_for_is_done_if_the_request_was_kept(app, visitor, monkeypatch, ours, status, done):
    def view(slug):
        tenancy.enter(ours.id)
        note.later()
        return "words", status

    monkeypatch.setitem(app.view_functions, "public_forms.send", doors.public(view))
    visitor.judges = False
    visitor.post(f"/f/{ours.slug}")
    with app.app_context():
        assert jobs.work_off() == done


def test_the_same_job_asked_for_twice_in_a_transaction_is_done_once(acting):
    one, other = new_key(), new_key()
    with transaction.of_its_own():
        for key in (one, one, other):
            note.later(key)
    assert jobs.work_off() == 2


def test_a_job_asked_for_while_it_is_being_done_is_done_again_afterwards_not_beside_it(app, monkeypatch, ours):
    begun, may_end = [], threading.Event()
    monkeypatch.setitem(jobs._jobs, note.name, jobs.Job(lambda: begun.append(1) or may_end.wait(10)))
    here = app.extensions["jobs"]

    def nudge():
        until(lambda: begun)
        for _ in range(100):
            here.do(note.name, ours.id.hex)
        may_end.set()

    at_once([lambda: here.do(note.name, ours.id.hex), nudge])
    with app.app_context():
        assert (len(begun), jobs.queue_length()) == (1, 1)
        jobs.work_off()
        assert (len(begun), jobs.queue_length()) == (2, 0)


def test_a_job_that_failed_is_not_held_to_be_in_hand(acting, app, ours):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            app.extensions["jobs"].do(write_and_stumble.name, ours.id.hex)


def test_the_tick_goes_before_all_that_waits(acting, huey):
    with transaction.of_its_own():
        note.later()
    for task in huey.read_periodic(None):
        huey.enqueue(task)
    assert [huey.dequeue().name, huey.dequeue().name] == ["tick", "do"]


@pytest.mark.parametrize("value", ["petr@lugov.example.org", 79121234567, None, {"id": 1}])
def test_a_job_is_given_ids_and_nothing_else(acting, value):
    with pytest.raises(TypeError):
        note.later(value)


def test_called_a_job_is_done_here_and_now(acting, ours):
    note(ours.client_id)
    assert did == [(ours.id, ours.client_id)]


def test_the_queue_holds_a_name_an_operator_and_ids(acting, huey, ours):
    one = new_key()
    with transaction.of_its_own():
        note.later(one)
    fields = json.loads(huey.storage.enqueued_items()[0].rpartition(b":")[0])
    assert fields["args"] == ["tests.core.test_jobs.note", ours.id.hex, one.hex]
    assert {name for name, value in fields.items() if value} == {
        *("id", "name", "args", "retries", "retry_delay", "retry_backoff")
    }


def test_a_failed_job_leaves_nothing_and_is_done_again_later(acting, huey, log):
    with transaction.of_its_own():
        write_and_stumble.later()
    huey.execute(huey.dequeue())
    assert acting.scalar(select(WebForm.id).filter_by(title="Проба")) is None
    (again,) = huey.scheduled()
    assert again.retries == RETRIES - 1
    assert "ZeroDivisionError" in log.getvalue()
    assert SECRET not in log.getvalue() + repr(huey.storage.scheduled_items()) + repr(huey.storage.result_items())


def test_a_queue_that_fails_does_not_undo_what_was_committed(acting, huey, monkeypatch, log):
    monkeypatch.setattr(huey.storage, "enqueue", lambda *words: 1 / 0)
    with transaction.of_its_own():
        acting.add(builders.blank_form("Проба"))
        note.later()
    acting.rollback()
    assert acting.scalar(select(WebForm.id).filter_by(title="Проба"))
    assert "could not queue tests.core.test_jobs.note" in log.getvalue()


@pytest.mark.parametrize(
    "entry", [pickle.dumps("x"), b"", b"{}", Signed("another secret")._sign(b"{}"), b"{}:" + b"0" * 64]
)
def test_an_entry_that_is_not_signed_by_us_is_not_even_read(huey, entry):
    huey.storage.enqueue(entry)
    with pytest.raises(ValueError, match=r"Signature|Separator"):
        huey.dequeue()


# the stores


def test_tests_queue_in_memory(huey):
    assert isinstance(huey, MemoryHuey)


@pytest.fixture
def real(app, tmp_path):
    """The same application as it is outside tests, with a real queue."""
    made = make_app(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path)
    made.testing = False
    yield made
    made.extensions["jobs"].huey.flush()
    made.extensions["jobs"].huey.storage.close()
    with made.app_context():
        db.engine.dispose()


def test_the_queue_is_a_file_beside_a_sqlite_file_and_in_the_database_on_postgresql(real, tmp_path):
    with real.app_context():
        is_sqlite = db.engine.dialect.name == "sqlite"
    assert type(real.extensions["jobs"].huey) is (SqliteHuey if is_sqlite else PostgresHuey)
    assert (tmp_path / "jobs.sqlite").exists() == is_sqlite


def test_the_file_of_the_queue_is_for_its_owner_alone_whatever_the_umask(real, tmp_path):
    usual = os.umask(0o022)
    try:
        assert real.extensions["jobs"].huey
    finally:
        os.umask(usual)
    files = tmp_path.glob("jobs.sqlite*")
    assert {path.name: path.stat().st_mode & 0o077 for path in files if path.stat().st_mode & 0o077} == {}


def test_a_real_queue_gives_back_what_was_put_in(real, ours):
    with real.app_context():
        tenancy.enter(ours.id)
        with transaction.of_its_own():
            note.later(ours.client_id)
        jobs.Call("soon", ours.id)(delay=30)
        assert jobs.queue_length() == 2
        assert jobs.work_off() == 1
        (soon,) = real.extensions["jobs"].huey.scheduled()
    assert did == [(ours.id, ours.client_id)]
    assert list(soon.args) == ["soon", ours.id.hex]


def test_a_real_queue_can_be_opened_by_many_at_once(real):
    opened = at_once([lambda: queue.opened(real)] * 4)
    for huey in opened:
        huey.storage.close()


@pytest.fixture
def embedded(real):
    """The threads that the server of run.sh works with."""
    jobs.start_embedded(real)
    yield real.extensions["jobs"]
    real.extensions["jobs"].consumer.stop(graceful=True)


def test_embedded_threads_do_what_is_queued_and_stop_when_told(embedded, ours):
    with embedded.app.app_context():
        tenancy.enter(ours.id)
        with transaction.of_its_own():
            note.later(ours.client_id)
    until(lambda: did)
    assert not embedded.is_stopping
    embedded.consumer.stop(graceful=True)
    assert embedded.is_stopping
    assert not [thread for _, thread in embedded.consumer.worker_threads if thread.is_alive()]
