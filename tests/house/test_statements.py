"""The number of SQL statements of a page does not grow with what it lists."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.core import tenancy, transaction
from crm.core.clock import now
from crm.core.db import db
from crm.subject_requests import working_days
from crm.webforms import commands as webforms
from crm.webforms import queries
from crm.webforms.models import WebForm
from tests import builders
from tests.inquiries import inquiry


@contextmanager
def counted(app):
    """Every statement that is sent to the database meanwhile."""
    seen = []

    def write_down(connection, cursor, statement, parameters, context, many):
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", write_down)
    yield seen
    event.remove(engine, "before_cursor_execute", write_down)


def statements(browser, url):
    """What one visit to a page sends, once the process is warm; BEGIN and COMMIT apart."""
    browser.get(url)
    with counted(browser.application) as seen:
        assert browser.get(url).status_code == 200
    return [statement for statement in seen if statement != "BEGIN"]


@contextmanager
def working(house):
    """Act for our operator and commit."""
    with house.app.test_request_context("/"):
        tenancy.enter(house.ours.id)
        with transaction.of_its_own():
            yield db.session.get_one(User, house.ours.owner.id)


def different_people(house, number):
    with working(house):
        builders.many_submissions(house.ours.form_id, number)


def one_person_many_times(house, number):
    with working(house):
        for n in range(number):
            values = {"full_name": "Пётр Лугов", "email": "petr@lugov.example.org", "text_1": f"Вопрос {number} {n}"}
            builders.submission(house.ours.form_id, **values)
            db.session.flush()


def one_person_many_editions(house, number):
    with working(house) as by:
        for _ in range(number):
            webforms.publish(db.session.get_one(WebForm, house.ours.form_id), by=by)
            db.session.flush()
            builders.submission(house.ours.form_id, full_name="Пётр Лугов", email="petr@lugov.example.org")
            db.session.flush()


def forms(house, number):
    with working(house) as by:
        for n in range(number):
            builders.published_form(by=by, title=f"Форма {number} {n}")


def acts(house, number):
    with working(house):
        for n in range(number):
            builders.act(house.ours, full_name=f"Стёртый {number} {n}")


def inquiries(house, number):
    with working(house):
        for _ in range(number):
            inquiry(received_at=now() - timedelta(days=60))


def days_told_otherwise(house, number):
    with working(house) as by:
        days = (date(2026, 3, 1) + timedelta(days=number + n) for n in range(number))
        working_days.say(dict.fromkeys(days, False), by=by)


LISTS = [
    ("/clients/", different_people),
    ("/clients/?q=Человек", different_people),
    ("/clients/{client_id}", different_people),
    ("/clients/{client_id}", one_person_many_times),
    ("/clients/{client_id}", one_person_many_editions),
    ("/clients/{client_id}/erase", one_person_many_times),
    ("/", different_people),
    ("/", forms),
    ("/", acts),
    ("/forms/", forms),
    ("/clients/", forms),
    ("/settings/", forms),
    ("/settings/documents/consent", forms),
    ("/settings/documents/consent", one_person_many_editions),
    ("/forms/{form_id}", one_person_many_editions),
    ("/settings/documents/policy", forms),
    ("/settings/trail", different_people),
    ("/acts/", acts),
    ("/", inquiries),
    ("/clients/", inquiries),
    ("/settings/calendar/?year=2026", days_told_otherwise),
]


@pytest.mark.parametrize(("page", "more"), LISTS, ids=lambda part: getattr(part, "__name__", part))
def test_a_list_asks_as_often_for_30_rows_as_for_3(house, owner, page, more):
    url = page.format(client_id=house.ours.client_id, form_id=house.ours.form_id)
    more(house, 3)
    few = statements(owner, url)
    more(house, 27)
    many = statements(owner, url)
    assert len(many) == len(few), "\n".join(sorted(set(many)))


@pytest.mark.parametrize(("page", "figure"), [("/f/{slug}", 1), ("/f/{slug}/thanks", 1), ("/receipt/{receipt}", 5)])
def test_a_visitors_page_asks_this_often(house, visitor, page, figure):
    asked = statements(visitor, page.format(slug=house.ours.slug, receipt=house.ours.receipt))
    assert len(asked) == figure, "\n".join(asked)


def test_the_first_visitor_of_a_process_asks_at_most_four_times(app, house, visitor):
    with counted(app) as seen:
        visitor.get(f"/f/{house.ours.slug}")
    assert len([statement for statement in seen if statement.startswith("SELECT")]) <= 4, "\n".join(seen)


def test_a_visitors_post_asks_this_often(app, house, visitor):
    visitor.fill(f"/f/{house.ours.slug}", full_name="Первый Разогревающий", consent=True)
    opened = visitor.get(f"/f/{house.ours.slug}")
    with counted(app) as seen:
        assert visitor.submit(opened, full_name="Второй Посчитанный", consent=True).status_code == 303
    assert len(seen) <= 30, "\n".join(seen)


@pytest.mark.parametrize("asked", [True, False])
def test_what_collects_is_the_same_asked_at_once_or_one_by_one(acting, house, asked):
    by = acting.get_one(User, house.ours.owner.id)
    organisation = accounts.organisation()
    organisation.consent_asked = False
    builders.published_form(by=by, title="Без согласия")
    organisation.consent_asked = asked
    webforms.create_form(title="Черновик", lead="", fields=[], by=by)
    webforms.close(builders.published_form(by=by, title="Закрытая"), by=by)
    acting.flush()
    one_by_one = {form.id for form in queries.forms() if queries.shown(form.id)}
    assert queries.collecting() == one_by_one
    assert len(one_by_one) == (1 if asked else 2)
