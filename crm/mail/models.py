"""The operator's account on its mail server."""

from enum import StrEnum

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.core.db import Record, one_of, plain
from crm.core.tenancy import OrganisationScoped


class Security(StrEnum):
    """How the connection is encrypted; there is no way without."""

    TLS = "tls"
    STARTTLS = "starttls"


class MailAccount(OrganisationScoped, Record):
    """Where and as whom an operator sends its letters. One per operator."""

    __tablename__ = "mail_account"
    __table_args__ = (UniqueConstraint("organisation_id"),)

    host: Mapped[str] = plain(253)
    port: Mapped[int]
    security: Mapped[Security] = mapped_column(one_of(Security))
    username: Mapped[str] = plain(254)
    """Empty: the server takes letters without a sign-in."""
    password: Mapped[bytes] = mapped_column(LargeBinary(1000))
    """Sealed under the operator's key for mail (core/keys.py)."""
    from_address: Mapped[str] = plain(254)
    from_name: Mapped[str] = plain(100)
