"""Input of the page with the mail settings."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, IntegerField, PasswordField, RadioField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, NumberRange, ValidationError

from crm.core.inputs import Longest, one_line, stripped
from crm.core.letters import BadHeader, in_ascii
from crm.mail import policy
from crm.mail.models import MailAccount, Security

REQUIRED = DataRequired(_l("Заполните это поле."))
LONGEST_PASSWORD = 200
SHOWN = ("host", "port", "security", "username", "from_address", "from_name")
"""What the page shows of a saved account: all but the password."""


class MailForm(FlaskForm):
    """Where and as whom letters are sent."""

    host = StringField(_l("Сервер исходящей почты (SMTP)"), [REQUIRED, Longest(253), one_line], filters=[stripped])
    port = IntegerField(
        _l("Порт"), [InputRequired(_l("Напишите номер порта.")), NumberRange(1, 65535, _l("От %(min)d до %(max)d."))]
    )
    security = RadioField(
        _l("Шифрование"),
        choices=lambda: {word.value: str(label) for word, label in policy.SECURITIES.items()},
        coerce=Security,
    )
    username = StringField(
        _l("Имя для входа на сервер"),
        [Longest(254), one_line],
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    password = PasswordField(
        _l("Пароль"),
        [Longest(LONGEST_PASSWORD), one_line],
        render_kw={"autocomplete": "new-password"},
    )
    from_address = EmailField(
        _l("Адрес отправителя"),
        [REQUIRED, Longest(254), Email(_l("Это не похоже на адрес эл. почты."))],
        filters=[stripped],
    )
    from_name = StringField(_l("Имя отправителя"), [REQUIRED, Longest(100), one_line], filters=[stripped])

    def __init__(self, *, saved: MailAccount | None, new: dict[str, Any], any_port: bool) -> None:
        super().__init__(data={name: getattr(saved, name) for name in SHOWN} if saved else new)
        self._saved, self._any_port = saved, any_port

    def validate_host(self, field: StringField) -> None:
        host = policy.host_of(field.data or "")
        if not policy.is_host(host):
            raise ValidationError(_l("Это не похоже на имя сервера. Пример: smtp.example.ru"))
        field.data = host

    def validate_port(self, field: IntegerField) -> None:
        if not self._any_port and field.data not in policy.PORTS:
            raise ValidationError(_l("Почтовые серверы слушают на портах 465, 587, 25 и 2525: выберите из них."))

    def validate_password(self, field: PasswordField) -> None:
        if self.username.data and not field.data and not self._is_same_place():
            raise ValidationError(_l("Введите пароль: прежний не передаётся на другой сервер и под другим именем."))

    def validate_from_address(self, field: EmailField) -> None:
        try:
            field.data = in_ascii(field.data or "")
        except BadHeader:
            raise ValidationError(_l("В адресе отправителя до @ могут быть только латинские буквы и цифры.")) from None

    def _is_same_place(self) -> bool:
        """Whether the saved password would go where it went before, as whom it did."""
        typed = (self.host.data, self.port.data, self.username.data)
        return self._saved is not None and typed == (self._saved.host, self._saved.port, self._saved.username)

    def settings(self) -> dict[str, Any]:
        """The settings as the command takes them; no password means the saved one."""
        password = self.password.data or ("" if not self.username.data else None)
        return {name: self._fields[name].data or "" for name in SHOWN} | {"password": password}
