"""Input of the list's filters and of the card."""

import uuid
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SearchField, SelectField
from wtforms.validators import Optional

from crm.clients.policy import KEEPINGS, SOON, STANDINGS, ConsentStanding, Keeping
from crm.clients.queries import Filter
from crm.core.clock import MOSCOW, today
from crm.core.inputs import Longest


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
