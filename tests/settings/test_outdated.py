"""Published texts that no longer say the truth: told at once, listed, published anew, given some days of grace."""

from datetime import UTC, datetime

import pytest

from crm.accounts import queries as accounts
from crm.accounts.commands import add_entity
from crm.accounts.models import User
from crm.agreements import queries as documents
from crm.core import transaction
from crm.webforms import commands as webforms
from crm.webforms.models import WebForm
from tests.core.posting import as_found
from tests.core.rows import everything, gained, number
from tests.house.test_statements import statements

COMPANY, SETTINGS = "/settings/company", "/settings/"
RENEW, RENEW_POLICY = "Опубликовать новые редакции", "Опубликовать новую редакцию политики"
TOLD, OF_POLICY = "Тексты согласия больше не соответствуют делу", "Политика больше не соответствует делу"


def move(owner):
    """Change the address of the company; what the page then says."""
    return owner.get(owner.fill(COMPANY, address="г. Тверь").location).text


def change_purpose(who, ours, **typed):
    return who.get(who.fill(f"/settings/purposes/{ours.purpose_id}", button="Сохранить", **typed).location).text


def notice(page, title=TOLD):
    return page.partition(title)[2].partition("</form>")[0]


def allow_grace(owner, days):
    return owner.fill(SETTINGS, button="Сохранить отсрочку", grace_days=days)


# told at once


def test_who_saves_requisites_learns_at_once_how_many_forms_stopped(owner):
    assert "перестали собирать данные. Таких форм: 1." in move(owner)


def test_who_saves_a_purpose_learns_it_too(manager, ours):
    assert "перестали собирать данные. Таких форм: 1." in change_purpose(manager, ours, retention_days=30)


def test_within_the_grace_it_is_told_until_when_they_collect(owner, clock):
    clock.stop(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    owner.set_cookie("locale", "ru")
    allow_grace(owner, 10)
    assert "форм: 1. Они собирают данные до 4 декабря 2026 г., 12:00" in move(owner)


def test_a_change_that_no_text_tells_stops_nothing(owner):
    page = owner.get(owner.fill(COMPANY, responsible_person="Новый Человек Иванович").location).text
    assert "перестали собирать" not in page
    assert TOLD not in page


def test_where_consent_is_not_asked_nothing_stops(owner, visitor, ours):
    owner.fill(SETTINGS, button="Сохранить", consent_asked=False)
    page = move(owner)
    assert "перестали собирать" not in page
    assert "Согласие сейчас не спрашивается" in notice(page)
    assert visitor.get(f"/f/{ours.slug}").status_code == 200


# listed


@pytest.mark.parametrize("url", [SETTINGS, "/settings/documents/", "/settings/documents/consent"])
def test_the_affected_forms_are_named_with_what_changed(owner, manager, ours, url):
    move(owner)
    told = notice(manager.get(url).text)
    assert f'href="/forms/{ours.form_id}"' in told
    assert "адрес оператора" in told
    assert "Форма не собирает данные" in told


@pytest.mark.parametrize("url", ["/settings/documents/newsletter", "/settings/documents/policy"])
def test_a_document_that_is_still_true_says_nothing_of_others(owner, url):
    move(owner)
    assert TOLD not in owner.get(url).text


@pytest.mark.parametrize("url", [SETTINGS, "/settings/documents/", "/settings/documents/policy"])
def test_a_policy_that_is_no_longer_true_is_named_with_what_changed(owner, ours, url):
    change_purpose(owner, ours, subjects="все на свете")
    told = notice(owner.get(url).text, OF_POLICY)
    assert ours.name in told
    assert "таблицы по целям" in told


@pytest.mark.parametrize("url", [SETTINGS, "/settings/documents/"])
def test_nothing_is_said_while_everything_is_true(owner, url):
    page = owner.get(url).text
    assert TOLD not in page
    assert OF_POLICY not in page


def test_put_back_as_it_was_the_form_collects_again(owner, visitor, ours):
    was = as_found(owner.get(COMPANY), "inn")["address"][0]
    move(owner)
    assert visitor.get(f"/f/{ours.slug}").status_code == 410
    owner.fill(COMPANY, address=was)
    assert visitor.get(f"/f/{ours.slug}").status_code == 200
    assert TOLD not in owner.get(SETTINGS).text


def test_more_forms_than_are_shown_are_counted(owner, acting, ours, monkeypatch):
    monkeypatch.setattr("crm.settings.outdated.MOST_SHOWN", 1)
    with transaction.of_its_own():
        another_form(acting, ours)
    assert "И ещё форм: 1." in move(owner)


def another_form(acting, ours):
    by, first = acting.get_one(User, ours.owner.id), acting.get_one(WebForm, ours.form_id)
    made = webforms.create_form(by=by, title="Вторая", lead="", fields=first.fields)
    acting.flush()
    webforms.publish(made, by=by)
    return made


@pytest.mark.parametrize(
    "url", [SETTINGS, "/settings/documents/", "/settings/documents/consent", "/settings/purposes/"]
)
def test_a_page_asks_the_database_as_often_however_many_forms_there_are(owner, acting, ours, url):
    before = len(statements(owner, url))
    with transaction.of_its_own():
        another_form(acting, ours)
    assert len(statements(owner, url)) == before


# published anew


@pytest.mark.parametrize("url", [SETTINGS, "/settings/documents/", "/settings/documents/consent"])
def test_one_button_publishes_true_texts_and_the_forms_collect_again(owner, manager, visitor, ours, url):
    move(owner)
    manager.fill(url, button=RENEW)
    page = visitor.get(f"/f/{ours.slug}")
    text = visitor.get("/doc/" + page.text.partition('href="/doc/')[2].partition('"')[0]).text
    assert (page.status_code, "г. Тверь" in text, "№ 2" in text) == (200, True, True)
    assert TOLD not in manager.get(url).text


def test_the_policy_follows_the_forms(owner, visitor, ours):
    move(owner)
    owner.fill(SETTINGS, button=RENEW)
    assert "г. Тверь" in visitor.get(f"/policy/{ours.public_code}").text
    assert OF_POLICY not in owner.get(SETTINGS).text


@pytest.mark.parametrize("url", [SETTINGS, "/settings/documents/", "/settings/documents/policy"])
def test_another_button_publishes_the_policy_anew(owner, manager, visitor, ours, url):
    change_purpose(owner, ours, subjects="все на свете")
    answer = manager.fill(url, button=RENEW_POLICY)
    assert "Новые редакции политики опубликованы" in manager.get(answer.location).text
    assert "все на свете" in visitor.get(f"/policy/{ours.public_code}").text
    assert OF_POLICY not in manager.get(SETTINGS).text


def test_a_policy_that_cannot_be_published_says_why_and_stays(app, owner, acting, ours):
    with transaction.of_its_own():
        accounts.main_entity().ogrn = ""
    before = number(app, "agreement_version")
    answer = owner.fill("/settings/documents/", button=RENEW_POLICY)
    assert (answer.status_code, number(app, "agreement_version")) == (422, before)
    assert "не заполнено: ОГРН" in answer.text


def test_each_legal_entity_has_its_policy_published(owner, visitor, acting, ours):
    with transaction.of_its_own():
        by = acting.get_one(User, ours.owner.id)
        second = add_entity(requisites=REQUISITES, by=by)
        form = another_form(acting, ours)
        form.entity_id = second.id
        webforms.publish(form, by=by)
        codes = [ours.public_code, second.public_code]
    change_purpose(owner, ours, subjects="все на свете")
    owner.fill(SETTINGS, button=RENEW_POLICY)
    assert ["все на свете" in visitor.get(f"/policy/{code}").text for code in codes] == [True, True]


REQUISITES = {
    "name": "ООО «Вторая ромашка»",
    "legal_form": "ooo",
    "inn": "7736050003",
    "ogrn": "1027700070518",
    "address": "г. Клин",
    "request_email": "two@romashka.example.org",
    "request_phone": "+74957654321",
    "responsible_person": "Анна",
    "processor": "",
}


def test_what_is_true_already_is_not_published_again(app, owner, acting, ours):
    before = number(app, "agreement_version")
    with transaction.of_its_own():
        by = acting.get_one(User, ours.owner.id)
        webforms.publish_document(documents.agreement(documents.POLICY), by=by)
        webforms.renew_policies(by=by)
        webforms.publish(acting.get_one(WebForm, ours.form_id), by=by)
    assert number(app, "agreement_version") == before


# some days of grace


def test_a_form_collects_until_its_grace_is_over(owner, visitor, ours, clock):
    clock.stop()
    allow_grace(owner, 3)
    move(owner)
    assert visitor.get(f"/f/{ours.slug}").status_code == 200
    assert "Форма собирает данные до" in notice(owner.get(SETTINGS).text)
    clock.move(days=3)
    assert visitor.get(f"/f/{ours.slug}").status_code == 410


@pytest.mark.parametrize("days", ["", "-1", "31", "x", "1.5", "9" * 30])
def test_a_wrong_number_of_days_is_refused_and_kept_on_the_page(app, owner, days):
    before = everything(app)
    answer = allow_grace(owner, days)
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert 'id="grace_days-errors"' in answer.text


def test_the_grace_is_an_audited_act_of_the_owner(owner, manager):
    allow_grace(owner, 5)
    assert "Отсрочка для устаревших документов изменена" in owner.get("/settings/trail").text
    page = manager.get(SETTINGS).text
    assert "Отсрочка, дней: 5" in page
    assert 'name="grace_days"' not in page
