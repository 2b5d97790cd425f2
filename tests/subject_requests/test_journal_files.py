"""The journal of requests on paper and as a table."""

import csv
import io
from contextvars import Context

from flask.testing import FlaskClient
from sqlalchemy import select

from crm.audit.models import Action, AuditEntry
from crm.subject_requests import register
from crm.subject_requests.models import Outcome, Way
from tests.subject_requests.journalling import JOURNAL, november

# on paper


def test_the_sheet_is_russian_whatever_the_language_of_the_desk(asked_on, owner):
    asked_on(3, answered=november(10))
    owner.set_cookie("locale", "en")
    shown = owner.get(f"{JOURNAL}/print").text
    for words in ("Журнал учёта обращений", "ООО «Ромашка», ИНН 7707083893", "Исполнено", "в срок", "по состоянию на"):
        assert words in shown


def test_the_sheet_says_what_it_was_narrowed_to(asked_on, owner):
    asked_on(3)
    shown = owner.get(f"{JOURNAL}/print", query_string={"since": "2026-11-01", "kind": "access"}).text
    assert "получено с 01.11.2026" in shown
    assert owner.get(f"{JOURNAL}/print", query_string={"since": "x"}).status_code == 404


def test_a_long_journal_is_cut_on_paper_and_says_so(asked_on, owner, monkeypatch):
    monkeypatch.setattr(register, "SHEET", 1)
    asked_on(3), asked_on(4)
    assert "Напечатаны последние 1 строк" in owner.get(f"{JOURNAL}/print").text


# as a table


def table(answer):
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_the_table_holds_every_line(asked_on, owner):
    asked_on(3, answered=november(20), full_name="Зоя Журнальная", outcome=Outcome.REFUSED)
    asked_on(4)
    heading, second, first = table(owner.get(f"{JOURNAL}/export"))
    assert heading[:4] == ["№", "Получено (МСК)", "Как поступило", "Заявитель"]
    assert first[:4] == ["1", "03.11.2026 12:00", "письмо по эл. почте", "Зоя Журнальная"]
    assert first[-3:] == ["12", "позже на 2 раб. дн.", ""]
    assert second[0] == "2"


def test_the_table_is_whole_where_it_is_written_after_the_request_as_a_server_does(asked_on, owner):
    asked_on(3), asked_on(4)

    def read():
        return table(FlaskClient.open(owner, f"{JOURNAL}/export"))

    assert [row[0] for row in Context().run(read)] == ["№", "2", "1"]


def test_a_name_that_is_a_formula_is_made_harmless(asked_on, owner):
    asked_on(3, full_name='=HYPERLINK("http://x","y")')
    assert table(owner.get(f"{JOURNAL}/export"))[1][3] == '\'=HYPERLINK("http://x","y")'


def test_the_table_is_narrowed_like_the_page(asked_on, owner):
    asked_on(3), asked_on(4, way=Way.PHONE)
    assert [row[0] for row in table(owner.get(f"{JOURNAL}/export", query_string={"way": "phone"}))] == ["№", "2"]


def test_a_long_table_is_read_in_batches(asked_on, owner, monkeypatch):
    monkeypatch.setattr(register, "BATCH", 2)
    for day in (2, 3, 5, 6, 9):
        asked_on(day)
    assert [row[0] for row in table(owner.get(f"{JOURNAL}/export"))][1:] == ["5", "4", "3", "2", "1"]


def test_taking_it_along_is_noted_with_counts_and_names_of_filters_only(asked_on, owner, acting):
    asked_on(3, full_name="Зоя Журнальная")
    owner.get(f"{JOURNAL}/export", query_string={"kind": "access", "since": "2026-11-01"})
    acting.rollback()
    note = acting.scalar(select(AuditEntry).filter_by(action=Action.REGISTER_EXPORTED))
    assert note.details == {"lines": 1, "filters": ["kind", "since"]}
    assert note.actor_id


def test_a_table_is_saved_and_never_kept(asked_on, owner):
    headers = owner.get(f"{JOURNAL}/export").headers
    assert headers["Content-Disposition"].startswith("attachment; filename=requests-2026-")
    assert headers["Cache-Control"] == "no-store"
