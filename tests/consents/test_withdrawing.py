"""Taking consent back by a receipt: a link to the mailbox, else a call; and what a withdrawal stops."""

import pytest
from sqlalchemy import select

from crm.audit.models import Action, AuditEntry
from crm.consents import commands, links, queries
from crm.consents.models import Channel, LinkKind
from crm.core import outbox
from crm.core.letters import Letter, LetterState
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from tests.consents.willing import (
    BY_EMAIL,
    ENQUIRY,
    MARIA,
    NEWSLETTER,
    REGISTRATION,
    letters_to,
    link_to,
    press,
    purpose,
    send,
    token_in,
    told,
    wish_to_withdraw,
)

# withdrawing


def test_a_link_takes_back_what_was_ticked_and_nothing_else(form):
    sent = send(form, ENQUIRY, REGISTRATION)
    wish_to_withdraw(sent, REGISTRATION)
    address = link_to(sent.client, "withdraw")
    assert [one.purpose for one in links.offered(token_in(address)).consents] == [purpose(REGISTRATION).name]
    press(address)
    assert told(sent.client) == {ENQUIRY: "given", REGISTRATION: "withdrawn", NEWSLETTER: "refused"}


def test_of_three_two_can_be_taken_back_by_one_link(form):
    sent = send(form, ENQUIRY, REGISTRATION, NEWSLETTER)
    press(link_to(sent.client, "subscribe"))
    wish_to_withdraw(sent, REGISTRATION, NEWSLETTER)
    press(link_to(sent.client, "withdraw"))
    assert told(sent.client) == {ENQUIRY: "given", REGISTRATION: "withdrawn", NEWSLETTER: "withdrawn"}


def test_of_two_one_of_which_is_withdrawn_already_the_other_is_taken_back(form, anna):
    sent = send(form, ENQUIRY, REGISTRATION)
    wish_to_withdraw(sent, ENQUIRY, REGISTRATION)
    commands.withdraw(sent.client_id, seen=BY_EMAIL, purpose_ids=[purpose(ENQUIRY).id], by=anna)
    address = link_to(sent.client, "withdraw")
    assert [one.purpose for one in links.offered(token_in(address)).consents] == [purpose(REGISTRATION).name]
    assert len(press(address)) == 1
    assert sent.client.standing.value == "withdrawn"


def test_a_link_with_nothing_left_to_take_back_opens_nothing(form, anna):
    sent = send(form, ENQUIRY)
    wish_to_withdraw(sent, ENQUIRY)
    address = link_to(sent.client, "withdraw")
    commands.withdraw(sent.client_id, seen=BY_EMAIL, by=anna)
    with pytest.raises(links.LinkSpent):
        links.offered(token_in(address))


def test_a_withdrawal_by_link_is_recorded_with_its_channel_and_audited_as_the_visitors(form, acting):
    sent = send(form, ENQUIRY)
    wish_to_withdraw(sent, ENQUIRY)
    (record,) = press(link_to(sent.client, "withdraw"))
    noted = acting.scalars(select(AuditEntry).filter_by(action=Action.CONSENT_WITHDRAWN)).one()
    assert (record.channel, noted.actor_kind.value) == (Channel.LINK, "visitor")


# wishes to be called


def test_who_left_no_mailbox_is_called(nameless):
    wish_to_withdraw(nameless, ENQUIRY)
    (call,) = queries.calls_waiting(nameless.client)
    assert (call.kind, call.purposes) == (LinkKind.CALL, {purpose(ENQUIRY).id})
    assert not letters_to(nameless.client)


def test_a_second_wish_joins_the_first(nameless):
    for box in (ENQUIRY, REGISTRATION, ENQUIRY):
        wish_to_withdraw(nameless, box)
    (call,) = queries.calls_waiting(nameless.client)
    assert call.purposes == {purpose(ENQUIRY).id, purpose(REGISTRATION).id}


def test_a_call_is_over_when_staff_write_the_withdrawal_down(nameless, anna):
    wish_to_withdraw(nameless, ENQUIRY)
    commands.withdraw(nameless.client_id, seen=BY_EMAIL, by=anna)
    assert not queries.calls_waiting(nameless.client)


def test_a_call_about_two_is_over_when_both_are_withdrawn(nameless, anna):
    wish_to_withdraw(nameless, ENQUIRY, REGISTRATION)
    for box, waits in ((ENQUIRY, 1), (REGISTRATION, 0)):
        commands.withdraw(nameless.client_id, seen=BY_EMAIL, purpose_ids=[purpose(box).id], by=anna)
        assert len(queries.calls_waiting(nameless.client)) == waits


def test_nobody_is_called_or_written_to_of_whom_nothing_is_known(form, ours, anna, acting):
    sent = send(form, ENQUIRY)
    records = queries.all_by_receipt(sent.consent.receipt)
    erasure.erase(sent.client_id, reason=Reason.DEMANDED, by=anna)
    links.ask_to_withdraw(list(records), public_code=ours.public_code, company=ours.name)
    assert not queries.calls_waiting()
    assert not acting.scalars(select(Letter).filter_by(kind="withdraw")).all()


# a withdrawal stops what is on its way


def test_letters_about_a_purpose_that_was_withdrawn_do_not_go(form, anna):
    client = send(form, ENQUIRY, NEWSLETTER).client
    press(link_to(client, "subscribe"))
    send(form, ENQUIRY, NEWSLETTER, text_1="ещё раз", **MARIA)
    sent_letters = letters_to(client, "subscribe")
    sent_letters[0].state = LetterState.SENT
    commands.withdraw(client.id, seen=BY_EMAIL, purpose_ids=[purpose(NEWSLETTER).id], by=anna)
    assert [letter.state.value for letter in letters_to(client, "subscribe")] == ["sent"]


def test_letters_about_other_purposes_go_while_some_consent_is_left(form, anna):
    client = send(form, ENQUIRY, REGISTRATION, NEWSLETTER).client
    commands.withdraw(client.id, seen=BY_EMAIL, purpose_ids=[purpose(REGISTRATION).id], by=anna)
    assert len(letters_to(client, "subscribe")) == 1


def test_when_none_is_left_no_waiting_link_revives_the_card(form, anna):
    client = send(form, ENQUIRY, NEWSLETTER).client
    commands.withdraw(client.id, seen=BY_EMAIL, purpose_ids=[purpose(ENQUIRY).id], by=anna)
    assert not letters_to(client, "subscribe")


def test_who_withdraws_everything_is_not_asked_to_confirm_anything(form, anna):
    client = send(form, ENQUIRY, NEWSLETTER).client
    address = link_to(client, "subscribe")
    commands.withdraw(client.id, seen=BY_EMAIL, by=anna)
    assert not letters_to(client, "subscribe")
    with pytest.raises(links.LinkSpent):
        press(address)


def test_a_link_sent_before_the_withdrawal_gives_no_consent_after_it(form, anna):
    client = send(form, ENQUIRY, NEWSLETTER).client
    press(link_to(client, "subscribe"))
    send(form, ENQUIRY, NEWSLETTER, text_1="ещё раз", **MARIA)
    address = link_to(client, "subscribe")
    commands.withdraw(client.id, seen=BY_EMAIL, purpose_ids=[purpose(NEWSLETTER).id], by=anna)
    with pytest.raises(links.LinkSpent):
        press(address)
    assert told(client)[NEWSLETTER] == "withdrawn"


def test_a_letter_that_was_given_up_is_not_tried_again_after_a_withdrawal(form, anna):
    client = send(form, ENQUIRY, NEWSLETTER).client
    letters_to(client, "subscribe")[0].state = LetterState.GIVEN_UP
    commands.withdraw(client.id, seen=BY_EMAIL, by=anna)
    outbox.try_again()
    assert not letters_to(client, "subscribe")
