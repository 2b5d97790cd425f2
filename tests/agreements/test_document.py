"""From Markdown with placeholders to HTML: values stay letters, whatever they are made of."""

import hashlib
import html as entities
import re

import pytest

from crm.agreements import document, queries
from crm.agreements.ready import PurposeKind

VALUES = {"company": "ООО «Ромашка»", "inn": "7707083893", "fields": "ФИО; Телефон"}
NASTY = [
    *("<b>жирно</b>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</p></div><h1>взлом</h1>"),
    *(
        "{{inn}}",
        "{{company}}",
        "{{unknown}}",
        "{{7*7}}",
        "{{ config }}",
        "{% raw %}",
        "${7*7}",
        "#{7*7}",
        "<%= 7*7 %>",
    ),
    *("[щёлкни](javascript:alert(1))", "[x](https://evil.example)", "![x](https://evil.example/x.png)"),
    *(
        "**жирно**",
        "_курсив_",
        "`код`",
        "# заголовок",
        "> цитата",
        "- пункт",
        "1. пункт",
        "---",
        "https://evil.example",
    ),
    *("a | b", "| a | b |", "\\", "\\{{inn}}", "&amp;", "&lt;b&gt;", '"', "'", "<!-- -->", "\u202eшиворот", "🐱"),
    *("{0.__class__}", "%(inn)s", "{inn}", "x\ny", "x\n\n# y", "]]>", "<![CDATA[", "<svg/onload=alert(1)>"),
]
PLACES = {
    "paragraph": "Мы, {{company}}, здесь.",
    "heading": "## {{company}}",
    "list": "- {{company}}\n- второе",
    "emphasis": "**{{company}}** и *{{company}}*",
    "quote": "> {{company}}",
    "code": "`{{company}}`",
    "table": "| а | б |\n|---|---|\n| {{company}} | второе |",
    "link text": "[{{company}}](https://example.org)",
    "indented code": "    {{company}}",
    "fenced code": "```\n{{company}}\n```",
}
LINKS = {
    "[x](https://example.org/a?b=1)": "https://example.org/a?b=1",
    "[x](mailto:pdn@example.org)": "mailto:pdn@example.org",
    "[x](tel:+74951234567)": "tel:+74951234567",
    "<https://example.org>": "https://example.org",
    "<pdn@example.org>": "mailto:pdn@example.org",
}
FILLED_LINKS = {
    "[x]({{policy_url}})": "https://crm.example.ru/policy/ABC",
    "[x](mailto:{{request_email}})": "mailto:pdn@example.org",
    "[x](https://example.org/{{inn}})": "https://example.org/7707083893",
}
NO_LINKS = [
    *("[x](http://example.org)", "[x](javascript:alert(1))", "[x](JAVASCRIPT:alert(1))", "[x](data:text/html,x)"),
    *("[x](vbscript:x)", "[x](file:///etc/passwd)", "[x](ftp://example.org)", "<javascript:alert(1)>"),
    *("[x](java\nscript:alert(1))", "[x](&#106;avascript:alert(1))", "[x](\x01javascript:alert(1))"),
]
HOSTILE = [
    *("<script>alert(1)</script>", "<b>x</b>", "<img src=x onerror=alert(1)>", "<iframe src=//evil></iframe>"),
    *("![x](https://evil.example/x.png)", "<style>*{display:none}</style>", "<a href=x onclick=alert(1)>x</a>"),
    *("<!-- <script>alert(1)</script> -->", "<svg onload=alert(1)>", "<base href=//evil>", "</div></main>"),
    *("[x](https://a 'onclick=alert(1)')", '[x](https://a "><script>alert(1)</script>")', "```html\n<script>\n```"),
]
UNBALANCED = [
    "**",
    "*_*_",
    "[[[",
    "](",
    "```",
    "~~~\nx",
    "> > >",
    "| a |\n|",
    "|---|",
    "#" * 50,
    "- " * 500,
    "(" * 5000,
]


def words(html):
    """The text that a reader sees."""
    return entities.unescape(re.sub(r"<[^>]*>", "", html))


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_placeholder_is_filled_wherever_it_stands(place):
    html = document.render(place, VALUES)
    assert "ООО «Ромашка»" in html
    assert "{{" not in html


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("value", NASTY, ids=repr)
def test_a_value_stays_the_letters_it_is(place, value):
    html = document.render(place, VALUES | {"company": value})
    neutral = document.render(place, VALUES | {"company": "QQQ"})
    assert value in words(html)
    assert re.findall(r"<[^>]*>", html) == re.findall(r"<[^>]*>", neutral)


@pytest.mark.parametrize("source", ["{{company}}", "{{ company }}", "{{  company\t}}"])
def test_spaces_inside_a_placeholder_do_not_matter(source):
    assert words(document.render(source, VALUES)).strip() == "ООО «Ромашка»"


@pytest.mark.parametrize("source", ["{{unknown}}", "{{7*7}}", "{{ config.SECRET_KEY }}", "{{company.class}}", "{{}}"])
def test_what_is_no_placeholder_stays_as_written(source):
    assert words(document.render(source, VALUES)).strip() == source


@pytest.mark.parametrize(("source", "href"), LINKS.items())
def test_links_of_https_mail_and_phone_are_links(source, href):
    assert f'href="{href}"' in document.render(source, {})


@pytest.mark.parametrize(("source", "href"), FILLED_LINKS.items())
def test_a_placeholder_may_stand_in_the_address_of_a_link(source, href):
    values = VALUES | {"policy_url": "https://crm.example.ru/policy/ABC", "request_email": "pdn@example.org"}
    assert f'href="{href}"' in document.render(source, values)


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:text/html,x", '"onclick=alert(1)', "http://evil.example"]
)
def test_a_value_makes_no_other_link_either(value):
    html = document.render("[x]({{company}})", {"company": value})
    assert not re.search(r'href="[a-z]+:|<[^>]*" *onclick', html)


@pytest.mark.parametrize("source", NO_LINKS)
def test_no_other_link_leads_anywhere(source):
    assert "href" not in document.render(source, {})


@pytest.mark.parametrize("source", HOSTILE)
def test_html_of_a_source_is_shown_not_obeyed(source):
    tags = set(re.findall(r"</?([a-z0-9]+)", document.render(source, {})))
    assert tags <= {"p", "a", "pre", "code"}
    assert not re.search(r"<[^>]*\son\w+=", document.render(source, {}))


@pytest.mark.parametrize("source", UNBALANCED)
def test_unbalanced_markdown_makes_balanced_html(source):
    html = document.render(source + " {{company}}", VALUES)
    opened, closed = (
        re.findall(rf"<{slash}(p|li|ul|ol|em|strong|blockquote|table|code|pre|td|a)\b", html) for slash in ("", "/")
    )
    assert sorted(opened) == sorted(closed)


@pytest.mark.parametrize(
    "deep", ["> " * 2000, "- " * 2000, "[" * 20_000, "*" * 20_000, "`" * 20_000, "|" * 20_000, "((" * 9000]
)
def test_a_source_made_to_be_slow_is_not(deep):
    assert document.render(deep + "x", {})


LEFT = {
    "**не закрыто": ["**"],
    "__тоже": ["__"],
    "[ссылка](https://example.org": ["]("],
    "`код": ["`"],
    "```\nвсё до конца": ["```"],
    "~~~\nвсё до конца": ["~~~"],
    "<b>жирно</b>": ["<b>", "</b>"],
    "<script>alert(1)</script>": ["<script>", "</script>"],
    "**а** и **б": ["**"],
}
CLEAN = [
    "**а**",
    "_б_",
    "`в`",
    "[г](https://example.org)",
    "```\nд\n```",
    "~~~\nд\n~~~\nдальше",
    "> ```\n> е\n> ```",
    "a < b",
]


@pytest.mark.parametrize(("source", "marks"), LEFT.items())
def test_marks_that_readers_would_see_as_letters_are_named(source, marks):
    assert document.leftovers(source) == marks


@pytest.mark.parametrize("source", CLEAN)
def test_marks_that_do_their_work_are_not(source):
    assert document.leftovers(source) == []


@pytest.mark.parametrize("source", UNBALANCED + HOSTILE)
def test_leftovers_of_any_source_can_be_told(source):
    assert document.leftovers(source) == list(dict.fromkeys(document.leftovers(source)))


@pytest.mark.parametrize("kind", [None, *PurposeKind])
def test_the_ready_texts_leave_nothing_over(kind):
    assert document.leftovers(queries.sample(kind)) == []


def test_headings_go_one_level_down_for_the_page_has_its_own():
    assert document.render("# a\n\n## b\n\n###### c", {}).count("<h1") == 0
    assert "<h2>a</h2>" in document.render("# a", {})
    assert "<h6>c</h6>" in document.render("###### c", {})


def test_a_table_keeps_its_shape():
    html = document.render(PLACES["table"], VALUES)
    assert html.count("<td>") == 2


def test_placeholders_are_named_in_order_each_once():
    assert document.placeholders("{{b}} {{a}} {{ b }} {{}} {{7*7}} {c}") == ["b", "a", "", "7*7"]


def test_the_fingerprint_is_that_of_the_bytes():
    assert document.fingerprint("я") == hashlib.sha256("я".encode()).hexdigest()


def test_the_same_source_and_values_make_the_same_bytes():
    assert document.render(PLACES["table"], VALUES) == document.render(PLACES["table"], dict(reversed(VALUES.items())))
