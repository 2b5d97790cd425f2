"""What is wished by the receipt stands in the journal: taken back by the button, or to be called about."""

import pytest
from sqlalchemy import select

from crm.accounts.models import User
from crm.clients.models import Client
from crm.consents import commands as consents
from crm.consents import links, terms
from crm.consents.commands import Circumstances
from crm.consents.models import Channel, ConsentLink, LinkKind
from crm.core import transaction
from crm.core.clock import MOSCOW
from crm.subject_requests import queries, wishes
from crm.subject_requests.models import Identity, RequestKind, RequestState, Step, Way
from crm.webforms.models import WebForm
from tests.browsing import page as parsed
from tests.consents.willing import ENQUIRY, NEWSLETTER, REGISTRATION, link_to, send, wide_form, wish_to_withdraw
from tests.subject_requests.asking import letters, requests

NAMELESS = {"full_name": "Пётр", "phone": "+79035550123"}


@pytest.fixture
def form(acting, ours):
    """A form of ours that asks for three consents."""
    with transaction.of_its_own():
        form_id = wide_form(acting.get_one(User, ours.owner.id)).id
    return acting.get_one(WebForm, form_id)


@pytest.fixture
def sent(acting, form):
    """What Maria sent, with a link in her mailbox to take the enquiry back."""
    return _wished(form, ENQUIRY, REGISTRATION, take_back=(ENQUIRY, REGISTRATION))


def _wished(form, *boxes, take_back, **values):
    with transaction.of_its_own():
        made = send(form, *boxes, **values)
        wish_to_withdraw(made, *take_back)
    return made


def pressed(visitor, acting, client):
    address = link_to(client, "withdraw")
    acting.rollback()
    return visitor.submit(visitor.get(address), button="Отозвать согласие")


def ask(visitor, number):
    """Tick the first consent of a receipt and press the button."""
    opened = visitor.get(f"/receipt/{number}")
    return visitor.submit(opened, record=[parsed(opened, visitor.application).forms[0].choices("record")[0]])


def test_the_button_writes_a_request_that_is_in_work_and_proved(visitor, acting, sent, clock):
    moment = clock.stop()
    assert pressed(visitor, acting, sent.client).status_code == 200
    (made,) = requests(acting)
    assert (made.way, made.kind, made.state) == (Way.RECEIPT, RequestKind.WITHDRAWAL, RequestState.IN_WORK)
    assert (made.received_at, made.identity, made.mailbox_proved_at) == (moment, Identity.CODE, moment)
    (tied,) = queries.cards_of(made)
    assert (tied.client.id, tied.card.is_confirmed) == (sent.client_id, True)
    assert acting.get(ConsentLink, made.source_id).kind is LinkKind.WITHDRAW


def test_what_the_button_did_is_done_and_the_rest_is_watched_for_thirty_days(visitor, acting, sent):
    pressed(visitor, acting, sent.client)
    (made,) = requests(acting)
    done = queries.done(made)
    assert {Step.CONFIRM, Step.CARDS, Step.WITHDRAW, Step.BLOCK} <= done
    assert not done & {Step.ERASE, Step.ANSWER}
    assert (made.due_on - made.received_at.astimezone(MOSCOW).date()).days == 30


def test_the_person_is_told_by_letter_and_led_to_the_page(visitor, acting, sent):
    pressed(visitor, acting, sent.client)
    (letter,) = letters(acting, "request_withdrawn")
    assert letter.to == "maria@novikova.example.org"
    assert "Отзыв записан" in letter.text
    address = next(word for word in letter.text.split() if word.startswith("http://localhost/request/"))
    assert "в работе" in visitor.get(address.removeprefix("http://localhost")).text


def test_where_another_consent_holds_the_card_is_neither_blocked_nor_to_be_destroyed(visitor, acting, form):
    sent = _wished(form, ENQUIRY, REGISTRATION, take_back=(REGISTRATION,))
    pressed(visitor, acting, sent.client)
    (made,) = requests(acting)
    client = acting.get_one(Client, sent.client_id, populate_existing=True)
    assert (client.blocked_at, client.restricted_at, client.marketing_stopped_at) == (None, None, None)
    assert {Step.BLOCK, Step.ERASE, Step.STOP_MARKETING} <= queries.done(made)


def test_consent_to_advertising_taken_back_stops_all_advertising(visitor, acting, form, ours):
    with transaction.of_its_own():
        sent = send(form, ENQUIRY, NEWSLETTER)
    visitor.submit(visitor.get(link_to(sent.client, "subscribe")), button="Да, даю согласие")
    acting.rollback()
    with transaction.of_its_own():
        wish_to_withdraw(sent, NEWSLETTER)
    pressed(visitor, acting, sent.client)
    assert acting.get_one(Client, sent.client_id, populate_existing=True).marketing_stopped_at


def test_two_buttons_of_one_person_are_one_request(visitor, acting, form):
    sent = _wished(form, ENQUIRY, REGISTRATION, take_back=(REGISTRATION,))
    pressed(visitor, acting, sent.client)
    received_at = requests(acting)[0].received_at
    with transaction.of_its_own():
        wish_to_withdraw(sent, ENQUIRY)
    pressed(visitor, acting, sent.client)
    (made,) = requests(acting)
    assert made.received_at == received_at
    assert len([one for one in queries.messages_of(made) if not one.is_ours]) == 2
    assert Step.ERASE not in queries.done(made)  # now nothing is left to keep the data on


def test_a_button_that_gives_writes_no_request(visitor, acting, form):
    with transaction.of_its_own():
        sent = send(form, ENQUIRY, NEWSLETTER)
    visitor.submit(visitor.get(link_to(sent.client, "subscribe")), button="Да, даю согласие")
    assert requests(acting) == []


def test_a_wish_without_a_mailbox_is_new_and_touches_nothing(visitor, acting, form, clock):
    moment = clock.stop()
    with transaction.of_its_own():
        sent = send(form, ENQUIRY, **NAMELESS)
        number, client_id = sent.consent.receipt, sent.client_id
    acting.rollback()
    assert ask(visitor, number).status_code == 303
    (made,) = requests(acting)
    link = acting.scalars(select(ConsentLink)).one()
    assert (made.state, made.identity, made.source_id, made.received_at) == (RequestState.NEW, None, link.id, moment)
    (tied,) = queries.cards_of(made)
    assert (tied.client.id, tied.card.is_confirmed, tied.client.blocked_at) == (client_id, False, None)


def test_the_same_wish_again_writes_nothing_new(visitor, acting, form):
    with transaction.of_its_own():
        number = send(form, ENQUIRY, **NAMELESS).consent.receipt
    acting.rollback()
    for _ in range(2):
        ask(visitor, number)
    assert len(requests(acting)) == 1


def test_a_wish_to_a_mailbox_writes_no_request_before_its_button(visitor, acting, form):
    with transaction.of_its_own():
        number = send(form, ENQUIRY).consent.receipt
    acting.rollback()
    ask(visitor, number)
    assert requests(acting) == []


def test_a_wish_whose_letter_never_went_is_found_and_counts_from_the_day_it_was_wished(acting, sent, clock):
    wished_at = clock.stop(acting.scalars(select(ConsentLink)).one().created_at)
    clock.move(hours=25)
    with transaction.of_its_own():
        links.close_old()
    for _ in range(2):
        wishes.find_calls()
    (made,) = requests(acting)
    assert (made.state, made.received_at) == (RequestState.NEW, wished_at)


def test_the_jobs_of_both_rooms_find_it_without_anybody(acting, sent, clock):
    clock.move(hours=25)
    terms.end_what_is_over()
    wishes.find_calls()
    assert len(requests(acting)) == 1


@pytest.fixture
def called(visitor, acting, form):
    """The request of somebody who wished without a mailbox."""
    with transaction.of_its_own():
        sent = send(form, ENQUIRY, **NAMELESS)
        number, client_id = sent.consent.receipt, sent.client_id
    acting.rollback()
    ask(visitor, number)
    return client_id


def test_that_it_was_not_the_client_dismisses_the_request(manager, acting, called):
    manager.submit(manager.get(f"/clients/{called}"), button="Не просил: закрыть просьбу")
    assert requests(acting)[0].state is RequestState.DISMISSED


def test_a_request_to_which_another_letter_came_is_left_to_a_human(manager, acting, called):
    (made,) = requests(acting)
    with transaction.of_its_own():
        wishes.commands.join(made, wishes.Words("И правда отзываю"))
    manager.submit(manager.get(f"/clients/{called}"), button="Не просил: закрыть просьбу")
    assert requests(acting)[0].state is RequestState.NEW


def test_a_wish_that_was_answered_already_is_not_found_again(acting, called, ours):
    with transaction.of_its_own():
        client = acting.get_one(Client, called)
        consents.withdraw(client.id, seen=Circumstances(Channel.PHONE), by=acting.get_one(User, ours.owner.id))
    wishes.find_calls()
    assert len(requests(acting)) == 1


def test_a_button_from_a_mailbox_that_proves_nothing_about_the_card_recognises_nobody(visitor, acting, sent):
    with transaction.of_its_own():
        acting.get_one(Client, sent.client_id).is_joined_by_phone = True
    pressed(visitor, acting, sent.client)
    (made,) = requests(acting)
    (tied,) = queries.cards_of(made)
    assert (made.identity, made.mailbox_proved_at, tied.card.is_confirmed) == (None, None, False)
    assert Step.WITHDRAW in queries.done(made)
