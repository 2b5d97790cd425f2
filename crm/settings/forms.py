"""Input of the document editor."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from crm.agreements.policy import LONGEST_SOURCE, RETENTION_DAYS
from crm.core.text import is_clean


def _clean(form: FlaskForm, field: StringField) -> None:
    if not is_clean(field.data or ""):
        raise ValidationError(_l("Уберите непечатаемые знаки."))


class DocumentForm(FlaskForm):
    """A document under edit."""

    draft = TextAreaField(
        _l("Текст"),
        [
            DataRequired(_l("Текст не может быть пустым.")),
            Length(max=LONGEST_SOURCE, message=_l("Слишком длинно: можно не больше %(max)d знаков.")),
            _clean,
        ],
    )
    purpose = StringField(_l("Цель обработки"), [DataRequired(_l("Назовите цель.")), Length(max=300), _clean])
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
