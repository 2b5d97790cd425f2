"""Recognising people: joined when they are surely the same, kept apart when they may not be, never overwritten."""

import pytest
from sqlalchemy import select

from crm.clients import queries
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.core import tenancy, transaction
from crm.core.db import db
from tests.builders import submission

ANNA = {"full_name": "Анна Ветрова", "email": "anna@vetrova.example.org", "phone": "+79161112233"}
JOINED = {
    "everything": ANNA,
    "only the e-mail": {"full_name": "Кто-то", "email": ANNA["email"]},
    "another name and phone, the same e-mail": {
        "full_name": "Ветрова",
        "email": ANNA["email"],
        "phone": "+79990001122",
    },
    "only the phone": {"full_name": "Анна", "phone": ANNA["phone"]},
    "the name turned round": {"full_name": "ВЕТРОВА АННА Петровна", "phone": ANNA["phone"]},
}
APART = {
    "another name, the same phone": {"full_name": "Игорь Ветров", "phone": ANNA["phone"]},
    "another e-mail, the same phone": {
        "full_name": "Анна Ветрова",
        "email": "a@other.example.org",
        "phone": ANNA["phone"],
    },
    "the same name": {"full_name": ANNA["full_name"]},
    "the same name, another phone": {"full_name": ANNA["full_name"], "phone": "+79161112234"},
    "the last ten digits of the phone": {"full_name": "Анна", "phone": "+19161112233"},
    "a longer e-mail": {"full_name": "Анна", "email": f"x{ANNA['email']}"},
    "nothing in common": {"full_name": "Олег", "email": "oleg@example.org", "phone": "+79161119999"},
}


def send(ours, **values):
    sent = submission(ours.form_id, **values)
    db.session.flush()
    return sent.client


@pytest.fixture
def anna(acting, ours):
    return send(ours, **ANNA)


@pytest.mark.parametrize("values", JOINED.values(), ids=JOINED)
def test_who_is_surely_the_same_gets_the_same_card(anna, ours, values):
    assert send(ours, **values, text_1="ещё раз") is anna


@pytest.mark.parametrize("values", APART.values(), ids=APART)
def test_who_may_be_another_gets_another_card(anna, ours, values):
    assert send(ours, **values, text_1="ещё раз") is not anna


@pytest.mark.parametrize("name", ["another name, the same phone", "another e-mail, the same phone"])
def test_conflicting_identities_hint_at_each_other(anna, ours, name):
    other = send(ours, **APART[name])
    assert queries.look_alikes(anna) == [other]
    assert queries.look_alikes(other) == [anna]


def test_strangers_do_not_hint_at_each_other(anna, ours):
    send(ours, **APART["nothing in common"])
    assert queries.look_alikes(anna) == []


def test_nobody_overwrites_a_card_by_knowing_an_e_mail(anna, ours):
    send(ours, full_name="Злой Умысел", email=ANNA["email"], phone="+79990001122")
    db.session.expire_all()
    assert (anna.full_name, anna.phone, anna.email) == (ANNA["full_name"], ANNA["phone"], ANNA["email"])


def test_later_values_stand_beside_the_first_with_their_source(anna, ours, clock):
    at = clock.stop()
    send(ours, full_name="Анна Зимина", email=ANNA["email"])
    first, second = anna.captured["full_name"]
    assert (first["value"], second["value"]) == ("Анна Ветрова", "Анна Зимина")
    assert (second["from"], second["at"], second["label"]) == ("Заявка с сайта", at.isoformat(), "ФИО")


def test_the_same_value_is_captured_once(anna, ours):
    send(ours, **ANNA, text_1="ещё раз")
    assert [len(entries) for entries in anna.captured.values()] == [1, 1, 1]


def test_a_value_that_was_missing_is_taken_from_a_later_submission(acting, ours):
    olga = send(ours, full_name="Ольга", email="olga@example.org")
    send(ours, full_name="Ольга", email="olga@example.org", phone="+79161110000")
    assert olga.phone == "+79161110000"


def test_a_person_is_recognised_by_an_address_given_later(anna, ours):
    send(ours, full_name="Анна Ветрова", phone=ANNA["phone"], text_1="ещё")
    send(ours, full_name="Анна", email=ANNA["email"], phone="+79990001122")
    assert send(ours, full_name="Анна", phone="+79990001122", text_1="третий раз") is anna


def test_everything_that_was_captured_makes_a_person_found(anna, ours):
    send(ours, full_name="Анна Зимина", email=ANNA["email"], phone="+79990001122")
    for query in ("ветрова", "зимина", "1112233", "0001122", ANNA["email"]):
        assert queries.page(queries.Filter(query=query)) == [anna]


def test_who_gives_neither_e_mail_nor_phone_is_a_new_card_each_time(acting, ours):
    assert send(ours, full_name="Иван", text_1="раз") is not send(ours, full_name="Иван", text_1="два")


def test_free_text_stays_in_the_submission(anna, ours):
    send(ours, **ANNA, text_1="личное письмо")
    assert "text_1" not in anna.captured


def test_a_card_remembers_the_form_that_opened_it_and_its_standing(anna, ours):
    assert (anna.form_id, anna.standing) == (ours.form_id, ConsentStanding.GIVEN)


def test_nobody_is_recognised_across_operators(app, house, ours):
    made = []
    for operator in (house.ours, house.neighbour):
        with app.test_request_context("/"):
            tenancy.enter(operator.id)
            with transaction.of_its_own():
                made.append(send(operator, **ANNA).id)
    assert made[0] != made[1]


def test_each_card_has_a_key_of_its_own(acting, ours):
    send(ours, **ANNA)
    keys = db.session.scalars(select(Client.subject_key_id)).all()
    assert len(set(keys)) == len(keys) == 2
