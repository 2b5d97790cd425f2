"""A letter comes in: what becomes of it, once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.clients.models import Client
from crm.core.clock import now
from crm.core.letters import Letter, LetterState
from crm.subject_requests import commands, originals, queries, senders
from crm.subject_requests.commands import Contact, Words
from crm.subject_requests.models import RequestKind, RequestState, Way
from crm.subject_requests.post import Fate, TakenLetter
from tests.subject_requests.mails import SENDER, WISH, letter


@pytest.fixture
def client(acting, ours):
    return acting.get_one(Client, ours.client_id)


def texts_of(request):
    return [message.text for message in queries.messages_of(request) if not message.is_ours]


def letters_to(acting, address):
    return [one for one in acting.scalars(select(Letter).order_by(Letter.id)) if one.to == address]


def test_a_letter_becomes_a_request(take, clock):
    taken = take(letter())
    request = taken.request
    assert (taken.fate, taken.why, request.way, request.kind) == (Fate.REQUEST, None, Way.EMAIL, RequestKind.ERASURE)
    assert (request.received_at, request.state, texts_of(request)) == (now(), RequestState.NEW, [WISH])
    applicant = queries.applicant_of(request)
    assert (applicant.email, applicant.full_name) == (SENDER, "Пётр Лугов")


def test_its_words_go_on_in_the_thread(take):
    request = take(letter(References="<old@x>")).request
    (message,) = [one for one in queries.messages_of(request) if not one.is_ours]
    assert (message.message_id, message.references, message.subject) == (
        "<1@lugov.example.org>",
        "<old@x>",
        "Мои данные",
    )


def test_the_original_is_kept_as_it_came_under_the_key_of_the_request(take, acting):
    request = take(letter()).request
    (kept,) = originals.letters_of(request)
    assert (kept.enclosed(), kept.size, kept.kept_until) == (letter(), len(letter()), None)
    assert kept.subject_key is queries.applicant_of(request).subject_key
    assert not kept.opened()


def test_a_letter_is_taken_once(take, acting):
    first = take(letter())
    again = take(b"Received: by another server\r\n" + letter().replace(b"\r\n", b"\n"), uid=5)
    assert again is first
    assert (
        acting.scalar(select(func.count()).select_from(TakenLetter).where(TakenLetter.request_id == first.request_id))
        == 1
    )


def test_a_message_id_seen_before_hides_no_other_letter(take):
    first, second = take(letter()), take(letter("Исправьте мою фамилию", sender="anna@example.org"))
    assert first.request is not second.request


@pytest.mark.parametrize("name", ["sender", "date", "subject"])
def test_without_a_message_id_letters_differ_by_what_they_say_of_themselves(take, name):
    other = {"sender": "anna@example.org", "date": "Tue, 25 Nov 2026 10:00:00 +0300", "subject": "Ещё раз"}[name]
    first, again = take(letter(message_id="")), take(letter(message_id=""))
    assert take(letter(message_id="", **{name: other})) is not first
    assert again is first


def test_the_clock_starts_when_the_server_got_it(take):
    assert take(letter(), arrived_at=now() - timedelta(days=2)).request.received_at == now() - timedelta(days=2)


@pytest.mark.parametrize("days", [3, -365 * 40])
def test_no_server_moves_the_clock_into_the_future_or_the_deep_past(take, days):
    assert take(letter(), arrived_at=now() + timedelta(days=days)).request.received_at == now()


def test_what_the_sender_says_of_the_date_counts_for_nothing(take):
    assert take(letter(date="Tue, 01 Jan 2030 10:00:00 +0300")).request.received_at == now()


def test_the_card_of_the_sender_is_blocked_at_once_and_gets_no_advertising(take, client):
    request = take(letter()).request
    assert [tied.client for tied in queries.cards_of(request)] == [client]
    assert (client.blocked_at, client.marketing_stopped_at) == (now(), now())


def test_a_card_found_by_a_name_alone_is_shown_and_not_touched(take, client):
    request = take(letter(sender="other@example.org")).request
    assert [tied.client for tied in queries.cards_of(request)] == [client]
    assert (client.blocked_at, client.marketing_stopped_at) == (None, None)


def test_advertising_stops_whatever_else_is_asked(take, client):
    request = take(letter("Какие данные обо мне у вас есть? И прекратите присылать мне рекламу.")).request
    assert (request.kind, client.marketing_stopped_at) == (RequestKind.ACCESS, now())


def test_what_is_only_quoted_asks_for_nothing(take):
    request = take(
        letter("Спасибо, всё в порядке.\n\nOn Nov 24, 2026, A <a@b.ru> wrote:\n> Удалите мои данные")
    ).request
    assert request.kind is RequestKind.OTHER


# a second letter


def test_a_second_letter_of_the_sender_joins_and_moves_no_date(take, clock):
    request = take(letter()).request
    received_at, due_on = request.received_at, request.due_on
    clock.move(days=3)
    taken = take(letter("Когда ответите?", message_id="<2@x>"))
    assert (taken.fate, taken.request) == (Fate.JOINED, request)
    assert (request.received_at, request.due_on) == (received_at, due_on)
    assert texts_of(request) == [WISH, "Когда ответите?"]
    assert len(originals.letters_of(request)) == 2


def test_a_second_letter_that_asks_for_more_counts_from_the_first(take, clock, client):
    request = take(letter("Здравствуйте, у меня вопрос")).request
    clock.move(days=1)
    take(letter(message_id="<2@x>"))
    assert (request.kind, request.proposed) == (RequestKind.ERASURE, RequestKind.ERASURE)
    assert client.blocked_at == request.received_at < now()


def test_a_kind_that_a_human_confirmed_stays(take):
    request = take(letter("Здравствуйте, у меня вопрос")).request
    request.state = RequestState.IN_WORK
    take(letter(message_id="<2@x>"))
    assert request.kind is RequestKind.OTHER


@pytest.mark.parametrize("state", [RequestState.CLOSED, RequestState.DISMISSED])
def test_a_letter_after_the_end_is_a_request_of_its_own(take, state):
    request = take(letter()).request
    request.state = state
    assert take(letter(message_id="<2@x>")).request is not request


def test_a_reference_to_somebody_elses_thread_proves_nothing(take, acting):
    request = take(letter()).request
    sent = acting.scalar(select(Letter).order_by(Letter.id.desc()).limit(1))
    sent.message_id = "<" + "a" * 32 + "@romashka.example.org>"
    spoofed = letter("Ещё", sender="evil@example.org", message_id="<2@x>", In_Reply_To=sent.message_id)
    assert take(spoofed).request is not request


def test_of_several_open_requests_the_one_that_is_answered_is_meant(take, acting, clock):
    first = take(letter()).request
    sent = acting.scalar(select(Letter).order_by(Letter.id.desc()).limit(1))
    sent.message_id = "<" + "b" * 32 + "@romashka.example.org>"
    clock.move(minutes=1)
    second = commands.register(
        Contact(email=SENDER), Words("На бумаге"), way=Way.PAPER, kind=RequestKind.ACCESS
    ).request
    assert take(letter("Да", message_id="<2@x>")).request is second
    assert take(letter("Да", message_id="<3@x>", References=sent.message_id)).request is first


@pytest.mark.parametrize(("is_proved", "is_joined"), [(False, False), (True, True)])
def test_a_mailbox_that_somebody_typed_on_the_page_is_theirs_once_proved(take, is_proved, is_joined):
    typed = commands.register(Contact(email=SENDER), Words("Я Пётр"), way=Way.PAGE, kind=RequestKind.ACCESS).request
    typed.mailbox_proved_at = now() if is_proved else None
    assert (take(letter()).request is typed) is is_joined


# the letter that says that it has come


def test_the_sender_is_told_once_in_the_thread(take, acting):
    request = take(letter()).request
    (told,) = letters_to(acting, SENDER)
    assert (told.in_reply_to, told.state) == ("<1@lugov.example.org>", LetterState.WAITING)
    assert f"№ {request.number}" in told.text
    address = told.text.strip().splitlines()[-1]
    assert queries.by_token(address.rpartition("/")[2]) is request
    take(letter("Когда?", message_id="<2@x>"))
    assert letters_to(acting, SENDER) == [told]


def test_the_address_that_is_told_is_that_of_the_page(take, acting, app, ours):
    take(letter())
    (told,) = letters_to(acting, SENDER)
    token = told.text.strip().rpartition("/")[2]
    with app.test_request_context("/"):
        path = app.url_for("request_page.status", code=ours.public_code, token=token)
    assert told.text.strip().endswith(f"http://localhost{path}")


def test_nobody_is_told_twice_a_day(take, acting, clock):
    take(letter()).request.state = RequestState.CLOSED
    take(letter(message_id="<2@x>")).request.state = RequestState.CLOSED
    assert len(letters_to(acting, SENDER)) == 1
    clock.move(days=1, hours=1)
    take(letter(message_id="<3@x>"))
    assert len(letters_to(acting, SENDER)) == 2


def test_who_wrote_long_ago_and_whom_very_many_follow_is_not_told(take, acting, monkeypatch):
    take(letter(), arrived_at=now() - timedelta(days=4))
    monkeypatch.setattr(senders, "MOST_TOLD", 1)
    take(letter(sender="anna@example.org"))
    assert letters_to(acting, SENDER) + letters_to(acting, "anna@example.org") == []


# who is no data subject


@pytest.mark.parametrize("address", ["a.ivanov@rkn.gov.ru", "info@77.rkn.gov.ru"])
def test_a_letter_of_the_regulator_is_its_request_whatever_its_headers(take, acting, address):
    taken = take(letter(sender=address, Auto_Submitted="auto-generated", Precedence="bulk"))
    assert (taken.request.kind, letters_to(acting, address)) == (RequestKind.REGULATOR, [])


@pytest.mark.parametrize("address", ["a@rkn.gov.ru.evil.example.org", "a@fakerkn.gov.ru", "rkn.gov.ru@example.org"])
def test_who_is_not_the_regulator_is_not(take, address):
    assert take(letter(sender=address)).request.kind is RequestKind.ERASURE


def test_where_answers_are_wanted_is_only_told(take, acting):
    request = take(letter(Reply_To="thief@example.org")).request
    assert "thief@example.org" in queries.applicant_of(request).note
    assert letters_to(acting, "thief@example.org") == []
