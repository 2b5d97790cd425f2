"""A line to a mail server: to an address that was looked at first, always encrypted, hung up in time.

What goes wrong is told as a Fault only: the words of a server may repeat names, and must reach neither log nor page.
"""

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from crm.core.letters import Fault, Undelivered
from crm.mail import policy

MOST_ADDRESSES = 3
KINDS = {
    socket.gaierror: Fault.NAME,
    TimeoutError: Fault.TIME,
    ssl.SSLCertVerificationError: Fault.CERTIFICATE,
    ssl.SSLError: Fault.TLS,
    ConnectionResetError: Fault.CLOSED,
    ConnectionAbortedError: Fault.CLOSED,
    BrokenPipeError: Fault.CLOSED,
}
"""What an error means, the narrower kinds first."""


class Line:
    """The way to one server, and the hand that hangs up when a step takes too long."""

    def __init__(self, host: str, port: int, *, ports: Collection[int], may_be_private: bool, timeout: float) -> None:
        self.host, self.port, self._ports = host, port, ports
        self._may_be_private, self._timeout = may_be_private, timeout
        self.context = ssl.create_default_context()
        """How certificates and names are checked."""
        self._own: socket.socket | None = None
        self._is_late = False

    def call(self) -> socket.socket:
        """A connection, not encrypted yet, to one of the addresses that the host has now: no second look-up can change
        them (SSRF)."""
        addresses = looked_up(self.host, self.port)
        if not self._may_be_private and not policy.may_be_spoken_to(addresses, self.port, self._ports):
            raise Undelivered(Fault.PRIVATE)
        plain = _first_that_answers(addresses, self.port, self._timeout)
        self._own = socket.socket(fileno=os.dup(plain.fileno()))
        if self._is_late:  # the alarm rang while there was nothing to hang up yet
            plain.close()
            raise TimeoutError
        return plain

    def encrypted(self, plain: socket.socket) -> ssl.SSLSocket:
        """The same connection once certificate and name of the server were found right."""
        return self.context.wrap_socket(plain, server_hostname=self.host)

    @contextmanager
    def step(self, seconds: float, told: Callable[[Exception], Undelivered]) -> Iterator[None]:
        """A step that ends in time, however slowly the server drips; what goes wrong is raised as `told` says."""
        alarm = threading.Timer(seconds, self._hang_up)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        except Undelivered:
            raise
        except (OSError, ValueError) as failure:  # all of smtplib's errors are OSErrors
            raise Undelivered(Fault.TIME) if self._is_late else told(failure) from None
        finally:
            alarm.cancel()

    def _hang_up(self) -> None:
        self._is_late = True
        if self._own:
            with contextlib.suppress(OSError):
                self._own.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Leave; nothing is said any more."""
        if self._own:
            self._own.close()


class Ear:
    """Hears a server out, but not for ever: `left` bytes may still come."""

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

    def read(self, size: int) -> bytes:
        """So many bytes and no fewer; OSError if the server announces more than it may say, or says less."""
        if size > self.left:
            raise ConnectionAbortedError
        heard = self._file.read(size)
        self.left -= len(heard)
        if len(heard) < size:
            raise ConnectionResetError
        return heard

    def close(self) -> None:
        """As a file is closed."""
        self._file.close()


def known(failure: BaseException | None) -> Fault | None:
    """What a failure was, without the words it came with, if its kind says that."""
    return next((word for kind, word in KINDS.items() if isinstance(failure, kind)), None)


def looked_up(host: str, port: int) -> list[str]:
    """The IP addresses of a host, in the order in which the system prefers them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found))


def _first_that_answers(addresses: list[str], port: int, timeout: float) -> socket.socket:
    failure: OSError = ConnectionRefusedError()
    for address in addresses[:MOST_ADDRESSES]:
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as refusal:
            failure = refusal
    raise failure
