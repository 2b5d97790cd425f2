"""Fixtures of the tests of forms: who acts, and forms that ask for several consents."""

from types import SimpleNamespace

import pytest

from crm.accounts.models import User
from crm.core import transaction
from tests.webforms.asking import OPTIONAL, REQUIRED, published


@pytest.fixture
def anna(acting, ours):
    """The owner, inside the session of the test."""
    return acting.get_one(User, ours.owner.id)


@pytest.fixture
def asks(acting, anna):
    """Publishes a form that asks for these consents, and says where it stands."""

    def made(**codes):
        with transaction.of_its_own():
            form = published(anna, **codes)
            place = SimpleNamespace(id=form.id, url=f"/f/{form.address}", editor=f"/forms/{form.id}")
        acting.rollback()
        return place

    return made


@pytest.fixture
def act(acting):
    """Does something in the session of the test and commits it."""

    def done(what):
        with transaction.of_its_own():
            found = what()
        acting.rollback()
        return found

    return done


@pytest.fixture
def three(asks):
    """A form: the enquiry is required, registration and the newsletter are not."""
    return asks(consent=REQUIRED, registration=OPTIONAL, newsletter=OPTIONAL)


@pytest.fixture
def optional(asks):
    """A form none of whose consents is required."""
    return asks(consent=OPTIONAL, registration=OPTIONAL, newsletter=OPTIONAL)
