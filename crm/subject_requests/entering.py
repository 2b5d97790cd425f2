"""What staff write down themselves: requests on paper, by phone, in person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _

from crm.accounts.models import LegalEntity, User
from crm.clients.models import Client
from crm.core import files, transaction
from crm.core.clock import now
from crm.core.personal import SubjectKey
from crm.subject_requests import commands, matching, queries
from crm.subject_requests.asking import behind_receipts
from crm.subject_requests.commands import Contact, Found, Registered, Words
from crm.subject_requests.models import Identity, RequestKind, Way


@dataclass(frozen=True)
class Checked:
    """How staff made sure who asks, which points of art. 14(3) they saw, and who did it; never what was shown."""

    identity: Identity | None = None
    points: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """A request as staff got it."""

    way: Way
    kind: RequestKind
    received_at: datetime
    entity: LegalEntity
    contact: Contact
    text: str
    paper_number: str = ""
    checked: Checked = field(default_factory=Checked)
    client: Client | None = None
    scan: tuple[str, bytes] | None = None
    """Name and content of the file."""


def write_down(entry: Entry, *, by: User) -> Registered:
    """Write it into the journal: its clock started when it reached the company. files.Refused for a bad scan.

    The kind is what a human understood; the card from which they came is confirmed, others are proposed.
    """
    transaction.one_at_a_time()
    key = SubjectKey.fresh()
    scan = files.keep(key, name=entry.scan[0], content=entry.scan[1]) if entry.scan else None
    made = commands.register(
        entry.contact,
        Words(text=entry.text, scan=scan),
        way=entry.way,
        kind=entry.kind,
        received_at=entry.received_at,
        found=_found(entry),
        by=by,
        entity=entry.entity,
        subject_key=key,
    )
    request = made.request
    if entry.checked.identity:
        request.identity, request.identity_points = entry.checked.identity, list(entry.checked.points)
        request.identity_at, request.identity_by_id = now(), by.id
    _note(made, entry)
    commands.settle(request)
    return made


def _found(entry: Entry) -> list[Found]:
    if entry.client:
        return [Found(entry.client, is_confirmed=True)]
    contact = entry.contact
    matches = matching.matches(contact.email, entry.text, contact.full_name, contact.phone)
    found = {match.client.id: Found(match.client, is_certain=match.is_certain) for match in matches}
    for client in behind_receipts(f"{contact.facts} {entry.text}"):
        found.setdefault(client.id, Found(client))
    return list(found.values())


def _note(made: Registered, entry: Entry) -> None:
    """What only the staff need to know."""
    applicant = queries.applicant_of(made.request)
    paper = _("Номер в бумажном журнале: %(number)s", number=entry.paper_number) if entry.paper_number else ""
    note = "\n".join(part for part in (paper, entry.checked.note) if part)
    if applicant and note:
        applicant.note = note
