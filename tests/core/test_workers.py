"""Processes that send letters: killed they lose nothing, told to stop they stop, and flask commands start none."""

import http.client
import socket

import pytest
from sqlalchemy import select

from crm.clients.models import Client
from crm.core import jobs, outbox, transaction
from crm.core.db import db
from crm.core.letters import Letter, LetterState
from tests.core.at_once import until
from tests.core.processes import PATIENCE, WORK, seconds_to_stop, started
from tests.core.sending import send

GRANIAN = (
    *("-m", "granian", "wsgi:app", "--interface", "wsgi", "--host", "127.0.0.1", "--workers", "1", "--no-ws"),
    *("--blocking-threads", "8", "--http", "1", "--log-level", "error", "--port"),
)


@pytest.fixture
def letters(acting, office, ours):
    """Three letters that wait; their keys."""
    with transaction.of_its_own():
        key = db.session.get_one(Client, ours.client_id).subject_key
        for n in range(3):
            outbox.write(key, to="petr@lugov.example.org", subject="Привет", text="Привет", key=f"receipt:{n}")
    acting.rollback()


def states(session):
    session.rollback()
    return {letter.state for letter in session.scalars(select(Letter))}


def copies(office):
    """How often each letter came in whole, whether the sender lived to hear the answer or not."""
    ids = [got["Message-ID"] for got in office.offered]
    return sorted(ids.count(one) for one in set(ids))


@pytest.mark.parametrize(("command", "wanted"), [("MAIL", [1, 1, 1]), ("RCPT", [1, 1, 1]), ("DATA", [1, 1, 2])])
def test_a_worker_killed_while_sending_loses_no_letter(app, acting, office, letters, tmp_path, clock, command, wanted):
    """One that the server had whole when the worker died goes once more, with the same Message-ID; no other does."""
    office.pauses[command] = 60
    with started(app, tmp_path, *WORK) as worker:
        until(lambda: command in office.reached, seconds=PATIENCE)
        worker.kill()
        worker.wait()
    office.pauses.clear()
    send()
    assert states(acting) == {LetterState.SENT, LetterState.WAITING}
    clock.move(seconds=outbox.LEASE.total_seconds() + 1)
    send()
    assert states(acting) == {LetterState.SENT}
    assert copies(office) == wanted


def test_a_worker_sends_what_waits_and_ends_when_it_is_told_to(app, acting, office, letters, tmp_path):
    with started(app, tmp_path, *WORK) as worker:
        until(lambda: len(office.letters) == 3 and states(acting) == {LetterState.SENT}, seconds=PATIENCE)
        assert seconds_to_stop(worker) < 2
    assert worker.returncode == 0
    assert "Traceback" not in (tmp_path / "process.log").read_text()


def test_a_worker_that_is_told_to_end_while_a_server_keeps_it_waiting_does_not_wait(app, office, letters, tmp_path):
    office.pauses["DATA"] = 60
    with started(app, tmp_path, *WORK) as worker:
        until(lambda: office.offered, seconds=PATIENCE)
        assert seconds_to_stop(worker) < 2
    assert worker.returncode == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asked.request("GET", "/sign-in")
        return asked.getresponse().read()
    except OSError:
        return None
    finally:
        asked.close()


def test_the_server_itself_sends_letters_when_jobs_are_embedded_and_ends_at_once(
    app, acting, office, letters, tmp_path
):
    port = free_port()
    with started(app, tmp_path, *GRANIAN, str(port), JOBS="embedded") as server:
        until(lambda: answers(port), seconds=PATIENCE)
        until(lambda: states(acting) == {LetterState.SENT}, seconds=PATIENCE)
        assert seconds_to_stop(server) < 2
    assert copies(office) == [1, 1, 1]
    assert "Traceback" not in (tmp_path / "process.log").read_text()


def test_a_server_leaves_letters_to_the_worker_when_told_so(app, office, letters, tmp_path):
    port = free_port()
    with started(app, tmp_path, *GRANIAN, str(port), JOBS="worker") as server:
        until(lambda: answers(port), seconds=PATIENCE)
        seconds_to_stop(server)
    assert office.connections == 0


def test_flask_commands_start_no_threads_behind_them(app, office, letters, tmp_path):
    with started(app, tmp_path, "-m", "flask", "--app", "wsgi", "jobs", JOBS="embedded") as command:
        assert command.wait(PATIENCE) == 0
    said = (tmp_path / "process.log").read_text()
    assert "Letters waiting: 3\nLetters given up: 0\n" in said
    assert office.connections == 0


def test_the_jobs_command_shows_queue_letters_and_rounds(app, acting, office, letters):
    jobs.here().tick()
    with app.app_context():
        said = app.test_cli_runner().invoke(args=["jobs"]).output
    assert "Queued jobs: 3\nLetters waiting: 3\nLetters given up: 0\n" in said
    assert "crm.core.outbox.sweep: due " in said
    assert "failed for 0 operators" in said


# the migration


def test_the_migrations_make_what_the_models_say_and_leave_the_queues_tables_alone(app, tmp_path):
    with started(app, tmp_path, "-m", "flask", "--app", "wsgi", "jobs") as command:  # makes the queue
        assert command.wait(PATIENCE) == 0
    with started(app, tmp_path, "-m", "flask", "--app", "wsgi", "db", "check") as command:
        assert command.wait(PATIENCE) == 0, (tmp_path / "process.log").read_text()
