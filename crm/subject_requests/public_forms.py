"""Input of the pages on which anybody asks something about their own data."""

import unicodedata
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Field, Form, RadioField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional, StopValidation, ValidationError

from crm.core.inputs import Longest, stripped
from crm.subject_requests.models import RequestKind
from crm.webforms.fields import email_address, phone_number

LONGEST_TEXT = 5000
ASKED: dict[RequestKind, tuple[LazyString, LazyString]] = {
    RequestKind.ACCESS: (
        _l("Узнать, какие мои данные у вас есть"),
        _l("Пришлём сами данные и расскажем, откуда они, зачем нужны и кому переданы: в течение 10 рабочих дней."),
    ),
    RequestKind.CORRECTION: (
        _l("Исправить мои данные"),
        _l("Напишите, что неверно и как правильно. Исправим в течение 7 рабочих дней."),
    ),
    RequestKind.ERASURE: (
        _l("Удалить мои данные"),
        _l(
            "Как убедимся, что это вы, перестанем ими пользоваться, а в течение 30 дней удалим. "
            "Останется то, что велит хранить закон."
        ),
    ),
    RequestKind.WITHDRAWAL: (
        _l("Отозвать согласие на обработку данных"),
        _l("Перестанем обрабатывать данные и удалим их в течение 30 дней, если хранить их больше не на чем."),
    ),
    RequestKind.STOP_MARKETING: (
        _l("Больше не присылать рекламу и не звонить с предложениями"),
        _l("Прекратим сразу, как поймём, что пишете вы: подтвердите почту кодом из письма."),
    ),
    RequestKind.STOP_PROCESSING: (
        _l("Прекратить обработку моих данных"),
        _l("Прекратим в течение 10 рабочих дней или объясним, какой закон или договор обязывает продолжать."),
    ),
    RequestKind.UNLAWFUL: (
        _l("Данные получены незаконно или больше не нужны"),
        _l("Напишите, почему вы так считаете. Если это подтвердится, удалим в течение 7 рабочих дней."),
    ),
    RequestKind.OTHER: (
        _l("Другой вопрос о моих данных"),
        _l("Ответим в течение 10 рабочих дней."),
    ),
}
"""What a person may ask for, in plain words, and what then happens and by when (LAW.md, section 3)."""
SPOKEN = {RequestKind.CORRECTION, RequestKind.UNLAWFUL, RequestKind.OTHER}
"""What cannot be understood without a word of the person."""


def in_one_line(value: str | None) -> str | None:
    """Spaces of every kind, and lines, as single spaces; a filter of WTForms."""
    return " ".join(value.split()) if value else value


def straight(value: str | None) -> str | None:
    """Without what is not seen and may turn the writing round; a filter of WTForms."""
    return "".join(one for one in value if unicodedata.category(one) != "Cf") if value else value


def clean(form: Form, field: Field) -> None:
    """Refuse what no keyboard types: control characters and halves of letters."""
    for letter in field.data or "":
        if unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t":
            raise StopValidation(_l("Уберите непечатаемые знаки."))


def line(label: LazyString, longest: int, **options: Any) -> StringField:
    """A line of text that may be left empty."""
    return StringField(label, [Optional(), Longest(longest), clean], filters=[straight, in_one_line], render_kw=options)


class RequestForm(Form):
    """What is asked, by whom, and where the answer goes."""

    kind = RadioField(
        _l("О чём вы просите"),
        [InputRequired(_l("Выберите, о чём вы просите. Если ничего не подходит, выберите последнее."))],
        choices=lambda: {kind.value: str(words) for kind, (words, _then) in ASKED.items()},
    )
    text = TextAreaField(
        _l("Ваше обращение"), [Longest(LONGEST_TEXT), clean], filters=[straight, stripped], render_kw={"rows": 6}
    )
    full_name = line(_l("Фамилия, имя, отчество"), 200, autocomplete="name")
    facts = line(_l("Что вас с нами связывает"), 300, autocomplete="off")
    email = EmailField(
        _l("Эл. почта"),
        [Optional(), Longest(254), clean],
        filters=[in_one_line],
        render_kw={"autocomplete": "email"},
    )
    phone = TelField(
        _l("Телефон"), [Optional(), Longest(40), clean], filters=[in_one_line], render_kw={"autocomplete": "tel"}
    )
    address = line(_l("Почтовый адрес"), 500, autocomplete="street-address")

    def validate_text(self, field: Field) -> None:
        """Some wishes say all by their kind, others nothing."""
        if not field.data and self.kind.data in SPOKEN:
            raise ValidationError(_l("Напишите, в чём дело: без этого мы не поймём, что сделать."))

    def validate_email(self, field: Field) -> None:
        """In its normal form."""
        field.data = email_address(field.data)

    def validate_phone(self, field: Field) -> None:
        """In E.164."""
        field.data = phone_number(field.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """As every form, and there must be a way to answer."""
        is_valid = super().validate(extra_validators)
        if self.email.data or self.phone.data or self.address.data:
            return is_valid
        self.email.errors = [_l("Напишите хотя бы один способ вам ответить: эл. почту, телефон или адрес.")]
        return False

    def sent(self) -> dict[str, str]:
        """What was sent, by field."""
        return {name: str(value) for name, value in self.data.items() if value}


class CodeForm(Form):
    """The code from the letter."""

    code = StringField(
        _l("Код из письма"),
        [DataRequired(_l("Напишите шесть цифр из письма."))],
        filters=[lambda value: "".join((value or "")[:50].split())],
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 20},
    )
