"""Words for people: Jinja filters for moments, dates and phones, in the reader's language, Moscow time."""

from datetime import date, datetime

import phonenumbers
from flask import Flask
from flask_babel import format_datetime, get_locale

from crm.core.clock import MOSCOW

RUSSIAN = ("+73", "+74", "+78", "+79")


def moment(value: datetime) -> str:
    """24 ноября 2026 г., 11:00 (or 24 November 2026, 11:00) — a moment in Moscow time."""
    shape = "d MMMM y 'г.', HH:mm" if str(get_locale()) == "ru" else "d MMMM y, HH:mm"
    return str(format_datetime(value.astimezone(MOSCOW), shape, rebase=False))


def day(value: date | datetime | str) -> str:
    """24.11.2026 — a date; of a moment, its date in Moscow; of an ISO text, the same."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.astimezone(MOSCOW).date()
    return value.strftime("%d.%m.%Y")


def stamp(value: datetime) -> str:
    """24.11.2026 11:00 — a moment in Moscow time, as short as tables want it."""
    return value.astimezone(MOSCOW).strftime("%d.%m.%Y %H:%M")


def phone(value: str) -> str:
    """+7 912 345-67-89 — a phone kept as E.164, as people write it."""
    if value.startswith(RUSSIAN) and len(value) == 12:  # by hand: a list shows fifty, and the library takes its time
        return f"+7 {value[2:5]} {value[5:8]}-{value[8:10]}-{value[10:]}"
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def e164(value: str) -> str | None:
    """A typed phone in E.164, read as a Russian one when it names no country; None if it is no phone."""
    try:
        number = phonenumbers.parse(value, "RU")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def N_(words: str) -> str:
    """Mark words that are kept in Russian and translated only where a page shows them: `_(words)`."""
    return words


def is_clean(value: str) -> bool:
    """Whether a text of several lines has no control characters but line breaks and tabs (PostgreSQL keeps no NUL)."""
    return all(letter >= " " or letter in "\n\r\t" for letter in value)


def init_app(app: Flask) -> None:
    """Offer the filters to every template."""
    app.jinja_env.filters.update(moment=moment, day=day, stamp=stamp, phone=phone)
