"""A card whose data may only be kept while a request is checked: what sets it, what ends it, what the card says."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.accounts.models import User
from crm.audit.models import Action, ActorKind, AuditEntry
from crm.clients import commands
from crm.clients.models import Client
from crm.consents import commands as consents
from crm.core import transaction
from crm.core.clock import now
from crm.core.db import db
from crm.subject_requests.models import RequestKind
from tests.builders import submission
from tests.consents.desk import footing, urgent
from tests.consents.willing import BY_EMAIL, MARIA, ground
from tests.inquiries import inquiry


@pytest.fixture
def anna(acting, ours):
    return acting.get_one(User, ours.owner.id)


@pytest.fixture
def maria(acting, ours):
    with transaction.of_its_own():
        return submission(ours.form_id, **MARIA).client


def noted(acting, *actions):
    return [
        (one.action, one.actor_kind, one.actor_id)
        for one in acting.scalars(select(AuditEntry).order_by(AuditEntry.id))
        if one.action in actions
    ]


def test_the_first_moment_stays_and_is_noted_once(acting, maria, clock):
    first = clock.stop()
    commands.block(maria, first)
    commands.block(maria, clock.move(hours=3))
    acting.flush()
    assert (maria.blocked_at, maria.is_restricted) == (first, True)
    assert noted(acting, Action.CLIENT_BLOCKED) == [(Action.CLIENT_BLOCKED, ActorKind.SYSTEM, None)]


def test_who_ends_it_is_noted(acting, maria, anna):
    commands.block(maria, now(), by=anna)
    commands.unblock(maria, by=anna)
    commands.unblock(maria, by=anna)
    acting.flush()
    assert not maria.is_restricted
    assert noted(acting, Action.CLIENT_UNBLOCKED) == [(Action.CLIENT_UNBLOCKED, ActorKind.STAFF, anna.id)]


def test_a_restriction_for_want_of_a_ground_stays_when_the_block_ends(acting, maria, anna):
    commands.block(maria, now())
    consents.withdraw(maria.id, seen=BY_EMAIL, by=anna)
    commands.unblock(maria, by=anna)
    assert maria.is_restricted
    assert maria.restricted_at


@pytest.mark.parametrize("how", ["form", "ground", "withdrawal", "settling"])
def test_nothing_but_unblocking_ends_it(acting, ours, maria, anna, how):
    commands.block(maria, now())
    match how:
        case "form":
            assert submission(ours.form_id, **MARIA, text_1="ещё").client is maria
        case "ground":
            ground(maria, anna)
        case "withdrawal":
            consents.withdraw(maria.id, seen=BY_EMAIL, by=anna)
            submission(ours.form_id, **MARIA, text_1="снова")
        case "settling":
            consents.settle(maria, is_over=True)
    db.session.flush()
    assert maria.blocked_at


@pytest.fixture
def asked(acting, maria):
    """A request that blocked her card at once."""
    with transaction.of_its_own():
        return inquiry(kind=RequestKind.ERASURE, client=maria, is_certain=True)


def test_the_card_says_since_when_why_and_that_data_is_only_kept(manager, maria, asked):
    said = urgent(manager, maria.id)
    assert "Карточка заблокирована: данные можно только хранить" in said
    assert f"обращение № {asked.number} (Удалить данные)" in said.replace(" )", ")")
    assert "система, сразу при поступлении обращения" in said
    assert "часть 1 статьи 21" in said
    assert "Рекламу не присылать" in said
    assert f'href="/requests/{asked.id}"' in manager.get(f"/clients/{maria.id}").text


def test_the_card_names_who_of_the_staff_blocked_it(manager, maria, anna):
    with transaction.of_its_own():
        commands.block(maria, now() - timedelta(hours=1), by=anna)
    assert "Заблокировал(а): Анна Ромашкина" in urgent(manager, maria.id)
    assert "Открытых обращений об этой карточке нет" in urgent(manager, maria.id)


def test_a_card_that_nobody_blocked_says_nothing_of_it(manager, maria):
    page = manager.get(f"/clients/{maria.id}").text
    assert "аблокирова" not in page
    assert "Рекламу не присылать" not in page


@pytest.mark.parametrize("page", ["consents", "grounds"])
def test_who_writes_down_a_consent_or_a_ground_is_told_that_it_ends_no_block(manager, maria, asked, page):
    assert "блокировка от этого не снимется" in manager.get(f"/clients/{maria.id}/{page}").text
    assert "блокировка" not in manager.get("/clients/" + str(client_of(manager, "лугов")) + f"/{page}").text


def client_of(who, query):
    return who.get("/clients/", query_string={"q": query}).text.partition('href="/clients/')[2].partition('"')[0][-36:]


def test_the_requests_about_a_client_stand_on_the_card(manager, maria, asked):
    page = manager.get(f"/clients/{maria.id}").text.partition("<h2>Обращения</h2>")[2].partition("</section>")[0]
    assert f"№ {asked.number}: Удалить данные" in page


def test_a_blocked_person_who_sends_a_form_is_heard_and_stays_blocked(visitor, manager, ours, maria, asked, acting):
    answer = visitor.fill(f"/f/{ours.slug}", **MARIA | {"text_1": "Где мои данные?"}, consent=True)
    assert answer.status_code == 303
    assert "Где мои данные?" in manager.get(f"/clients/{maria.id}").text
    acting.rollback()
    assert acting.get_one(Client, maria.id).blocked_at
    assert "Заблокирована" in manager.get("/").text.partition("Новые заявки")[2].partition("</li>")[0]
    assert "Согласие дано" in footing(manager, maria.id)
