"""Letters put into a mailbox, and what became of them."""

from typing import Any

from sqlalchemy import func, select

from crm.core import jobs, transaction
from crm.mail import queries
from crm.mail.models import Mailbox
from crm.subject_requests import mailbox
from crm.subject_requests.models import SubjectRequest
from crm.subject_requests.post import Fate, TakenLetter, Why
from tests import post_office


def letter(
    number: int = 1,
    *,
    sender: int | None = None,
    text: str = "Удалите мои данные",
    charset: str = "utf-8",
    subject: str = "Просьба",
    files: bytes = b"",
) -> bytes:
    """A letter as it lies on a mail server."""
    name = number if sender is None else sender
    head = f"From: Ivan <ivan{name}@example.org>\r\nTo: {post_office.NAME}\r\nMessage-ID: <{number}@example.org>\r\n"
    kind = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return f"{head}Subject: {subject}\r\n{kind}{text}\r\n".encode(charset) + files


def poll() -> None:
    """What the working processes do once in five minutes, and what they were told to do then."""
    with transaction.of_its_own():
        mailbox.sweep()
    jobs.work_off()


def taken(session: Any) -> list[tuple[Fate, Why | None]]:
    """What became of the letters, in the order in which they were taken."""
    session.rollback()
    rows = session.scalars(select(TakenLetter).where(TakenLetter.folder_id.is_not(None)).order_by(TakenLetter.id))
    return [(row.fate, row.why) for row in rows]


def state(session: Any) -> Mailbox:
    """The mailbox as it stands now."""
    session.rollback()
    found = queries.mailbox()
    assert found
    return found


def new_requests(session: Any) -> int:
    """How many requests came out of the mailbox."""
    session.rollback()
    taken_ids = select(TakenLetter.request_id).where(TakenLetter.folder_id.is_not(None))
    those = select(func.count()).select_from(SubjectRequest).where(SubjectRequest.id.in_(taken_ids))
    return int(session.scalar(those))
