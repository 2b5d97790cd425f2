"""Requests whose time runs out: the letters to the staff, and what the desk shows of them."""

from datetime import date, datetime, timedelta

import pytest

from crm.accounts.models import User
from crm.clients.models import Client
from crm.core import jobs, transaction
from crm.core.clock import MOSCOW
from crm.core.db import db
from crm.core.letters import Letter
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from crm.subject_requests import intake, reminders
from crm.subject_requests.calendar import Calendar
from crm.subject_requests.models import Outcome, RequestKind, RequestState
from crm.subject_requests.post import Why
from crm.subject_requests.reminders import Mark
from tests.builders import PASSWORD
from tests.inquiries import inquiry

TUESDAY = datetime(2026, 11, 24, 12, tzinfo=MOSCOW)
"""What asks for access then is due on Tuesday, 8 December."""
MARKS = [
    (date(2026, 11, 24), None),
    (date(2026, 11, 30), None),
    (date(2026, 12, 1), Mark.HALF),
    (date(2026, 12, 2), Mark.HALF),
    (date(2026, 12, 3), Mark.SOON),
    (date(2026, 12, 6), Mark.SOON),
    (date(2026, 12, 7), Mark.DAY),
    (date(2026, 12, 8), Mark.DAY),
    (date(2026, 12, 9), Mark.OVERDUE),
]


@pytest.fixture
def asked(acting, clock):
    """A request for access; the clock stands at its receipt."""
    clock.stop(TUESDAY)
    return inquiry(kind=RequestKind.ACCESS)


def committed():
    with transaction.of_its_own():
        pass


def letters():
    reminders.remind()
    db.session.flush()
    return [(one.to, one.key.split(":")[2]) for one in db.session.query(Letter).filter(Letter.key.like("reminder:%"))]


def on(clock, day):
    clock.stop(datetime(2026, 12, day, 9, tzinfo=MOSCOW))


@pytest.mark.parametrize(("day", "mark"), MARKS)
def test_it_reminds_at_half_of_the_time_three_days_and_a_day_before_and_when_it_is_late(day, mark):
    assert reminders.mark_of(TUESDAY.date(), date(2026, 12, 8), day, Calendar()) is mark


def test_each_letter_goes_once(asked, clock, ours):
    seen = []
    for day in (1, 1, 2, 3, 4, 7, 8, 9, 10, 30):
        on(clock, day)
        seen.append(len(letters()))
    assert seen == [1, 1, 1, 2, 2, 3, 3, 4, 4, 4]
    assert letters() == [(ours.owner.email, mark) for mark in ("half", "soon", "day", "overdue")]


def test_the_responsible_person_is_written_to(asked, clock, ours):
    asked.responsible = db.session.get_one(User, ours.manager.id)
    on(clock, 9)
    assert letters() == [(ours.manager.email, "overdue")]


def test_the_owners_are_written_to_when_the_responsible_person_works_here_no_more(asked, clock, ours):
    asked.responsible = db.session.get_one(User, ours.manager.id)
    asked.responsible.disabled_at = TUESDAY
    on(clock, 9)
    assert letters() == [(ours.owner.email, "overdue")]


def test_a_term_that_moved_is_reminded_of_anew(asked, clock):
    on(clock, 7)
    assert len(letters()) == 1
    asked.due_on += timedelta(days=7)
    on(clock, 14)
    assert [mark for _to, mark in letters()] == ["day", "day"]


def test_the_letter_says_number_kind_time_and_way_and_nothing_of_the_person(asked, clock, ours):
    on(clock, 3)
    letters()
    (letter,) = db.session.query(Letter)
    assert letter.subject == f"Обращение № {asked.number}: осталось 3 рабочих дня"
    for words in ("Какие данные обо мне есть", "08.12.2026", f"http://localhost/requests/{asked.id}"):
        assert words in letter.text
    assert not any(word in letter.subject + letter.text for word in ("Лугов", "lugov", "Удалите"))
    assert not any(word in letter.key for word in (str(asked.id), "lugov"))


@pytest.mark.parametrize("state", [RequestState.CLOSED, RequestState.DISMISSED, RequestState.ANSWERED])
def test_nobody_is_reminded_of_what_is_over(asked, clock, state):
    asked.state = state
    on(clock, 9)
    assert letters() == []
    assert reminders.overdue_count() == 0


def test_an_answer_that_promised_to_destroy_is_late_until_the_card_is_gone(acting, clock, ours):
    clock.stop(TUESDAY)
    client = db.session.get_one(Client, ours.client_id)
    late = inquiry(kind=RequestKind.ERASURE, client=client, is_certain=True)
    late.state, late.outcome = RequestState.ANSWERED, Outcome.FULFILLED
    clock.stop(datetime(2026, 12, 25, 9, tzinfo=MOSCOW))
    assert reminders.overdue_count() == 1
    erasure.erase(client.id, reason=Reason.DEMANDED, by=db.session.get_one(User, ours.owner.id))
    db.session.flush()
    assert reminders.overdue_count() == 0


def test_nothing_is_destroyed_after_a_refusal(acting, clock, ours):
    clock.stop(TUESDAY)
    late = inquiry(kind=RequestKind.ERASURE, client=db.session.get_one(Client, ours.client_id))
    late.state, late.outcome = RequestState.ANSWERED, Outcome.REFUSED
    clock.stop(datetime(2026, 12, 25, 9, tzinfo=MOSCOW))
    assert reminders.overdue_count() == 0


def test_more_requests_than_one_batch_are_reminded_of_by_the_next_job(app, asked, clock, monkeypatch):
    inquiry(kind=RequestKind.ACCESS, email="maria@example.org")
    monkeypatch.setattr(reminders, "BATCH", 1)
    on(clock, 9)
    assert len(letters()) == 1
    committed()
    jobs.work_off()
    assert len(letters()) == 2


def test_without_a_mail_server_the_letters_wait(asked, clock):
    on(clock, 9)
    letters()
    committed()
    jobs.work_off()
    assert {letter.attempts for letter in db.session.query(Letter).filter(Letter.key.like("reminder:%"))} == {0}


def desk(browser, person):
    browser.sign_in(person, password=PASSWORD)
    return browser.get("/").text


def test_the_desk_shows_what_is_late_with_words(asked, clock, manager, ours):
    on(clock, 9)
    committed()
    page = desk(manager, ours.manager)
    assert f'href="/requests/{asked.id}">Обращение № {asked.number}</a>' in page
    assert "Просрочено на 1 рабочий день" in page
    assert "Просрочено 1 обращение." in page
    assert '<span class="count">1<span class="sr"> просрочено</span></span>' in page


def test_the_desk_shows_what_is_due_within_three_working_days(asked, clock, manager, ours):
    committed()
    on(clock, 2)
    assert "Срочные обращения" not in desk(manager, ours.manager)
    on(clock, 3)
    assert "Осталось 3 рабочих дня" in desk(manager, ours.manager)


def test_the_desk_tells_of_letters_that_were_put_aside(acting, manager):
    intake.put_aside(b"x", why=Why.UNREADABLE)
    committed()
    assert "Отложено 1 письмо" in manager.get("/").text


def test_every_page_of_the_desk_leads_to_the_requests(manager):
    assert 'href="/requests/"' in manager.get("/clients/").text
