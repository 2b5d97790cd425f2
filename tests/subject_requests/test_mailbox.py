"""Letters out of a real Dovecot: each becomes a request once and is marked or moved after that."""

import time

import pytest
from sqlalchemy import select

from crm.core.letters import Fault
from crm.mail import imap
from crm.mail.models import Afterwards, MailFolder, Security
from crm.subject_requests.models import RequestMessage, SubjectRequest
from crm.subject_requests.post import Fate, TakenLetter, Why
from tests import dovecot
from tests.subject_requests.posted import letter, new_requests, poll, state, taken

DAY = 86_400
CYRILLIC = "Обращения & жалобы"


def test_a_letter_becomes_a_request_and_is_marked_as_read(box, acting):
    box.deliver(letter())
    poll()
    assert taken(acting) == [(Fate.REQUEST, None)]
    assert box.read() == [True]
    assert (state(acting).fault, state(acting).worked_at is None) == (None, False)
    poll()
    assert len(taken(acting)) == 1


@pytest.mark.parametrize("charset", ["koi8-r", "cp1251", "utf-8"])
def test_russian_letters_are_read_in_their_charset(box, acting, charset):
    box.deliver(letter(text="Прошу удалить мои данные", charset=charset))
    poll()
    request_id = acting.scalar(select(TakenLetter.request_id).where(TakenLetter.folder_id.is_not(None)))
    assert acting.scalar(select(RequestMessage).filter_by(request_id=request_id)).text == "Прошу удалить мои данные"


def test_the_clock_starts_when_the_server_got_the_letter(box, acting):
    box.deliver(letter(), at=time.time() - 2 * DAY)
    poll()
    (request,) = acting.scalars(select(SubjectRequest).order_by(SubjectRequest.id.desc()).limit(1))
    assert abs(request.received_at.timestamp() - (time.time() - 2 * DAY)) < 60


def test_it_is_read_over_starttls_too(box, acting, ours):
    dovecot.set_up(box, ours, port=box.plain, security=Security.STARTTLS)
    box.deliver(letter())
    poll()
    assert taken(acting) == [(Fate.REQUEST, None)]


def test_folders_with_russian_names_are_read_and_letters_moved_into_one(box, acting, ours):
    box.make(CYRILLIC)
    box.make("Забрано")
    dovecot.set_up(box, ours, folders=["INBOX", CYRILLIC], afterwards=Afterwards.MOVE, move_to="Забрано")
    box.deliver(letter(1))
    box.deliver(letter(2), to=CYRILLIC)
    poll()
    assert len(taken(acting)) == 2
    assert [len(box.letters(name)) for name in ("INBOX", CYRILLIC, "Забрано")] == [0, 0, 2]


def test_a_server_that_cannot_move_copies_and_deletes(box, acting, ours, monkeypatch):
    box.make("Забрано")
    dovecot.set_up(box, ours, afterwards=Afterwards.MOVE, move_to="Забрано")
    learn = imap.Reader._learn
    monkeypatch.setattr(imap.Reader, "_learn", lambda self: (learn(self), self._abilities.discard(b"MOVE")))
    box.deliver(letter())
    poll()
    assert (len(box.letters()), len(box.letters("Забрано"))) == (0, 1)


def test_a_folder_that_is_gone_does_not_stop_the_others(box, acting, ours):
    dovecot.set_up(box, ours, folders=["Нет такой", "INBOX"])
    box.deliver(letter())
    poll()
    assert taken(acting) == [(Fate.REQUEST, None)]
    assert state(acting).fault is Fault.FOLDER
    missing = select(MailFolder.name).filter_by(is_missing=True)
    assert acting.scalars(missing).all() == ["Нет такой"]
    box.make("Нет такой")
    poll()
    assert (acting.scalars(missing).all(), state(acting).fault) == ([], None)


def test_where_there_is_no_folder_to_move_to_letters_are_taken_and_moved_once_there_is(box, acting, ours):
    dovecot.set_up(box, ours, afterwards=Afterwards.MOVE, move_to="Забрано")
    for number in range(3):
        box.deliver(letter(number))
    poll()
    assert (len(taken(acting)), len(box.letters()), state(acting).fault) == (3, 3, Fault.FOLDER)
    box.make("Забрано")
    poll()
    assert (len(taken(acting)), len(box.letters("Забрано")), state(acting).fault) == (3, 3, None)


def test_a_folder_that_was_made_anew_is_read_anew_and_nothing_taken_twice(box, acting, ours):
    name = "Просьбы"
    box.make(name)
    dovecot.set_up(box, ours, folders=[name])
    box.deliver(letter(1), to=name)
    poll()
    before = acting.scalar(select(MailFolder.uid_validity).filter_by(name=name))
    box.drop(name)
    poll()
    time.sleep(1.1)  # Dovecot counts validity in seconds
    box.make(name)
    for number in (1, 2):
        box.deliver(letter(number), to=name)
    poll()
    acting.rollback()
    assert acting.scalar(select(MailFolder.uid_validity).filter_by(name=name)) != before
    assert new_requests(acting) == 2
    assert box.read(name) == [True, True]


def test_years_of_old_letters_are_left_where_they_are(box, acting):
    box.deliver(letter(1), at=time.time() - 400 * DAY)
    box.deliver(letter(2), at=time.time() - 20 * DAY)
    poll()
    assert len(taken(acting)) == 1
    assert sorted(box.read()) == [False, True]


def test_a_letter_of_20_mb_is_taken_whole_and_a_larger_one_by_its_headers(box, acting):
    for number, size in ((1, 20), (2, 26)):
        box.deliver(letter(number, files=(b"x" * 76 + b"\r\n") * (size * 2**20 // 78)))
    poll()
    assert Why.TOO_LARGE in [why for _, why in taken(acting)]
    assert len(taken(acting)) == 2
    assert box.read() == [True, True]
