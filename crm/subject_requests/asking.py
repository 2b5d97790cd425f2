"""What a person does on the request page: ask, get a code, prove the mailbox.

The clock starts when the page is sent. Anybody may send it in anybody's name, so until the code from the letter comes
back nobody's card is touched; from then on it is as if the person had written from that mailbox.
"""

import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _

from crm.accounts.models import LegalEntity
from crm.audit import commands as audit
from crm.audit.models import Action, ActorKind
from crm.clients.models import Client
from crm.consents import queries as consents
from crm.core import keys, transaction
from crm.core.clock import now
from crm.core.db import db
from crm.core.throttle import Limit
from crm.subject_requests import commands, handling, matching, notices, queries
from crm.subject_requests.commands import Contact, Found, Words
from crm.subject_requests.models import Applicant, Identity, RequestKind, SubjectRequest, Way

CODE_LIFETIME = timedelta(hours=24)
FROM_NETWORK = Limit("requests by the page from one network", count=20, minutes=60)
TRIES = Limit("tries of one code of a request", count=5, minutes=24 * 60)
TRIES_FROM = Limit("tries of codes of requests from one network", count=60, minutes=60)
CODES = Limit("new codes for one request", count=3, minutes=24 * 60)
RECEIPT = re.compile(r"[0-9A-Z]{2,8}(?:-[2-9A-HJ-NP-Z]{5}){5}")
"""The number of a receipt, wherever it stands in what was typed."""
MOST_RECEIPTS = 3


@dataclass(frozen=True)
class Asked:
    """What somebody sent by the page."""

    kind: RequestKind
    contact: Contact
    words: Words


def take(asked: Asked, *, entity: LegalEntity, token: str, address: str, may_write: bool) -> SubjectRequest:
    """Write the request into the journal, and a letter with a code to the mailbox, if there is one and it may be
    written to. `token` is the word of the status page, `address` the whole address of that page: what was sent before
    under the same word is there already."""
    transaction.one_at_a_time()
    if known := queries.by_token(token):
        return known
    found = [Found(client) for client in _cards(asked)]
    request = commands.register(
        asked.contact, asked.words, way=Way.PAGE, kind=asked.kind, found=found, entity=entity, token=token
    ).request
    if asked.contact.email and may_write:
        send_code(request, address=address)
    return request


def _cards(asked: Asked) -> list[Client]:
    """The cards that it may be about: by what was typed, and behind the receipts that were named."""
    contact = asked.contact
    matches = matching.matches(contact.email, asked.words.text, contact.full_name, contact.phone)
    found = {match.client.id: match.client for match in matches}
    found |= {client.id: client for client in behind_receipts(f"{contact.facts} {asked.words.text}")}
    return list(found.values())


def behind_receipts(text: str) -> Iterator[Client]:
    """The people whose receipts are named in a text: who knows a number need not be them."""
    for number in dict.fromkeys(RECEIPT.findall(text.upper())[:MOST_RECEIPTS]):
        record = consents.by_receipt(number)
        client = consents.client_behind(record) if record else None
        if client:
            yield client


def send_code(request: SubjectRequest, *, address: str) -> None:
    """Make a new code, in place of the one before, and write it to the mailbox that was typed."""
    code = f"{secrets.randbelow(1_000_000):06}"
    request.code_hash, request.code_expires_at = _hashed(request, code), now() + CODE_LIFETIME
    notices.send_code(request, code=code, url=address)


def send_code_again(request: SubjectRequest, *, address: str) -> None:
    """The same on demand, while there is a mailbox that nobody has proved."""
    transaction.one_at_a_time()
    db.session.refresh(request)
    if is_waiting(request):
        send_code(request, address=address)


def is_waiting(request: SubjectRequest) -> bool:
    """Whether a code may come back still: somebody typed a mailbox and nobody has proved it."""
    applicant = queries.applicant_of(request)
    is_asked = request.way is Way.PAGE and request.mailbox_proved_at is None
    return is_asked and applicant is not None and bool(applicant.email) and request.state in handling.OPEN


def tries_of(request: SubjectRequest) -> str:
    """What the tries of the present code are counted by: a new code has its own."""
    return f"{request.id.hex}|{request.code_expires_at.isoformat() if request.code_expires_at else ''}"


def prove(request: SubjectRequest, code: str) -> bool:
    """Whether this is the code that was sent: then the mailbox is the person's, and what may be done at once is done.

    Count the tries first: there are a million codes.
    """
    transaction.one_at_a_time()
    db.session.refresh(request)
    if not is_waiting(request) or not _fits(request, code):
        return False
    request.code_hash = request.code_expires_at = None
    request.mailbox_proved_at = now()
    applicant = queries.applicant_of(request)
    if applicant:
        _act(request, applicant)
    db.session.flush()
    commands.settle(request)
    details = {"what": "mailbox_proved"}
    audit.note(Action.REQUEST_CHANGED, kind=ActorKind.VISITOR, subject=request.id, details=details)
    return True


def _fits(request: SubjectRequest, code: str) -> bool:
    if request.code_hash is None or request.code_expires_at is None or request.code_expires_at <= now():
        return False
    return hmac.compare_digest(request.code_hash, _hashed(request, code))


def _act(request: SubjectRequest, applicant: Applicant) -> None:
    """A mailbox that is one card's own tells whose request it is; a human still confirms."""
    certain = [match.client for match in matching.matches(applicant.email or "", "") if match.is_certain]
    if len(certain) != 1:
        return
    (client,) = certain
    request.identity, request.identity_at = Identity.CODE, now()
    if client.id not in {tied.card.client_id for tied in queries.cards_of(request)}:
        commands.tie(request, client, is_confirmed=False)
    commands.act_at_once(request, client)


def _hashed(request: SubjectRequest, code: str) -> bytes:
    return hmac.digest(keys.derived("code of a request"), f"{request.id.hex}|{code}".encode(), "sha256")


def with_address(facts: str, address: str) -> str:
    """What ties the person to us, and where a paper letter would reach them."""
    told = _("Почтовый адрес для ответа: %(address)s", address=address) if address else ""
    return "\n".join(part for part in (facts, told) if part)
