"""Input of the list's filters and of a card's corrections."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field, HiddenField, SearchField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional, StopValidation

from crm.clients.models import Client
from crm.clients.policy import FIELDS, KEEPINGS, SOON, STANDINGS, ConsentStanding, Keeping
from crm.clients.queries import Filter
from crm.core import text
from crm.core.clock import MOSCOW, today
from crm.core.inputs import Boxes, Longest, several_lines, stripped
from crm.webforms.fields import KINDS, rules


class FilterForm(FlaskForm):
    """What the list is narrowed to; it is read from the address, so a page of the list can be kept."""

    class Meta:
        csrf = False  # it changes nothing

    q = SearchField(_l("Найти"), [Optional(), Longest(200)])
    standing = SelectField(_l("Состояние"), default="")
    opened_by = SelectField(_l("Форма"), default="")
    since = DateField(_l("Карточка открыта с"), [Optional()])
    until = DateField(_l("по"), [Optional()])

    def offer(self, forms: list[tuple[str, str]]) -> None:
        """Fill the lists of choices."""
        words = [(word.value, label) for word, label in [*STANDINGS.items(), *KEEPINGS.items()]]
        self.standing.choices = [("", _l("любое")), *words]
        self.opened_by.choices = [("", _l("любая")), *forms]

    def narrowed(self) -> Filter:
        """The filter that the form describes."""
        wanted = self.standing.data
        return Filter(
            query=self.q.data or "",
            standing=ConsentStanding(wanted) if wanted in set(ConsentStanding) else None,
            form_id=uuid.UUID(self.opened_by.data) if self.opened_by.data else None,
            since=_first_key(self.since.data) if self.since.data else None,
            until=_first_key(self.until.data, after=timedelta(days=1)) if self.until.data else None,
            is_restricted=wanted == Keeping.RESTRICTED,
            due_by=today() + SOON if wanted == Keeping.SOON else None,
        )


def _first_key(day: date, *, after: timedelta = timedelta(0)) -> uuid.UUID:
    """The least UUIDv7 of a Moscow day: keys sort by time, so a range of keys is a range of dates."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=MOSCOW)  # years 1 and 9999 can be typed too
    milliseconds = (midnight.timestamp() + after.total_seconds()) * 1000
    return uuid.UUID(int=max(int(milliseconds), 0) << 80)


def _untouched(form: FlaskForm, field: Field) -> None:
    """What nobody changed is not judged: it may have come when other rules held."""
    if field.data == field.object_data:
        raise StopValidation()


class CorrectionForm(FlaskForm):
    """What a card says and what is true; a field for every standard one of a person is added below."""

    wrong = Boxes(_l("Что ещё в карточке неверно"))
    request = SelectField(_l("По какому обращению"), default="")
    why = TextAreaField(
        _l("Чем подтверждается"),
        [DataRequired(_l("Напишите, чем подтверждается исправление.")), Longest(1000), several_lines],
        filters=[stripped],
    )
    seen = HiddenField()

    def offer(self, others: Iterable[tuple[str, str]], requests: Iterable[tuple[str, str]]) -> None:
        """Fill the lists of choices: further values of the card, and the requests about it."""
        self.wrong.choices = list(others)
        self.request.choices = [("", _l("без обращения")), *requests]
        if not self.wrong.choices:
            del self.wrong
        for name, kind in KINDS.items():
            if kind.options and name in FIELDS:
                offered = dict.fromkeys((*kind.options, self[name].object_data or kind.options[0]))
                self[name].choices = [("", _l("не указано")), *((one, one) for one in offered)]

    def true_values(self, client: Client) -> dict[str, str]:
        """The card's own values as they are to be, by field."""
        fields = {name: self[name] for name in FIELDS}
        shown = {name: getattr(client, name) or "" for name in FIELDS}
        return {name: shown[name] if one.data == one.object_data else one.data or "" for name, one in fields.items()}


def shown_values(client: Client) -> dict[str, str]:
    """The card's own values as people write them."""
    values = {name: getattr(client, name) or "" for name in FIELDS}
    return values | {"phone": text.phone(values["phone"]) if values["phone"] else ""}


def _field(name: str) -> Field:
    kind, checks = KINDS[name], [_untouched, *rules(name, required=False)]
    if kind.options:
        return SelectField(_l(FIELDS[name]), checks, validate_choice=False)
    return StringField(_l(FIELDS[name]), checks, render_kw={"type": kind.control, "autocomplete": "off"})


for _name in FIELDS:
    setattr(CorrectionForm, _name, _field(_name))
