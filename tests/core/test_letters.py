"""What a letter may hold: nothing breaks out of a header, any text arrives, an address is one address."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.core.letters import BadHeader, Fault, Letter, LetterState, Sender, Undelivered, compose, in_ascii
from tests import post_office
from tests.core.sending import SUBJECT, TEXT, TO, outcome, send
from tests.house.dumps import number_of

BREAKS = [
    "\n",
    "\r",
    "\r\n",
    "\0",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
    "\x7f",
    "\ud800",
]


@pytest.mark.parametrize("place", ["to", "subject"])
@pytest.mark.parametrize("sign", BREAKS, ids=ascii)
def test_a_line_break_in_a_header_is_refused_and_not_repeated(write, ours, place, sign):
    value = {"to": f"{TO}{sign}Bcc: all@example.org", "subject": f"Привет{sign}Bcc: all@example.org"}[place]
    with pytest.raises(BadHeader) as refusal:
        write(**{place: value})
    assert "all@example.org" not in str(refusal.value)
    assert number_of(Letter, ours) == 0


@pytest.mark.parametrize("sign", BREAKS, ids=ascii)
def test_a_line_break_in_the_operators_name_or_address_is_refused_at_the_last_door(sign):
    for sender in (Sender(f"Ромашка{sign}Bcc: x@y.ru", "a@b.ru"), Sender("Ромашка", f"a@b.ru{sign}Bcc: x@y.ru")):
        with pytest.raises(Undelivered):
            compose(sender, "<1@b.ru>", to=TO, subject=SUBJECT, text=TEXT)


@given(name=st.text(max_size=100), subject=st.text(max_size=300), text=st.text(max_size=300))
def test_whatever_the_words_a_message_has_one_sender_one_addressee_and_no_header_more(name, subject, text):
    try:
        made = compose(Sender(name, "a@b.ru"), "<1@b.ru>", to=TO, subject=subject, text=text)
    except (Undelivered, BadHeader, UnicodeEncodeError):
        return
    got = message_from_bytes(made.as_bytes())  # the older parser, as strangers have it
    assert [address for _, address in getaddresses([got["From"]])] == ["a@b.ru"]
    assert [address for _, address in getaddresses([got["To"]])] == [TO]
    assert len(got.keys()) == 9


@pytest.mark.parametrize("text", ["x" * 100_001, "NUL \0", "bell \a", "half \ud800"])
def test_a_text_that_cannot_be_sent_is_refused(write, text):
    with pytest.raises(ValueError, match="text of a letter"):
        write(text=text)


@pytest.mark.parametrize(
    "text", ["", ".", "\n.\n..\n", "QUIT\r\n.\r\nMAIL FROM:<x@y.ru>\r\n", "я" * 5000, "From here\n", "a\u2028b\x85c"]
)
def test_any_text_arrives_as_it_was(office, write, text):
    write(text=text)
    send()
    assert post_office.words(office.letters[0]).removesuffix("\n") == text.replace("\r\n", "\n").removesuffix("\n")


@pytest.mark.parametrize(
    "to", ["", "petr", "@x.ru", "пётр@x.ru", "a b@x.ru", "a@x.ru, b@y.ru", "<a@x.ru>", "a@x..ru", '"a"@x.ru']
)
def test_an_address_that_cannot_be_written_to_is_given_up_without_a_word_to_the_server(office, write, to):
    sent = write(to=to)
    send()
    assert outcome(sent) == (LetterState.GIVEN_UP, 1, Fault.ADDRESS)
    assert office.offered == []


def test_an_address_with_a_russian_domain_is_written_to(office, write):
    write(to="petr@почта.рф")
    send()
    assert office.letters[0].envelope[1] == ["petr@xn--80a1acny.xn--p1ai"]


LONG = [
    "Общество с ограниченной ответственностью «Ромашка и партнёры по садоводству»",
    'ООО "Ромашка", отдел (продаж) — ваше согласие записано, спасибо за обращение к нам',
    "Quarterly report of the company — отчёт за квартал, prepared for everybody who asked for it",
]


@pytest.mark.parametrize("words", LONG)
def test_no_space_of_long_words_is_lost_on_the_way(words):
    made = compose(Sender(words, "a@b.ru"), "<1@b.ru>", to=TO, subject=words, text=TEXT)
    got = message_from_bytes(made.as_bytes())
    assert read(got["Subject"]) == words
    assert read(got["From"]) == f"{words} <a@b.ru>"


def read(header):
    """As RFC 2047 has it read: blanks between two encoded words are none."""
    return str(make_header(decode_header(header)))


@pytest.mark.parametrize(
    ("typed", "plain"), [("a@faß.de", "a@xn--fa-hia.de"), ("a@ПОЧТА.рф", "a@xn--80a1acny.xn--p1ai")]
)
def test_a_domain_is_not_taken_for_its_neighbour(typed, plain):
    assert in_ascii(typed) == plain
