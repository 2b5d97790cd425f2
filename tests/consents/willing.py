"""People who agree and take back, and the letters they get, as the tests of consents know them."""

import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.agreements.ready import READY, LegalBasis, PurposeKind
from crm.clients.models import Client
from crm.consents import commands, links
from crm.consents import queries as ledger
from crm.consents.commands import Circumstances
from crm.consents.models import Channel, ConsentLink, ConsentRecord, Ground
from crm.core.clock import today
from crm.core.db import db
from crm.core.letters import Letter
from crm.webforms import commands as webforms
from crm.webforms import page, queries
from crm.webforms.models import Submission, WebForm
from crm.webforms.submitting import Wishes, submit

MARIA = {"full_name": "Мария Новикова", "email": "maria@novikova.example.org", "phone": "+79217654321"}
ENQUIRY, REGISTRATION, NEWSLETTER = "consent", "consent_1", "consent_2"
"""The boxes of the wide form, by their names: two that a tick is enough for, one that a letter must confirm."""
BY_EMAIL = Circumstances(Channel.EMAIL)
CODES = {ENQUIRY: "consent", REGISTRATION: "registration", NEWSLETTER: "newsletter"}


def purpose(box: str) -> Any:
    """The purpose behind a box of the wide form."""
    return agreements.agreement(CODES[box]).purpose


def wide_form(by: User, *, only: tuple[str, ...] = (ENQUIRY, REGISTRATION, NEWSLETTER)) -> WebForm:
    """A published form that asks for consent to these purposes; the enquiry is required."""
    fields = [{"name": name, "label": name, "required": False} for name in ("full_name", "email", "phone", "text_1")]
    purposes = [{"id": purpose(box).id.hex, "required": box == ENQUIRY} for box in only]
    form = webforms.create_form(title="Обо всём", lead="", fields=fields, purposes=purposes, by=by)
    for box in only:
        if agreements.agreement(CODES[box]).approved is None:
            webforms.publish_document(agreements.agreement(CODES[box]), by=by)
    db.session.flush()
    webforms.publish(form, by=by)
    db.session.flush()
    return form


def new_edition(box: str, *, by: User, words: str = "Новое слово.") -> None:
    """The document of a box changes, and every form shows the new edition."""
    document = agreements.agreement(CODES[box])
    document.draft = f"{document.draft}\n\n{words}"
    webforms.publish_document(document, by=by)
    db.session.flush()


def send(form: WebForm, *ticked: str, **values: str) -> Submission:
    """What somebody (Maria, unless told otherwise) sends with these boxes ticked."""
    shown = queries.shown(form.id)
    assert shown
    answers = {name: {"value": value, "label": name} for name, value in (values or MARIA).items()}
    wishes = Wishes(frozenset(ticked))
    seen = Circumstances(ip_address="192.0.2.7", user_agent="Тестовый браузер", page_address="http://localhost/f/x")
    made = submit(shown, page.read(page.sign(shown.pins)), answers, wishes=wishes, seen=seen)
    db.session.flush()
    return made


def letters_to(client: Client, kind: str = "") -> list[Letter]:
    """The letters to a person, the oldest first; of one kind if named."""
    rows = select(Letter).filter_by(subject_key_id=client.subject_key_id).order_by(Letter.id)
    return [letter for letter in db.session.scalars(rows) if kind in ("", letter.kind)]


def address_in(letter: Letter) -> str:
    """The path of the link in a letter."""
    found = re.search(r"http://localhost(/confirm/\S+)", letter.text or "")
    assert found, letter.text
    return found[1]


def link_to(client: Client, kind: str) -> str:
    """The path of the link in the newest letter of a kind to this person."""
    return address_in(letters_to(client, kind)[-1])


def links_of(client: Client) -> list[ConsentLink]:
    """Every link of a person, and every wish to be called, the oldest first."""
    return list(
        db.session.scalars(select(ConsentLink).filter_by(subject_key_id=client.subject_key_id).order_by(ConsentLink.id))
    )


def told(client: Client) -> dict[Any, str]:
    """How the purposes stand by the boxes of the wide form: the word, and "again" where somebody must look."""
    by_purpose = {purpose(box).id: box for box in CODES}
    return {
        by_purpose[key]: f"{one.state.value}{' again' if one.was_withdrawn else ''}"
        for key, one in ledger.currents_of(client).items()
    }


def token_in(address: str) -> str:
    """The secret of a link."""
    return address.rpartition("/")[2]


def press(address: str, *, shown: str = "") -> list[ConsentRecord]:
    """What the button of a page that shows this text (the newest, unless told otherwise) does."""
    offer = links.offered(token_in(address))
    return links.press(offer, shown=shown or offer.text.address, ip_address="198.51.100.4", user_agent="Почтовик")


def wish_to_withdraw(sent: Submission, *boxes: str) -> None:
    """Somebody with the receipt ticks these consents on its page."""
    assert sent.consent
    wanted = {purpose(box).id for box in boxes}
    records = ledger.all_by_receipt(sent.consent.receipt)
    chosen = [one for one in records if one.agreement_version.agreement.purpose_id in wanted]
    entity = accounts.main_entity()
    links.ask_to_withdraw(chosen, public_code=entity.public_code, company=entity.name)


def day(number: int) -> date:
    """A day so many days from today."""
    return today() + timedelta(days=number)


def give(client: Client, by: User, *boxes: str, **seen: Any) -> list[ConsentRecord]:
    """Staff write down consent on paper (or however told) to the newest edition behind each of these boxes."""
    versions = [agreements.versions(agreements.agreement(CODES[box]))[0] for box in boxes]
    how = Circumstances(**{"channel": Channel.PAPER} | seen)
    code = accounts.main_entity().public_code
    records = commands.give(client, versions, public_code=code, seen=how, by=by)
    db.session.flush()
    return records


def ground(client: Client, by: User, *, since: int = 0, until: int | None = None) -> Ground:
    """A contract from one day (counted from today) to another."""
    values = READY[PurposeKind.OTHER].values() | {"name": "договор", "basis": LegalBasis.CONTRACT}
    other = documents.add_purpose(kind=PurposeKind.OTHER, values=values, by=by)
    db.session.flush()
    days = {"since_on": day(since), "until_on": None if until is None else day(until)}
    made = commands.add_ground(client, purpose_id=other.id, note="Договор № 7", by=by, **days)
    db.session.flush()
    return made


def footing(client: Client) -> tuple[str, bool, int | None]:
    """How a card stands: the word, whether it is restricted, and in how many days it must be gone."""
    left = (client.destroy_on - today()).days if client.destroy_on else None
    return client.standing.value, client.restricted_at is not None, left
