"""Fixtures of consents: who writes down, and a form that asks for three."""

import pytest

from crm.accounts.models import User
from crm.core import transaction
from crm.core.db import db
from crm.webforms.models import WebForm
from tests.builders import submission
from tests.consents.willing import ENQUIRY, MARIA, REGISTRATION, send, wide_form


@pytest.fixture
def anna(acting, ours):
    """Our owner, who writes down."""
    return acting.get_one(User, ours.owner.id)


@pytest.fixture
def sent(acting, ours):
    """What Maria sent by the form with one box."""
    made = submission(ours.form_id, **MARIA)
    db.session.flush()
    return made


@pytest.fixture
def form(acting, anna):
    """A form of ours that asks for three consents, seen by visitors."""
    with transaction.of_its_own():
        form_id = wide_form(anna).id
    return acting.get_one(WebForm, form_id)


@pytest.fixture
def nameless(form):
    """What Пётр sent, who left a phone and no e-mail."""
    return send(form, ENQUIRY, REGISTRATION, full_name="Пётр", phone="+79035550123")
