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
    """The exact versions that a page shows. A form version has its texts; `asks_consent` is whether they are shown."""

    form: uuid.UUID
    asks_consent: bool
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
    policy = pins.policy.hex if pins.policy else None
    token = _serializer().dumps([pins.form.hex, pins.asks_consent, policy, int(now().timestamp())])
    return token if isinstance(token, str) else token.decode()


def read(token: str) -> OpenPage | None:
    """What a token says, or None for a missing, forged or damaged one."""
    try:
        form, asks_consent, policy, opened_at = _serializer().loads(token)
        pins = Pins(uuid.UUID(form), bool(asks_consent), uuid.UUID(policy) if policy else None)
    except (BadSignature, ValueError):
        return None
    return OpenPage(pins, int(now().timestamp()) - opened_at)


def _serializer() -> URLSafeSerializer:
    secret = str(current_app.secret_key)
    return URLSafeSerializer(secret, "hosted form", signer_kwargs={"digest_method": hashlib.sha256})
