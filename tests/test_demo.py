"""The demo operator: its people can come in, its year has some of everything, its chains are whole."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm import demo
from crm.accounts import queries as accounts
from crm.agreements import queries as agreements
from crm.agreements.ready import LegalBasis, PurposeKind
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.consents import calls, queries
from crm.consents.models import Channel, ConsentLink, ConsentRecord, ConsentState, Evidence, Ground, LinkKind, Renewal
from crm.core import formats, ledger, tenancy
from crm.core.clock import now, today
from crm.core.db import db
from crm.core.letters import Letter, LetterState
from crm.core.outbox import figures
from crm.demo_papers import MANAGER, OWNER
from crm.demo_people import NEWS
from crm.erasure.models import ErasureAct, Reason
from crm.webforms import counts
from crm.webforms import queries as webforms
from crm.webforms.models import FormCount, FormState, Submission, WebForm
from tests import photograph
from tests.browsing import browser


@pytest.fixture(scope="module")
def installation(house):
    """The test house with the demo operator in it, made once; every other test puts the database back."""
    photograph.let_go(house.app)
    house.database.put_back()
    house.app.extensions.pop("derived_keys", None)
    counts._taken()  # of forms of the test before
    with house.app.app_context():
        demo.make()
    return house.app


@pytest.fixture
def acting_for_it(installation):
    """A session that acts for the demo operator."""
    with installation.app_context():
        tenancy.enter(accounts.credential(OWNER["email"]).organisation_id)
        yield db.session


def form_called(title):
    return db.session.scalars(select(WebForm).filter_by(title=title)).one()


def acts_of_will(state, channel):
    return db.session.scalar(select(func.count(ConsentRecord.id)).filter_by(state=state, channel=channel))


def test_both_its_people_sign_in_with_the_password_that_only_the_owner_of_the_machine_can_read(installation):
    file = Path(installation.instance_path) / demo.SIGN_IN_FILE
    email, password = file.read_text().strip().split(" / ")
    assert (email, len(password) >= 20, file.stat().st_mode & 0o777) == (OWNER["email"], True, 0o600)
    for person in (OWNER, MANAGER):
        assert browser(installation).fill("/sign-in", email=person["email"], password=password).location == "/"


def test_its_year_has_some_of_everything(acting_for_it):
    cards = acting_for_it.scalars(select(Client).order_by(Client.id)).all()
    sent = acting_for_it.scalars(select(Submission).order_by(Submission.id)).all()
    standings = Counter(card.standing for card in cards)
    assert standings == {ConsentStanding.GIVEN: 187, ConsentStanding.WITHDRAWN: 13}
    assert cards[0].created_at < now() - timedelta(days=360)
    assert sent[-3].created_at > now() - timedelta(hours=3)
    assert {act.reason for act in acting_for_it.scalars(select(ErasureAct))} == {Reason.WITHDRAWN, Reason.DEMANDED}
    states = Counter(acting_for_it.scalars(select(WebForm.state)))
    assert states == {FormState.PUBLISHED: 3, FormState.CLOSED: 1}


def test_a_form_asks_for_two_purposes_one_of_which_a_letter_confirms(acting_for_it):
    boxes = webforms.shown(form_called(NEWS).id).boxes
    assert [(box.is_required, box.is_confirmed_by_letter) for box in boxes] == [(True, False), (False, True)]
    assert acts_of_will(ConsentState.GIVEN, Channel.LINK) > 20
    waiting = select(ConsentLink).filter_by(kind=LinkKind.SUBSCRIBE, used_at=None)
    assert acting_for_it.scalars(waiting).first()  # not everybody presses the button


def test_some_left_the_box_empty(acting_for_it):
    assert acts_of_will(ConsentState.REFUSED, Channel.FORM) > 20


def test_a_text_was_renewed_and_some_agreed_to_the_new_one(acting_for_it):
    renewal = acting_for_it.scalars(select(Renewal)).one()
    assert renewal.done_at
    assert renewal.letters > acts_of_will(ConsentState.RENEWED, Channel.LINK) > 10


def test_one_consent_came_on_paper_with_its_scan(acting_for_it):
    evidence = acting_for_it.scalars(select(Evidence).where(Evidence.attachment_id.is_not(None))).one()
    assert (evidence.consent.state, evidence.consent.channel) == (ConsentState.GIVEN, Channel.PAPER)
    assert formats.kind_of(evidence.attachment.enclosed()) is formats.FileKind.PDF
    assert evidence.consent.given_on < evidence.created_at.date()


def test_contracts_and_a_law_hold_what_was_withdrawn(acting_for_it):
    grounds = acting_for_it.scalars(select(Ground)).all()
    assert {one.purpose.basis for one in grounds} == {LegalBasis.CONTRACT, LegalBasis.LAW}
    held = [acting_for_it.scalars(select(Client).filter_by(subject_key_id=one.subject_key_id)).one() for one in grounds]
    assert {(one.standing, one.restricted_at) for one in held} == {(ConsentStanding.WITHDRAWN, None)}


def test_a_sole_trader_is_its_second_legal_entity_with_a_policy_and_receipts(acting_for_it):
    second = accounts.entities()[1]
    assert agreements.current_policy(second.id)
    assert acting_for_it.scalars(
        select(ConsentRecord).where(ConsentRecord.receipt.startswith(second.public_code))
    ).first()


def test_somebody_withdrew_by_the_receipt_and_somebody_waits_for_a_call(acting_for_it):
    assert acts_of_will(ConsentState.WITHDRAWN, Channel.LINK) == 1
    assert [client.email for client in calls.callers()] == [None]


def test_some_cards_are_due_to_be_destroyed_and_none_is_late(acting_for_it):
    due = queries.due_to_be_destroyed(until=today() + timedelta(days=14))
    assert due
    assert min(client.destroy_on for client in due) >= today()


def test_every_published_text_says_the_truth(acting_for_it):
    assert webforms.outdated_forms() == webforms.outdated_policies() == []


def test_its_forms_have_counts_of_the_last_month_in_proportion(acting_for_it):
    lately = select(func.count(), func.sum(FormCount.shown), func.sum(FormCount.sent))
    days, shown, sent = acting_for_it.execute(lately.where(FormCount.counted_on > today() - timedelta(days=30))).one()
    assert days > 10
    assert shown > 2 * sent > 20


def test_its_letters_went_so_that_nobody_invented_is_ever_written_to(acting_for_it):
    assert {letter.state for letter in acting_for_it.scalars(select(Letter))} == {LetterState.SENT}
    assert figures().waiting == 0


def test_its_present_state_is_what_its_ledger_says(acting_for_it):
    for client in acting_for_it.scalars(select(Client)):
        present = {key: (one.state, one.was_withdrawn) for key, one in queries.currents_of(client).items()}
        assert present == {key: (one.state, one.was_withdrawn) for key, one in queries.folded(client).items()}


def test_its_chains_are_whole(acting_for_it):
    assert {ledger.first_broken(model) for model in ledger.chained_models()} == {None}


def test_its_register_begins_with_the_enquiry(acting_for_it):
    assert agreements.purposes()[0].kind is PurposeKind.ENQUIRY
