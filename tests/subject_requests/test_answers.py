"""An answer goes in the thread, once, to who asked, and stays as it went."""

import pytest

from crm.clients.models import Client
from crm.core import transaction
from crm.core.clock import today
from crm.core.db import db
from crm.core.letters import Letter, LetterState
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from crm.subject_requests import answers, drafts, enclosing, turns
from crm.subject_requests.answers import Handing
from crm.subject_requests.drafts import NotReady, Unready
from crm.subject_requests.models import Identity, Outcome, RequestKind, RequestState, SubjectRequest, Way
from crm.subject_requests.samples import Matter
from crm.subject_requests.wording import TO_FILL
from tests import post_office
from tests.core.conftest import believed as believed  # fixtures
from tests.core.conftest import office as office
from tests.subject_requests.writing import (
    asked,
    drafted,
    in_its_letter,
    newest,
    owner,
    send,
    settled,
    with_copy,
)

# in the thread, once


def sent(ours, **more):
    with transaction.of_its_own():
        request = asked(ours, **more)
        send(ours, drafted(ours, request))
    return request.id


def test_an_answer_is_a_reply_to_the_letter(office, acting, ours):
    request = settled(sent(ours))
    came, (got,) = in_its_letter(request), office.letters
    assert got["In-Reply-To"].strip() == got["References"].strip() == came.message_id
    assert got["Subject"] == f"Re: {came.subject}"
    assert got.envelope[1] == [came.sender]


def test_a_thread_that_went_on_keeps_its_letters_and_its_subject(office, acting, ours):
    with transaction.of_its_own():
        request = asked(ours)
        came = in_its_letter(request)
        came.subject, came.references = "Re: RE: На: данные", "<first@x.example.org> nonsense <second@x.example.org>"
        send(ours, drafted(ours, request))
    settled(request.id)
    (got,) = office.letters
    assert got["References"].split() == ["<first@x.example.org>", "<second@x.example.org>", came.message_id]
    assert got["Subject"] == "Re: данные"


def test_an_answer_written_by_a_human_does_not_say_that_it_is_automatic(office, acting, ours):
    settled(sent(ours))
    assert office.letters[0]["Auto-Submitted"] is None


def test_a_request_is_answered_when_the_letter_left(office, acting, ours, clock):
    request_id = sent(ours)
    assert db.session.get_one(SubjectRequest, request_id).state is RequestState.ANSWERING
    left_at = clock.move(minutes=5)
    request = settled(request_id)
    assert (request.state, request.answered_at, request.outcome) == (
        RequestState.ANSWERED,
        left_at,
        Outcome.NOTHING_HELD,
    )


def test_a_letter_that_was_given_up_brings_the_request_back(office, acting, ours):
    office.says["RCPT"] = "550 no such user"
    request = settled(sent(ours))
    assert (request.state, request.answered_at, request.outcome) == (RequestState.IN_WORK, None, None)
    assert answers.undelivered(request).letter.state is LetterState.GIVEN_UP


def test_an_answer_that_went_at_last_counts(office, acting, ours):
    office.says["RCPT"] = "550 no such user"
    request = settled(sent(ours))
    with transaction.of_its_own():
        office.says.clear()
        answers.outbox.try_again()
    assert settled(request.id).state is RequestState.ANSWERED


def test_a_new_answer_takes_the_place_of_one_that_was_given_up(office, acting, ours):
    office.says["RCPT"] = "550 no such user"
    request = settled(sent(ours))
    office.says.clear()
    with transaction.of_its_own():
        send(ours, drafted(ours, request))
        answers.outbox.try_again()
    assert settled(request.id).state is RequestState.ANSWERED
    assert len(office.letters) == 1


def test_a_request_that_was_opened_again_is_not_answered_by_the_old_letter(office, acting, ours):
    request = settled(sent(ours))
    with transaction.of_its_own():
        request.state = RequestState.IN_WORK
    assert settled(request.id).state is RequestState.IN_WORK


def test_a_letter_is_sent_once_though_two_press_the_button(office, acting, ours):
    with transaction.of_its_own():
        request = asked(ours)
        message = drafted(ours, request)
    seen = request.revision
    with transaction.of_its_own():
        answers.send(message, by=owner(ours), seen_revision=seen)
    with pytest.raises(turns.ChangedMeanwhile):
        answers.send(message, by=owner(ours), seen_revision=seen)
    with pytest.raises(turns.NotAllowed):
        answers.send(message, by=owner(ours), seen_revision=request.revision)


def test_what_was_sent_is_changed_by_nobody(acting, ours):
    message = drafted(ours, asked(ours))
    send(ours, message)
    with pytest.raises(turns.NotAllowed):
        drafts.edit(message, subject="Другое", text="Другое", by=owner(ours), seen_revision=message.request.revision)


def test_an_answer_outlives_the_destruction_of_the_card(office, acting, ours):
    with transaction.of_its_own():
        request = asked(ours, kind=RequestKind.ERASURE)
        act = erasure.erase(ours.client_id, reason=Reason.DEMANDED, by=owner(ours))
        message = drafted(ours, request, matter=Matter.ERASED)
        assert f"Акт об уничтожении № {act.number} от" in message.text
        send(ours, message)
    request = settled(request.id)
    assert f"№ {act.number}" in post_office.words(office.letters[0])
    assert newest(request).text == message.text


# what keeps it


def why_not(ours, message, **more):
    with pytest.raises(NotReady) as fault:
        send(ours, message, **more)
    return fault.value.why


def test_a_letter_with_a_gap_does_not_go(acting, ours):
    message = drafted(ours, asked(ours), matter=Matter.OTHER)
    assert why_not(ours, message) is Unready.TO_FILL


@pytest.mark.parametrize("text", ["", " \n "])
def test_an_empty_letter_does_not_go(acting, ours, text):
    message = drafted(ours, asked(ours))
    message.text = text
    assert why_not(ours, message) is Unready.EMPTY


def test_without_an_address_there_is_no_letter(acting, ours):
    assert why_not(ours, drafted(ours, asked(ours, email=""))) is Unready.NO_ADDRESS


def test_data_does_not_go_without_the_data(acting, ours):
    assert why_not(ours, drafted(ours, asked(ours), matter=Matter.ACCESS)) is Unready.NO_COPY


def given_away(ours, **more):
    message = drafted(ours, asked(ours, **more), matter=Matter.ACCESS)
    message.text = TO_FILL.sub("так", message.text)
    with_copy(message)
    return message


def test_data_goes_to_the_mailbox_of_the_card(acting, ours):
    assert send(ours, given_away(ours))


def test_data_does_not_go_to_another_mailbox_until_somebody_looked(acting, ours):
    message = given_away(ours, email="somebody@else.example.org")
    assert why_not(ours, message) is Unready.NOT_CHECKED
    assert send(ours, message, is_checked=True)


def test_whose_identity_was_checked_gets_data_wherever_they_are(acting, ours):
    message = given_away(ours, email="somebody@else.example.org")
    message.request.identity = Identity.DOCUMENT
    assert send(ours, message)


def test_a_card_joined_by_phone_proves_no_mailbox(acting, ours):
    db.session.get_one(Client, ours.client_id).is_joined_by_phone = True
    assert why_not(ours, given_away(ours)) is Unready.NOT_CHECKED


def test_a_copy_that_changed_since_it_was_read_does_not_go(acting, ours):
    message = given_away(ours)
    acting.get_one(Client, ours.client_id).address = "Тверь, Новая, 1"
    acting.flush()
    with pytest.raises(NotReady, match="copy_changed"):
        enclosing.files_of(message)


# otherwise than by letter


def test_an_answer_handed_over_counts_from_its_day(acting, ours):
    request = asked(ours, email="")
    handing = Handing(Way.PAPER, today())
    answers.hand_over(drafted(ours, request), handing, by=owner(ours), seen_revision=request.revision)
    assert (request.state, request.outcome) == (RequestState.ANSWERED, Outcome.NOTHING_HELD)
    assert request.answered_at.date() == today()
    assert acting.query(Letter).filter(Letter.key.like("answer:%")).count() == 0
