"""Files that staff add to a client, a scan of a paper consent or a contract, sealed with the client's key.

The bytes live in the row. So they are committed, backed up and destroyed with it, in the same transaction and
overwritten on the disk as it is: no file is ever left behind without its row, or a row without its file.

Only kinds that `formats` knows are kept, and they are never opened here: no thumbnail is drawn, no text is read. A file
that is something else besides (a script in a comment of a picture) harms nobody, for it leaves the house in one way
only, `response`: to be saved, under a name whose ending fits its kind, with a type that the browser may not guess anew,
and sandboxed should a browser show it all the same.
"""

import hashlib
import re
import unicodedata
from enum import StrEnum
from urllib.parse import quote

from flask import Response
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from crm.core.db import Record, db, one_of
from crm.core.formats import FileKind, kind_of
from crm.core.personal import SealedContent, SubjectKey, personal

MEGABYTE = 1024 * 1024
LARGEST = 5 * MEGABYTE
LONGEST_NAME = 150
LONGEST_READ = 1000
"""Letters of a name that are looked at: to bring combining marks into order takes quadratic time."""
ENDINGS = {FileKind.PDF: ("pdf",), FileKind.JPEG: ("jpg", "jpeg"), FileKind.PNG: ("png",)}
"""Of names, by kind; the first is given to a name that has none of them."""
TYPES = {FileKind.PDF: "application/pdf", FileKind.JPEG: "image/jpeg", FileKind.PNG: "image/png"}
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of Unicode that a name must not have: what does not show, or turns round what does (U+202E)."""
UNNAMED = _l("файл")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class FileFault(StrEnum):
    """Why a file is not kept."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    KIND = "kind"


FAULTS = {
    FileFault.EMPTY: _l("Этот файл пуст. Выберите другой."),
    FileFault.TOO_LARGE: _l("Файл больше %(max)d МБ. Уменьшите его или разделите.", max=LARGEST // MEGABYTE),
    FileFault.KIND: _l("Нужен файл PDF, JPEG или PNG. Этот файл другого вида или повреждён."),
}
"""What each fault means to the person who chose the file."""


class Refused(Exception):
    """A file that is not kept, and why."""

    def __init__(self, fault: FileFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Attachment(SealedContent, Record):
    """One file of one person. Written once: a better scan is another file."""

    __tablename__ = "attachment"

    kind: Mapped[FileKind] = mapped_column(one_of(FileKind))
    size: Mapped[int]
    """Bytes of the file as it was."""

    name = personal[str]("attachment")
    sha256 = personal[str]("attachment")


def keep(subject_key: SubjectKey, *, name: str, content: bytes) -> Attachment:
    """Keep a file of the person of this key. Refused if it is empty, too large or of a kind that is not kept."""
    kind = _checked(content)
    attachment = Attachment(kind=kind, size=len(content))
    attachment.subject_key = subject_key
    attachment.name, attachment.sha256 = cleaned(name, kind), hashlib.sha256(content).hexdigest()
    attachment.enclose(content)
    db.session.add(attachment)
    return attachment


def _checked(content: bytes) -> FileKind:
    if not content:
        raise Refused(FileFault.EMPTY)
    if len(content) > LARGEST:
        raise Refused(FileFault.TOO_LARGE)
    kind = kind_of(content)
    if kind is None:
        raise Refused(FileFault.KIND)
    return kind


def response(attachment: Attachment) -> Response:
    """The file as an answer that is saved and never shown, under its own name (RFC 6266). Note the reading in audit."""
    answer = Response(attachment.enclosed(), mimetype=TYPES[attachment.kind], headers=HEADERS)
    names = {
        "filename": f"file.{ENDINGS[attachment.kind][0]}",
        "filename*": f"UTF-8''{quote(attachment.name or '', '')}",
    }
    answer.headers.set("Content-Disposition", "attachment", **names)
    return answer


def cleaned(name: str, kind: FileKind) -> str:
    """The last part of a path, as it can be shown and saved, with an ending that fits the kind."""
    last = re.split(r"[/\\]", name)[-1][:LONGEST_READ]
    seen = "".join(letter for letter in last if unicodedata.category(letter) not in UNSEEN)
    whole = " ".join(unicodedata.normalize("NFC", seen).split())
    stem, dot, ending = whole.rpartition(".")
    if not dot or ending.lower() not in {known for endings in ENDINGS.values() for known in endings}:
        stem, ending = whole, ""
    ending = ending.lower() if ending.lower() in ENDINGS[kind] else ENDINGS[kind][0]
    stem = stem.strip(" .")[: LONGEST_NAME - len(ending) - 1].rstrip(" .")
    return f"{stem or UNNAMED}.{ending}"
