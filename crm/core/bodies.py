"""A request's body is read whole before the application sees it.

So a slow sender never holds a database snapshot or the queue of writers; and since a slow body does hold one of
the server's threads, only so many are read at once: in all, and from one address. Others wait a moment, then hear 503.

A body with a file is larger than others and is copied several times on its way into the database. So only pages that
take a file let it in, only from somebody signed in, and of these bodies few are in memory at once, to the end of their
requests: places of their own, so they keep nobody's form waiting.
"""

import io
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Condition
from typing import IO, Any

import flask
from flask import Flask

AT_ONCE = 40
"""Of the server's 64 threads: the rest go on serving pages."""
AT_ONCE_FROM_ADDRESS = 16
LARGE_AT_ONCE = 8
LARGE_AT_ONCE_FROM_ADDRESS = 4
PATIENCE_SECONDS = 2
LONGEST_SECONDS = 30
"""A body that takes longer is given up at the next piece that comes."""
PIECE = 65_536

CROWDED = "Сейчас слишком много отправок сразу. Ничего не записано, попробуйте через минуту.\n"
CUT = "Отправка оборвалась на полпути. Ничего не записано, отправьте ещё раз.\n"
LENGTHLESS = "У запроса нет Content-Length.\n"
LIMIT = "crm.largest_body"
"""Where the limit of a request stands in its environment."""
Environment = dict[str, Any]
Application = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]
Limit = Callable[[Environment], int]


class Request(flask.Request):
    """A request under the limit by which its body was let in. A view would set one too late: the check of the form's
    token comes first and reads the body."""

    def __init__(self, environ: Environment, *args: Any, **options: Any) -> None:
        super().__init__(environ, *args, **options)
        self.max_content_length = environ.get(LIMIT)

    def _get_file_stream(self, *args: Any, **options: Any) -> IO[bytes]:
        """Files stay in memory: Werkzeug would write larger ones to the disk, in clear."""
        return io.BytesIO()


def limit_of(app: Flask) -> Limit:
    """How much one request may bring: a file only to a page that takes one, and only from somebody signed in."""
    pages, ordinary = re.compile(app.config["UPLOADS"]), app.config["MAX_CONTENT_LENGTH"]

    def limit(environ: Environment) -> int:
        if not pages.fullmatch(environ["PATH_INFO"]):
            return int(ordinary)
        session = app.session_interface.open_session(app, app.request_class(environ))  # the cookie's signature, too
        is_signed_in = "_user_id" in (session or {})  # Flask-Login's; whether it still holds is seen at the door
        return int(app.config["MAX_UPLOAD_LENGTH"] if is_signed_in else ordinary)

    return limit


class Crowded(Exception):
    """Too many bodies are being read already."""


class Bodies:
    """WSGI middleware; `largest` is what the application accepts of anybody at most, in bytes, `limit` says what it
    accepts of one request that brings more."""

    def __init__(self, application: Application, largest: int, limit: Limit | None = None) -> None:
        self.application, self.largest, self.limit = application, largest, limit or (lambda environ: largest)
        self._free = Condition()
        self._reading: Counter[str] = Counter()
        self._large: Counter[str] = Counter()

    def __call__(self, environ: Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ:
            return _answer(start_response, "411 Length Required", LENGTHLESS)  # its end could not be told from a cut
        with ExitStack() as held:
            if environ.get("CONTENT_LENGTH") not in (None, "", "0"):
                try:
                    environ["wsgi.input"] = self._body(environ, held)
                except (Crowded, TimeoutError):
                    return _answer(start_response, "503 Service Unavailable", CROWDED)
                except ValueError:
                    return _answer(start_response, "400 Bad Request", CUT)
            return self.application(environ, start_response)

    def _body(self, environ: Environment, held: ExitStack) -> IO[bytes]:
        """The body as the application gets it; one larger than it accepts is not read: it answers 413 itself."""
        announced, address = int(environ["CONTENT_LENGTH"]), environ.get("REMOTE_ADDR", "")
        if announced > self.largest:
            environ[LIMIT] = self.limit(environ)
            if announced > environ[LIMIT]:
                return io.BytesIO()
            held.enter_context(self._place(self._large, address, LARGE_AT_ONCE, LARGE_AT_ONCE_FROM_ADDRESS))
        with self._place(self._reading, address, AT_ONCE, AT_ONCE_FROM_ADDRESS):
            return _read(environ["wsgi.input"], announced)

    @contextmanager
    def _place(self, taken: Counter[str], address: str, most: int, most_of_address: int) -> Iterator[None]:
        def has_room() -> bool:
            return taken.total() < most and taken[address] < most_of_address

        with self._free:
            if not self._free.wait_for(has_room, PATIENCE_SECONDS):
                raise Crowded
            taken[address] += 1
        try:
            yield
        finally:
            with self._free:
                taken[address] -= 1
                if not taken[address]:
                    del taken[address]
                self._free.notify_all()


def _read(stream: IO[bytes], announced: int) -> io.BytesIO:
    """The whole body; ValueError if it is shorter than announced: the server passes a cut one on as if it were
    whole."""
    began, pieces, left = time.monotonic(), [], announced
    while left > 0 and (piece := stream.read(min(left, PIECE))):
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
