"""Input of the page with the mailbox into which people write."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, IntegerField, PasswordField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, InputRequired, NumberRange, ValidationError

from crm.core.inputs import Longest, one_line, several_lines, stripped
from crm.core.letters import BadHeader, in_ascii
from crm.mail import policy
from crm.mail.inbox import Settings
from crm.mail.models import Afterwards, Mailbox, Security

REQUIRED = DataRequired(_l("Заполните это поле."))
LONGEST_PASSWORD = 200
SHOWN = ("address", "host", "port", "security", "username", "afterwards", "move_to", "is_on")
"""What the page shows of a saved mailbox: all but the password."""


class MailboxForm(FlaskForm):
    """Where and as whom letters are read."""

    address = EmailField(
        _l("Адрес для обращений"),
        [REQUIRED, Longest(254), Email(_l("Это не похоже на адрес эл. почты."))],
        filters=[stripped],
    )
    host = StringField(_l("Сервер входящей почты (IMAP)"), [REQUIRED, Longest(253), one_line], filters=[stripped])
    security = RadioField(
        _l("Шифрование"),
        choices=lambda: {word.value: str(label) for word, label in policy.IMAP_SECURITIES.items()},
        coerce=Security,
    )
    port = IntegerField(
        _l("Порт"), [InputRequired(_l("Напишите номер порта.")), NumberRange(1, 65535, _l("От %(min)d до %(max)d."))]
    )
    username = StringField(
        _l("Имя для входа на сервер"),
        [REQUIRED, Longest(254), one_line],
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    password = PasswordField(
        _l("Пароль"), [Longest(LONGEST_PASSWORD), one_line], render_kw={"autocomplete": "new-password"}
    )
    folders = TextAreaField(
        _l("Папки, из которых забирать письма"),
        [REQUIRED, Longest((policy.LONGEST_FOLDER + 2) * policy.MOST_FOLDERS), several_lines],
    )
    afterwards = RadioField(
        _l("Что делать с забранным письмом"),
        choices=lambda: {word.value: str(label) for word, label in policy.AFTERWARDS.items()},
        coerce=Afterwards,
    )
    move_to = StringField(_l("Куда перекладывать"), [Longest(policy.LONGEST_FOLDER), one_line], filters=[stripped])
    is_on = BooleanField(_l("Забирать письма из ящика"))

    def __init__(
        self, *, saved: Mailbox | None, folders: list[str], new: Mapping[str, Any], any_port: bool, **options: Any
    ) -> None:
        shown = {name: getattr(saved, name) for name in SHOWN} if saved else dict(new)
        super().__init__(data=shown | {"folders": "\n".join(folders)}, **options)
        self._saved, self._any_port = saved, any_port

    def validate_address(self, field: EmailField) -> None:
        try:
            field.data = in_ascii(field.data or "")
        except BadHeader:
            raise ValidationError(_l("В адресе до @ могут быть только латинские буквы и цифры.")) from None

    def validate_host(self, field: StringField) -> None:
        host = policy.host_of(field.data or "")
        if not policy.is_host(host):
            raise ValidationError(_l("Это не похоже на имя сервера. Пример: imap.example.ru"))
        field.data = host

    def validate_port(self, field: IntegerField) -> None:
        if not self._any_port and field.data not in policy.IMAP_PORTS:
            raise ValidationError(_l("Почту читают на портах 993 и 143: выберите из них."))

    def validate_password(self, field: PasswordField) -> None:
        if not field.data and self._saved is None:
            raise ValidationError(_l("Введите пароль."))
        if not field.data and not self._is_same_place():
            raise ValidationError(_l("Введите пароль: прежний не передаётся на другой сервер и под другим именем."))

    def _is_same_place(self) -> bool:
        """Whether the saved password would go where it went before, as whom it did."""
        typed = (self.host.data, self.port.data, self.username.data)
        return self._saved is not None and typed == (self._saved.host, self._saved.port, self._saved.username)

    def validate_folders(self, field: TextAreaField) -> None:
        names = self.names()
        if not names:
            raise ValidationError(_l("Назовите хотя бы одну папку."))
        if len(names) > policy.MOST_FOLDERS:
            raise ValidationError(_l("Папок может быть не больше %(max)d.", max=policy.MOST_FOLDERS))
        if any(len(name) > policy.LONGEST_FOLDER or not name.isprintable() for name in names):
            raise ValidationError(_l("Имя папки слишком длинное или в нём есть непечатаемые знаки."))

    def validate_move_to(self, field: StringField) -> None:
        field.data = _folder(field.data or "")
        if self.afterwards.data is not Afterwards.MOVE:
            return
        if not field.data:
            raise ValidationError(_l("Назовите папку, в которую перекладывать письма."))
        if field.data in self.names():
            raise ValidationError(_l("Из этой папки письма забираются: они вернулись бы снова. Назовите другую."))

    def names(self) -> list[str]:
        """The folders, one a line, each once."""
        lines = (self.folders.data or "").splitlines()
        return list(dict.fromkeys(name for line in lines if (name := _folder(line))))

    def settings(self) -> Settings:
        """The settings as the command takes them."""
        return Settings(
            address=self.address.data or "",
            host=self.host.data or "",
            port=self.port.data or 0,
            security=self.security.data,
            username=self.username.data or "",
            folders=self.names(),
            afterwards=self.afterwards.data,
            move_to=self.move_to.data or "",
            is_on=bool(self.is_on.data),
        )


class TermsForm(FlaskForm):
    """For how long letters and closed requests are kept."""

    letters_kept_days = IntegerField(
        _l("Письма в том виде, как пришли, дней"),
        [InputRequired(_l("Напишите число дней.")), NumberRange(*policy.LETTERS_KEPT, _l("От %(min)d до %(max)d."))],
    )
    requests_kept_days = IntegerField(
        _l("Закрытые обращения, дней"),
        [InputRequired(_l("Напишите число дней.")), NumberRange(*policy.REQUESTS_KEPT, _l("От %(min)d до %(max)d."))],
    )


def _folder(text: str) -> str:
    """The name of a folder; INBOX is the same in any letters (RFC 3501 5.1)."""
    name = text.strip()
    return "INBOX" if name.upper() == "INBOX" else name
