"""The demo operator: who it is, and the acts of its year, each done by the same commands that people use."""

import random
import uuid
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from crm.accounts import commands as accounts
from crm.accounts import queries as staff
from crm.accounts.models import User
from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.agreements.models import Purpose
from crm.agreements.ready import PurposeKind
from crm.clients.models import Client
from crm.consents import commands as consents
from crm.consents import links, terms
from crm.consents import queries as ledger
from crm.consents.commands import Circumstances
from crm.consents.models import Channel
from crm.core import clock, files
from crm.core.db import db
from crm.core.letters import Letter, LetterState
from crm.demo_papers import (
    EDITIONS,
    FIELDS,
    GROUNDS,
    LEADS,
    MANAGER,
    MORE_FIELDS,
    OWNER,
    REQUISITES,
    SOLE_TRADER,
    paper,
)
from crm.demo_people import ENQUIRY, NEWS, OPEN_DAY, PROFILE, Person, Visit
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from crm.webforms import commands as webforms
from crm.webforms import counts, fields, page, queries
from crm.webforms.models import WebForm
from crm.webforms.submitting import Wishes, submit

DOCUMENTS = ("policy", "consent", "newsletter")


class Company:
    """The operator in whose name everything happens; each method is one act of its year."""

    owner: User
    manager: User

    def __init__(self, rng: random.Random, password: str) -> None:
        self.rng, self.password = rng, password
        self.forms: dict[str, WebForm] = {}
        self.cards: dict[Person, uuid.UUID] = {}
        self.grounds: dict[str, Purpose] = {}

    def sign_up(self) -> None:
        """The owner registers the company, and the samples of its documents are laid out."""
        self.owner = accounts.sign_up(requisites=REQUISITES, owner=OWNER, password=self.password)
        documents.prepare()

    def hire(self) -> None:
        """The owner invites the manager, who comes in with the code."""
        self.manager, code = accounts.invite(**MANAGER, by=self.owner)
        invitation = staff.open_invitation(code)
        assert invitation  # noqa: S101 - it was made a line above
        accounts.join(invitation, password=self.password)

    def register_purposes(self) -> None:
        """The owner enters what the company does without consent: by contract, by law."""
        for name, values in GROUNDS.items():
            self.grounds[name] = documents.add_purpose(kind=PurposeKind.OTHER, values=values, by=self.owner)

    def review(self, number: int) -> None:
        """The owner saves every document as read and checked."""
        name, days, addition = EDITIONS[number]
        purpose = agreements.purposes()[0]
        values = {"name": name, "retention_days": days}
        documents.save_purpose(purpose, values=values, revision=purpose.revision, by=self.owner)
        for code in DOCUMENTS:
            document = agreements.agreement(code)
            body, _, last = agreements.sample(document.purpose.kind if document.purpose else None).rpartition("\n\n")
            draft = f"{body}\n\n{addition}{last}"
            documents.save_draft(document, draft=draft, reviewed=True, revision=document.revision, by=self.owner)

    def publish_documents(self) -> None:
        """The owner puts every document in force; the policy first, for every form needs it."""
        for code in DOCUMENTS:
            webforms.publish_document(agreements.agreement(code), by=self.owner)

    def ask_again(self) -> None:
        """The owner asks everybody who agreed to the older text whether they agree to the present one."""
        renewal = terms.ask_again(agreements.agreement("consent"), lapses_on=None, by=self.owner)
        terms.write_renewals(renewal.id)

    def add_sole_trader(self) -> None:
        """The owner also gives consultations as a sole trader: a second legal entity."""
        accounts.add_entity(requisites=SOLE_TRADER, by=self.owner)

    def make_form(self, title: str) -> None:
        """The owner makes a form."""
        entity = staff.entities()[-1 if title == PROFILE else 0]
        self.forms[title] = webforms.create_form(
            title=title,
            lead=LEADS[title],
            fields=_fields(FIELDS[title]),
            entity_id=entity.id,
            purposes=_purposes(with_news=title == NEWS),
            by=self.owner,
        )

    def publish(self, title: str) -> None:
        """The owner opens a form to visitors."""
        webforms.publish(self.forms[title], by=self.owner)

    def change_enquiry(self) -> None:
        """The manager asks visitors a little more, offers them the news, and shows them the new form."""
        form = self.forms[ENQUIRY]
        draft = {"fields": _fields(MORE_FIELDS), "purposes": _purposes(with_news=True)}
        webforms.save_form(form, title=form.title, lead=form.lead, **draft, revision=form.revision, by=self.manager)
        webforms.publish(form, by=self.manager)

    def close_open_day(self) -> None:
        """The owner closes the form of a day that has passed."""
        webforms.close(self.forms[OPEN_DAY], by=self.owner)

    def receive(self, visit: Visit) -> None:
        """A visitor sends a form."""
        form, person = self.forms[visit.form], visit.person
        shown = queries.shown(form.id)
        assert shown  # noqa: S101 - the story sends nobody to a closed form
        with clock.stopped_at(visit.at - timedelta(seconds=self.rng.randint(35, 400))):
            token = page.sign(shown.pins)
        opened = page.read(token)
        posted = fields.read(shown.face.version_id, shown.face.fields, self._typed(shown.face.fields, visit))
        if not posted.validate() or opened is None:
            raise ValueError(posted.errors)
        address = f"{current_app.config['BASE_URL']}/f/{form.address}"
        seen = Circumstances(ip_address=person.address, user_agent=person.browser, page_address=address)
        ticked = frozenset(box.name for box in shown.boxes if box.is_required or visit.wants_news)
        wishes = Wishes(ticked, receipt_by_letter=self.rng.random() < 0.3)
        submission = submit(shown, opened, fields.answers(shown.face.fields, posted), wishes=wishes, seen=seen)
        self.cards[person] = submission.client.id
        self._count(shown.face.version_id)

    def _typed(self, asked: list[dict[str, Any]], visit: Visit) -> MultiDict[str, str]:
        always = {"email", "phone"}  # by them a returning visitor is recognised
        names = [f["name"] for f in asked if f["required"] or f["name"] in always or self.rng.random() < 0.8]
        return MultiDict({name: visit.typed.get(name, "") for name in names})

    def _count(self, version_id: uuid.UUID) -> None:
        """Others looked at the page and left, or forgot the box and ticked it when told."""
        for _ in range(self.rng.randint(2, 7)):
            counts.add(version_id, "shown")
        if self.rng.random() < 0.2:
            counts.add(version_id, "refused")

    def press(self, person: Person, kind: str) -> None:
        """Somebody who got a letter of this kind opens the link in it and presses the button."""
        client_id = self.cards.get(person)
        client = db.session.get(Client, client_id) if client_id else None
        letters = select(Letter).filter_by(subject_key_id=client.subject_key_id, kind=kind) if client else None
        letter = db.session.scalar(letters.order_by(Letter.id.desc()).limit(1)) if letters is not None else None
        if letter is None:
            return
        token = (letter.text or "").partition("/confirm/")[2].split()[0].rpartition("/")[2]
        with suppress(links.LinkSpent):
            offer = links.offered(token)
            links.press(offer, shown=offer.text.address, ip_address=person.address, user_agent=person.browser)

    def agree_on_paper(self, person: Person, on: date) -> None:
        """A client signed in the office that they want the news; the manager writes it down and adds the scan."""
        client = db.session.get_one(Client, self.cards[person])
        version = ledger.in_force_on([agreements.agreement("newsletter").id], on)[0]
        scan = files.keep(client.subject_key, name="Согласие на рассылку.pdf", content=paper(on))
        note = "Подписано в офисе, оригинал в папке 4."
        seen = Circumstances(Channel.PAPER, note=note, given_on=on, attachment=scan)
        code = ledger.entity_of(version).public_code
        consents.give(client, [version], public_code=code, seen=seen, by=self.manager)

    def take_back(self, person: Person, channel: Channel, note: str, contract: tuple[str, str] | None) -> None:
        """Somebody of the staff writes down that a client took consent back; a contract or a law may hold the data."""
        client = db.session.get_one(Client, self.cards[person])
        by = self.rng.choice((self.owner, self.manager, self.manager))
        if contract:
            basis, proof = contract
            day, purpose_id = clock.today() - timedelta(days=9), self.grounds[basis].id
            consents.add_ground(client, purpose_id=purpose_id, since_on=day, until_on=None, note=proof, by=by)
        consents.withdraw(client.id, seen=Circumstances(channel=channel, note=note), by=by)

    def wish_to_withdraw(self, person: Person) -> None:
        """Somebody asks on the page of their receipt to take consent back."""
        client = db.session.get_one(Client, self.cards[person])
        receipt = next(record.receipt for record in reversed(ledger.ledger_of(client)))
        records = list(ledger.all_by_receipt(receipt))
        entity = ledger.entity_of(records[0].agreement_version)
        links.ask_to_withdraw(records, public_code=entity.public_code, company=entity.name)

    def erase(self, person: Person, reason: Reason) -> None:
        """The owner destroys a client's data."""
        erasure.erase(self.cards.pop(person), reason=reason, by=self.owner)

    def mark_letters_as_sent(self) -> None:
        """The year's letters went: should a real mail server be set up, nobody invented is written to."""
        for letter in db.session.scalars(select(Letter).filter_by(state=LetterState.WAITING)):
            letter.state, letter.attempts, letter.sent_at = LetterState.SENT, 1, letter.created_at


def _fields(labels: dict[str, str]) -> list[dict[str, Any]]:
    return [{"name": n.rstrip("*"), "label": label, "required": n.endswith("*")} for n, label in labels.items()]


def _purposes(*, with_news: bool) -> list[dict[str, Any]]:
    found = {one.kind: one.id.hex for one in agreements.purposes()}
    asked = [{"id": found[PurposeKind.ENQUIRY], "required": True}]
    return [*asked, {"id": found[PurposeKind.NEWSLETTER], "required": False}] if with_news else asked
