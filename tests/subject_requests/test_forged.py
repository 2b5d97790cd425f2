"""What somebody who only knows an address, a phone or a name must not reach, and what the law wants all the same."""

import pytest
from sqlalchemy import select

from crm.clients.models import Client
from crm.core import transaction
from crm.core.clock import now, today
from crm.core.letters import Letter
from crm.subject_requests import answers, cards, keeping, originals, queries, steps, turns
from crm.subject_requests.models import Identity, RequestKind, Way
from crm.subject_requests.samples import Matter
from tests import inquiries
from tests.subject_requests.hands import Hands
from tests.subject_requests.mails import letter
from tests.subject_requests.writing import asked, drafted

WHICH_DATA = "Сообщите, какие персональные данные обо мне вы храните."


@pytest.fixture
def client(acting, ours):
    return acting.get_one(Client, ours.client_id)


# whose data goes to whom


def access_from(ours, email, **proof):
    request = asked(ours, way=Way.PAGE, email=email)
    for name, value in proof.items():
        setattr(request, name, value)
    return drafted(ours, request, matter=Matter.ACCESS)


def test_who_proved_a_mailbox_of_their_own_gets_no_data_of_another_unseen(acting, ours):
    assert answers.needs_proof(access_from(ours, "other@else.example.org", mailbox_proved_at=now()))


def test_nor_who_proved_to_be_the_one_of_another_card(acting, ours):
    proof = {"mailbox_proved_at": now(), "identity": Identity.CODE}
    assert answers.needs_proof(access_from(ours, "other@else.example.org", **proof))


def test_who_proved_the_mailbox_of_the_card_does(acting, ours, client):
    proof = {"mailbox_proved_at": now(), "identity": Identity.CODE}
    assert not answers.needs_proof(access_from(ours, client.email, **proof))


# a later letter


def test_a_card_that_a_later_letter_blocks_stands_in_the_request(take, acting, client):
    sender = "new@lugov.example.org"
    request = take(letter(WHICH_DATA, sender=sender)).request
    assert queries.cards_of(request) == []
    with transaction.of_its_own():
        client.email = sender
    take(letter("Удалите все мои персональные данные", sender=sender, message_id="<2@x>"))
    assert client.blocked_at
    assert [(tied.client, tied.card.is_confirmed) for tied in queries.cards_of(request)] == [(client, False)]


def test_a_later_letter_blocks_at_once_though_another_kind_was_confirmed(take, acting, ours, client):
    request = take(letter(WHICH_DATA)).request
    with transaction.of_its_own():
        Hands(ours.owner).do(steps.confirm_kind, request, kind=RequestKind.ACCESS)
    take(letter(message_id="<2@x>"))
    assert (request.kind, client.blocked_at) == (RequestKind.ACCESS, now())


# letters by themselves


def test_a_mailbox_under_many_names_is_told_once(take, acting):
    for name in ("anna", "anna+1", "anna+2", "anna"):
        take(letter(sender=f"{name}@kern.example.org", message_id=f"<{name}@x>"))
    told = [one.to for one in acting.scalars(select(Letter)) if "@kern." in (one.to or "")]
    assert told == ["anna@kern.example.org"]


# what is said to wait


def test_a_letter_put_aside_that_is_gone_waits_for_nobody(take, acting, clock):
    take(letter(sender=""))
    assert originals.number_aside() == 1
    clock.move(days=800)
    keeping.destroy_what_is_over()
    assert originals.number_aside() == 0


def test_what_is_late_cannot_be_put_off(acting, ours, client, clock):
    request, hands = inquiries.inquiry(client=client), Hands(ours.owner)
    hands.do(steps.confirm_kind, request, kind=RequestKind.ERASURE)
    hands.do(cards.attach_card, request, client=client)
    clock.move(days=31)
    with pytest.raises(turns.NotAllowed):
        hands.do(steps.put_off, request, because="так")
    assert request.due_on < today()
