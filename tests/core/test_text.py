"""Moments, dates and phones as people read them."""

from datetime import UTC, date, datetime

import pytest

from crm.core import text

MIDNIGHT = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
DAYS = [
    (MIDNIGHT, "24.11.2026"),
    (date(2026, 1, 2), "02.01.2026"),
    ("1990-12-31", "31.12.1990"),
    ("2026-11-23T21:00:00+00:00", "24.11.2026"),
]
PHONES = [
    ("+79121234567", "+7 912 123-45-67"),
    ("+74951234567", "+7 495 123-45-67"),
    ("no phone", "no phone"),
    ("", ""),
]


@pytest.mark.parametrize(("locale", "words"), [("ru", "24 ноября 2026 г., 00:00"), ("en", "24 November 2026, 00:00")])
def test_a_moment_is_told_in_moscow_time_and_the_language_of_the_reader(app, locale, words):
    with app.test_request_context("/clients/", headers={"Cookie": f"locale={locale}"}):
        assert text.moment(MIDNIGHT) == words


@pytest.mark.parametrize(("value", "words"), DAYS)
def test_a_day_is_told_as_in_moscow(app, value, words):
    with app.test_request_context("/"):
        assert text.day(value) == words


@pytest.mark.parametrize(("value", "words"), PHONES)
def test_a_phone_is_told_as_people_write_it(value, words):
    assert text.phone(value) == words
