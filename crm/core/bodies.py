"""A request's body is read whole before the application sees it.

So a slow sender never holds a database snapshot or the queue of writers; and since a slow body does hold one of
the server's threads, only so many are read at once: in all, and from one address. Others wait a moment, then hear 503.
"""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from threading import Condition
from typing import Any

AT_ONCE = 40
"""Of the server's 64 threads: the rest go on serving pages."""
AT_ONCE_FROM_ADDRESS = 16
PATIENCE_SECONDS = 2
LONGEST_SECONDS = 30
"""A body that takes longer is given up at the next piece that comes."""
PIECE = 65_536

CROWDED = "Сейчас слишком много отправок сразу. Ничего не записано, попробуйте через минуту.\n"
CUT = "Отправка оборвалась на полпути. Ничего не записано, отправьте ещё раз.\n"
LENGTHLESS = "У запроса нет Content-Length.\n"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Crowded(Exception):
    """Too many bodies are being read already."""


class Bodies:
    """WSGI middleware; `largest` is the number of bytes the application accepts at most."""

    def __init__(self, application: Application, largest: int) -> None:
        self.application, self.largest = application, largest
        self._free = Condition()
        self._reading: Counter[str] = Counter()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ:
            return _answer(start_response, "411 Length Required", LENGTHLESS)  # its end could not be told from a cut
        if environ.get("CONTENT_LENGTH") not in (None, "", "0"):
            try:
                with self._place(environ.get("REMOTE_ADDR", "")):
                    environ["wsgi.input"] = _read(environ, self.largest)
            except (Crowded, TimeoutError):
                return _answer(start_response, "503 Service Unavailable", CROWDED)
            except ValueError:
                return _answer(start_response, "400 Bad Request", CUT)
        return self.application(environ, start_response)

    @contextmanager
    def _place(self, address: str) -> Any:
        with self._free:
            if not self._free.wait_for(lambda: self._has_room(address), PATIENCE_SECONDS):
                raise Crowded
            self._reading[address] += 1
        try:
            yield
        finally:
            with self._free:
                self._reading[address] -= 1
                if not self._reading[address]:
                    del self._reading[address]
                self._free.notify_all()

    def _has_room(self, address: str) -> bool:
        return self._reading.total() < AT_ONCE and self._reading[address] < AT_ONCE_FROM_ADDRESS


def _read(environ: dict[str, Any], largest: int) -> io.BytesIO:
    """The whole body; ValueError if it is shorter than announced: the server passes a cut one on as if it were whole.
    One larger than the application accepts is not read: the application answers 413 itself."""
    announced = int(environ["CONTENT_LENGTH"])
    if announced > largest:
        return io.BytesIO()
    began, pieces, left = time.monotonic(), [], announced
    while left > 0 and (piece := environ["wsgi.input"].read(min(left, PIECE))):
        pieces.append(piece)
        left -= len(piece)
        if time.monotonic() - began > LONGEST_SECONDS:
            raise TimeoutError
    if left:
        raise ValueError
    return io.BytesIO(b"".join(pieces))


def _answer(start_response: Callable[..., Any], status: str, words: str) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", "5"), ("Cache-Control", "no-store")]
    start_response(status, headers)
    return [words.encode()]
