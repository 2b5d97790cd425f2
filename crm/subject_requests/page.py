"""The signed token of an open request page, and what follows from it: one sending is one request.

No cookie and no session: as with the hosted forms, that a post comes from our own page is told by Sec-Fetch-Site. The
address of the status page is made from the token and the words sent, so the same sending leads to the same page.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from crm.core import keys
from crm.core.clock import now

LIFETIME_SECONDS = 24 * 3600
TOKEN_LETTERS = 40
"""Of the status page's address: 160 bits, in hex, since mail programs cut a "-" off the end of an address."""


@dataclass(frozen=True)
class Opening:
    """One opening of the page."""

    nonce: str
    seconds_open: int

    @property
    def is_fresh(self) -> bool:
        return 0 <= self.seconds_open <= LIFETIME_SECONDS


def sign(code: str) -> str:
    """A token for a page of this legal entity opened now."""
    token = _serializer(code).dumps([secrets.token_hex(16), int(now().timestamp())])
    return token if isinstance(token, str) else token.decode()


def read(code: str, token: str) -> Opening | None:
    """What a token says, or None for a missing, forged or damaged one, or another page's."""
    try:
        nonce, opened_at = _serializer(code).loads(token)
    except (BadSignature, ValueError):
        return None
    return Opening(nonce, int(now().timestamp()) - opened_at)


def status_token(opening: Opening, sent: Mapping[str, str]) -> str:
    """The unguessable word of the status page: another for each opening, the same for the same words sent twice."""
    content = json.dumps([opening.nonce, sorted(sent.items())], ensure_ascii=False).encode()
    return hmac.new(keys.derived("request page"), content, "sha256").hexdigest()[:TOKEN_LETTERS]


def _serializer(code: str) -> URLSafeSerializer:
    secret = str(current_app.secret_key)
    return URLSafeSerializer(secret, f"request page {code}", signer_kwargs={"digest_method": hashlib.sha256})
