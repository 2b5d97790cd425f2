"""Forms that ask for several consents, and what visitors of them see and do, as tests tell it."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from crm.accounts.models import User
from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.agreements.models import Purpose
from crm.consents.models import ConsentLink, ConsentRecord
from crm.core.db import db
from crm.core.letters import Letter
from crm.webforms import commands
from crm.webforms.models import WebForm

REQUIRED, OPTIONAL = True, False
FIELDS = {"full_name": "ФИО", "email": "Эл. почта", "text_1": "Сообщение"}
SENT = {"full_name": "Мария Новикова", "email": "maria@novikova.example.org", "text_1": "Перезвоните"}


def purpose(code: str) -> Purpose:
    """The purpose of a document: "consent" (enquiry), "registration", "newsletter", "transfer"."""
    found = agreements.agreement(code).purpose
    assert found
    return found


def asking(by: User, *, fields: tuple[str, ...] = tuple(FIELDS), **codes: bool) -> WebForm:
    """A draft that asks for these consents (by the codes of their documents), each required or not."""
    shown = [{"name": name, "label": FIELDS[name], "required": name == "full_name"} for name in fields]
    purposes = [{"id": purpose(code).id.hex, "required": is_required} for code, is_required in codes.items()]
    form = commands.create_form(title="Обо всём", lead="", fields=shown, purposes=purposes, by=by)
    for code in codes:
        if agreements.agreement(code).approved is None:
            commands.publish_document(agreements.agreement(code), by=by)
    db.session.flush()
    return form


def published(by: User, **codes: Any) -> WebForm:
    """The same, seen by visitors."""
    form = asking(by, **codes)
    commands.publish(form, by=by)
    db.session.flush()
    return form


def states() -> dict[str, str]:
    """The newest act of will of each purpose, of whomever, by the code of its document."""
    records = db.session.scalars(select(ConsentRecord).order_by(ConsentRecord.sequence))
    return {record.agreement_version.agreement.code: record.state.value for record in records}


def letters() -> list[Letter]:
    """Every letter of the operator, the oldest first."""
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def links() -> list[ConsentLink]:
    """Every link, the oldest first."""
    return list(db.session.scalars(select(ConsentLink).order_by(ConsentLink.id)))


def link_in(letter: Letter) -> str:
    """The path of the link in a letter."""
    found = re.search(r"http://localhost(/confirm/\S+)", letter.text or "")
    assert found, letter.text
    return found[1]


def change(act: Callable[[Callable[[], object]], object], by: User, code: str, **values: Any) -> None:
    """The register says something else of a purpose, and forms are judged, as its page does."""

    def changed() -> None:
        one = purpose(code)
        documents.save_purpose(one, values=values, revision=one.revision, by=by)
        commands.judge(by=by)

    act(changed)


def retire(act: Callable[[Callable[[], object]], object], by: User, code: str) -> None:
    """A purpose is used no more."""

    def retired() -> None:
        documents.set_retired(purpose(code), retired=True, by=by)
        commands.judge(by=by)

    act(retired)
