"""The CRM application: what it is made of and in which order it stands."""

import os
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from crm import cli, config, home
from crm.accounts import doors, queries
from crm.accounts import views as accounts
from crm.agreements import public as documents
from crm.clients import views as clients
from crm.consents import confirm
from crm.consents import public as receipts
from crm.consents import views as consents
from crm.core import jobs, log, outbox, sqlite, text, transaction, web
from crm.core.bodies import Bodies, Request, limit_of
from crm.core.db import db
from crm.erasure import views as erasure
from crm.mail import commands as mail
from crm.settings import calendar as calendar_desk
from crm.settings import company, renewals
from crm.settings import documents as documents_desk
from crm.settings import mail as mail_desk
from crm.settings import mailbox as mailbox_desk
from crm.settings import purposes as purposes_desk
from crm.settings import views as settings
from crm.subject_requests import answering, journal
from crm.subject_requests import aside as letters_aside
from crm.subject_requests import deeds as request_deeds
from crm.subject_requests import entry as request_entry
from crm.subject_requests import public as request_page
from crm.subject_requests import views as requests
from crm.webforms import public as public_forms
from crm.webforms import views as webforms

ROOT = Path(__file__).parents[1]
ROOMS = (
    home,
    accounts,
    documents,
    receipts,
    confirm,
    public_forms,
    request_page,
    request_entry,
    letters_aside,
    requests,
    answering,
    request_deeds,
    journal,
    clients,
    consents,
    webforms,
    erasure,
    settings,
    company,
    calendar_desk,
    documents_desk,
    renewals,
    mail_desk,
    mailbox_desk,
    purposes_desk,
)
csrf = CSRFProtect()


def create_app(**overrides: Any) -> Flask:
    """Build the application from the environment; `overrides` win over it."""
    instance = Path(overrides.pop("INSTANCE", os.environ.get("INSTANCE", ROOT / "instance")))
    app = Flask(
        __name__, template_folder=ROOT / "templates", static_folder=ROOT / "static", instance_path=str(instance)
    )
    app.request_class = Request
    app.url_map.strict_slashes = app.url_map.merge_slashes = False  # no redirect built from a Host header
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.config.from_mapping(config.read(os.environ, instance))
    app.config.update(overrides)
    log.init_app(app)
    _open_database(app)
    Babel(app, locale_selector=_locale)
    csrf.init_app(app)
    for bp in (public_forms.bp, request_page.bp, receipts.bp, confirm.bp):  # no session to ride on: see
        csrf.exempt(bp)  # webforms/page.py; the last two act on an unguessable word in their address
    for room in ROOMS:
        app.register_blueprint(room.bp)
    doors.init_app(app)
    web.init_app(app)
    text.init_app(app)
    home.init_app(app)
    jobs.init_app(app, queries.organisations)
    outbox.init_app(app, mail.carrier)
    cli.init_app(app)
    transaction.init_app(app)  # last: settles first, so that whatever it answers still gets the headers
    app.wsgi_app = Bodies(app.wsgi_app, app.config["MAX_CONTENT_LENGTH"], limit_of(app))  # type: ignore[method-assign]
    _trust_proxies(app, app.config["TRUSTED_PROXIES"])
    return app


def _open_database(app: Flask) -> None:
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "crm" / "migrations"))
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            sqlite.prepare(db.engine)


def _locale() -> str:
    """Visitors read Russian, as the law wants; staff read what they chose."""
    is_staff = bool(request) and request.blueprint not in home.VISITORS
    return "en" if is_staff and request.cookies.get("locale") == "en" else "ru"


def _trust_proxies(app: Flask, hops: int) -> None:
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
