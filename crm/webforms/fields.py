"""The fields a form can have, and the validation that a published version makes of them."""

import re
import uuid
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from wtforms import Form, StringField
from wtforms.validators import StopValidation, ValidationError

from crm.clients.policy import FIELDS
from crm.core.clock import today
from crm.core.text import N_, e164

MARITAL_STATUSES = ["Не состою в браке", "Состою в браке", "В разводе", "Вдовец / вдова"]
EDUCATIONS = ["Среднее", "Среднее профессиональное", "Неоконченное высшее", "Высшее", "Учёная степень"]
FREE_TEXTS = ("text_1", "text_2", "text_3")
OLDEST = date(1900, 1, 1)


class Kind(NamedTuple):
    """How a field looks in the browser and what its longest value is."""

    control: str
    longest: int
    autocomplete: str = "off"
    options: tuple[str, ...] = ()


KINDS = {
    "full_name": Kind("text", 200, "name"),
    "email": Kind("email", 254, "email"),
    "phone": Kind("tel", 40, "tel"),
    "address": Kind("text", 500, "street-address"),
    "birth_date": Kind("date", 10, "bday"),
    "birth_place": Kind("text", 300),
    "marital_status": Kind("select", 40, options=tuple(MARITAL_STATUSES)),
    "education": Kind("select", 40, options=tuple(EDUCATIONS)),
    "personal_link": Kind("url", 500, "url"),
    **dict.fromkeys(FREE_TEXTS, Kind("textarea", 5000)),
}
DEFAULT_LABELS = FIELDS | {
    "text_1": N_("Сообщение"),
    "text_2": N_("Ещё один вопрос"),
    "text_3": N_("И ещё один вопрос"),
}
STARTING_FIELDS = ["full_name", "phone", "email", "text_1"]


def email_address(value: str) -> str:
    """A valid e-mail in its normal form (no network is asked); ValidationError with words for the visitor."""
    try:
        return validate_email(value, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise ValidationError(_l("Это не похоже на адрес эл. почты. Пример: anna@example.ru.")) from None


def phone_number(value: str) -> str:
    """A phone in E.164, read as a Russian one when it names no country; ValidationError."""
    number = e164(value)
    if number is None:
        raise ValidationError(_l("Это не похоже на телефон. Пример: 8 (912) 345-67-89."))
    return number


def past_date(value: str) -> str:
    """A date of birth as ISO text, from 1900 to today; ValidationError."""
    for shape in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            found = datetime.strptime(value, shape).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
        if OLDEST <= found <= today():
            return found.isoformat()
        raise ValidationError(_l("Такой даты рождения не бывает: проверьте год."))
    raise ValidationError(_l("Напишите дату так: 31.12.1990."))


def web_link(value: str) -> str:
    """An http(s) address; one without a scheme gets https; ValidationError."""
    value = value if "://" in value else f"https://{value}"
    if not re.fullmatch(r"https?://[^\s/.@:?#<>\"']+\.[^\s<>\"']+", value, re.IGNORECASE):
        raise ValidationError(_l("Это не похоже на ссылку. Пример: https://vk.com/anna."))
    return value


NORMAL_FORMS: dict[str, Callable[[str], str]] = {
    "email": email_address,
    "phone": phone_number,
    "birth_date": past_date,
    "personal_link": web_link,
}


@lru_cache(maxsize=512)
def _form_class(version_id: uuid.UUID, fields: tuple[tuple[str, bool], ...]) -> type[Form]:
    attributes = {name: StringField(name, rules(name, required=required)) for name, required in fields}
    return type("PublicForm", (Form,), attributes)


def read(version_id: uuid.UUID, fields: list[dict[str, Any]], posted: Any) -> Form:
    """The posted values of a version's fields, ready to be validated."""
    shape = tuple((field["name"], bool(field["required"])) for field in fields)
    return _form_class(version_id, shape)(posted)


def answers(fields: list[dict[str, Any]], form: Form) -> dict[str, dict[str, str]]:
    """What a valid form says: {name: {"value", "label"}} of the fields that were filled."""
    return {
        field["name"]: {"value": form[field["name"]].data, "label": field["label"]}
        for field in fields
        if form[field["name"]].data
    }


def rules(name: str, *, required: bool) -> list[Callable[[Form, StringField], None]]:
    """What a value of this kind of field must be; they leave it in its normal form."""
    kind = KINDS[name]

    def presence(form: Form, field: StringField) -> None:
        field.data = (field.data or "").strip()
        if not field.data and required:
            raise StopValidation(_l("Заполните это поле."))
        if not field.data:
            raise StopValidation()

    def size(form: Form, field: StringField) -> None:
        if len(field.data or "") > kind.longest:
            message = _l("Слишком длинно: можно не больше %(max)d знаков.", max=kind.longest)
            raise StopValidation(message)

    def letters(form: Form, field: StringField) -> None:
        allowed = "\n\r\t" if kind.control == "textarea" else ""
        if any((ord(letter) < 32 and letter not in allowed) or letter == "\x7f" for letter in field.data or ""):
            raise StopValidation(_l("Уберите непечатаемые знаки."))
        if any(0xD800 <= ord(letter) <= 0xDFFF for letter in field.data or ""):
            raise StopValidation(_l("Уберите непечатаемые знаки."))

    def meaning(form: Form, field: StringField) -> None:
        if kind.options and field.data not in kind.options:
            raise ValidationError(_l("Выберите из списка."))
        if name in NORMAL_FORMS:
            field.data = NORMAL_FORMS[name](field.data or "")

    return [presence, size, letters, meaning]
