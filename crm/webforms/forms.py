"""Input of the form editor: one row for each field that a form can have."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from crm.accounts.models import LegalEntity
from crm.agreements.models import Purpose
from crm.agreements.policy import may_be_asked
from crm.core.inputs import Longest, one_line, several_lines, stripped
from crm.webforms.fields import DEFAULT_LABELS, KINDS, STARTING_FIELDS
from crm.webforms.policy import may_be_required

LAST = 100


NO, OPTIONAL, REQUIRED = "", "optional", "required"
ASKING = {
    NO: _l("Не спрашивать"),
    OPTIONAL: _l("Спрашивать, можно отказаться"),
    REQUIRED: _l("Без согласия не отправить"),
}


class WebFormForm(FlaskForm):
    """The editor of a form; fields `use_x`, `label_x`, `required_x`, `order_x` for every kind x are added below, and
    `ask_p` for every purpose p that may be asked for by `editor`."""

    asked: Sequence[Purpose] = ()

    title = StringField(
        _l("Название формы"), [DataRequired(_l("Назовите форму.")), Longest(200), one_line], filters=[stripped]
    )
    lead = TextAreaField(_l("Пояснение над полями"), [Optional(), Longest(1000), several_lines], filters=[stripped])
    entity = SelectField(_l("От чьего имени собираются данные"), [DataRequired(_l("Выберите компанию."))])
    revision = IntegerField(widget=HiddenInput(), default=1)

    def questions(self) -> list[tuple[Purpose, SelectField]]:
        """Every purpose that may be asked for, with the choice whether to."""
        return [(purpose, self[f"ask_{purpose.id.hex}"]) for purpose in self.asked]

    def draft(self) -> dict[str, Any]:
        """The form under edit as the commands take it."""
        chosen = [(purpose, field.data) for purpose, field in self.questions() if field.data]
        return {
            "title": self.title.data or "",
            "lead": self.lead.data or "",
            "fields": self.fields(),
            "entity_id": uuid.UUID(self.entity.data),
            "purposes": [{"id": purpose.id.hex, "required": how == REQUIRED} for purpose, how in chosen],
        }

    def rows(self) -> Iterator[dict[str, Any]]:
        """The row of each kind of field, as found on the page."""
        for name in KINDS:
            parts = {part: self[f"{part}_{name}"] for part in ("use", "label", "required", "order")}
            yield {"name": name, "title": _(DEFAULT_LABELS[name]), **parts}

    def rows_in_order(self) -> list[dict[str, Any]]:
        """The rows as the editor shows them: by their place, those without one last."""
        return sorted(self.rows(), key=_place)

    def fields(self) -> list[dict[str, Any]]:
        """The chosen fields in their order, as a form version keeps them."""
        chosen = [row for row in self.rows() if row["use"].data]
        chosen.sort(key=_place)
        return [{"name": row["name"], "label": row["label"].data, "required": row["required"].data} for row in chosen]

    def show_asked(self, entity_id: uuid.UUID, purposes: list[dict[str, Any]]) -> None:
        """Fill in whose form it is and what it asks consent for."""
        self.entity.data = entity_id.hex
        asked = {one["id"]: REQUIRED if one["required"] else OPTIONAL for one in purposes}
        for purpose, field in self.questions():
            field.data = asked.get(purpose.id.hex, NO)

    def show(self, fields: list[dict[str, Any]]) -> None:
        """Fill the rows from a form's fields; the others keep their usual labels, after the chosen ones."""
        chosen = {field["name"]: (order, field) for order, field in enumerate(fields, 1)}
        for row in self.rows():
            place, field = chosen.get(str(row["name"]), (None, None))
            row["use"].data = field is not None
            row["label"].data = field["label"] if field else DEFAULT_LABELS[row["name"]]
            row["required"].data = bool(field and field["required"])
            row["order"].data = place

    def validate_title(self, field: StringField) -> None:
        """A form without a single field collects nothing."""
        if not any(row["use"].data for row in self.rows()):
            raise ValidationError(_l("Отметьте хотя бы одно поле ниже."))


def _place(row: dict[str, Any]) -> int:
    """Where a row stands; one without a place stands last."""
    return row["order"].data or LAST


def _needs_label(name: str) -> Any:
    def check(form: WebFormForm, field: StringField) -> None:
        if form[f"use_{name}"].data and not field.data:
            raise ValidationError(_l("Подпишите поле."))

    return check


for _name in KINDS:
    setattr(WebFormForm, f"use_{_name}", BooleanField(_l("В форме")))
    setattr(
        WebFormForm,
        f"label_{_name}",
        StringField(_l("Подпись поля"), [_needs_label(_name), Longest(200), one_line], filters=[stripped]),
    )
    setattr(WebFormForm, f"required_{_name}", BooleanField(_l("Обязательное")))
    setattr(
        WebFormForm,
        f"order_{_name}",
        IntegerField(_l("Место"), [Optional(), NumberRange(min=1, max=99, message=_l("Число от 1 до 99."))]),
    )


def editor(entities: Sequence[LegalEntity], purposes: Sequence[Purpose], **data: Any) -> WebFormForm:
    """The editor of an operator with these legal entities and purposes."""
    asked = [purpose for purpose in purposes if may_be_asked(purpose)]
    questions = {f"ask_{purpose.id.hex}": SelectField(purpose.name, choices=_choices(purpose)) for purpose in asked}
    form: WebFormForm = type("Editor", (WebFormForm,), {**questions, "asked": asked})(data=data)
    form.entity.choices = [(entity.id.hex, entity.name) for entity in entities]
    return form


def _choices(purpose: Purpose) -> dict[str, str]:
    return {how: str(words) for how, words in ASKING.items() if how != REQUIRED or may_be_required(purpose)}


def starting_purposes(form: WebFormForm) -> list[dict[str, Any]]:
    """What a new form asks for before anybody touched it: the first purpose that it may."""
    return [{"id": purpose.id.hex, "required": may_be_required(purpose)} for purpose in form.asked[:1]]


def starting_fields() -> list[dict[str, Any]]:
    """The fields of a new form before anybody touched it."""
    return [
        {"name": name, "label": DEFAULT_LABELS[name], "required": name in ("full_name", "phone")}
        for name in STARTING_FIELDS
    ]
