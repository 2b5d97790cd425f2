"""Fixtures of letters: a mail server that our operator has set up, and a hand that writes to our client."""

import pytest

from crm.clients.models import Client
from crm.core import outbox, transaction
from crm.core.db import db
from tests import post_office
from tests.core.sending import SUBJECT, TEXT, TO


@pytest.fixture
def believed(app, tmp_path, monkeypatch):
    """Mail servers of this machine are spoken to and their certificates believed; no job is left from another test."""
    monkeypatch.setitem(app.config, "MAIL_PRIVATE_HOSTS", True)
    monkeypatch.setenv("SSL_CERT_FILE", str(post_office.authority(tmp_path)))
    app.extensions["jobs"].huey.flush()


@pytest.fixture(params=["tls", "starttls"])
def any_office(believed, tmp_path, acting, ours, request):
    """A post office that our operator has set up, with either way of encryption."""
    with post_office.opened(tmp_path, security=request.param) as office:
        post_office.set_up(office, ours)
        yield office


@pytest.fixture
def office(believed, tmp_path, acting, ours):
    """A post office that our operator has set up."""
    with post_office.opened(tmp_path, security="tls") as office:
        post_office.set_up(office, ours)
        yield office


@pytest.fixture
def write(believed, acting, ours):
    """Writes a letter to our client and commits; its id."""

    def written(key="receipt:1", *, operator=ours, to=TO, subject=SUBJECT, text=TEXT, **more):
        with transaction.of_its_own():
            person = db.session.get_one(Client, operator.client_id)
            return outbox.write(person.subject_key, to=to, subject=subject, text=text, key=key, **more).id

    return written
