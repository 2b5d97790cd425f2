"""When a letter does not go: it waits, goes later and later, is given up visibly, and no secret is told meanwhile."""

from datetime import timedelta

import pytest

from crm.core import jobs, outbox, transaction
from crm.core.clock import now
from crm.core.letters import BACK_OFF, MOST_ATTEMPTS, Fault, LetterState
from crm.mail import smtp
from crm.mail.models import Security
from tests import post_office
from tests.core.sending import letter, outcome, send


def test_without_a_mail_server_letters_wait_uncounted_and_go_when_there_is_one(tmp_path, write, ours, clock):
    sent = write()
    for _ in range(3):
        send()
        clock.move(days=1)
    assert outcome(sent) == (LetterState.WAITING, 0, None)
    with post_office.opened(tmp_path, security="tls") as office:
        post_office.set_up(office, ours)
        jobs.work_off()
    assert len(office.letters) == 1


def test_after_a_refusal_for_now_it_goes_later_and_later_and_is_given_up_at_last(office, write, clock):
    office.says["RCPT"] = "450 later"
    clock.stop()
    sent = write()
    for attempt, wait in enumerate(BACK_OFF, start=1):
        send()
        assert (letter(sent).attempts, letter(sent).next_attempt_at - now()) == (attempt, wait)
        clock.move(seconds=wait.total_seconds() - 1)
        send()
        assert letter(sent).attempts == attempt
        clock.move(seconds=1)
    send()
    assert outcome(sent) == (LetterState.GIVEN_UP, MOST_ATTEMPTS, Fault.RECIPIENT)


def test_it_waits_one_five_and_thirty_minutes_two_six_and_twenty_four_hours():
    assert [wait.total_seconds() / 60 for wait in BACK_OFF] == [1, 5, 30, 120, 360, 1440]


def test_it_is_the_same_letter_at_every_attempt(office, write, clock):
    office.says["DATA"] = "451 later"
    write()
    for _ in range(3):
        send()
        clock.move(hours=1)
    office.says.clear()
    send()
    assert len(office.offered) == 4
    assert len({got["Message-ID"] for got in office.offered}) == 1
    assert len(office.letters) == 1


@pytest.mark.parametrize(
    ("command", "fault"), [("MAIL", Fault.SENDER), ("RCPT", Fault.RECIPIENT), ("DATA", Fault.MESSAGE)]
)
def test_a_refusal_for_good_gives_up_at_once(office, write, command, fault):
    office.says[command] = "550 never"
    sent = write()
    send()
    assert outcome(sent) == (LetterState.GIVEN_UP, 1, fault)


def test_one_refused_letter_does_not_stop_the_next(office, write, clock):
    written = [write("receipt:1", to="a b@x.ru"), write("receipt:2")]
    send()
    assert [letter(one).state for one in written] == [LetterState.GIVEN_UP, LetterState.SENT]


@pytest.mark.parametrize(("answer", "state"), [("554 no", LetterState.GIVEN_UP), ("450 later", LetterState.WAITING)])
def test_a_letter_refused_before_it_was_said_does_not_stop_the_next(office, write, clock, answer, state):
    clock.stop()
    office.before_data = [answer]
    written = [write("receipt:1")]
    clock.move(seconds=1)
    written.append(write("receipt:2"))
    send()
    assert [letter(one).state for one in written] == [state, LetterState.SENT]


def test_a_server_that_takes_a_message_it_did_not_hear_has_not_taken_it(office, write):
    office.before_data = ["250 what?"]
    sent = write()
    send()
    assert outcome(sent) == (LetterState.WAITING, 1, Fault.MESSAGE)


def test_a_server_that_looks_long_at_a_whole_letter_is_waited_for(office, write, monkeypatch):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    office.pauses["DATA"] = 1
    sent = write()
    send()
    assert (outcome(sent), len(office.letters)) == ((LetterState.SENT, 1, None), 1)


FAILURES = {
    "refused": (lambda office: office.stop_listening(), Fault.CONNECTION),
    "slow to greet": (lambda office: office.pauses.update(EHLO=5), Fault.TIME),
    "hangs up": (lambda office: setattr(office, "hangs_up_at", "EHLO"), Fault.CLOSED),
}


@pytest.mark.parametrize(("arrange", "fault"), FAILURES.values(), ids=FAILURES)
def test_an_unreachable_server_is_asked_once_for_all_letters(office, write, monkeypatch, arrange, fault, clock):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    clock.stop()
    arrange(office)
    written = [write(f"receipt:{n}") for n in range(3)]
    send()
    assert {outcome(one) for one in written} == {(LetterState.WAITING, 1, fault)}
    assert {letter(one).next_attempt_at - now() for one in written} == {BACK_OFF[0]}
    assert office.connections <= 1


@pytest.mark.parametrize(
    ("command", "how", "fault"),
    [
        ("RCPT", "pauses", Fault.TIME),
        ("DATA", "pauses", Fault.TIME),
        ("RCPT", "hangs_up_at", Fault.CLOSED),
        ("DATA", "hangs_up_at", Fault.CLOSED),
    ],
)
def test_a_server_that_stops_in_the_middle_is_tried_again_later(office, write, monkeypatch, command, how, fault):
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    monkeypatch.setattr(smtp, "TAKING_SECONDS", 0.3)
    setattr(office, how, {command: 5} if how == "pauses" else command)
    sent = write()
    send()
    assert outcome(sent) == (LetterState.WAITING, 1, fault)
    assert letter(sent).next_attempt_at > now()


def test_a_server_that_drips_its_answers_is_left_long_before_the_lease_ends(office, write, monkeypatch):
    assert timedelta(seconds=2 * smtp.LONGEST_SECONDS) < outbox.LEASE
    monkeypatch.setattr(smtp, "LONGEST_SECONDS", 0.3)
    office.pauses["RCPT"] = 5
    sent = write()
    send()
    assert letter(sent).last_error is Fault.TIME


def test_a_wrong_password_is_no_fault_of_the_letters(office, write, ours):
    post_office.set_up(office, ours, password="wrong")
    sent = write()
    send()
    assert outcome(sent) == (LetterState.WAITING, 1, Fault.LOGIN)


def test_a_server_without_encryption_sees_neither_password_nor_letter(tmp_path, write, ours, acting):
    with post_office.opened(tmp_path, security="none") as office:
        for n, security in enumerate(Security):
            post_office.set_up(office, ours, security=security)
            sent = write(f"receipt:{n}")
            send()
            assert letter(sent).last_error is Fault.TLS
    assert (office.passwords, office.offered) == ([], [])


@pytest.mark.parametrize("flaw", [{"names": ("other.example.org",)}, {"is_valid": False}], ids=["another's", "expired"])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_whose_certificate_is_not_right_gets_nothing(tmp_path, write, ours, acting, security, flaw):
    with post_office.opened(tmp_path, security=security, **flaw) as office:
        post_office.set_up(office, ours)
        sent = write()
        send()
        assert letter(sent).last_error is Fault.CERTIFICATE
    assert (office.passwords, office.offered) == ([], [])


def test_a_certificate_of_an_unknown_authority_is_not_believed(office, write, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    sent = write()
    send()
    assert letter(sent).last_error is Fault.CERTIFICATE


def test_letters_that_were_given_up_can_be_left_at_that(office, write):
    office.says["RCPT"] = "550 never"
    sent = write()
    send()
    with transaction.of_its_own():
        assert outbox.leave() == 1
    assert outbox.figures() == outbox.Figures(waiting=0, given_up=0)
    with transaction.of_its_own():
        assert outbox.try_again() == 0
    jobs.work_off()
    assert outcome(sent) == (LetterState.LEFT, 1, Fault.RECIPIENT)


def test_letters_that_were_given_up_can_be_sent_after_all(office, write):
    office.says["RCPT"] = "550 never"
    sent = write()
    send()
    office.says.clear()
    assert outbox.figures() == outbox.Figures(waiting=0, given_up=1)
    with transaction.of_its_own():
        assert outbox.try_again() == 1
    jobs.work_off()
    assert letter(sent).state is LetterState.SENT
