"""The list of forms: which collect, which do not, why, and what to do."""

import pytest

from crm.accounts import commands as accounts
from crm.accounts import queries as organisations
from crm.agreements.ready import Proof
from crm.webforms import commands, policy, queries
from tests.webforms.asking import OPTIONAL, REQUIRED, asking, change, published, purpose, retire

COLLECTS, STANDS = "собирает данные</span>", "не собирает данные</span>"


def switch(act, anna, *, asked):
    act(lambda: accounts.ask_consent(organisations.organisation(), asked=asked, by=anna))


def row_of(owner, title):
    """The row of the form with this title."""
    page = owner.get("/forms/").text
    return next(part for part in page.split('<li class="item">')[1:] if f">{title}</a>" in part).partition("</li>")[0]


def says(row, stop):
    return str(policy.STOPS[stop])[:40] in row


def test_a_form_that_collects_says_so_and_no_more(owner):
    row = row_of(owner, "Заявка с сайта")
    assert COLLECTS in row
    assert STANDS not in row
    assert "item-meta" not in row


def test_a_draft_and_a_closed_form_say_what_to_do(act, anna, owner, ours):
    act(lambda: asking(anna, consent=REQUIRED))
    owner.fill(f"/forms/{ours.form_id}", button="Закрыть форму")
    assert says(row_of(owner, "Обо всём"), policy.Stop.DRAFT)
    assert says(row_of(owner, "Заявка с сайта"), policy.Stop.CLOSED)


def test_a_form_without_texts_says_that_it_must_be_published_anew(act, anna, owner):
    switch(act, anna, asked=False)
    act(lambda: published(anna, consent=REQUIRED))
    assert COLLECTS in row_of(owner, "Обо всём")
    switch(act, anna, asked=True)
    row = row_of(owner, "Обо всём")
    assert (STANDS in row, says(row, policy.Stop.NO_TEXT)) == (True, True)


def test_an_outdated_form_says_so(act, anna, owner):
    change(act, anna, "consent", box_label="Другие слова")
    row = row_of(owner, "Заявка с сайта")
    assert (STANDS in row, says(row, policy.Stop.OUTDATED)) == (True, True)


def test_in_the_grace_it_says_until_when_it_goes_on(act, anna, owner):
    act(lambda: accounts.allow_grace(organisations.organisation(), days=3, by=anna))
    change(act, anna, "consent", box_label="Другие слова")
    row = row_of(owner, "Заявка с сайта")
    assert ("собирает данные до" in row, says(row, policy.Stop.OUTDATED)) == (True, True)


def test_where_consent_is_not_asked_outdated_texts_stop_nothing(act, anna, owner):
    switch(act, anna, asked=False)
    change(act, anna, "consent", box_label="Другие слова")
    assert COLLECTS in row_of(owner, "Заявка с сайта")


def test_a_form_whose_box_is_not_enough_says_that_it_must_be_opened(act, anna, owner, three):
    change(act, anna, "registration", proof=Proof.WRITTEN)
    row = row_of(owner, "Обо всём")
    assert (STANDS in row, says(row, policy.Stop.FORBIDDEN)) == (True, True)
    assert "Опубликовать новые редакции" not in owner.get("/forms/").text


def test_the_settings_promise_such_a_form_no_grace(act, anna, owner, three):
    act(lambda: accounts.allow_grace(organisations.organisation(), days=10, by=anna))
    address = f"/settings/purposes/{purpose('registration').id}"
    told = owner.get(owner.fill(address, button="Сохранить", proof="written").location).text
    assert "перестали собирать данные" in told
    listed = owner.get("/settings/").text.partition(f'href="{three.editor}"')[2].partition("</li>")[0]
    assert "Форма не собирает данные" in listed


def test_one_button_publishes_every_outdated_form_anew(act, anna, visitor, owner, ours, three):
    change(act, anna, "consent", box_label="Другие слова")
    assert "Форм с такими текстами: 2" in owner.get("/forms/").text
    answer = owner.fill("/forms/", button="Опубликовать новые редакции")
    assert answer.status_code == 303
    for url in (three.url, f"/f/{ours.slug}"):
        assert "Другие слова" in visitor.get(url).text
    assert "Опубликовать новые редакции" not in owner.get("/forms/").text


def test_a_form_that_somebody_must_decide_about_is_named_and_left(act, anna, owner, three):
    retire(act, anna, "registration")
    answer = owner.fill("/forms/", button="Опубликовать новые редакции")
    page = owner.get(answer.location).text
    assert "Форма «Обо всём» не опубликована" in page
    assert "Новые редакции опубликованы" not in page


def test_what_keeps_all_of_them_from_going_out_is_said_on_a_page_of_its_own(act, anna, owner):
    change(act, anna, "consent", retention_days=10)
    act(lambda: _empty_the_requisites())
    answer = owner.fill("/forms/", button="Опубликовать новые редакции")
    assert (answer.status_code, "Ничего не опубликовано" in answer.text) == (422, True)


def _empty_the_requisites():
    organisations.main_entity().responsible_person = ""


@pytest.mark.parametrize("asked", [True, False])
def test_the_list_says_of_each_form_what_its_page_does(act, anna, owner, three, asked):
    act(lambda: asking(anna, consent=OPTIONAL))
    change(act, anna, "registration", proof=Proof.WRITTEN)
    switch(act, anna, asked=asked)
    collecting = {form.id for form in queries.forms() if queries.shown(form.id)}
    assert queries.collecting() == collecting
    assert len(collecting) == (1 if asked else 2)
    assert owner.get("/forms/").text.count(COLLECTS) - owner.get("/forms/").text.count(STANDS) == len(collecting)


def test_a_manager_may_publish_them_too(act, anna, manager):
    change(act, anna, "consent", box_label="Другие слова")
    assert manager.fill("/forms/", button="Опубликовать новые редакции").status_code == 303


def test_a_renewed_form_keeps_the_draft_that_is_being_edited(act, anna, visitor, owner, ours):
    owner.fill(f"/forms/{ours.form_id}", button="save", title="Ещё не готово")
    change(act, anna, "consent", box_label="Другие слова")
    act(lambda: commands.renew(queries.outdated_forms(), by=anna))
    assert "Ещё не готово" not in visitor.get(f"/f/{ours.slug}").text
    assert 'value="Ещё не готово"' in owner.get(f"/forms/{ours.form_id}").text
