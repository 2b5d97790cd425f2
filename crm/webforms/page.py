"""The signed token of an open page: which exact texts it shows, since when.

It is stateless (no cookie, no session), so it works inside a foreign frame and survives a restart. Anybody can have
one; that a post comes from our own page is told by Sec-Fetch-Site (Fetch Metadata), which browsers send.
"""

import hashlib
import uuid
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from crm.core.clock import now

LIFETIME_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Pins:
    """The exact versions that a page shows; `agreement` is None where consent is not asked."""

    form: uuid.UUID
    agreement: uuid.UUID | None
    policy: uuid.UUID | None


@dataclass(frozen=True)
class OpenPage:
    """What a token says."""

    pins: Pins
    seconds_open: int

    @property
    def is_fresh(self) -> bool:
        return 0 <= self.seconds_open <= LIFETIME_SECONDS


def sign(pins: Pins) -> str:
    """A token for a page opened now."""
    versions = [pin.hex if pin else None for pin in (pins.form, pins.agreement, pins.policy)]
    token = _serializer().dumps([*versions, int(now().timestamp())])
    return token if isinstance(token, str) else token.decode()


def read(token: str) -> OpenPage | None:
    """What a token says, or None for a missing, forged or damaged one."""
    try:
        *versions, opened_at = _serializer().loads(token)
    except BadSignature:
        return None
    form, agreement, policy = (uuid.UUID(version) if version else None for version in versions)
    assert form  # noqa: S101 - we signed it
    return OpenPage(Pins(form, agreement, policy), int(now().timestamp()) - opened_at)


def _serializer() -> URLSafeSerializer:
    secret = str(current_app.secret_key)
    return URLSafeSerializer(secret, "hosted form", signer_kwargs={"digest_method": hashlib.sha256})
