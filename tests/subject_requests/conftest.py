"""Fixtures of requests: a mailbox that our operator has set up."""

import pytest

from crm.core import transaction
from crm.subject_requests import intake
from crm.subject_requests.models import RequestState
from tests import dovecot, inquiries, post_office
from tests.subject_requests.journalling import asked_on as asked_on  # a fixture


@pytest.fixture(scope="session")
def dovecot_here(tmp_path_factory):
    """One Dovecot for all tests."""
    with dovecot.opened(tmp_path_factory.mktemp("dovecot")) as server:
        yield server


@pytest.fixture
def box(app, dovecot_here, monkeypatch, acting, ours):
    """An empty mailbox that our operator has set up."""
    monkeypatch.setitem(app.config, "MAIL_PRIVATE_HOSTS", True)
    monkeypatch.setenv("SSL_CERT_FILE", str(post_office.authority(dovecot_here.folder)))
    app.extensions["jobs"].huey.flush()
    dovecot_here.clear()
    dovecot.set_up(dovecot_here, ours)
    return dovecot_here


@pytest.fixture
def take(acting, clock):
    """Take a letter, as a job does: in a transaction of its own, the moment stopped."""
    clock.stop()

    def taking(content, **options):
        with transaction.of_its_own():
            return intake.take(content, **options)

    return taking


@pytest.fixture
def asked(acting, ours):
    """Makes a request, committed, and gives the address of its page."""

    def made(state=RequestState.NEW, *, after=lambda request: None, **values):
        with transaction.of_its_own():
            request = inquiries.inquiry(**values)
            request.state = state
            after(request)
        return f"/requests/{request.id}"

    return made
