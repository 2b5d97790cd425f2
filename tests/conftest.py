"""Fixtures: two operators, browsers that judge what they see, and a database put back before every test."""

import io
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from crm import create_app
from crm.accounts import queries as accounts
from crm.config import engine_options
from crm.core import clock as house_clock
from crm.core import tenancy
from crm.core.db import db
from crm.core.log import Discreet
from crm.webforms import counts
from crm.webforms import queries as webforms
from tests import builders, photograph
from tests.browsing import Browser, browser
from tests.builders import Operator

CHEAP_ARGON2 = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
MASTER_KEYS = {1: bytes(range(32))}


@dataclass(frozen=True)
class House:
    """The furnished test house: the application, its two operators and its database."""

    app: Flask
    ours: Operator
    neighbour: Operator
    database: Any


class Clock:
    """The house clock in the hand of a test."""

    def __init__(self) -> None:
        self._stopped = ExitStack()

    def stop(self, moment: datetime | None = None) -> datetime:
        """Stop at this aware moment, or at the present one."""
        moment = moment or house_clock.now()
        self._stopped.close()
        self._stopped.enter_context(house_clock.stopped_at(moment))
        return moment

    def move(self, **by: float) -> datetime:
        """Stop so much later: move(days=31), move(hours=-1)."""
        return self.stop(house_clock.now() + timedelta(**by))

    def go_on(self) -> None:
        """Let it run again."""
        self._stopped.close()


def make_app(url: str, instance: Any, **overrides: Any) -> Flask:
    """An application as the tests want it; CSRF protection stays on."""
    return create_app(
        INSTANCE=instance,
        TESTING=True,
        BASE_URL="http://localhost",
        SECRET_KEY="a secret of the tests",
        MASTER_KEYS=MASTER_KEYS,
        ARGON2=CHEAP_ARGON2,
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
        **overrides,
    )


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Built once: the real migrations, two operators through the real commands, one photograph."""
    folder = tmp_path_factory.mktemp("house")
    database = photograph.of_database(folder)
    app = make_app(database.url, folder / "instance")
    with app.app_context():
        upgrade()
    made = House(app, builders.ours(app), builders.neighbour(app), database)
    photograph.let_go(app)
    database.take()
    yield made
    photograph.let_go(app)
    database.throw_away()


@pytest.fixture
def app(house: House) -> Iterator[Flask]:
    """The application, its database as it was photographed, nothing remembered from the test before."""
    photograph.let_go(house.app)
    house.database.put_back()
    house.app.extensions.pop("derived_keys", None)
    house.app.extensions["jobs"].huey.flush()
    webforms._face.cache_clear()
    counts._taken()  # of forms of the test before
    accounts._led_to.cache_clear()
    yield house.app
    with house.app.app_context():
        db.session.remove()


@pytest.fixture
def ours(house: House) -> Operator:
    """Our operator: its people, addresses and keys."""
    return house.ours


@pytest.fixture
def visitor(app: Flask, house: House) -> Browser:
    """Somebody who is not signed in and has nothing to do with the neighbour."""
    return browser(app, foreign=house.neighbour.canaries)


@pytest.fixture
def owner(app: Flask, house: House) -> Browser:
    """Анна, signed in."""
    return browser(app, foreign=house.neighbour.canaries, cookie=house.ours.owner.cookie)


@pytest.fixture
def manager(app: Flask, house: House) -> Browser:
    """Борис, signed in."""
    return browser(app, foreign=house.neighbour.canaries, cookie=house.ours.manager.cookie)


@pytest.fixture
def neighbour(app: Flask, house: House) -> Browser:
    """The other operator's owner, signed in; what is ours is foreign to them."""
    return browser(app, foreign=house.ours.canaries, cookie=house.neighbour.owner.cookie)


@pytest.fixture
def acting(app: Flask, house: House) -> Iterator[Session]:
    """A session that acts for our operator inside a request. Commit with `transaction.of_its_own()` before a
    browser goes on; `acting.rollback()` lets the session see what a browser changed meanwhile."""
    with app.test_request_context("/"):
        tenancy.enter(house.ours.id)
        yield db.session  # type: ignore[misc]  # a scoped session reads and writes like one
        db.session.rollback()


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The house clock; it runs until the test stops it."""
    made = Clock()
    yield made
    made.go_on()


@pytest.fixture
def log(app: Flask) -> Iterator[io.StringIO]:
    """Everything that the application's own log says, as it would stand in its file."""
    written = io.StringIO()
    handler = next(one for one in logging.getLogger().handlers if isinstance(one.formatter, Discreet))
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI nothing is skipped: what cannot run there has failed."""
    report = yield
    return _failed_if_skipped(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    """The same for a whole module."""
    report = yield
    return _failed_if_skipped(report)


def _failed_if_skipped(report: Any) -> Any:
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped in CI: {report.longrepr}"
    return report
