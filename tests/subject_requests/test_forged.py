"""What somebody who only knows an address, a phone or a name must not reach, and what the law wants all the same."""

import pytest
from sqlalchemy import select

from crm.clients.models import Client
from crm.core import transaction
from crm.core.clock import now, today
from crm.core.letters import Letter
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from crm.subject_requests import answers, cards, keeping, originals, queries, senders, steps, turns
from crm.subject_requests.models import Identity, RequestKind, Way
from crm.subject_requests.post import Fate, Why
from crm.subject_requests.samples import Matter
from tests import inquiries
from tests.subject_requests import asking
from tests.subject_requests.hands import Hands
from tests.subject_requests.mails import letter, part, several
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


# what turns writing round


def test_what_a_page_sends_turns_no_writing_round(visitor, acting, ours):
    turned = "Пётр\u202e Лугов\u2066"
    asking.send(visitor, ours, full_name=turned, text=turned, facts=turned)
    (request,) = asking.requests(acting)
    applicant, (words, *_) = queries.applicant_of(request), queries.messages_of(request)
    assert {applicant.full_name, applicant.facts, words.text} == {"Пётр Лугов"}


# what is dropped, and what fills a request


def test_a_colleagues_letter_with_a_message_id_like_ours_is_not_dropped(take, acting):
    """Roundcube makes such ones, and those who work here are data subjects too."""
    (domain,) = {address.partition("@")[2] for address in senders.own_addresses()}
    taken = take(letter(sender=f"ivan@{domain}", message_id=f"<{'ab' * 16}@{domain}>"))
    assert (taken.fate, taken.why) == (Fate.ASIDE, Why.LOOP)


def test_reports_that_never_end_do_not_fill_a_request(take, acting, monkeypatch):
    request = take(letter(sender="anna@kern.example.org")).request
    told = next(message for message in queries.messages_of(request) if message.is_ours)
    with transaction.of_its_own():
        told.letter.message_id = "<ours@x>"
    for number in range(senders.MOST_OF_ONE + 5):
        assert take(report_of("<ours@x>", number)).request is request
    assert len(queries.messages_of(request)) == 1 + senders.MOST_OF_ONE


def report_of(message_id, number):
    parts = part("text/plain", f"failed {number}"), part("text/rfc822-headers", f"Message-ID: {message_id}\r\n")
    return several(*parts, kind="report; report-type=delivery-status", Message_ID=f"<{number}@daemon>")


def test_unlawfulness_found_is_not_found_anew_on_a_later_day(acting, ours, client, clock):
    request, hands = inquiries.inquiry(kind=RequestKind.UNLAWFUL, client=client), Hands(ours.owner)
    hands.do(steps.confirm_kind, request, kind=RequestKind.UNLAWFUL)
    hands.do(steps.find_unlawful, request, found_on=today())
    found_at = request.found_at
    clock.move(days=20)
    with pytest.raises(turns.NotAllowed):
        hands.do(steps.find_unlawful, request, found_on=today())
    assert request.found_at == found_at


def test_who_only_named_a_card_is_not_told_that_it_was_theirs(acting, ours, client):
    hands = Hands(ours.owner)
    real, stranger = inquiries.inquiry(client=client), inquiries.inquiry(email="eve@example.org", client=client)
    hands.do(steps.confirm_kind, real, kind=RequestKind.ERASURE)
    act = erasure.erase(client.id, reason=Reason.DEMANDED, by=hands.by)
    acting.flush()
    steps.erased(real, client_id=act.client_id, act=act, by=hands.by)
    acting.flush()
    told = [queries.cards_of(one)[0].card for one in (real, stranger)]
    assert [(card.is_confirmed, card.act_id == act.id) for card in told] == [(True, True), (False, True)]
