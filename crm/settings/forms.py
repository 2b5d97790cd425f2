"""Input of the document editor."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional
from wtforms.widgets import HiddenInput

from crm.agreements.policy import LONGEST_SOURCE, RETENTION_DAYS
from crm.core.inputs import Longest, several_lines


class DocumentForm(FlaskForm):
    """A document under edit."""

    draft = TextAreaField(
        _l("Текст"),
        [
            DataRequired(_l("Текст не может быть пустым.")),
            Longest(LONGEST_SOURCE),
            several_lines,
        ],
    )
    purpose = StringField(_l("Цель обработки"), [DataRequired(_l("Назовите цель.")), Longest(300), several_lines])
    retention_days = IntegerField(
        _l("Срок хранения, дней"),
        [
            InputRequired(_l("Напишите число дней.")),
            NumberRange(
                min=RETENTION_DAYS.start, max=RETENTION_DAYS.stop - 1, message=_l("От %(min)d до %(max)d дней.")
            ),
        ],
    )
    reviewed = BooleanField(_l("Мы прочитали текст и сверили его со своей работой: это больше не образец"))
    shown_for = SelectField(_l("Показать для формы"), [Optional()])
    revision = IntegerField(widget=HiddenInput(), default=1)
