"""Putting a card right: the wrong value goes, it stays told where it came from and who corrected it, and a form that
brings it again does not make it the card's."""

import json

import pytest
from sqlalchemy import select

from crm.accounts.models import User
from crm.audit.models import Action, AuditEntry
from crm.clients import queries
from crm.clients.commands import ChangedMeanwhile, NothingToCorrect, Source, correct
from crm.clients.policy import FIELDS
from crm.core import files, transaction
from crm.core.db import db
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from tests.builders import submission
from tests.consents.willing import MARIA

WRONG, RIGHT = MARIA["phone"], "+79990001122"
WORD = Source("звонила сама")


@pytest.fixture
def anna(acting, ours):
    return acting.get_one(User, ours.owner.id)


@pytest.fixture
def maria(acting, ours):
    made = submission(ours.form_id, **MARIA)
    db.session.flush()
    return made.client


@pytest.fixture
def put_right(maria, anna):
    """Corrects the card of Maria: fields by name; `wrong` what is not true beside them."""

    def put(source=WORD, wrong=(), **values):
        done = correct(maria, shown(maria) | values, source=source, wrong=wrong, by=anna)
        db.session.flush()
        return done

    return put


def shown(client):
    return {name: getattr(client, name) or "" for name in FIELDS}


def values(client, field):
    return [entry["value"] for entry in client.captured.get(field, [])]


def found(query):
    return [client.id for client in queries.page(queries.Filter(query=query))]


def test_the_right_value_stands_in_the_place_of_the_wrong_one(maria, put_right):
    assert put_right(phone=RIGHT) == {"phone"}
    assert (maria.phone, values(maria, "phone")) == (RIGHT, [RIGHT])
    assert maria.full_name == MARIA["full_name"]


def test_nobody_is_found_by_the_wrong_value_any_more(maria, put_right):
    put_right(phone=RIGHT, full_name="Мария Петрова", email="petrova@example.org")
    assert found("новикова") == found(WRONG) == found(MARIA["email"]) == []
    assert found("петрова") == found(RIGHT) == found("petrova@example.org") == [maria.id]
    assert queries.by_email(MARIA["email"]) is None
    assert list(queries.by_phone(WRONG)) == []


def test_the_wrong_value_is_kept_nowhere_on_the_card(maria, put_right):
    put_right(phone=RIGHT)
    assert WRONG not in json.dumps(maria.opened())


def test_it_stays_told_whence_it_came_who_corrected_it_when_and_why(maria, put_right, anna, clock):
    since = maria.captured["phone"][0]["at"]
    at = clock.stop()
    put_right(Source("показала договор", maria.id, 7), phone=RIGHT)
    (trace,) = maria.corrections
    assert (trace["field"], trace["from"], trace["since"]) == ("phone", "Заявка с сайта", since)
    assert (trace["at"], trace["by"], trace["request"], trace["why"]) == (
        at.isoformat(),
        anna.id.hex,
        7,
        "показала договор",
    )
    (entry,) = maria.captured["phone"]
    assert (entry["from"], entry["by"], entry["request"]) == ("исправлено по обращению № 7", anna.id.hex, 7)


def test_the_trail_names_fields_and_no_values(maria, put_right, acting, anna):
    put_right(Source("показала договор", maria.id, 7), phone=RIGHT, address="Тверь")
    entry = acting.scalars(select(AuditEntry).filter_by(action=Action.CLIENT_CORRECTED)).one()
    assert (entry.actor_id, entry.subject_id) == (anna.id, maria.id)
    assert entry.details == {"fields": ["address", "phone"], "request": 7}


def test_a_value_that_is_not_known_any_more_is_taken_away(maria, put_right):
    put_right(phone="")
    assert (maria.phone, "phone" in maria.captured, len(maria.corrections)) == (None, False, 1)


def test_of_two_values_the_other_becomes_the_cards_when_the_first_was_wrong(maria, ours, put_right):
    submission(ours.form_id, email=MARIA["email"], phone=RIGHT)
    put_right(phone="")
    assert (maria.phone, values(maria, "phone")) == (RIGHT, [RIGHT])


def test_a_value_beside_the_cards_own_can_be_wrong_too(maria, ours, put_right):
    submission(ours.form_id, email=MARIA["email"], phone=RIGHT)
    db.session.flush()
    assert put_right(wrong=[("phone", RIGHT)]) == {"phone"}
    assert (maria.phone, values(maria, "phone"), found(RIGHT)) == (WRONG, [WRONG], [])


def test_the_right_value_may_be_one_that_stood_beside(maria, ours, put_right):
    submission(ours.form_id, email=MARIA["email"], phone=RIGHT)
    put_right(phone=RIGHT)
    assert (maria.phone, values(maria, "phone")) == (RIGHT, [RIGHT])


# a form brings the wrong value again


@pytest.mark.parametrize("new", [RIGHT, ""])
def test_a_form_does_not_bring_a_wrong_value_back_as_the_cards(maria, ours, put_right, new):
    put_right(phone=new)
    submission(ours.form_id, email=MARIA["email"], phone=WRONG, text_1="ещё")
    db.session.flush()
    assert maria.phone == (new or None)
    assert [entry["value"] for entry in maria.captured["phone"] if entry.get("is_wrong")] == [WRONG]
    assert found(WRONG) == []


def test_a_name_is_known_again_whatever_its_letters(maria, ours, put_right):
    put_right(full_name="")
    submission(ours.form_id, full_name="мария  НОВИКОВА", email=MARIA["email"])
    assert maria.full_name is None


def test_who_has_the_phone_now_gets_a_card_of_their_own(maria, ours, put_right):
    put_right(phone=RIGHT)
    assert submission(ours.form_id, full_name="Мария Другая", phone=WRONG).client is not maria


def test_a_wrong_value_that_came_again_can_be_taken_away_again(maria, ours, put_right):
    put_right(phone=RIGHT)
    submission(ours.form_id, email=MARIA["email"], phone=WRONG, text_1="ещё")
    put_right(wrong=[("phone", WRONG)])
    assert values(maria, "phone") == [RIGHT]


def test_what_was_found_wrong_may_turn_out_right(maria, ours, put_right):
    put_right(phone=RIGHT)
    put_right(phone=WRONG)
    assert (maria.phone, found(WRONG), found(RIGHT)) == (WRONG, [maria.id], [])
    assert queries.is_found_wrong(maria, "phone", RIGHT)
    assert not queries.is_found_wrong(maria, "phone", WRONG)


def test_the_same_value_of_another_field_or_person_is_not_wrong(maria, ours, put_right, acting):
    put_right(address="Тверь")
    put_right(address="Псков")
    assert queries.is_found_wrong(maria, "address", "тверь")
    assert not queries.is_found_wrong(maria, "birth_place", "Тверь")
    other = submission(ours.form_id, full_name="Олег", phone="+79031112233").client
    assert not queries.is_found_wrong(other, "address", "Тверь")


# what is refused


def test_a_correction_that_changes_nothing_is_none(put_right):
    with pytest.raises(NothingToCorrect):
        put_right()


def test_a_card_that_changed_meanwhile_is_not_corrected(maria, ours, anna):
    seen = queries.state_of(maria)
    submission(ours.form_id, email=MARIA["email"], phone=RIGHT)
    db.session.flush()
    with pytest.raises(ChangedMeanwhile):
        correct(maria, shown(maria) | {"phone": RIGHT}, source=WORD, by=anna, seen=seen)
    assert maria.phone == WRONG


def test_a_card_that_is_gone_is_not_corrected(maria, anna):
    before = shown(maria)
    with transaction.of_its_own():
        erasure.erase(maria.id, reason=Reason.DEMANDED, by=anna)
    with pytest.raises(ChangedMeanwhile):
        correct(maria, before | {"phone": RIGHT}, source=WORD, by=anna)


def test_what_was_corrected_is_a_category_of_its_own_and_goes_with_the_rest(maria, put_right, anna, acting):
    put_right(phone=RIGHT)
    assert "correction" in maria.categories()
    act = erasure.erase(maria.id, reason=Reason.DEMANDED, by=anna)
    assert "сведения об исправлениях данных: когда, кем и почему" in act.data_categories
    assert "номер телефона" in act.data_categories


def test_a_blocked_card_may_be_corrected(maria, put_right, clock):
    maria.blocked_at = clock.stop()
    put_right(phone=RIGHT)
    assert maria.phone == RIGHT


def test_a_file_of_the_person_stays(maria, put_right):
    kept = files.keep(maria.subject_key, name="скан.pdf", content=b"%PDF-1.4\n%%EOF\n")
    put_right(phone=RIGHT)
    assert kept.enclosed()
