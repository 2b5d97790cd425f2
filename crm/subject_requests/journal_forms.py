"""Input of the journal of requests: its filters, and the period of its figures."""

import uuid
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import Optional, ValidationError

from crm.subject_requests import handling
from crm.subject_requests.models import Outcome, RequestKind, RequestState, Way
from crm.subject_requests.register import Filter

Word = TypeVar("Word", bound=StrEnum)
FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)


class _Period(FlaskForm):
    """Two days; either may be missing."""

    class Meta:
        csrf = False  # it changes nothing

    since = DateField(_l("Получено с"), [Optional()])
    until = DateField(_l("по"), [Optional()])

    def validate_since(self, field: DateField) -> None:
        if field.data and not FIRST <= field.data <= LAST:
            raise ValidationError(_l("Проверьте год."))

    def validate_until(self, field: DateField) -> None:
        self.validate_since(field)
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(_l("Этот день раньше первого."))


class PeriodForm(_Period):
    """Of which days the figures are; prefixed, for it stands beside the filters."""


class JournalForm(_Period):
    """What the journal is narrowed to; it is read from the address and holds nothing about a person asking."""

    kind = SelectField(_l("О чём"), default="")
    way = SelectField(_l("Как поступило"), default="")
    state = SelectField(_l("Состояние"), default="")
    outcome = SelectField(_l("Итог"), default="")
    responsible = SelectField(_l("Ответственный"), default="")
    overdue = BooleanField(_l("просроченные"))

    def offer(self, staff: dict[uuid.UUID, str]) -> None:
        """Fill the lists of choices."""
        self.kind.choices = [("", _l("всё")), *_words(handling.KINDS.items())]
        self.way.choices = [("", _l("любым путём")), *_words(handling.WAYS.items())]
        self.state.choices = [("", _l("любое")), *_words(handling.STATES.items())]
        self.outcome.choices = [("", _l("любой")), *_words(handling.OUTCOMES.items())]
        self.responsible.choices = [("", _l("любой")), *((key.hex, name) for key, name in staff.items())]

    def narrowed(self) -> Filter:
        """The filter that the form describes."""
        return Filter(
            kind=_word(RequestKind, self.kind.data),
            way=_word(Way, self.way.data),
            state=_word(RequestState, self.state.data),
            outcome=_word(Outcome, self.outcome.data),
            responsible_id=uuid.UUID(self.responsible.data) if self.responsible.data else None,
            since=self.since.data,
            until=self.until.data,
            is_overdue=bool(self.overdue.data),
        )


def _words(items: Iterable[tuple[StrEnum, LazyString]]) -> list[tuple[str, LazyString]]:
    return [(word.value, label) for word, label in items]


def _word(words: type[Word], value: str | None) -> Word | None:
    return words(value) if value else None
