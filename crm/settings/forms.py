"""Input of the document editor, of the days of grace and of asking people again."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, StopValidation
from wtforms.widgets import HiddenInput

from crm.agreements.policy import LONGEST_SOURCE
from crm.core.clock import today
from crm.core.inputs import Longest, several_lines

MOST_GRACE_DAYS = 30
SHORTEST_NOTICE_DAYS, LONGEST_NOTICE_DAYS = 7, 366
"""People need time to read a letter and to answer it."""
STAYS, LAPSES = "stays", "lapses"


class DocumentForm(FlaskForm):
    """A document under edit."""

    AS_THE_FORM = _l("то, от имени которого работает форма")

    draft = TextAreaField(
        _l("Текст"),
        [
            DataRequired(_l("Текст не может быть пустым.")),
            Longest(LONGEST_SOURCE),
            several_lines,
        ],
    )
    reviewed = BooleanField(_l("Мы прочитали текст и сверили его со своей работой: это больше не образец"))
    shown_for = SelectField(_l("Показать для формы"), [Optional()])
    shown_by = SelectField(_l("Юридическое лицо"), [Optional()])
    revision = IntegerField(widget=HiddenInput(), default=1)


class GraceForm(FlaskForm):
    """How long forms may collect by texts that are no longer true."""

    grace_days = IntegerField(
        _l("Отсрочка, дней"),
        [
            InputRequired(_l("Напишите число дней: 0 — без отсрочки.")),
            NumberRange(min=0, max=MOST_GRACE_DAYS, message=_l("От %(min)d до %(max)d дней.")),
        ],
    )


def _day_of_lapse(form: FlaskForm, field: Field) -> None:
    """The day is needed where consent lapses, and must leave time to answer."""
    typed, field.errors = field.raw_data, []
    if form.outcome.data != LAPSES:
        raise StopValidation
    if field.data is None:
        raise StopValidation(_l("Такого дня нет.") if typed and any(typed) else _l("Назовите последний день."))
    first, last = (today() + timedelta(days=days) for days in (SHORTEST_NOTICE_DAYS, LONGEST_NOTICE_DAYS))
    if not first <= field.data <= last:
        words = _l(
            "Не раньше %(first)s и не позже %(last)s: людям нужно время, чтобы прочитать письмо и ответить.",
            first=f"{first:%d.%m.%Y}",
            last=f"{last:%d.%m.%Y}",
        )
        raise StopValidation(words)


class RenewalForm(FlaskForm):
    """What becomes of an old consent that is not given again."""

    outcome = RadioField(
        _l("Что будет с согласием тех, кто не ответит"),
        choices=lambda: {
            STAYS: str(_l("прежнее согласие остаётся в силе")),
            LAPSES: str(_l("прежнее согласие перестаёт действовать после дня, названного ниже")),
        },
        validators=[InputRequired(_l("Выберите одно из двух."))],
    )
    lapses_on = DateField(_l("Последний день прежнего согласия"), [_day_of_lapse])
