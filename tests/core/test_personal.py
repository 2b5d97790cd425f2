"""Personal values live only inside the sealed column, and open only where they belong."""

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from crm.clients import queries
from crm.clients.models import Client
from crm.core import keys, tenancy, tokens
from crm.core.db import db
from crm.core.personal import SubjectKey, personal_fields
from crm.core.tokens import SearchToken
from crm.webforms.models import Submission


@pytest.fixture
def client(acting, ours):
    return acting.get_one(Client, ours.client_id)


def found(query):
    return [client.full_name for client in queries.page(queries.Filter(query=query))]


def reread(client):
    db.session.flush()
    db.session.expire(client)


def test_a_sealed_value_reads_and_writes_like_an_attribute(client):
    client.address = "Москва, Арбат, 1"
    reread(client)
    assert client.address == "Москва, Арбат, 1"


@pytest.mark.parametrize("value", ["Лугов", "+79121234567", "petr@lugov"])
def test_the_sealed_column_does_not_show_a_value(client, value):
    assert value.encode() not in client.sealed


def test_the_same_value_is_sealed_differently_each_time(client):
    before = client.sealed
    client.seal()
    assert client.sealed != before


@pytest.mark.parametrize("position", [0, 20, -1])
def test_a_changed_byte_does_not_open(client, position):
    damaged = bytearray(client.sealed)
    damaged[position] ^= 1
    client.sealed = bytes(damaged)
    client.__dict__.pop("_open", None)
    with pytest.raises(InvalidTag):
        client.opened()


def test_a_value_moved_to_another_row_of_the_same_person_does_not_open(client, acting):
    submission = acting.scalars(select(Submission)).one()
    submission.sealed = client.sealed
    submission.__dict__.pop("_open", None)
    with pytest.raises(InvalidTag):
        submission.opened()


def test_a_value_does_not_open_with_the_key_of_another_person(client):
    client.subject_key = SubjectKey.fresh()
    client.__dict__.pop("_open", None)
    with pytest.raises(InvalidTag):
        client.opened()


def test_a_person_is_found_by_a_new_name_and_no_longer_by_the_old(client):
    client.captured = {}
    client.full_name = "Сидор Полянский"
    reread(client)
    assert (found("полянский"), found("лугов")) == (["Сидор Полянский"], [])


def test_a_person_keeps_the_tokens_that_another_value_still_gives(client):
    client.full_name = "Сидор Полянский"  # the old name still stands among the captured values
    reread(client)
    assert found("лугов") == ["Сидор Полянский"]


def test_a_change_that_was_rolled_back_is_forgotten(client, acting):
    client.full_name = "Сидор Полянский"
    acting.rollback()
    assert client.full_name == "Пётр Лугов"


def test_a_value_taken_away_is_gone_from_the_row_and_from_search(client):
    client.captured = {}
    client.phone = None
    reread(client)
    assert client.phone is None
    assert found("1234567") == []


def test_only_filled_fields_count_as_categories(client):
    client.address, client.education = "Москва", ""
    assert client.categories() == {"full_name", "phone", "email", "address"}


def test_the_declaration_is_the_list_of_personal_fields():
    assert {"full_name", "email", "phone", "captured"} < set(personal_fields(Client))


def test_keys_of_different_uses_and_operators_are_different(app, house):
    uses = ("wrap", "search", "repetition")
    made = [derived(app, operator, use) for operator in (house.ours, house.neighbour) for use in uses]
    assert len(set(made)) == 6


def derived(app, operator, use):
    with app.app_context():
        tenancy.enter(operator.id)
        return keys.derived(use)


def test_the_wrapped_key_is_not_the_key(client):
    assert keys.derived("wrap") not in client.subject_key.wrapped


def test_no_token_shows_a_word_of_the_person(acting):
    every = b"".join(acting.scalars(select(SearchToken.token)))
    assert all(item.encode() not in every for item in tokens.words("Лугов"))
