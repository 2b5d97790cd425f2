"""Hostile input to the hosted form: refused with words, or stored and shown letter by letter; never an error."""

import io
import json
import re

import pytest

from tests.browsing import page
from tests.clients.cards import found
from tests.core.rows import everything, gained, number
from tests.webforms.sending import TYPED, data, send

LETTERS = {
    "emoji": "🐱🌵👩‍👩‍👧‍👦🏳️‍🌈",
    "right to left": "שלום עולם \u202eтеврид\u202c",
    "Arabic": "مرحبا بالعالم",
    "Chinese": "你好，世界",
    "accents": "Z̸͔̒a̶͚͂l̷̞̈́g̵̡̊o̶̲͌",
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x="',
    "single quotes": "' onmouseover='alert(1)' x='",
    "closing tags": "</textarea></form></main><h1>взлом</h1>",
    "comment": "<!--",
    "character reference": "&lt;b&gt; &amp; &#x41; &nbsp;",
    "template": "{{7*7}} {{ config }} {% raw %} ${7*7} #{7*7}",
    "sandbox escape": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "format": "%s %d %(x)s {0} {x.__class__}",
    "SQL": "'; DROP TABLE client; --",
    "SQL again": '" OR 1=1 UNION SELECT * FROM "user" /*',
    "LIKE": "%_\\",
    "formula": '=HYPERLINK("http://evil.example";"x")',
    "formula again": "+cmd|' /C calc'!A0",
    "shell": "$(touch /tmp/x) `id` ; rm -rf / | cat",
    "path": "../../../../etc/passwd",
    "address": "javascript:alert(1)",
    "markdown": "[x](javascript:alert(1)) **x** | y |",
    "LDAP": "*)(uid=*))(|(uid=*",
    "XML": "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>",
    "null": "null",
    "None": "None",
    "number": "-1e309",
    "word joiner": "a\u2060b\u200bc\ufeff",
    "line separator": "a\u2028b\u2029c",
    "not a character": "\ufffe\uffff\U0010ffff",
    "beyond the plane": "𝕬𝖓𝖓𝖆 𐍈",
}
LONG = 100_000
REFUSED = {
    "nothing": {"full_name": ""},
    "spaces": {"full_name": " \t\u00a0 "},
    "100,000 letters of a name": {"full_name": "я" * LONG},
    "100,000 letters of a phone": {"phone": "9" * LONG},
    "100,000 letters of an e-mail": {"email": "a" * LONG + "@example.org"},
    "100,000 letters of a message": {"text_1": "я" * LONG},
    "NUL in a name": {"full_name": "Анна\x00"},
    "NUL in a message": {"text_1": "\x00"},
    "NUL alone": {"full_name": "\x00"},
    "bell and escape": {"full_name": "\x07\x1b[31m"},
    "two lines of a name": {"full_name": "Анна\r\nBcc: all@example.org"},
    "letters of a phone": {"phone": "позвоните мне вечером"},
    "script in a phone": {"phone": "<script>alert(1)</script>"},
    "too short a phone": {"phone": "12"},
    "two addresses": {"email": "a@example.org, b@example.org"},
    "header in an e-mail": {"email": "a@example.org\nBcc: b@example.org"},
    "script in an e-mail": {"email": '"<script>alert(1)</script>"@example.org'},
    "no e-mail": {"email": "'; DROP TABLE client; --"},
}


def card_after(answer, owner, query="новикова"):
    """The words of the card that the submission opened."""
    assert answer.status_code == 303
    owner.judges = False  # braces and tags among the words are what these tests are about
    (address,) = found(owner, query)
    return owner.get(address)


def texts(answer, owner):
    """The texts of all elements that show a value as it was sent."""
    shown = page(answer, owner.application).elements
    return [one.text for one in shown if "plain" in one["class"].split()]


@pytest.mark.parametrize("value", LETTERS.values(), ids=LETTERS)
def test_a_message_of_any_letters_stands_on_the_card_letter_by_letter(visitor, owner, ours, value):
    card = card_after(send(visitor, ours, text_1=value), owner)
    assert value in texts(card, owner)
    assert not re.search(r"<script>alert|<img src=x|<h1>взлом", card.text)


@pytest.mark.parametrize("value", LETTERS.values(), ids=LETTERS)
def test_a_name_of_any_letters_stands_on_card_list_and_first_page_letter_by_letter(visitor, owner, ours, value):
    card = card_after(send(visitor, ours, full_name=value), owner, TYPED["email"])
    for answer in (card, owner.get("/clients/"), owner.get("/")):
        links = page(answer, owner.application).elements
        assert any(value in one.text for one in links if one.tag in ("h1", "a"))
        assert not re.search(r"<script>alert|<img src=x|<h1>взлом|<[^>]* onmouseover=", answer.text)


@pytest.mark.parametrize("value", LETTERS.values(), ids=LETTERS)
def test_a_refused_page_keeps_any_letters_as_they_were_typed(visitor, ours, value):
    answer = send(visitor, ours, full_name=value, text_1=value, consent=False)
    again = {one["name"]: one for one in page(answer, visitor.application).elements}
    assert again["full_name"]["value"] == value
    assert again["text_1"].text.removeprefix("\n") == value


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_taken_is_refused_with_words_and_stored_nowhere(app, visitor, ours, values):
    before = everything(app)
    answer = send(visitor, ours, **values)
    assert (answer.status_code, everything(app)) == (422, before)
    (field,) = values
    message = answer.text.partition(f'id="{field}-errors"')[2].partition("</div>")[0]
    assert len(re.sub(r"<[^>]*>|^[^>]*>", "", message).strip()) > 15


@pytest.mark.parametrize("consent", [False, True])
def test_every_field_empty_is_answered_with_what_is_missing(visitor, ours, consent):
    answer = send(visitor, ours, **dict.fromkeys(TYPED, ""), consent=consent)
    assert (answer.status_code, "Заполните это поле" in answer.text) == (422, True)


RAW = {
    "lone surrogate": b"full_name=%ED%A0%80",
    "cut UTF-8": b"full_name=%D0",
    "no UTF-8": b"full_name=%FF%FE",
    "overlong": b"full_name=%C0%AF",
    "cp1251": "full_name=Анна".encode("cp1251"),
    "raw NUL": b"full_name=\x00",
    "percent": b"full_name=%&phone=%zz",
    "ampersands": b"&&&&====&&",
    "nothing": b"",
    "no field": b"token",
    "brackets": "full_name[]=Анна&full_name[x]=Анна&full_name.x=Анна".encode(),
}


@pytest.mark.parametrize("body", RAW.values(), ids=RAW)
@pytest.mark.parametrize("charset", ["", "; charset=utf-16", "; charset=nothing"])
def test_a_body_of_broken_bytes_breaks_nothing(app, visitor, ours, body, charset):
    before = everything(app)
    answer = visitor.post(f"/f/{ours.slug}", data=body, content_type=f"application/x-www-form-urlencoded{charset}")
    assert (answer.status_code, everything(app)) == (422, before)


@pytest.mark.parametrize("bytes_", [b"%ED%A0%80", b"%D0", b"%FF%FE", b"%F4%90%80%80"])
def test_broken_bytes_in_a_good_form_are_refused_or_stored_but_never_an_error(visitor, owner, ours, bytes_):
    token = data(visitor, ours)["token"].encode()
    body = b"token=" + token + b"&website=&consent=yes&full_name=" + bytes_
    answer = visitor.post(f"/f/{ours.slug}", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (303, 422)
    owner.judges = False
    assert owner.get("/").status_code == 200


def test_of_two_values_for_one_field_the_first_counts(visitor, owner, ours):
    sent = data(visitor, ours) | {"full_name": ["Мария Новикова", "Пётр Второй"]}
    card = card_after(visitor.post(f"/f/{ours.slug}", data=sent), owner)
    assert "Пётр Второй" not in card.text


@pytest.mark.parametrize("boxes", [["no", "yes"], ["", "yes"]])
def test_of_two_boxes_the_first_counts(visitor, ours, boxes):
    answer = visitor.post(f"/f/{ours.slug}", data=data(visitor, ours) | {"consent": boxes})
    assert answer.status_code == 422


UNKNOWN = [
    "id",
    "client_id",
    "organisation_id",
    "role",
    "standing",
    "sealed",
    "address",
    "text_2",
    "full_name[]",
    "__class__",
]


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_field_that_the_form_does_not_have_is_stored_nowhere(visitor, owner, ours, name):
    sent = data(visitor, ours) | {name: "лишнее-значение"}
    card = card_after(visitor.post(f"/f/{ours.slug}", data=sent), owner)
    assert "лишнее-значение" not in card.text


@pytest.mark.parametrize("where", ["next", "return", "redirect", "url", "success", "action"])
@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/clients/"])
def test_no_field_leads_the_visitor_elsewhere(visitor, ours, where, target):
    answer = visitor.post(f"/f/{ours.slug}?{where}={target}", data=data(visitor, ours) | {where: target})
    assert answer.location.startswith(f"/f/{ours.slug}/thanks/")


def test_ten_thousand_unknown_fields_do_no_harm(visitor, owner, ours):
    sent = data(visitor, ours) | {f"x{n}": "y" for n in range(10_000)}
    card_after(visitor.post(f"/f/{ours.slug}", data=sent), owner)


def test_more_parts_than_a_form_can_have_are_refused(app, visitor, ours):
    before = everything(app)
    sent = data(visitor, ours) | {f"x{n}": "y" for n in range(600)}
    answer = visitor.post(f"/f/{ours.slug}", data=sent, content_type="multipart/form-data")
    assert (answer.status_code, everything(app)) == (413, before)


def test_a_form_sent_in_parts_is_taken_too(visitor, owner, ours):
    answer = visitor.post(f"/f/{ours.slug}", data=data(visitor, ours), content_type="multipart/form-data")
    card_after(answer, owner)


def test_a_file_is_no_value(app, visitor, ours):
    before = everything(app)
    sent = data(visitor, ours) | {"full_name": (io.BytesIO("Мария".encode()), "name.txt")}
    answer = visitor.post(f"/f/{ours.slug}", data=sent, content_type="multipart/form-data")
    assert (answer.status_code, everything(app)) == (422, before)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/xml", "application/octet-stream", "x", ""])
def test_a_body_of_another_kind_is_no_form(app, visitor, ours, kind):
    before = everything(app)
    body = json.dumps(data(visitor, ours))
    answer = visitor.post(f"/f/{ours.slug}", data=body, content_type=kind)
    assert (answer.status_code, everything(app)) == (422, before)


@pytest.mark.parametrize(
    "body", [b"--x", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\ny\r\n--x--", b"\r" * 100_000]
)
def test_broken_parts_break_nothing(visitor, ours, body):
    answer = visitor.post(f"/f/{ours.slug}", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code in (400, 413, 422)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_no_other_method_does_anything(visitor, ours, method):
    assert visitor.open(f"/f/{ours.slug}", method=method).status_code == 405


HEADERS = {
    "User-Agent": ["", "<script>alert(1)</script>", "я" * 5000, "x\x7f"],
    "Referer": ["javascript:alert(1)", "x" * 8000],
    "Accept-Language": ["x" * 5000, "en;q=x"],
    "Cookie": ["session=x", "session=" + "x" * 4000, "locale=<script>", "="],
    "Content-Length": ["0"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in HEADERS.items() for value in values])
def test_hostile_headers_break_nothing(visitor, owner, ours, name, value):
    sent = data(visitor, ours)
    answer = visitor.post(f"/f/{ours.slug}", data=sent, headers={name: value.encode().decode("latin-1")})
    assert answer.status_code in (303, 422)
    owner.judges = False
    for address in found(owner, ""):
        assert "<script>alert" not in owner.get(address).text


def test_a_long_browser_name_is_cut_to_what_is_of_use(visitor, owner, ours):
    visitor.post(f"/f/{ours.slug}", data=data(visitor, ours), headers={"User-Agent": "x" * 5000})
    card = owner.get(found(owner, "новикова")[0]).text
    assert "x" * 500 in card
    assert "x" * 501 not in card


@pytest.mark.parametrize("number", ["%00", "x" * 1000, "<script>", "..%2f..", "🐱", "0", "None"])
def test_a_thank_you_page_for_a_receipt_that_is_none_promises_none(visitor, ours, number):
    answer = visitor.get(f"/f/{ours.slug}/thanks/{number}")
    assert answer.status_code in (200, 404)
    assert "/receipt/" not in answer.text


def test_a_receipt_of_another_operator_is_not_confirmed_here(app, house, visitor, ours):
    answer = visitor.get(f"/f/{ours.slug}/thanks/{house.neighbour.receipt}")
    assert house.neighbour.receipt not in answer.text


def test_nothing_hostile_made_a_second_client_or_lost_a_table(app, visitor, ours):
    before = everything(app)
    for value in LETTERS.values():
        assert send(visitor, ours, text_1=value).status_code == 303
    assert gained(app, before)["client"] == 1
    assert number(app, "organisation") == 2
