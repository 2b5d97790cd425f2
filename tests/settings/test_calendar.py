"""The working days: a year at a glance, days that the operator says otherwise, years that nobody has set."""

from datetime import UTC, date, datetime

import pytest

from crm.core import jobs, tenancy, transaction
from crm.core.clock import MOSCOW
from crm.subject_requests import working_days
from crm.subject_requests.models import CalendarDay, RequestKind, SubjectRequest
from tests.builders import PASSWORD
from tests.core.posting import as_found
from tests.core.rows import everything, gained
from tests.inquiries import inquiry

PAGE = "/settings/calendar/"
BEFORE_NEW_YEAR = datetime(2026, 12, 22, 12, tzinfo=MOSCOW)
BAD = [("day", ""), ("day", "вчера"), ("day", "2026-02-30"), ("day", "1999-01-01"), ("day", "2999-01-01")]
BAD += [("is_working", None), ("is_working", "maybe")]


@pytest.fixture
def asked(app, house):
    """A request for access that came shortly before New Year."""
    with app.test_request_context():
        tenancy.enter(house.ours.id)
        with transaction.of_its_own():
            return inquiry(kind=RequestKind.ACCESS, received_at=BEFORE_NEW_YEAR).id


def due_on(acting, request_id):
    acting.rollback()
    return acting.get_one(SubjectRequest, request_id).due_on


def square(browser, day):
    page = browser.get(f"{PAGE}?year={day.year}").text
    return page.split(f'<time datetime="{day}">{day.day}</time>')[-2].rpartition('class="')[2].partition('"')[0]


@pytest.mark.parametrize("year", range(2025, 2030))
def test_every_year_can_be_looked_at_by_all_staff(manager, year):
    answer = manager.get(f"{PAGE}?year={year}")
    assert (answer.status_code, answer.text.count('<table class="month">')) == (200, 12)


@pytest.mark.parametrize("year", ["1", "3000", "x", "２０２７", "-2026"])
def test_a_year_that_is_none_shows_the_present_one(manager, clock, year):
    clock.stop(datetime(2026, 11, 24, tzinfo=UTC))
    assert "<title>Рабочие дни, 2026 год" in manager.get(PAGE, query_string={"year": year}).text


def test_days_off_are_marked_by_more_than_colour(manager):
    assert square(manager, date(2026, 11, 4)) == "off"
    assert '4</time><span class="sr"> выходной</span>' in manager.get(f"{PAGE}?year=2026").text
    assert square(manager, date(2026, 12, 31)) == "work unsure"


def test_a_day_is_made_a_day_off_and_open_requests_follow(owner, acting, asked):
    assert due_on(acting, asked) == date(2027, 1, 13)
    owner.fill(PAGE, button="Сохранить", day="2026-12-31", is_working="no")
    assert due_on(acting, asked) == date(2027, 1, 14)
    assert square(owner, date(2026, 12, 31)) == "off told"


def test_a_change_is_taken_back(owner, acting, asked):
    owner.fill(PAGE, button="Сохранить", day="2026-12-31", is_working="no")
    owner.fill(f"{PAGE}?year=2026", button="Убрать")
    assert due_on(acting, asked) == date(2027, 1, 13)
    assert "Пока ничего." in owner.get(f"{PAGE}?year=2026").text


def test_a_day_may_be_changed_twice(owner, acting):
    for is_working in ("no", "yes", "no"):
        owner.fill(PAGE, button="Сохранить", day="2026-12-30", is_working=is_working)
    assert [(one.day, one.is_working) for one in acting.query(CalendarDay)] == [(date(2026, 12, 30), False)]


def test_an_unsure_day_is_confirmed_by_one_button(owner, acting, asked):
    owner.fill(f"{PAGE}?year=2026", button="Подтвердить")
    assert due_on(acting, asked) == date(2027, 1, 14)
    assert "Ждут подтверждения" not in owner.get(f"{PAGE}?year=2026").text


def test_all_unsure_days_of_a_year_are_confirmed_by_one_button(owner, acting):
    owner.fill(f"{PAGE}?year=2027", button="Подтвердить все дни 2027 года")
    said = {one.day: one.is_working for one in acting.query(CalendarDay)}
    assert said.pop(date(2027, 2, 20)) is True
    assert said == dict.fromkeys([date(2027, 2, 22), date(2027, 11, 5), date(2027, 12, 31)], False)


def test_a_broken_day_confirms_nothing(app, owner):
    page, before = owner.get(f"{PAGE}?year=2027"), everything(app)
    sent = as_found(page, "day") | {"day": "x", "year": "2027"}
    assert owner.post(f"{PAGE}confirm", data=sent).status_code == 422
    assert owner.post(f"{PAGE}back", data=sent).status_code == 422
    assert gained(app, before) == {}


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_wrong_value_is_told_beside_its_field_and_nothing_is_kept(app, owner, field, value):
    page, before = owner.get(PAGE), everything(app)
    sent = {**as_found(page, "is_working"), "day": "2026-12-31", "is_working": "no", field: value}
    answer = owner.post(PAGE, data={name: typed for name, typed in sent.items() if typed is not None})
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert f'id="{field}-errors"' in answer.text


def test_a_year_without_a_decree_is_told_and_can_be_marked_as_checked(owner, ours, clock):
    clock.stop(datetime(2027, 10, 1, tzinfo=UTC))
    owner.sign_in(ours.owner, password=PASSWORD)
    assert "Календарь на 2028 год не утверждён" in owner.get(PAGE).text
    owner.fill(f"{PAGE}?year=2028", button="Календарь на 2028 год проверен")
    assert "Календарь на 2028 год не утверждён" not in owner.get(PAGE).text
    owner.fill(f"{PAGE}?year=2028", button="Снять отметку")
    assert "Календарь на 2028 год не утверждён" in owner.get(PAGE).text


def test_before_october_nobody_can_set_the_next_year(manager, ours, clock):
    clock.stop(datetime(2027, 9, 30, 12, tzinfo=UTC))
    manager.sign_in(ours.manager, password=PASSWORD)
    assert "не утверждён" not in manager.get(PAGE).text


def test_staff_see_the_year_and_only_the_owner_changes_it(manager):
    page = manager.get(f"{PAGE}?year=2027").text
    assert "Ждут подтверждения" in page
    assert "Подтвердить" not in page
    token = {"csrf_token": page.partition('name="csrf_token" value="')[2].partition('"')[0]}
    sent = token | {"day": "2027-02-20", "year": "2027", "is_working": "no", "is_checked": "yes"}
    answers = {manager.post(PAGE + what, data=sent).status_code for what in ("", "confirm", "back", "year")}
    assert answers == {403}


def test_the_neighbours_days_are_their_own(owner, neighbour, acting):
    owner.fill(PAGE, button="Сохранить", day="2026-12-31", is_working="no")
    assert square(neighbour, date(2026, 12, 31)) == "work unsure"


def test_more_requests_than_one_batch_are_counted_anew_by_a_job(app, owner, acting, asked, monkeypatch):
    with transaction.of_its_own():
        more = [inquiry(kind=RequestKind.ACCESS, received_at=BEFORE_NEW_YEAR).id for _ in range(2)]
    monkeypatch.setattr(working_days, "BATCH", 1)
    owner.fill(PAGE, button="Сохранить", day="2026-12-31", is_working="no")
    assert [due_on(acting, one) for one in more] == [date(2027, 1, 13)] * 2
    acting.rollback()
    jobs.work_off()
    assert [due_on(acting, one) for one in more] == [date(2027, 1, 14)] * 2


def test_the_change_stands_in_the_journal_of_acts(owner):
    owner.fill(PAGE, button="Сохранить", day="2026-12-31", is_working="no")
    assert "Рабочие дни изменены" in owner.get("/settings/trail").text


def test_the_settings_lead_to_it(manager):
    assert f'href="{PAGE}"' in manager.get("/settings/").text
