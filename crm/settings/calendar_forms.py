"""Input of the page with the working days."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField
from wtforms.validators import InputRequired, ValidationError


class DayForm(FlaskForm):
    """One day, and whether it is worked."""

    day = DateField(_l("День"), [InputRequired(_l("Выберите день."))])
    is_working = RadioField(
        _l("Какой это день"),
        [InputRequired(_l("Выберите, рабочий это день или выходной."))],
        choices=lambda: [("no", str(_l("выходной"))), ("yes", str(_l("рабочий")))],
    )

    def __init__(self, years: Sequence[int], **values: Any) -> None:
        super().__init__(**values)
        self.years = years
        self.day.render_kw = {"min": f"{years[0]}-01-01", "max": f"{years[-1]}-12-31"}

    def validate_day(self, field: DateField) -> None:
        """A slip in the year would be seen by nobody."""
        if field.data and field.data.year not in self.years:
            raise ValidationError(_("Год от %(first)d до %(last)d.", first=self.years[0], last=self.years[-1]))

    def said(self) -> dict[date, bool]:
        """What was said of the day."""
        return {self.day.data: self.is_working.data == "yes"} if self.day.data else {}
