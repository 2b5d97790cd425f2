"""People on the request page, as tests see them: what they type, the letter they get, the request that is there."""

import re
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from crm.clients.models import Client
from crm.core.db import db
from crm.core.letters import Letter
from crm.subject_requests.models import SubjectRequest
from tests.browsing import Browser
from tests.builders import Operator

PETR = "petr@lugov.example.org"
"""The mailbox of our operator's client."""
TYPED = {
    "kind": "erasure",
    "full_name": "Пётр Лугов",
    "email": "Petr@Lugov.example.org",
    "facts": "Договор 77",
    "text": "Сотрите всё",
}


def send(who: Browser, ours: Operator, **changes: Any) -> TestResponse:
    """Open the page, fill it in, press Send."""
    return who.fill(f"/request/{ours.public_code}", button="Отправить", **(TYPED | changes))


def requests(acting: Any) -> list[SubjectRequest]:
    """Every request of ours, the oldest first, as the database has them now."""
    acting.rollback()
    db.session.expire_all()
    return list(acting.scalars(select(SubjectRequest).order_by(SubjectRequest.number)))


def client_of(acting: Any, ours: Operator) -> Client:
    """The card of our operator's client as it is now."""
    acting.rollback()
    found: Client = acting.get_one(Client, ours.client_id, populate_existing=True)
    return found


def letters(acting: Any, kind: str = "request_code") -> list[Letter]:
    """The letters of a kind, the oldest first."""
    acting.rollback()
    return list(acting.scalars(select(Letter).filter_by(kind=kind).order_by(Letter.id)))


def code(acting: Any) -> str:
    """The code in the newest letter."""
    found = re.search(r"\b\d{6}\b", letters(acting)[-1].text or "")
    assert found
    return found[0]


def return_code(who: Browser, address: str, code: str) -> TestResponse:
    """Type a code into the status page."""
    return who.fill(address, button="Подтвердить", code=code)


def wrong(code: str) -> str:
    """Another code than this."""
    return f"{(int(code) + 1) % 1_000_000:06}"
