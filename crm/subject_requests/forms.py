"""Input of the staff's pages of requests: the filters of the list, and one small form for each act.

All acts of a request stand on one page, so the names of their fields are all different.
"""

import uuid
from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SearchField,
    SelectField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional, ValidationError

from crm.core.clock import today
from crm.core.inputs import Boxes, Longest, several_lines, stripped
from crm.subject_requests import handling
from crm.subject_requests.board import Filter
from crm.subject_requests.models import Identity, RequestKind, RequestState

OPEN, ANY = "", "any"
LONGEST_REASON = 2000


class FilterForm(FlaskForm):
    """What the list is narrowed to; it is read from the address, so a page of the list can be kept."""

    class Meta:
        csrf = False  # it changes nothing

    q = SearchField(_l("Найти"), [Optional(), Longest(200)])
    state = SelectField(
        _l("Состояние"),
        default=OPEN,
        choices=lambda: [
            (OPEN, str(_l("открытые"))),
            *((state.value, str(words)) for state, words in handling.STATES.items()),
            (ANY, str(_l("любое"))),
        ],
    )
    kind = SelectField(
        _l("О чём"),
        default="",
        choices=lambda: [("", str(_l("всё"))), *((kind.value, str(words)) for kind, words in handling.KINDS.items())],
    )
    mine = BooleanField(_l("мои"))
    overdue = BooleanField(_l("просроченные"))

    def narrowed(self, person: uuid.UUID) -> Filter:
        """The filter that the form describes; `person` is whose page it is. A search looks everywhere, unless told."""
        wanted, query = self.state.data or OPEN, self.q.data or ""
        is_any = wanted == ANY or (wanted == OPEN and bool(query.strip()))
        states = tuple(RequestState) if is_any else handling.OPEN if wanted == OPEN else (RequestState(wanted),)
        return Filter(
            query=query,
            states=tuple(state for state in states if state in handling.OPEN) if self.overdue.data else states,
            kind=RequestKind(self.kind.data) if self.kind.data else None,
            responsible_id=person if self.mine.data else None,
            is_overdue=bool(self.overdue.data),
        )


class KindForm(FlaskForm):
    """What is asked for."""

    kind = SelectField(
        _l("О чём просят"),
        [InputRequired(_l("Выберите, о чём просят."))],
        choices=lambda: [(kind.value, str(words)) for kind, words in handling.KINDS.items()],
    )


class ResponsibleForm(FlaskForm):
    """Who answers for the request."""

    responsible = SelectField(_l("Ответственный"), default="")

    def offer(self, people: Iterable[tuple[str, str]]) -> None:
        """Fill the list of people."""
        self.responsible.choices = [("", _l("никто")), *people]


class IdentityForm(FlaskForm):
    """How the staff made sure who asks, and what they saw."""

    identity = RadioField(
        _l("Как убедились, что это тот самый человек"),
        [InputRequired(_l("Выберите, как вы убедились."))],
        choices=lambda: [(how.value, str(words)) for how, words in handling.IDENTITIES.items()],
    )
    points = Boxes(
        _l("Что есть в обращении (часть 3 статьи 14)"),
        choices=lambda: [(point, str(words)) for point, words in handling.POINTS.items()],
    )

    def how(self) -> Identity:
        """The way as the command takes it."""
        return Identity(self.identity.data)


class WithdrawForm(FlaskForm):
    """Which consents the person takes back; which there are depends on the cards."""

    purposes = Boxes(_l("Какие согласия отозваны"), [InputRequired(_l("Отметьте хотя бы одно согласие."))])

    def offer(self, purposes: Sequence[tuple[uuid.UUID, str]]) -> None:
        """Fill the list of consents that hold."""
        self.purposes.choices = [(purpose.hex, name) for purpose, name in purposes]

    def chosen(self) -> set[uuid.UUID]:
        """The purposes as the command takes them."""
        return {uuid.UUID(word) for word in self.purposes.data or []}


class FoundForm(FlaskForm):
    """When the staff found the processing unlawful."""

    found_on = DateField(_l("Когда установили, что обработка неправомерна"), [InputRequired(_l("Укажите день."))])

    def validate_found_on(self, field: DateField) -> None:
        if field.data and field.data > today():
            raise ValidationError(_l("Этот день ещё не наступил."))


class SearchForm(FlaskForm):
    """Whose card it may be."""

    who = SearchField(_l("Искать по имени, почте или телефону"), [Longest(200)], filters=[stripped])

    def validate_who(self, field: SearchField) -> None:
        if not field.data:
            raise ValidationError(_l("Напишите, кого искать."))


def _reason(label: str, message: str | None = None) -> TextAreaField:
    needed = InputRequired(message) if message else Optional()
    return TextAreaField(label, [needed, Longest(LONGEST_REASON), several_lines], filters=[stripped])


class PutOffForm(FlaskForm):
    """Why the data cannot be destroyed in time."""

    put_off_because = _reason(_l("Почему нельзя уничтожить в срок"), _l("Напишите, почему нельзя уничтожить в срок."))


class DismissForm(FlaskForm):
    """Why it is no request."""

    dismissed_because = _reason(_l("Почему это не обращение"), _l("Напишите, почему это не обращение."))


class CloseForm(FlaskForm):
    """Why something that is left stays undone; needed only where something is left."""

    closed_because = _reason(_l("Почему остальное делать не нужно"))

    def demand(self) -> None:
        """Something is left, so the reason must be told."""
        self.closed_because.validators = [
            InputRequired(_l("Не всё сделано. Напишите, почему остальное делать не нужно.")),
            *self.closed_because.validators[1:],
        ]


class ReopenForm(FlaskForm):
    """Why it is in work again."""

    reopened_because = _reason(_l("Почему вернуть в работу"), _l("Напишите, почему обращение снова в работе."))


class NoteForm(FlaskForm):
    """What the staff write for themselves."""

    note = _reason(_l("Заметка для своих"))
