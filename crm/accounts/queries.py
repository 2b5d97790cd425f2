"""Reading accounts: the doors in first, then what lies behind them."""

import hashlib
import uuid
from collections.abc import Sequence
from functools import lru_cache

from flask import abort
from sqlalchemy import inspect, select
from sqlalchemy.exc import NoResultFound

from crm.accounts import policy
from crm.accounts.models import (
    Credential,
    Invitation,
    LegalEntity,
    LoginSession,
    Organisation,
    Place,
    PublicAddress,
    User,
)
from crm.core import tenancy
from crm.core.clock import now
from crm.core.db import db


def hashed(secret: str) -> bytes:
    """How a random secret handed out is kept: it has enough bits to need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def credential(email: str) -> Credential | None:
    """The sign-in data of an e-mail, before the operator is known."""
    return db.session.scalar(select(Credential).filter_by(email=email.casefold()))


def user_by_cookie(cookie: str) -> User | None:
    """The signed-in user; the session acts for their operator from here on."""
    operator, _, token = cookie.partition(".")
    organisation_id = uuid.UUID(operator)
    if tenancy.entered() and tenancy.current_organisation_id() != organisation_id:
        return None  # a public page of another operator: there they are a stranger
    tenancy.enter(organisation_id)
    login = login_session(token)
    if login is None or not policy.is_live(login.created_at, login.ended_at, now()) or login.user.disabled_at:
        return None
    login.user.login_token = token
    return login.user


def login_session(token: str) -> LoginSession | None:
    """The sign-in that this secret belongs to."""
    return db.session.scalar(select(LoginSession).filter_by(token_hash=hashed(token)))


def organisation() -> Organisation:
    """The operator the session acts for."""
    return db.session.get_one(Organisation, tenancy.current_organisation_id())


def main_entity() -> LegalEntity:
    """The legal entity that signed up; one-entity operators have no other."""
    return db.session.scalars(select(LegalEntity).filter_by(is_main=True)).one()


def entities() -> Sequence[LegalEntity]:
    """The operator's legal entities, the main one first."""
    return db.session.scalars(select(LegalEntity).order_by(LegalEntity.is_main.desc(), LegalEntity.id)).all()


def mark_of(entity: LegalEntity) -> str:
    """A short mark of an entity's requisites, another one whenever any of them changes."""
    columns = sorted(column.key for column in inspect(LegalEntity).column_attrs)
    return hashlib.sha256(repr([getattr(entity, name) for name in columns]).encode()).hexdigest()[:16]


def staff() -> Sequence[User]:
    """Everybody who works for the operator, in the order they came."""
    return db.session.scalars(select(User).order_by(User.id)).all()


def names_of_staff() -> dict[uuid.UUID, str]:
    """Who is who, for lists that name their actors."""
    return {user.id: user.name for user in staff()}


def enter_by_address(slug: str, place: Place) -> uuid.UUID:
    """Let an anonymous request act for the operator at this public address; the thing it leads to. Else 404."""
    try:
        organisation_id, target_id = _led_to(slug, place)
    except NoResultFound:
        abort(404)
    tenancy.enter(organisation_id)
    return target_id


def enter_entity(code: str) -> LegalEntity:
    """Let an anonymous request act for the operator one of whose legal entities has this code. Else 404."""
    return db.session.get_one(LegalEntity, enter_by_address(code, Place.ENTITY))


@lru_cache(maxsize=10_000)
def _led_to(slug: str, place: Place) -> tuple[uuid.UUID, uuid.UUID]:
    """Whose an address is and what it leads to. Addresses are for ever, so each is looked up once per process."""
    statement = select(PublicAddress.organisation_id, PublicAddress.target_id)
    organisation_id, target_id = db.session.execute(statement.filter_by(slug=slug, place=place)).one()
    return organisation_id, target_id


def organisations() -> Sequence[uuid.UUID]:
    """Every operator of the installation, for commands that visit each in its own session."""
    statement = select(PublicAddress.organisation_id).filter_by(place=Place.ENTITY).distinct()
    return db.session.scalars(statement.order_by(PublicAddress.organisation_id)).all()


def open_invitation(code: str) -> Invitation | None:
    """The invitation with this code, if it is neither used nor expired."""
    found = db.session.scalar(select(Invitation).filter_by(code_hash=hashed(code.strip())))
    return found if found and not found.used_at and found.expires_at > now() else None
