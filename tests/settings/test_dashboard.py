"""The first page of the desk."""

import pytest

from tests.accounts.newcomer import TYPED


def test_it_shows_the_newest_submissions_with_the_way_to_their_cards(manager, ours):
    page = manager.get("/").text
    assert "Пётр Лугов" in page
    assert f'href="/clients/{ours.client_id}"' in page


def test_a_submission_without_consent_is_marked(visitor, owner, ours):
    owner.fill("/settings/", consent_asked=False)
    visitor.fill(f"/f/{ours.slug}", full_name="Мария Новикова")
    assert "без согласия</span>" in owner.get("/").text


def test_it_leads_a_new_operator_through_what_is_left(visitor):
    visitor.fill("/sign-up", **TYPED)
    page = visitor.get("/").text
    for url in ("/settings/documents/policy", "/settings/purposes/", "/forms/"):
        assert f'<a href="{url}">' in page
    assert "Заявок пока нет" in page


@pytest.mark.parametrize("words", ["Политика опубликована", "Есть форма, которую видят посетители"])
def test_what_is_done_is_shown_as_done(owner, words):
    assert f"Сделано:</span> {words}" in owner.get("/").text


def test_a_closed_form_is_no_form_that_visitors_see(owner, ours):
    owner.fill(f"/forms/{ours.form_id}", button="Закрыть форму")
    assert "Осталось:</span> <a href" in owner.get("/").text


def test_a_stranger_is_asked_to_sign_in(visitor):
    assert visitor.get("/").location == "/sign-in"


@pytest.mark.parametrize("url", ["/", "/clients/", "/forms/", "/acts/", "/settings/", "/settings/trail"])
def test_the_desk_speaks_english_to_who_chose_it(owner, url):
    owner.fill("/", button="English")
    assert '<html lang="en">' in owner.get(url).text


def test_visitors_are_spoken_to_in_russian_whatever_staff_chose(owner, ours):
    owner.fill("/", button="English")
    assert '<html lang="ru">' in owner.get(f"/f/{ours.slug}").text
