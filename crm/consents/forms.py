"""Input of staff who write down what a client willed."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, Field, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from crm.agreements.ready import Proof
from crm.consents.models import Channel
from crm.consents.policy import BY_STAFF, CHANNELS, proves
from crm.core.clock import today
from crm.core.inputs import Boxes, Longest, several_lines, stripped
from crm.core.text import day

EARLIEST = date(2006, 7, 27)
"""The day of Federal Law 152-FZ: no consent under it is older."""


def _ways() -> dict[str, str]:
    return {word.value: str(CHANNELS[word]) for word in BY_STAFF}


def _ways_back() -> dict[str, str]:
    return {way: label for way, label in _ways().items() if way != Channel.CONTRACT.value}


def _not_ahead(form: FlaskForm, field: Field) -> None:
    if field.data and not EARLIEST <= field.data <= today():
        raise ValidationError(_l("День должен быть не раньше 27.07.2006 и не позже сегодняшнего."))


def _day(label: Any) -> DateField:
    return DateField(label, [DataRequired(_l("Напишите день.")), _not_ahead])


def _note() -> TextAreaField:
    return TextAreaField(_l("Примечание"), [Optional(), Longest(1000), several_lines], filters=[stripped])


class WithdrawalForm(FlaskForm):
    """How a client took consent back, and for what."""

    purposes = Boxes(_l("Для каких целей"), [InputRequired(_l("Отметьте хотя бы одну цель."))])
    channel = RadioField(
        _l("Как пришёл отзыв"), choices=_ways_back, validators=[InputRequired(_l("Укажите, как пришёл отзыв."))]
    )
    given_on = _day(_l("Когда пришёл отзыв"))
    note = _note()
    file = FileField(_l("Скан или письмо: PDF, JPEG или PNG"))

    given: Mapping[str, date] = {}
    """When each consent that holds was given."""

    def validate_given_on(self, field: Field) -> None:
        """Nobody takes back what is not given yet."""
        given = [self.given[purpose] for purpose in self.purposes.data or [] if purpose in self.given]
        if field.data and given and field.data < max(given):
            raise ValidationError(_("Согласие дано позже: %(day)s.", day=day(max(given))))


class GivingForm(FlaskForm):
    """A consent that reached staff on paper, by phone, in a contract."""

    given_on = _day(_l("В какой день согласился клиент"))
    version = RadioField(  # type: ignore[call-arg]  # the library is newer than its types
        _l("С каким текстом"),
        validators=[InputRequired(_l("Выберите текст."))],
        invalid_choice_message=_l("В этот день действовали другие тексты: выберите из них."),
    )
    channel = RadioField(
        _l("Как получено согласие"), choices=_ways, validators=[InputRequired(_l("Укажите, как получено согласие."))]
    )
    note = _note()
    file = FileField(_l("Скан или договор: PDF, JPEG или PNG"))

    proofs: Mapping[str, Proof] = {}
    """How each offered consent must be proved."""

    def validate_given_on(self, field: Field) -> None:
        """There is nothing to agree to before the first text."""
        if "version" not in self:
            raise ValidationError(_l("В этот день опубликованных текстов ещё не было."))

    def validate_channel(self, field: Field) -> None:
        """Where the law wants a signature, a call will not do."""
        proof = self.proofs.get(self.version.data or "") if "version" in self else None
        if proof and field.data and not proves(Channel(field.data), proof):
            raise ValidationError(
                _l("Для этой цели закон требует письменную форму: «на бумаге» или «договор» (часть 4 статьи 9).")
            )

    def validate_file(self, field: Field) -> None:
        """What must be signed is proved by the signed paper."""
        proof = self.proofs.get(self.version.data or "") if "version" in self else None
        if proof in (Proof.WRITTEN, Proof.DISTRIBUTION) and not field.data:
            raise ValidationError(_l("Приложите скан: письменную форму доказывает подписанная бумага."))


class GroundForm(FlaskForm):
    """Another ground than consent."""

    purpose = SelectField(_l("Цель из реестра"), [DataRequired(_l("Выберите цель."))])
    since_on = _day(_l("С какого дня"))
    until_on = DateField(_l("По какой день"), [Optional()])
    note = TextAreaField(
        _l("Чем подтверждается: номер и дата договора"),
        [DataRequired(_l("Напишите, чем подтверждается.")), Longest(1000), several_lines],
        filters=[stripped],
    )

    def validate_until_on(self, field: Field) -> None:
        """A ground that is over holds nothing."""
        if field.data and self.since_on.data and field.data < self.since_on.data:
            raise ValidationError(_l("Последний день раньше первого."))
        if field.data and field.data < today():
            raise ValidationError(_l("Этот день уже прошёл: такое основание ничего не держит."))

    def values(self) -> dict[str, Any]:
        """The ground as the command takes it."""
        return {
            "purpose_id": uuid.UUID(self.purpose.data),
            "since_on": self.since_on.data,
            "until_on": self.until_on.data,
            "note": self.note.data or "",
        }
