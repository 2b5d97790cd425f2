"""Speaking SMTP: always encrypted, certificates checked, never to an inner address, never longer than two minutes.

What a server answers is told on as a Fault only: its text may repeat the addressee and must reach neither log nor page.
"""

import contextlib
import smtplib
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import NoReturn

from crm.core.letters import Fault, Sender, Undelivered
from crm.mail import line, policy
from crm.mail.models import Security

TIMEOUT = 10.0
"""Seconds that one answer may take."""
TAKING_SECONDS = 100.0
"""For the answer to a whole message: many servers look for viruses first, and who hangs up on them sends it twice."""
LONGEST_SECONDS = 120.0
"""For a whole step (coming in, or one letter), however slowly a server drips its answers: well under the lease."""
HURRIED_SECONDS = 20.0
"""The same while somebody waits for a page."""
GOODBYE_SECONDS = 2.0
LONGEST_ANSWER = 64 * 1024
"""Bytes; the longest honest answers have some hundred, an endless one would fill our memory."""
HELLO, DONE, HANGING_UP, PERMANENT = 220, (250, 251), 421, 500


@dataclass(frozen=True)
class Server:
    """A mail account as it is needed to send, no longer tied to the database."""

    host: str
    port: int
    security: Security
    username: str
    password: str = field(repr=False)
    sender: Sender
    own_name: str
    """What we call ourselves."""
    may_be_private: bool
    is_hurried: bool = False
    """Somebody waits for a page meanwhile."""


class Connection:
    """Sends messages, one after another."""

    def __init__(self, sender: Sender, client: "Client") -> None:
        self.sender, self._client = sender, client

    def send(self, message: EmailMessage) -> None:
        """Hand one message over; Undelivered if the server does not take it."""
        to = message["To"].addresses[0].addr_spec
        with self._client.step(Fault.MESSAGE):
            self._must(self._client.mail(self.sender.address), Fault.SENDER)
            self._must(self._client.rcpt(to), Fault.RECIPIENT)
            try:
                answer = self._client.data(message.as_bytes())
            except smtplib.SMTPDataError as refusal:  # before it saw a line of the message
                self._refused(refusal.smtp_code, Fault.MESSAGE)
            self._must(answer, Fault.MESSAGE)

    def _must(self, answer: tuple[int, bytes], fault: Fault) -> None:
        if answer[0] not in DONE:
            self._refused(answer[0], fault)

    def _refused(self, code: int, fault: Fault) -> NoReturn:
        """The server forgets this letter, so that the next one is taken for a new one."""
        if code == HANGING_UP:
            raise Undelivered(Fault.CLOSED)
        with contextlib.suppress(OSError):
            self._client.rset()
        raise Undelivered(fault, is_permanent=code >= PERMANENT)


@contextmanager
def connected(server: Server) -> Iterator[Connection]:
    """A connection that is signed in; Undelivered if the server cannot be reached or does not let us in."""
    client = Client(server)
    try:
        with client.step(Fault.CLOSED):
            client.come_in()
        yield Connection(server.sender, client)
        with contextlib.suppress(Undelivered), client.step(Fault.CLOSED, seconds=GOODBYE_SECONDS):
            client.quit()
    finally:
        client.close()


class Client(smtplib.SMTP):
    """smtplib's client on a line of ours."""

    def __init__(self, server: Server) -> None:
        super().__init__(local_hostname=server.own_name, timeout=TIMEOUT)
        self._host = server.host  # the name that certificates are checked against
        self._server = server
        self._line = line.Line(
            server.host, server.port, ports=policy.PORTS, may_be_private=server.may_be_private, timeout=TIMEOUT
        )

    def come_in(self) -> None:
        """Connect, encrypt, sign in."""
        if self.connect(self._server.host, self._server.port)[0] != HELLO:
            raise Undelivered(Fault.CLOSED)
        self.ehlo_or_helo_if_needed()
        if self._server.security is Security.STARTTLS:
            self._encrypt()
        if self._server.username:
            self._sign_in()

    def _encrypt(self) -> None:
        try:
            self.starttls(context=self._line.context)
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException):
            raise Undelivered(Fault.TLS) from None  # nothing is ever sent in clear instead
        self.ehlo_or_helo_if_needed()

    def _sign_in(self) -> None:
        try:
            self.login(self._server.username, self._server.password)
        except smtplib.SMTPServerDisconnected:
            raise
        except (smtplib.SMTPException, UnicodeError):
            raise Undelivered(Fault.LOGIN) from None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = self._line.call()
        return self._line.encrypted(plain) if self._server.security is Security.TLS else plain

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer, unless it is longer than any honest one."""
        if self.file is None and self.sock:
            self.file = line.Ear(self.sock)
        if self.file:
            self.file.left = LONGEST_ANSWER
        return super().getreply()

    def data(self, message: bytes) -> tuple[int, bytes]:  # type: ignore[override]  # typeshed allows other buffers too
        """Hand the message itself over, and wait long for the word that it was taken."""
        self._wait_for(TAKING_SECONDS)
        try:
            return super().data(message)
        finally:
            self._wait_for(TIMEOUT)

    def _wait_for(self, seconds: float) -> None:
        if self.sock:
            self.sock.settimeout(seconds)

    def step(self, fault: Fault, *, seconds: float = 0) -> AbstractContextManager[None]:
        """A step that ends in time; what goes wrong is raised as Undelivered (`fault` if it is unclear)."""
        usual = HURRIED_SECONDS if self._server.is_hurried else LONGEST_SECONDS
        return self._line.step(seconds or usual, lambda failure: _told(failure, fault))

    def close(self) -> None:
        super().close()
        self._line.close()


def _told(failure: Exception, fault: Fault) -> Undelivered:
    """What a failure was, without the words it came with."""
    if isinstance(failure, smtplib.SMTPResponseException):
        is_closing = failure.smtp_code == HANGING_UP
        return Undelivered(Fault.CLOSED if is_closing else fault, is_permanent=failure.smtp_code >= PERMANENT)
    if isinstance(failure, smtplib.SMTPServerDisconnected):  # a time-out hides behind it
        return Undelivered(line.known(failure.__context__) or Fault.CLOSED)
    is_unclear = isinstance(failure, smtplib.SMTPException | ValueError)
    return Undelivered(line.known(failure) or (fault if is_unclear else Fault.CONNECTION))
