"""What every answer has: plain words for errors, lasting addresses of assets, redirects that stay inside."""

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from crm.core.web import safe_target
from tests.core.rows import everything, gained

INSIDE = ["/", "/clients/", "/clients/?q=анна&standing=given", "/acts/?before=7", "/a//b", "/x?next=//evil.example"]
OUTSIDE = [
    *(None, "", " ", "clients", "?q=1", "#top"),
    *("//evil.example", "///evil.example", "////evil.example", "//evil.example/%2f..", "//localhost@evil.example"),
    *("/\\evil.example", "/\\/evil.example", "\\\\evil.example", "\\/evil.example", "/a\\b"),
    *("http://evil.example", "https://evil.example", "https:evil.example", "http:/evil.example", "ftp://evil.example"),
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "mailto:x@evil.example", "x:y"),
    *("/\t/evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", "\t//evil.example", " //evil.example", "/\x00"),
    *("\u200b//evil.example", "/\u2028", "/\x7f", "evil.example", "localhost:evil.example", "//[::1]/", "///"),
]
ERRORS = [("GET", "/nowhere", 404), ("GET", "/f/nowhere", 404), ("POST", "/acts/", 405), ("DELETE", "/sign-in", 405)]


@pytest.mark.parametrize("target", INSIDE)
def test_a_path_of_this_site_is_a_target(target):
    assert safe_target(target) == target


@pytest.mark.parametrize("target", OUTSIDE, ids=repr)
def test_no_target_leads_out_of_the_house(target):
    assert safe_target(target) is None


@pytest.mark.parametrize(("method", "url", "status"), ERRORS)
def test_an_error_is_told_in_plain_words(visitor, method, url, status):
    answer = visitor.open(url, method=method)
    assert answer.status_code == status
    assert f"Ошибка {status}" in answer.text


def test_a_post_from_a_page_that_went_stale_is_told_so(visitor):
    answer = visitor.post("/sign-in", data={"email": "a@example.org", "password": "x"})
    assert answer.status_code == 400
    assert "Страница устарела" in answer.text


def test_too_much_at_once_is_refused_in_words(visitor, ours):
    answer = visitor.post(f"/f/{ours.slug}", data={"full_name": "я" * 5_000_000})
    assert answer.status_code == 413
    assert "Слишком много данных" in answer.text


def test_when_the_queue_of_writers_does_not_move_nothing_is_stored(app, visitor, ours):
    def wait_in_vain(session):
        raise TimeoutError

    before, visitor.may_fail = everything(app), True
    event.listen(Session, "before_commit", wait_in_vain)
    try:
        answer = visitor.fill(f"/f/{ours.slug}", full_name="Пётр", consent=True)
    finally:
        event.remove(Session, "before_commit", wait_in_vain)
    assert (answer.status_code, gained(app, before)) == (503, {})


def test_an_asset_has_an_address_of_its_content_and_may_be_kept(visitor):
    with visitor.get("/static/css/base.css") as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert "/static/css/base.css?v=" in visitor.get("/sign-in").text


@pytest.mark.parametrize("url", ["/static/../config.py", "/static/%2e%2e/wsgi.py", "/static//etc/passwd", "/static/"])
def test_static_serves_nothing_but_its_files(visitor, url):
    assert visitor.get(url, follow_redirects=True).status_code == 404


@pytest.mark.parametrize("url", ["/f/%00", "/doc/%00", "/doc/%00/text", "/policy/%00", "/receipt/%00", "/join/%00"])
def test_an_address_with_a_nul_leads_nowhere(visitor, url):
    assert visitor.get(url).status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "localhost:666", "localhost, evil.example"])
def test_the_host_header_is_never_believed(visitor, ours, host):
    answer = visitor.get(f"/f/{ours.slug}", headers={"Host": host, "X-Forwarded-Host": host})
    assert "evil.example" not in answer.text
