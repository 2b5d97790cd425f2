"""The page of one request where the data stays: another ground holds it, or the card waits to be unblocked."""

from crm.accounts.models import User
from crm.clients import commands as clients
from crm.core.clock import now
from crm.core.db import db
from crm.subject_requests import commands
from crm.subject_requests.models import RequestKind, RequestState, Step
from tests.browsing import page as taken_apart
from tests.consents import willing
from tests.subject_requests.hands import peter
from tests.subject_requests.test_request_page import buttons


def test_a_closed_request_says_that_the_card_is_still_blocked(manager, asked, acting, ours):
    def blocked(request):
        commands.tie(request, peter(ours), is_confirmed=True)
        clients.block(peter(ours), now(), by=db.session.get_one(User, ours.owner.id))

    url = asked(RequestState.CLOSED, after=blocked)
    page = manager.get(url)
    assert "Карточка всё ещё заблокирована" in page.text
    manager.submit(page, button="Снять блокировку")
    acting.rollback()
    assert peter(ours).blocked_at is None
    assert "Ничего делать не нужно" in manager.get(url).text


def test_a_browser_wants_no_box_of_a_group_by_itself(manager, asked, ours):
    def ready(request):
        commands.tie(request, peter(ours), is_confirmed=True)

    answer = manager.get(asked(RequestState.IN_WORK, kind=RequestKind.STOP_MARKETING, after=ready))
    ticks = [one for one in taken_apart(answer, manager.application).all("input") if one["name"] == "purposes"]
    assert ticks
    assert not [one for one in ticks if "required" in one.attributes]


def test_while_a_contract_holds_the_data_the_button_destroys_nothing(manager, asked, ours):
    def ready(request):
        client = peter(ours)
        commands.tie(request, client, is_confirmed=True)
        willing.ground(client, db.session.get_one(User, ours.owner.id))
        for step in (Step.BLOCK, Step.STOP_MARKETING, Step.WITHDRAW):
            commands.mark(request, step, by=None)

    answer = manager.get(asked(RequestState.IN_WORK, kind=RequestKind.WITHDRAWAL, after=ready))
    assert buttons(answer, manager.application) == ["Уничтожать не нужно"]
