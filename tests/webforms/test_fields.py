"""What visitors type, brought to one notation or refused with words."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms.validators import ValidationError

from crm.core.db import new_key
from crm.webforms import fields

PHONES = {
    "8 (912) 345-67-89": "+79123456789",
    "8-912-345-67-89": "+79123456789",
    "89123456789": "+79123456789",
    "+7 912 345 67 89": "+79123456789",
    "+7(912)345-67-89": "+79123456789",
    "9123456789": "+79123456789",
    "912 345 67 89": "+79123456789",
    "8\u00a0912\u00a0345\u201367\u201389": "+79123456789",
    "тел. 8 912 345-67-89": "+79123456789",
    "8 (495) 123-45-67": "+74951234567",
    "8 800 555-35-35": "+78005553535",
    "+375 29 123-45-67": "+375291234567",
    "+1 (202) 555-0123": "+12025550123",
}
NO_PHONES = [
    "позвоните мне",
    "123",
    "8 912",
    "+",
    "8 912 345-67-89 8",
    "0" * 11,
    "1" * 40,
    "@",
    "-1",
]
EMAILS = {
    "anna@example.org": "anna@example.org",
    "Anna.Petrova@Example.ORG": "anna.petrova@example.org",
    "anna+crm@example.org": "anna+crm@example.org",
    "анна@почта.рф": "анна@почта.рф",
    "anna@xn--80a1acny.xn--p1ai": "anna@почта.рф",
    "a_b-c@sub.example.org": "a_b-c@sub.example.org",
}
NO_EMAILS = [
    *("anna", "anna@", "@example.org", "anna@example", "anna@@example.org", "an na@example.org", "anna@exa mple.org"),
    *(
        "anna@example..org",
        ".anna@example.org",
        "anna@-example.org",
        "<anna@example.org>",
        "anna@example.org\nBcc: x@y.ru",
    ),
    *(
        '"a"@example.org',
        "anna@127.0.0.1",
        "anna@[127.0.0.1]",
        "a@b@example.org",
        "anna@localhost",
    ),
]
DATES = {"1990-12-31": "1990-12-31", "31.12.1990": "1990-12-31", "1.2.1990": "1990-02-01", "1900-01-01": "1900-01-01"}
NO_DATES = [
    "31.02.1990",
    "1899-12-31",
    "2999-01-01",
    "вчера",
    "1990",
    "12/31/1990",
    "0000-00-00",
    "1990-1-1x",
    "-1990-01-01",
]
LINKS = {
    "https://vk.com/anna": "https://vk.com/anna",
    "http://anna.example.org/?a=1": "http://anna.example.org/?a=1",
    "vk.com/anna": "https://vk.com/anna",
    "https://пример.рф/анна": "https://пример.рф/анна",
}
NO_LINKS = [
    *(
        "javascript:alert(1)",
        "javascript://x.y/%0aalert(1)",
        "data:text/html,x",
        "ftp://example.org",
        "http://",
        "https://x",
    ),
    *("не ссылка", "https://exa mple.org", "//example.org", "https://a@b", '"https://a.ru"', "<a>.ru", "mailto:a@b.ru"),
]
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
RULES = {
    fields.phone_number: (PHONES, NO_PHONES),
    fields.email_address: (EMAILS, NO_EMAILS),
    fields.past_date: (DATES, NO_DATES),
    fields.web_link: (LINKS, NO_LINKS),
}
GOOD = [(rule, typed, normal) for rule, (good, _) in RULES.items() for typed, normal in good.items()]
BAD = [(rule, typed) for rule, (_, bad) in RULES.items() for typed in bad]


def name(value):
    return getattr(value, "__name__", repr(value)[:40])


def judged(typed, kind="full_name", *, required=False):
    """The form of one field after its validation, and what is wrong."""
    shape = [{"name": kind, "label": "Поле", "required": required}]
    form = fields.read(new_key(), shape, MultiDict({kind: typed}))
    form.validate()
    return form[kind].data, [str(fault) for fault in form.errors.get(kind, [])]


@pytest.fixture(autouse=True)
def words(house):
    with house.app.test_request_context("/"):
        yield


@pytest.mark.parametrize(("rule", "typed", "normal"), GOOD, ids=name)
def test_a_value_is_brought_to_its_one_notation(rule, typed, normal):
    assert rule(typed) == normal


@pytest.mark.parametrize(("rule", "typed", "normal"), GOOD, ids=name)
def test_the_one_notation_stays_as_it_is(rule, typed, normal):
    assert rule(normal) == normal


@pytest.mark.parametrize(("rule", "typed"), BAD, ids=name)
def test_what_is_none_is_refused_with_words(rule, typed):
    with pytest.raises(ValidationError) as refusal:
        rule(typed)
    assert len(str(refusal.value)) > 20


def test_a_birthday_is_today_at_the_latest(clock):
    today = clock.stop(NOON).date().isoformat()
    assert fields.past_date(today) == today
    tomorrow = clock.move(days=1).date().isoformat()
    clock.move(days=-1)
    with pytest.raises(ValidationError):
        fields.past_date(tomorrow)


@pytest.mark.parametrize("kind", fields.KINDS)
def test_an_empty_field_is_refused_only_where_it_is_required(kind):
    assert judged("", kind, required=True)[1] == ["Заполните это поле."]
    assert judged("  \t ", kind, required=True)[1] == ["Заполните это поле."]
    assert judged("", kind)[1] == []


@pytest.mark.parametrize("kind", [name for name, kind in fields.KINDS.items() if not kind.options])
def test_a_field_that_is_too_long_says_how_long_it_may_be(kind):
    for length in (fields.KINDS[kind].longest + 1, 100_000):
        assert str(fields.KINDS[kind].longest) in judged("9" * length, kind)[1][0]


@pytest.mark.parametrize("kind", ["full_name", "address", "birth_place", "text_1", "text_3"])
def test_a_field_may_be_as_long_as_it_says(kind):
    longest = fields.KINDS[kind].longest
    assert judged("я" * longest, kind) == ("я" * longest, [])


@pytest.mark.parametrize("kind", fields.KINDS)
@pytest.mark.parametrize("letter", ["\x00", "\x01", "\x08", "\x1b", "\x7f", "\ud800"])
def test_no_field_takes_letters_that_cannot_be_printed(kind, letter):
    assert "непечатаемые" in judged(f"имя{letter}", kind)[1][0]


@pytest.mark.parametrize("letter", ["\n", "\r", "\t"])
def test_line_breaks_belong_into_long_texts_only(letter):
    assert judged(f"a{letter}b", "text_1") == (f"a{letter}b", [])
    assert judged(f"a{letter}b", "full_name")[1]


@pytest.mark.parametrize("kind", ["marital_status", "education"])
def test_a_list_takes_its_own_words_only(kind):
    assert judged(fields.KINDS[kind].options[0], kind)[1] == []
    assert judged("Своё слово", kind)[1] == ["Выберите из списка."]
    assert judged(fields.KINDS[kind].options[0].upper(), kind)[1] == ["Выберите из списка."]


@pytest.mark.parametrize("typed", ["  Анна  ", "\tАнна\t", "\u00a0Анна\u00a0"])
def test_outer_spaces_are_no_part_of_a_value(typed):
    assert judged(typed) == ("Анна", [])


@pytest.mark.parametrize(
    "typed", ["🐱", "שלום", "\u202eшиворот", "<b>", "{{7*7}}", "'; DROP TABLE client; --", "a\u0301", "\ufeffx"]
)
def test_letters_of_any_kind_stay_as_typed(typed):
    assert judged(typed) == (typed, [])
    assert judged(typed, "text_1") == (typed, [])


def test_answers_are_the_filled_fields_with_their_labels():
    shape = [
        {"name": "full_name", "label": "Имя", "required": True},
        {"name": "phone", "label": "Тел.", "required": False},
    ]
    form = fields.read(new_key(), shape, MultiDict({"full_name": "Анна", "phone": "", "email": "a@example.org"}))
    assert form.validate()
    assert fields.answers(shape, form) == {"full_name": {"value": "Анна", "label": "Имя"}}


@pytest.mark.parametrize("rule", RULES, ids=name)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(typed=st.text(max_size=80) | st.from_regex(r"[\d+()\-. @a-z:/]{1,40}", fullmatch=True))
def test_whatever_is_typed_is_taken_or_refused_but_never_breaks(rule, typed):
    try:
        normal = rule(typed)
    except ValidationError:
        return
    assert rule(normal) == normal
