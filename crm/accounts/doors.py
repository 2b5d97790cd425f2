"""Whom each page lets in: every view carries a mark, a view without a mark is not served."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response

from crm.accounts import queries
from crm.accounts.models import Role

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC: frozenset[Role] = frozenset()
STAFF = frozenset(Role)
OWNER = frozenset({Role.OWNER})

log = logging.getLogger(__name__)
login_manager = LoginManager()
login_manager.session_protection = None  # its fingerprint would put the address of staff into the cookie
login_manager.user_loader(queries.user_by_cookie)


def _marked(door: frozenset[Role]) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.door = door  # type: ignore[attr-defined]  # functions take attributes
        return view

    return mark


public = _marked(PUBLIC)
"""Anyone may come in."""
staff = _marked(STAFF)
"""The signed-in people of one operator may come in."""
owner = _marked(OWNER)
"""Only its owner may come in."""


def init_app(app: Flask) -> None:
    """Stand at every door of the application."""
    login_manager.init_app(app)
    app.view_functions["static"] = public(app.view_functions["static"])
    app.before_request(_guard)


def _guard() -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None  # no such address: Flask answers 404
    door: frozenset[Role] | None = getattr(view, "door", None)
    if door is None:
        abort(404)
    if door is PUBLIC:
        return None
    if not current_user.is_authenticated:
        target = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("accounts.sign_in", next=target), 303)
    if current_user.role not in door:
        log.warning("refused %s to a %s", request.endpoint, current_user.role.value)
        abort(403)
    return None
