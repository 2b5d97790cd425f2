"""A letter is a row first: sent after the commit, once, to the right person or not at all."""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.accounts.models import User
from crm.clients.models import Client
from crm.core import jobs, outbox, tenancy, transaction
from crm.core.clock import now
from crm.core.db import db
from crm.core.letters import MOST_ATTEMPTS, Fault, Letter, LetterState, Undelivered
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from crm.mail import queries
from crm.mail.models import MailAccount
from tests import post_office
from tests.core.at_once import at_once, until
from tests.core.sending import SENDER, SUBJECT, TEXT, TO, jobs_of, letter, outcome, send
from tests.house.dumps import number_of

# how it goes


def test_a_letter_goes_as_it_was_written(any_office, write):
    write()
    jobs.work_off()
    (got,) = any_office.letters
    sender = got["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("ООО «Ромашка»", post_office.NAME)
    assert (got["To"], got["Subject"], post_office.words(got)) == (TO, SUBJECT, TEXT)
    assert got.envelope == (post_office.NAME, [TO])


def test_a_letter_carries_what_a_letter_must(office, write, clock):
    moment = clock.stop()
    write()
    jobs.work_off()
    (got,) = office.letters
    assert (got.get_content_type(), got.get_content_charset()) == ("text/plain", "utf-8")
    assert got["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(got["Date"]) == moment.replace(microsecond=0)
    assert got["Message-ID"].strip().endswith("@romashka.example.org>")
    assert got.raw.isascii()


def test_a_letter_that_went_is_marked_and_goes_no_more(office, write):
    sent = write()
    send()
    send()
    assert len(office.letters) == 1
    assert outcome(sent) == (LetterState.SENT, 1, None)
    assert letter(sent).sent_at <= now()
    assert letter(sent).message_id == office.letters[0]["Message-ID"]


def test_nothing_goes_before_the_commit_nor_without_it(office, acting, ours):
    key = acting.get_one(Client, ours.client_id).subject_key
    outbox.write(key, to=TO, subject=SUBJECT, text=TEXT, key="receipt:1")
    acting.flush()
    jobs.work_off()
    send()  # gives the transaction up
    assert office.offered == []


def test_one_cause_makes_one_letter(office, write, acting, ours):
    first = write("receipt:1")
    with transaction.of_its_own():
        key = acting.get_one(Client, ours.client_id).subject_key
        again = outbox.write(key, to=TO, subject="Другое", text=TEXT, key="receipt:1")
        other = [outbox.write(key, to=TO, subject=SUBJECT, text=TEXT, key="receipt:2") for _ in range(2)]
    assert again.id == first
    assert other[0] is other[1]
    send()
    assert len(office.letters) == 2


def test_a_letter_says_what_it_is_for(write):
    assert letter(write("confirm_newsletter:018f")).kind == "confirm_newsletter"


@pytest.mark.parametrize(
    "key", ["", "Receipt", "receipt:", "receipt:petr@lugov.example.org", "пётр", "a" * 41, "a:" + "b" * 99]
)
def test_a_key_cannot_hold_anything_of_a_person(write, key):
    with pytest.raises(ValueError, match="key of a letter"):
        write(key)


def test_many_letters_go_over_few_connections(office, write, acting, ours):
    key = acting.get_one(Client, ours.client_id).subject_key
    with transaction.of_its_own():
        for n in range(outbox.BATCH + 3):
            outbox.write(key, to=TO, subject=SUBJECT, text=TEXT, key=f"receipt:{n}")
    send()
    assert len({got["Message-ID"] for got in office.letters}) == len(office.letters) == outbox.BATCH + 3
    assert office.connections == 2


def test_several_workers_at_once_send_each_letter_once(app, office, write, ours):
    written = [write(f"receipt:{n}") for n in range(12)]
    office.pauses["RCPT"] = 0.02
    db.session.rollback()
    at_once([lambda: jobs_of(app).do(outbox.deliver.name, ours.id.hex)] * 4)
    assert sorted(got["Message-ID"] for got in office.letters) == sorted(letter(one).message_id for one in written)


def test_an_operator_sends_its_own_letters_only(app, house, office, write):
    with app.app_context():
        tenancy.enter(house.neighbour.id)
        theirs = write("receipt:9", operator=house.neighbour)
    write("receipt:9")
    send()
    assert len(office.letters) == 1
    with app.app_context():
        tenancy.enter(house.neighbour.id)
        assert letter(theirs).state is LetterState.WAITING


# when somebody is erased


def erase(ours) -> None:
    with transaction.of_its_own():
        erasure.erase(ours.client_id, reason=Reason.DEMANDED, by=db.session.get_one(User, ours.owner.id))


def test_a_letter_to_an_erased_person_is_never_sent(office, write, ours):
    write()
    erase(ours)
    send()
    assert (office.connections, number_of(Letter, ours)) == (0, 0)


def test_the_letters_that_went_are_destroyed_too(office, write, ours):
    write()
    send()
    erase(ours)
    assert number_of(Letter, ours) == 0


@pytest.mark.parametrize("answer", [None, "450 later", "550 never"])
def test_erasing_in_the_middle_of_an_attempt_leaves_nothing_behind(app, office, write, ours, answer):
    """What was being handed over may arrive; the row is gone, nobody stumbles over that, nothing goes again."""
    write()
    office.says.update({"DATA": answer} if answer else {})
    office.pauses["DATA"] = 0.5
    db.session.rollback()

    def erase_meanwhile():
        with app.app_context():
            tenancy.enter(ours.id)
            until(lambda: office.offered)
            erase(ours)

    at_once([lambda: jobs_of(app).do(outbox.deliver.name, ours.id.hex), erase_meanwhile])
    send()
    assert number_of(Letter, ours) == 0
    assert len(office.offered) == 1


def test_a_slow_server_has_its_turn_like_others_and_then_waits_for_the_next(app, office, write, monkeypatch, ours):
    monkeypatch.setattr(outbox, "TURN", timedelta(0))
    for n in range(3):
        write(f"receipt:{n}")
    app.extensions["jobs"].huey.flush()
    with app.app_context():
        for sent in (1, 2, 3):
            jobs_of(app).do(outbox.deliver.name, ours.id.hex)
            assert (len(office.letters), jobs.queue_length()) == (sent, sent)


# when a worker is killed


def test_a_letter_in_somebodys_hand_is_left_to_them_until_the_lease_ends(office, write, clock):
    clock.stop()
    sent = write()
    attempt = outbox._claim(SENDER)
    clock.move(seconds=outbox.LEASE.total_seconds() - 1)
    send()
    assert office.letters == []
    clock.move(seconds=1)
    send()
    assert [got["Message-ID"] for got in office.letters] == [attempt.message["Message-ID"]]
    assert letter(sent).attempts == 2


def test_who_comes_back_after_the_lease_ended_changes_nothing(office, write, clock):
    sent = write()
    late = outbox._claim(SENDER)
    clock.move(minutes=6)
    send()
    outbox._put_back(late, Undelivered(Fault.TIME))
    assert outcome(sent) == (LetterState.SENT, 2, None)


def test_a_letter_that_ends_every_worker_is_given_up(office, write, clock):
    sent = write()
    for _ in range(MOST_ATTEMPTS):
        assert outbox._claim(SENDER)
        clock.move(minutes=6)
    send()
    assert outcome(sent) == (LetterState.GIVEN_UP, MOST_ATTEMPTS, Fault.INTERRUPTED)
    assert office.offered == []


# what is written down


def test_nothing_of_a_letter_is_in_clear_anywhere(app, house, office, write, log, clock):
    office.says["RCPT"] = f"450 mailbox of {TO} is full"
    write(subject="Канарейка", text="Щегол поёт")
    send()
    office.says["RCPT"] = f"550 {TO} does not live here"
    clock.move(hours=1)
    send()
    queue = b"".join(jobs_of(app).huey.storage.enqueued_items())
    kept = b"".join(path.read_bytes() for path in Path(app.instance_path).rglob("*") if path.is_file())
    raw = house.database.raw() + kept + log.getvalue().encode() + queue
    assert [word for word in (TO, "Канарейка", "Щегол", post_office.SECRET) if word.encode() in raw] == []


def test_the_password_of_the_mail_account_is_sealed(acting, office):
    found = acting.scalar(select(MailAccount))
    assert post_office.SECRET.encode() not in found.password
    assert queries.password(found) == post_office.SECRET
