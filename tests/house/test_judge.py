"""The tests' own tools: the judge of pages finds each fault, forms are filled as found, nobody is called up outside."""

import socket
from types import SimpleNamespace

import pytest
from pytest_socket import SocketConnectBlockedError

from crm.core import clock as house_clock
from crm.webforms import queries
from tests.browsing import page
from tests.conftest import _failed_if_skipped
from tests.pages import Page, header_faults

GOOD = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><title>Вход</title><link rel="stylesheet" href="/static/a.css"></head><body>
<main><h1>Вход</h1><p id="help">Помощь <a href="tel:+7495">+7 495</a></p>
<form method="post"><input type="hidden" name="csrf_token" value="abc"><label for="mail">Почта</label>
<input id="mail" name="mail" value="a@b" aria-describedby="help">
<label><input type="checkbox" name="consent" value="yes">Да</label>
<select name="kind" aria-label="Вид"><option value="1">Раз</option><option value="2" selected>Два</option></select>
<textarea name="note" aria-label="Заметка">
Две
строки</textarea><button>Войти</button><button name="act" value="go">Иначе</button></form></main></body></html>"""

FAULTS = {
    "no doctype": ("<!doctype html>\n", ""),
    "no language": (' lang="ru"', ""),
    "no title": ("<title>Вход</title>", "<title> </title>"),
    "no h1": ("<h1>Вход</h1>", ""),
    "two h1": ("<h1>Вход</h1>", "<h1>Вход</h1><h1>Ещё</h1>"),
    "no main": ("main>", "div>"),
    "unclosed": ("</form></main>", "</form>"),
    "crossed": ("Помощь", "<b><i>Помощь</b></i>"),
    "block in a paragraph": ("Помощь", "<div>Помощь</div>"),
    "link in a link": ("+7 495<", "<a href='/'>там</a><"),
    "button in a link": ("+7 495<", "<button>там</button><"),
    "form in a form": ("<button>Войти", "<form method='get'><button>x</button></form><button>Войти"),
    "list without items": ("Помощь", "</p><ul><p>a</p></ul><p>"),
    "item without a list": ("Помощь", "</p><li>a</li><p>"),
    "row without a table": ("Помощь", "</p><tr><td>a</td></tr><p>"),
    "repeated id": ('<p id="help">', '<p id="help"></p><p id="mail">'),
    "repeated attribute": ('<p id="help">', '<p id="help" id="x">'),
    "description of nothing": ('describedby="help"', 'describedby="hulp"'),
    "label of nothing": ('for="mail"', 'for="male"'),
    "link to nothing": ("tel:+7495", "#nowhere"),
    "no label": ('<label for="mail">Почта</label>', ""),
    "empty label": ("Почта</label>", "</label>"),
    "unnamed choice": (' aria-label="Вид"', ""),
    "no token": ('name="csrf_token"', 'name="csrf"'),
    "empty token": ('value="abc"', 'value=""'),
    "token in a get form": ('method="post"', 'method="get"'),
    "foreign picture": ("Помощь", '<img src="https://evil.example/x.png" alt="">'),
    "foreign script": ("</head>", '<script src="//cdn.example/x.js"></script></head>'),
    "foreign style": ("/static/a.css", "https://fonts.example/a.css"),
    "foreign action": ('method="post"', 'method="post" action="https://evil.example/"'),
    "foreign link": ("tel:+7495", "https://example.org/"),
    "script as a link": ("tel:+7495", "javascript:alert(1)"),
    "backslashes": ("tel:+7495", "/\\\\evil.example"),
    "inline script": ("</head>", "<script>alert(1)</script></head>"),
    "script with a body": ("</head>", '<script src="/a.js">x</script></head>'),
    "handler": ('<p id="help">', '<p id="help" onclick="x()">'),
    "inline style": ('<p id="help">', '<p id="help" style="color:red">'),
    "style element": ("</head>", "<style>p{}</style></head>"),
    "frame": ("Помощь", '<iframe src="/"></iframe>'),
    "consent ticked": ('value="yes"', 'value="yes" checked'),
    "leftover braces": ("Помощь", "{{ name }}"),
    "leftover none": ("Помощь", "None"),
    "escaped twice": ("Помощь", "&amp;lt;b&amp;gt;"),
    "the neighbour": ("Помощь", "Чужая-Тайна"),
    "the neighbour in an attribute": ('value="a@b"', 'value="ЧУЖАЯ-ТАЙНА"'),
    "the neighbour in pieces": ("Помощь", "&#1063;УЖАЯ-ТАЙНА"),
}
FAULTS["no button"] = ('<button>Войти</button><button name="act" value="go">Иначе</button>', "")


def faults(html):
    return Page(html, origin="http://localhost", foreign=("ЧУЖАЯ-ТАЙНА",)).faults


def test_the_judge_is_content_with_a_good_page():
    assert faults(GOOD) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_the_judge_finds(fault):
    old, new = FAULTS[fault]
    assert old in GOOD
    assert faults(GOOD.replace(old, new))


@pytest.mark.parametrize(
    "name", ["Content-Security-Policy", "X-Content-Type-Options", "Cache-Control", "Referrer-Policy"]
)
def test_the_judge_misses_a_header(visitor, name):
    headers = visitor.get("/sign-in").headers
    assert header_faults(headers, is_static=False) == []
    headers.pop(name)
    assert header_faults(headers, is_static=False)


def test_a_form_sends_what_stands_on_the_page():
    form = Page(GOOD).forms[0]
    assert form.untouched() == {"csrf_token": ["abc"], "mail": ["a@b"], "kind": ["2"], "note": ["Две\nстроки"]}
    assert (form.choices("kind"), form.choices("consent"), form.choices("mail")) == (["1", "2"], ["yes"], None)


def test_a_field_that_the_page_does_not_have_cannot_be_filled_in(visitor):
    with pytest.raises(AssertionError, match="no form with"):
        visitor.fill("/sign-in", passwort="x")


def test_a_choice_that_the_page_does_not_offer_cannot_be_made(visitor):
    with pytest.raises(AssertionError, match="offers only"):
        visitor.fill("/sign-up", legal_form="gmbh")


def test_a_page_of_the_neighbour_fails_the_test(visitor, house):
    with pytest.raises(AssertionError, match="another operator's data"):
        visitor.get(f"/f/{house.neighbour.slug}")


def test_an_error_fails_the_test_that_did_not_expect_it(app, visitor, monkeypatch):
    def fall_over():
        raise ValueError

    fall_over.door = app.view_functions["accounts.sign_in"].door
    monkeypatch.setitem(app.view_functions, "accounts.sign_in", fall_over)
    with pytest.raises(AssertionError, match="500"):
        visitor.get("/sign-in")


@pytest.mark.parametrize("number", [1, 2])
def test_what_one_test_writes_the_next_does_not_see(owner, number):
    assert "Следы прежней проверки" not in owner.get("/forms/").text
    owner.fill("/forms/new", title="Следы прежней проверки")
    assert "Следы прежней проверки" in owner.get("/forms/").text


def test_a_signed_in_browser_is_who_it_says(owner, manager, neighbour, house):
    for browser, person in (
        (owner, house.ours.owner),
        (manager, house.ours.manager),
        (neighbour, house.neighbour.owner),
    ):
        assert person.name in page(browser.get("/"), browser.application).all("aside")[0].text


def test_the_clock_stands_and_moves_for_browsers_too(clock, visitor, house):
    moment = clock.stop()
    opened = visitor.get(f"/f/{house.ours.slug}")
    assert clock.move(hours=25) > moment
    assert house_clock.now() > moment
    assert visitor.submit(opened, full_name="Иван", consent=True).status_code == 422


def test_nothing_outside_this_machine_can_be_reached():
    with socket.socket() as line, pytest.raises((SocketConnectBlockedError, UserWarning)):
        line.connect(("192.0.2.1", 80))


@pytest.mark.parametrize(("ci", "outcome"), [("true", "failed"), ("", "skipped")])
def test_a_skipped_test_has_failed_in_ci(monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    report = SimpleNamespace(skipped=True, outcome="skipped", longrepr="no browser")
    assert _failed_if_skipped(report).outcome == outcome


def test_each_test_reads_forms_anew(app):
    assert queries._face.cache_info().currsize == 0
    assert "derived_keys" not in app.extensions
