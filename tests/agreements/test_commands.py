"""Acts on documents: saving, approving, publishing editions that never change."""

import hashlib

import pytest
from sqlalchemy import select

from crm.accounts.models import User
from crm.agreements import commands, queries
from crm.agreements.models import AgreementVersion
from crm.audit.models import Action, AuditEntry
from crm.core import tenancy, transaction
from crm.core.db import db
from crm.webforms import commands as webforms
from crm.webforms import queries as forms
from crm.webforms.models import WebForm
from tests.builders import published_form
from tests.core.at_once import at_once


@pytest.fixture
def anna(acting, ours):
    return acting.get_one(User, ours.owner.id)


@pytest.fixture
def consent(acting):
    return queries.agreement("consent")


@pytest.fixture
def policy(acting):
    return queries.agreement(queries.POLICY)


def save(agreement, by, **changes):
    typed = {"draft": agreement.draft, "reviewed": True, "revision": agreement.revision}
    commands.save_draft(agreement, **{**typed, **changes}, by=by)
    db.session.flush()


def publish(agreement, by, source):
    save(agreement, by, draft=source)
    webforms.publish_document(agreement, by=by)
    db.session.flush()


def edition(ours):
    """The edition that the visitors of our form agree to."""
    return queries.latest_version(queries.agreement("consent"), ours.form_id)


def test_a_draft_is_saved_and_counts_up_its_revision(consent, anna):
    was = consent.revision
    save(consent, anna, draft="Новый текст", reviewed=False)
    assert (consent.draft, consent.is_sample, consent.revision) == ("Новый текст", True, was + 1)


def test_a_draft_that_somebody_else_saved_meanwhile_is_not_overwritten(consent, anna):
    opened = consent.revision
    save(consent, anna, draft="первый")
    with pytest.raises(commands.Overtaken):
        save(consent, anna, draft="второй", revision=opened)
    assert consent.draft == "первый"


def test_a_saved_draft_changes_nothing_that_visitors_see(consent, anna, ours):
    before = forms.shown(ours.form_id)
    save(consent, anna, draft="Совсем другой текст")
    db.session.flush()
    assert forms.shown(ours.form_id) == before


def test_publishing_makes_the_next_edition_with_everything_baked_in(consent, anna, ours):
    publish(consent, anna, "{{company}}, {{inn}}: {{fields}}. {{number}} / {{form}}")
    made = edition(ours)
    assert made.number == 2
    assert made.html == "<p>ООО «Ромашка», 7707083893: ФИО; Телефон; Эл. почта; Сообщение. 2 / Заявка с сайта</p>\n"
    assert (made.published_by, made.fields) == (anna.name, ["ФИО", "Телефон", "Эл. почта", "Сообщение"])


def test_the_fingerprint_of_an_edition_is_that_of_its_bytes(ours, acting):
    made = edition(ours)
    assert made.sha256 == hashlib.sha256(made.html.encode()).hexdigest()


def test_changed_requisites_leave_published_editions_as_they_are(owner, acting, ours):
    before = edition(ours).html
    owner.fill("/settings/company", address="Тверь")
    acting.rollback()
    assert edition(ours).html == before


def test_each_form_has_editions_of_its_own(consent, anna, acting, ours):
    other = published_form(by=anna, title="Вторая форма")
    publish(consent, anna, "{{form}}")
    assert [edition(ours).html, queries.latest_version(consent, other.id).html] == [
        "<p>Заявка с сайта</p>\n",
        "<p>Вторая форма</p>\n",
    ]


def test_the_policy_is_one_for_a_legal_entity_and_names_the_fields_of_all_its_forms(policy, anna, ours):
    published_form(by=anna, title="Вторая форма")
    publish(policy, anna, "{{fields}} {{policy_url}}")
    made = queries.current_policy(ours.entity_id)
    assert (made.rendered_for_id, made.number) == (ours.entity_id, 2)
    assert made.html == f"<p>ФИО; Телефон; Эл. почта; Сообщение http://localhost/policy/{ours.public_code}</p>\n"


@pytest.mark.parametrize(
    ("source", "name", "is_unknown"),
    [("{{compnay}}", "compnay", True), ("{{7*7}}", "7*7", True), ("{{purpose}}", "purpose", False)],
)
def test_a_document_with_a_fault_is_not_published(consent, anna, ours, source, name, is_unknown):
    consent.purpose.name = " " if name == "purpose" else consent.purpose.name
    with pytest.raises(commands.NotReady) as refusal:
        publish(consent, anna, source)
    assert [(fault.name, fault.is_unknown) for fault in refusal.value.faults] == [(name, is_unknown)]
    assert edition(ours).number == 1


def test_while_one_form_cannot_have_its_text_none_gets_one(consent, anna, acting, ours):
    before = acting.scalars(select(AgreementVersion.id)).all()
    with pytest.raises(commands.NotReady):
        publish(consent, anna, "{{unknown}}")
    assert acting.scalars(select(AgreementVersion.id)).all() == before


def test_publishing_is_an_audited_act_with_its_number(consent, anna, acting, ours):
    publish(consent, anna, "{{company}}")
    noted = acting.scalars(select(AuditEntry).filter_by(subject_id=edition(ours).id)).one()
    assert (noted.action, noted.actor_id, noted.details) == (Action.AGREEMENT_PUBLISHED, anna.id, {"number": 2})


def test_every_edition_has_an_address_that_cannot_be_guessed(acting):
    addresses = acting.scalars(select(AgreementVersion.address)).all()
    assert len(set(addresses)) == len(addresses)
    assert all(len(address) == 22 for address in addresses)


def test_a_form_published_again_keeps_the_edition_where_nothing_changed(anna, acting, ours):
    before = edition(ours)
    webforms.publish(acting.get_one(WebForm, ours.form_id), by=anna)
    assert edition(ours).id == before.id


def test_an_edition_numbered_by_a_clock_that_went_back_is_the_latest_all_the_same(clock, consent, anna, ours):
    clock.move(days=-400)
    publish(consent, anna, "{{company}}")
    assert edition(ours).number == 2
    assert [one.number for one in queries.editions(edition(ours))] == [2, 1]


def test_editions_published_at_the_same_moment_are_numbered_one_after_another(app, ours):
    """Each with a text of its own: an edition where nothing changed would be the one in force."""

    def publish_now():
        with app.test_request_context("/"):
            tenancy.enter(ours.id)
            with transaction.of_its_own():
                transaction.one_at_a_time()
                form, by = db.session.get_one(WebForm, ours.form_id), db.session.get_one(User, ours.owner.id)
                form.title += "!"
                webforms.publish(form, by=by)

    at_once([publish_now] * 5)
    with app.app_context():
        tenancy.enter(ours.id)
        numbers = db.session.scalars(select(AgreementVersion.number).filter_by(rendered_for_id=ours.form_id)).all()
        assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
