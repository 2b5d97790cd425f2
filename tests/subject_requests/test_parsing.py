"""What a letter says, whatever program wrote it."""

import base64
from datetime import UTC, datetime

import pytest

from crm.mail import charsets, markup
from crm.subject_requests import parsing
from crm.subject_requests.post import Why
from tests.subject_requests.mails import PDF, SENDER, WISH, letter, part, plain, raw, several

HTML = "<p>Прошу <b>удалить</b> мои данные</p>"


@pytest.mark.parametrize("charset", ["utf-8", "koi8-r", "windows-1251", "koi8-u", "cp866", "iso-8859-5", "utf-16"])
def test_words_in_every_russian_charset_are_read(charset):
    body = base64.encodebytes(WISH.encode(charset))
    read = parsing.read(
        raw(f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: base64", body=body)
    )
    assert (read.text, read.why) == (WISH, None)


@pytest.mark.parametrize("true", ["utf-8", "koi8-r", "cp1251"])
@pytest.mark.parametrize("named", ["", "us-ascii", "iso-8859-1", "x-unknown", "idna", "rot13", "хз"])
def test_a_missing_or_wrong_charset_is_made_out(true, named):
    read = parsing.read(raw(f"Content-Type: text/plain; charset={named}", body=WISH.encode(true)))
    assert read.text == WISH


def test_utf8_is_known_whatever_is_said():
    assert charsets.decoded(WISH.encode(), "koi8-r") == WISH


def test_bytes_that_are_no_utf8_cost_no_more_than_themselves():
    assert charsets.decoded(WISH.encode() + b"\xff", "utf-8").startswith(WISH)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"=?koi8-r?B?8NLJ18XU?=", "Привет"),
        (b"=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
        (b"=?utf-8?B?0J/RgNC40LLQtdGC?= =?utf-8?B?0YHRgtCy0LjQtQ==?=", "Приветствие"),
        (b"=?utf-8?B?0J/R?=\r\n =?utf-8?B?gNC40LLQtdGC?=", "Привет"),  # cut within a letter
        (b"=?utf-8?B?0J/RgNC40LLQtdGC", "=?utf-8?B?0J/RgNC40LLQtdGC"),  # broken
        (b"=?utf-8?B?0J_%%?= x", "x"),
        ("Привет".encode("koi8-r"), "Привет"),
        ("Привет".encode("cp1251"), "Привет"),
        ("Привет".encode(), "Привет"),
        (b"Re: =?x-none?Q?abc?=", "Re: abc"),
        ("До\u202eговор\x07\u200b".encode(), "Договор"),
    ],
)
def test_a_subject_is_read_however_it_is_written(written, read):
    assert parsing.read(raw(b"Subject: " + written)).subject == read


@pytest.mark.parametrize(
    ("header", "sender", "name"),
    [
        ("petr@lugov.example.org", SENDER, ""),
        ("<PETR@Lugov.Example.org>", SENDER, ""),
        ('"Лугов, Пётр" <petr@lugov.example.org>', SENDER, "Лугов, Пётр"),
        ("=?koi8-r?B?8NLJ18XU?= <petr@lugov.example.org>", SENDER, "Привет"),
        ('"bank@example.org" <petr@lugov.example.org>', SENDER, "bank@example.org"),
        ('"bank@example.org, банк" <petr@lugov.example.org>', SENDER, "bank@example.org, банк"),
        ("bank@example.org <petr@lugov.example.org>", SENDER, "bank@example.org"),
        ('"petr@lugov.example.org"', SENDER, ""),
        ("petr@lugov.example.org (Петя)", SENDER, ""),
        ("petr@lugov.example.org, anna@example.org", SENDER, ""),
        ("Пётр <petr@lugov.example.org>, Анна <anna@example.org>", SENDER, "Пётр"),
        ("=?utf-8?Q?petr=40lugov.example.org?=", SENDER, ""),
        ("=?utf-8?Q?bank=40example.org?= <petr@lugov.example.org>", SENDER, "bank@example.org"),
        ("Пётр <petr@почта.рф>", "petr@почта.рф", "Пётр"),
        ("petr@xn--80a1acny.xn--p1ai", "petr@почта.рф", ""),
    ],
)
def test_a_sender_is_read_however_it_is_written(header, sender, name):
    read = parsing.read(raw(sender=header))
    assert (read.sender, read.sender_name) == (sender, name)


@pytest.mark.parametrize("header", ["", "undisclosed-recipients:;", "@", "<>", "Пётр", "a@", "<a@>", ",,,"])
def test_a_sender_that_is_none_is_said(header):
    read = parsing.read(raw(sender=header))
    assert (read.sender, read.why, read.text) == ("", Why.NO_SENDER, WISH)


def test_where_answers_are_wanted_is_noted_and_no_sender():
    read = parsing.read(letter(Reply_To="thief@example.org"))
    assert (read.sender, read.reply_to) == (SENDER, "thief@example.org")
    assert parsing.read(letter(Reply_To=SENDER)).reply_to == ""


def test_the_thread_and_the_date_are_read():
    read = parsing.read(letter(In_Reply_To="<a@b> junk", References="<x@y>\r\n <a@b> no"))
    assert (read.message_id, read.in_reply_to, read.references) == ("<1@lugov.example.org>", "<a@b>", "<x@y> <a@b>")
    assert read.date == datetime(2026, 11, 24, 7, tzinfo=UTC)


@pytest.mark.parametrize("date", ["", "вчера", "Tue, 99 Nov 2026", "Tue, 24 Nov 99999999 10:00:00 +9999", "\x00"])
def test_a_letter_without_a_day_has_none(date):
    assert parsing.read(raw(f"Date: {date}")).date is None


def test_of_two_shapes_the_plain_one_is_read_and_every_file_is_named():
    other = several(part("text/html", HTML), part('application/pdf; name="скан.pdf"', PDF))
    both = several(
        plain(),
        part("multipart/mixed; boundary=edge2", other.partition(b"\r\n\r\n")[2].replace(b"edge", b"edge2")),
        kind="alternative",
    )
    read = parsing.read(both)
    assert (read.text, read.file_names) == (WISH, ("скан.pdf",))


def test_an_empty_plain_shape_gives_way():
    read = parsing.read(several(plain(" \r\n"), part("text/html; charset=utf-8", HTML), kind="alternative"))
    assert read.text == "Прошу удалить мои данные"


def test_html_is_shown_as_text_and_nothing_of_it_is_loaded():
    read = parsing.read(
        raw(
            "Content-Type: text/html; charset=utf-8",
            body="<style>p{}</style><script>alert(1)</script><p>Удалите&nbsp;меня<img src=http://evil.example/1.gif>"
            '<p><a href="https://example.org/a">сюда</a> <a href="javascript:alert(1)">и сюда</a><br>Пётр &lt;b&gt;',
        )
    )
    assert read.text == "Удалите меня\n\nсюда (https://example.org/a) и сюда\nПётр <b>"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("<p>раз</p><p>два</p>", "раз\n\nдва"),
        ("раз<br>два<br><br>три", "раз\nдва\n\nтри"),
        ("<ul><li>раз<li>два</ul>", "— раз\n— два"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        ("<blockquote>раз<br>два</blockquote>три", "> раз\n> два\n\nтри"),
        ("1 < 2 & 3 > 2 &amp;lt;", "1 < 2 & 3 > 2 &lt;"),
        ("<!-- <p>нет</p> -->да<!-- конца нет", "да"),
        ("<script>нет", ""),
        ("<title>нет</title><svg><text>нет</text></svg>да", "да"),
        ("да<", "да<"),
        ("<a href='mailto:a@b.ru'>a@b.ru</a>", "a@b.ru"),
        ("&#99999999999999999999;&#x110000;&#0;да", "\ufffd\ufffdда"),
    ],
)
def test_markup_as_text(written, text):
    assert markup.as_text(written) == text


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="скан паспорта.pdf"', "скан паспорта.pdf"),
        ("attachment; filename*=UTF-8''%D1%81%D0%BA%D0%B0%D0%BD.pdf", "скан.pdf"),
        ("attachment; filename*0*=koi8-r''%D3%CB; filename*1*=%C1%CE; filename*2=.pdf", "скан.pdf"),
        ('attachment; filename="=?utf-8?B?0YHQutCw0L0ucGRm?="', "скан.pdf"),
        ('attachment; filename="..\\/a\u202efdp.exe"', "../afdp.exe"),
        ("attachment", "application/pdf"),
        ('attachment; filename="не закрыто.pdf', "не закрыто.pdf"),
    ],
)
def test_a_file_is_named_however_its_name_is_written(disposition, name):
    read = parsing.read(several(plain(), part("application/pdf", PDF, Content_Disposition=disposition)))
    assert (read.text, read.file_names) == (WISH, (name,))


def test_a_letter_that_is_only_a_file_is_a_letter():
    read = parsing.read(several(part('application/pdf; name="заявление.pdf"', PDF)))
    assert (read.text, read.file_names, read.why) == ("", ("заявление.pdf",), None)


def test_a_letter_within_a_letter_is_repeated_words_or_the_words_themselves():
    inner = part("message/rfc822", letter("Удалите меня", sender="anna@example.org"))
    read = parsing.read(several(plain("Перешлите юристам"), inner))
    assert (read.text, "Удалите меня" in read.quoted, "anna@example.org" in read.quoted) == (
        "Перешлите юристам",
        True,
        True,
    )
    assert parsing.read(several(inner)).text.endswith("Удалите меня")


def test_a_calendar_invitation_is_named():
    read = parsing.read(
        several(plain("Встреча"), part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR"), kind="alternative")
    )
    assert (read.text, read.file_names) == ("Встреча", ("text/calendar",))


def test_winmail_is_named_and_read_only_in_its_plain_part():
    winmail = part('application/ms-tnef; name="winmail.dat"', b"x\x9f\x3e\x22")
    read = parsing.read(several(plain(), winmail))
    assert (read.text, read.file_names, read.why) == (WISH, ("winmail.dat",), None)
    assert parsing.read(several(winmail)).why is Why.UNREADABLE


@pytest.mark.parametrize("kind", ["application/pkcs7-mime", "application/x-pkcs7-mime; smime-type=enveloped-data"])
def test_an_encrypted_letter_is_unreadable(kind):
    assert parsing.read(raw(f"Content-Type: {kind}", body="MIAGCSqGSIb3")).why is Why.UNREADABLE


def test_a_long_text_is_cut_and_says_so():
    read = parsing.read(letter("слово " * 20_000))
    assert len(read.text) <= parsing.LONGEST_TEXT + len(parsing.CUT)
    assert (read.text[-3:], read.is_cut) == ("[…]", True)


def test_what_is_larger_than_a_letter_is_read_at_its_beginning():
    read = parsing.read(letter() + b"x" * parsing.LARGEST)
    assert (read.why, read.sender, read.subject, read.is_sure) == (Why.TOO_LARGE, SENDER, "Мои данные", False)


@pytest.mark.parametrize("text", ["", " \r\n\t\r\n"])
def test_a_letter_of_nothing_is_empty(text):
    assert parsing.read(letter(text, subject="")).why is Why.EMPTY
    assert parsing.read(letter(text, subject="Удалите меня")).why is None
