"""The act of destruction."""

import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.core.db import Record, one_of, plain, plain_json
from crm.core.ledger import Chained
from crm.core.personal import Sealed, personal


class Reason(StrEnum):
    """Why the data is destroyed, by the article that orders it."""

    WITHDRAWN = "withdrawn"
    DEMANDED = "demanded"
    PURPOSE_REACHED = "purpose_reached"
    UNLAWFUL = "unlawful"
    NOT_NEEDED = "not_needed"


class ErasureAct(Chained, Sealed, Record):
    """One destruction, with every field that Order 179 asks for. Kept 3 years.

    The law wants the person named; the name is sealed under a key of the act's own, whose destruction after
    the term takes the name away while the row stays.
    """

    __tablename__ = "erasure_act"
    __table_args__ = (
        UniqueConstraint("organisation_id", "sequence"),
        UniqueConstraint("organisation_id", "number"),
        Index("ix_erasure_act_client_id", "organisation_id", "client_id"),
    )

    number: Mapped[int]
    client_id: Mapped[uuid.UUID]
    reason: Mapped[Reason] = mapped_column(one_of(Reason))
    operator: Mapped[str] = plain(900)
    processor: Mapped[str] = plain(500)
    destroyed_by: Mapped[str] = plain(200)
    position: Mapped[str] = plain(200)
    data_categories: Mapped[list[str]] = plain_json()
    destroyed: Mapped[dict[str, Any]] = plain_json()
    system: Mapped[str] = plain(100)
    method: Mapped[str] = plain(500)

    subject_name = personal[str]("full_name")
