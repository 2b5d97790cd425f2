"""What every answer carries: pages, errors, files, redirects."""

import pytest
from sqlalchemy import select

from crm import config
from crm.consents.models import Evidence
from tests import builders, photograph
from tests.browsing import browser
from tests.conftest import make_app

PLACES = {
    "a page": "/sign-in",
    "a staff page": "/clients/",
    "a redirect": "/settings/company",
    "not found": "/no-such-page",
    "a bad address": "/clients/not-an-id",
    "a wrong method": "/sign-out",
    "a file": "/static/css/base.css",
    "no file": "/static/no.css",
    "outside the files": "/static/../wsgi.py",
}


WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


@pytest.mark.parametrize("url", PLACES.values(), ids=PLACES)
def test_every_answer_is_protected(manager, url):
    answer = manager.get(url)
    assert {name: answer.headers.get(name) for name in WANTED} == WANTED
    assert {"Content-Security-Policy", "Permissions-Policy"} <= set(answer.headers.keys())
    assert "Server" not in answer.headers or "Werkzeug" not in answer.headers["Server"]


def test_the_content_policy_lets_nothing_in_from_outside(visitor):
    policy = dict(rule.split(" ", 1) for rule in visitor.get("/sign-in").headers["Content-Security-Policy"].split("; "))
    sources = {source for value in policy.values() for source in value.split()}
    assert sources <= {"'none'", "'self'", "data:"}
    assert (policy["default-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'",) * 3
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"


def test_pages_are_never_kept_and_files_are(manager):
    for name, url in PLACES.items():
        kept = manager.get(url).headers["Cache-Control"]
        assert kept == ("public, max-age=31536000" if name == "a file" else "no-store"), name


@pytest.fixture
def over_https(app, house, tmp_path):
    """A browser that speaks https to the proxy before the house."""
    settings = config.read({"BASE_URL": "https://crm.example.org", "TRUSTED_PROXIES": "1"}, tmp_path)
    names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "TRUSTED_PROXIES")
    safe = make_app(house.database.url, tmp_path, **{name: settings[name] for name in names})
    made = browser(safe)
    made.environ_base |= {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}
    yield made
    photograph.let_go(safe)


def test_cookies_are_for_https_this_host_and_no_script(house, over_https):
    answer = over_https.get("/sign-in")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_a_staff_form_works_over_https_as_browsers_send_it(house, over_https):
    """A browser names the page it comes from as far as our own Referrer-Policy lets it."""
    answer = over_https.get("/sign-in")
    if answer.headers["Referrer-Policy"] != "no-referrer":
        over_https.environ_base["HTTP_REFERER"] = "https://localhost/sign-in"
    answer = over_https.submit(answer, email=house.ours.owner.email, password=builders.PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")


def test_a_visitors_form_sets_no_cookie(visitor, house):
    answer = visitor.get(f"/f/{house.ours.slug}")
    assert "Set-Cookie" not in answer.headers
    assert "Set-Cookie" not in visitor.submit(answer, full_name="Иван", consent=True).headers


def test_a_forged_proxy_header_changes_nothing_where_no_proxy_is_trusted(visitor, acting, house):
    visitor.environ_base |= {"HTTP_X_FORWARDED_FOR": "203.0.113.99", "HTTP_X_FORWARDED_HOST": "evil.example.org"}
    answer = visitor.fill(f"/f/{house.ours.slug}", full_name="Иван Подделкин", consent=True)
    newest = acting.scalars(select(Evidence).order_by(Evidence.id.desc()).limit(1)).one()
    assert newest.ip_address == "127.0.0.1"
    assert "evil" not in answer.location + newest.page_address
