"""Input of the page that destroys a client's data."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import InputRequired, ValidationError

from crm.erasure import policy
from crm.erasure.models import Reason


class ErasureForm(FlaskForm):
    """Why, and the word that says it is meant."""

    reason = RadioField(
        _l("Причина"),
        choices=lambda: {reason.value: str(words) for reason, words in policy.REASONS.items()},
        validators=[InputRequired(_l("Выберите причину: она войдёт в акт."))],
    )
    confirmation = StringField(
        _l("Чтобы подтвердить, напишите слово УНИЧТОЖИТЬ"),
        [InputRequired(_l("Напишите слово УНИЧТОЖИТЬ."))],
        render_kw={"autocomplete": "off"},
    )
    request = HiddenField()
    """The request for which it is done, if any."""

    def validate_confirmation(self, field: StringField) -> None:
        if not policy.is_confirmed(field.data or ""):
            raise ValidationError(_l("Слово не совпало. Напишите: УНИЧТОЖИТЬ."))

    def chosen(self) -> Reason:
        """The reason as the command takes it."""
        return Reason(self.reason.data)
