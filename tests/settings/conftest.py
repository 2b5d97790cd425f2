"""Fixtures of the mail settings: a mail server of this machine, and our operator set up to send by it."""

import pytest

from crm.mail import smtp
from tests import post_office
from tests.settings.mail_page import save


@pytest.fixture
def here(app, tmp_path, monkeypatch):
    """Mail servers of this machine may be named; a letter is waited for half a second."""
    monkeypatch.setitem(app.config, "MAIL_PRIVATE_HOSTS", True)
    monkeypatch.setenv("SSL_CERT_FILE", str(post_office.authority(tmp_path)))
    monkeypatch.setattr(smtp, "TIMEOUT", 0.5)
    app.extensions["jobs"].huey.flush()


@pytest.fixture
def office(here, tmp_path):
    with post_office.opened(tmp_path, security="tls") as office:
        yield office


@pytest.fixture
def set_up(owner, office):
    """Our operator's owner has typed in a mail server that works."""
    assert save(owner, host="localhost", port=str(office.port)).status_code == 303
