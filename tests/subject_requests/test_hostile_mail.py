"""Whatever comes as a letter, reading it never raises and costs little, and no human's words are dropped."""

import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.core.letters import in_one_line
from crm.mail import mime
from crm.subject_requests import parsing
from crm.subject_requests.post import Why
from tests.subject_requests.mails import ADDRESSEE, PDF, WISH, letter, nested, part, plain, raw, report, several

MB = 1_000_000
OWN = frozenset({ADDRESSEE})
BASE64 = {"Content_Transfer_Encoding": "base64", "Content_Disposition": "attachment; filename=big.bin"}
HTML = "Content-Type: text/html; charset=utf-8"
MIXED = "Content-Type: multipart/mixed; boundary=b"
SIZES = {
    "5,000 headers": raw(*(f"X-{n}: {n}" for n in range(5000))),
    "a million headers": raw(*["X: 1"] * 400_000),
    "100,000 addressees": raw("To: " + "a@example.org, " * 100_000),
    "100,000 senders": raw(sender="a@example.org, " * 100_000),
    "a header of a megabyte": raw("X: " + "a" * MB),
    "a sender of a megabyte": raw(sender="<a@" * (MB // 3)),
    "brackets": raw(sender="(" * MB + "a@example.org"),
    "quotes": raw(sender='\\"' * MB + "a@example.org"),
    "a subject that goes on": raw("Subject: x" + "\r\n a" * 300_000),
    "encoded words": raw("Subject: " + "=?utf-8?q?" * 100_000),
    "parameters": raw("Content-Type: multipart/mixed" + ';a="b' * 100_000),
    "references": raw("References: " + "<a@b> " * 200_000),
    "1,000 levels": nested(1000),
    "1,000 letters in letters": b"From: a@example.org\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 1000,
    "half a million parts": raw(MIXED, body=b"--b\r\n\r\nx\r\n" * 400_000),
    "five million boundaries that are none": raw(MIXED, body=b"--bx" * 5 * MB),
    "a file of 20 MB": several(plain(), part("application/octet-stream", b"QUJD" * 5 * MB, **BASE64)),
    "a text of 20 MB": raw("Content-Type: text/plain", body=b"slovo " * 3 * MB),
    "a text of one line": raw(body="я" * 10 * MB),
    "forms within forms": raw(HTML, body="<form><div></form><div>" * 40_000),
    "comments": raw(HTML, body="<!--" * 400_000),
    "links": raw(HTML, body="<a href='" * 200_000),
    "more links": raw(HTML, body="<a href=http://x>y</a>" * 60_000),
    "scripts": raw(HTML, body="<script></script>" * 80_000),
    "references to characters": raw(HTML, body="&#" + "9" * 400_000),
    "ampersands": raw(HTML, body="&abcdefghijklmnopqrstuvwxyz" * 40_000),
    "quotations": raw(HTML, body="<blockquote>" * 100_000),
    "on": raw(body="On " * 10_000),
}
MOST_CALLS, MOST_SECONDS = 2_000_000, 3
"""Calls of functions, counted; and a time that only something that grows with the square would need."""


@pytest.mark.parametrize("content", SIZES.values(), ids=SIZES)
def test_no_letter_costs_much(content):
    started = time.process_time()
    read = parsing.read(content)
    assert time.process_time() - started < MOST_SECONDS
    assert calls_of(parsing.read, content) < MOST_CALLS
    assert len(read.text) + len(read.quoted) < 2.1 * parsing.LONGEST_TEXT
    assert len(read.file_names) <= parsing.MOST_FILES


def calls_of(function, argument):
    """How many functions are called meanwhile, those of the library too."""
    count = 0

    def counting(frame, event, _):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        function(argument)
    finally:
        sys.setprofile(None)
    return count


def test_a_file_is_named_and_not_unpacked(monkeypatch):
    unpacked = []
    true = mime.Part.content
    monkeypatch.setattr(mime.Part, "content", lambda part, most: unpacked.append(part.kind) or true(part, most))
    read = parsing.read(SIZES["a file of 20 MB"])
    assert (read.text, read.file_names, unpacked) == (WISH, ("big.bin",), ["text/plain"])


@pytest.mark.parametrize(("levels", "why"), [(mime.DEEPEST - 1, None), (mime.DEEPEST + 1, Why.UNREADABLE)])
def test_words_too_deep_to_be_found_are_told(levels, why):
    read = parsing.read(nested(levels))
    assert (read.why, read.is_cut, read.text == WISH) == (why, why is not None, why is None)


ODD = {
    "nothing": (b"", Why.NO_SENDER),
    "an empty line": (b"\r\n", Why.NO_SENDER),
    "zeros": (b"\0" * 1000, Why.NO_SENDER),
    "no headers": (b"\r\n" + WISH.encode(), Why.NO_SENDER),
    "headers only": (b"From: a@example.org\r\nSubject: x", None),
    "a sender only": (b"From: a@example.org", Why.EMPTY),
    "zeros among the words": (raw(body="Уда\0лите меня"), None),
    "lone CR": (letter().replace(b"\r\n", b"\r"), None),
    "lone LF": (letter().replace(b"\r\n", b"\n"), None),
    "a mailbox file": (b"From petr@lugov.example.org Tue Nov 24 10:00:00 2026\r\n" + letter(), None),
    "no date": (letter(date=""), None),
    "no subject": (letter(subject=""), None),
    "no sender": (letter(sender=""), Why.NO_SENDER),
    "no Message-ID": (letter(message_id=""), None),
    "a Message-ID that is none": (letter(message_id="<a b\t>"), None),
    "no boundary": (raw("Content-Type: multipart/mixed", body="x"), None),
    "a boundary that never comes": (raw(MIXED, "Subject: x", body="x"), None),
    "a part that never ends": (raw(MIXED, body="--b\r\n\r\nУдалите меня"), None),
    "a charset that is a program": (raw("Content-Type: text/plain; charset=unicode_escape"), None),
    "base64 that is none": (raw("Content-Transfer-Encoding: base64", body="%%%"), Why.EMPTY),
    "base64 cut off": (raw("Content-Transfer-Encoding: base64", body=b"0KPQtNCw0LvQuNGC0LUg0LzQtdC90Y"), None),
    "an unknown packing": (raw("Content-Transfer-Encoding: x-none"), None),
    "bytes of no text": (raw("Content-Type: text/plain; charset=utf-16", body=b"\x00\xd8" * 500), Why.UNREADABLE),
}


@pytest.mark.parametrize(("content", "why"), ODD.values(), ids=ODD)
def test_odd_letters_are_read_or_put_aside(content, why):
    read = parsing.read(content)
    assert (read.why, read.why is None or read.is_sure or read.why is Why.NO_SENDER) == (why, True)


MACHINES = {
    "a report": (report("<a@b>"), Why.BOUNCE, True),
    "a report without its kind": (letter(subject="Undelivered Mail Returned", Return_Path="<>"), Why.BOUNCE, True),
    "the postmaster's null path": (letter(sender="postmaster@example.org", Return_Path="<>"), Why.BOUNCE, True),
    "a null path alone": (letter(Return_Path="<>"), Why.BOUNCE, False),
    "a postmaster who writes": (letter(sender="postmaster@example.org"), Why.BOUNCE, False),
    "a receipt": (
        several(plain(), kind="report; report-type=disposition-notification"),
        Why.AUTOMATIC,
        True,
    ),
    "an answer by a machine": (letter(Auto_Submitted="auto-replied"), Why.AUTOMATIC, True),
    "another": (letter(X_Autoreply="yes"), Why.AUTOMATIC, True),
    "one more": (letter(Precedence="auto_reply"), Why.AUTOMATIC, True),
    "a holiday and a sign": (letter(subject="Автоответ: я в отпуске", Precedence="bulk"), Why.AUTOMATIC, True),
    "a holiday and another": (letter(subject="Out of office", X_Auto_Response_Suppress="All"), Why.AUTOMATIC, True),
    "a holiday alone": (letter(subject="Я в отпуске, удалите меня"), None, True),
    "a newsletter": (letter(List_Id="<news.example.org>", List_Unsubscribe="<mailto:a@b>"), Why.AUTOMATIC, True),
    "a form of a site": (letter(Auto_Submitted="auto-generated"), Why.AUTOMATIC, False),
    "many at once": (letter(Precedence="bulk"), Why.AUTOMATIC, False),
    "a way out": (letter(List_Unsubscribe="<mailto:a@b>"), Why.AUTOMATIC, False),
    "no machine": (letter(Auto_Submitted="no"), None, True),
    "a group of ours": (
        letter(List_Id="<pdn.romashka.example.org>", List_Unsubscribe="<mailto:a@b>", Precedence="list"),
        None,
        True,
    ),
    "ourselves": (letter(sender=ADDRESSEE), Why.LOOP, False),
    "our letter": (letter(sender=ADDRESSEE, message_id=f"<{'a' * 32}@romashka.example.org>"), Why.LOOP, True),
    "like a letter of ours": (letter(message_id=f"<{'a' * 32}@romashka.example.org>"), Why.LOOP, False),
    "one of our shape": (letter(message_id=f"<{'a' * 32}@example.org>"), None, True),
    "a mark of ours": (letter(X_Loop=ADDRESSEE), Why.LOOP, True),
    "a mark of another": (letter(X_Loop="a@example.org"), None, True),
    "fifty servers": (raw(*["Received: by x"] * 51), Why.LOOP, False),
}


@pytest.mark.parametrize(("content", "why", "is_sure"), MACHINES.values(), ids=MACHINES)
def test_machines_are_known_and_doubts_are_told(content, why, is_sure):
    read = parsing.read(content, own=OWN)
    assert (read.why, read.is_sure) == (why, is_sure)


SAMPLES = [
    letter(),
    letter(charset="koi8-r"),
    report("<a@b>"),
    nested(5),
    several(plain(), part("text/html; charset=cp1251", "<p>Да<a href=x>".encode("cp1251")), kind="alternative"),
    several(plain(), part('application/pdf; name="a.pdf"', PDF), part("message/rfc822", letter())),
]
SEVERAL = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def is_fit_to_keep(read):
    """Nothing that breaks a line of a header, a database or the direction of writing."""
    lines = (read.sender, read.sender_name, read.subject, read.reply_to, read.message_id, *read.file_names)
    texts = (read.text, read.quoted)
    is_plain = all(line == in_one_line(line) for line in (*lines, read.in_reply_to, read.references))
    return is_plain and not any(word in text for text in texts for word in ("\0", "\r", "\u202e", "\ud800"))


@SEVERAL
@given(st.binary(max_size=2000))
def test_any_bytes_are_read(content):
    assert is_fit_to_keep(parsing.read(content, own=OWN))


@SEVERAL
@given(st.sampled_from(SAMPLES), st.data())
def test_broken_letters_are_read(content, data):
    broken = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(broken)))
        broken[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=12))
    assert is_fit_to_keep(parsing.read(bytes(broken), own=OWN))


@SEVERAL
@given(
    st.text(max_size=300), st.text(max_size=100), st.sampled_from(["utf-8", "cp1251", "koi8-r", "utf-16", "idna", ""])
)
def test_any_words_in_any_charset_are_read(words, name, charset):
    content = raw(
        f"Content-Type: text/html; charset={charset}", "Subject: " + name, body=words.encode("utf-8", "replace")
    )
    assert is_fit_to_keep(parsing.read(content))
