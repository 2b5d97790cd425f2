"""Reading from servers that are not what they seem: each ends as one word, in time, and none fills the memory."""

import itertools
import resource
import socket
import time
from datetime import UTC, date, datetime

import pytest

from crm.core.letters import Fault, Undelivered
from crm.mail import imap, line, policy, talk
from crm.mail.models import Security
from tests import post_office
from tests.mail import impostor
from tests.mail.test_smtp import LOOPBACK, scripted

SINCE = date(2026, 1, 31)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server that can be believed, until the test changes what it says."""
    monkeypatch.setenv("SSL_CERT_FILE", str(post_office.authority(tmp_path)))
    with impostor.opened(tmp_path) as server:
        yield server


def mailbox(port, *, host="localhost", security=Security.TLS, may_be_private=True, password=post_office.SECRET):
    return imap.Server(host, port, security, post_office.NAME, password, may_be_private)


def fault_of(port, **options):
    with pytest.raises(Undelivered) as refusal, imap.connected(mailbox(port, **options)) as reader:
        read(reader)
    assert refusal.value.__cause__ is None
    return refusal.value.fault


def read(reader):
    opened = reader.open("INBOX")
    return [reader.letter(uid) for uid in reader.uids(1, opened.next_uid - 1, SINCE)]


def test_a_server_that_says_what_it_should_is_read(server):
    with imap.connected(mailbox(server.port)) as reader:
        assert read(reader) == [
            imap.Fetched(b"Subject: x\r\n\r\n", True, 14, datetime(2026, 11, 24, 9, 0, 1, tzinfo=UTC))
        ]
    assert b"UID SEARCH UID 1:1 SINCE 31-Jan-2026\r\n" in b"".join(server.heard)


ENDLESS = {
    "lines": (b"* OK x\r\n" * 10_000, 100),
    "one line": (b"x" * 100_000, 100),
    "words that go on": (b"+ go on\r\n" * 1000, 100),
    "literals of nothing": (b"{0}\r\n" * 1000, 100),
    "flags": (b"* 1 FETCH (FLAGS ())\r\n" * 10_000, 100),
}


@pytest.mark.parametrize("where", ["CAPABILITY", "SELECT", "SEARCH", "SIZE", "BODY"])
@pytest.mark.parametrize(("piece", "times"), ENDLESS.values(), ids=ENDLESS)
def test_an_endless_answer_is_not_heard_out(server, where, piece, times):
    server.says[where] = itertools.repeat(piece, times)
    began = time.monotonic()
    assert fault_of(server.port) is Fault.CLOSED
    assert time.monotonic() - began < imap.TIMEOUT / 2


@pytest.mark.parametrize("where", ["CAPABILITY", "SELECT", "SEARCH", "SIZE", "BODY"])
@pytest.mark.parametrize("size", [b"2147483648", b"9999999999", b"99999999999999999999999", b"-1"])
def test_a_literal_of_two_gigabytes_is_not_waited_for(server, where, size):
    server.says[where] = [b"* 1 FETCH (UID 1 BODY[]<0> {" + size + b"}\r\n" + b"x" * 1000]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert fault_of(server.port) in (Fault.CLOSED, Fault.TIME)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


NONSENSE = {
    "no validity": b"* OK [UIDNEXT 2] x\r\n",
    "no next": b"* OK [UIDVALIDITY 7] x\r\n",
    "too many": b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9999999999] x\r\n",
    "none": b"* OK [UIDVALIDITY 0] x\r\n* OK [UIDNEXT 0] x\r\n",
    "words": b"* OK [UIDVALIDITY x] x\r\n* OK [UIDNEXT -5] x\r\n",
    "binary": b"* OK \x00\xff\r\n",
    "not a line of the protocol": b"HTTP/1.1 200 OK\r\n",
}


@pytest.mark.parametrize("said", NONSENSE.values(), ids=NONSENSE)
def test_absurd_numbers_are_not_believed(server, said):
    server.says["SELECT"] = [said]
    assert fault_of(server.port) is Fault.CLOSED


def test_a_billion_letters_are_looked_for_in_small_portions(server):
    server.says["SELECT"] = [b"* 1000000000 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4294967295] x\r\n"]
    server.says["SEARCH"] = [b"* SEARCH 5 4 4 99999 -1 0 x 4294967296 99999999999999\r\n"]
    with imap.connected(mailbox(server.port)) as reader:
        assert reader.open("INBOX").next_uid == 2**32 - 1
        assert reader.uids(1, imap.AT_ONCE, SINCE) == [4, 5]


def test_a_letter_that_is_larger_than_it_says_is_taken_with_its_headers_only(server, monkeypatch):
    monkeypatch.setattr(imap, "LARGEST_LETTER", 10)
    server.says["SIZE"] = [b"* 1 FETCH (UID 1 RFC822.SIZE 3)\r\n"]
    server.says["HEADER"] = [b"* 1 FETCH (UID 1 BODY[HEADER]<0> {4}\r\na: b)\r\n"]
    server.says = {"HEADER": server.says.pop("HEADER"), **server.says}
    with imap.connected(mailbox(server.port)) as reader:
        assert read(reader) == [imap.Fetched(b"a: b", False, 11, None)]


@pytest.mark.parametrize(
    ("said", "raw"),
    [
        (b'* 1 FETCH (BODY[]<0> "a\\"b" UID 1)\r\n', b'a"b'),
        (b"* 1 FETCH (UID 1 BODY[]<0> NIL)\r\n", b""),
        (b"* 1 FETCH (FLAGS ())\r\n* 2 FETCH (UID 12 BODY[] {1}\r\nx)\r\n* 1 FETCH (body[] {1}\r\ny uid 1)\r\n", b"y"),
    ],
)
def test_a_letter_is_understood_however_it_is_told(server, said, raw):
    server.says["BODY"] = [said]
    with imap.connected(mailbox(server.port)) as reader:
        assert [one.raw for one in read(reader)] == [raw]


@pytest.mark.parametrize("where", ["SIZE", "BODY"])
def test_a_letter_that_is_gone_meanwhile_is_none(server, where):
    server.says[where] = []
    with imap.connected(mailbox(server.port)) as reader:
        assert read(reader) == [None]


@pytest.mark.parametrize(
    ("name", "answer", "fault"),
    [
        ("AUTHENTICATE", b" NO [AUTHENTICATIONFAILED] petr@lugov.example.org", Fault.LOGIN),
        ("AUTHENTICATE", b" NO [UNAVAILABLE] internal error", Fault.CLOSED),
        ("SELECT", b" NO [NONEXISTENT] INBOX", Fault.FOLDER),
        ("SEARCH", b" BAD what?", Fault.MESSAGE),
        ("BODY", b" NO broken", Fault.MESSAGE),
        ("BODY", b" NO [SERVERBUG] broken", Fault.CLOSED),
    ],
)
def test_a_refusal_is_told_as_a_word(server, name, answer, fault):
    server.refuses[name] = answer
    assert fault_of(server.port) is fault


def test_a_server_that_drips_for_ever_is_cut_off(server, monkeypatch):
    def drips():
        for _ in range(1000):
            time.sleep(0.05)
            yield b"x"

    monkeypatch.setattr(imap, "LONGEST_SECONDS", 0.4)
    server.says["SELECT"] = drips()
    assert fault_of(server.port) is Fault.TIME


def test_a_whole_visit_ends_in_time_however_many_steps_it_has(server, monkeypatch):
    monkeypatch.setattr(imap, "VISIT_SECONDS", 0.5)
    began = time.monotonic()
    with imap.connected(mailbox(server.port)) as reader, pytest.raises(Undelivered) as refusal:
        any(time.monotonic() - began > 5 for _ in iter(lambda: read(reader), None))
    assert refusal.value.fault is Fault.TIME


@pytest.mark.parametrize(
    "word", [b"99-Nov-2026 12:00:00 +0300", b"1-Foo-2026 12:00:00 +0300", b"1-Jan-0001 00:00:00 +2359"]
)
def test_a_moment_that_is_none_is_not_believed(server, word):
    server.says["SIZE"] = [b'* 1 FETCH (UID 1 RFC822.SIZE 14 INTERNALDATE "' + word + b'")\r\n']
    with imap.connected(mailbox(server.port)) as reader:
        assert read(reader)[0].arrived_at is None


# before the encryption

GREETINGS = {
    "signed in already": b"* PREAUTH welcome\r\n",
    "unwilling": b"* BYE too many\r\n",
    "no mailbox": b"220 smtp\r\n",
    "endless": b"*" * 2_000_000,
    "silent end": b"",
}


@pytest.mark.parametrize("greeting", GREETINGS.values(), ids=GREETINGS)
def test_a_greeting_that_is_none_ends_the_talk_before_a_word_is_said(greeting, monkeypatch):
    monkeypatch.setattr(imap, "TIMEOUT", 0.5)
    with scripted(greeting) as (port, heard):
        assert fault_of(port, security=Security.STARTTLS) in (Fault.CLOSED, Fault.TIME)
    assert b"".join(heard) == b""


@pytest.mark.parametrize("answer", [b"a1 NO not here\r\n", b"a1 BAD\r\n"])
def test_no_password_is_said_in_clear(answer):
    with scripted(b"* OK hello\r\n", answer, b"x") as (port, heard):
        assert fault_of(port, security=Security.STARTTLS) is Fault.TLS
    assert heard[0] == b"a1 STARTTLS\r\n"
    assert b"".join(heard[1:]) == b""


def test_words_slipped_in_before_the_encryption_are_not_taken_for_the_servers(monkeypatch):
    monkeypatch.setattr(imap, "TIMEOUT", 0.5)
    slipped = b"a1 OK go on\r\n* CAPABILITY IMAP4rev1\r\na2 OK\r\na3 OK welcome\r\n"
    with scripted(b"* OK hello\r\n", slipped) as (port, heard):
        assert fault_of(port, security=Security.STARTTLS) in (Fault.TLS, Fault.TIME, Fault.CLOSED)
    assert not [one for one in heard if b"LOGIN" in one or b"AUTHENTICATE" in one]


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("port", [None, 143, 993])
def test_however_this_machine_is_spelled_it_is_not_spoken_to(host, port):
    with scripted(b"* OK hello\r\n") as (listening, heard):
        assert fault_of(port or listening, host=host, may_be_private=False) in (Fault.PRIVATE, Fault.NAME)
    assert heard == []


@pytest.mark.parametrize("port", [25, 80, 465, 587, 6379])
def test_other_ports_are_not_spoken_to(port, monkeypatch):
    monkeypatch.setattr(line, "looked_up", lambda host, port: ["8.8.8.8"])
    assert fault_of(port, may_be_private=False) is Fault.PRIVATE


def test_nobody_listening_is_a_word_too():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert fault_of(port) is Fault.CONNECTION


ODD = ["пароль с пробелом", 'quote"back\\slash', "x" * 200, "\u2028line", "a\rb"]


@pytest.mark.parametrize("password", ODD, ids=["words", "marks", "long", "line", "break"])
def test_any_password_is_said_as_one_word(server, password):
    with imap.connected(mailbox(server.port, password=password)):
        pass
    assert server.secrets() == [talk.plain_secret(post_office.NAME, password) + b"\r\n"]


def test_a_server_of_the_older_way_is_told_a_password_in_quotes(server):
    server.says["CAPABILITY"] = [b"* CAPABILITY IMAP4rev1\r\n"]
    with imap.connected(mailbox(server.port, password='quote"back\\slash x')):
        pass
    assert b'a2 LOGIN "info@romashka.example.org" "quote\\"back\\\\slash x"\r\n' in server.heard


@pytest.mark.parametrize("password", ["пароль", "a\r\na3 DELETE INBOX"])
def test_what_the_older_way_cannot_say_is_not_said(server, password):
    server.says["CAPABILITY"] = [b"* CAPABILITY IMAP4rev1\r\n"]
    assert fault_of(server.port, password=password) is Fault.LOGIN
    assert not [one for one in server.heard if b"DELETE" in one or b"LOGIN" in one]


# names of folders


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("INBOX", b'"INBOX"'),
        ("Обращения", b'"&BB4EMQRABDAESQQ1BD0EOARP-"'),
        ("Tom & Jerry", b'"Tom &- Jerry"'),
        ('a"b\\c', b'"a\\"b\\\\c"'),
        ("Входящие/2026", b'"&BBIERQQ+BDQETwRJBDgENQ-/2026"'),
        ("😀", b'"&2D3eAA-"'),
    ],
)
def test_a_folder_is_named_as_the_protocol_wants(name, word):
    assert talk.folder_word(name) == word
    assert talk.folder_name(word[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")) == name


@pytest.mark.parametrize("word", [b"&", b"&&&", b"&AAA", b"&2D0-", b"\xff", b"&BB4EMQRABDAESQQ1BD0EOARP"])
def test_what_is_no_name_of_a_folder_is_shown_all_the_same(word):
    assert isinstance(talk.folder_name(word), str)


def test_every_fault_of_reading_has_its_words():
    ours = {Fault.NAME, Fault.PRIVATE, Fault.CONNECTION, Fault.TIME, Fault.CLOSED, Fault.CERTIFICATE, Fault.TLS}
    assert set(policy.IMAP_FAULTS) == ours | {Fault.LOGIN, Fault.FOLDER, Fault.MESSAGE}
