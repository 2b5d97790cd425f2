"""Input of staff who write down a request that came on paper, by phone or in person."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from crm.accounts.models import LegalEntity
from crm.core.clock import MOSCOW, now, today
from crm.core.inputs import Boxes, Longest, stripped
from crm.subject_requests.handling import IDENTITIES, KINDS, POINTS
from crm.subject_requests.models import Identity, RequestKind, Way
from crm.subject_requests.public_forms import clean, in_one_line, line
from crm.webforms.fields import email_address, phone_number

LONGEST_TEXT = 20_000
OLDEST = timedelta(days=3 * 366)
"""A request that is older was answered, or nobody waits for it any more."""
WAYS = {
    Way.PAPER: _l("На бумаге: почтой или через приёмную"),
    Way.PHONE: _l("По телефону"),
    Way.IN_PERSON: _l("Лично"),
    Way.EMAIL: _l("На другую почту, и мы переносим письмо сюда"),
}
PASSPORT = re.compile(r"(?<!\d)\d{2}[ \u00a0-]?\d{2}[ \u00a0,-]*(?:№|N|n|номер)?[ \u00a0]*\d{6}(?!\d)")
"""Series and number of a Russian passport, as people write them."""


class EntryForm(FlaskForm):
    """A request as staff got it."""

    client = HiddenField()
    way = RadioField(
        _l("Как поступило обращение"),
        [InputRequired(_l("Укажите, как поступило обращение."))],
        choices=lambda: {way.value: str(words) for way, words in WAYS.items()},
    )
    received_on = DateField(_l("В какой день поступило"), [DataRequired(_l("Напишите день."))])
    received_at = TimeField(_l("Во сколько, если известно"), [Optional()])
    entity = SelectField(_l("Кому адресовано"))
    kind = SelectField(
        _l("О чём просят"),
        [DataRequired(_l("Выберите, о чём просят."))],
        choices=lambda: {"": _("— выберите —")} | {kind.value: str(words) for kind, words in KINDS.items()},
    )
    text = TextAreaField(
        _l("Что написано или сказано"),
        [DataRequired(_l("Напишите, о чём просят: словами обращения.")), Longest(LONGEST_TEXT), clean],
        filters=[stripped],
    )
    paper_number = line(_l("Номер в бумажном журнале"), 100)
    full_name = line(_l("Фамилия, имя, отчество"), 200, autocomplete="off")
    email = EmailField(
        _l("Эл. почта"), [Optional(), Longest(254), clean], filters=[in_one_line], render_kw={"autocomplete": "off"}
    )
    phone = TelField(
        _l("Телефон"), [Optional(), Longest(40), clean], filters=[in_one_line], render_kw={"autocomplete": "off"}
    )
    address = line(_l("Почтовый адрес для ответа"), 500, autocomplete="off")
    facts = line(_l("Что связывает с нами: договор, заказ, квитанция"), 300, autocomplete="off")
    tells = BooleanField(_l("Написать на эту почту, что обращение принято"))
    identity = RadioField(
        _l("Как вы убедились, что это тот самый человек"),
        [Optional()],
        default="",
        choices=lambda: (
            {"": _("ещё не проверяли")}
            | {one.value: str(words) for one, words in IDENTITIES.items() if one is not Identity.CODE}
        ),
    )
    points = Boxes(
        _l("Что есть в запросе (часть 3 статьи 14)"),
        choices=lambda: {point: str(words) for point, words in POINTS.items()},
    )
    identity_note = line(_l("Кто и как проверил"), 300, autocomplete="off")
    file = FileField(_l("Скан обращения: PDF, JPEG или PNG"))

    def offer(self, entities: Sequence[LegalEntity]) -> None:
        """Whose requests there can be."""
        self.entity.choices = [(entity.id.hex, entity.name) for entity in entities]

    def validate_received_on(self, field: Field) -> None:
        """Not ahead, and not before anybody can remember."""
        if field.data > today():
            raise ValidationError(_l("Этот день ещё не наступил."))
        if field.data < today() - OLDEST:
            raise ValidationError(_l("Проверьте год: обращение старше трёх лет."))

    def validate_received_at(self, field: Field) -> None:
        """Not ahead, should it be today."""
        if field.data and self.received_on.data == today() and self.moment() > now():
            raise ValidationError(_l("Это время ещё не наступило."))

    def validate_email(self, field: Field) -> None:
        """In its normal form."""
        field.data = email_address(field.data)

    def validate_phone(self, field: Field) -> None:
        """In E.164."""
        field.data = phone_number(field.data)

    def validate_tells(self, field: Field) -> None:
        """A letter needs an address."""
        if field.data and not self.email.data:
            raise ValidationError(_l("Чтобы написать человеку, нужна его эл. почта."))

    def validate_identity_note(self, field: Field) -> None:
        """What was shown is never kept."""
        if field.data and PASSPORT.search(field.data):
            raise ValidationError(_l("Похоже на номер паспорта. Его не записывают: напишите, кто и как проверил."))

    def validate_points(self, field: Field) -> None:
        """Ticks without a way of checking would prove nothing."""
        if field.data and not self.identity.data:
            raise ValidationError(_l("Укажите выше, как вы убедились, что это тот самый человек."))

    def moment(self) -> datetime:
        """When it was received; of a past day whose hour nobody knows, its noon."""
        day: date = self.received_on.data or today()
        if self.received_at.data:
            return datetime.combine(day, self.received_at.data, MOSCOW)
        return now() if day == today() else datetime.combine(day, time(12), MOSCOW)

    def chosen_kind(self) -> RequestKind:
        """What is asked for."""
        return RequestKind(self.kind.data)
