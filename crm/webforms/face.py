"""What the public page of a form shows, as plain values: all that a visitor's request needs to know of it."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from crm.consents.commands import Matter
from crm.webforms.page import Pins


@dataclass(frozen=True)
class Box:
    """One box of a form: to which exact text it says yes, in which words."""

    name: str
    """Of the input on the page."""
    label: str
    is_required: bool
    is_confirmed_by_letter: bool
    matter: Matter
    number: int
    address: str


@dataclass(frozen=True)
class Face:
    """The unchanging content of a form version, as its page shows it."""

    version_id: uuid.UUID
    title: str
    lead: str
    fields: list[dict[str, Any]] = field(hash=False)
    boxes: tuple[Box, ...]

    @property
    def has_email(self) -> bool:
        return any(entry["name"] == "email" for entry in self.fields)


@dataclass(frozen=True)
class Shown:
    """What the public page of a form shows at this moment."""

    form_id: uuid.UUID
    company: str
    public_code: str
    face: Face
    pins: Pins

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes, none while consent is not asked."""
        return self.face.boxes if self.pins.asks_consent else ()

    @property
    def offers_receipt_by_letter(self) -> bool:
        """Whether there can be both a consent that begins at once and a mailbox for its receipt."""
        return self.face.has_email and any(not box.is_confirmed_by_letter for box in self.boxes)
