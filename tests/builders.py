"""Operators, forms and submissions that tests stand on, all made by the real commands."""

import uuid
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from sqlalchemy import select

from crm.accounts import commands as accounts
from crm.accounts import queries as staff
from crm.accounts.models import LegalForm, User
from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.agreements.ready import READY, LegalBasis, PurposeKind
from crm.clients.models import Client
from crm.consents import commands as consents
from crm.consents import links, terms
from crm.consents.commands import Circumstances
from crm.core import files, outbox, tenancy, transaction
from crm.core.clock import now, today
from crm.core.db import db
from crm.core.letters import Letter, LetterState
from crm.erasure import commands as erasure
from crm.erasure.models import ErasureAct, Reason
from crm.mail import commands as mail
from crm.mail.models import Security
from crm.webforms import commands as webforms
from crm.webforms import page, queries
from crm.webforms.models import FormCount, FormVersion, Submission, WebForm
from crm.webforms.submitting import Wishes, submit
from tests import inquiries

PASSWORD = "восемь синих чашек на полке"
CANARY = "ЧУЖАЯ-ТАЙНА"
"""A word of every text of the neighbour: where it appears, the neighbour's data came through."""


@dataclass(frozen=True)
class Person:
    """Somebody of the staff as tests know them: how they sign in, and the cookie of a sign-in made beforehand."""

    id: uuid.UUID
    name: str
    email: str
    cookie: str


@dataclass(frozen=True)
class Operator:
    """What tests know of a furnished operator: its people, its addresses, the keys of its things."""

    id: uuid.UUID
    name: str
    public_code: str
    owner: Person
    manager: Person
    form_id: uuid.UUID
    slug: str
    """The public address of its form."""
    document: str
    """The public address of its agreement's edition."""
    client_id: uuid.UUID
    receipt: str
    canaries: tuple[str, ...]
    """Words that must never appear on a page of anybody else."""
    purpose_id: uuid.UUID
    entity_id: uuid.UUID
    act_id: uuid.UUID | None = None
    ground_id: uuid.UUID | None = None
    file_id: uuid.UUID | None = None
    request_id: uuid.UUID | None = None
    letter_id: uuid.UUID | None = None
    """A letter as it came."""
    aside_id: uuid.UUID | None = None
    """Another, that was put aside."""
    message_id: uuid.UUID | None = None
    """A draft of an answer, with a scan."""


def ours(app: Flask) -> Operator:
    """ООО «Ромашка» with Анна, Борис, a published form and one client who sent it."""
    requisites = {
        "name": "ООО «Ромашка»",
        "inn": "7707083893",
        "ogrn": "1027700132195",
        "address": "101000, г. Москва, ул. Мясницкая, д. 1",
        "request_email": "pdn@romashka.example.org",
        "request_phone": "+74951234567",
        "responsible_person": "Ромашкина Анна Петровна",
    }
    return _operator(
        app,
        requisites,
        owner={"name": "Анна Ромашкина", "position": "Директор", "email": "anna@romashka.example.org"},
        manager={"name": "Борис Ромашкин", "position": "Менеджер", "email": "boris@romashka.example.org"},
        title="Заявка с сайта",
        client={"full_name": "Пётр Лугов", "phone": "+79121234567", "email": "petr@lugov.example.org"},
        canaries=("Ромашк", "romashka", "Лугов"),
    )


def neighbour(app: Flask) -> Operator:
    """Another operator of the installation, each of whose texts is a canary."""
    email = "chuzhaya-tayna{}@secret.example.org".format
    requisites = {
        "name": f"ООО «{CANARY}»",
        "inn": "7728168971",
        "ogrn": "1027700067328",
        "address": f"{CANARY}, адрес",
        "request_email": email(1),
        "request_phone": "+79995557711",
        "responsible_person": f"{CANARY} ответственный",
        "processor": f"{CANARY} обработчик",
    }
    made = _operator(
        app,
        requisites,
        owner={"name": f"{CANARY} владелец", "position": CANARY, "email": email(2)},
        manager={"name": f"{CANARY} менеджер", "position": CANARY, "email": email(3)},
        title=f"{CANARY} форма",
        client={
            "full_name": f"{CANARY} клиент",
            "phone": "+79995557722",
            "email": email(4),
            "text_1": f"{CANARY} сообщение",
        },
        canaries=(CANARY, "chuzhaya-tayna", "999555771", "999 555-77-", "7728168971", "1027700067328"),
    )
    with app.test_request_context("/"), transaction.of_its_own():
        return replace(made, act_id=act(made).id, **paperwork(made))


def _operator(
    app: Flask,
    requisites: dict[str, str],
    *,
    owner: dict[str, str],
    manager: dict[str, str],
    title: str,
    client: dict[str, str],
    canaries: tuple[str, ...],
) -> Operator:
    with app.test_request_context("/"), transaction.of_its_own():
        boss = accounts.sign_up(
            requisites={"legal_form": LegalForm.OOO, "processor": ""} | requisites, owner=owner, password=PASSWORD
        )
        documents.prepare()
        _, code = accounts.invite(**manager, by=boss)
        db.session.flush()
        helper = accounts.join(staff.open_invitation(code), password=PASSWORD)
        mark = CANARY if CANARY in title else ""
        form = published_form(by=boss, title=title, lead=mark, mark=mark)
        sent = submission(form.id, **client)
        db.session.flush()
        if mark:
            correspondence(sent, mark=mark, by=boss)
        entity = staff.main_entity()
        return Operator(
            id=boss.organisation_id,
            name=requisites["name"],
            public_code=entity.public_code,
            owner=_person(boss),
            manager=_person(helper),
            form_id=form.id,
            slug=form.address,
            document=sent.consent.agreement_version.address,
            client_id=sent.client.id,
            receipt=sent.consent.receipt,
            canaries=(*canaries, form.address, entity.public_code, form.id.hex, str(form.id)),
            purpose_id=agreements.purposes()[0].id,
            entity_id=entity.id,
        )


def _person(user: User) -> Person:
    accounts.open_session(user)
    return Person(user.id, user.name, user.email, user.get_id())


def published_form(*, by: User, title: str = "Ещё одна форма", lead: str = "", mark: str = "") -> WebForm:
    """A form that visitors can use, with the texts it needs; `mark` stands in every label and document."""
    labels = {"full_name": "ФИО", "phone": "Телефон", "email": "Эл. почта", "text_1": "Сообщение"}
    fields = [
        {"name": name, "label": f"{mark} {label}".strip(), "required": name == "full_name"}
        for name, label in labels.items()
    ]
    form = webforms.create_form(title=title, lead=lead, fields=fields, by=by)
    for code in ("policy", "consent"):
        document = agreements.agreement(code)
        if mark:
            document.draft = f"{mark}\n\n{document.draft}"
        if document.approved is None:
            webforms.publish_document(document, by=by)
    db.session.flush()
    webforms.publish(form, by=by)
    db.session.flush()
    return form


def blank_form(title: str) -> WebForm:
    """A form that nobody asked for and no command made."""
    entity_id = staff.main_entity().id
    return WebForm(title=title, lead="", fields=[], purposes=[], entity_id=entity_id, address="")


def submission(form_id: uuid.UUID, **values: str) -> Submission:
    """What a visitor sent through a published form; without values, one who gives a name only."""
    shown = queries.shown(form_id)
    labels = {field["name"]: field["label"] for field in shown.face.fields}
    values = values or {"full_name": "Иван Безымянный"}
    answers = {name: {"value": value, "label": labels[name]} for name, value in values.items()}
    address = f"http://127.0.0.1:8000/f/{form_id}"
    seen = Circumstances(ip_address="192.0.2.1", user_agent="Тестовый браузер", page_address=address)
    wishes = Wishes(frozenset(box.name for box in shown.boxes))
    return submit(shown, page.read(page.sign(shown.pins)), answers, wishes=wishes, seen=seen)


def correspondence(sent: Submission, *, mark: str, by: User) -> None:
    """A mail server, and a letter to who sent this that went by it; `mark` stands in all of it."""
    address = "chuzhaya-tayna@secret.example.org"
    names = {"host": "smtp.secret.example.org", "username": address, "from_address": address, "from_name": mark}
    mail.set_up(port=465, security=Security.TLS, password=mark, by=by, **names)
    letter = outbox.write(sent.client.subject_key, to=address, subject=mark, text=mark, key="receipt:1")
    letter.state, letter.attempts, letter.sent_at = LetterState.SENT, 1, letter.created_at
    db.session.flush()


def paperwork(operator: Operator) -> dict[str, uuid.UUID]:
    """A row of every other kind about the operator's client, with the canary in each text."""
    client = db.session.get_one(Client, operator.client_id)
    by = db.session.get_one(User, operator.owner.id)
    values = READY[PurposeKind.OTHER].values() | {"name": CANARY, "basis": LegalBasis.CONTRACT}
    purpose = documents.add_purpose(kind=PurposeKind.OTHER, values=values, by=by)
    db.session.flush()
    ground = consents.add_ground(client, purpose_id=purpose.id, since_on=today(), until_on=None, note=CANARY, by=by)
    scan = file(operator, name=f"{CANARY}.pdf")
    agreement = agreements.agreement("consent")
    terms.ask_again(agreement, lapses_on=None, by=by).done_at = now()
    version = queries.boxes_of(db.session.get_one(FormVersion, queries.shown(operator.form_id).face.version_id))
    matter = consents.Matter.of(version[0].agreement_version)
    names = {"public_code": operator.public_code, "company": operator.name, "receipt": operator.receipt}
    links.send(links.LinkKind.SUBSCRIBE, client, to="chuzhaya-tayna@secret.example.org", matter=matter, **names)
    asked = inquiries.paperwork(client, mark=CANARY, address="chuzhaya-tayna@secret.example.org")
    db.session.add(FormCount(form_version_id=version[0].form_version_id, counted_on=today(), shown=1))
    db.session.flush()
    for letter in db.session.scalars(select(Letter).filter_by(state=LetterState.WAITING)):
        letter.state, letter.sent_at = LetterState.SENT, now()
    return {"ground_id": ground.id, "file_id": scan.id} | asked


def file(operator: Operator, *, name: str = "Скан.pdf") -> files.Attachment:
    """A scan added to the operator's client (the session must act for it)."""
    return files.keep(db.session.get_one(Client, operator.client_id).subject_key, name=name, content=inquiries.PDF)


def many_submissions(form_id: uuid.UUID, number: int) -> None:
    """So many different people, each of whom sent the form once."""
    for n in range(number):
        submission(
            form_id,
            full_name=f"Человек Номер{n}",
            phone=f"+7912{number:03d}{n:04d}",
            email=f"person{n}of{number}@example.org",
            text_1=f"Сообщение {n}",
        )
        db.session.flush()


def act(operator: Operator, **values: Any) -> ErasureAct:
    """An act: somebody sent the operator's form and their data was destroyed (the session must act for it)."""
    tenancy.enter(operator.id)
    sent = submission(operator.form_id, **(values or {"full_name": f"{operator.name} стёртый"}))
    db.session.flush()
    by = db.session.get_one(User, operator.owner.id)
    made = erasure.erase(sent.client_id, reason=Reason.DEMANDED, by=by)
    db.session.flush()
    return made
