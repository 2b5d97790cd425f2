"""The keys above a person's key: the master key outside the database wraps one random key per operator.

From the operator's key every other is derived (HKDF, RFC 5869), one per use: wrapping the keys of persons,
tokens for search, digests of what was sent, secrets of the operator's own (a mailbox password).
"""

import secrets
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from flask import current_app
from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import tenancy
from crm.core.db import Base, db
from crm.core.tenancy import OrganisationScoped

KEY_BYTES = 32
NONCE_BYTES = 12


class OperatorKey(OrganisationScoped, Base):
    """One operator's key, wrapped by the named version of the master key (RFC 3394)."""

    __tablename__ = "operator_key"

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary(40))
    master_version: Mapped[int]


def create() -> OperatorKey:
    """Give the operator in whose name the session acts its key."""
    key = OperatorKey()
    _wrap(key, secrets.token_bytes(KEY_BYTES))
    db.session.add(key)
    return key


def rotate() -> None:
    """Wrap the present operator's key anew under the newest master key."""
    key = _own()
    _wrap(key, _unwrap(key))


def derived(use: str) -> bytes:
    """The present operator's 32-byte key for one use, unwrapped once per process."""
    place = (tenancy.current_organisation_id(), use)
    known: dict[tuple[uuid.UUID, str], bytes] = current_app.extensions.setdefault("derived_keys", {})
    if place not in known:
        known[place] = HKDF(SHA256(), KEY_BYTES, None, use.encode()).derive(_unwrap(_own()))
    return known[place]


def for_address(text: str) -> str:
    """A text sealed for a web address: what staff search for is personal data and must not stand there in clear."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(derived("address")).encrypt(nonce, text.encode(), None)
    return urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def from_address(word: str) -> str:
    """The text of a word that `for_address` made for this operator; empty for any other word."""
    try:
        sealed = urlsafe_b64decode(word + "=" * (-len(word) % 4))
        return AESGCM(derived("address")).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()
    except (ValueError, InvalidTag):
        return ""


def sealed(use: str, secret: str, *, place: str) -> bytes:
    """A secret of the operator's own, sealed (AES-256-GCM) for one use and bound to the place where it is kept."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(derived(use)).encrypt(nonce, secret.encode(), _bound(place))


def opened(use: str, sealed: bytes, *, place: str) -> str:
    """The secret again; cryptography's InvalidTag if it was tampered with or stood elsewhere."""
    return AESGCM(derived(use)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(place)).decode()


def _bound(place: str) -> bytes:
    return f"{place}|{tenancy.current_organisation_id()}".encode()


def _own() -> OperatorKey:
    return db.session.get_one(OperatorKey, tenancy.current_organisation_id())


def _wrap(key: OperatorKey, raw: bytes) -> None:
    key.master_version = max(current_app.config["MASTER_KEYS"])
    key.wrapped = aes_key_wrap(current_app.config["MASTER_KEYS"][key.master_version], raw)


def _unwrap(key: OperatorKey) -> bytes:
    return aes_key_unwrap(current_app.config["MASTER_KEYS"][key.master_version], key.wrapped)
