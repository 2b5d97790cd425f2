"""Every address with an id of another operator answers 404 and changes nothing: a new page too, once born."""

import pytest

from crm.accounts.doors import OWNER
from crm.clients.models import Client
from crm.core.db import db
from tests import builders, inquiries
from tests.house.dumps import rows_of
from tests.house.urls import csrf_token, rules, things_of, url_of

IDS = {"form_id", "client_id", "user_id", "act_id", "purpose_id", "entity_id", "ground_id", "file_id"}
IDS |= {"request_id", "letter_id", "aside_id", "message_id"}
OPEN_TO_ALL = {"slug", "code", "number", "kind", "shape", "filename", "token"}
"""Arguments that are no ids of an operator's things: public addresses, single-use codes, receipts, words."""
HOSTILE = {"act": "publish", "reason": "demanded", "confirmation": "УНИЧТОЖИТЬ", "channel": "email", "title": "Моё"}
"""What would make a form of these pages valid, were the thing ours."""


def walk(app, method):
    return [rule for rule in rules(app, method) if set(rule.arguments) & IDS]


def test_every_argument_of_an_address_is_known(house):
    arguments = {name for rule in house.app.url_map.iter_rules() for name in rule.arguments}
    assert arguments <= IDS | OPEN_TO_ALL


def test_there_are_pages_to_walk(house):
    assert len(walk(house.app, "GET")) >= 5
    assert len(walk(house.app, "POST")) >= 5


@pytest.mark.parametrize("role", ["owner", "manager"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_foreign_id_is_not_found(house, request, role, method):
    browser = request.getfixturevalue(role)
    token = csrf_token(browser)
    for rule in walk(house.app, method):
        url = url_of(house.app, rule, house.neighbour)
        answer = browser.open(url, method=method, data=HOSTILE | {"csrf_token": token})
        is_refused = role == "manager" and house.app.view_functions[rule.endpoint].door == OWNER
        assert answer.status_code == (403 if is_refused else 404), url


def test_nothing_of_the_neighbour_changes_whatever_is_sent(app, house, owner):
    token = csrf_token(owner)
    with app.app_context():
        before = rows_of(house.neighbour)
    for rule in walk(app, "POST"):
        owner.post(url_of(app, rule, house.neighbour), data=HOSTILE | {"csrf_token": token})
    with app.app_context():
        assert rows_of(house.neighbour) == before


def test_our_own_ids_are_found(app, house, owner, acting):
    """So a 404 above is about whose the id is, not about the address."""
    things = {"act_id": builders.act(house.ours).id, "file_id": builders.file(house.ours).id}
    things |= inquiries.paperwork(db.session.get_one(Client, house.ours.client_id), mark="x", address="x@example.org")
    db.session.commit()
    for rule in walk(app, "GET"):
        assert owner.get(url_of(app, rule, house.ours, **things)).status_code in (200, 303), rule


@pytest.mark.parametrize(
    "query", ["before={client_id}", "opened_by={form_id}", "before={act_id}", "standing=given&opened_by={form_id}"]
)
def test_a_foreign_id_in_a_query_shows_nothing(house, owner, query):
    owner.foreign = tuple(word for word in owner.foreign if word not in query.format(**things_of(house.neighbour)))
    for page in ("/clients/", "/forms/", "/acts/", "/settings/trail"):
        answer = owner.get(f"{page}?{query.format(**things_of(house.neighbour))}")
        assert answer.status_code in (200, 404, 422)  # and the browser knows the neighbour's other words


def test_a_foreign_form_cannot_be_previewed(house, owner):
    token = csrf_token(owner)
    sent = {"csrf_token": token, "draft": "x", "purpose": "x", "retention_days": "5", "act": "preview"}
    answer = owner.post("/settings/documents/consent", data=sent | {"shown_for": house.neighbour.form_id.hex})
    assert answer.status_code in (200, 422)
