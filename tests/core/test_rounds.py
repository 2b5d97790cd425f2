"""Periodic work happens once for each operator, however many processes there are and whichever of them dies."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.core import jobs, tenancy
from crm.core.clock import now
from crm.core.db import db
from crm.core.jobs import HOLD, JobRun
from tests.core.at_once import at_once, until
from tests.core.processes import PATIENCE, started

did: list = []
"""What the jobs of this file did."""


@pytest.fixture(autouse=True)
def nothing_done(app):
    did.clear()
    app.extensions["jobs"].huey.flush()


@pytest.fixture
def huey(app):
    return app.extensions["jobs"].huey


@contextmanager
def periodic(function, *, minutes, monkeypatch):
    monkeypatch.setattr(jobs, "_periodic", {})
    monkeypatch.setattr(jobs, "_jobs", dict(jobs._jobs))
    yield jobs.every(minutes=minutes)(function)


@pytest.fixture
def hourly(monkeypatch):
    """A job that is done once an hour and notes for whom."""

    def count():
        did.append(tenancy.current_organisation_id())

    with periodic(count, minutes=60, monkeypatch=monkeypatch) as made:
        yield made


@pytest.fixture
def everybody(house):
    return sorted([house.ours.id, house.neighbour.id])


def tick(times=1):
    for _ in range(times):
        db.session.rollback()
        jobs.here().tick()


def rounds(session):
    session.rollback()
    return session.scalars(select(JobRun).order_by(JobRun.due_at)).all()


def test_periodic_work_is_done_once_for_each_operator(acting, everybody, hourly, clock):
    clock.stop(now().replace(minute=30))
    tick(3)
    assert sorted(did) == everybody
    clock.move(minutes=29)
    tick()
    assert len(did) == 2
    clock.move(minutes=1)
    tick()
    assert len(did) == 4


def test_a_round_that_all_begin_at_once_is_done_once(app, everybody, hourly):
    def begin():
        with app.app_context():
            jobs.here().tick()

    at_once([begin] * 6)
    assert sorted(did) == everybody


def test_one_operator_for_whom_it_fails_takes_nothing_from_the_others(acting, house, huey, monkeypatch, log):
    def stumble():
        if tenancy.current_organisation_id() == house.ours.id:
            raise ZeroDivisionError
        did.append(tenancy.current_organisation_id())

    with periodic(stumble, minutes=60, monkeypatch=monkeypatch):
        tick(2)
    assert did == [house.neighbour.id]
    assert jobs.work_off() == 0
    assert [again.args[1] for again in huey.scheduled()] == [house.ours.id.hex]
    assert [run.failed for run in rounds(acting)] == [1]


def test_a_round_whose_worker_was_killed_is_done_by_another_after_a_while(acting, hourly, clock):
    moment = clock.stop(now().replace(minute=10, second=0, microsecond=0))
    assert jobs._claim(hourly.name, moment.replace(minute=0), timedelta(hours=1))
    clock.move(seconds=HOLD.total_seconds() - 1)
    tick()
    assert did == []
    clock.move(seconds=1)
    tick(2)
    assert len(did) == 2


def test_a_long_round_shows_that_it_is_alive(acting, monkeypatch, clock):
    def dawdle():
        clock.move(minutes=6)
        did.append(rounds(db.session)[0].held_until)

    clock.stop(now().replace(minute=10))
    with periodic(dawdle, minutes=60, monkeypatch=monkeypatch):
        tick()
    assert did[1] - did[0] == timedelta(minutes=6)


def test_a_round_that_is_cut_short_by_the_end_of_its_process_is_free_at_once(acting, hourly, monkeypatch):
    monkeypatch.setattr(jobs.Jobs, "is_stopping", True)
    tick()
    monkeypatch.setattr(jobs.Jobs, "is_stopping", False)
    tick()
    assert len(did) == 2


def test_only_the_latest_rounds_are_remembered(acting, hourly, clock):
    for _ in range(jobs.KEPT_ROUNDS + 20):
        clock.move(hours=1)
        tick()
    assert len(rounds(acting)) == jobs.KEPT_ROUNDS + 1
    assert [run.name for run in jobs.last_rounds()] == [hourly.name]


TICKS = """
import sys
from crm import create_app
from crm.core import jobs, tenancy

@jobs.every(minutes=60 * 24 * 7)
def count():
    with open(sys.argv[1], "a") as file:
        file.write(tenancy.current_organisation_id().hex + "\\n")

app = create_app()
open(sys.argv[2], "w").close()
sys.stdin.readline()
with app.app_context():
    jobs.here().tick()
"""


def test_of_two_processes_one_does_the_round(app, everybody, tmp_path):
    seen, ready = tmp_path / "seen", [tmp_path / "ready1", tmp_path / "ready2"]
    with (
        started(app, tmp_path, "-c", TICKS, str(seen), str(ready[0])) as one,
        started(app, tmp_path, "-c", TICKS, str(seen), str(ready[1])) as other,
    ):
        until(lambda: all(path.exists() for path in ready), seconds=PATIENCE)
        for process in (one, other):
            process.stdin.close()
        assert [process.wait(PATIENCE) for process in (one, other)] == [0, 0]
    assert sorted(seen.read_text().split()) == [one.hex for one in everybody]
