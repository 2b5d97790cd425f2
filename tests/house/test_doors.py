"""Every page has a door, and making a page public must touch this file."""

import pytest
from flask import Flask

from crm.accounts import commands
from crm.accounts.doors import OWNER, PUBLIC
from crm.accounts.models import User
from crm.core import tenancy, transaction
from crm.core.db import db
from tests.house.urls import csrf_token, endpoints_behind, url_of

PUBLIC_PAGES = {
    "static",
    "home.index",  # sends a stranger to the sign-in
    "accounts.sign_in",
    "accounts.sign_up",
    "accounts.join",
    "accounts.choose_language",
    "documents.version",
    "documents.text",
    "documents.current_policy",
    "receipts.receipt",
    "receipts.for_machines",
    "receipts.withdraw",
    "links.page",
    "links.press",
    "request_page.ask",
    "request_page.send",
    "request_page.status",
    "request_page.prove",
    "request_page.code_again",
    "public_forms.form",
    "public_forms.send",
    "public_forms.thanks",
    "public_forms.thanks_without_receipt",
}
OWNERS_PAGES = {
    "settings.consent",
    "settings.grace",
    "company.index",
    "company.edit",
    "company.create",
    "calendar_desk.say",
    "calendar_desk.confirm",
    "calendar_desk.take_back",
    "calendar_desk.check_year",
    "renewals.ask",
    "settings.staff",
    "settings.access",
    "settings.audit_trail",
    "mail_desk.edit",
    "mail_desk.test",
    "mail_desk.again",
    "mail_desk.leave",
    "mailbox_desk.edit",
    "mailbox_desk.terms",
    "mailbox_desk.look",
    "mailbox_desk.poll",
}


def test_every_page_has_a_door(house):
    assert {name for name, view in house.app.view_functions.items() if not hasattr(view, "door")} == set()


def test_public_pages_are_exactly_these(house):
    assert endpoints_behind(house.app, PUBLIC) == PUBLIC_PAGES


def test_pages_of_the_owner_alone_are_exactly_these(house):
    assert endpoints_behind(house.app, OWNER) == OWNERS_PAGES


def test_a_page_without_a_door_is_not_served(app, owner, monkeypatch):
    monkeypatch.setitem(app.view_functions, "clients.index", lambda: "anybody")
    assert owner.get("/clients/").status_code == 404


def test_a_stranger_is_sent_to_the_sign_in_from_every_other_page(house, visitor):
    token = csrf_token(visitor)
    for rule, method in _closed_doors(house.app):
        answer = visitor.open(url_of(house.app, rule, house.ours), method=method, data={"csrf_token": token})
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in"), rule


def test_the_manager_is_refused_on_every_page_of_the_owner(house, manager):
    token = csrf_token(manager)
    for rule, method in _closed_doors(house.app):
        if rule.endpoint in OWNERS_PAGES:
            answer = manager.open(url_of(house.app, rule, house.ours), method=method, data={"csrf_token": token})
            assert answer.status_code == 403, rule


@pytest.mark.parametrize("role", ["owner", "manager"])
def test_a_person_whose_access_was_closed_is_a_stranger_at_once(house, request, role):
    browser = request.getfixturevalue(role)
    assert browser.get("/clients/").status_code == 200
    with house.app.test_request_context("/"):
        _close_access(house, role)
    assert browser.get("/clients/").status_code == 303


def _closed_doors(app: Flask):
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods & {"GET", "POST"}):
            if rule.endpoint not in PUBLIC_PAGES:
                yield rule, method


def _close_access(house, role):
    tenancy.enter(house.ours.id)
    boss = db.session.get_one(User, house.ours.owner.id)
    person = db.session.get_one(User, getattr(house.ours, role).id)
    with transaction.of_its_own():
        commands.set_disabled(person, disabled=True, by=boss)
