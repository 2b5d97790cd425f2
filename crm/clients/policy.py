"""What a client card can hold, and when two contacts are one person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from crm.core import tokens
from crm.core.text import N_

FIELDS = {
    "full_name": N_("Фамилия, имя, отчество"),
    "email": N_("Эл. почта"),
    "phone": N_("Телефон"),
    "address": N_("Адрес"),
    "birth_date": N_("Дата рождения"),
    "birth_place": N_("Место рождения"),
    "marital_status": N_("Семейное положение"),
    "education": N_("Образование"),
    "personal_link": N_("Ссылка на личную страницу"),
}
"""Standard fields of a person, by the name of the card's attribute; anything else sent is free text."""
FREE_TEXT = "free_text"
MOST_VALUES = 10
"""Values of one field that a card gathers; further ones stand in the submissions alone."""
FINDERS = {"full_name": tokens.words, "email": tokens.email, "phone": tokens.phone}

Captured = dict[str, list[dict[str, Any]]]
"""The values of each standard field that were captured and not found wrong, with their source: the card's own first,
the others oldest first: {"value", "label", "from", "from_id", "at"}; of a corrected one also "by" (who of the staff)
and "request" (by which request), and "is_wrong" where a form brought a value back that was found wrong."""
Corrections = list[dict[str, Any]]
"""What became of values that were found wrong, oldest first. The value itself is destroyed; "mark", a keyed digest,
knows it again: {"field", "mark", "from", "since", "at", "by", "request", "why"}."""


class ConsentStanding(StrEnum):
    """On what footing a card is kept, as the list shows it; the ledger is the truth."""

    NONE = "none"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    AGAIN = "again"
    """Given after a withdrawal: whoever knows an e-mail can send a form, so staff should look twice."""


STANDINGS = {
    ConsentStanding.GIVEN: _l("Согласие дано"),
    ConsentStanding.WITHDRAWN: _l("Согласие отозвано"),
    ConsentStanding.EXPIRED: _l("Срок согласия истёк"),
    ConsentStanding.AGAIN: _l("Согласие после отзыва: проверьте"),
    ConsentStanding.NONE: _l("Без согласия"),
}


SOON = timedelta(days=14)
"""How long beforehand staff are reminded that data must be destroyed, or that a consent ends."""


ON_THE_WAY_OUT = {ConsentStanding.WITHDRAWN, ConsentStanding.EXPIRED, ConsentStanding.AGAIN}
"""Standings whose cards are restricted as a rule: who asks for them wants to see them."""


class Keeping(StrEnum):
    """Cards that are on the way out, as the list narrows to them."""

    RESTRICTED = "restricted"
    """Nobody may use the data: it is only kept."""
    SOON = "soon"
    """To be destroyed within days, or late already."""


KEEPINGS = {
    Keeping.RESTRICTED: _l("Ограничена: только хранить"),
    Keeping.SOON: _l("Скоро уничтожить"),
}


@dataclass(frozen=True)
class Identity:
    """By what a person is recognised."""

    email: str | None = None
    phone: str | None = None
    full_name: str | None = None


def is_same_person_by_phone(known: Identity, new: Identity) -> bool:
    """Whether an equal phone makes one person: not if e-mails differ, nor if the names share no word.

    Families share phones; a wrong join would show one person's data as another's.
    """
    if known.email and new.email and known.email.casefold() != new.email.casefold():
        return False
    if known.full_name and new.full_name:
        return bool(set(tokens.asked(known.full_name)) & set(tokens.asked(new.full_name)))  # whole words, no beginnings
    return True


def is_right(entry: dict[str, Any]) -> bool:
    """Whether a captured value was not found wrong."""
    return not entry.get("is_wrong")


def categories_of(captured: Captured) -> set[str]:
    """The categories of the captured values."""
    return {name for name, values in captured.items() if values}


def found_in(captured: Captured) -> Iterator[str]:
    """What the captured values make a person found by."""
    for name, find in FINDERS.items():
        for entry in filter(is_right, captured.get(name, [])):
            yield from find(entry["value"])
