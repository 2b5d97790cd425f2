"""The owner adds a manager, who comes in with a link that works once."""

import pytest

from tests.browsing import browser
from tests.builders import PASSWORD
from tests.core.at_once import at_once
from tests.core.rows import everything, gained

VERA = {"name": "Вера Полевая", "position": "Менеджер", "email": "vera@romashka.example.org"}


@pytest.fixture
def link(owner):
    """The path of the link that the owner gives to Вера."""
    return path_of(owner.fill("/settings/staff", **VERA))


def path_of(answer):
    return "/join/" + answer.text.partition("/join/")[2].partition('"')[0]


def test_the_link_names_the_address_of_the_installation(app, owner):
    answer = owner.fill("/settings/staff", **VERA)
    assert f'value="{app.config["BASE_URL"]}/join/' in answer.text


def test_the_invited_manager_sets_a_password_and_is_in(visitor, link):
    answer = visitor.fill(link, new_password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")
    assert VERA["name"] in visitor.get("/").text


def test_the_invited_manager_is_a_manager_of_this_operator(visitor, link, ours):
    visitor.fill(link, new_password=PASSWORD)
    assert visitor.get(f"/clients/{ours.client_id}").status_code == 200
    assert visitor.get("/settings/staff").status_code == 403


def test_the_invited_manager_signs_in_afterwards(app, visitor, link):
    visitor.fill(link, new_password=PASSWORD)
    answer = browser(app).fill("/sign-in", email=VERA["email"].upper(), password=PASSWORD)
    assert answer.status_code == 303


def test_before_joining_nobody_signs_in_with_the_address(visitor, link):
    assert visitor.fill("/sign-in", email=VERA["email"], password=PASSWORD).status_code == 422


def test_the_link_works_once(app, visitor, link):
    visitor.fill(link, new_password=PASSWORD)
    assert browser(app).get(link).status_code == 404


def test_a_page_opened_before_the_link_was_used_sets_no_second_password(app, visitor, link):
    late = browser(app)
    opened = late.get(link)
    visitor.fill(link, new_password=PASSWORD)
    assert late.submit(opened, new_password="совсем другая длинная фраза").status_code == 404
    assert browser(app).fill("/sign-in", email=VERA["email"], password=PASSWORD).status_code == 303


def test_the_link_used_at_once_by_several_lets_in_one(app, link):
    def somebody():
        who = browser(app)
        opened = who.get(link)
        return lambda: who.submit(opened, new_password=PASSWORD).status_code

    before = everything(app)
    answers = at_once([somebody() for _ in range(4)])
    assert (answers.count(303), gained(app, before)["credential"]) == (1, 1)


def test_the_link_expires_after_three_days(visitor, link, clock):
    clock.move(days=2, hours=23)
    assert visitor.get(link).status_code == 200
    clock.move(hours=2)
    assert visitor.get(link).status_code == 404


@pytest.mark.parametrize("change", ["{}x", "{}%00", "{}/..", "/join/", "/join/wrong", "/join/" + "x" * 5000])
def test_no_other_link_lets_in(visitor, link, change):
    assert visitor.get(change.format(link)).status_code == 404


def test_guessing_links_must_wait(visitor, link):
    answers = [visitor.get(f"/join/guess{n}").status_code for n in range(21)]
    assert answers == [404] * 20 + [429]


def test_a_guesser_does_not_keep_out_the_invited(visitor, link):
    for n in range(21):
        visitor.get(f"/join/guess{n}")
    assert visitor.get(link).status_code == 200


@pytest.mark.parametrize("password", ["", "короткий", "1" * 15, " " * 15, "я" * 201, "soglasie crm soglasie"])
def test_the_password_of_a_manager_keeps_the_same_rules(visitor, link, password):
    assert visitor.fill(link, new_password=password).status_code == 422
    assert visitor.fill(link, new_password=PASSWORD).status_code == 303


def test_who_took_the_address_meanwhile_keeps_it(app, visitor, owner, neighbour):
    link = path_of(owner.fill("/settings/staff", name="Вера", position="Менеджер", email="vera@example.org"))
    second = path_of(neighbour.fill("/settings/staff", name="Вера", position="Продавец", email="vera@example.org"))
    visitor.fill(link, new_password=PASSWORD)
    answer = browser(app).fill(second, new_password="совсем другая длинная фраза")
    assert answer.status_code == 409
    assert browser(app).fill("/sign-in", email="vera@example.org", password=PASSWORD).status_code == 303


def test_the_link_is_not_kept_anywhere(house, owner):
    code = path_of(owner.fill("/settings/staff", **VERA)).removeprefix("/join/")
    assert code.encode() not in house.database.raw()
    assert code not in owner.get("/settings/staff").text
