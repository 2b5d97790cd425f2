"""A body is read whole before any work, and slow senders do not keep others out."""

import io
from threading import Event

import pytest

from crm.core import bodies
from crm.core.bodies import Bodies
from tests.core.at_once import at_once, until

LARGEST = 1000


class Slow(io.RawIOBase):
    """A body that gives nothing until it is told to."""

    def __init__(self):
        self.asked, self.go_on = Event(), Event()

    def read(self, size=-1):
        self.asked.set()
        self.go_on.wait(10)
        return b""


def application(environ, start_response):
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


def ask(gate, body=b"", *, length=None, address="192.0.2.1", **environ):
    """The status and the words of the answer."""
    said = []
    stream = body if isinstance(body, io.RawIOBase) else io.BytesIO(body)
    length = str(len(body)) if length is None else length
    environ |= {"CONTENT_LENGTH": length, "wsgi.input": stream, "REMOTE_ADDR": address}
    words = b"".join(gate(environ, lambda status, headers: said.append(status)))
    return said[0][:3], words


@pytest.fixture
def gate():
    return Bodies(application, LARGEST)


@pytest.mark.parametrize("body", [b"", b"x", b"x" * LARGEST])
def test_the_application_gets_the_body_whole(gate, body):
    assert ask(gate, body) == ("200", body)


def test_a_body_cut_short_is_refused(gate):
    assert ask(gate, b"half", length="8")[0] == "400"


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "3.0"])
def test_a_length_that_is_none_is_refused(gate, length):
    assert ask(gate, b"abc", length=length)[0] == "400"


def test_a_body_without_a_length_is_refused(gate):
    assert ask(gate, b"abc", length="", HTTP_TRANSFER_ENCODING="chunked")[0] == "411"


def test_a_body_too_large_is_not_read(gate):
    slow = Slow()
    assert ask(gate, slow, length=str(LARGEST + 1)) == ("200", b"")
    assert not slow.asked.is_set()


def test_slow_senders_of_one_address_do_not_keep_others_out(gate, monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE_SECONDS", 0.1)
    slow = [Slow() for _ in range(bodies.AT_ONCE_FROM_ADDRESS)]

    def watch():
        until(lambda: all(one.asked.is_set() for one in slow))
        answers = [ask(gate, b"x", address=address)[0] for address in ("192.0.2.1", "192.0.2.2")]
        for one in slow:
            one.go_on.set()
        return answers

    acts = [lambda one=one: ask(gate, one, length="1")[0] for one in slow]
    assert at_once([*acts, watch])[-1] == ["503", "200"]
    assert ask(gate, b"x")[0] == "200"


def test_so_many_at_once_and_no_more(gate, monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(bodies, "AT_ONCE", 3)
    slow = [Slow() for _ in range(3)]

    def watch():
        until(lambda: all(one.asked.is_set() for one in slow))
        answer = ask(gate, b"x", address="192.0.2.99")[0]
        for one in slow:
            one.go_on.set()
        return answer

    acts = [lambda n=n, one=one: ask(gate, one, length="1", address=f"192.0.2.{n}") for n, one in enumerate(slow)]
    assert at_once([*acts, watch])[-1] == "503"


def test_a_body_that_never_ends_is_given_up(gate, monkeypatch):
    monkeypatch.setattr(bodies, "LONGEST_SECONDS", -1)
    assert ask(gate, b"x" * 10)[0] == "503"
