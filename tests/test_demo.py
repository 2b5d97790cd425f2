"""The demo operator: its people can come in, its year has some of everything, its chains are whole."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from crm import demo
from crm.accounts import queries as accounts
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.core import ledger, tenancy
from crm.core.clock import now
from crm.core.db import db
from crm.erasure.models import ErasureAct, Reason
from crm.webforms.models import FormState, Submission, WebForm
from tests import photograph
from tests.browsing import browser


@pytest.fixture(scope="module")
def installation(house):
    """The test house with the demo operator in it, made once; every other test puts the database back."""
    photograph.let_go(house.app)
    house.database.put_back()
    house.app.extensions.pop("derived_keys", None)
    with house.app.app_context():
        demo.make()
    return house.app


@pytest.fixture
def acting_for_it(installation):
    """A session that acts for the demo operator."""
    with installation.app_context():
        tenancy.enter(accounts.credential(demo.OWNER["email"]).organisation_id)
        yield db.session


def test_both_its_people_sign_in_with_the_password_that_only_the_owner_of_the_machine_can_read(installation):
    file = Path(installation.instance_path) / demo.SIGN_IN_FILE
    email, password = file.read_text().strip().split(" / ")
    assert (email, len(password) >= 20, file.stat().st_mode & 0o777) == (demo.OWNER["email"], True, 0o600)
    for person in (demo.OWNER, demo.MANAGER):
        assert browser(installation).fill("/sign-in", email=person["email"], password=password).location == "/"


def test_its_year_has_some_of_everything(acting_for_it):
    cards = acting_for_it.scalars(select(Client).order_by(Client.id)).all()
    sent = acting_for_it.scalars(select(Submission).order_by(Submission.id)).all()
    standings = Counter(card.standing for card in cards)
    assert standings == {ConsentStanding.GIVEN: 186, ConsentStanding.WITHDRAWN: 14}
    assert cards[0].created_at < now() - timedelta(days=360)
    assert sent[-3].created_at > now() - timedelta(hours=3)
    assert {act.reason for act in acting_for_it.scalars(select(ErasureAct))} == {Reason.WITHDRAWN, Reason.DEMANDED}
    states = Counter(acting_for_it.scalars(select(WebForm.state)))
    assert states == {FormState.PUBLISHED: 2, FormState.CLOSED: 1}


def test_its_chains_are_whole(acting_for_it):
    assert {ledger.first_broken(model) for model in ledger.chained_models()} == {None}
