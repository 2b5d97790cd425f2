"""Every page opens, and none falls over whatever is asked of it."""

import ast
import itertools
import re

import pytest
from jinja2 import StrictUndefined, nodes

from crm.clients.models import Client
from crm.core import transaction
from tests import builders, inquiries
from tests.house.sources import FILES, ROOT, tree
from tests.house.urls import csrf_token, rules, url_of

ODD_ANSWERS = {
    "accounts.join": 404,  # a code opens once, and this is none
    "links.page": 410,  # and so does a link
    "request_page.status": 404,  # a word that nobody was given
    "public_forms.thanks": 200,
    "documents.current_policy": 200,
}
"""What a page answers to its owner where it is not 200."""


@pytest.fixture
def act_id(acting, house):
    with transaction.of_its_own():
        made = builders.act(house.ours)
        made_id, client_id = made.id, made.client_id
    acting.rollback()
    return made_id, client_id


@pytest.fixture
def papers(acting, house, act_id):
    """What our operator has in its papers, by the names that addresses give it."""
    with transaction.of_its_own():
        client = acting.get_one(Client, house.ours.client_id)
        asked = inquiries.paperwork(client, mark="Ромашка", address="petr@lugov.example.org")
        things = {"act_id": act_id[0], "file_id": builders.file(house.ours).id} | asked
    acting.rollback()
    return things


@pytest.mark.parametrize("role", ["owner", "manager", "visitor", "neighbour"])
def test_every_page_opens_and_is_well_made(app, house, request, papers, role):
    """The browser judges each; what each answers to whom is told in the tests of doors and foreign ids."""
    browser = request.getfixturevalue(role)
    operator = house.neighbour if role == "neighbour" else house.ours
    for rule in rules(app, "GET"):
        other = {} if role == "neighbour" else papers
        answer = browser.get(url_of(app, rule, operator, **other))
        wanted = {ODD_ANSWERS.get(rule.endpoint, 200)}
        assert answer.status_code in wanted | ({303, 403} if role in ("visitor", "manager") else set()), rule


def test_the_card_of_an_erased_client_is_gone_and_leads_to_its_act(owner, act_id):
    answer = owner.get(f"/clients/{act_id[1]}")
    assert (answer.status_code, str(act_id[0]) in answer.text) == (410, True)


def test_every_page_opens_in_english_too(app, house, owner, papers):
    owner.set_cookie("locale", "en")
    for rule in rules(app, "GET"):
        owner.get(url_of(app, rule, house.ours, **papers))


@pytest.mark.parametrize("state", ["fresh", "consent is not asked", "form is closed"])
def test_every_page_opens_whatever_the_operator_has_set_up(app, house, owner, visitor, state):
    if state == "consent is not asked":
        owner.post("/settings/consent", data={"csrf_token": csrf_token(owner)})
    if state == "form is closed":
        owner.post(f"/forms/{house.ours.form_id}/close", data={"csrf_token": csrf_token(owner)})
    for browser, rule in itertools.product((owner, visitor), rules(app, "GET")):
        browser.get(url_of(app, rule, house.ours))


def test_a_new_operator_can_open_every_page(app, visitor, house):
    """Signed up over HTTP, with nothing set up yet."""
    answer = visitor.fill("/sign-up", **NEW_OPERATOR)
    assert answer.status_code == 303, answer.text
    for rule in rules(app, "GET"):
        if not rule.arguments:
            assert visitor.get(url_of(app, rule, house.ours)).status_code in (200, 303), rule
    for kind in ("consent", "policy"):
        assert visitor.get(f"/settings/documents/{kind}").status_code == 200


NEW_OPERATOR = {
    "name": "ИП Новосёлов",
    "legal_form": "ooo",
    "inn": "7707083893",
    "ogrn": "1027700132195",
    "address": "Тверь",
    "request_email": "pdn@new.example.org",
    "request_phone": "+7 495 123-45-67",
    "responsible_person": "Новосёлов Олег",
    "owner_name": "Новосёлов Олег",
    "owner_position": "Директор",
    "owner_email": "oleg@new.example.org",
    "new_password": builders.PASSWORD,
}


def test_an_undefined_name_is_an_error_in_every_template(house):
    environment = house.app.jinja_env
    assert issubclass(environment.undefined, StrictUndefined)
    for name in environment.list_templates(extensions=["html", "txt", "xml"]):
        environment.get_template(name)


def test_every_template_is_used(house):
    environment = house.app.jinja_env
    strings = {node.value for path in FILES for node in ast.walk(tree(path)) if isinstance(node, ast.Constant)}
    for name in environment.list_templates():
        source = (ROOT / "templates" / name).read_text(encoding="utf-8")
        for node in environment.parse(source).find_all((nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)):
            strings.add(getattr(node.template, "value", ""))
    assert set(environment.list_templates()) <= strings


NONSENSE = [
    "x",
    "0",
    "-1",
    "9" * 40,
    "%00",
    "%FF",
    "'%22%3E%3Cb%3E",
    "..%2f..%2fetc%2fpasswd",
    "%D0%AF",
    "a" * 5000,
    "{{7*7}}",
]
"""What people and robots put where an id or a slug belongs."""
LISTS = {
    "clients.index",
    "clients.card",
    "erasure.index",
    "settings.audit_trail",
    "accounts.sign_in",
    "accounts.sign_up",
}
"""Pages that read their query: there each name is asked alone too."""
NAMES = ["q", "before", "standing", "form", "since", "until", "next", "code", "act", "page", "kind"]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda text: text[:20])
def test_nonsense_in_an_address_is_not_found(app, owner, nonsense):
    for rule in rules(app, "GET"):
        if rule.arguments:
            url = re.sub(r"<[^>]+>", lambda _: nonsense, rule.rule)
            assert owner.get(url).status_code in (400, 404), url


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda text: text[:20])
def test_nonsense_in_a_query_breaks_no_page(app, house, owner, nonsense):
    query = "&".join(f"{name}={nonsense}" for name in NAMES)
    for rule in rules(app, "GET"):
        for asked in (query, *(f"{name}={nonsense}" for name in NAMES if rule.endpoint in LISTS)):
            answer = owner.get(f"{url_of(app, rule, house.ours)}?{asked}")
            assert answer.status_code in (200, 303, 400, 404, 410, 422), asked


BODIES = {
    "nothing": {},
    "words": dict.fromkeys(("email", "password", "title", "name", "draft", "reason", "channel", "q", "full_name"), "x"),
    "zeros": dict.fromkeys(
        ("email", "password", "name", "code", "full_name", "text_1", "token", "consent", "title"), "a\0b"
    ),
    "numbers": dict.fromkeys(("revision", "retention_days", "order_email", "full_name"), "9" * 30),
    "long": dict.fromkeys(("email", "password", "title", "name", "draft", "full_name", "text_1"), "я" * 200_000),
    "odd letters": dict.fromkeys(
        ("email", "name", "title", "full_name", "text_1", "label_email"), "\u202e\u0000\ud7ff\ufffe😀"
    ),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("role", ["owner", "visitor"])
def test_no_post_makes_a_page_fall_over(app, house, request, body, role):
    browser = request.getfixturevalue(role)
    browser.may_fail = False
    token = csrf_token(browser)
    for rule in rules(app, "POST"):
        if rule.endpoint != "accounts.sign_out":
            answer = browser.post(url_of(app, rule, house.ours), data=BODIES[body] | {"csrf_token": token})
            assert answer.status_code in (200, 303, 400, 403, 404, 410, 413, 422, 429), rule


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", ""]
)
def test_a_body_of_another_kind_makes_no_page_fall_over(app, house, owner, kind):
    for rule in rules(app, "POST"):
        if rule.endpoint == "receipts.withdraw":
            continue  # nothing ticked: back to the receipt
        answer = owner.post(url_of(app, rule, house.ours), data=b'--x\r\n{"a": [', content_type=kind)
        assert answer.status_code in (400, 404, 410, 413, 422), rule


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_a_method_that_no_page_offers_is_refused(app, house, owner, method):
    for rule in rules(app, "GET"):
        answer = owner.open(url_of(app, rule, house.ours), method=method)
        expected = (200, 303, 404, 410) if method in ("HEAD", "OPTIONS") else (400, 405)
        assert answer.status_code in expected, rule


ON_A_SECRET = {"public_forms.send", "receipts.withdraw", "links.press"}
ON_A_SECRET |= {"request_page.send", "request_page.prove", "request_page.code_again"}
"""Pages without a session, that act on a token of their own or on an unguessable word in their address."""


def test_a_post_without_a_token_is_refused_wherever_there_is_a_session(app, house, owner):
    for rule in rules(app, "POST"):
        if rule.endpoint not in ON_A_SECRET:
            assert owner.post(url_of(app, rule, house.ours)).status_code == 400, rule


def test_an_unexpected_error_is_shown_and_logged_without_its_words(app, owner, monkeypatch, log):
    words = ["the", "secret", "value"]

    def fall_over():
        raise ValueError(words)

    fall_over.door = app.view_functions["clients.index"].door
    monkeypatch.setitem(app.view_functions, "clients.index", fall_over)
    owner.may_fail = True
    answer = owner.get("/clients/")
    assert answer.status_code == 500
    assert "secret" not in answer.text + log.getvalue()
    assert "ValueError" in log.getvalue()
