"""How often a form is shown, sent and turned away: counted once, without anything of a person, and nobody waits."""

import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm.accounts.models import User
from crm.core import tenancy, transaction
from crm.core.db import db
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from crm.webforms import counts, queries
from crm.webforms.counts import Chart, Day
from crm.webforms.models import FormCount, WebForm
from tests.browsing import browser
from tests.core.at_once import at_once
from tests.core.rows import everything, gained
from tests.webforms.sending import TRACES, TYPED, send

NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)


def counted(app, operator):
    """What stands in the database for the operator's form, all days together: shown, sent, refused."""
    with app.app_context():
        tenancy.enter(operator.id)
        rows = db.session.scalars(select(FormCount)).all()
        return tuple(sum(getattr(row, what) for row in rows) for what in ("shown", "sent", "refused"))


def write(app):
    with app.app_context():
        counts.write()


@pytest.fixture
def is_time(monkeypatch):
    """It was long ago that somebody wrote."""
    monkeypatch.setattr(counts, "_written_at", [float("-inf")])


# what is counted


def test_a_visit_a_sending_and_a_refusal_are_each_counted_once(app, visitor, ours):
    visitor.get(f"/f/{ours.slug}")
    send(visitor, ours)
    send(visitor, ours, consent=False)
    write(app)
    assert counted(app, ours) == (3, 1, 1)


def test_a_mistake_in_a_field_is_no_refusal_of_consent(app, visitor, ours):
    send(visitor, ours, full_name="")
    write(app)
    assert counted(app, ours) == (1, 0, 0)


def test_a_page_that_is_looked_at_by_its_head_only_is_not_shown(app, visitor, ours):
    visitor.head(f"/f/{ours.slug}")
    write(app)
    assert counted(app, ours) == (0, 0, 0)


def test_the_same_sent_twice_is_one_sending(app, visitor, ours):
    send(visitor, ours)
    send(visitor, ours)
    write(app)
    assert counted(app, ours) == (2, 1, 0)


@pytest.mark.parametrize("changes", [{"token": ""}, {"website": "spam"}])
def test_a_robot_that_posts_without_a_page_of_ours_is_no_refusal(app, visitor, ours, changes):
    visitor.post(f"/f/{ours.slug}", data=TYPED | {"website": "", "token": ""} | changes)
    write(app)
    assert counted(app, ours) == (0, 0, 0)


def test_a_form_that_is_closed_is_not_shown(app, visitor, owner, ours):
    owner.fill(f"/forms/{ours.form_id}", button="Закрыть форму")
    visitor.get(f"/f/{ours.slug}")
    write(app)
    assert counted(app, ours) == (0, 0, 0)


def test_each_day_is_a_day_of_moscow(app, visitor, ours, clock):
    for hour in (20, 22):  # 23:00 and 01:00 in Moscow
        clock.stop(NOON.replace(hour=hour))
        visitor.get(f"/f/{ours.slug}")
    write(app)
    with app.app_context():
        tenancy.enter(ours.id)
        assert [str(day) for day in db.session.scalars(select(FormCount.counted_on))] == ["2026-11-24", "2026-11-25"]


def test_each_operator_has_numbers_of_its_own(app, house, visitor, ours):
    visitor.foreign = ()
    visitor.get(f"/f/{ours.slug}")
    before = counted(app, house.neighbour)
    visitor.get(f"/f/{house.neighbour.slug}")
    write(app)
    assert counted(app, ours) == (1, 0, 0)
    assert counted(app, house.neighbour) == (before[0] + 1, *before[1:])


def test_nothing_of_a_person_is_counted(app, visitor, ours):
    before = everything(app)
    send(visitor, ours)
    write(app)
    new = everything(app)["form_count"] - before["form_count"]
    assert len(new) == 1
    assert not [trace for trace in TRACES if trace in str(new)]


def test_erasing_a_client_changes_no_number(app, acting, visitor, ours):
    send(visitor, ours)
    write(app)
    before = counted(app, ours)
    acting.rollback()
    with transaction.of_its_own():
        by = acting.get_one(User, ours.owner.id)
        erasure.erase(ours.client_id, reason=Reason.DEMANDED, by=by)
    assert counted(app, ours) == before


# nothing is lost, nobody waits


def test_many_threads_that_count_and_write_at_once_lose_nothing(app, ours):
    def visit():
        browser(app).get(f"/f/{ours.slug}")
        write(app)

    at_once([visit] * 16)
    write(app)
    assert counted(app, ours) == (16, 0, 0)


PROCESS = """
import sys
from tests.conftest import make_app
from crm.core import tenancy
from crm.webforms import counts
from uuid import UUID
app = make_app(sys.argv[1], sys.argv[2])
counts.write_at_the_end(app)
with app.app_context():
    tenancy.enter(UUID(sys.argv[3]))
    for n in range(int(sys.argv[5])):
        counts.add(UUID(sys.argv[4]), "shown")
        if n % 10 == 0 and n:
            counts.write()
"""


def test_two_processes_at_once_lose_nothing_and_write_the_rest_at_their_end(app, house, ours):
    with app.app_context():
        tenancy.enter(ours.id)
        version = queries.shown(ours.form_id).face.version_id
    url = house.database.url
    command = (sys.executable, "-W", "ignore", "-c", PROCESS, url, app.instance_path, ours.id.hex, version.hex, "45")
    both = [subprocess.Popen(command) for _ in range(2)]  # noqa: S603 - our own words
    assert [one.wait(60) for one in both] == [0, 0]
    assert counted(app, ours) == (90, 0, 0)


def test_a_visit_writes_nothing_itself(app, visitor, ours):
    before = everything(app)
    for _ in range(3):
        visitor.get(f"/f/{ours.slug}")
    assert everything(app) == before


def test_now_and_then_the_numbers_are_written_after_the_answer(app, visitor, ours, is_time):
    for _ in range(3):
        visitor.get(f"/f/{ours.slug}")
    assert counted(app, ours) == (1, 0, 0)  # the first visit was the one to write


def test_of_many_visits_at_once_one_is_told_to_write(is_time):
    told = []
    at_once([lambda: told.append(counts.is_time_to_write())] * 8)
    assert sorted(told) == [False] * 7 + [True]


def test_a_visitor_does_not_wait_in_the_queue_of_writers(app, ours, is_time):
    """Somebody writes and takes their time; the page is there at once, only its numbers wait."""
    client = app.test_client()
    with app.test_request_context("/"):
        tenancy.enter(ours.id)
        transaction.one_at_a_time()
        with app.app_context():
            answer = client.get(f"/f/{ours.slug}", buffered=False)
        assert answer.status_code == 200
        closing = threading.Thread(target=answer.close)
        closing.start()
        closing.join(0.2)
        assert closing.is_alive()
        transaction.forget()
    closing.join(20)
    assert counted(app, ours) == (1, 0, 0)


def test_a_sending_never_writes_numbers_while_it_holds_the_queue(app, visitor, ours, is_time):
    opened = visitor.get(f"/f/{ours.slug}")
    counts._written_at[0] = float("-inf")
    assert visitor.submit(opened, **TYPED, consent=True).status_code == 303
    assert counted(app, ours) == (1, 0, 0)
    write(app)
    assert counted(app, ours) == (1, 1, 0)


def test_numbers_that_could_not_be_written_wait_for_the_next_time(app, visitor, ours, log):
    visitor.get(f"/f/{ours.slug}")
    with app.app_context():
        tenancy.enter(ours.id)
        counts.add(ours.form_id, "shown")  # no version has this key
    write(app)
    assert counted(app, ours) == (0, 0, 0)
    assert "could not write counts" in log.getvalue()
    del counts._gathered[ours.id][ours.form_id, counts.today()]
    write(app)
    assert counted(app, ours) == (1, 0, 0)


# how they are drawn


def days(*numbers):
    return [Day(NOON.date(), *one) for one in numbers]


def test_the_tallest_bar_is_a_hundred_and_the_smallest_can_be_seen():
    chart = Chart(days((1000, 250, 1), (0, 0, 0)))
    assert [chart.height(number) for number in (1000, 250, 1, 0)] == [100, 25, 2, 0]


def test_the_totals_are_of_all_days():
    assert Chart(days((3, 2, 1), (10, 20, 30))).total[1:] == (13, 22, 31)


def test_the_last_thirty_days_are_shown_those_without_visits_too(app, acting, visitor, ours, clock):
    for day in (0, 29, 1):
        clock.stop(NOON) if day == 0 else clock.move(days=day)
        visitor.get(f"/f/{ours.slug}")
    write(app)
    acting.rollback()
    form = acting.get_one(WebForm, ours.form_id)
    chart = counts.by_day(form, set())
    assert (len(chart.days), chart.total.shown) == (30, 2)  # the first day is a month ago by now


def test_what_is_not_written_yet_is_shown_too(owner, visitor, ours):
    visitor.get(f"/f/{ours.slug}")
    page = owner.get(f"/forms/{ours.form_id}").text
    assert "Показана <strong>1</strong>" in page


def test_versions_of_a_form_are_counted_together(app, owner, visitor, ours):
    visitor.get(f"/f/{ours.slug}")
    owner.fill(f"/forms/{ours.form_id}", button="publish", title="Другое название")
    visitor.get(f"/f/{ours.slug}")
    write(app)
    assert "Показана <strong>2</strong>" in owner.get(f"/forms/{ours.form_id}").text


def test_a_form_that_nobody_saw_has_no_chart(owner, ours):
    assert "Показы и отправки" not in owner.get(f"/forms/{ours.form_id}").text


def test_the_numbers_can_be_read_without_seeing_the_bars(owner, visitor, ours):
    visitor.get(f"/f/{ours.slug}")
    page = owner.get(f"/forms/{ours.form_id}").text.partition('id="counts"')[2].partition("</section>")[0]
    assert 'aria-hidden="true"' in page.partition("<svg")[2].partition(">")[0]
    assert "<table" in page


def test_looking_at_the_chart_writes_nothing(app, owner, visitor, ours):
    visitor.get(f"/f/{ours.slug}")
    before = everything(app)
    owner.get(f"/forms/{ours.form_id}")
    assert "form_count" not in gained(app, before)
