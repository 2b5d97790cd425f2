"""Requests of data subjects that tests stand on, made by the real commands."""

import uuid
from datetime import date, datetime

from crm.clients.models import Client
from crm.core import files, keys
from crm.core.clock import now, today
from crm.core.db import db
from crm.core.letters import Letter, LetterFile
from crm.core.personal import SubjectKey
from crm.mail.models import Afterwards, Mailbox, MailFolder, Security
from crm.subject_requests import commands, queries
from crm.subject_requests.commands import Contact, Found, Words
from crm.subject_requests.models import (
    CalendarDay,
    CalendarYear,
    MessageRole,
    RequestKind,
    RequestMessage,
    Step,
    SubjectRequest,
    Way,
)
from crm.subject_requests.post import Fate, ReceivedLetter, TakenLetter, Why

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
"""The least that is a PDF."""


def inquiry(
    *,
    kind: RequestKind = RequestKind.ERASURE,
    way: Way = Way.EMAIL,
    full_name: str = "Пётр Лугов",
    email: str = "petr@lugov.example.org",
    text: str = "Удалите мои данные",
    client: Client | None = None,
    is_certain: bool = False,
    received_at: datetime | None = None,
) -> SubjectRequest:
    """A request of the present operator, about this card if one is given."""
    made = commands.register(
        Contact(full_name=full_name, email=email),
        Words(text=text, subject=text, sender=email, message_id=f"<{uuid.uuid4().hex}@lugov.example.org>"),
        way=way,
        kind=kind,
        proposed=kind,
        received_at=received_at,
        found=[Found(client, is_certain=is_certain)] if client else [],
    )
    db.session.flush()
    return made.request


def original(request: SubjectRequest, *, raw: bytes = b"Subject: x\r\n\r\nx\r\n", mark: str = "") -> ReceivedLetter:
    """The letter by which a request came, as it came."""
    applicant = queries.applicant_of(request)
    assert applicant
    return _received(applicant.subject_key, raw, fate=Fate.REQUEST, request=request, mark=mark)


def _received(
    key: SubjectKey, raw: bytes, *, fate: Fate, request: SubjectRequest | None = None, mark: str = ""
) -> ReceivedLetter:
    why = Why.NO_SENDER if fate is Fate.ASIDE else None
    taken = TakenLetter(digest=uuid.uuid4().bytes * 2, fate=fate, why=why, request=request)
    letter = ReceivedLetter(taken=taken, subject_key=key, size=len(raw))
    letter.sender, letter.subject, letter.text = mark, mark, mark
    letter.enclose(raw)
    db.session.add_all([key, taken, letter])
    db.session.flush()
    return letter


def paperwork(client: Client, *, mark: str, address: str) -> dict[str, uuid.UUID]:
    """A row of every kind of this room and of its mailbox, with the mark in each text; the keys that addresses hold."""
    request = inquiry(full_name=mark, email=address, text=mark, client=client, is_certain=True)
    commands.mark(request, Step.IDENTITY, by=None)
    applicant = queries.applicant_of(request)
    assert applicant
    applicant.note = mark
    letter = original(request, raw=mark.encode(), mark=mark)
    draft = RequestMessage(
        request=request,
        subject_key=applicant.subject_key,
        role=MessageRole.ANSWER,
        is_ours=True,
        is_draft=True,
        at=now(),
    )
    draft.text = draft.subject = mark
    draft.scan = files.keep(applicant.subject_key, name=f"{mark}.pdf", content=PDF)
    box = Mailbox(
        address=address,
        host="imap.secret.example.org",
        port=993,
        security=Security.TLS,
        username=address,
        password=keys.sealed("mailbox", mark, place="mailbox"),
        afterwards=Afterwards.MARK,
        is_on=False,
    )
    days = [CalendarDay(day=date(today().year, 12, 1), is_working=False), CalendarYear(year=2031)]
    db.session.add_all([draft, box, MailFolder(mailbox=box, name=mark), *days])
    db.session.flush()
    for sent in db.session.query(Letter).limit(1):
        file = LetterFile(letter=sent, subject_key=sent.subject_key, name="data.json", media_type="application/json")
        file.enclose(mark.encode())
        db.session.add(file)
    db.session.flush()
    aside = _received(SubjectKey.fresh(), mark.encode(), fate=Fate.ASIDE, mark=mark)
    return {"request_id": request.id, "letter_id": letter.id, "message_id": draft.id, "aside_id": aside.id}
