"""The status page and the code: what anybody sees who holds its address, and how a mailbox is proved."""

import pytest

from crm.accounts import commands
from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.clients.models import Client
from crm.core import transaction
from crm.subject_requests import asking, page, queries, steps
from crm.subject_requests.models import Identity, RequestKind, RequestState
from tests.subject_requests.asking import PETR, client_of, code, letters, requests, return_code, send, wrong

WORDS = ("Пётр", "Лугов", "lugov", "Сотрите", "Договор 77")


# the status page


def test_the_status_page_tells_number_day_and_state_and_nothing_of_the_person(visitor, acting, ours, clock):
    clock.stop()
    shown = visitor.get(send(visitor, ours).location).text
    (made,) = requests(acting)
    assert f"Обращение № {made.number}" in shown
    assert "получено" in shown
    assert "Удалить мои данные" in shown
    assert [word for word in WORDS if word in shown.replace("p•••@lugov.example.org", "")] == []
    assert visitor.get("/").status_code == 303  # still a stranger


def test_only_the_hash_of_the_address_is_kept(app, house, visitor, ours):
    token = send(visitor, ours).location.rpartition("/")[2]
    assert len(token) == page.TOKEN_LETTERS
    assert token.encode() not in house.database.raw()


@pytest.mark.parametrize("token", ["x", "0" * 40, "%00", "я"])
def test_an_address_that_was_guessed_is_not_found(visitor, ours, token):
    assert visitor.get(f"/request/{ours.public_code}/{token}").status_code == 404


def test_a_request_is_found_at_the_address_of_its_own_operator_alone(house, visitor, ours):
    token = send(visitor, ours).location.rpartition("/")[2]
    visitor.foreign = ()
    assert visitor.get(f"/request/{house.neighbour.public_code}/{token}").status_code == 404


def test_nor_at_that_of_another_legal_entity_of_the_same_operator(visitor, acting, ours):
    with transaction.of_its_own():
        by, other = acting.get_one(User, ours.owner.id), accounts.main_entity()
        names = ("legal_form", "address", "request_email", "request_phone", "responsible_person")
        requisites = {name: getattr(other, name) for name in names} | {
            "name": "Вторая",
            "processor": "",
            "inn": "7728168971",
            "ogrn": "1027700067328",
        }
        code = commands.add_entity(requisites=requisites, by=by).public_code
    acting.rollback()
    visitor.foreign = ()
    token = send(visitor, ours).location.rpartition("/")[2]
    assert visitor.get(f"/request/{code}").status_code == 200
    assert visitor.get(f"/request/{code}/{token}").status_code == 404


@pytest.mark.parametrize("state", RequestState)
def test_every_state_has_words_for_the_person(visitor, acting, ours, state):
    address = send(visitor, ours).location
    with transaction.of_its_own():
        requests(acting)[0].state = state
    acting.rollback()
    assert visitor.get(address).status_code == 200


# the code


def test_the_code_goes_by_letter_and_only_its_keyed_hash_is_kept(app, house, visitor, acting, ours):
    address = send(visitor, ours).location
    (letter,) = letters(acting)
    assert letter.to == PETR
    assert f"http://localhost{address}" in letter.text
    assert "Сотрите" not in letter.text
    assert code(acting).encode() not in requests(acting)[0].code_hash


def test_before_the_code_comes_back_no_card_is_touched(visitor, acting, ours):
    send(visitor, ours)
    client = client_of(acting, ours)
    assert (client.blocked_at, client.marketing_stopped_at, client.restricted_at) == (None, None, None)
    (tied,) = queries.cards_of(requests(acting)[0])
    assert (tied.client.id, tied.card.is_confirmed) == (ours.client_id, False)


def test_with_the_code_the_mailbox_is_proved_and_the_card_is_blocked_as_at_intake(visitor, acting, ours, clock):
    clock.stop()
    address = send(visitor, ours).location
    moment = clock.move(minutes=5)
    answer = return_code(visitor, address, code(acting))
    assert (answer.status_code, answer.location) == (303, address)
    (made,) = requests(acting)
    assert (made.mailbox_proved_at, made.identity, made.code_hash) == (moment, Identity.CODE, None)
    client = client_of(acting, ours)
    assert client.blocked_at
    assert client.marketing_stopped_at
    (tied,) = queries.cards_of(made)
    assert not tied.card.is_confirmed  # a human still looks
    assert "подтверждена" in visitor.get(address).text


def test_that_staff_confirm_what_is_asked_proves_nobody_either(visitor, acting, ours):
    send(visitor, ours)
    (made,) = requests(acting)
    with transaction.of_its_own():
        boss = acting.get_one(User, ours.owner.id)
        steps.confirm_kind(made, kind=RequestKind.ERASURE, by=boss, seen_revision=made.revision)
    assert client_of(acting, ours).blocked_at is None


def test_only_advertising_stops_where_only_that_was_asked(visitor, acting, ours):
    address = send(visitor, ours, kind="stop_marketing").location
    return_code(visitor, address, code(acting))
    client = client_of(acting, ours)
    assert (client.blocked_at, bool(client.marketing_stopped_at)) == (None, True)


def test_a_proved_mailbox_that_is_no_cards_own_blocks_nobody(visitor, acting, ours):
    address = send(visitor, ours, email="other@example.org", phone="8 912 123-45-67").location
    return_code(visitor, address, code(acting))
    (made,) = requests(acting)
    assert made.mailbox_proved_at
    assert made.identity is None
    assert client_of(acting, ours).blocked_at is None


def test_a_mailbox_that_proves_nothing_about_its_card_blocks_nobody(visitor, acting, ours):
    with transaction.of_its_own():
        acting.get_one(Client, ours.client_id).is_joined_by_phone = True
    acting.rollback()
    address = send(visitor, ours).location
    return_code(visitor, address, code(acting))
    assert (requests(acting)[0].identity, client_of(acting, ours).blocked_at) == (None, None)


def test_a_wrong_code_proves_nothing_and_is_said_beside_the_field(visitor, acting, ours):
    address = send(visitor, ours).location
    answer = return_code(visitor, address, wrong(code(acting)))
    assert (answer.status_code, 'id="code-errors"' in answer.text) == (422, True)
    assert requests(acting)[0].mailbox_proved_at is None


def test_five_tries_and_then_even_the_right_code_is_refused(visitor, acting, ours):
    address = send(visitor, ours).location
    right = code(acting)
    answers = [return_code(visitor, address, wrong(right)) for _ in range(5)] + [return_code(visitor, address, right)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert requests(acting)[0].mailbox_proved_at is None


def test_a_new_code_takes_the_place_of_the_old_one_and_can_be_tried_anew(visitor, acting, ours, clock):
    clock.stop()
    address = send(visitor, ours).location
    old = code(acting)
    for _ in range(5):
        return_code(visitor, address, wrong(old))
    clock.move(minutes=1)
    assert visitor.fill(address, button="Прислать новый код").status_code == 303
    new = code(acting)
    if old != new:
        assert return_code(visitor, address, old).status_code == 422
    assert return_code(visitor, address, new).status_code == 303


def test_new_codes_are_few(visitor, acting, ours, clock):
    clock.stop()
    address = send(visitor, ours).location
    answers = [visitor.fill(address, button="Прислать новый код") for _ in range(asking.CODES.count + 1)]
    assert [answer.status_code for answer in answers] == [303] * asking.CODES.count + [429]
    assert len(letters(acting)) == 1 + asking.CODES.count


def test_a_code_is_good_for_a_day(visitor, acting, ours, clock):
    clock.stop()
    address = send(visitor, ours).location
    right = code(acting)
    clock.move(hours=24, seconds=1)
    assert return_code(visitor, address, right).status_code == 422


def test_a_code_of_another_request_does_not_fit(visitor, acting, ours):
    first = send(visitor, ours).location
    theirs = code(acting)
    send(visitor, ours, email="other@example.org")
    mine = code(acting)
    if theirs != mine:
        assert return_code(visitor, first, mine).status_code == 422


@pytest.mark.parametrize("typed", ["", "x", "0" * 1000, "123 456 7", "-1", "１２３４５６", "\x00"])
def test_what_is_no_code_is_refused(visitor, ours, typed):
    assert return_code(visitor, send(visitor, ours).location, typed).status_code in (422, 429)


def test_a_code_may_be_typed_with_spaces(visitor, acting, ours):
    address = send(visitor, ours).location
    right = code(acting)
    assert return_code(visitor, address, f" {right[:3]} {right[3:]} ").status_code == 303


def test_what_was_proved_is_not_proved_again(visitor, acting, ours):
    address = send(visitor, ours).location
    opened, right = visitor.get(address), code(acting)
    for expected in (303, 422):
        answer = visitor.submit(opened, button="Подтвердить", code=right)
        assert answer.status_code == expected


def test_who_left_no_mailbox_is_asked_for_no_code(visitor, acting, ours):
    address = send(visitor, ours, email="", phone="8 912 000-11-22").location
    assert "Подтвердите почту" not in visitor.get(address).text
    assert letters(acting) == []
