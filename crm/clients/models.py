"""The client card."""

import uuid
from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, or_
from sqlalchemy.orm import Mapped, mapped_column

from crm.clients import policy
from crm.clients.policy import Captured, ConsentStanding, Corrections
from crm.core import tokens
from crm.core.db import Record, one_of
from crm.core.personal import Sealed, personal


class Client(Sealed, Record):
    """A data subject. The first value captured for a field is the card's; later ones stand in `captured` beside it,
    so that nobody who knows an e-mail can overwrite a stranger's card by sending a form. Only staff correct it."""

    __tablename__ = "client"
    __table_args__ = (
        UniqueConstraint("subject_key_id"),
        Index("ix_client_organisation_id", "organisation_id", "id"),
        Index("ix_client_standing", "organisation_id", "standing", "id"),
        Index("ix_client_form", "organisation_id", "form_id", "id"),
        Index("ix_client_destroy_on", "organisation_id", "destroy_on"),
    )

    standing: Mapped[ConsentStanding] = mapped_column(one_of(ConsentStanding), default=ConsentStanding.NONE)
    form_id: Mapped[uuid.UUID | None]
    """The form that opened the card; the room above holds the forms."""
    is_joined_by_phone: Mapped[bool] = mapped_column(default=False)
    """Somebody with the same phone sent a form without the card's e-mail: its mailbox proves nothing about the card."""
    restricted_at: Mapped[datetime | None]
    """Since when the data may only be kept: nobody uses it until its ground is cleared or it is destroyed."""
    blocked_at: Mapped[datetime | None]
    """Since when nobody may use the data because a request about it is being checked (152-FZ art. 21(1))."""
    marketing_stopped_at: Mapped[datetime | None]
    """Since when the person wants no advertising, whatever they agreed to (38-FZ art. 18(1), 152-FZ art. 15(2))."""
    destroy_on: Mapped[date | None]
    """The last day by which the data must be gone, while nothing else allows keeping it (152-FZ art. 21(4), (5))."""

    full_name = personal[str]("full_name", find=tokens.words)
    email = personal[str]("email", find=tokens.email)
    phone = personal[str]("phone", find=tokens.phone)
    address = personal[str]("address")
    birth_date = personal[str]("birth_date")
    birth_place = personal[str]("birth_place")
    marital_status = personal[str]("marital_status")
    education = personal[str]("education")
    personal_link = personal[str]("personal_link")
    captured = personal[Captured](policy.categories_of, find=policy.found_in)
    corrections = personal[Corrections]("correction")

    @property
    def identity(self) -> policy.Identity:
        """By what the person is recognised."""
        return policy.Identity(self.email, self.phone, self.full_name)

    @property
    def is_restricted(self) -> bool:
        """Whether the data may only be kept at this moment."""
        return self.restricted_at is not None or self.blocked_at is not None

    @property
    def title(self) -> str | None:
        """What the card is called: the name, else a way to reach the person, else nothing."""
        return self.full_name or self.email or self.phone


IS_RESTRICTED = or_(Client.restricted_at.is_not(None), Client.blocked_at.is_not(None))
"""The same for the database."""
Index(
    "ix_client_restricted",
    Client.organisation_id,
    Client.id,
    sqlite_where=IS_RESTRICTED,
    postgresql_where=IS_RESTRICTED,
)
