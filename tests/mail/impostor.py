"""A server that speaks just enough IMAP to be believed, and then says what the test wants."""

import re
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests import post_office

HONEST = {
    "CAPABILITY": [b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"],
    "AUTHENTICATE": [b"+ \r\n"],
    "SELECT": [b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n"],
    "SEARCH": [b"* SEARCH 1\r\n"],
    "SIZE": [b'* 1 FETCH (UID 1 RFC822.SIZE 14 INTERNALDATE "24-Nov-2026 12:00:01 +0300")\r\n'],
    "BODY": [b"* 1 FETCH (UID 1 BODY[]<0> {14}\r\nSubject: x\r\n\r\n)\r\n"],
}
"""What it says before it agrees to a command, piece by piece."""


class Impostor:
    """The server. `says` decides what it says before OK, `refuses` to what it says something else than OK."""

    def __init__(self, folder: Path) -> None:
        self.says: dict[str, Iterable[bytes]] = dict(HONEST)
        self.refuses: dict[str, bytes] = {}
        self.greeting = b"* OK hello\r\n"
        self.heard: list[bytes] = []
        self._context = post_office.context(folder, ("localhost",), is_valid=True)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listening.accept()
                with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as line:
                    self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        line.settimeout(5)
        line.sendall(self.greeting)
        with line.makefile("rb") as reader:
            while words := reader.readline():
                self.heard.append(words)
                tag, _, command = words.decode(errors="replace").partition(" ")
                name = next((one for one in self._names() if one in command), "")
                for piece in self.says.get(name, ()):
                    line.sendall(piece)
                if name == "AUTHENTICATE":
                    self.heard.append(reader.readline())
                line.sendall(tag.encode() + self.refuses.get(name, b" OK done") + b"\r\n")

    def _names(self) -> list[str]:
        return list(dict.fromkeys([*self.says, *self.refuses]))

    def secrets(self) -> list[bytes]:
        """What it heard that nobody else may."""
        return [one for one in self.heard if re.fullmatch(rb"[A-Za-z0-9+/=]{20,}\r\n", one)]


@contextmanager
def opened(folder: Path) -> Iterator[Impostor]:
    """A server that is not what it seems, until the end of the block."""
    server = Impostor(folder)
    try:
        yield server
    finally:
        server.stop()
