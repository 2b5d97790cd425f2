"""Reading a mailbox over IMAP: always encrypted, certificates checked, never from an inner address, never for long.

Nothing that a server says may fill the memory or hold a thread: see talk.py and line.py. A letter is only looked at
(BODY.PEEK) until it was taken; then it is marked or moved.
"""

import contextlib
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from crm.core.letters import Fault, Undelivered
from crm.mail import line, policy
from crm.mail.models import Security
from crm.mail.talk import LONGEST_ANSWER, Answer, Talk, folder_name, folder_word, plain_secret, quoted

TIMEOUT = 20.0
"""Seconds that one answer may take: an old mailbox is searched for long."""
LONGEST_SECONDS = 30.0
"""For a step (coming in, opening a folder, looking for letters), however slowly the server drips."""
FETCHING_SECONDS = 120.0
"""The same for a letter with its files."""
VISIT_SECONDS = 300.0
"""For a whole visit: mailboxes of other operators wait for the thread."""
HURRIED_SECONDS = 20.0
"""For a whole visit while somebody waits for a page."""
GOODBYE_SECONDS = 2.0
LARGEST_LETTER = 25 * 1024 * 1024
LONGEST_HEAD = 256 * 1024
"""Bytes of the headers of a letter that is not fetched whole."""
AT_ONCE = 20_000
"""UIDs among which is searched with one command: its answer stays short, however many letters a folder holds."""
LONGEST_SEARCH = AT_ONCE * 12
MOST_UID = 2**32 - 1
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class NoFolder(Undelivered):
    """The mailbox has no folder of this name, or does not let us in."""

    def __init__(self) -> None:
        super().__init__(Fault.FOLDER)


@dataclass(frozen=True)
class Server:
    """A mailbox as it is needed to read it, no longer tied to the database."""

    host: str
    port: int
    security: Security
    username: str
    password: str = field(repr=False)
    may_be_private: bool
    is_hurried: bool = False
    """Somebody waits for a page meanwhile."""


@dataclass(frozen=True)
class Opened:
    """A folder that was opened: its letters have UIDs below `next_uid`, good as long as `uid_validity` is the same."""

    uid_validity: int
    next_uid: int


@dataclass(frozen=True)
class Fetched:
    """A letter, or its headers alone if it is larger than LARGEST_LETTER."""

    raw: bytes
    is_whole: bool
    size: int
    """Of the whole letter, as the server tells it."""
    arrived_at: datetime | None
    """When the server got it."""


class Reader:
    """A visit to a mailbox."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._line = line.Line(
            server.host, server.port, ports=policy.IMAP_PORTS, may_be_private=server.may_be_private, timeout=TIMEOUT
        )
        self._ends_at = time.monotonic() + (HURRIED_SECONDS if server.is_hurried else VISIT_SECONDS)
        self._talk: Talk | None = None
        self._abilities: set[bytes] = set()

    def come_in(self) -> None:
        """Connect, encrypt, sign in."""
        with self._step():
            plain = self._line.call()
            is_tls = self._server.security is Security.TLS
            talk = self._talk = Talk(self._line.encrypted(plain) if is_tls else plain)
            talk.greeted()
            if not is_tls:
                if not talk.ask(b"STARTTLS").is_ok:
                    raise Undelivered(Fault.TLS)  # nothing is ever said in clear instead
                talk.move_to(self._line.encrypted(plain))
            self._learn()
            self._sign_in(talk)
            self._learn()

    def _learn(self) -> None:
        lines = [reply.text for reply in self._ask(b"CAPABILITY").replies]
        self._abilities = {word for text in lines for word in text.upper().split()}

    def _sign_in(self, talk: Talk) -> None:
        server = self._server
        if b"AUTH=PLAIN" in self._abilities or b"LOGINDISABLED" in self._abilities:
            answer = talk.ask(b"AUTHENTICATE PLAIN", secret=plain_secret(server.username, server.password))
        else:
            try:
                words = quoted(server.username) + b" " + quoted(server.password)
            except ValueError:  # in letters that this server cannot be told
                raise Undelivered(Fault.LOGIN) from None
            answer = talk.ask(b"LOGIN " + words)
        if not answer.is_ok:
            raise Undelivered(Fault.LOGIN)

    def open(self, folder: str, *, to_look: bool = False) -> Opened:
        """Open a folder (NoFolder if there is none), `to_look` without any right to change it."""
        with self._step():
            answer = self._ask((b"EXAMINE " if to_look else b"SELECT ") + folder_word(folder))
            if not answer.is_ok:
                raise NoFolder
            told = b"".join(reply.text for reply in answer.replies)
            return Opened(_number(rb"\[UIDVALIDITY (\d{1,10})\]", told), _number(rb"\[UIDNEXT (\d{1,10})\]", told))

    def uids(self, first: int, last: int, since: date) -> list[int]:
        """UIDs of the letters from `first` to `last`, at most AT_ONCE apart, that did not come before that day."""
        day = b"%d-%s-%d" % (since.day, MONTHS[since.month - 1].encode(), since.year)
        with self._step():
            answer = self._must(b"UID SEARCH UID %d:%d SINCE %s" % (first, last, day), most=LONGEST_SEARCH)
            found = {int(word) for one in answer.replies for word in _words(one.text, b"* SEARCH ")}
            return sorted(uid for uid in found if first <= uid <= last)

    def letter(self, uid: int) -> Fetched | None:
        """A letter as it came; None if it is gone. It stays unread."""
        with self._step(FETCHING_SECONDS):
            told = b"".join(reply.text for reply in self._fetch(uid, b"RFC822.SIZE INTERNALDATE").replies)
            found = re.search(rb"RFC822\.SIZE (\d{1,19})", told, re.IGNORECASE)
            if found is None:
                return None
            size, arrived_at = int(found[1]), _moment(told)
            if size <= LARGEST_LETTER:
                raw = self._part(uid, b"BODY.PEEK[]", LARGEST_LETTER + 1)
                if raw is None or len(raw) <= LARGEST_LETTER:  # some servers count wrongly
                    return None if raw is None else Fetched(raw, True, len(raw), arrived_at)
            head = self._part(uid, b"BODY.PEEK[HEADER]", LONGEST_HEAD)
            return None if head is None else Fetched(head, False, max(size, LARGEST_LETTER + 1), arrived_at)

    def _part(self, uid: int, part: bytes, most: int) -> bytes | None:
        answer = self._fetch(uid, b"%s<0.%d>" % (part, most), most=most + LONGEST_ANSWER)
        for reply in answer.replies:
            if b"BODY[" in reply.text.upper():
                return reply.literals[0] if reply.literals else _string(reply.text)
        return None

    def _fetch(self, uid: int, what: bytes, *, most: int = 0) -> Answer:
        answer = self._ask(b"UID FETCH %d (UID %s)" % (uid, what), most=most or LONGEST_ANSWER)
        if not answer.is_ok and b"[EXPUNGEISSUED]" not in answer.words.upper():
            raise Undelivered(Fault.MESSAGE)
        mine = re.compile(rb"\* \d+ FETCH .*\bUID %d\b" % uid, re.IGNORECASE | re.DOTALL)
        return Answer(answer.status, answer.words, [one for one in answer.replies if mine.match(one.text)])

    def mark(self, uid: int) -> None:
        """Mark a letter of the open folder as read."""
        with self._step():
            self._must(b"UID STORE %d +FLAGS.SILENT (\\Seen)" % uid)

    def move(self, uid: int, folder: str) -> None:
        """Move a letter of the open folder to another one; NoFolder if there is none."""
        with self._step():
            to = folder_word(folder)
            if b"MOVE" in self._abilities:
                return self._moved(self._ask(b"UID MOVE %d %s" % (uid, to)))
            self._moved(self._ask(b"UID COPY %d %s" % (uid, to)))
            self._must(b"UID STORE %d +FLAGS.SILENT (\\Deleted)" % uid)
            if b"UIDPLUS" in self._abilities:  # without it, letters that somebody else deleted would go too
                self._must(b"UID EXPUNGE %d" % uid)
        return None

    def _moved(self, answer: Answer) -> None:
        if not answer.is_ok:
            raise NoFolder

    def folders(self) -> list[str]:
        """The names of the folders that can be opened."""
        with self._step():
            answer = self._must(b'LIST "" "*"', most=4 * LONGEST_ANSWER)
        kept = [one for one in answer.replies if b"\\NOSELECT" not in one.text.upper()]
        return [name for one in kept if (name := _listed(one.text, one.literals))]

    def leave(self) -> None:
        """Say goodbye, whether the server hears it or not."""
        with contextlib.suppress(Undelivered), self._step(GOODBYE_SECONDS):
            self._ask(b"LOGOUT")

    def close(self) -> None:
        """Hang up."""
        if self._talk:
            self._talk.close()
        self._line.close()

    def _ask(self, command: bytes, *, most: int = 0) -> Answer:
        if self._talk is None:
            raise ConnectionResetError
        return self._talk.ask(command, most=most or LONGEST_ANSWER)

    def _must(self, command: bytes, *, most: int = 0) -> Answer:
        answer = self._ask(command, most=most)
        if not answer.is_ok:
            raise Undelivered(Fault.MESSAGE)
        return answer

    def _step(self, seconds: float = 0) -> AbstractContextManager[None]:
        left = max(self._ends_at - time.monotonic(), 0.001)
        return self._line.step(min(seconds or LONGEST_SECONDS, left), _told)


@contextmanager
def connected(server: Server) -> Iterator[Reader]:
    """A visit to the mailbox, signed in; Undelivered if it cannot be reached or does not let us in."""
    reader = Reader(server)
    try:
        reader.come_in()
        yield reader
        reader.leave()
    finally:
        reader.close()


def _told(failure: Exception) -> Undelivered:
    """What a failure was, without the words it came with."""
    return Undelivered(line.known(failure) or (Fault.CLOSED if isinstance(failure, ValueError) else Fault.CONNECTION))


def _number(pattern: bytes, told: bytes) -> int:
    """A number that the server must have told."""
    found = re.search(pattern, told, re.IGNORECASE)
    if found is None or not 0 < int(found[1]) <= MOST_UID:
        raise Undelivered(Fault.CLOSED)
    return int(found[1])


def _moment(told: bytes) -> datetime | None:
    """When the server says that it got a letter, if that is a moment."""
    found = re.search(rb'INTERNALDATE " ?(\d{1,2})-([A-Z]{3})-(\d{4}) (\d\d:\d\d:\d\d [+-]\d{4})"', told, re.IGNORECASE)
    month = found[2].decode().capitalize() if found else ""
    if found is None or month not in MONTHS:
        return None
    text = f"{found[3].decode()}-{MONTHS.index(month) + 1}-{found[1].decode()} {found[4].decode()}"
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _words(text: bytes, beginning: bytes) -> list[bytes]:
    """The numbers of an answer that begins so."""
    if not text.upper().startswith(beginning):
        return []
    return [word for word in text[len(beginning) :].split() if word.isdigit() and len(word) <= 10]


def _string(text: bytes) -> bytes:
    """The short content that a server told in quotes instead of as a literal; NIL is empty."""
    found = re.search(rb'BODY\[[^\]]*\](?:<\d+>)? "((?:[^"\\]|\\.)*)"', text, re.IGNORECASE)
    return _unquoted(found[1]) if found else b""


def _listed(text: bytes, literals: list[bytes]) -> str:
    """The name of a folder in a line of a list; empty if there is none."""
    found = re.match(
        rb'\* LIST \([^)]*\) (?:"(?:[^"\\]|\\.)*"|NIL) ?(?:"((?:[^"\\]|\\.)*)"|(\S*))', text, re.IGNORECASE
    )
    if found is None:
        return ""
    return folder_name(literals[0] if literals else found[2] if found[1] is None else _unquoted(found[1]))


def _unquoted(word: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", word)
