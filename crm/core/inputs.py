"""Checks that every form of staff shares: how long a text may be and which characters it may have."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, SelectMultipleField
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from crm.core.text import is_clean


def stripped(value: str | None) -> str | None:
    """Outer spaces off; a filter of WTForms."""
    return value.strip() if value else value


class Box(CheckboxInput):
    """One of several: never demanded by itself, as a browser would want each of them ticked."""

    def __init__(self) -> None:
        super().__init__()
        self.validation_attrs = ["disabled"]


class Boxes(SelectMultipleField):
    """Boxes, any number of them."""

    widget = ListWidget(prefix_label=False)
    option_widget = Box()


class Longest:
    """Refuse a text of more characters, before any other check spends work on it."""

    def __init__(self, characters: int) -> None:
        self.characters = characters
        self.field_flags: dict[str, Any] = {"maxlength": characters}

    def __call__(self, form: Form, field: Field) -> None:
        if len(field.data or "") > self.characters:
            raise StopValidation(_l("Слишком длинно: можно не больше %(max)d знаков.", max=self.characters))


def one_line(form: Form, field: Field) -> None:
    """Refuse control characters: nothing typed here may break a line of a letter or a log."""
    if any(not letter.isprintable() for letter in field.data or ""):
        raise ValidationError(_l("Уберите непечатаемые знаки и переводы строк."))


def several_lines(form: Form, field: Field) -> None:
    """Refuse control characters but line breaks and tabs."""
    if not is_clean(field.data or ""):
        raise ValidationError(_l("Уберите непечатаемые знаки."))
