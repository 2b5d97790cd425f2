"""The receipt: what was agreed to, when, for which purpose — and nothing about the person."""

import hashlib

import pytest
from sqlalchemy import select

from crm.consents import commands
from crm.consents.commands import Circumstances
from crm.consents.models import Channel
from crm.core import transaction
from crm.webforms.models import Submission
from tests.consents.willing import (
    ENQUIRY,
    NEWSLETTER,
    REGISTRATION,
    day,
    purpose,
)
from tests.consents.willing import send as sent_by
from tests.core.rows import everything
from tests.webforms.sending import TRACES, send


@pytest.fixture
def number(visitor, ours):
    """The receipt of somebody who has just sent our form."""
    return send(visitor, ours).location.rpartition("/")[2]


def receipt(visitor, number):
    return visitor.get(f"/receipt/{number}")


def test_a_receipt_shows_text_time_purpose_and_check(visitor, ours, number):
    page = receipt(visitor, number)
    assert page.status_code == 200
    for word in (number, "связь с ним по этому обращению", f'href="/doc/{ours.document}"', "Согласие дано", "SHA-256"):
        assert word in page.text


def test_the_fingerprint_on_a_receipt_is_that_of_the_exact_text(visitor, ours, number):
    text = visitor.get(f"/doc/{ours.document}/text").data
    assert hashlib.sha256(text).hexdigest() in receipt(visitor, number).text


def test_a_receipt_says_nothing_about_the_person(visitor, number):
    pages = receipt(visitor, number).text + receipt(visitor, f"{number}/json").text
    assert not [trace for trace in (*TRACES, "127.0.0.1") if trace in pages]


@pytest.mark.parametrize("typed", [str.lower, str.upper, "  {}  ".format])
def test_a_number_may_be_typed_in_any_case(visitor, number, typed):
    assert receipt(visitor, typed(number)).status_code == 200


def ledger_rows(visitor, number):
    return [record["ledger"] for record in receipt(visitor, f"{number}/json").json["records"]]


def near(number):
    """Numbers that differ by a letter, by their operator, by a group."""
    letter = "A" if number[-1] != "A" else "B"
    return [
        number[:-1] + letter,
        number[:-1],
        number + "A",
        number.partition("-")[2],
        number[:6],
        number.replace("-", ""),
    ]


def test_no_number_near_a_receipt_is_one(visitor, number):
    assert {receipt(visitor, other).status_code for other in near(number)} == {404}


@pytest.mark.parametrize(
    "number", ["x", "%00", "-", "x" * 5000, "..", "'; DROP", "%F0%9F%90%B1", "<script>", "1-1-1-1-1-1"]
)
def test_what_is_no_number_is_not_found(visitor, number):
    assert receipt(visitor, number).status_code == 404


def test_a_number_of_one_operator_with_the_code_of_another_is_not_found(visitor, house, ours):
    visitor.foreign = ()
    mixed = ours.public_code + house.neighbour.receipt[6:]
    assert receipt(visitor, mixed).status_code == 404


def test_a_receipt_stays_true_to_the_old_text_after_a_new_edition(visitor, owner, ours, number):
    owner.fill("/settings/documents/consent", button="publish", draft="Новый текст", reviewed=True)
    assert f'href="/doc/{ours.document}"' in receipt(visitor, number).text


def test_a_receipt_says_that_consent_was_taken_back(visitor, manager, ours):
    manager.fill(f"/clients/{ours.client_id}/withdraw", channel="paper")
    page = receipt(visitor, ours.receipt).text
    assert "Согласие отозвано" in page
    assert "Данные уничтожены" not in page


def test_a_receipt_says_that_the_data_is_destroyed_and_still_verifies(visitor, manager, ours):
    before = ledger_rows(visitor, ours.receipt)
    manager.fill(f"/clients/{ours.client_id}/erase", reason="demanded", confirmation="УНИЧТОЖИТЬ")
    page = receipt(visitor, ours.receipt)
    assert (page.status_code, "Данные уничтожены" in page.text) == (200, True)
    assert ledger_rows(visitor, ours.receipt) == before


def test_reading_a_receipt_leaves_no_trace(app, visitor, number):
    before = everything(app)
    receipt(visitor, number)
    assert everything(app) == before


def test_a_receipt_tells_how_to_take_consent_back(visitor, number):
    page = receipt(visitor, number).text
    assert "pdn@romashka.example.org" in page
    assert "+7 495 123-45-67" in page


# several purposes under one number


@pytest.fixture
def wide(acting, form):
    """The receipt of somebody who agreed to two things; a third waits for its button."""
    with transaction.of_its_own():
        number = sent_by(form, ENQUIRY, REGISTRATION, NEWSLETTER).consent.receipt
    acting.rollback()
    return number


def test_every_purpose_agreed_to_stands_under_one_number(visitor, wide):
    page = receipt(visitor, wide).text
    assert page.count('class="receipt-purpose"') == 2
    for words in ("ответ на обращение", "регистрация пользователя"):
        assert words in page
    assert "рассылка рекламы" not in page


def test_each_purpose_has_its_own_text_and_check(visitor, wide):
    page = receipt(visitor, wide).text
    for record in receipt(visitor, f"{wide}/json").json["records"]:
        said = record["processing"]["consent_text"]
        text = visitor.get(said["url"].removeprefix("http://localhost"))
        assert hashlib.sha256(text.data).hexdigest() == said["sha256"]
        assert said["sha256"] in page
        assert said["url"].removeprefix("http://localhost").removesuffix("/text") in page


def test_of_two_purposes_each_tells_what_became_of_it(visitor, wide, acting, anna):
    with transaction.of_its_own():
        seen = Circumstances(Channel.EMAIL, given_on=day(-2))
        client_id = acting.scalars(select(Submission).order_by(Submission.id.desc())).first().client_id
        commands.withdraw(client_id, seen=seen, purpose_ids=[purpose(ENQUIRY).id], by=anna)
        told = day(-2).strftime("%d.%m.%Y")
    acting.rollback()
    page = receipt(visitor, wide).text
    assert (page.count("Согласие отозвано"), page.count("Согласие дано")) == (1, 1)
    assert told in page


def test_a_consent_whose_term_is_over_is_said_to_be_before_anybody_writes_it_down(visitor, ours, clock):
    assert "Согласие дано" in receipt(visitor, ours.receipt).text
    clock.move(days=365, seconds=1)
    page = receipt(visitor, ours.receipt).text
    assert ("Срок согласия истёк" in page, "Отозвать согласие</h2>" in page) == (True, False)


def test_after_the_destruction_nothing_is_said_to_hold(visitor, manager, ours):
    manager.fill(f"/clients/{ours.client_id}/erase", reason="demanded", confirmation="УНИЧТОЖИТЬ")
    page = receipt(visitor, ours.receipt).text
    assert ("Согласие дано" in page, "Прислать ссылку" in page) == (False, False)


def test_a_receipt_for_paper_says_what_is_checked_without_opening_anything(visitor, ours):
    page = receipt(visitor, ours.receipt).text
    on_paper = page.partition('class="print-only small"')[2].partition("</p>")[0]
    assert len([word for word in on_paper.replace("<", ">").split(">") if len(word) == 64]) == 2
    assert f"http://localhost/receipt/{ours.receipt}" in page
    assert "<nav" not in page
