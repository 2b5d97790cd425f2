"""Input of the pages that let people in, and of the requisites."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, Email, Optional, ValidationError
from wtforms.widgets import HiddenInput

from crm.accounts import policy
from crm.accounts.models import LegalForm
from crm.core.inputs import Longest, one_line, several_lines, stripped
from crm.core.text import e164

REQUIRED = DataRequired(_l("Заполните это поле."))


def russian_phone(form: FlaskForm, field: StringField) -> None:
    """Bring a phone to E.164 or say that it is none."""
    number = e164(field.data or "")
    if number is None:
        raise ValidationError(_l("Это не похоже на телефон. Пример: +7 495 123-45-67."))
    field.data = number


def text(label: str, length: int, **options: Any) -> StringField:
    """A required line of text."""
    return StringField(
        label,
        [REQUIRED, Longest(length), one_line],
        filters=[stripped],
        **options,
    )


def email(label: str) -> EmailField:
    """A required e-mail."""
    return EmailField(
        label,
        [REQUIRED, Longest(254), Email(_l("Это не похоже на адрес эл. почты."))],
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )


class SignInForm(FlaskForm):
    """Who comes in."""

    email = EmailField(
        _l("Эл. почта"), [REQUIRED, Longest(254), one_line], filters=[stripped], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(_l("Пароль"), [REQUIRED, Longest(1000)], render_kw={"autocomplete": "current-password"})


class RequisitesForm(FlaskForm):
    """What the law wants known of the operator."""

    name = text(_l("Название компании или ФИО предпринимателя"), 300)
    legal_form = SelectField(
        _l("Правовая форма"),
        choices=lambda: {word.value: str(label) for word, label in policy.LEGAL_FORMS.items()},
        coerce=LegalForm,
    )
    inn = text(_l("ИНН"), 12, render_kw={"inputmode": "numeric"})
    ogrn = text(_l("ОГРН или ОГРНИП"), 15, render_kw={"inputmode": "numeric"})
    address = text(_l("Адрес"), 500)
    request_email = email(_l("Эл. почта для обращений о персональных данных"))
    request_phone = TelField(
        _l("Телефон для обращений"), [REQUIRED, Longest(40), one_line, russian_phone], filters=[stripped]
    )
    responsible_person = text(_l("Ответственный за обработку персональных данных (ФИО)"), 200)
    processor = TextAreaField(
        _l("Кому поручена обработка: название и адрес"), [Optional(), Longest(500), several_lines], filters=[stripped]
    )

    def validate_inn(self, field: StringField) -> None:
        _refuse(policy.inn_fault(field.data or "", self._legal_form()))

    def validate_ogrn(self, field: StringField) -> None:
        _refuse(policy.ogrn_fault(field.data or "", self._legal_form()))

    def _legal_form(self) -> LegalForm:
        return self.legal_form.data if isinstance(self.legal_form.data, LegalForm) else LegalForm.OTHER

    def requisites(self) -> dict[str, Any]:
        """The requisites as the command takes them."""
        names = [name for name in RequisitesForm.__dict__ if name in self._fields]
        return {name: self._fields[name].data or "" for name in names}


class EntityForm(RequisitesForm):
    """The requisites of a legal entity that is known, with the mark of what they were when the page was opened."""

    seen = StringField(widget=HiddenInput())


def new_password() -> PasswordField:
    """A password to be made up."""
    return PasswordField(_l("Придумайте пароль"), [REQUIRED], render_kw={"autocomplete": "new-password"})


class PasswordForm(FlaskForm):
    """A new password of somebody known."""

    new_password = new_password()

    def own_words(self) -> list[str]:
        """Words that this password must not be made of."""
        return []

    def validate_new_password(self, field: PasswordField) -> None:
        _refuse(policy.password_fault(field.data or "", self.own_words()))


class SignUpForm(RequisitesForm, PasswordForm):
    """A new operator with its owner."""

    owner_name = text(_l("Ваши фамилия, имя, отчество"), 200, render_kw={"autocomplete": "name"})
    owner_position = text(_l("Ваша должность"), 200)
    owner_email = email(_l("Ваша эл. почта: с ней вы будете входить"))
    new_password = new_password()

    def own_words(self) -> list[str]:
        return own_words(self.name.data, self.owner_name.data, self.owner_email.data)


class InvitedSignUpForm(SignUpForm):
    """The same where the installation lets in by invitation only."""

    code = text(_l("Код приглашения"), 100)


class StaffForm(FlaskForm):
    """A new manager."""

    name = text(_l("Фамилия, имя, отчество"), 200)
    position = text(_l("Должность"), 200)
    email = email(_l("Эл. почта: с ней сотрудник будет входить"))


def own_words(*texts: str | None) -> list[str]:
    """The first words of these texts: a name has no more."""
    words = [word for text in texts for word in (text or "")[:1000].casefold().replace("@", " ").split()]
    return words[:50]


def _refuse(fault: str | None) -> None:
    if fault:
        raise ValidationError(fault)
