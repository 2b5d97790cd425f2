"""Who works here, and what the owner decides about them."""

import pytest

from tests.core.posting import as_found
from tests.core.rows import everything, gained

NEW = {"name": "Вера Полевая", "position": "Менеджер", "email": "vera@romashka.example.org"}
OWNERS_PAGES = ["/settings/company", "/settings/staff", "/settings/trail"]
BAD = [(field, value) for field in NEW for value in ("", "   ", "я" * 100_000, "две\nстроки", "x\x00")]
BAD += [("email", value) for value in ("vera", "vera@", "a b@example.org", "vera@example.org\r\nBcc: x@example.org")]


def token_on(who, url):
    return who.get(url).text.partition('name="csrf_token" value="')[2].partition('"')[0]


def test_the_page_shows_everybody_with_role_and_position(owner, ours):
    page = owner.get("/settings/staff").text
    for word in (ours.owner.name, ours.owner.email, ours.manager.name, "владелец", "менеджер", "Директор"):
        assert word in page


def test_an_invited_manager_stands_in_the_list_before_joining(owner):
    owner.fill("/settings/staff", **NEW)
    assert NEW["name"] in owner.get("/settings/staff").text


@pytest.mark.parametrize(("field", "value"), BAD, ids=[f"{name}-{value[:20]!r}" for name, value in BAD])
def test_a_wrong_value_is_told_beside_its_field_and_nobody_is_invited(app, owner, field, value):
    before = everything(app)
    answer = owner.fill("/settings/staff", **NEW | {field: value})
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert f'id="{field}-errors"' in answer.text


@pytest.mark.parametrize("typed", [str.lower, str.upper])
def test_an_address_that_works_here_already_is_not_invited_again(owner, ours, typed):
    answer = owner.fill("/settings/staff", **NEW | {"email": typed(ours.manager.email)})
    assert (answer.status_code, "уже занят" in answer.text) == (422, True)


def test_an_address_of_another_operator_is_refused_without_saying_whose_it_is(owner, house):
    owner.foreign = ()
    answer = owner.fill("/settings/staff", **NEW | {"email": house.neighbour.owner.email})
    assert (answer.status_code, house.neighbour.name in answer.text) == (422, False)


def test_the_owner_invites_managers_only(owner, visitor):
    data = as_found(owner.get("/settings/staff"), "position") | NEW | {"role": "owner"}
    link = owner.post("/settings/staff", data=data).text.partition("/join/")[2].partition('"')[0]
    visitor.fill(f"/join/{link}", new_password="восемь синих чашек на полке")
    assert visitor.get("/settings/staff").status_code == 403


@pytest.mark.parametrize("url", OWNERS_PAGES)
def test_pages_of_the_owner_are_neither_shown_nor_opened_to_a_manager(manager, owner, url):
    assert f'href="{url}"' not in manager.get("/settings/").text
    assert f'href="{url}"' in owner.get("/settings/").text
    answer = manager.get(url)
    assert (answer.status_code, "владелец" in answer.text) == (403, True)


def test_a_manager_who_posts_to_pages_of_the_owner_changes_nothing(app, manager, ours):
    data = NEW | {"csrf_token": token_on(manager, "/")}
    before = everything(app)
    urls = ["/settings/staff", "/settings/company", f"/settings/staff/{ours.owner.id}/access"]
    assert [manager.post(url, data=data).status_code for url in urls] == [403] * 3
    assert gained(app, before) == {}


def test_the_owner_cannot_close_their_own_access(owner, ours):
    assert f"/settings/staff/{ours.owner.id}/access" not in owner.get("/settings/staff").text
    data = {"csrf_token": token_on(owner, "/settings/staff")}
    owner.post(f"/settings/staff/{ours.owner.id}/access", data=data)
    assert owner.get("/clients/").status_code == 200


def test_closing_and_opening_an_access_are_audited_acts(owner):
    owner.fill("/settings/staff", button="Закрыть доступ")
    owner.fill("/settings/staff", button="Открыть доступ")
    trail = owner.get("/settings/trail").text
    assert "Доступ сотрудника закрыт" in trail
    assert "Доступ сотрудника открыт" in trail


def test_who_lost_access_stays_in_the_list_and_in_old_entries(owner, manager, ours):
    manager.get(f"/clients/{ours.client_id}")
    owner.fill("/settings/staff", button="Закрыть доступ")
    assert "доступ закрыт" in owner.get("/settings/staff").text
    assert ours.manager.name in owner.get(f"/clients/{ours.client_id}").text
