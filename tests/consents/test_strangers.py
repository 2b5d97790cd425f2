"""Somebody who knows a phone or an e-mail can neither end nor revive another person's consent."""

import pytest
from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.consents import commands, links, queries
from crm.consents.commands import Circumstances
from crm.consents.models import Channel, ConsentLink, LinkKind
from crm.core import outbox, transaction
from crm.core.letters import Letter
from tests.consents.willing import ENQUIRY, NEWSLETTER, send

PHONE = "+79120001122"


@pytest.fixture
def card(form):
    """Maria's, who left a phone and no e-mail."""
    return send(form, ENQUIRY, full_name="Мария Новикова", phone=PHONE).client


@pytest.fixture
def strangers(card, form):
    """What a stranger sent, who knows her phone, with a mailbox of his own."""
    return send(form, ENQUIRY, NEWSLETTER, full_name="Мария", phone=PHONE, email="mallory@evil.example")


def ask(sent):
    with transaction.of_its_own():
        entity = accounts.main_entity()
        records = list(queries.all_by_receipt(sent.consent.receipt))
        links.ask_to_withdraw(records, public_code=entity.public_code, company=entity.name)


def kinds(acting):
    return [letter.kind for letter in acting.scalars(select(Letter)) if letter.subject_key_id]


def test_a_mailbox_that_came_by_an_equal_phone_gets_no_link_to_withdraw(acting, card, strangers):
    assert strangers.client is card
    before = kinds(acting)
    ask(strangers)
    assert kinds(acting) == before
    assert [link.kind for link in queries.calls_waiting(card)] == [LinkKind.CALL]


def test_who_comes_second_with_the_phone_alone_is_called_too(acting, form):
    first = send(form, ENQUIRY, full_name="Мария", phone=PHONE, email="mallory@evil.example")
    second = send(form, ENQUIRY, full_name="Мария Новикова", phone=PHONE)
    assert first.client is second.client
    ask(second)
    assert queries.calls_waiting(first.client)


def test_the_button_of_such_a_mailbox_lifts_no_restriction(acting, card, form, clock):
    with transaction.of_its_own():
        commands.withdraw(card.id, seen=Circumstances(Channel.PHONE))
    due = card.destroy_on
    send(form, NEWSLETTER, ENQUIRY, full_name="Мария", phone=PHONE, email="mallory@evil.example")
    link = acting.scalars(select(ConsentLink).filter_by(kind=LinkKind.SUBSCRIBE)).one()
    with transaction.of_its_own():
        offer = links.Offer(link, link.agreement_version, [])
        links.press(offer, shown=link.agreement_version.address, ip_address="192.0.2.9", user_agent="")
    assert (card.restricted_at is not None, card.destroy_on) == (True, due)
    assert queries.currents_of(card)[link.purpose_id].was_withdrawn


def test_a_wish_whose_letter_could_not_be_sent_in_a_day_becomes_a_call(acting, form, clock):
    sent = send(form, ENQUIRY, full_name="Мария Новикова", phone=PHONE, email="maria@example.org")
    ask(sent)
    clock.move(days=1, minutes=1)
    with transaction.of_its_own():
        links.close_old()
    assert len(queries.calls_waiting(sent.client)) == 1
    assert outbox.figures().waiting == 0
