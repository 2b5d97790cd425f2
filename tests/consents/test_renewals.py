"""Asking people again: who gets a letter, what lapses, and a job that may be killed at any moment."""

import pytest
from sqlalchemy import event, select

from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.clients.models import Client
from crm.consents import commands, policy, queries, terms
from crm.consents.models import ConsentState, Renewal
from crm.core import clock as house_clock
from crm.core import jobs, transaction
from crm.core.db import db
from crm.core.letters import Letter
from tests.consents.willing import (
    BY_EMAIL,
    ENQUIRY,
    REGISTRATION,
    day,
    footing,
    give,
    letters_to,
    link_to,
    new_edition,
    press,
    purpose,
    send,
    told,
)


@pytest.fixture
def old(form, acting, clock):
    """Makes people who agreed to the first edition of the enquiry's text; their cards."""
    clock.stop()

    def agree(*names, **values):
        with transaction.of_its_own():
            keys = [send(form, ENQUIRY, full_name=n, **{"email": f"{n}@example.org"} | values).client_id for n in names]
        return [acting.get_one(Client, key) for key in keys]

    return agree


def ask(by, *, lapses=None, work=True):
    """A new edition is in force, and everybody is asked about it."""
    with transaction.of_its_own():
        new_edition(ENQUIRY, by=by)
        lapses_on = None if lapses is None else day(lapses)
        renewal_id = terms.ask_again(agreements.agreement("consent"), lapses_on=lapses_on, by=by).id
    if work:
        jobs.work_off()
    return db.session.get_one(Renewal, renewal_id)


def figures(renewal):
    return renewal.letters, renewal.unreachable, renewal.done_at is not None


def asked(*clients):
    return [len(letters_to(client, "renew")) for client in clients]


def ends_on(client):
    expires_at = queries.currents_of(client)[purpose(ENQUIRY).id].expires_at
    return (expires_at.astimezone(policy.MOSCOW).date() - house_clock.today()).days


def test_everybody_who_agreed_to_an_older_text_gets_one_letter(old, anna):
    clients = old("a", "b")
    renewal = ask(anna)
    assert asked(*clients) == [1, 1]
    assert figures(renewal) == (3, 0, True)  # and the client of the house


def test_who_agreed_to_the_present_text_is_not_asked(old, anna):
    with transaction.of_its_own():
        new_edition(ENQUIRY, by=anna, words="Раньше.")
    (late,) = old("late")
    with transaction.of_its_own():
        terms.ask_again(agreements.agreement("consent"), lapses_on=None, by=anna)
    jobs.work_off()
    assert asked(late) == [0]


def test_who_never_agreed_or_agreed_to_something_else_is_not_asked(form, acting, anna):
    with transaction.of_its_own():
        client = send(form, ENQUIRY, REGISTRATION).client
        commands.withdraw(client.id, seen=BY_EMAIL, purpose_ids=[purpose(ENQUIRY).id], by=anna)
        key = client.id
    renewal = ask(anna)
    assert asked(acting.get_one(Client, key)) == [0]
    assert figures(renewal) == (1, 0, True)


def test_who_left_no_mailbox_or_must_not_be_written_to_is_counted_as_unreachable(old, form, anna):
    (nameless,) = old("a", email="", phone="+79035550123")
    again, restricted = old("b", "c")
    with transaction.of_its_own():
        for client in (again, restricted):
            commands.withdraw(client.id, seen=BY_EMAIL, by=anna)
        send(form, ENQUIRY, full_name="b", email="b@example.org", text_1="снова")
    renewal = ask(anna)
    assert asked(nameless, again, restricted) == [0, 0, 0]
    assert figures(renewal) == (1, 2, True)


def test_a_mailbox_that_no_letter_can_be_addressed_to_is_counted_too(old, anna):
    (client,) = old("a")
    with transaction.of_its_own():
        client.email = "a\n@example.org"  # as an old import may have left it
    assert figures(ask(anna)) == (1, 1, True)


def test_the_button_renews_consent_to_the_present_text(old, anna):
    (client,) = old("a")
    ask(anna)
    (record,) = press(link_to(client, "renew"))
    assert (record.state, record.agreement_version.number) == (ConsentState.RENEWED, 2)
    assert told(client)[ENQUIRY] == "renewed"


def test_without_a_day_the_old_consent_stays(old, anna, clock):
    (client,) = old("a")
    ask(anna)
    assert ends_on(client) == 365


def test_with_a_day_the_old_consent_of_everybody_lapses_after_it(old, anna, clock):
    reached, unreachable = old("a")[0], old("b", email="", phone="+79035550123")[0]
    ask(anna, lapses=20)
    assert (ends_on(reached), ends_on(unreachable)) == (21, 21)
    clock.move(days=22)
    with transaction.of_its_own():
        terms.end_what_is_over()
    for client in (reached, unreachable):
        assert footing(client) == ("expired", True, 29)


def test_who_renews_in_time_keeps_the_whole_term(old, anna, clock):
    (client,) = old("a")
    ask(anna, lapses=20)
    clock.move(days=10)
    press(link_to(client, "renew"))
    assert ends_on(client) == 365


def test_who_renews_after_the_day_agrees_again(old, anna, clock):
    (client,) = old("a")
    ask(anna, lapses=20)
    clock.move(days=30)
    with transaction.of_its_own():
        terms.end_what_is_over()
    press(link_to(client, "renew"))
    assert footing(client) == ("given", False, None)


def test_of_two_days_the_first_decides(old, anna):
    (client,) = old("a")
    ask(anna, lapses=20)
    ask(anna, lapses=60)
    assert ends_on(client) == 21
    assert asked(client) == [2]


def test_a_paper_with_the_old_text_found_later_lapses_on_the_same_day(old, anna):
    (client,) = old("a")
    ask(anna, lapses=20)
    old_text = agreements.versions(agreements.agreement("consent"))[-1]
    (record,) = give(client, anna, ENQUIRY)
    assert record.agreement_version_id != old_text.id
    assert ends_on(client) == 365
    seen = commands.Circumstances(commands.Channel.PAPER, given_on=house_clock.today())
    commands.give(client, [old_text], public_code="AAAAA", seen=seen, by=anna)
    assert ends_on(client) == 21


def test_whose_consent_was_withdrawn_between_asking_and_pressing_has_nothing_to_press(old, anna):
    (client,) = old("a")
    ask(anna)
    commands.withdraw(client.id, seen=BY_EMAIL, by=anna)
    assert asked(client) == [0]


def test_nobody_is_asked_for_a_purpose_that_is_no_longer_used(old, anna):
    (client,) = old("a")
    with transaction.of_its_own():
        new_edition(ENQUIRY, by=anna)
        documents.set_retired(purpose(ENQUIRY), retired=True, by=anna)
        renewal = terms.ask_again(agreements.agreement("consent"), lapses_on=day(20), by=anna)
    jobs.work_off()
    assert (asked(client), figures(renewal), ends_on(client)) == ([0], (0, 0, True), 365)


def test_who_is_found_on_an_old_paper_when_all_is_done_gets_no_letter(old, form, anna):
    old("a")
    renewal = ask(anna)
    (late,) = old("late", email="late@example.org")
    old_text = agreements.versions(agreements.agreement("consent"))[-1]
    with transaction.of_its_own():
        seen = commands.Circumstances(commands.Channel.PAPER, given_on=house_clock.today())
        commands.give(late, [old_text], public_code="AAAAA", seen=seen, by=anna)
        terms.write_renewals.later(renewal.id)
    jobs.work_off()
    assert asked(late) == [0]


# killed between, and inside, two batches


def test_it_is_done_in_batches(old, anna, monkeypatch):
    monkeypatch.setattr(terms, "BATCH", 2)
    clients = old(*"abcdefg")
    assert figures(ask(anna)) == (8, 0, True)
    assert asked(*clients) == [1] * 7


@pytest.mark.parametrize("fatal", [1, 3, 4, 6])
def test_a_job_that_died_goes_on_without_writing_to_anybody_twice(old, anna, acting, monkeypatch, fatal):
    monkeypatch.setattr(terms, "BATCH", 2)
    clients = old(*"abcdefg")
    renewal = ask(anna, lapses=20, work=False)
    with dying_at_letter(fatal), pytest.raises(ZeroDivisionError):
        jobs.work_off()
    acting.rollback()
    assert renewal.done_at is None
    with transaction.of_its_own():
        terms.go_on_with_renewals()
    jobs.work_off()
    assert asked(*clients) == [1] * 7
    assert figures(renewal) == (8, 0, True)
    assert {ends_on(client) for client in clients} == {21}


class dying_at_letter:
    """The database fails when so many letters are to be written."""

    def __init__(self, number):
        self.left = number

    def __enter__(self):
        event.listen(db.engine, "before_cursor_execute", self.count)

    def __exit__(self, *failure):
        event.remove(db.engine, "before_cursor_execute", self.count)

    def count(self, connection, cursor, statement, parameters, context, many):
        if statement.startswith("INSERT INTO letter"):
            self.left -= len(parameters) if many else 1
            if self.left <= 0:
                raise ZeroDivisionError


def test_done_twice_it_writes_to_nobody_again(old, anna):
    clients = old("a", "b")
    renewal = ask(anna)
    for _ in range(2):
        with transaction.of_its_own():
            terms.go_on_with_renewals()
            terms.write_renewals.later(renewal.id)
        jobs.work_off()
    assert asked(*clients) == [1, 1]


def test_the_neighbour_is_asked_nothing(old, anna, house, acting):
    old("a")
    ask(anna)
    operators = {letter.organisation_id for letter in acting.scalars(select(Letter).filter_by(kind="renew"))}
    assert operators == {house.ours.id}
