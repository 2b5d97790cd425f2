"""Who did and who read what: every act of a day of work leaves one entry, none leaves a value."""

import pytest
from sqlalchemy import select

from crm.audit import commands, labels, queries
from crm.audit.models import Action, ActorKind, AuditEntry
from crm.core import tenancy
from crm.core.db import db
from tests.accounts.newcomer import TYPED as NEWCOMER
from tests.builders import PASSWORD
from tests.webforms.sending import TRACES, send

MEANT = {"reason": "demanded", "confirmation": "УНИЧТОЖИТЬ"}
ACTS = {
    Action.SIGNED_IN: lambda owner, ours: (
        owner.fill("/", button="Выйти") and owner.sign_in(ours.owner, password=PASSWORD)
    ),
    Action.SIGNED_OUT: lambda owner, ours: owner.fill("/", button="Выйти"),
    Action.ORGANISATION_CHANGED: lambda owner, ours: owner.fill("/settings/company", address="Тверь"),
    Action.CONSENT_NOT_ASKED: lambda owner, ours: owner.fill("/settings/", consent_asked=False),
    Action.STAFF_INVITED: lambda owner, ours: owner.fill(
        "/settings/staff", name="Вера", position="Менеджер", email="vera@example.org"
    ),
    Action.STAFF_DISABLED: lambda owner, ours: owner.fill("/settings/staff", button="Закрыть доступ"),
    Action.AGREEMENT_SAVED: lambda owner, ours: owner.fill("/settings/documents/policy", button="save"),
    Action.AGREEMENT_PUBLISHED: lambda owner, ours: owner.fill(
        "/settings/documents/policy", button="publish", draft="{{company}}", reviewed=True
    ),
    Action.FORM_CREATED: lambda owner, ours: owner.fill("/forms/new", title="Новая"),
    Action.FORM_SAVED: lambda owner, ours: owner.fill(f"/forms/{ours.form_id}", button="save"),
    Action.FORM_PUBLISHED: lambda owner, ours: owner.fill(f"/forms/{ours.form_id}", button="publish"),
    Action.FORM_CLOSED: lambda owner, ours: owner.fill(f"/forms/{ours.form_id}", button="Закрыть форму"),
    Action.CONSENT_WITHDRAWN: lambda owner, ours: owner.fill(f"/clients/{ours.client_id}/withdraw", channel="email"),
    Action.CLIENT_READ: lambda owner, ours: owner.get(f"/clients/{ours.client_id}"),
    Action.CLIENTS_SEARCHED: lambda owner, ours: owner.get("/clients/?q=лугов"),
    Action.CLIENT_ERASED: lambda owner, ours: owner.fill(f"/clients/{ours.client_id}/erase", **MEANT),
    Action.ACT_READ: lambda owner, ours: owner.get(owner.fill(f"/clients/{ours.client_id}/erase", **MEANT).location),
}


def entries(app, operator, action):
    with app.app_context():
        tenancy.enter(operator.id)
        return db.session.scalars(select(AuditEntry).filter_by(action=action).order_by(AuditEntry.sequence)).all()


@pytest.mark.parametrize(("action", "act"), ACTS.items())
def test_every_act_of_staff_leaves_an_entry_with_who_and_when(app, owner, ours, clock, action, act):
    before = len(entries(app, ours, action))
    at = clock.stop()
    act(owner, ours)
    made = entries(app, ours, action)[before:]
    assert {(entry.actor_id, entry.actor_kind, entry.created_at) for entry in made} == {
        (ours.owner.id, ActorKind.STAFF, at)
    }
    assert len(made) == 1


def test_what_a_visitor_sends_is_an_act_of_a_visitor(app, visitor, ours):
    before = len(entries(app, ours, Action.SUBMISSION_RECEIVED))
    send(visitor, ours)
    (entry,) = entries(app, ours, Action.SUBMISSION_RECEIVED)[before:]
    assert (entry.actor_kind, entry.actor_id, entry.details) == (ActorKind.VISITOR, None, {"form": ours.form_id.hex})


@pytest.mark.parametrize("url", ["/clients/", "/clients/{client_id}"])
def test_every_reading_is_an_entry_of_its_own(app, manager, ours, url):
    action = Action.CLIENT_READ if "{" in url else Action.CLIENTS_SEARCHED
    for _ in range(3):
        manager.get(url.format(client_id=ours.client_id))
    assert len(entries(app, ours, action)) == 3


@pytest.mark.parametrize("url", ["/clients/00000000-0000-0000-0000-000000000000", "/clients/?standing=x", "/acts/x"])
def test_what_was_not_shown_was_not_read(app, manager, ours, url):
    manager.get(url)
    for action in (Action.CLIENT_READ, Action.CLIENTS_SEARCHED, Action.ACT_READ):
        assert entries(app, ours, action) == []


def test_no_value_of_a_person_stands_in_any_entry(app, visitor, owner, ours):
    send(visitor, ours)
    owner.get("/clients/?q=новикова")
    for action in (Action.CLIENT_READ, Action.CLIENTS_SEARCHED, Action.CONSENT_WITHDRAWN, Action.CLIENT_ERASED):
        ACTS[action](owner, ours)
    with app.app_context():
        tenancy.enter(ours.id)
        said = " ".join(str(details) for details in db.session.scalars(select(AuditEntry.details)))
    assert not [trace for trace in (*TRACES, "Лугов", "лугов", "новикова") if trace in said]


def test_an_operator_that_signs_up_begins_its_trail(app, visitor, ours):
    visitor.fill("/sign-up", **NEWCOMER)
    trail = visitor.get("/settings/trail").text
    assert "Компания зарегистрирована" in trail
    assert "Вход в систему" in trail


def test_every_act_has_words(app):
    assert set(labels.ACTIONS) == set(Action)
    assert set(labels.ACTORS) == set(ActorKind)


def test_an_act_of_nobody_is_a_visitors_unless_it_is_the_systems(acting):
    assert commands.note(Action.SIGNED_IN).actor_kind is ActorKind.VISITOR
    assert commands.note(Action.SIGNED_IN, kind=ActorKind.SYSTEM).actor_kind is ActorKind.SYSTEM


def test_the_trail_of_one_thing_holds_that_thing_only(acting, ours):
    noted = queries.trail_of(ours.client_id)
    assert {entry.subject_id for entry in noted} == {ours.client_id}
