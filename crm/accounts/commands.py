"""Acts on accounts: signing up, in and out, inviting and joining, changing requisites."""

import hashlib
import os
import secrets
import uuid
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import update

from crm.accounts import policy, queries
from crm.accounts.models import (
    Credential,
    Invitation,
    LegalEntity,
    LoginSession,
    Organisation,
    Place,
    PublicAddress,
    Role,
    User,
)
from crm.audit import commands as audit
from crm.audit.models import Action
from crm.core import keys, tenancy, throttle, transaction
from crm.core.clock import now
from crm.core.db import db
from crm.core.throttle import Limit

_hashing = BoundedSemaphore(os.cpu_count() or 1)
"""A hash takes memory on purpose; a crowd at the door must not take all of it."""
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class SignInRefused(Exception):
    """The e-mail and password do not fit, or (`wait` seconds > 0) too many have been tried."""

    def __init__(self, wait: int = 0) -> None:
        super().__init__("refused")
        self.wait = wait


class InvitationUsed(Exception):
    """Somebody came in with this invitation a moment ago."""


class EntityKnown(Exception):
    """A legal entity with this INN is there already."""


class RequisitesChanged(Exception):
    """Somebody else changed the requisites since this page was opened; nothing was written."""


def sign_up(*, requisites: dict[str, Any], owner: dict[str, str], password: str) -> User:
    """Register an operator with its owner; the session acts for it from here on."""
    organisation = Organisation(name=requisites["name"])
    db.session.add(organisation)
    db.session.flush()
    tenancy.enter(organisation.id)
    keys.create()
    _entity(requisites, is_main=True)
    user = User(**owner, role=Role.OWNER)
    db.session.add(user)
    _give_password(user, password)
    audit.note(Action.SIGNED_UP, by=user.id, subject=organisation.id)
    return user


def add_entity(*, requisites: dict[str, Any], by: User) -> LegalEntity:
    """Register one more legal entity, with a policy address and receipts of its own. EntityKnown."""
    transaction.one_at_a_time()
    _only(requisites["inn"], None)
    entity = _entity(requisites, is_main=False)
    audit.note(Action.ENTITY_ADDED, by=by.id, subject=entity.id)
    return entity


def _only(inn: str, entity: LegalEntity | None) -> None:
    if any(other.inn == inn and other is not entity for other in queries.entities()):
        raise EntityKnown


def _entity(requisites: dict[str, Any], *, is_main: bool) -> LegalEntity:
    entity = LegalEntity(**requisites, public_code=_code(6), is_main=is_main)
    db.session.add(entity)
    _address(Place.ENTITY, entity.id, slug=entity.public_code)
    return entity


def open_address(place: Place, target_id: uuid.UUID) -> str:
    """A new permanent public address (128 random bits) of this operator's thing."""
    return _address(place, target_id, slug=secrets.token_urlsafe(16))


def sign_in(*, email: str, password: str, address: str, device: str = "") -> User:
    """Check the password and open a session; SignInRefused in the same time for any wrong pair.

    `device` is what `device_mark` gave this browser at an earlier sign-in, if anything.
    """
    email = email.casefold()
    limits = _limits(email, address, device)
    if seconds := throttle.count(limits):
        raise SignInRefused(seconds)
    credential = queries.credential(email)
    if not _fits(credential, password) or credential is None:
        raise SignInRefused
    tenancy.enter(credential.organisation_id)
    user = db.session.get_one(User, credential.user_id)
    if user.disabled_at:
        raise SignInRefused
    throttle.give_back(limits)
    if _hasher().check_needs_rehash(credential.password_hash):
        credential.password_hash = _hash(policy.as_typed(password))
    return open_session(user)


def device_mark(user: User) -> str:
    """A signed word for a cookie: this browser was once let in to this account."""
    return _devices().dumps([_account(user.email), secrets.token_urlsafe(12)])


def _limits(email: str, address: str, device: str) -> dict[Limit, str]:
    try:
        account, mark = _devices().loads(device)
    except (BadSignature, ValueError):
        account, mark = "", ""
    if account == _account(email):
        return {policy.BY_DEVICE: mark}
    network = throttle.network(address)
    return {policy.BY_PAIR: f"{email}|{network}", policy.BY_ADDRESS: network, policy.BY_ACCOUNT: email}


def _devices() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), "device", signer_kwargs={"digest_method": hashlib.sha256})


def _account(email: str) -> str:
    return hashlib.sha256(email.casefold().encode()).hexdigest()[:32]


def open_session(user: User) -> User:
    """Let this person work from one device; `user.login_token` is the secret for its cookie."""
    user.login_token = secrets.token_urlsafe(32)
    db.session.add(LoginSession(token_hash=queries.hashed(user.login_token), user=user))
    audit.note(Action.SIGNED_IN, by=user.id, subject=user.id)
    db.session.flush()  # stamps the user with the operator, which the cookie names
    return user


def sign_out(user: User) -> None:
    """End this sign-in: its cookie opens nothing any more, wherever it was copied."""
    login = queries.login_session(user.login_token)
    if login:
        login.ended_at = now()
    audit.note(Action.SIGNED_OUT, by=user.id, subject=user.id)


def change_requisites(entity: LegalEntity, *, requisites: dict[str, Any], by: User, seen: str | None = None) -> None:
    """Save a legal entity's requisites; published documents keep the old ones. `seen` is the mark of what the editor
    was shown (`queries.mark_of`). RequisitesChanged, EntityKnown."""
    transaction.one_at_a_time()
    db.session.refresh(entity)
    if seen is not None and seen != queries.mark_of(entity):
        raise RequisitesChanged
    _only(requisites["inn"], entity)
    changed = [name for name, value in requisites.items() if getattr(entity, name) != value]
    for name in changed:
        setattr(entity, name, requisites[name])
    if entity.is_main:
        queries.organisation().name = entity.name
    audit.note(Action.ORGANISATION_CHANGED, by=by.id, subject=entity.id, details={"fields": changed})


def allow_grace(organisation: Organisation, *, days: int, by: User) -> None:
    """Say for how many days forms may go on collecting after their documents stopped being true."""
    if organisation.grace_days != days:
        organisation.grace_days = days
        audit.note(Action.GRACE_CHANGED, by=by.id, subject=organisation.id, details={"days": days})


def ask_consent(organisation: Organisation, *, asked: bool, by: User) -> None:
    """Turn the question for consent on every form of the operator on or off."""
    if organisation.consent_asked != asked:
        organisation.consent_asked = asked
        action = Action.CONSENT_ASKED if asked else Action.CONSENT_NOT_ASKED
        audit.note(action, by=by.id, subject=organisation.id)


def invite(*, name: str, position: str, email: str, by: User) -> tuple[User, str]:
    """Add a manager, who comes in with the returned single-use code and sets an own password."""
    user = User(name=name, position=position, email=email.casefold(), role=Role.MANAGER)
    db.session.add(user)
    audit.note(Action.STAFF_INVITED, by=by.id, subject=user.id)
    return user, invitation(organisation_id=tenancy.current_organisation_id(), user_id=user.id)


def invitation(*, organisation_id: uuid.UUID | None = None, user_id: uuid.UUID | None = None) -> str:
    """A single-use code that expires: for a new operator or, with both keys, for its new manager."""
    code = secrets.token_urlsafe(24)
    expires_at = now() + policy.INVITATION_LIFETIME
    db.session.add(
        Invitation(
            code_hash=queries.hashed(code),
            expires_at=expires_at,
            organisation_id=organisation_id,
            user_id=user_id,
        )
    )
    return code


def use(invitation: Invitation) -> None:
    """An invitation lets in once, also when several come with it at the same moment; else InvitationUsed."""
    unused = update(Invitation).where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
    if not db.session.execute(unused.values(used_at=now())).rowcount:  # type: ignore[attr-defined]  # it has one
        raise InvitationUsed


def join(invitation: Invitation, *, password: str) -> User:
    """The invited manager sets a password and is let in."""
    if invitation.user_id is None or invitation.organisation_id is None:
        raise ValueError("this invitation is for a new operator")
    use(invitation)
    tenancy.enter(invitation.organisation_id)
    user = db.session.get_one(User, invitation.user_id)
    if user.disabled_at:
        raise InvitationUsed
    _give_password(user, password)
    audit.note(Action.STAFF_JOINED, by=user.id, subject=user.id)
    return user


def set_disabled(user: User, *, disabled: bool, by: User) -> None:
    """Close or open a staff member's access; closing ends all their sign-ins for good."""
    user.disabled_at = now() if disabled else None
    if disabled:
        mine = update(LoginSession).where(LoginSession.user_id == user.id, LoginSession.ended_at.is_(None))
        db.session.execute(mine.values(ended_at=now()))
    audit.note(Action.STAFF_DISABLED if disabled else Action.STAFF_ENABLED, by=by.id, subject=user.id)


def _give_password(user: User, password: str) -> None:
    db.session.add(
        Credential(
            email=user.email,
            password_hash=_hash(policy.as_typed(password)),
            user_id=user.id,
            organisation_id=tenancy.current_organisation_id(),
        )
    )


def _hasher() -> PasswordHasher:
    return PasswordHasher(**current_app.config["ARGON2"])


def _hash(password: str) -> str:
    with _hashing:
        return _hasher().hash(password)


def _fits(credential: Credential | None, password: str) -> bool:
    """Whether the password is right; an unknown e-mail costs the same hashing time."""
    known: str = credential.password_hash if credential else _dummy_hash()
    try:
        with _hashing:
            _hasher().verify(known, policy.as_typed(password))
    except VerificationError:
        return False
    return credential is not None


def _dummy_hash() -> str:
    made: dict[str, Any] = current_app.extensions
    if "dummy_hash" not in made:
        made["dummy_hash"] = _hash(secrets.token_urlsafe(16))
    return str(made["dummy_hash"])


def _address(place: Place, target_id: uuid.UUID, *, slug: str) -> str:
    organisation_id = tenancy.current_organisation_id()
    db.session.add(PublicAddress(slug=slug, organisation_id=organisation_id, place=place, target_id=target_id))
    return slug


def _code(length: int) -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(length))
