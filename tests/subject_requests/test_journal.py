"""The journal of requests: what its lines say, how it is narrowed and paged."""

import pytest
from sqlalchemy import select

from crm.accounts.models import User
from crm.audit.models import Action, AuditEntry
from crm.clients.models import Client
from crm.core import transaction
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from crm.subject_requests import keeping, register
from crm.subject_requests.models import Outcome, RequestKind, RequestState, Way
from tests import inquiries
from tests.house.test_statements import statements
from tests.subject_requests.journalling import JOURNAL, TUESDAY, december, november


def line_of(acting, number):
    acting.rollback()
    return next(line for line in register.page(register.Filter()) if line.request.number == number)


def numbers(browser, **asked_on):
    """The numbers on the page, top to bottom."""
    shown = browser.get(JOURNAL, query_string=asked_on).text
    return [int(piece.split("<")[0]) for piece in shown.split(">№ ")[1:]]


# what a line says


def test_an_answer_within_the_term_is_in_time(asked_on, acting):
    line = line_of(acting, asked_on(3, answered=november(10)))
    assert (line.days, line.late, line.is_late, line.is_judged) == (4, 0, False, True)  # 4.11 is a holiday


def test_an_answer_after_the_term_is_late_by_working_days(asked_on, acting):
    line = line_of(acting, asked_on(3, answered=november(20)))
    assert (str(line.due_on), line.days, line.late, line.is_late) == ("2026-11-18", 12, 2, True)


def test_the_last_hour_of_the_last_day_in_moscow_is_in_time(asked_on, acting):
    assert not line_of(acting, asked_on(3, answered=november(18, hour=20))).is_late
    assert line_of(acting, asked_on(3, answered=november(18, hour=21))).is_late


def test_an_extension_gives_five_working_days(asked_on, acting):
    line = line_of(acting, asked_on(3, answered=november(25), extended_at=november(10)))
    assert (str(line.due_on), line.is_late) == ("2026-11-25", False)


def test_erasure_has_its_thirty_days(asked_on, acting):
    line = line_of(acting, asked_on(3, answered=december(3), kind=RequestKind.ERASURE))
    assert (str(line.due_on), line.is_late) == ("2026-12-03", False)


def test_to_refuse_there_are_ten_working_days_whatever_was_asked(asked_on, acting):
    line = line_of(acting, asked_on(3, answered=december(3), kind=RequestKind.ERASURE, outcome=Outcome.REFUSED))
    assert (str(line.due_on), line.is_late) == ("2026-11-18", True)


def test_an_open_request_is_judged_once_it_is_overdue(asked_on, acting):
    assert not line_of(acting, asked_on(20)).is_judged
    late = line_of(acting, asked_on(3))
    assert (late.is_judged, late.is_late, late.late, late.days) == (True, True, 4, None)


def test_what_was_no_request_is_not_judged(asked_on, acting):
    line = line_of(acting, asked_on(3, state=RequestState.DISMISSED, closed_at=november(23)))
    assert not line.is_judged


# the page


def test_the_journal_shows_a_line_for_each_request(asked_on, owner):
    asked_on(3, answered=november(20), full_name="Зоя Журнальная", way=Way.PAPER, outcome=Outcome.REFUSED)
    shown = owner.get(JOURNAL).text
    for words in ("№ 1", "03.11.2026 12:00", "Зоя Журнальная", "бумажное письмо", "Отказано", "позже на 2 раб. дн."):
        assert words in shown


def test_an_empty_journal_says_so(clock, owner):
    assert "Обращений пока нет" in owner.get(JOURNAL).text


def test_the_latest_stand_first(asked_on, owner):
    assert numbers(owner) == []
    asked_on(3), asked_on(4), asked_on(5)
    assert numbers(owner) == [3, 2, 1]


FILTERS = [
    ({"kind": "erasure"}, [2]),
    ({"way": "phone"}, [3]),
    ({"state": "closed"}, [1]),
    ({"outcome": "fulfilled"}, [1]),
    ({"since": "2026-11-05"}, [3, 2]),
    ({"until": "2026-11-05"}, [2, 1]),
    ({"since": "2026-11-05", "until": "2026-11-05"}, [2]),
    ({"overdue": "y"}, [2]),
    ({"kind": "erasure", "way": "phone"}, []),
]


@pytest.mark.parametrize(("narrowed", "found"), FILTERS, ids=str)
def test_it_is_narrowed(asked_on, owner, narrowed, found):
    asked_on(3, answered=november(10))
    asked_on(4, kind=RequestKind.ERASURE, hour=21)  # midnight in Moscow: the fifth
    asked_on(23, way=Way.PHONE)
    assert numbers(owner, **narrowed) == found


def test_it_is_narrowed_to_one_person_of_the_staff(asked_on, owner, house):
    asked_on(3)
    asked_on(4, responsible_id=house.ours.manager.id)
    assert numbers(owner, responsible=house.ours.manager.id.hex) == [2]
    assert owner.get(JOURNAL, query_string={"responsible": house.neighbour.owner.id.hex}).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [{"since": "31.31.2026"}, {"until": "0001-01-01"}, {"since": "2026-11-05", "until": "2026-11-04"}, {"kind": "x"}],
)
def test_a_wrong_filter_is_told_beside_its_field(asked_on, owner, wrong):
    asked_on(3)
    answer = owner.get(JOURNAL, query_string=wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("before", ["0", "-1", "99999999999"])
def test_no_request_has_such_a_number(owner, before):
    assert owner.get(JOURNAL, query_string={"before": before}).status_code == 404


def test_pages_follow_each_other_without_gap_or_repeat(asked_on, owner, monkeypatch):
    monkeypatch.setattr(register, "PAGE", 2)
    monkeypatch.setattr(register.page, "__kwdefaults__", {"before": None, "limit": 2})
    for day in (2, 3, 5, 6, 9):
        asked_on(day)
    assert numbers(owner) == [5, 4]
    assert "before=4" in owner.get(JOURNAL).text
    assert numbers(owner, before=4) == [3, 2]
    assert numbers(owner, before=2) == [1]


def test_it_asks_as_often_for_30_lines_as_for_3(asked_on, owner, house):
    for day in (3, 4, 5):
        asked_on(day)
    few = statements(owner, JOURNAL)
    for number in range(27):
        asked_on(6 + number % 10, answered=november(20) if number % 2 else None)
    many = statements(owner, JOURNAL)
    assert len(many) == len(few), "\n".join(many)


def test_reading_is_noted_without_a_name(asked_on, owner, acting):
    asked_on(3, full_name="Зоя Журнальная")
    owner.get(JOURNAL)
    acting.rollback()
    note = acting.scalar(select(AuditEntry).filter_by(action=Action.REGISTER_READ))
    assert note.details == {"shown": 1}


def test_the_neighbour_sees_nothing_of_ours(asked_on, neighbour):
    asked_on(3, full_name="Зоя Ромашкова")
    for page in (JOURNAL, f"{JOURNAL}/print", f"{JOURNAL}/export"):
        assert "Зоя" not in neighbour.get(page).text


def test_strangers_see_nothing(visitor):
    for page in (JOURNAL, f"{JOURNAL}/print", f"{JOURNAL}/export"):
        assert visitor.get(page).status_code == 303


# after the data has gone


@pytest.fixture
def purged(asked_on, acting, clock):
    number = asked_on(3, answered=november(10), full_name="Зоя Журнальная")
    clock.move(days=1100)
    keeping.destroy_what_is_over()
    acting.rollback()
    clock.stop(TUESDAY)  # or nobody would be signed in any more
    return number


def test_the_line_stays_when_the_data_has_gone(purged, owner):
    for page in (JOURNAL, f"{JOURNAL}/print", f"{JOURNAL}/export"):
        shown = owner.get(page).text
        assert "данные уничтожены по окончании срока" in shown
        assert "Зоя" not in shown
        assert "03.11.2026 12:00" in shown


def test_it_still_counts(purged, owner):
    shown = owner.get(JOURNAL, query_string={"figures-since": "2026-11-01", "figures-until": "2026-11-30"}).text
    assert "100 %" in shown


def test_the_act_of_a_destroyed_card_is_named(asked_on, owner, acting, house):
    client = acting.get_one(Client, house.ours.client_id)
    with transaction.of_its_own():
        inquiries.inquiry(client=client, is_certain=True)
        erasure.erase(client.id, reason=Reason.DEMANDED, by=acting.get_one(User, house.ours.owner.id))
    for page in (JOURNAL, f"{JOURNAL}/print"):
        assert "акт № 1" in owner.get(page).text


def test_the_list_leads_to_it(owner):
    assert f'href="{JOURNAL}"' in owner.get("/requests/").text
