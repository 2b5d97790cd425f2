"""Input of the staff who answer a request."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from crm.core.clock import today
from crm.core.inputs import Boxes, Longest, one_line, several_lines, stripped
from crm.subject_requests.handling import POINTS, ROLES
from crm.subject_requests.models import MessageRole, Way
from crm.subject_requests.samples import MATTERS, REFUSALS, WRITTEN, Matter, Refusal

LONGEST_LETTER, LONGEST_REASON = 60_000, 3_000
HANDED = {
    Way.PAPER: _l("письмом по почте"),
    Way.IN_PERSON: _l("лично в руки"),
    Way.PHONE: _l("по телефону"),
}
FORMATS = {"pdf": _l("PDF, чтобы читать"), "json": _l("JSON, для программ")}


class TurnForm(FlaskForm):
    """A form that says which state of the request its page showed."""

    revision = HiddenField(validators=[DataRequired()])

    @property
    def seen(self) -> int:
        """The revision, 0 for none: that is no state of any request."""
        typed = self.revision.data or ""
        return int(typed[:9]) if typed.isascii() and typed.isdecimal() else 0


class BeginForm(TurnForm):
    """Which letter is begun."""

    role = RadioField(
        _l("Что пишем"),
        choices=lambda: [(role.value, str(ROLES[role])) for role in WRITTEN],
        validators=[InputRequired(_l("Выберите, что пишем."))],
    )
    matter = SelectField(
        _l("О чём ответ"),
        choices=lambda: [(matter.value, str(words)) for matter, words in MATTERS.items()],
        validate_choice=False,
    )
    refusal = SelectField(
        _l("Основание отказа"),
        choices=lambda: [
            ("", str(_l("— выберите —"))),
            *((key.value, str(one.label)) for key, one in REFUSALS.items()),
        ],
        validate_choice=False,
    )
    missing = Boxes(_l("Чего не хватает"), choices=lambda: [(key, str(words)) for key, words in POINTS.items()])
    words = TextAreaField(
        _l("Причина или уточнение своими словами"), [Longest(LONGEST_REASON), several_lines], filters=[stripped]
    )

    def validate_matter(self, field: SelectField) -> None:
        if self.role.data == MessageRole.ANSWER and field.data not in set(MATTERS):
            raise ValidationError(_l("Выберите, о чём ответ."))

    def validate_refusal(self, field: SelectField) -> None:
        if self.role.data == MessageRole.REFUSAL and field.data not in set(REFUSALS):
            raise ValidationError(_l("Выберите, на какой статье стоит отказ: без этого отказывать нельзя."))

    def validate_words(self, field: TextAreaField) -> None:
        if self.role.data == MessageRole.EXTENSION and not field.data:
            raise ValidationError(_l("Напишите причины: без них продлить срок нельзя."))
        refusal = self.chosen_refusal()
        if refusal and REFUSALS[refusal].needs_words and not field.data:
            raise ValidationError(_l("Напишите, в чём причина именно здесь: отказ без причины незаконен."))

    def chosen_refusal(self) -> Refusal | None:
        """The ground of a refusal; None for other letters."""
        is_one = self.role.data == MessageRole.REFUSAL and self.refusal.data in set(REFUSALS)
        return Refusal(self.refusal.data) if is_one else None

    def chosen_matter(self) -> Matter:
        """What an answer tells."""
        return Matter(self.matter.data) if self.role.data == MessageRole.ANSWER else Matter.OTHER


class LetterForm(TurnForm):
    """What the letter says."""

    subject = StringField(_l("Тема"), [InputRequired(_l("Напишите тему.")), Longest(200), one_line], filters=[stripped])
    text = TextAreaField(_l("Текст"), [InputRequired(_l("Письмо пусто.")), Longest(LONGEST_LETTER), several_lines])


class SendForm(TurnForm):
    """Send it."""

    is_checked = BooleanField(_l("Проверено: этот адрес принадлежит тому, чьи это данные"))


class HandForm(TurnForm):
    """The answer was given otherwise."""

    way = RadioField(
        _l("Как передан ответ"),
        choices=lambda: [(way.value, str(words)) for way, words in HANDED.items()],
        validators=[InputRequired(_l("Выберите, как передан ответ."))],
    )
    on = DateField(_l("Когда"), [InputRequired(_l("Укажите день."))], default=today)
    file = FileField(_l("Скан с подписью или квитанция: PDF, JPEG или PNG"))

    def validate_on(self, field: DateField) -> None:
        if field.data and field.data > today():
            raise ValidationError(_l("Этот день ещё не наступил."))


class CopyForm(TurnForm):
    """What of the person's copy goes with the letter."""

    digest = HiddenField()
    formats = Boxes(_l("Приложить к письму"), choices=lambda: [(key, str(words)) for key, words in FORMATS.items()])
    is_read = BooleanField(_l("Проверено: данных других людей нет"))

    def validate_is_read(self, field: BooleanField) -> None:
        if self.formats.data and not field.data:
            raise ValidationError(_l("Прочитайте тексты и поставьте отметку: данные других людей отдавать нельзя."))


def choices_of(sent: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Which values of a copy are left out, and which texts go as they are kept."""
    asked = [(name.removeprefix("item-"), value) for name, value in sent if name.startswith("item-")]
    return [key for key, value in asked if value == "out"], [key for key, value in asked if value == "whole"]
