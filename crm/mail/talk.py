"""The words of IMAP (RFC 3501) on a line: commands said, answers heard out within limits, whatever the server is.

Neither the size nor the number of what a server says is believed: an answer that is longer, or has more lines, than any
honest one ends the talk.
"""

import base64
import re
import socket
from dataclasses import dataclass, field

from crm.core.letters import Fault, Undelivered
from crm.mail.line import Ear

LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer, where a command does not expect more."""
LONGEST_LINE = 1024 * 1024
MOST_REPLIES, MOST_PARTS = 2000, 20
"""Lines of an answer, and pieces of one line (a literal parts it)."""
LITERAL = re.compile(rb"\{(\d{1,10})\}\r?\n$")
NOT_NOW = re.compile(rb"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)
"""Refusals that mean the server, not what was asked of it (RFC 5530)."""


@dataclass
class Reply:
    """One line of an answer: its text, and the literals that stood in it."""

    text: bytes
    literals: list[bytes] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """What a command brought: OK, NO or BAD, the words after that, and the lines before it."""

    status: bytes
    words: bytes
    replies: list[Reply]

    @property
    def is_ok(self) -> bool:
        """Whether the server did what it was asked."""
        return self.status == b"OK"


class Talk:
    """A talk with one server."""

    def __init__(self, line: socket.socket) -> None:
        self._asked = 0
        self.move_to(line)

    def move_to(self, line: socket.socket) -> None:
        """Go on over this line, now encrypted; what the server said too early in clear is forgotten."""
        self._line, self._ear = line, Ear(line)

    def greeted(self) -> None:
        """Hear the greeting. One that calls us signed in already is a trick to keep the talk in clear."""
        self._ear.left = LONGEST_ANSWER
        if not self._reply().text.upper().startswith(b"* OK"):
            raise Undelivered(Fault.CLOSED)

    def ask(self, command: bytes, *, secret: bytes | None = None, most: int = LONGEST_ANSWER) -> Answer:
        """Say a command and hear its answer of at most so many bytes. `secret` is said once the server asks for it."""
        self._asked += 1
        tag = b"a%d " % self._asked
        self._ear.left, replies = most, list[Reply]()
        self._line.sendall(tag + command + b"\r\n")
        while len(replies) < MOST_REPLIES:
            reply = self._reply()
            if reply.text.startswith(tag):
                status, _, words = reply.text[len(tag) :].partition(b" ")
                return self._judged(Answer(status.strip().upper(), words, replies))
            if reply.text.startswith(b"+") and secret is not None:
                self._line.sendall(secret + b"\r\n")
                secret = None
            elif reply.text.startswith(b"* "):
                replies.append(reply)
            else:
                break
        raise ConnectionAbortedError

    def _judged(self, answer: Answer) -> Answer:
        if not answer.is_ok and NOT_NOW.search(answer.words):
            raise Undelivered(Fault.CLOSED)
        return answer

    def _reply(self) -> Reply:
        reply = Reply(b"")
        for _ in range(MOST_PARTS):
            text = self._ear.readline(LONGEST_LINE)
            if not text:
                raise ConnectionResetError
            announced = LITERAL.search(text)
            if announced is None:
                reply.text += text
                return reply
            reply.text += text[: announced.start()]
            reply.literals.append(self._ear.read(int(announced[1])))
        raise ConnectionAbortedError

    def close(self) -> None:
        """Hear no more."""
        self._ear.close()
        self._line.close()


def quoted(text: str) -> bytes:
    """A text as one word of a command; ValueError if it could begin another."""
    if not text.isascii() or not text.isprintable():
        raise ValueError("not a word of a command")
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'


def plain_secret(username: str, password: str) -> bytes:
    """Name and password as SASL PLAIN says them (RFC 4616): in any letters."""
    return base64.b64encode(f"\0{username}\0{password}".encode())


def folder_word(name: str) -> bytes:
    """The name of a folder as a word of a command (modified UTF-7, RFC 3501 5.1.3)."""
    parts = re.split(r"([^\x20-\x7e]+)", name)
    return quoted(
        "".join(_shifted(part) if number % 2 else part.replace("&", "&-") for number, part in enumerate(parts))
    )


def _shifted(part: str) -> str:
    return "&" + base64.b64encode(part.encode("utf-16-be"), b"+,").decode().rstrip("=") + "-"


def folder_name(word: bytes) -> str:
    """The name that such a word stands for; what is no such word stands for itself."""

    def letters(found: re.Match[bytes]) -> bytes:
        coded = found[1] + b"=" * (-len(found[1]) % 4)
        return base64.b64decode(coded, b"+,").decode("utf-16-be").encode() if found[1] else b"&"

    try:
        return re.sub(rb"&([A-Za-z0-9+,]*)-", letters, word).decode()
    except ValueError:
        return word.decode(errors="replace")
