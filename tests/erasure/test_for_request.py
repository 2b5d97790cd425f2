"""Destruction for a request: the page names it, the act becomes its proof, and one comes back to it."""

import re

import pytest
from sqlalchemy import select

from crm.accounts.models import User
from crm.clients.models import Client
from crm.core import transaction
from crm.core.db import db
from crm.subject_requests import queries as journal
from crm.subject_requests.models import Applicant, RequestCard, RequestKind, RequestState, Step
from tests.builders import submission
from tests.consents import willing
from tests.consents.desk import words
from tests.consents.willing import MARIA
from tests.inquiries import inquiry


@pytest.fixture
def maria(acting, ours):
    with transaction.of_its_own():
        return submission(ours.form_id, **MARIA).client


@pytest.fixture
def asked(maria):
    """Makes requests of hers."""

    def make(kind=RequestKind.ERASURE):
        with transaction.of_its_own():
            return inquiry(kind=kind, client=maria, is_certain=True)

    return make


def erase(who, client, request, **typed):
    return who.fill(f"/clients/{client.id}/erase?request={request.id}", **{"confirmation": "УНИЧТОЖИТЬ"} | typed)


REASONS = [
    ("erasure", "demanded"),
    ("withdrawal", "withdrawn"),
    ("stop_processing", "demanded"),
    ("unlawful", "unlawful"),
]


@pytest.mark.parametrize(("kind", "reason"), REASONS)
def test_the_kind_of_request_says_why(manager, maria, asked, kind, reason):
    page = manager.get(f"/clients/{maria.id}/erase?request={asked(RequestKind(kind)).id}").text
    assert re.findall(r'<input checked [^>]*name="reason"[^>]*value="(\w+)"', page) == [reason]


def test_for_another_kind_staff_choose(manager, maria, asked):
    assert "checked" not in manager.get(f"/clients/{maria.id}/erase?request={asked(RequestKind.OTHER).id}").text


def test_the_page_says_that_requests_stay_until_their_own_term(manager, maria, asked):
    first, _second = asked(), asked(RequestKind.ACCESS)
    page = words(manager.get(f"/clients/{maria.id}/erase?request={first.id}").text)
    assert "2 обращени" in page
    assert "уничтожаются через 1095 дн. после закрытия" in page
    assert f"По обращению № {first.number}" in page


def test_the_page_warns_of_a_contract_that_still_needs_the_data(manager, maria, ours):
    assert "держит другое основание" not in manager.get(f"/clients/{maria.id}/erase").text
    with transaction.of_its_own():
        willing.ground(maria, db.session.get_one(User, ours.owner.id))
    page = words(manager.get(f"/clients/{maria.id}/erase").text)
    assert "Данные держит другое основание" in page
    assert "данные ещё нужны: договор." in page


def test_without_requests_nothing_is_said_of_them(manager, maria):
    assert "с перепиской" not in manager.get(f"/clients/{maria.id}/erase").text


def test_one_comes_back_to_the_request_with_the_act(manager, acting, maria, asked):
    request = asked()
    answer = erase(manager, maria, request)
    assert (answer.status_code, answer.location) == (303, f"/requests/{request.id}")
    acting.rollback()
    card = acting.scalars(select(RequestCard).filter_by(request_id=request.id)).one()
    assert card.act_id
    assert acting.get(Client, card.client_id) is None
    assert Step.ERASE in journal.done(journal.request(request.id))
    assert acting.scalar(select(Applicant).filter_by(request_id=request.id)).full_name


def test_a_mistake_keeps_the_request(manager, maria, asked):
    request = asked()
    wrong = erase(manager, maria, request, reason="withdrawn", confirmation="да")
    assert wrong.status_code == 422
    assert manager.submit(wrong, confirmation="УНИЧТОЖИТЬ").location == f"/requests/{request.id}"


@pytest.mark.parametrize("which", ["nonsense", "another's", "closed"])
def test_a_request_that_is_not_an_open_one_about_this_card_is_left_alone(manager, acting, ours, maria, asked, which):
    with transaction.of_its_own():
        other = inquiry(client=acting.get_one(Client, ours.client_id), is_certain=True)
        closed = inquiry(client=maria)
        closed.state = RequestState.CLOSED
    word = {"nonsense": "x", "another's": other.id, "closed": closed.id}[which]
    page = manager.get(f"/clients/{maria.id}/erase?request={word}")
    assert "По обращению" not in page.text
    answer = manager.submit(page, reason="demanded", confirmation="УНИЧТОЖИТЬ")
    assert answer.location.startswith("/acts/")


def test_what_the_act_lists_has_no_empty_lines(manager, maria, asked):
    erase(manager, maria, asked())
    (act,) = re.findall(r'href="(/acts/[0-9a-f-]{36})"', manager.get("/acts/").text)
    said = words(manager.get(act).text)
    assert "карточка клиента: 1" in said
    assert ": 0" not in said.partition("Уничтожено записей")[2].partition("Карточка")[0]
