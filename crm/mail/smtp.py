"""Speaking SMTP: always encrypted, certificates checked, never to an inner address, never longer than two minutes.

What a server answers is told on as a Fault only: its text may repeat the addressee and must reach neither log nor page.
"""

import contextlib
import os
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import NoReturn

from crm.core.letters import Fault, Sender, Undelivered
from crm.mail import policy
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
MOST_ADDRESSES = 3
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
    """smtplib's client, connected to addresses that were looked at first: no second look-up can change them."""

    def __init__(self, server: Server) -> None:
        super().__init__(local_hostname=server.own_name, timeout=TIMEOUT)
        self._host = server.host  # the name that certificates are checked against
        self._server, self._context = server, ssl.create_default_context()
        self._line: socket.socket | None = None
        self._is_late = False

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
            self.starttls(context=self._context)
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
        addresses = _looked_up(host, port)
        if not self._server.may_be_private and not policy.may_be_spoken_to(addresses, port):
            raise Undelivered(Fault.PRIVATE)
        line = _first_that_answers(addresses, port)
        self._line = socket.socket(fileno=os.dup(line.fileno()))
        if self._is_late:  # the alarm rang while there was nothing to hang up yet
            line.close()
            raise TimeoutError
        if self._server.security is not Security.TLS:
            return line
        return self._context.wrap_socket(line, server_hostname=host)

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer, unless it is longer than any honest one."""
        if self.file is None and self.sock:
            self.file = Ear(self.sock)
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

    @contextmanager
    def step(self, fault: Fault, *, seconds: float = 0) -> Iterator[None]:
        """A step that ends in time; what goes wrong is raised as Undelivered (`fault` if it is unclear)."""
        usual = HURRIED_SECONDS if self._server.is_hurried else LONGEST_SECONDS
        alarm = threading.Timer(seconds or usual, self._hang_up)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        except Undelivered:
            raise
        except (OSError, ValueError) as failure:  # all of smtplib's errors are OSErrors
            raise Undelivered(Fault.TIME) if self._is_late else _told(failure, fault) from None
        finally:
            alarm.cancel()

    def _hang_up(self) -> None:
        self._is_late = True
        if self._line:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._line:
            self._line.close()


class Ear:
    """Hears a server out, but not for ever."""

    left = 0

    def __init__(self, line: socket.socket) -> None:
        self._file = line.makefile("rb")

    def readline(self, most: int) -> bytes:
        """The next line of the answer; OSError if it is longer than `most` or the answer than it may be."""
        heard = self._file.readline(most)
        self.left -= len(heard)
        if len(heard) >= most or self.left < 0:
            raise ConnectionAbortedError
        return heard

    def close(self) -> None:
        """As a file is closed."""
        self._file.close()


def _looked_up(host: str, port: int) -> list[str]:
    """The IP addresses of a host, in the order in which the system prefers them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found))


def _first_that_answers(addresses: list[str], port: int) -> socket.socket:
    failure: OSError = ConnectionRefusedError()
    for address in addresses[:MOST_ADDRESSES]:
        try:
            return socket.create_connection((address, port), TIMEOUT)
        except OSError as refusal:
            failure = refusal
    raise failure


KINDS = {
    socket.gaierror: Fault.NAME,
    TimeoutError: Fault.TIME,
    ssl.SSLCertVerificationError: Fault.CERTIFICATE,
    ssl.SSLError: Fault.TLS,
    ConnectionResetError: Fault.CLOSED,
    BrokenPipeError: Fault.CLOSED,
    smtplib.SMTPServerDisconnected: Fault.CLOSED,
}
"""What an error means, the narrower kinds first."""


def _told(failure: Exception, fault: Fault) -> Undelivered:
    """What a failure was, without the words it came with."""
    if isinstance(failure, smtplib.SMTPResponseException):
        is_closing = failure.smtp_code == HANGING_UP
        return Undelivered(Fault.CLOSED if is_closing else fault, is_permanent=failure.smtp_code >= PERMANENT)
    is_cut = isinstance(failure, smtplib.SMTPServerDisconnected)
    for one in (failure.__context__ if is_cut else failure, failure):  # smtplib hides a time-out behind "disconnected"
        for kind, word in KINDS.items():
            if isinstance(one, kind):
                return Undelivered(word)
    return Undelivered(fault if isinstance(failure, smtplib.SMTPException | ValueError) else Fault.CONNECTION)
