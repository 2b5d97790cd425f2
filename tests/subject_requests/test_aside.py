"""The page of letters put aside, as the staff see and use it."""

import re

import pytest
from sqlalchemy import select

from crm.audit.models import Action, AuditEntry
from crm.core import transaction
from crm.core.personal import SubjectKey
from crm.subject_requests import aside, intake
from crm.subject_requests.models import SubjectRequest
from crm.subject_requests.post import ReceivedLetter
from tests.builders import CANARY
from tests.subject_requests.mails import PDF, SENDER, letter, part, plain, report, several

PAGE = "/requests/aside/"


@pytest.fixture
def put(acting):
    """Let a letter come in; the key of its original, if it was kept."""

    def putting(content):
        with transaction.of_its_own():
            taken = intake.take(content)
        kept = acting.scalar(select(ReceivedLetter.id).filter_by(taken_id=taken.id))
        acting.rollback()
        return kept

    return putting


def trail(acting, what):
    return [entry for entry in acting.scalars(select(AuditEntry)) if entry.details.get("what") == what]


def test_nothing_was_put_aside(manager):
    assert "Отложенных писем нет" in manager.get(PAGE).text


def test_a_letter_is_shown_with_its_reason_and_the_names_of_its_files(manager, put):
    put(several(plain(), part('application/pdf; name="скан.pdf"', PDF), Precedence="bulk"))
    page = manager.get(PAGE).text
    for words in (SENDER, "рассылку или автоответ", "Прошу удалить", "скан.pdf"):
        assert words in page


def test_what_a_letter_holds_is_text_and_nothing_else(manager, put):
    manager.judges = False  # it takes these words for a slip of ours
    put(
        letter(
            '<script>alert(1)</script> <img src="http://evil.example/x.gif">', subject="<b>Тема</b>", Precedence="bulk"
        )
    )
    page = manager.get(PAGE).text
    assert ("<script>alert" in page, "<img src=" in page, "<b>Тема" in page) == (False, False, False)
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("why", aside.REASONS)
def test_every_reason_has_words(why, app):
    with app.test_request_context("/"):
        assert str(aside.REASONS[why])


def test_it_is_a_request(manager, put, acting):
    put(letter(Precedence="bulk"))
    answer = manager.fill(PAGE, button="Это обращение")
    made = acting.scalar(select(SubjectRequest))
    assert answer.location == f"/requests/{made.id}"
    assert "Отложенных писем нет" in manager.get(PAGE).text


def test_it_is_none(manager, put, acting):
    kept = put(letter(Precedence="bulk"))
    key_id = acting.get_one(ReceivedLetter, kept).subject_key_id
    acting.rollback()
    answer = manager.fill(PAGE, button="Не обращение")
    assert (answer.status_code, acting.get(ReceivedLetter, kept), acting.get(SubjectKey, key_id)) == (303, None, None)
    assert acting.scalar(select(SubjectRequest)) is None
    page = manager.get(PAGE).text
    assert "рассылки и автоответы — 1" in page


@pytest.mark.parametrize("act", ["accept", "reject"])
def test_who_comes_second_is_told(manager, owner, put, act, acting):
    kept = put(letter(Precedence="bulk"))
    seen = manager.get(PAGE)
    owner.fill(PAGE, button="Это обращение")
    answer = manager.submit(seen, button="Это обращение" if act == "accept" else "Не обращение")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "только что решил кто-то другой" in manager.get(PAGE).text
    assert acting.get(ReceivedLetter, kept)


def test_what_was_dropped_is_counted(manager, put):
    put(report("<a@b>"))
    assert "отчёты почтовых серверов — 1" in manager.get(PAGE).text


def test_the_letter_is_saved_and_never_shown(manager, put, acting):
    kept = put(letter(Precedence="bulk"))
    answer = manager.get(f"{PAGE}{kept}/original")
    assert answer.data == letter(Precedence="bulk")
    assert answer.headers["Content-Disposition"] == "attachment; filename=letter.eml"
    assert (answer.mimetype, "sandbox" in answer.headers["Content-Security-Policy"]) == (
        "application/octet-stream",
        True,
    )
    (read,) = trail(acting, "original")
    assert (read.action, read.subject_id) == (Action.REQUEST_READ, kept)


def test_reading_the_page_is_noted_and_names_nobody(manager, put, acting):
    put(letter(Precedence="bulk"))
    manager.get(PAGE)
    assert [entry.details for entry in trail(acting, "aside")] == [{"what": "aside", "letters": 1}]


def test_the_original_of_a_request_is_destroyed_by_hand(manager, put, acting):
    kept = put(letter())
    made = acting.scalar(select(SubjectRequest.id))
    acting.rollback()
    answer = manager.fill(f"/requests/{made}", button="Уничтожить оригинал сейчас")
    assert (answer.location, acting.get(ReceivedLetter, kept)) == (f"/requests/{made}", None)
    assert "Прошу удалить" in manager.get(f"/requests/{made}").text


def test_a_letter_is_of_its_own_request_alone(manager, put, acting):
    kept = put(letter())
    other = acting.get_one(ReceivedLetter, put(letter(sender="anna@example.org", message_id="<2@x>"))).taken.request_id
    acting.rollback()
    token = re.search(r'name="csrf_token" value="([^"]+)"', manager.get("/").text)[1]
    answer = manager.post(f"/requests/{other}/letters/{kept}/destroy", data={"csrf_token": token})
    assert answer.status_code == 404


def test_many_letters_come_page_by_page(manager, put, monkeypatch):
    monkeypatch.setattr(aside, "PAGE", 2)
    for n in range(3):
        put(letter(f"Письмо {n}", message_id=f"<{n}@x>", Precedence="bulk"))
    first = manager.get(PAGE)
    more = re.search(r'href="(/requests/aside/\?before=[^"]+)"', first.text)[1]
    assert [f"Письмо {n}" in first.text for n in range(3)] == [False, True, True]
    assert [f"Письмо {n}" in manager.get(more).text for n in range(3)] == [True, False, False]
    assert manager.get(f"{PAGE}?before=x").status_code == 200


def test_nobody_sees_letters_of_another(neighbour, put):
    put(letter(Precedence="bulk"))
    page = neighbour.get(PAGE).text
    assert (SENDER in page, CANARY in page) == (False, True)
