"""The part of the receipt by which consent is taken back: it asks for proof of the mailbox, and acts on no less."""

import pytest
from sqlalchemy import select

from crm.consents.models import ConsentLink
from crm.core import transaction
from crm.core.letters import Letter
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from tests.browsing import page as parsed
from tests.consents.willing import ENQUIRY, REGISTRATION, send
from tests.core.rows import everything, gained

ACCEPTED, UNTICKED, TOO_MANY = "Просьба принята", "Отметьте, какое согласие отозвать", "Просьб было слишком много"


@pytest.fixture
def kept(acting):
    """Commits what a test lets somebody send; the number of the receipt and the submission's key."""

    def keep(*args, **values):
        with transaction.of_its_own():
            sent = send(*args, **values)
            made = sent.consent.receipt, sent.client_id
        acting.rollback()
        return made

    return keep


def ask(visitor, number, *, box=0):
    """Tick a consent of the receipt and press the button."""
    opened = visitor.get(f"/receipt/{number}")
    ticked = parsed(opened, visitor.application).forms[0].choices("record")[box]
    return visitor.submit(opened, record=[ticked])


def written(acting, kind="withdraw"):
    acting.rollback()
    return len(acting.scalars(select(Letter).filter_by(kind=kind)).all())


def test_the_button_sends_a_link_and_changes_nothing_else(app, visitor, acting, form, kept):
    number, _ = kept(form, ENQUIRY, REGISTRATION)
    before = everything(app)
    answer = ask(visitor, number)
    assert (answer.status_code, answer.location) == (303, f"/receipt/{number}?asked=1#withdraw")
    assert gained(app, before) == {"audit_entry": 1, "consent_link": 1, "letter": 1, "throttle": 3}
    assert ACCEPTED in visitor.get(answer.location).text


def test_no_box_is_ticked_beforehand_and_none_ticked_is_said_beside_them(app, visitor, form, kept):
    number, _ = kept(form, ENQUIRY, REGISTRATION)
    before = everything(app)
    answer = visitor.fill(f"/receipt/{number}")
    assert (answer.status_code, UNTICKED in answer.text) == (422, True)
    assert everything(app) == before


def test_a_consent_of_another_receipt_cannot_be_asked_for(visitor, acting, form, kept):
    number, _ = kept(form, ENQUIRY)
    other, _ = kept(form, ENQUIRY, full_name="Другой", email="other@example.org")
    strange = parsed(visitor.get(f"/receipt/{other}"), visitor.application).forms[0].choices("record")
    for record in (*strange, "x", "0" * 32):
        assert visitor.post(f"/receipt/{number}/withdraw", data={"record": record}).status_code == 422
    assert written(acting) == 0


def test_the_answer_is_the_same_whatever_is_known_of_the_person(visitor, acting, anna, form, kept):
    with_mailbox, _ = kept(form, ENQUIRY)
    without, _ = kept(form, ENQUIRY, full_name="Пётр", phone="+79035550123")
    gone, client_id = kept(form, ENQUIRY, full_name="Иван", email="ivan@example.org")
    opened = visitor.get(f"/receipt/{gone}")
    ticked = parsed(opened, visitor.application).forms[0].choices("record")
    with transaction.of_its_own():
        erasure.erase(client_id, reason=Reason.DEMANDED, by=anna)
    answers = [ask(visitor, with_mailbox), ask(visitor, without), visitor.submit(opened, record=ticked)]
    numbers = (with_mailbox, without, gone)
    told = {(one.status_code, one.text.replace(n, "")) for one, n in zip(answers, numbers, strict=True)}
    assert len(told) == 1


def test_pages_of_who_left_a_mailbox_and_who_left_none_read_alike(visitor, form, kept):
    with_mailbox, _ = kept(form, ENQUIRY)
    without, _ = kept(form, ENQUIRY, full_name="Пётр", phone="+79035550123")
    words = [ask(visitor, number) and asked(visitor, number) for number in (with_mailbox, without)]
    assert words[0] == words[1]


def asked(visitor, number):
    shown = visitor.get(f"/receipt/{number}?asked=1").text.partition('id="withdraw"')[2]
    return shown.replace(number, "")


def test_by_one_receipt_it_can_be_asked_five_times_a_day(visitor, acting, form, kept, clock):
    clock.stop()
    number, _ = kept(form, ENQUIRY)
    assert [ask(visitor, number).status_code for _ in range(5)] == [303] * 5
    answer = ask(visitor, number)
    assert (answer.status_code, TOO_MANY in answer.text, written(acting)) == (429, True, 5)
    clock.move(days=1, minutes=1)
    assert ask(visitor, number).status_code == 303


def test_one_network_can_ask_thirty_times_an_hour(visitor, acting, form, kept, clock):
    clock.stop()
    visitor.environ_base |= {"REMOTE_ADDR": "2001:db8::1"}
    numbers = [kept(form, ENQUIRY, full_name=f"Человек {n}", email=f"p{n}@example.org")[0] for n in range(7)]
    statuses = [ask(visitor, number).status_code for number in numbers for _ in range(5)]
    assert statuses == [303] * 30 + [429] * 5
    visitor.environ_base |= {"REMOTE_ADDR": "2001:db8:1::1"}
    assert ask(visitor, kept(form, ENQUIRY)[0]).status_code == 303


def test_who_collects_receipts_in_anothers_name_cannot_bury_them_in_letters(visitor, acting, form, kept):
    numbers = [kept(form, ENQUIRY, email="victim@example.org", text_1=str(n))[0] for n in range(7)]
    assert {ask(visitor, number).status_code for number in numbers} == {303}
    assert written(acting) == 5


def test_a_wish_without_a_mailbox_waits_on_the_card(visitor, manager, acting, form, kept):
    number, client_id = kept(form, ENQUIRY, full_name="Пётр", phone="+79035550123")
    ask(visitor, number)
    assert "Просьба отозвать согласие" in manager.get(f"/clients/{client_id}").text
    assert (written(acting), len(acting.scalars(select(ConsentLink)).all())) == (0, 1)


def test_the_letter_goes_to_the_mailbox_of_the_card_and_names_no_person(visitor, acting, form, kept):
    number, _ = kept(form, ENQUIRY)
    ask(visitor, number)
    acting.rollback()
    (letter,) = acting.scalars(select(Letter).filter_by(kind="withdraw")).all()
    assert letter.to == "maria@novikova.example.org"
    assert not [word for word in ("Мария", "Новиков", "novikova", "7654321") if word in letter.subject + letter.text]
