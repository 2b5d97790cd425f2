"""Speaking to servers that are not what they seem: each ends as one word, in time, and none learns a secret."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from crm.core.letters import Fault, Sender, Undelivered
from crm.mail import line, smtp
from crm.mail.models import Security
from tests import post_office

LOOPBACK = [
    *("127.0.0.1", "localhost", "127.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1"),  # noqa: S104 - spellings
    *("127.000.000.001", "127.0.0.1.", "LOCALHOST", "ip6-localhost"),
]


def server(port, *, host="localhost", security=Security.STARTTLS, may_be_private=True):
    sender = Sender("Ромашка", post_office.NAME)
    return smtp.Server(
        host, port, security, post_office.NAME, post_office.SECRET, sender, "[127.0.0.1]", may_be_private
    )


def fault_of(account):
    with pytest.raises(Undelivered) as refusal, smtp.connected(account):
        pass
    return refusal.value.fault


@contextmanager
def scripted(*answers, drips=None):
    """A server that says these lines, one at the beginning and one after each line it hears; what it heard."""
    heard, ends = [], threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def talk():
        with suppress(OSError), listening.accept()[0] as line, line.makefile("rb") as reader:
            for answer in answers:
                line.sendall(answer)
                while drips and not ends.wait(0.05):
                    line.sendall(drips)
                heard.append(reader.readline())

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], heard
    finally:
        ends.set()
        listening.shutdown(socket.SHUT_RDWR)  # wakes who still waits for a call
        listening.close()
        thread.join(5)


GREETINGS = {
    "full": (b"421 too many connections\r\n", Fault.CLOSED),
    "unwilling": (b"554 no mail here\r\n", Fault.CLOSED),
    "no mail server": (b"HTTP/1.1 400 Bad Request\r\n\r\n", Fault.CLOSED),
    "binary": (b"\x00\xff\xfe\x16\x03\x01" * 20 + b"\r\n", Fault.CLOSED),
    "endless line": (b"2" * 100_000, Fault.CLOSED),
    "silent end": (b"", Fault.CLOSED),
}


@pytest.mark.parametrize(("greeting", "fault"), GREETINGS.values(), ids=GREETINGS)
def test_a_greeting_that_is_none_is_a_fault_like_another(monkeypatch, greeting, fault):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.5)
    with scripted(greeting) as (port, _):
        assert fault_of(server(port)) in (fault, Fault.TIME)


def test_a_server_that_never_says_a_word_costs_one_time_out(monkeypatch):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert fault_of(server(listening.getsockname()[1])) is Fault.TIME


def test_a_server_that_drips_for_ever_is_cut_off(monkeypatch):
    monkeypatch.setattr(smtp, "LONGEST_SECONDS", 0.3)
    with scripted(b"220-", drips=b"x") as (port, _):
        assert fault_of(server(port)) is Fault.TIME


def test_a_server_that_drips_from_the_first_moment_of_a_late_connection_is_cut_off(monkeypatch):
    look_up = line.looked_up
    monkeypatch.setattr(smtp, "LONGEST_SECONDS", 0.2)
    monkeypatch.setattr(line, "looked_up", lambda *place: time.sleep(0.5) or look_up(*place))
    with scripted(b"220-", drips=b"x") as (port, _):
        assert fault_of(server(port)) is Fault.TIME


@pytest.mark.parametrize(
    "answer", [(b"250-" + b"x" * 1000 + b"\r\n") * 10_000, b"x" * 10_000_000], ids=["lines", "line"]
)
def test_an_endless_answer_is_not_heard_out(answer):
    with scripted(b"220 hello\r\n", answer) as (port, _):
        began = time.monotonic()
        assert fault_of(server(port)) is Fault.CLOSED
        assert time.monotonic() - began < smtp.TIMEOUT / 2


def test_a_server_that_does_not_say_goodbye_is_left_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(smtp, "GOODBYE_SECONDS", 0.2)
    monkeypatch.setattr(smtp, "TIMEOUT", 20)
    monkeypatch.setenv("SSL_CERT_FILE", str(post_office.authority(tmp_path)))
    with post_office.opened(tmp_path, security="tls") as office:
        office.pauses["QUIT"] = 5
        began = time.monotonic()
        with smtp.connected(server(office.port, security=Security.TLS)):
            pass
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("answer", [b"250 no extensions\r\n", b"250-x\r\n250 AUTH PLAIN LOGIN\r\n"])
def test_no_password_is_said_in_clear_whatever_the_server_offers(answer):
    with scripted(b"220 hello\r\n", answer, b"235 welcome\r\n") as (port, heard):
        assert fault_of(server(port)) is Fault.TLS
    assert all(line.lower().startswith((b"ehlo", b"")) for line in heard)
    assert not [line for line in heard if b"AUTH" in line.upper()]


def test_words_slipped_in_before_the_encryption_are_not_taken_for_the_servers(monkeypatch):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.5)
    slipped = b"220 go on\r\n250-AUTH PLAIN\r\n250 x\r\n235 welcome\r\n"
    with scripted(b"220 hello\r\n", b"250-x\r\n250 STARTTLS\r\n", slipped) as (port, _):
        assert fault_of(server(port)) in (Fault.TLS, Fault.TIME, Fault.CLOSED)


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("port", [None, 25, 465, 587])
def test_however_this_machine_is_spelled_it_is_not_spoken_to(host, port):
    with scripted(b"220 hello\r\n") as (listening, heard):
        assert fault_of(server(port or listening, host=host, may_be_private=False)) in (Fault.PRIVATE, Fault.NAME)
    assert heard == []


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(monkeypatch):
    asked = []

    def first_outside_then_here(host, port, **how):
        asked.append(host)
        address = "8.8.8.8" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    connected = []
    monkeypatch.setattr(socket, "getaddrinfo", first_outside_then_here)
    monkeypatch.setattr(socket, "create_connection", lambda place, timeout: connected.append(place[0]) or 1 / 0)
    with (
        pytest.raises(ZeroDivisionError),
        smtp.connected(server(465, host="rebound.example.org", may_be_private=False)),
    ):
        pass
    assert (asked, connected) == (["rebound.example.org"], ["8.8.8.8"])


def test_a_name_that_does_not_exist_is_said_to_be_none():
    assert fault_of(server(465, host="nothing.invalid")) is Fault.NAME


def test_nothing_that_a_server_says_is_in_the_error():
    with (
        scripted(b"554 petr@lugov.example.org is not welcome\r\n") as (port, _),
        pytest.raises(Undelivered) as refusal,
        smtp.connected(server(port)),
    ):
        pass
    assert refusal.value.args == ("closed",)
    assert refusal.value.__cause__ is None
