"""Operators, their staff, and the two doors in: credentials and public addresses."""

import uuid
from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.core.db import Base, Lasting, Record, one_of, plain
from crm.core.tenancy import OrganisationRoot, OrganisationScoped


class LegalForm(StrEnum):
    """What kind of person in law the operator is."""

    OOO = "ooo"
    AO = "ao"
    IP = "ip"
    NKO = "nko"
    OTHER = "other"


class Role(StrEnum):
    """What a staff member may do."""

    OWNER = "owner"
    MANAGER = "manager"


class Organisation(OrganisationRoot, Record):
    """The tenant: one or several operators of personal data that keep one base, and what they decided about it."""

    __tablename__ = "organisation"

    name: Mapped[str] = plain(300)
    """That of its main legal entity, for every page of the desk."""
    consent_asked: Mapped[bool] = mapped_column(default=True)
    grace_days: Mapped[int] = mapped_column(default=0)
    """How long a form whose documents no longer say the truth may go on collecting."""
    letters_kept_days: Mapped[int] = mapped_column(default=30, server_default="30")
    """How long a letter is kept as it came, after its request was closed or it was put aside."""
    requests_kept_days: Mapped[int] = mapped_column(default=1095, server_default="1095")
    """How long a closed request keeps who asked and what was written: the proof in a dispute."""


class LegalEntity(Lasting, OrganisationScoped, Record):
    """An operator of personal data in the sense of 152-FZ art. 3(2), with its requisites; a form names one."""

    __tablename__ = "legal_entity"
    __table_args__ = (Index("ix_legal_entity_organisation_id", "organisation_id", "id"),)

    name: Mapped[str] = plain(300)
    legal_form: Mapped[LegalForm] = mapped_column(one_of(LegalForm))
    inn: Mapped[str] = plain(12)
    ogrn: Mapped[str] = plain(15)
    address: Mapped[str] = plain(500)
    request_email: Mapped[str] = plain(254)
    request_phone: Mapped[str] = plain(20)
    responsible_person: Mapped[str] = plain(200)
    processor: Mapped[str] = plain(500, default="")
    public_code: Mapped[str] = plain(8)
    """Names its policy in an address and begins the numbers of its receipts."""
    is_main: Mapped[bool] = mapped_column(default=False)
    """The one an organisation signed up with: new forms are its own."""


class User(UserMixin, OrganisationScoped, Record):
    """A staff member. Staff accounts are not sealed: they are no data subjects of the client base."""

    __tablename__ = "user"
    __table_args__ = (
        Index("ix_user_organisation_id", "organisation_id", "id"),
        UniqueConstraint("organisation_id", "email"),
    )

    name: Mapped[str] = plain(200)
    position: Mapped[str] = plain(200)
    email: Mapped[str] = plain(254)
    role: Mapped[Role] = mapped_column(one_of(Role))
    disabled_at: Mapped[datetime | None]

    login_token = ""

    def get_id(self) -> str:
        """What the signed cookie holds: the operator and this sign-in's secret."""
        return f"{self.organisation_id.hex}.{self.login_token}"


class Credential(Record):
    """The staff door: found by e-mail before the operator is known."""

    __tablename__ = "credential"

    email: Mapped[str] = plain(254, unique=True)
    password_hash: Mapped[str] = plain(200)
    user_id: Mapped[uuid.UUID]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))


class LoginSession(OrganisationScoped, Record):
    """One sign-in on one device; without this row its cookie opens nothing."""

    __tablename__ = "login_session"
    __table_args__ = (Index("ix_login_session_token", "organisation_id", "token_hash", unique=True),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id"))
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    ended_at: Mapped[datetime | None]


class Place(StrEnum):
    """What a public address leads to."""

    ENTITY = "entity"
    FORM = "form"
    DOCUMENT = "document"


class PublicAddress(Base):
    """The visitors' door: a slug in a public URL names the operator and the thing."""

    __tablename__ = "public_address"

    slug: Mapped[str] = plain(32, primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    place: Mapped[Place] = mapped_column(one_of(Place))
    target_id: Mapped[uuid.UUID]


class Invitation(Record):
    """A single-use code that lets one person in: to found an operator, or to join one as staff."""

    __tablename__ = "invitation"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[uuid.UUID | None]
