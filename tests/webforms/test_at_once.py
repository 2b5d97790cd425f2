"""Many visitors at the same moment, through the whole application: everybody is counted exactly once."""

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEntry
from crm.consents.models import ConsentRecord
from crm.core import ledger, tenancy
from crm.core.db import db
from tests.browsing import browser
from tests.core.at_once import at_once
from tests.core.rows import everything, gained
from tests.webforms.sending import TYPED


def visitors(app, ours, contents):
    """One visitor for each content, who has filled in the page and is about to press Send."""

    def ready(content):
        who = browser(app)
        opened = who.get(f"/f/{ours.slug}")
        return lambda: who.submit(opened, consent=True, **content)

    return [ready(content) for content in contents]


def person(n):
    return {
        "full_name": f"Человек {n}",
        "email": f"person{n}@example.org",
        "phone": f"+7912000{n:04d}",
        "text_1": "Вопрос",
    }


def chains_are_whole(app, ours):
    with app.app_context():
        tenancy.enter(ours.id)
        return [ledger.first_broken(model) for model in (AuditEntry, ConsentRecord)] == [None, None]


def test_the_same_content_at_once_is_one_submission_with_one_receipt(app, ours):
    before = everything(app)
    answers = at_once(visitors(app, ours, [TYPED] * 8))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    counted = gained(app, before)
    assert [counted[table] for table in ("submission", "client", "consent_record", "subject_key")] == [1, 1, 1, 1]


def test_different_people_at_once_are_each_kept_with_a_receipt_of_their_own(app, ours):
    before = everything(app)
    answers = at_once(visitors(app, ours, [person(n) for n in range(16)]))
    assert len({answer.location for answer in answers}) == 16
    counted = gained(app, before)
    assert [counted[table] for table in ("submission", "client", "consent_record", "evidence")] == [16, 16, 16, 16]
    assert chains_are_whole(app, ours)


def test_one_person_with_different_questions_at_once_has_one_card(app, ours):
    before = everything(app)
    at_once(visitors(app, ours, [TYPED | {"text_1": f"Вопрос {n}"} for n in range(8)]))
    counted = gained(app, before)
    assert (counted["client"], counted["submission"], counted["consent_record"]) == (1, 8, 8)


def test_a_crowd_that_sends_everything_twice_is_counted_once(app, ours):
    before = everything(app)
    at_once(visitors(app, ours, [person(n // 2) for n in range(16)]))
    counted = gained(app, before)
    assert (counted["client"], counted["submission"]) == (8, 8)
    assert chains_are_whole(app, ours)


def test_receipts_are_all_different(app, ours):
    at_once(visitors(app, ours, [person(n) for n in range(12)]))
    with app.app_context():
        tenancy.enter(ours.id)
        receipts = db.session.scalars(select(ConsentRecord.receipt)).all()
    assert len(set(receipts)) == len(receipts) == 13


def test_visitors_of_two_operators_do_not_meet(app, house, ours):
    before = everything(app)
    at_once(
        visitors(app, ours, [person(n) for n in range(6)])
        + visitors(app, house.neighbour, [person(n) for n in range(6)])
    )
    assert gained(app, before)["client"] == 12
    assert chains_are_whole(app, ours)
    assert chains_are_whole(app, house.neighbour)


@pytest.mark.parametrize("text", ["Новый текст {{company}}"])
def test_while_a_text_is_published_everybody_agrees_to_a_text_they_saw(app, owner, ours, text):
    editor = owner.get("/settings/documents/consent")
    publish = lambda: owner.submit(editor, button="publish", draft=text, reviewed=True)  # noqa: E731 - one act among others
    answers = at_once([*visitors(app, ours, [person(n) for n in range(8)]), publish])[:-1]
    taken = [answer for answer in answers if answer.status_code == 303]
    assert all(answer.status_code in (303, 422) for answer in answers)
    with app.app_context():
        tenancy.enter(ours.id)
        agreed = db.session.scalars(select(ConsentRecord).order_by(ConsentRecord.sequence)).all()[1:]
        assert len(agreed) == len(taken)
        assert {record.agreement_version.number for record in agreed} <= {1}
