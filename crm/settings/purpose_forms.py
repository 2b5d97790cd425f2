"""Input of the register of purposes."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, NumberRange, ValidationError
from wtforms.widgets import HiddenInput

from crm.agreements.policy import BY_TICK, RETENTION_DAYS
from crm.agreements.ready import ARTICLES, LegalBasis, Proof, PurposeKind
from crm.core.inputs import Longest, one_line, several_lines, stripped

BASES = {
    LegalBasis.CONSENT: _l("согласие"),
    LegalBasis.CONTRACT: _l("договор с человеком"),
    LegalBasis.LAW: _l("обязанность по закону"),
    LegalBasis.LEGITIMATE_INTEREST: _l("законный интерес"),
}
KINDS = {
    PurposeKind.ENQUIRY: _l("Ответ на обращение"),
    PurposeKind.REGISTRATION: _l("Регистрация и учётная запись"),
    PurposeKind.NEWSLETTER: _l("Рассылка рекламы и новостей"),
    PurposeKind.TRANSFER: _l("Передача данных названному лицу"),
    PurposeKind.OTHER: _l("Другая цель"),
}
PROOFS = {
    Proof.TICK: _l("отметка на странице"),
    Proof.DOUBLE: _l("отметка и кнопка по ссылке из письма (реклама, рассылки)"),
    Proof.WRITTEN: _l("письменная форма: здоровье, биометрия и другие особые данные"),
    Proof.DISTRIBUTION: _l("распространение: данные увидит кто угодно"),
}


SPECIAL = re.compile(
    "здоров|диагно|инвалид|биометр|отпечат|религи|судимост|национальн|политическ|интимн", re.IGNORECASE
)
"""Beginnings of words that name special categories of data or biometrics."""


def _text(label: Any, longest: int, *checks: Any) -> TextAreaField:
    needed = DataRequired(_l("Заполните это поле."))
    return TextAreaField(label, [needed, Longest(longest), *(checks or [several_lines])], filters=[stripped])


class PurposeForm(FlaskForm):
    """A purpose of the register; what it must say depends on its kind."""

    name = _text(_l("Цель"), 300, one_line)
    basis = SelectField(
        _l("На каком основании"),
        choices=lambda: {word.value: str(label) for word, label in BASES.items()},
        coerce=LegalBasis,
    )
    article = StringField(_l("Норма закона"), [Longest(200), one_line], filters=[stripped])
    data = _text(_l("Какие данные"), 1000)
    subjects = _text(_l("Чьи данные"), 500)
    actions = _text(_l("Что с ними делают"), 500)
    recipients = TextAreaField(
        _l("Кому передаются: название, адрес, зачем"), [Longest(1000), several_lines], filters=[stripped]
    )
    retention_days = IntegerField(
        _l("Срок хранения, дней"),
        [
            InputRequired(_l("Напишите число дней.")),
            NumberRange(
                min=RETENTION_DAYS.start, max=RETENTION_DAYS.stop - 1, message=_l("От %(min)d до %(max)d дней.")
            ),
        ],
    )
    proof = SelectField(
        _l("Чем доказывается согласие"),
        choices=lambda: {word.value: str(label) for word, label in PROOFS.items()},
        coerce=Proof,
    )
    box_label = TextAreaField(_l("Слова рядом с отметкой"), [Longest(300), one_line], filters=[stripped])
    revision = IntegerField(widget=HiddenInput(), default=1)

    def __init__(self, kind: PurposeKind, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    def validate_basis(self, field: Field) -> None:
        """Nobody sends advertising on another ground than the consent of who gets it."""
        if self.kind is PurposeKind.NEWSLETTER and field.data is not LegalBasis.CONSENT:
            raise ValidationError(
                _l(
                    "Рекламу рассылают только с предварительного согласия (часть 1 статьи 18 Закона № 38-ФЗ, "
                    "часть 1 статьи 15 Закона № 152-ФЗ)."
                )
            )

    def validate_article(self, field: Field) -> None:
        """An empty article, or that of another ground left standing, becomes the article of the chosen ground."""
        if isinstance(self.basis.data, LegalBasis) and field.data in ("", None, *ARTICLES.values()):
            field.data = ARTICLES[self.basis.data]

    def validate_recipients(self, field: Field) -> None:
        """Consent to pass data on is consent only if it names to whom."""
        if self.kind is PurposeKind.TRANSFER and self._is_asked() and not field.data:
            raise ValidationError(
                _l(
                    "Назовите, кому передаются данные: согласие передать их неизвестно кому не конкретное "
                    "и потому не действует (часть 1 статьи 9 Закона № 152-ФЗ)."
                )
            )

    def validate_proof(self, field: Field) -> None:
        """A tick alone does not tell who ticked, and advertising needs the consent of the addressee."""
        if self.kind is PurposeKind.NEWSLETTER and field.data is not Proof.DOUBLE:
            raise ValidationError(
                _l(
                    "Для рекламы одной отметки мало: доказать, что согласие дал сам адресат, обязан рекламодатель "
                    "(часть 1 статьи 18 Закона № 38-ФЗ). Оставьте подтверждение по ссылке из письма."
                )
            )

    def validate_data(self, field: Field) -> None:
        """Special categories and biometrics need consent in writing (art. 10, 11)."""
        if self._is_asked() and SPECIAL.search(field.data or ""):
            raise ValidationError(
                _l(
                    "Похоже на особые данные (статьи 10 и 11 Закона № 152-ФЗ): отметки на странице для них мало. "
                    "Уберите их или выберите письменную форму."
                )
            )

    def validate_box_label(self, field: Field) -> None:
        """A purpose that a form asks consent for needs its words."""
        if self._is_asked() and not field.data:
            raise ValidationError(_l("Напишите, что увидит посетитель рядом с отметкой."))

    def _is_asked(self) -> bool:
        return self.basis.data is LegalBasis.CONSENT and self.proof.data in BY_TICK

    def values(self) -> dict[str, Any]:
        """The purpose as the command takes it."""
        names = [name for name in PurposeForm.__dict__ if name in self._fields and name != "revision"]
        return {name: self._fields[name].data or "" for name in names}
