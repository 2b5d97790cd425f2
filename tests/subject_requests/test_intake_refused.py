"""Letters that come in and are no requests, or not yet: reports, floods, those put aside for a human."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.accounts.models import User
from crm.core import transaction
from crm.core.clock import now
from crm.core.letters import Letter
from crm.core.personal import SubjectKey
from crm.subject_requests import intake, originals, queries, senders
from crm.subject_requests.models import MessageRole, RequestMessage, RequestState, SubjectRequest
from crm.subject_requests.post import Fate, ReceivedLetter, TakenLetter, Why
from tests.subject_requests.mails import SENDER, WISH, letter, report


def texts_of(request):
    return [message.text for message in queries.messages_of(request) if not message.is_ours]


# a report that a letter of ours did not arrive


@pytest.fixture
def answered(take, acting):
    """A request whose answer has left."""
    request = take(letter()).request
    sent = acting.scalar(select(Letter).order_by(Letter.id.desc()).limit(1))
    sent.message_id = "<" + "c" * 32 + "@romashka.example.org>"
    request.state = RequestState.ANSWERED
    return request, sent.message_id


def test_a_report_about_a_letter_of_ours_stands_at_its_request(take, answered, clock):
    request, message_id = answered
    clock.move(minutes=1)
    taken = take(report(message_id))
    assert (taken.fate, taken.why, taken.request) == (Fate.DROPPED, Why.BOUNCE, request)
    told = queries.messages_of(request)[-1]
    assert (told.role, told.is_ours, request.state) == (MessageRole.NOTICE, False, RequestState.IN_WORK)


@pytest.mark.parametrize(
    ("role", "state"), [(MessageRole.ANSWER, RequestState.IN_WORK), (MessageRole.NOTICE, RequestState.CLOSED)]
)
def test_an_answer_that_came_back_opens_a_request_that_was_closed_meanwhile(take, answered, role, state):
    request, message_id = answered
    senders.message_sent_as((message_id,)).role = role
    request.state, request.closed_at = RequestState.CLOSED, now()
    take(report(message_id))
    assert (request.state, request.closed_at is None) == (state, state is RequestState.IN_WORK)


@pytest.mark.parametrize("action", ["delayed", "delivered"])
def test_a_report_of_a_delay_changes_nothing(take, answered, action):
    request, message_id = answered
    taken = take(report(message_id, action=action))
    assert (taken.fate, taken.request, request.state) == (Fate.DROPPED, None, RequestState.ANSWERED)


def test_a_report_about_a_letter_that_is_not_ours_is_dropped(take, acting):
    taken = take(report("<unknown@example.org>"))
    assert (taken.fate, taken.request) == (Fate.DROPPED, None)
    assert (
        acting.scalar(select(func.count()).select_from(ReceivedLetter).where(ReceivedLetter.taken_id == taken.id)) == 0
    )


# too many


def test_a_flood_from_one_sender_is_put_aside_and_not_lost(take, acting, clock):
    for n in range(senders.MOST_OF_ONE):
        take(letter(f"Ещё {n}", message_id=f"<{n}@x>"))
    taken = take(letter("И ещё", message_id="<more@x>"))
    assert (taken.fate, taken.why) == (Fate.ASIDE, Why.TOO_MANY)
    assert take(letter(sender="anna@example.org", message_id="<a@x>")).fate is Fate.REQUEST
    clock.move(days=1, hours=1)
    assert take(letter("Завтра", message_id="<day@x>")).fate is Fate.JOINED


def test_a_flood_from_everybody_is_put_aside_too(take, monkeypatch, clock):
    monkeypatch.setattr(senders, "MOST_OF_ALL", 3)
    fates = [take(letter(sender=f"a{n}@example.org", message_id=f"<{n}@x>")).fate for n in range(5)]
    assert fates == [Fate.REQUEST] * 3 + [Fate.ASIDE] * 2


def test_a_flood_does_not_fill_the_disk(take, monkeypatch):
    monkeypatch.setattr(senders, "MOST_OF_ALL", 0)
    taken = take(letter("я" * 2_000_000))
    (kept,) = originals.aside(limit=1)
    assert (kept.taken, len(kept.enclosed())) == (taken, originals.MOST_OF_MANY)
    assert kept.size > originals.MOST_OF_MANY


# letters put aside


@pytest.fixture
def boss(acting, ours):
    return acting.get_one(User, ours.owner.id)


@pytest.fixture
def aside(take):
    """A letter of a human that looks like one of a list."""
    return originals_of(take(letter(Precedence="bulk")))


def originals_of(taken):
    return next(one for one in originals.aside() if one.taken_id == taken.id)


def test_a_letter_put_aside_waits_for_a_human_under_a_key_of_its_own(aside, ours):
    assert (aside.taken.fate, aside.taken.why, aside.taken.request) == (Fate.ASIDE, Why.AUTOMATIC, None)
    assert (aside.sender, aside.subject, aside.text) == (SENDER, "Мои данные", WISH)
    assert aside.kept_until > now().date() + timedelta(days=28)


def test_a_human_makes_a_request_of_it_that_counts_from_its_coming(aside, clock, boss):
    came_at, key = now(), aside.subject_key
    clock.move(days=5)
    request = intake.accept(aside, by=boss)
    assert (request.received_at, request.responsible, texts_of(request)) == (came_at, boss, [WISH])
    assert queries.applicant_of(request).subject_key is key
    (kept,) = originals.letters_of(request)
    assert (kept.enclosed(), kept.kept_until, kept.text) == (letter(Precedence="bulk"), None, None)


def test_a_human_lets_it_join_what_is_open(take, boss, acting, clock):
    request = take(letter()).request
    clock.move(minutes=1)
    aside = originals_of(take(letter("Ещё", message_id="<2@x>", Precedence="bulk")))
    key_id = aside.subject_key_id
    assert intake.accept(aside, by=boss) is request
    assert (texts_of(request), len(originals.letters_of(request))) == ([WISH, "Ещё"], 2)
    assert acting.get(SubjectKey, key_id) is None


def test_a_human_says_that_it_is_none_and_it_is_destroyed(aside, boss, acting, take):
    key_id, taken = aside.subject_key_id, aside.taken
    with transaction.of_its_own():
        originals.reject(aside, by=boss)
    assert (taken.fate, acting.get(SubjectKey, key_id)) == (Fate.DROPPED, None)
    assert take(letter(Precedence="bulk")) is taken  # it does not come back


def test_two_humans_decide_once(aside, boss):
    intake.accept(aside, by=boss)
    with pytest.raises(originals.AlreadyDecided):
        originals.reject(aside, by=boss)


def test_a_letter_that_broke_the_intake_is_put_aside_once(acting):
    first = intake.put_aside(b"\x00", why=Why.UNREADABLE, uid=1, uid_validity=2)
    assert intake.put_aside(b"\x00", why=Why.UNREADABLE, uid=1, uid_validity=2) is first
    assert intake.put_aside(b"\x00", why=Why.UNREADABLE, uid=2, uid_validity=2) is not first


def test_a_letter_of_which_only_the_beginning_came_is_put_aside(take):
    taken = take(letter(), size=30_000_000)
    assert (taken.fate, taken.why, originals_of(taken).size) == (Fate.ASIDE, Why.TOO_LARGE, 30_000_000)
    assert take(letter(message_id="<2@x>"), why=Why.TOO_LARGE).fate is Fate.ASIDE


def test_an_original_can_be_destroyed_before_its_time(take, boss, acting):
    request = take(letter()).request
    (kept,) = originals.letters_of(request)
    with transaction.of_its_own():
        originals.destroy(kept, by=boss)
    assert (originals.letters_of(request), texts_of(request)) == ([], [WISH])
    assert queries.applicant_of(request).email == SENDER


def test_nothing_is_taken_halfway(acting, monkeypatch):
    monkeypatch.setattr(originals, "keep", lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.of_its_own():
        intake.take(letter())
    for model in (SubjectRequest, RequestMessage, TakenLetter):
        assert acting.scalars(select(model.id)).all() == []
