"""Asking people who agreed to an older text whether they agree to the present one."""

from datetime import timedelta

import pytest

from crm.accounts.models import User
from crm.agreements import queries as documents
from crm.consents import commands as consents
from crm.consents.models import ConsentCurrent, Renewal
from crm.core import jobs, transaction
from crm.core.clock import now, today
from crm.settings import queries
from tests import builders
from tests.core.posting import as_found
from tests.core.rows import everything, gained, number

PAGE, CONSENT = "/settings/documents/consent/ask-again", "/settings/documents/consent"
ASK = "Спросить всех"


@pytest.fixture
def newer(owner):
    """A second edition, to which nobody has agreed yet."""
    owner.fill(CONSENT, button="publish", draft="Новый текст для «{{form}}»", reviewed=True)


def ask(owner, *, days=None, **typed):
    on = (today() + timedelta(days=days)).isoformat() if days is not None else ""
    return owner.fill(PAGE, button=ASK, **{"outcome": "lapses" if on else "stays", "lapses_on": on} | typed)


def work(app):
    with app.app_context():
        jobs.work_off()


def renewal(acting):
    acting.rollback()
    return acting.query(Renewal).one()


def people(acting, ours, count):
    with transaction.of_its_own():
        builders.many_submissions(ours.form_id, count)


def test_while_everybody_holds_the_latest_edition_there_is_nobody_to_ask(owner):
    page = owner.get(PAGE).text
    assert "Спрашивать некого" in page
    assert ASK not in page


def test_the_page_tells_how_many_hold_an_older_edition(owner, acting, ours, newer):
    assert "человек: <strong>1</strong>" in squeezed(owner)
    owner.fill(CONSENT, button="publish", draft="Третий текст", reviewed=True)
    assert "человек: <strong>1</strong>" in squeezed(owner)


def squeezed(owner):
    return " ".join(owner.get(PAGE).text.split())


def test_who_agreed_to_the_newest_is_not_counted(owner, acting, ours, newer):
    people(acting, ours, 3)
    assert "человек: <strong>1</strong>" in squeezed(owner)


def test_a_large_number_is_not_counted_to_its_end(owner, newer, monkeypatch):
    monkeypatch.setattr(queries, "MOST_COUNTED", 1)
    assert "<strong>1 и больше</strong>" in squeezed(owner)


def test_everybody_with_a_mailbox_is_written_to_and_the_page_tells_how_far_it_is(app, owner, acting, newer):
    assert ask(owner).status_code == 303
    assert "<progress" in owner.get(PAGE).text
    assert "<progress" in owner.get(CONSENT).text
    before = number(app, "letter")
    work(app)
    made = renewal(acting)
    assert (made.letters, made.unreachable, made.lapses_on, made.done_at is None) == (1, 0, None, False)
    assert number(app, "letter") == before + 1
    page = owner.get(PAGE).text
    assert ("готово" in page, "<progress" in page, "остаётся в силе" in page) == (True, False, True)


def test_an_old_consent_that_lapses_ends_after_the_day_that_was_chosen(app, owner, acting, ours, newer):
    ask(owner, days=30)
    work(app)
    assert renewal(acting).lapses_on == today() + timedelta(days=30)
    ends = acting.query(ConsentCurrent).one().expires_at
    assert timedelta(days=30) < ends - renewal(acting).created_at < timedelta(days=32)
    assert "действует по" in owner.get(CONSENT).text


def test_the_consequences_are_told_before_anybody_presses(owner, newer):
    page = owner.get(PAGE).text
    for words in (
        "Письма отозвать нельзя",
        "части 4 и 5 статьи 21",
        "молчание согласием не считается",
        "Почтовый сервер",
    ):
        assert words in page


WRONG = {
    "nothing chosen": ({"outcome": None}, "outcome"),
    "no day": ({"outcome": "lapses", "lapses_on": ""}, "lapses_on"),
    "no such day": ({"outcome": "lapses", "lapses_on": "2027-02-30"}, "lapses_on"),
    "words": ({"outcome": "lapses", "lapses_on": "завтра"}, "lapses_on"),
    "long ago": ({"outcome": "lapses", "lapses_on": "2006-07-27"}, "lapses_on"),
    "far ahead": ({"outcome": "lapses", "lapses_on": "9999-12-31"}, "lapses_on"),
}


@pytest.mark.parametrize(("typed", "field"), WRONG.values(), ids=WRONG)
def test_a_wrong_choice_is_told_beside_its_field_and_nobody_is_asked(app, owner, newer, typed, field):
    before = everything(app)
    answer = ask(owner, **typed)
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert f'id="{field}-errors"' in answer.text


@pytest.mark.parametrize(("days", "status"), [(6, 422), (7, 303), (366, 303), (367, 422)])
def test_people_are_given_time_to_answer(owner, newer, days, status):
    assert ask(owner, days=days).status_code == status


def test_a_day_that_does_not_matter_may_be_anything(owner, newer):
    assert ask(owner, outcome="stays", lapses_on="завтра").status_code == 303


def test_what_was_chosen_stays_after_a_refusal(owner, newer):
    answer = ask(owner, days=3)
    found = as_found(answer, "outcome")
    assert (found["outcome"], found["lapses_on"]) == (["lapses"], [(today() + timedelta(days=3)).isoformat()])


def test_pressed_twice_people_are_asked_once(app, owner, newer):
    before, opened = number(app, "renewal"), owner.get(PAGE)
    answers = [owner.submit(opened, button=ASK, outcome="stays") for _ in range(2)]
    assert ([one.status_code for one in answers], number(app, "renewal")) == ([303, 422], before + 1)
    assert "ещё готовятся" in answers[1].text


def test_who_comes_when_nobody_is_left_to_ask_is_refused(app, owner, ours, newer, acting):
    opened = owner.get(PAGE)
    with transaction.of_its_own():
        by = acting.get_one(User, ours.owner.id)
        consents.withdraw(ours.client_id, seen=consents.Circumstances(), by=by)
    before = everything(app)
    answer = owner.submit(opened, button=ASK, outcome="stays")
    assert (answer.status_code, everything(app)) == (422, before)
    assert "Спрашивать некого" in answer.text


def test_a_purpose_that_is_not_asked_any_more_is_not_asked_again(owner, acting, ours, newer):
    with transaction.of_its_own():
        documents.agreement("consent").purpose.retired_at = now()
    assert "согласие больше не спрашивают" in owner.get(PAGE).text


def test_the_manager_sees_how_far_it_is_but_does_not_ask(app, owner, manager, newer):
    assert PAGE not in manager.get(CONSENT).text
    assert PAGE in owner.get(CONSENT).text
    ask(owner)
    assert "Просьбы подтвердить согласие" in manager.get(CONSENT).text
    assert manager.get(PAGE).status_code == 403


@pytest.mark.parametrize("kind", ["policy", "nothing", "CONSENT"])
def test_nobody_is_asked_about_what_is_no_consent(owner, kind):
    assert owner.get(f"/settings/documents/{kind}/ask-again").status_code == 404


def test_asking_is_an_audited_act(owner, newer):
    ask(owner)
    assert "Отправлены просьбы подтвердить согласие" in owner.get("/settings/trail").text
