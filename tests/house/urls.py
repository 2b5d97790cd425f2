"""The map of addresses, as the tests that walk it read it."""

import uuid
from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

from tests.browsing import Browser, page
from tests.builders import Operator


def rules(app: Flask, method: str) -> Iterator[Rule]:
    """Every address that answers to this method; files of static/ are not pages."""
    yield from (rule for rule in app.url_map.iter_rules() if method in rule.methods and rule.endpoint != "static")


def endpoints_behind(app: Flask, door: frozenset) -> set[str]:
    """The pages with exactly this door."""
    return {name for name, view in app.view_functions.items() if getattr(view, "door", None) == door}


def things_of(operator: Operator) -> dict[str, object]:
    """What can stand in an address of this operator, by the name that the address gives it.

    A new kind of id must be added here: a page with an argument that is not known fails every walk.
    """
    return {
        "form_id": operator.form_id,
        "client_id": operator.client_id,
        "user_id": operator.manager.id,
        "act_id": operator.act_id or uuid.UUID(int=0),
        "purpose_id": operator.purpose_id,
        "entity_id": operator.entity_id,
        "ground_id": operator.ground_id or uuid.UUID(int=0),
        "file_id": operator.file_id or uuid.UUID(int=0),
        "request_id": operator.request_id or uuid.UUID(int=0),
        "letter_id": operator.letter_id or uuid.UUID(int=0),
        "aside_id": operator.aside_id or uuid.UUID(int=0),
        "shape": "json",
        "message_id": operator.message_id or uuid.UUID(int=0),
        "number": operator.receipt,
        "token": "no-such-token",
        "slug": operator.slug,
        "code": operator.public_code,
        "kind": "consent",
        "filename": "css/base.css",
    }


SLUGS = {"documents.version": "document", "documents.text": "document"}
"""Pages whose slug is not a form's."""


def url_of(app: Flask, rule: Rule, operator: Operator, **other: object) -> str:
    """The address of a page with this operator's things in it."""
    things = things_of(operator) | {"slug": getattr(operator, SLUGS.get(rule.endpoint, "slug"))} | other
    with app.test_request_context("/"):
        return app.url_for(rule.endpoint, **{name: things[name] for name in rule.arguments})


def csrf_token(browser: Browser) -> str:
    """A token for posts that no page offers."""
    seen = page(browser.get("/sign-in"), browser.application)
    return next(one["value"] for one in seen.all("input") if one["name"] == "csrf_token")
