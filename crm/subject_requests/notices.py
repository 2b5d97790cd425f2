"""Letters that a person gets by themselves about a request: the code, that it has come, that consent is taken back.

They stand in the correspondence like those that the staff write, and hold nothing that was asked or is kept.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from crm.core import outbox
from crm.core.clock import now
from crm.core.db import db
from crm.core.letters import BadHeader, in_one_line
from crm.core.text import N_
from crm.core.thread import following
from crm.mail import queries as mail
from crm.subject_requests import policy, queries
from crm.subject_requests.models import MessageRole, RequestMessage, SubjectRequest

LONGEST_SUBJECT = 200


def send_code(request: SubjectRequest, *, code: str, url: str) -> None:
    """The code that proves the mailbox; until it comes back nothing else is written there."""
    _write(request, MessageRole.CODE, "mail/requests/code.txt", N_("Код для обращения"), code=code, url=url)


def acknowledge(request: SubjectRequest, *, url: str) -> None:
    """The request has come, and by when it will be answered."""
    _write(request, MessageRole.NOTICE, "mail/requests/received.txt", N_("Обращение принято"), url=url)


def tell_withdrawn(request: SubjectRequest, purposes: Sequence[str], *, url: str = "") -> None:
    """Consent is taken back."""
    names = [in_one_line(purpose) for purpose in purposes]
    _write(request, MessageRole.NOTICE, "mail/requests/withdrawn.txt", N_("Согласие отозвано"), purposes=names, url=url)


def _write(request: SubjectRequest, role: MessageRole, template: str, subject: str, **values: Any) -> None:
    """One letter to the mailbox of who asked; nothing where there is none that a letter can be addressed to."""
    applicant = queries.applicant_of(request)
    if applicant is None or not applicant.email:
        return
    message = RequestMessage(request=request, subject_key=applicant.subject_key, role=role, is_ours=True, at=now())
    company = in_one_line(request.entity.name)
    due_on = policy.deadlines(policy.Facts.of(request, queries.done(request)), queries.calendar())[-1].due_on
    with force_locale("ru"):  # whoever of the staff had it written
        title = f"{_(subject)} № {request.number}: {company}"[:LONGEST_SUBJECT]
        named = {"company": company, "number": request.number, "received_at": request.received_at, "due_on": due_on}
        text = render_template(template, **named, **values)
    try:
        in_reply_to, references, reply_to = thread(request)
        message.letter = outbox.write(
            applicant.subject_key,
            to=applicant.email,
            subject=title,
            text=text,
            key=f"request_{PurePosixPath(template).stem}:{message.id.hex}",
            reply_to=reply_to,
            in_reply_to=in_reply_to,
            references=references,
        )
    except BadHeader:
        return
    message.subject, message.text = title, text
    db.session.add(message)


def thread(request: SubjectRequest) -> tuple[str, str, str]:
    """Where the letter belongs if the request came by one, and where an answer to it goes."""
    rows = select(RequestMessage).filter_by(request_id=request.id, is_ours=False).order_by(RequestMessage.id.desc())
    came, mailbox = db.session.scalars(rows.limit(20)).all(), mail.mailbox()
    newest = next((one for one in came if one.message_id), None)
    in_reply_to, references = following(newest.references or "", newest.message_id or "") if newest else ("", "")
    return in_reply_to, references, mailbox.address if mailbox else ""
