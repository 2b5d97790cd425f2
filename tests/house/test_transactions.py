"""A request is kept whole or not at all."""

import pytest
from flask import abort
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from crm.accounts import doors
from crm.accounts import queries as accounts
from crm.accounts.models import Place, PublicAddress
from crm.audit.models import Action, AuditEntry
from crm.core import tenancy, transaction
from crm.core.db import db, new_key
from crm.webforms.models import WebForm
from tests import builders

TRIAL = "Проба"


@pytest.fixture
def write_then(app, monkeypatch):
    """Let the public form write a row and then end as told."""

    def arrange(ending):
        def view(slug):
            accounts.enter_by_address(slug, Place.FORM)
            db.session.add(builders.blank_form(TRIAL))
            db.session.flush()
            return ending()

        for endpoint in ("public_forms.form", "public_forms.send"):
            monkeypatch.setitem(app.view_functions, endpoint, doors.public(view))

    return arrange


def is_kept(house):
    with house.app.app_context():
        tenancy.enter(house.ours.id)
        return bool(db.session.scalar(select(WebForm.id).filter_by(title=TRIAL)))


def stumble():
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("method", "ending", "kept"),
    [
        ("POST", lambda: "done", True),
        ("POST", lambda: ("there", 303, {"Location": "/"}), True),
        ("POST", lambda: ("try again", 422), False),
        ("POST", lambda: abort(409), False),
        ("POST", stumble, False),
        ("GET", lambda: "just looking", False),
        ("GET", lambda: ("there", 303, {"Location": "/"}), False),
        ("HEAD", lambda: "just looking", False),
        ("OPTIONS", lambda: "just asking", False),
    ],
)
def test_what_is_kept(house, visitor, write_then, method, ending, kept):
    write_then(ending)
    visitor.judges = False  # these answers are no pages
    visitor.open(f"/f/{house.ours.slug}", method=method)
    assert is_kept(house) == kept


@pytest.fixture
def broken_commit():
    """A disk that is full at the last moment."""

    def refuse(session):
        raise OSError("no space left")

    event.listen(Session, "before_commit", refuse)
    yield
    event.remove(Session, "before_commit", refuse)


def test_a_failed_commit_shows_an_error_page_and_keeps_nothing(house, visitor, monkeypatch, request):
    monkeypatch.setitem(house.app.config, "PROPAGATE_EXCEPTIONS", False)
    opened = visitor.get(f"/f/{house.ours.slug}")
    request.getfixturevalue("broken_commit")
    visitor.may_fail = True
    answer = visitor.submit(opened, full_name="Иван Потерянный", consent=True)
    assert answer.status_code == 500
    assert "Спасибо" not in answer.text


def test_a_row_that_the_database_refuses_at_the_commit_shows_an_error_page(house, visitor, write_then, monkeypatch):
    monkeypatch.setitem(house.app.config, "PROPAGATE_EXCEPTIONS", False)
    orphan = {"slug": "orphan", "organisation_id": new_key(), "place": Place.FORM, "target_id": new_key()}
    write_then(lambda: db.session.add(PublicAddress(**orphan)) or "thank you")
    visitor.may_fail = True
    assert visitor.post(f"/f/{house.ours.slug}").status_code >= 400
    assert not is_kept(house)


def test_what_reading_must_leave_behind_survives_a_get(house, owner, acting):
    owner.get(f"/clients/{house.ours.client_id}")
    notes = acting.scalars(select(AuditEntry.subject_id).filter_by(action=Action.CLIENT_READ)).all()
    assert notes == [house.ours.client_id]


def test_a_get_that_was_refused_leaves_no_note_of_reading(house, owner, acting):
    owner.get(f"/clients/{house.neighbour.client_id}")
    assert not acting.scalars(select(AuditEntry).filter_by(action=Action.CLIENT_READ)).all()


def test_what_waits_for_the_commit_happens_after_it_and_once(house, visitor, write_then):
    done = []
    write_then(lambda: transaction.after_commit(lambda: done.append(is_kept(house))) or "done")
    visitor.judges = False
    visitor.post(f"/f/{house.ours.slug}")
    visitor.get("/sign-in")
    assert done == [True]


def test_what_waits_for_the_commit_never_happens_without_it(house, visitor, write_then):
    done = []
    write_then(lambda: transaction.after_commit(lambda: done.append(True)) or ("no", 422))
    visitor.judges = False
    visitor.post(f"/f/{house.ours.slug}")
    visitor.get("/sign-in")
    assert done == []


def test_what_waits_for_a_commit_that_never_comes_is_forgotten(acting):
    done = []

    def ask_and_stumble():
        with transaction.of_its_own():
            transaction.after_commit(lambda: done.append(True))
            stumble()

    with pytest.raises(ZeroDivisionError):
        ask_and_stumble()
    with transaction.of_its_own():
        pass
    assert done == []


def test_a_transaction_of_its_own_is_kept_whole_or_not_at_all(house, acting):
    def write_and_stumble():
        with transaction.of_its_own():
            acting.add(builders.blank_form(TRIAL))
            acting.flush()
            stumble()

    with pytest.raises(ZeroDivisionError):
        write_and_stumble()
    assert not is_kept(house)
