"""On what a card stands: consent after a withdrawal, other grounds, texts and purposes no longer used."""

import pytest

from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.consents import commands, queries
from crm.consents.models import Channel, ConsentState
from tests.consents.willing import (
    BY_EMAIL,
    ENQUIRY,
    MARIA,
    REGISTRATION,
    day,
    footing,
    give,
    ground,
    new_edition,
    purpose,
    send,
    told,
)


def withdraw(sent, by):
    commands.withdraw(sent.client_id, seen=BY_EMAIL, by=by)


# consent after a withdrawal


def test_an_unticked_box_takes_nothing_back(form):
    client = send(form, ENQUIRY, REGISTRATION).client
    send(form, ENQUIRY, text_1="ещё", **MARIA)
    assert told(client)[REGISTRATION] == "given"


def test_consent_by_a_form_after_a_withdrawal_must_be_looked_into_and_the_clock_runs_on(form, anna, clock):
    client = send(form, ENQUIRY).client
    commands.withdraw(client.id, seen=BY_EMAIL, by=anna)
    clock.move(days=5)
    send(form, ENQUIRY)
    assert footing(client) == ("again", True, 25)
    assert not queries.may(client, purpose(ENQUIRY).id)


def test_even_consent_to_something_else_must_then_be_looked_into(form, anna):
    client = send(form, ENQUIRY).client
    commands.withdraw(client.id, seen=BY_EMAIL, by=anna)
    send(form, ENQUIRY, REGISTRATION)
    assert told(client)[REGISTRATION] == "given again"
    assert footing(client) == ("again", True, 30)


def test_consent_that_staff_heard_clears_it(form, anna):
    client = send(form, ENQUIRY).client
    commands.withdraw(client.id, seen=BY_EMAIL, by=anna)
    send(form, ENQUIRY)
    give(client, anna, ENQUIRY, channel=Channel.PHONE)
    assert footing(client) == ("given", False, None)
    assert queries.may(client, purpose(ENQUIRY).id)


def test_a_paper_older_than_the_withdrawal_clears_nothing(form, anna):
    client = send(form, ENQUIRY).client
    commands.withdraw(client.id, seen=BY_EMAIL, by=anna)
    (late,) = give(client, anna, ENQUIRY, given_on=day(-1))
    assert footing(client) == ("withdrawn", True, 30)
    assert queries.end_of(late).state is ConsentState.WITHDRAWN


def test_a_paper_whose_term_is_over_keeps_nothing(form, anna):
    client = send(form, ENQUIRY).client
    commands.withdraw(client.id, seen=BY_EMAIL, purpose_ids=[purpose(ENQUIRY).id], by=anna)
    give(client, anna, REGISTRATION, given_on=day(-1096))
    assert footing(client) == ("withdrawn", True, 30)
    assert not queries.may(client, purpose(REGISTRATION).id)


# other grounds


def test_another_ground_keeps_the_card_though_consent_is_withdrawn(sent, anna):
    ground(sent.client, anna)
    withdraw(sent, anna)
    assert footing(sent.client) == ("withdrawn", False, None)


def test_a_ground_found_later_stops_the_clock(sent, anna):
    withdraw(sent, anna)
    ground(sent.client, anna)
    assert footing(sent.client) == ("withdrawn", False, None)


@pytest.mark.parametrize("days", [{"since": 1}, {"since": -9, "until": -1}])
def test_a_ground_of_other_days_holds_nothing_today(sent, anna, days):
    withdraw(sent, anna)
    made = ground(sent.client, anna, **days)
    assert footing(sent.client) == ("withdrawn", True, 30)
    assert not queries.may(sent.client, made.purpose_id)


def test_a_ground_allows_its_own_purpose_only(sent, anna):
    withdraw(sent, anna)
    made = ground(sent.client, anna)
    assert queries.may(sent.client, made.purpose_id)
    assert not queries.may(sent.client, sent.consent.agreement_version.agreement.purpose_id)


def test_when_the_last_ground_ends_the_clock_starts(sent, anna):
    made = ground(sent.client, anna)
    withdraw(sent, anna)
    commands.end_ground(sent.client, made, by=anna)
    assert footing(sent.client) == ("withdrawn", True, 30)


def test_a_ground_that_ended_by_itself_keeps_its_last_day(sent, anna):
    made = ground(sent.client, anna, since=-20, until=-7)
    commands.end_ground(sent.client, made, by=anna)
    assert made.until_on == day(-7)


def test_consent_that_holds_outlives_every_ground(sent, anna):
    commands.end_ground(sent.client, ground(sent.client, anna), by=anna)
    assert footing(sent.client) == ("given", False, None)


# texts and purposes that are no longer used


def test_editions_in_force_on_a_day_are_those_of_the_day(form, anna, clock):
    document = agreements.agreement("consent")
    of_day = [one.number for one in queries.in_force_on([document.id], day(0)) if one.rendered_for_id == form.id]
    clock.move(days=2)
    new_edition(ENQUIRY, by=anna)
    now = [one.number for one in queries.in_force_on([document.id], day(0)) if one.rendered_for_id == form.id]
    before = [one.number for one in queries.in_force_on([document.id], day(-1)) if one.rendered_for_id == form.id]
    assert (of_day, before, now) == ([1], [1], [1, 2])
    assert not queries.in_force_on([document.id], day(-9))


def test_a_purpose_no_longer_used_has_no_edition_in_force(form, anna, clock):
    documents.set_retired(purpose(ENQUIRY), retired=True, by=anna)
    document = agreements.agreement("consent")
    assert queries.in_force_on([document.id], day(0))
    assert not queries.in_force_on([document.id], day(1))


def test_consent_given_before_a_purpose_was_retired_stays(sent, anna):
    retired = sent.consent.agreement_version.agreement.purpose
    documents.set_retired(retired, retired=True, by=anna)
    assert queries.may(sent.client, retired.id)
