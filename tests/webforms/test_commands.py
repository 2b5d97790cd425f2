"""Receiving what visitors send: once, together, and only under the text they saw."""

import threading

import pytest
from sqlalchemy import select, text

from crm.accounts import commands as accounts
from crm.accounts import queries as organisations
from crm.accounts.models import User
from crm.agreements import queries as agreements
from crm.agreements.models import AgreementVersion
from crm.consents import commands as consents
from crm.consents import queries as ledger
from crm.consents.models import Channel, ConsentRecord, ConsentState, Evidence
from crm.core import sqlite, tenancy, transaction
from crm.core.db import db
from crm.webforms import commands, page, queries, submitting
from crm.webforms.models import FormState, FormVersion, Submission, WebForm
from tests.browsing import browser
from tests.builders import submission
from tests.core.at_once import until
from tests.core.rows import everything
from tests.webforms.sending import TYPED, keeps_what_was_typed, send
from tests.webforms.test_public import republish


@pytest.fixture
def form(acting, ours):
    return acting.get_one(WebForm, ours.form_id)


def number_of(model):
    return len(db.session.scalars(select(model)).all())


def numbers():
    return number_of(Submission), number_of(ConsentRecord)


# one submission


def test_a_submission_holds_what_was_sent_and_the_version_that_was_seen(acting, ours, form):
    sent = submission(ours.form_id, full_name="Мария", phone="+79217654321")
    assert {name: answer["value"] for name, answer in sent.answers.items()} == {
        "full_name": "Мария",
        "phone": "+79217654321",
    }
    assert sent.form_version_id == form.current_version_id
    (box,) = queries.shown(ours.form_id).boxes
    assert sent.consent.agreement_version_id == box.matter.version_id


def test_the_evidence_says_whence_with_what_and_beside_which_words(acting, ours):
    sent = submission(ours.form_id, full_name="Мария")
    evidence = acting.scalars(select(Evidence).filter_by(consent_id=sent.consent.id)).one()
    assert (evidence.ip_address, evidence.user_agent) == ("192.0.2.1", "Тестовый браузер")
    assert evidence.box_label == "Даю согласие на обработку персональных данных"
    assert evidence.page_address.endswith(f"/f/{ours.form_id}")


def test_how_long_the_page_was_open_is_kept(acting, ours, clock):
    clock.stop()
    shown = queries.shown(ours.form_id)
    token = page.sign(shown.pins)
    clock.move(seconds=42)
    sent = submitting.submit(shown, page.read(token), MARIA, wishes=AGREES, seen=SEEN)
    assert sent.filled_in_seconds == 42


SEEN = consents.Circumstances(ip_address="192.0.2.1", user_agent="браузер", page_address="http://localhost/f/x")
AGREES = submitting.Wishes({"consent"})
MARIA = {"full_name": {"value": "Мария", "label": "ФИО"}}


# the same thing sent again


def test_the_same_content_sent_again_is_the_same_submission(acting, ours):
    first = submission(ours.form_id, full_name="Мария", text_1="Привет")
    db.session.flush()
    before = numbers()
    assert submission(ours.form_id, full_name="Мария", text_1="Привет") is first
    assert numbers() == before


@pytest.mark.parametrize(
    "values",
    [{"full_name": "Мария"}, {"full_name": "Мария", "text_1": "Привет!"}, {"full_name": "мария", "text_1": "Привет"}],
)
def test_other_content_is_another_submission(acting, ours, values):
    first = submission(ours.form_id, full_name="Мария", text_1="Привет")
    db.session.flush()
    assert submission(ours.form_id, **values) is not first


@pytest.mark.parametrize(("hours", "is_same"), [(23.9, True), (24.1, False)])
def test_after_a_day_the_same_content_is_a_new_submission(acting, ours, clock, hours, is_same):
    first = submission(ours.form_id, full_name="Мария")
    db.session.flush()
    clock.move(hours=hours)
    assert (submission(ours.form_id, full_name="Мария") is first) is is_same


def test_the_same_content_under_a_new_text_is_a_new_consent(acting, ours, anna, form):
    first = submission(ours.form_id, full_name="Мария")
    db.session.flush()
    commands.save_form(form, title="Другая заявка", revision=form.revision, by=anna)
    commands.publish(form, by=anna)
    db.session.flush()
    second = submission(ours.form_id, full_name="Мария")
    assert second.consent.agreement_version_id != first.consent.agreement_version_id


def test_who_sent_without_being_asked_and_then_agrees_has_agreed(acting, ours, anna):
    accounts.ask_consent(organisations.organisation(), asked=False, by=anna)
    assert submission(ours.form_id, full_name="Мария").consent is None
    db.session.flush()
    accounts.ask_consent(organisations.organisation(), asked=True, by=anna)
    db.session.flush()
    assert submission(ours.form_id, full_name="Мария").consent.state is ConsentState.GIVEN


def test_who_took_consent_back_and_sends_the_same_again_agrees_anew(acting, ours, anna):
    first = submission(ours.form_id, full_name="Мария", email="maria@example.org")
    db.session.flush()
    consents.withdraw(first.client_id, seen=consents.Circumstances(Channel.EMAIL), by=anna)
    db.session.flush()
    second = submission(ours.form_id, full_name="Мария", email="maria@example.org")
    db.session.flush()
    assert second.consent.receipt != first.consent.receipt
    assert [record.state.value for record in ledger.ledger_of(first.client)] == ["given", "withdrawn", "given"]


def test_two_tabs_make_one_submission_and_one_receipt(app, visitor, ours):
    tabs = [visitor.get(f"/f/{ours.slug}") for _ in range(2)]
    answers = [visitor.submit(tab, **TYPED, consent=True) for tab in tabs]
    assert answers[0].location == answers[1].location
    assert [answer.status_code for answer in answers] == [303, 303]


def test_back_and_send_again_makes_one_submission(app, visitor, ours):
    opened = visitor.get(f"/f/{ours.slug}")
    first = visitor.submit(opened, **TYPED, consent=True)
    before = everything(app)
    assert visitor.submit(opened, **TYPED, consent=True).location == first.location
    assert everything(app) == before


def test_the_same_phone_in_another_notation_is_the_same_content(app, visitor, ours):
    first = send(visitor, ours)
    assert send(visitor, ours, phone="+79217654321", email=TYPED["email"].lower()).location == first.location


def test_other_content_from_the_same_page_is_a_second_submission(visitor, ours):
    opened = visitor.get(f"/f/{ours.slug}")
    first = visitor.submit(opened, **TYPED, consent=True)
    second = visitor.submit(opened, **TYPED | {"text_1": "И ещё вопрос"}, consent=True)
    assert second.status_code == 303
    assert second.location != first.location


# the text changes while it is being sent


def test_a_page_whose_text_is_no_longer_in_force_is_not_taken(acting, ours, anna, form):
    shown = queries.shown(ours.form_id)
    opened = page.read(page.sign(shown.pins))
    commands.publish(form, by=anna)
    db.session.flush()
    before = numbers()
    with pytest.raises(submitting.TextChanged):
        submitting.submit(shown, opened, MARIA, wishes=AGREES, seen=SEEN)
    assert numbers() == before


def someone_waits_to_write(app):
    """Whether another thread stands before the lock of writers."""
    if db.engine.dialect.name == "sqlite":
        return any(queue._queue for queue in sqlite._queues.values())
    with db.engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar()


def meanwhile(app, ours, change):
    """What a visitor is answered whose post has passed every check and waits to write, while a change is committed."""
    visitor, answers = browser(app), []
    opened = visitor.get(f"/f/{ours.slug}")
    waiting = threading.Thread(target=lambda: answers.append(visitor.submit(opened, **TYPED, consent=True)))
    with app.test_request_context("/"):
        tenancy.enter(ours.id)
        with transaction.of_its_own():
            transaction.one_at_a_time()
            waiting.start()
            until(lambda: someone_waits_to_write(app))
            change(db.session.get_one(WebForm, ours.form_id), by=db.session.get_one(User, ours.owner.id))
    waiting.join(20)
    return answers[0]


def test_a_text_that_changes_between_checking_and_storing_is_shown_anew(app, ours):
    answer = meanwhile(app, ours, commands.publish)
    assert (answer.status_code, keeps_what_was_typed(answer)) == (422, True)
    assert "изменились" in answer.text


def test_a_form_that_closes_between_checking_and_storing_says_so(app, ours):
    assert meanwhile(app, ours, commands.close).status_code == 410


def test_nothing_was_stored_by_who_met_the_change(app, visitor, owner, ours):
    opened = visitor.get(f"/f/{ours.slug}")
    republish(owner, ours, "Новый текст")
    before = everything(app)
    visitor.submit(opened, **TYPED, consent=True)
    assert everything(app) == before


# forms and their versions


def test_a_form_shows_nothing_until_it_is_published(acting, anna):
    form = commands.create_form(title="Новая", lead="", fields=FIELDS, by=anna)
    db.session.flush()
    assert queries.shown(form.id) is None
    commands.publish(form, by=anna)
    db.session.flush()
    assert queries.shown(form.id).face.title == "Новая"


FIELDS = [{"name": "full_name", "label": "Имя", "required": True}]


def test_an_edit_makes_a_new_version_and_leaves_the_old_one(acting, anna, form):
    old = acting.get_one(FormVersion, form.current_version_id)
    commands.save_form(form, title="Новое название", lead="Новое", fields=FIELDS, revision=form.revision, by=anna)
    new = commands.publish(form, by=anna)
    assert (new.number, new.title, new.fields) == (2, "Новое название", FIELDS)
    assert (old.number, old.title, len(old.fields)) == (1, "Заявка с сайта", 4)


def test_a_new_version_has_an_agreement_that_names_its_own_fields(acting, anna, form):
    commands.save_form(form, title=form.title, lead="", fields=FIELDS, revision=form.revision, by=anna)
    commands.publish(form, by=anna)
    db.session.flush()
    (box,) = queries.shown(form.id).boxes
    text = acting.get_one(AgreementVersion, box.matter.version_id)
    assert (text.fields, text.number) == (["Имя"], 2)
    assert "Имя" in text.values["fields"]


def test_a_new_field_makes_a_new_edition_of_the_policy(acting, anna, form):
    before = queries.shown(form.id).pins.policy
    fields = [*form.fields, {"name": "address", "label": "Почтовый адрес", "required": False}]
    commands.save_form(form, title=form.title, lead="", fields=fields, revision=form.revision, by=anna)
    commands.publish(form, by=anna)
    db.session.flush()
    assert queries.shown(form.id).pins.policy != before
    assert "Почтовый адрес" in agreements.current_policy(form.entity_id).html


def test_a_closed_form_can_be_published_again(acting, anna, form):
    commands.close(form, by=anna)
    db.session.flush()
    assert queries.shown(form.id) is None
    commands.publish(form, by=anna)
    db.session.flush()
    assert form.state is FormState.PUBLISHED
    assert queries.shown(form.id).face.version_id == form.current_version_id
