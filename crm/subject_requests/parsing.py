"""What a letter as it came says: who wrote, the words, the names of its files, and whether a human wrote it to us.

Reading never raises and looks at a bounded part of whatever came (crm/mail/mime.py). Nothing in a letter is believed:
its sender may be anybody, its date any day. It is all plain text here, shown escaped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from email_validator import EmailNotValidError, validate_email

from crm.core.letters import LONGEST_SUBJECT, in_one_line
from crm.core.thread import message_ids
from crm.mail import charsets, markup, mime
from crm.mail.mime import Part, Reading
from crm.subject_requests import quoting, signs
from crm.subject_requests.post import Why

LARGEST = 25 * 1024 * 1024
"""Bytes of a letter that is taken whole."""
BEGINNING = 256 * 1024
"""Bytes that are read and kept of a larger one."""
LONGEST_TEXT, TEXT_BYTES = 50_000, 800_000
"""Letters that are kept of the words and of what they repeat, and bytes of the letter they are looked for in."""
LONGEST_NAME, MOST_FILES, MOST_REFERENCES, MOST_ADDRESSES = 150, 50, 20, 10
CUT = "\n[…]"
ADDRESS = re.compile(r"""[^\s@<>()",;:\\]{1,64}@[^\s@<>()",;:\\]{1,255}""")
NAMES = re.compile(r'"(?:[^"\\]|\\.)*+"?|\([^()]*+\)')
REPORTED = re.compile(rb"^(?:[>\s]{0,20})Message-ID:\s{0,5}(<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>)", re.I | re.M)
ACTION, FAILED = re.compile(rb"^Action:", re.I | re.M), re.compile(rb"^Action:\s{0,5}failed", re.I | re.M)
SEALED_KINDS = {
    *("application/ms-tnef", "application/vnd.ms-tnef", "multipart/encrypted"),
    *("application/pkcs7-mime", "application/x-pkcs7-mime"),
}
"""Kinds in which the words themselves may stand and that are not opened here."""
TNEF_NAME = "winmail.dat"
UNREADABLE_SHARE = 0.3


@dataclass(frozen=True)
class Parsed:
    """One letter, read. Lines end in one way; nothing here can break a line of a header or turn writing round."""

    sender: str = field(default="", repr=False)
    sender_name: str = field(default="", repr=False)
    reply_to: str = field(default="", repr=False)
    """Where the sender wants answers: told to the staff and never used: a stranger could have them sent anywhere."""
    subject: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    quoted: str = field(default="", repr=False)
    message_id: str = field(default="", repr=False)
    in_reply_to: str = field(default="", repr=False)
    references: str = field(default="", repr=False)
    date: datetime | None = None
    """As the sender says; no clock is built on it."""
    file_names: tuple[str, ...] = field(default=(), repr=False)
    reported: tuple[str, ...] = field(default=(), repr=False)
    """Message-IDs of the letters that a report is about."""
    why: Why | None = None
    is_sure: bool = True
    """Else a human must look whether `why` is true."""
    is_cut: bool = False
    """More stands in the original."""


@dataclass
class _Gathered:
    """The words and files found so far, and how many bytes of text may still be read."""

    reading: Reading = field(default_factory=Reading)
    left: int = TEXT_BYTES
    files: list[str] = field(default_factory=list)
    enclosed: list[str] = field(default_factory=list)
    has_sealed: bool = False
    only_names: bool = False
    """The words were found: of the same in other shapes, only files are wanted."""

    def words(self, part: Part) -> str:
        """The text of a part and all within it."""
        kind = part.kind
        self.has_sealed |= kind in SEALED_KINDS or part.file_name.lower() == TNEF_NAME
        if kind == "multipart/alternative":
            return self._best_of(list(self.reading.children(part)))
        if kind.startswith("multipart/"):
            found = list(map(self.words, self.reading.children(part)))
            if not found and not self.reading.is_cut:  # no boundary is where it should be
                return self._text(part, "text/plain")
            return "\n\n".join(filter(str.strip, found))
        if kind == "message/rfc822":
            self._enclose(part)
            return ""
        is_text = kind in ("text/plain", "text/html") and not part.is_attached
        if part.file_name or not is_text:
            self._name(part.file_name or kind)
        return self._text(part, kind) if is_text and not self.only_names else ""

    def _best_of(self, choices: list[Part]) -> str:
        """Of the same words in several shapes, the plain ones unless these are empty."""
        best = ""
        for part in sorted(choices, key=lambda one: one.kind != "text/plain"):
            found = self.words(part).strip()
            best = best or found
            self.only_names |= bool(best)
        self.only_names = False
        return best

    def _text(self, part: Part, kind: str) -> str:
        """Read a part of text, as far as there is patience left."""
        most = min(part.end - part.start, self.left)
        self.left -= most
        self.reading.is_cut |= most < part.end - part.start
        text = part.text(most) if most > 0 else ""
        return charsets.cleaned(markup.as_text(text)) if kind == "text/html" else text

    def _enclose(self, part: Part) -> None:
        """A letter within the letter: its words are repeated ones."""
        for letter in self.reading.children(part):
            subject = _line(letter, "subject")
            self._name(f"{subject or 'message'}.eml")
            head = [(name, _line(letter, name.lower())) for name in ("From", "Date", "Subject")]
            told = [f"{name}: {value}" for name, value in head if value]
            self.enclosed.append("\n".join([*told, "", self.words(letter)]))

    def _name(self, name: str) -> None:
        if len(self.files) < MOST_FILES:
            self.files.append(in_one_line(name[:1000])[:LONGEST_NAME] or "?")


def read(raw: bytes, *, own: frozenset[str] = frozenset(), size: int | None = None) -> Parsed:
    """Read a letter. `own` are the operator's addresses; `size` is the whole letter's where `raw` is its beginning."""
    is_whole = max(size or 0, len(raw)) <= LARGEST
    letter = mime.opened(raw if is_whole else raw[:BEGINNING])
    gathered = _Gathered()
    text = gathered.words(letter)
    enclosed = "\n\n".join(gathered.enclosed)
    words, quoted = quoting.split(text)
    if not words:
        words, enclosed = enclosed, ""
    quoted = "\n\n".join(filter(None, (quoted, enclosed)))
    (sender, name), *_ = [*addresses(letter, "from"), ("", "")]
    subject = _line(letter, "subject")[:LONGEST_SUBJECT]
    why, is_sure = _judged(letter, sender, subject, own, is_whole=is_whole)
    if why is None:
        why = _what_is_missing(sender, subject, f"{words}{quoted}", gathered)
    beginning, is_cut = cut(words)
    repeated, is_more = cut(quoted)
    reply_to = next((address for address, _ in addresses(letter, "reply-to") if address != sender), "")
    return Parsed(
        sender=sender,
        sender_name=name[:LONGEST_NAME],
        reply_to=reply_to,
        subject=subject,
        text=beginning,
        quoted=repeated,
        message_id=next(iter(_ids(letter, "message-id")), ""),
        in_reply_to=next(iter(_ids(letter, "in-reply-to")), ""),
        references=" ".join(_ids(letter, "references")[-MOST_REFERENCES:]),
        date=_date(letter),
        file_names=tuple(gathered.files),
        reported=_reported(letter) if why is Why.BOUNCE else (),
        why=why,
        is_sure=is_sure,
        is_cut=is_cut or is_more or gathered.reading.is_cut or not is_whole,
    )


def addresses(letter: Part, header: str) -> Sequence[tuple[str, str]]:
    """The addresses of a header, with their names; what encoded words hold is no address if there is another."""
    written = in_one_line(letter.header(header))
    whole = in_one_line(charsets.words(written))
    return _addresses(written) or _addresses(whole) or _addresses(whole.replace('"', " "))


def cut(text: str) -> tuple[str, bool]:
    """A text of a length that is kept and shown, and whether there was more."""
    whole = text.strip()
    return (whole, False) if len(whole) <= LONGEST_TEXT else (whole[:LONGEST_TEXT].rstrip() + CUT, True)


def _addresses(written: str) -> list[tuple[str, str]]:
    """Read by hand: before an address stands its name, and what stands in quotes, in brackets or before an address in
    angles is a name, though it looks like an address."""
    bare = NAMES.sub(lambda name: " " * len(name[0]), written)
    found, at = [], 0
    for match in list(ADDRESS.finditer(bare))[:MOST_ADDRESSES]:
        before, after = bare[at : match.start()], bare[match.end() :]
        if "<" in after.partition(",")[0] and not before.rstrip().endswith("<"):
            continue
        name = in_one_line(charsets.words(written[at : match.start()])).strip(" ,;<>\"'()")
        found.append((normal(match[0]), name.replace('\\"', '"')))
        at = match.end()
    return found


def normal(address: str) -> str:
    """An address as cards hold it, so that equal ones are equal."""
    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return address.strip(".'").lower()


def _judged(letter: Part, sender: str, subject: str, own: frozenset[str], *, is_whole: bool) -> tuple[Why | None, bool]:
    if not is_whole:
        return Why.TOO_LARGE, False
    why, is_sure = signs.verdict(signs.signs(letter, sender, subject, own))
    if why is not None and not is_sure and not sender:
        return Why.NO_SENDER, False
    return why, is_sure


def _what_is_missing(sender: str, subject: str, text: str, gathered: _Gathered) -> Why | None:
    if not sender:
        return Why.NO_SENDER
    if text.count(charsets.REPLACED) > UNREADABLE_SHARE * len(text):
        return Why.UNREADABLE
    if text.strip():
        return None
    if gathered.has_sealed or gathered.reading.is_cut:
        return Why.UNREADABLE
    return None if subject or gathered.files else Why.EMPTY


def _line(letter: Part, name: str) -> str:
    """A header of words, in one line."""
    return in_one_line(charsets.header(letter.raw_header(name)))


def _ids(letter: Part, name: str) -> list[str]:
    return message_ids(letter.header(name))


def _date(letter: Part) -> datetime | None:
    try:
        day = parsedate_to_datetime(letter.header("date")[:100])
        return (day if day.tzinfo else day.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _reported(letter: Part) -> tuple[str, ...]:
    """The Message-IDs that a report repeats, wherever it does."""
    body = letter.raw[letter.start : min(letter.end, letter.start + BEGINNING)]
    if ACTION.search(body) and not FAILED.search(body):
        return ()  # it is late and still on its way
    return tuple(one.decode("ascii") for one in REPORTED.findall(body)[:MOST_REFERENCES])
