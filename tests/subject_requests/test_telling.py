"""Who must be told of what a request changed, and which request for access repeats an earlier one."""

from datetime import timedelta

import pytest

from crm.accounts import queries as accounts
from crm.clients.models import Client
from crm.core import transaction
from crm.core.clock import now
from crm.subject_requests import commands, queries, telling
from crm.subject_requests.models import RequestKind, RequestState, Step
from crm.subject_requests.samples import Matter
from tests.subject_requests.writing import asked, drafted

HOST = "ООО «Хостинг», Псков"


@pytest.fixture
def processor(acting, ours):
    with transaction.of_its_own():
        accounts.main_entity().processor = HOST


def erase(manager, ours, request):
    page = f"/clients/{ours.client_id}/erase?request={request.id}"
    return manager.fill(page, reason="demanded", confirmation="УНИЧТОЖИТЬ")


def test_the_page_lists_whom_to_tell(processor, manager, acting, ours):
    with transaction.of_its_own():
        request = asked(ours, kind=RequestKind.CORRECTION)
        for step in (Step.CARDS, Step.IDENTITY, Step.CORRECT):
            commands.mark(request, step, by=None)
    assert HOST in manager.get(f"/requests/{request.id}").text


def test_whom_to_tell_is_known_though_the_card_was_destroyed(processor, manager, acting, ours):
    with transaction.of_its_own():
        request = asked(ours, kind=RequestKind.ERASURE)
    assert erase(manager, ours, request).status_code == 303
    acting.rollback()
    assert acting.get(Client, ours.client_id) is None
    assert telling.recipients_of(queries.request(request.id)) == [HOST]
    assert HOST in manager.get(f"/requests/{request.id}").text


@pytest.mark.parametrize("matter", [Matter.CORRECTED, Matter.ERASED, Matter.WITHDRAWN])
def test_the_answer_names_those_who_were_told(processor, acting, ours, matter):
    request = asked(ours, kind=RequestKind.CORRECTION)
    assert HOST not in drafted(ours, request, matter=matter).text
    commands.mark(request, Step.TELL_RECIPIENTS, by=None)
    assert HOST in drafted(ours, request, matter=matter).text


def test_an_answer_about_data_names_each_recipient_once(processor, acting, ours):
    assert drafted(ours, asked(ours), matter=Matter.ACCESS).text.count(HOST) == 1


# asked again


@pytest.fixture
def earlier(acting, ours):
    """Makes a request for access that was answered, so many days ago."""

    def made(days, *, kind=RequestKind.ACCESS, state=RequestState.CLOSED, **more):
        request = asked(ours, kind=kind, received_at=now() - timedelta(days=days), **more)
        request.state = state
        acting.flush()
        return request

    return made


@pytest.mark.parametrize(("days", "repeats"), [(1, True), (29, True), (30, False)])
def test_the_same_asked_again_within_thirty_days_is_told(earlier, ours, days, repeats):
    first = earlier(days)
    assert telling.repeated_by(asked(ours)) is (first if repeats else None)


def test_it_is_known_again_by_the_mailbox_or_by_the_card(earlier, ours):
    first = earlier(3, email="other@example.org")
    assert telling.repeated_by(asked(ours)) is first
    assert telling.repeated_by(asked(ours, card=False, email="other@example.org")) is first
    assert telling.repeated_by(asked(ours, card=False, email="third@example.org")) is None


@pytest.mark.parametrize("more", [{"kind": RequestKind.ERASURE}, {"state": RequestState.DISMISSED}])
def test_another_demand_or_none_is_no_repetition(earlier, ours, more):
    earlier(3, **more)
    assert telling.repeated_by(asked(ours)) is None


def test_the_page_tells_the_staff_and_leads_to_the_first(earlier, manager, ours):
    with transaction.of_its_own():
        first, request = earlier(3), asked(ours)
    page = manager.get(f"/requests/{request.id}").text
    assert "Повторный запрос" in page
    assert f'href="/requests/{first.id}"' in page
