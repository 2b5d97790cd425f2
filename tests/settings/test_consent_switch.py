"""The switch «Спрашивать пользователя на обработку персональных данных» and all that hangs on it."""

import pytest

from tests.clients.cards import card_of
from tests.core.rows import everything, gained, number


def switch(owner, *, on):
    return owner.fill("/settings/", button="Сохранить", consent_asked=on)


def send(visitor, ours, **values):
    return visitor.fill(f"/f/{ours.slug}", full_name="Мария Новикова", **values)


def noted(owner):
    return owner.get("/settings/trail").text


@pytest.fixture
def off(owner):
    switch(owner, on=False)


def test_the_switch_is_on_from_the_beginning(owner):
    assert "checked" in owner.get("/settings/").text.partition('name="consent_asked"')[2].partition(">")[0]


def test_switched_off_the_form_has_neither_box_nor_link_to_the_agreement(visitor, ours, off):
    page = visitor.get(f"/f/{ours.slug}").text
    assert 'name="consent"' not in page
    assert "/doc/" not in page
    assert f"/policy/{ours.public_code}" in page


def test_switched_off_a_submission_is_kept_without_any_consent(app, visitor, ours, off):
    before = everything(app)
    answer = send(visitor, ours)
    assert answer.location == f"/f/{ours.slug}/thanks"
    kept = gained(app, before)
    assert (kept["submission"], kept["client"]) == (1, 1)
    assert not {"consent_record", "evidence"} & set(kept)


def test_without_consent_the_thank_you_page_has_no_receipt(visitor, ours, off):
    page = visitor.get(send(visitor, ours).location)
    assert page.status_code == 200
    assert "/receipt/" not in page.text


def test_a_card_without_consent_says_that_there_is_none(visitor, owner, ours, off):
    send(visitor, ours)
    card = card_of(owner, "новикова").text
    assert "Согласия нет" in card
    assert "без согласия" in card


@pytest.mark.parametrize("url", ["/", "/clients/", "/settings/", "/forms/"])
def test_switched_off_every_page_of_the_desk_says_what_that_can_cost(owner, manager, off, url):
    for who in (owner, manager):
        page = who.get(url).text
        assert "Формы собирают данные без согласия" in page
        assert "150–300 тыс. рублей" in page
        assert "13.11 КоАП" in page


@pytest.mark.parametrize("url", ["/", "/clients/", "/settings/"])
def test_switched_on_nothing_is_warned_of(owner, url):
    assert "без согласия. Штраф" not in owner.get(url).text


def test_switching_is_an_audited_act_of_the_owner(owner, ours):
    switch(owner, on=False)
    assert "Запрос согласия выключен" in noted(owner)
    switch(owner, on=True)
    assert "Запрос согласия включён" in noted(owner)


@pytest.mark.parametrize("on", [True, False])
def test_switching_to_what_it_is_already_is_no_act(app, owner, on):
    switch(owner, on=on)
    before = everything(app)
    switch(owner, on=on)
    assert gained(app, before) == {}


def test_a_manager_sees_the_switch_but_cannot_move_it(manager):
    page = manager.get("/settings/").text
    assert "Переключает владелец" in page
    assert 'name="consent_asked"' not in page


def test_a_manager_who_posts_it_anyway_is_refused_and_nothing_changes(app, manager):
    token = manager.get("/settings/").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    before = everything(app)
    assert manager.post("/settings/consent", data={"csrf_token": token}).status_code == 403
    assert gained(app, before) == {}


def test_switched_on_again_the_form_asks_as_before(visitor, owner, ours, off):
    switch(owner, on=True)
    assert 'name="consent"' in visitor.get(f"/f/{ours.slug}").text
    assert "/receipt/" in visitor.get(send(visitor, ours, consent=True).location).text


def test_a_page_opened_before_the_switch_is_shown_anew(app, visitor, owner, ours):
    opened = visitor.get(f"/f/{ours.slug}")
    switch(owner, on=False)
    before = everything(app)
    answer = visitor.submit(opened, full_name="Мария Новикова", consent=True)
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert 'name="consent"' not in answer.text
    assert 'value="Мария Новикова"' in answer.text


def test_a_page_opened_without_the_question_does_not_pass_it_by(app, visitor, owner, ours, off):
    opened = visitor.get(f"/f/{ours.slug}")
    switch(owner, on=True)
    before = everything(app)
    answer = visitor.submit(opened, full_name="Мария Новикова")
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert 'name="consent"' in answer.text


def form_published_without_text(owner):
    """A form made and published while nobody was asked: there is no text to agree to."""
    address = owner.fill("/forms/new", title="Без текста").location
    owner.fill(address, button="publish")
    return address


def slug_of(owner, address):
    return owner.get(address).text.partition("/f/")[2].partition('"')[0]


@pytest.fixture
def textless(owner, off):
    address = form_published_without_text(owner)
    return address, slug_of(owner, address)


def test_a_form_without_a_text_collects_while_nobody_is_asked(visitor, textless):
    assert visitor.get(f"/f/{textless[1]}").status_code == 200


def test_while_consent_is_asked_a_form_without_a_text_collects_nothing(app, visitor, owner, textless):
    opened = visitor.get(f"/f/{textless[1]}")
    switch(owner, on=True)
    assert visitor.get(f"/f/{textless[1]}").status_code == 410
    before = number(app, "submission")
    assert visitor.submit(opened, full_name="Мария", phone="89121234567").status_code == 410
    assert number(app, "submission") == before


def test_the_settings_name_the_form_that_waits_for_its_text(owner, textless):
    switch(owner, on=True)
    page = owner.get("/settings/").text
    assert "Форма «Без текста» не принимает заявки" in page
    assert textless[0] in page


def test_published_anew_the_form_collects_with_consent(visitor, owner, textless):
    switch(owner, on=True)
    owner.fill(textless[0], button="publish")
    assert 'name="consent"' in visitor.get(f"/f/{textless[1]}").text
