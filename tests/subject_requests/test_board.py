"""The list and the board: who is where, the most urgent first, what is searched for, one click to the next column."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.audit import queries as trail
from crm.audit.models import Action
from crm.core import transaction
from crm.core.clock import now
from crm.subject_requests import board
from crm.subject_requests.models import RequestKind, RequestState, SubjectRequest
from tests import inquiries
from tests.house.test_statements import statements


@pytest.fixture
def many(acting):
    """Makes requests of different people, committed."""

    def made(number, state=RequestState.NEW, *, apart=1, **values):
        with transaction.of_its_own():
            rows = []
            for n in range(number):
                who = {"full_name": f"Человек Номер{n}", "email": f"person{n}@example.org"} | values
                row = inquiries.inquiry(received_at=now() - timedelta(days=n * apart), **who)
                row.state, row.closed_at = state, now() if state is RequestState.CLOSED else None
                rows.append(row)
        return rows

    return made


@pytest.fixture
def request_now(acting):
    """The newest request as it stands after what a browser did."""

    def read():
        acting.rollback()
        acting.expire_all()
        return acting.scalars(select(SubjectRequest).order_by(SubjectRequest.number.desc())).first()

    return read


def numbers(text):
    """The requests of a page in their order."""
    return [int(found) for found in re.findall(r">№ (\d+): ", text)]


def column(answer, name):
    """A part of the board."""
    return answer.text.partition(f'id="column-{name}"')[2].partition("</section>")[0]


# the list


def test_without_requests_the_list_says_where_they_come_from(manager):
    page = manager.get("/requests/").text
    assert "Открытых обращений нет" in page
    assert 'href="/requests/new"' in page


def test_the_most_urgent_stands_on_top_with_who_and_how_long(manager, many):
    many(3)
    page = manager.get("/requests/").text
    assert numbers(page) == [3, 2, 1]
    for words in ("Человек Номер2", "рабочи", "Удалить данные", "Новое", "никто"):
        assert words in page


@pytest.mark.parametrize("states", [RequestState.NEW, RequestState.CLOSED])
def test_page_after_page_every_request_is_shown_once(manager, many, states):
    many(board.PAGE + 7, states, apart=0)  # all of one day
    url, seen = f"/requests/?state={states.value}", []
    while url:
        page = manager.get(url).text
        seen += numbers(page)
        found = re.search(r'href="([^"]*)" rel="next"', page)
        url = found[1].replace("&amp;", "&") if found else None
    assert sorted(seen) == list(range(1, board.PAGE + 8))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=closed", []),
        ("state=any", [1, 2]),
        ("kind=access", []),
        ("kind=erasure", [1, 2]),
        ("mine=y", []),
    ],
)
def test_the_list_is_narrowed(manager, many, query, found):
    many(2)
    assert sorted(numbers(manager.get(f"/requests/?{query}").text)) == found


def test_what_is_overdue_is_told_in_words(manager, many):
    with transaction.of_its_own():
        inquiries.inquiry(kind=RequestKind.ACCESS, received_at=now() - timedelta(days=60))
        inquiries.inquiry(kind=RequestKind.ACCESS)
    page = manager.get("/requests/?overdue=y").text
    assert numbers(page) == [1]
    assert "Просрочено на" in page


@pytest.mark.parametrize("query", ["номер1", "person1@example.org", "№ 2"])
def test_a_person_is_searched_for_and_the_address_names_nobody(manager, many, query):
    many(3)
    found = manager.fill("/requests/", q=query)
    assert query not in found.location
    assert numbers(manager.get(found.location).text) == [2]


def test_a_search_finds_what_is_closed_too(manager, many):
    many(1, RequestState.CLOSED)
    assert numbers(manager.get(manager.fill("/requests/", q="номер0").location).text) == [1]


def test_a_search_for_nobody_says_so(manager, many):
    many(1)
    assert "Ничего не нашлось" in manager.get(manager.fill("/requests/", q="Неттаких").location).text


@pytest.mark.parametrize("query", ["before=x", "before=" + "0" * 32 + "&due=x", "state=dance", "kind=%00"])
def test_an_address_that_makes_no_sense_is_answered_not_failed(manager, many, query):
    many(1)
    assert manager.get(f"/requests/?{query}").status_code in (200, 404, 422)


def test_looking_is_noted(manager, many, acting):
    many(1)
    manager.get("/requests/")
    acting.rollback()
    assert trail.trail(limit=1)[0].action is Action.REQUESTS_SEARCHED


def test_the_neighbours_requests_are_not_in_it(owner, house):
    for page in ("/requests/", "/requests/board", "/requests/?state=any"):
        assert numbers(owner.get(page).text) == []


# the board


def test_each_request_stands_in_its_column(manager, many):
    states = (
        RequestState.NEW,
        RequestState.IN_WORK,
        RequestState.ANSWERING,
        RequestState.ANSWERED,
        RequestState.CLOSED,
    )
    for state in states:
        many(1, state)
    answer = manager.get("/requests/board")
    shown = {name: numbers(column(answer, name)) for name in board.COLUMNS}
    assert shown == {"new": [1], "in_work": [2], "answering": [3, 4], "closed": [5]}


def test_what_is_no_request_and_what_was_closed_long_ago_is_not_on_it(manager, many, acting):
    many(1, RequestState.DISMISSED)
    with transaction.of_its_own():
        row = inquiries.inquiry()
        row.state, row.closed_at = RequestState.CLOSED, now() - timedelta(days=15)
    assert numbers(manager.get("/requests/board").text) == []


def test_a_long_column_ends_with_a_way_to_the_rest(manager, many):
    many(board.COLUMN + 1)
    new = column(manager.get("/requests/board"), "new")
    assert len(numbers(new)) == board.COLUMN
    assert 'href="/requests/?state=new"' in new


def test_my_board_shows_mine_alone(manager, many, acting, ours):
    first, _second = many(2)
    with transaction.of_its_own():
        first.responsible_id = ours.manager.id
    assert numbers(manager.get("/requests/board?mine=1").text) == [first.number]


def test_one_click_takes_a_new_request_into_work(manager, many, request_now, ours):
    many(1)
    answer = manager.fill("/requests/board", button="Верно, беру")
    assert answer.location.endswith("/requests/board")
    assert (request_now().state, request_now().responsible_id) == (RequestState.IN_WORK, ours.manager.id)


def test_somebody_elses_is_taken_over(owner, many, request_now, ours):
    many(1, RequestState.IN_WORK)
    owner.fill("/requests/board", button="Взять себе")
    assert request_now().responsible_id == ours.owner.id


def test_closing_with_something_left_leads_to_the_page_that_asks_why(manager, many, request_now):
    many(1, RequestState.ANSWERED)
    answer = manager.fill("/requests/board", button="Закрыть")
    assert answer.status_code == 422
    assert "Не всё сделано" in answer.text
    assert request_now().state is RequestState.ANSWERED


def test_two_who_take_one_request_at_once_are_told(manager, owner, many, ours):
    many(1)
    opened = owner.get("/requests/board")
    manager.fill("/requests/board", button="Верно, беру")
    late = owner.submit(opened, button="Верно, беру")
    assert f"изменил(а) {ours.manager.name}" in owner.get(late.location).text


def test_no_button_leads_out_of_the_house(manager, many, request_now):
    many(1)
    opened = manager.get("/requests/board").text.replace("/requests/board", "//evil.example/")
    token = re.search(r'name="csrf_token" value="([^"]*)"', opened)[1]
    data = {"csrf_token": token, "kind": "erasure", "revision": request_now().revision, "next": "//evil.example/"}
    answer = manager.post(f"/requests/{request_now().id}/kind", data=data)
    assert answer.location == f"/requests/{request_now().id}"


@pytest.mark.parametrize("page", ["/requests/", "/requests/board", "/requests/?state=any", "/requests/{id}"])
def test_a_page_asks_as_often_for_many_requests_as_for_few(manager, many, page, request_now, acting):
    many(3)
    url = page.format(id=request_now().id)
    few = statements(manager, url)
    many(18)
    with transaction.of_its_own():
        for _ in range(10):
            inquiries.commands.join(request_now(), inquiries.Words(text="Ещё одно письмо"))
    assert len(statements(manager, url)) == len(few)


def test_what_is_answered_in_time_and_not_closed_yet_is_not_late(manager, many):
    with transaction.of_its_own():
        row = inquiries.inquiry(kind=RequestKind.ACCESS, received_at=now() - timedelta(days=60))
        row.state = RequestState.ANSWERED
    assert numbers(manager.get("/requests/?overdue=y").text) == []
    page = manager.get("/requests/board").text
    assert "Сроки выполнены" in page
    assert "Просрочено" not in page
