"""What is stopped at once: letters that ask for consent and advertising; and what a person must do to want it again."""

import pytest

from crm.agreements import queries as agreements
from crm.clients import commands as clients
from crm.consents import links, queries, terms
from crm.consents.models import Channel
from crm.core import jobs, transaction
from crm.core.clock import now
from crm.core.letters import LetterState
from tests.consents.willing import (
    ENQUIRY,
    MARIA,
    NEWSLETTER,
    REGISTRATION,
    day,
    give,
    ground,
    letters_to,
    link_to,
    links_of,
    new_edition,
    press,
    purpose,
    send,
    wide_form,
    wish_to_withdraw,
)


@pytest.fixture
def reader(form):
    """Maria, who agreed to an enquiry and, by the button in the letter, to the newsletter."""
    client = send(form, ENQUIRY, NEWSLETTER).client
    press(link_to(client, "subscribe"))
    return client


def may(client, *boxes):
    return [queries.may(client, purpose(box).id) for box in boxes]


def stop(client):
    clients.stop_marketing(client, now())


# what may be used


def test_advertising_ends_and_the_rest_goes_on(reader):
    assert may(reader, ENQUIRY, NEWSLETTER) == [True, True]
    stop(reader)
    assert may(reader, ENQUIRY, NEWSLETTER) == [True, False]


def test_a_blocked_card_may_be_used_for_nothing_whatever_it_stands_on(reader, anna):
    other = ground(reader, anna).purpose_id
    clients.block(reader, now())
    assert [*may(reader, ENQUIRY, NEWSLETTER), queries.may(reader, other)] == [False] * 3
    clients.unblock(reader, by=anna)
    assert [*may(reader, ENQUIRY, NEWSLETTER), queries.may(reader, other)] == [True] * 3


# what brings advertising back


def test_a_form_does_not_bring_advertising_back(reader, form, clock):
    stop(reader)
    clock.move(days=1)
    assert send(form, ENQUIRY, NEWSLETTER, **MARIA, text_1="ещё").client is reader
    assert reader.marketing_stopped_at
    assert may(reader, NEWSLETTER) == [False]


def test_the_button_in_a_letter_sent_afterwards_does(reader, form, clock):
    stop(reader)
    clock.move(days=1)
    send(form, ENQUIRY, NEWSLETTER, **MARIA, text_1="ещё")
    press(link_to(reader, "subscribe"))
    assert reader.marketing_stopped_at is None
    assert may(reader, NEWSLETTER) == [True]


def test_not_where_the_mailbox_proves_nothing(reader, form, clock):
    reader.is_joined_by_phone = True
    stop(reader)
    clock.move(days=1)
    send(form, ENQUIRY, NEWSLETTER, **MARIA, text_1="ещё")
    press(link_to(reader, "subscribe"))
    assert may(reader, NEWSLETTER) == [False]


def test_a_letter_sent_before_opens_nothing(form):
    client = send(form, ENQUIRY, NEWSLETTER).client
    address = link_to(client, "subscribe")
    stop(client)
    with pytest.raises(links.LinkSpent):
        press(address)
    assert letters_to(client, "subscribe") == []


def test_consent_to_something_else_says_nothing_of_advertising(reader, anna, clock):
    stop(reader)
    clock.move(days=1)
    give(reader, anna, REGISTRATION, given_on=day(0))
    assert reader.marketing_stopped_at


@pytest.mark.parametrize(("days", "is_stopped"), [(0, True), (1, False)])
def test_a_paper_brings_it_back_if_it_was_signed_later(reader, anna, clock, days, is_stopped):
    stop(reader)
    clock.move(days=1)
    give(reader, anna, NEWSLETTER, given_on=day(days - 1), channel=Channel.PAPER)
    assert (reader.marketing_stopped_at is not None) is is_stopped


# letters


def test_a_block_takes_back_every_letter_that_asks_and_leaves_what_was_asked_for(form, anna):
    sent = send(form, ENQUIRY, NEWSLETTER)
    client, entity = sent.client, queries.entity_of(sent.consent.agreement_version)
    links.send_receipt(client, to=client.email, receipt=sent.consent.receipt, company=entity.name)
    wish_to_withdraw(sent, ENQUIRY)
    clients.block(client, now())
    assert [letter.kind for letter in letters_to(client)] == ["receipt", "withdraw"]
    assert [link.used_at is None for link in links_of(client)] == [False, True]


def test_to_a_blocked_card_nothing_that_asks_is_written(form):
    client = send(form, ENQUIRY).client
    clients.block(client, now())
    sent = send(form, ENQUIRY, NEWSLETTER, **MARIA, text_1="ещё")
    assert (sent.client, letters_to(client), links_of(client)) == (client, [], [])
    wish_to_withdraw(sent, ENQUIRY)
    assert [letter.kind for letter in letters_to(client)] == ["withdraw"]


def test_stopped_advertising_leaves_letters_about_other_things(form, acting, anna):
    client = send(form, ENQUIRY).client
    with transaction.of_its_own():
        renew(anna, "consent", ENQUIRY)
    jobs.work_off()
    stop(client)
    assert [letter.kind for letter in letters_to(client)] == ["renew"]
    clients.block(client, now())
    assert letters_to(client) == []


def renew(by, code, box):
    new_edition(box, by=by)
    terms.ask_again(agreements.agreement(code), lapses_on=None, by=by)


@pytest.mark.parametrize("change", [stop, lambda client: clients.block(client, now())], ids=["stopped", "blocked"])
def test_nobody_is_asked_again_about_what_they_stopped(form, acting, anna, change):
    with transaction.of_its_own():
        client = send(form, ENQUIRY, NEWSLETTER).client
        press(link_to(client, "subscribe"))
        change(client)
        renew(anna, "newsletter", NEWSLETTER)
    jobs.work_off()
    assert letters_to(client, "renew") == []


def test_a_letter_that_has_gone_stays_written_down(form, acting):
    client = send(form, ENQUIRY, NEWSLETTER).client
    letters_to(client, "subscribe")[0].state = LetterState.SENT
    acting.flush()
    clients.block(client, now())
    assert [letter.state for letter in letters_to(client, "subscribe")] == [LetterState.SENT]


def test_who_waits_for_the_button_is_not_kept_longer_by_forms_while_blocked(anna, acting, clock):
    with transaction.of_its_own():
        form = wide_form(anna, only=(NEWSLETTER,))
        client = send(form, "consent").client
        clients.block(client, now())
        until = client.destroy_on
    clock.move(days=2)
    send(form, "consent", **MARIA, text_1="ещё")
    assert client.destroy_on == until


# the wrong mailbox


def correct(client, by, **values):
    shown = {name: getattr(client, name) or "" for name in ("full_name", "email", "phone")}
    return clients.correct(client, shown | values, source=clients.Source("звонил"), by=by)


def test_links_sent_to_a_wrong_mailbox_open_nothing(form, anna):
    client = send(form, ENQUIRY, NEWSLETTER).client
    address = link_to(client, "subscribe")
    correct(client, anna, email="right@example.org")
    with pytest.raises(links.LinkSpent):
        press(address)
    assert letters_to(client) == []


def test_a_wish_that_went_to_a_wrong_mailbox_becomes_a_call(form, anna):
    sent = send(form, ENQUIRY)
    wish_to_withdraw(sent, ENQUIRY)
    correct(sent.client, anna, email="right@example.org")
    (link,) = links_of(sent.client)
    assert (link.kind.value, link.used_at) == ("call", None)
    assert letters_to(sent.client) == []


def test_a_receipt_on_its_way_to_a_wrong_mailbox_does_not_go(form, anna):
    sent = send(form, ENQUIRY)
    entity = queries.entity_of(sent.consent.agreement_version)
    links.send_receipt(sent.client, to=sent.client.email, receipt=sent.consent.receipt, company=entity.name)
    correct(sent.client, anna, email="right@example.org")
    assert letters_to(sent.client) == []


def test_another_correction_leaves_links_alone(form, anna):
    client = send(form, ENQUIRY, NEWSLETTER).client
    correct(client, anna, phone="+79990000000")
    press(link_to(client, "subscribe"))


def test_a_corrected_mailbox_clears_no_doubt_about_whose_card_it_is(form, anna):
    client = send(form, ENQUIRY).client
    client.is_joined_by_phone = True
    correct(client, anna, email="right@example.org")
    assert client.is_joined_by_phone


def test_withdrawing_still_works_on_a_blocked_card(form, anna):
    sent = send(form, ENQUIRY)
    clients.block(sent.client, now())
    wish_to_withdraw(sent, ENQUIRY)
    press(link_to(sent.client, "withdraw"))
    assert queries.currents_of(sent.client)[purpose(ENQUIRY).id].state.value == "withdrawn"
