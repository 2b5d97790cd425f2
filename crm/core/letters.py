"""A letter to a person: the row that waits to be sent, and the message that is made of it.

Addressee, subject and text are sealed with the addressee's key, so erasing a client destroys every letter to them, sent
or still waiting. The plain columns tell how the sending goes and name nobody.
"""

import re
import secrets
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from enum import StrEnum
from typing import Any

import idna
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.core.clock import now
from crm.core.db import Record, one_of, plain
from crm.core.personal import Sealed, SealedContent, personal
from crm.core.text import is_clean
from crm.core.thread import MESSAGE_ID, cut

BACK_OFF = tuple(timedelta(minutes=n) for n in (1, 5, 30, 2 * 60, 6 * 60, 24 * 60))
"""How long a letter waits after its first, second … failed attempt; after one more it is given up."""
MOST_ATTEMPTS = len(BACK_OFF) + 1
LONGEST_SUBJECT, LONGEST_TEXT = 300, 100_000
BREAKS = {"Cc", "Zl", "Zp", "Cs"}
"""Categories of Unicode that no header may hold: controls (CR, LF, NEL, …), separators of lines, half characters."""
LONGEST_FILES = 10 * 1024 * 1024
"""Bytes of all files of one letter together; on the wire they are a third more, and few servers take more than that."""
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,80}\.[a-z0-9]{1,8}")
MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")
THREAD = ("In-Reply-To", "References")
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)*", re.ASCII)


class Wire(EmailPolicy):
    """As the library's own, but for words in other letters than ASCII: where it breaks their line, spaces get lost; and
    but for long Message-IDs, which it would encode so that no mail program knows them again."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        words, rest = str(value), ""
        if name in THREAD:
            return f"{name}: {f'{self.linesep} '.join(words.split())}{self.linesep}".encode("ascii")
        if name == "From":
            (sender,) = value.addresses
            words, rest = sender.display_name, f"{self.linesep} <{sender.addr_spec}>"
        if words.isascii() and "=?" not in words:
            return super().fold_binary(name, value)
        encoded = Header(words, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {encoded}{rest}{self.linesep}".encode("ascii")


WIRE = Wire(linesep="\r\n", cte_type="7bit", max_line_length=78)
"""Lines end in CR LF and hold seven bits, so that every server can take the message."""


class LetterState(StrEnum):
    """What has become of a letter."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    LEFT = "left"
    """Given up, and the operator knows: nobody is warned of it any more."""


class Fault(StrEnum):
    """Why a letter did not go, as a word: what the server wrote may repeat the addressee."""

    NAME = "name"
    PRIVATE = "private"
    CONNECTION = "connection"
    TIME = "time"
    CLOSED = "closed"
    CERTIFICATE = "certificate"
    TLS = "tls"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MESSAGE = "message"
    ADDRESS = "address"
    INTERRUPTED = "interrupted"
    FOLDER = "folder"
    """Of letters that come in: the mailbox has no such folder."""


class Undelivered(Exception):
    """The letter did not go. `is_permanent` says that the same letter will not go later either."""

    def __init__(self, fault: Fault, *, is_permanent: bool = False) -> None:
        super().__init__(fault.value)
        self.fault, self.is_permanent = fault, is_permanent


class BadHeader(ValueError):
    """A value that must not reach a header of a letter; the value itself is not repeated."""


@dataclass(frozen=True)
class File:
    """A file to be sent with a letter. Its name is ours: it says what it is and nothing about a person."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


class TooLarge(ValueError):
    """The files of a letter are together larger than mail servers take."""


@dataclass(frozen=True)
class Sender:
    """The operator as a letter's From names it."""

    name: str
    address: str


class Letter(Sealed, Record):
    """One letter to one person."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("organisation_id", "key"),
        Index("ix_letter_state", "organisation_id", "state", "next_attempt_at"),
        Index("ix_letter_message_id", "organisation_id", "message_id"),
    )

    key: Mapped[str] = plain(100)
    """What caused it, e.g. receipt:<id>: one cause makes one letter."""
    kind: Mapped[str] = plain(40)
    """What it is for: the first word of the key."""
    state: Mapped[LetterState] = mapped_column(one_of(LetterState))
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    """Not before then. An attempt that has begun moves it ahead: that is the lease of the process that sends."""
    sent_at: Mapped[datetime | None]
    message_id: Mapped[str] = plain(300)
    last_error: Mapped[Fault | None] = mapped_column(one_of(Fault))

    to = personal[str]("email")
    subject = personal[str]("letter")
    text = personal[str]("letter")
    reply_to = personal[str]("letter")
    in_reply_to = personal[str]("letter")
    references = personal[str]("letter")
    """Message-IDs of the letters before it in the thread (RFC 5322 3.6.4)."""
    is_by_hand = personal[bool]("letter")
    """Somebody wrote it or looked at it: it is no automatic one (RFC 3834)."""

    def put_back(self, refusal: Undelivered) -> None:
        """After a failed attempt: later again, or given up."""
        self.last_error = refusal.fault
        if refusal.is_permanent or self.attempts >= MOST_ATTEMPTS:
            self.state = LetterState.GIVEN_UP
        else:
            self.next_attempt_at = now() + BACK_OFF[self.attempts - 1]


class LetterFile(SealedContent, Record):
    """A file that goes with a letter."""

    __tablename__ = "letter_file"
    __table_args__ = (Index("ix_letter_file_letter_id", "organisation_id", "letter_id"),)

    letter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("letter.id"))
    letter: Mapped[Letter] = relationship()
    name: Mapped[str] = plain(100)
    """Ours, never a person's."""
    media_type: Mapped[str] = plain(100)


def checked(value: str) -> str:
    """A value as it may stand in a header, else BadHeader."""
    if any(unicodedata.category(letter) in BREAKS for letter in value):
        raise BadHeader("a line break or control character")
    return value


def in_one_line(name: str) -> str:
    """A name as it may stand in a header and within a line of text: breaks of lines and control characters are spaces,
    what is not seen (marks that turn the direction of writing among it) is left out."""
    kinds = [(unicodedata.category(one), one) for one in name]
    seen = (" " if kind == "Cc" or kind[0] == "Z" else one for kind, one in kinds if kind[0] != "C" or kind == "Cc")
    return " ".join("".join(seen).split())


def checked_text(text: str) -> str:
    """A text as it may stand in a letter, its lines ended in one way, else ValueError."""
    is_whole = not any(unicodedata.category(letter) == "Cs" for letter in text)
    if len(text) > LONGEST_TEXT or not is_whole or not is_clean(text):
        raise ValueError("the text of a letter is too long or has control characters")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def checked_thread(message_ids: str) -> str:
    """Message-IDs as they may stand in a header, the first and the last of very many, else BadHeader."""
    found = message_ids.split()
    if not all(MESSAGE_ID.fullmatch(one) for one in found):
        raise BadHeader("not a Message-ID")
    return " ".join(cut(found))


def checked_files(files: Sequence[File]) -> Sequence[File]:
    """Files as they may go with a letter: TooLarge, or ValueError where a name or a type is none."""
    if sum(len(file.content) for file in files) > LONGEST_FILES:
        raise TooLarge("the files of a letter are too large")
    if not all(FILE_NAME.fullmatch(file.name) and MEDIA_TYPE.fullmatch(file.media_type) for file in files):
        raise ValueError("the name or the type of a file is none")
    return files


def message(letter: Letter, sender: Sender, files: Sequence[LetterFile] = ()) -> EmailMessage:
    """The letter as it goes over the wire; its Message-ID is the same at every attempt. Undelivered if it cannot go."""
    letter.message_id = letter.message_id or new_message_id(sender)
    made = compose(sender, letter.message_id, to=letter.to or "", subject=letter.subject or "", text=letter.text or "")
    if letter.reply_to:
        made["Reply-To"] = Address(addr_spec=letter.reply_to)
    if letter.in_reply_to:
        made["In-Reply-To"], made["References"] = letter.in_reply_to, letter.references or letter.in_reply_to
        made.replace_header("Auto-Submitted", "auto-replied")
    if letter.is_by_hand:
        del made["Auto-Submitted"]
    for file in files:
        main, _, minor = file.media_type.partition("/")
        made.add_attachment(file.enclosed(), maintype=main, subtype=minor, filename=file.name)
    return made


def new_message_id(sender: Sender) -> str:
    """An unguessable Message-ID (RFC 5322) at the sender's domain."""
    return f"<{secrets.token_hex(16)}@{sender.address.rpartition('@')[2]}>"


def compose(sender: Sender, message_id: str, *, to: str, subject: str, text: str) -> EmailMessage:
    """A message of plain text. Undelivered if an address is none."""
    made = EmailMessage(policy=WIRE)
    try:
        made["From"] = Address(checked(sender.name), addr_spec=in_ascii(sender.address))
        made["To"] = Address(addr_spec=in_ascii(to))
    except (HeaderParseError, ValueError, IndexError):
        raise Undelivered(Fault.ADDRESS, is_permanent=True) from None
    made["Message-ID"] = checked(message_id)
    made["Subject"] = checked(subject)
    made["Date"] = now()
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text)
    return made


def in_ascii(address: str) -> str:
    """An address as every mail server takes it (почта.рф becomes xn--…), else BadHeader."""
    name, _, domain = checked(address).rpartition("@")
    try:
        plain_address = f"{name}@{host_in_ascii(domain)}"
    except UnicodeError:
        raise BadHeader("not a domain") from None
    if not ADDRESS.fullmatch(plain_address):
        raise BadHeader("not an address that can be written to")
    return plain_address


def host_in_ascii(host: str) -> str:
    """The name of a host as the network knows it (IDNA 2008: faß.de is not fass.de), else UnicodeError."""
    return host if host.isascii() else idna.encode(host, uts46=True).decode()
