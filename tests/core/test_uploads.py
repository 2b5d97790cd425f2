"""A file comes in only where a page takes one, only from somebody signed in, and never touches the disk on its way."""

import io
import re
from threading import Event

import pytest
from flask import request
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from crm.accounts import doors
from crm.core import bodies
from crm.core.bodies import Bodies
from crm.core.files import LARGEST, MEGABYTE
from tests import photograph
from tests.browsing import browser
from tests.conftest import make_app
from tests.core.at_once import at_once, until
from tests.core.test_bodies import Slow, application, ask

KEY = "01a2b3c4-0000-7000-8000-0123456789ab"


def take():
    """A page that says what it got."""
    file = request.files["file"]
    return {"size": len(file.read()), "is_in": type(file.stream).__name__}


@pytest.fixture
def desk(app, house, tmp_path):
    """The application with one page that takes a file, /scan, and one that does not, /note."""
    made = make_app(house.database.url, tmp_path, UPLOADS="/scan")
    for path in ("scan", "note"):
        made.add_url_rule(f"/{path}", path, doors.staff(lambda: take()), methods=["POST"])
    made.add_url_rule("/token", "token", doors.public(lambda: {"token": generate_csrf()}))
    yield made
    photograph.let_go(made)


@pytest.fixture
def staff(desk, ours):
    return browser(desk, cookie=ours.owner.cookie)


def send(who, path, size, **fields):
    """Send a file of so many bytes."""
    boundary, body = encode_multipart(fields | {"file": FileStorage(io.BytesIO(b"x" * size), "скан.pdf")})
    return who.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def send_form(who, path, size):
    """The same with the token of a form."""
    return send(who, path, size, csrf_token=who.get("/token").json["token"])


def test_the_largest_file_arrives_whole_and_stays_in_memory(staff):
    assert send_form(staff, "/scan", LARGEST).json == {"size": LARGEST, "is_in": "BytesIO"}


def test_a_file_a_little_too_large_arrives_too_so_that_the_page_can_say_so(staff):
    assert send_form(staff, "/scan", LARGEST + MEGABYTE // 2).status_code == 200


@pytest.mark.parametrize(("path", "size"), [("/scan", LARGEST + MEGABYTE), ("/note", 2 * MEGABYTE)])
def test_more_than_a_page_takes_is_refused_in_words(staff, path, size):
    answer = send_form(staff, path, size)
    assert answer.status_code == 413
    assert "Слишком много данных" in answer.text


def test_an_ordinary_page_takes_what_it_took(staff):
    assert send_form(staff, "/note", MEGABYTE).json == {"size": MEGABYTE, "is_in": "BytesIO"}


def test_a_stranger_sends_no_more_there_than_anywhere(desk):
    stranger = browser(desk)
    assert send(stranger, "/scan", 2 * MEGABYTE).status_code == 413
    assert send_form(stranger, "/scan", 2 * MEGABYTE).status_code == 413, "though there is a session by now"


def test_nor_does_the_bearer_of_a_forged_cookie(desk, staff):
    forger = browser(desk)
    forger.set_cookie("session", staff.get_cookie("session").value[:-9] + "forgedxyz")
    assert send(forger, "/scan", 2 * MEGABYTE).status_code == 413


@pytest.mark.parametrize(
    ("path", "takes"),
    [
        (f"/clients/{KEY}/consents", True),
        (f"/clients/{KEY}/consents/", True),
        (f"/clients/{KEY}/withdraw", True),
        (f"/clients/{KEY}/consents/x", False),
        (f"/clients/{KEY}/erase", False),
        (f"/x/clients/{KEY}/consents", False),
        (f"/clients/{KEY}/consents\n", False),
        ("/clients//consents", False),
        ("/f/abc", False),
    ],
)
def test_files_are_taken_where_staff_write_down_a_consent(app, path, takes):
    assert bool(re.fullmatch(app.config["UPLOADS"], path)) == takes


# few large bodies at once

SMALL, LARGE = 1000, 2000


@pytest.fixture
def gate(monkeypatch):
    """The middleware that lets in larger bodies of everybody."""
    monkeypatch.setattr(bodies, "PATIENCE_SECONDS", 0.1)
    return Bodies(application, SMALL, lambda environ: LARGE)


def while_sent(gate, senders, watch):
    """What `watch` sees while so many large bodies, each of another address, are on their way."""
    slow = [Slow() for _ in senders]

    def look():
        until(lambda: all(one.asked.is_set() for one in slow))
        seen = watch()
        for one in slow:
            one.go_on.set()
        return seen

    sends = [
        lambda a=a, one=one: ask(gate, one, length=str(LARGE), address=a) for a, one in zip(senders, slow, strict=True)
    ]
    return at_once([*sends, look])[-1]


def test_a_larger_body_is_let_in_whole_but_not_a_still_larger_one(gate):
    assert ask(gate, b"x" * LARGE) == ("200", b"x" * LARGE)
    assert ask(gate, b"x" * (LARGE + 1)) == ("200", b"")


def test_few_large_bodies_come_in_at_once_and_they_keep_no_small_one_waiting(gate):
    senders = [f"192.0.2.{n}" for n in range(bodies.LARGE_AT_ONCE)]
    seen = while_sent(gate, senders, lambda: [ask(gate, b"x" * n, address="192.0.2.99")[0] for n in (LARGE, SMALL)])
    assert seen == ["503", "200"]
    assert ask(gate, b"x" * LARGE)[0] == "200", "and then there is room again"


def test_fewer_still_of_one_address(gate):
    senders = ["192.0.2.1"] * bodies.LARGE_AT_ONCE_FROM_ADDRESS
    watch = lambda: [ask(gate, b"x" * LARGE, address=a)[0] for a in ("192.0.2.1", "192.0.2.2")]  # noqa: E731 - a look
    assert while_sent(gate, senders, watch) == ["503", "200"]


def test_a_large_body_holds_its_place_until_it_is_answered(monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(bodies, "LARGE_AT_ONCE", 1)
    at_work, go_on = Event(), Event()

    def slow_application(environ, start_response):
        at_work.set()
        go_on.wait(10)
        return application(environ, start_response)

    gate = Bodies(slow_application, SMALL, lambda environ: LARGE)

    def watch():
        at_work.wait(10)
        answer = ask(gate, b"x" * LARGE)
        go_on.set()
        return answer[0]

    assert at_once([lambda: ask(gate, b"x" * LARGE)[0], watch]) == ["200", "503"]


def test_a_failure_of_the_application_gives_its_place_back(gate, monkeypatch):
    def fail(environ, start_response):
        raise TimeoutError

    for _ in range(bodies.LARGE_AT_ONCE):
        with pytest.raises(TimeoutError):
            ask(Bodies(fail, SMALL, lambda environ: LARGE), b"x" * LARGE)
    assert ask(gate, b"x" * LARGE)[0] == "200"
