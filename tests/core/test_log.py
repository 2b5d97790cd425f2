"""Logs say what failed and where, never with whose data."""

import logging

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from crm.core.log import Discreet

SECRET = "Пётр Лугов +79121234567"


def formatted(message, *values, failure=None):
    record = logging.LogRecord("crm", logging.ERROR, __file__, 1, message, values, None)
    if failure:
        record.exc_info = (type(failure), failure, failure.__traceback__)
    return Discreet("%(levelname)s %(message)s").format(record)


def raised(failure):
    try:
        raise failure
    except Exception as caught:
        return caught


@pytest.fixture
def unlucky():
    """Every commit fails, with a personal value in the message."""

    def fail(session):
        raise ValueError(SECRET) from KeyError(SECRET)

    event.listen(Session, "before_commit", fail)
    yield
    event.remove(Session, "before_commit", fail)


def test_an_error_is_logged_by_its_type_and_the_lines_it_went_through():
    words = formatted("failed", failure=raised(ValueError(SECRET)))
    assert words.startswith("ERROR failed")
    assert words.endswith("\nValueError")
    assert "test_log.py" in words


@pytest.mark.parametrize("cause", [None, KeyError(SECRET)])
def test_the_message_of_an_error_and_of_its_cause_is_left_out(cause):
    failure = raised(ValueError(SECRET))
    failure.__cause__ = cause
    assert "Лугов" not in formatted("failed", failure=failure)


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
def test_nobody_can_forge_a_line_of_the_log(ending):
    assert formatted("refused %s", f"x{ending}2026-11-24 CRITICAL forged").splitlines() == [
        formatted("refused %s", f"x{ending}2026-11-24 CRITICAL forged")
    ]


def test_a_failure_with_a_personal_value_reaches_the_log_without_it(visitor, ours, log, unlucky):
    visitor.may_fail = True
    visitor.fill(f"/f/{ours.slug}", full_name="Пётр Лугов", consent=True)
    assert "ValueError" in log.getvalue()
    assert "Лугов" not in log.getvalue()


@pytest.mark.parametrize("url", ["/", "/sign-in", "/f/{slug}", "/f/nowhere", "/nowhere?q=Лугов"])
def test_ordinary_requests_leave_no_line_at_all(visitor, ours, log, url):
    visitor.get(url.format(slug=ours.slug))
    assert log.getvalue() == ""


def test_a_refusal_at_a_door_is_logged_without_a_name(manager, ours, log):
    manager.get("/settings/staff")
    assert "refused settings.staff to a manager" in log.getvalue()
    assert ours.manager.name not in log.getvalue()
