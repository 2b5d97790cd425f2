"""The staff choose an answer, change it, read the copy, look at the letter and send it."""

import io

import pytest

from crm.audit.models import Action, AuditEntry
from crm.clients.models import Client
from crm.core import transaction
from crm.core.db import db
from crm.core.letters import Letter
from crm.subject_requests import commands, drafts
from crm.subject_requests.models import RequestKind, RequestState, Step, SubjectRequest, Way
from crm.subject_requests.samples import Refusal
from tests.browsing import page as seen
from tests.subject_requests.writing import asked, drafted, newest

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def request_id(acting, ours):
    """A request for access in work."""
    with transaction.of_its_own():
        return asked(ours).id


@pytest.fixture
def at(request_id):
    """The address of the letter's pages."""
    return f"/requests/{request_id}/answer"


def found(request_id) -> SubjectRequest:
    db.session.rollback()
    return db.session.get_one(SubjectRequest, request_id)


def letters() -> list[Letter]:
    db.session.rollback()
    return [one for one in db.session.query(Letter) if one.key.startswith("answer:")]


def test_an_answer_is_written_looked_at_and_sent(owner, request_id, at, acting):
    assert owner.fill(at, matter="nothing_held").location == at
    assert owner.fill(at, subject="Re: данные", text="Ничего не храним.").location == f"{at}/preview"
    seen = owner.get(f"{at}/preview").text
    assert "Ничего не храним." in seen
    assert owner.fill(f"{at}/preview", button="Отправить").location.startswith(f"/requests/{request_id}")
    (letter,) = letters()
    assert (letter.subject, letter.text) == ("Re: данные", "Ничего не храним.")
    assert found(request_id).state is RequestState.ANSWERING


def test_the_kind_of_request_proposes_its_answer(owner, at):
    page = owner.get(at).text
    assert 'selected value="access"' in page or '<option selected value="access">' in page


def test_where_there_is_no_card_the_answer_proposed_is_that_nothing_is_held(owner, acting, ours):
    with transaction.of_its_own():
        request = asked(ours, card=False)
        commands.mark(request, Step.CARDS, by=None)
    assert 'selected value="nothing_held"' in owner.get(f"/requests/{request.id}/answer").text


def test_what_was_typed_in_passing_stands_in_the_letter_as_a_sentence(owner, at):
    owner.fill(f"{at}?role=extension", words="архив на складе")
    assert "Причины: Архив на складе.\n" in owner.get(at).text


def test_a_refusal_without_its_article_is_not_begun(owner, at):
    answer = owner.fill(f"{at}?role=refusal", words="Так.")
    assert answer.status_code == 422
    assert "на какой статье стоит отказ" in answer.text


@pytest.mark.parametrize(("role", "more"), [("refusal", {"refusal": Refusal.OTHER_LAW.value}), ("extension", {})])
def test_where_the_law_wants_a_reason_there_must_be_one(owner, at, role, more):
    answer = owner.fill(f"{at}?role={role}", **more, words="")
    assert answer.status_code == 422
    assert "причин" in answer.text


def test_an_extension_is_begun_and_told(owner, at):
    assert owner.fill(f"{at}?role=extension", words="Архив на складе.").status_code == 303
    assert "Архив на складе." in owner.get(at).text


@pytest.mark.parametrize("role", ["answer", "refusal", "extension", "question", "notice"])
def test_a_page_asks_only_what_its_letter_needs(owner, at, role):
    page = owner.get(f"{at}?role={role}").text
    assert ('name="refusal"' in page) is (role == "refusal")
    assert ('name="matter"' in page) is (role == "answer")


def test_there_is_no_letter_of_another_kind(owner, at):
    assert owner.get(f"{at}?role=code").status_code == 404


def test_a_letter_with_a_gap_shows_no_button(owner, at):
    owner.fill(at, matter="other")
    page = owner.get(f"{at}/preview").text
    assert "Отправить пока нельзя" in page
    assert ">Отправить</button>" not in page


def test_a_forced_send_of_a_letter_with_a_gap_is_refused(owner, request_id, at):
    owner.fill(at, matter="nothing_held")
    page = owner.get(f"{at}/preview")
    owner.fill(at, subject="x", text="[впишите ответ]")
    assert owner.submit(page, button="Отправить").status_code == 422
    assert letters() == []


def test_two_managers_at_once_see_each_other(owner, manager, at):
    owner.fill(at, matter="nothing_held")
    page = owner.get(at)
    manager.fill(at, subject="Тема Бориса", text="Текст Бориса")
    answer = owner.submit(page, subject="Тема Анны", text="Текст Анны")
    assert answer.status_code == 422
    assert "обращение изменилось" in answer.text
    assert "Текст Анны" in answer.text


def test_the_copy_is_read_and_attached(owner, request_id, at):
    owner.fill(at, matter="access")
    assert owner.fill(f"{at}/copy", button="Приложить к письму").status_code == 422
    done = owner.fill(f"{at}/copy", button="Приложить к письму", formats=["json"], is_read=True)
    assert done.location == f"{at}/preview"
    assert owner.fill(f"{at}/preview", button="Отправить").status_code == 303
    assert newest(found(request_id)).file_names == ["personal-data.json"]


def test_a_pdf_is_attached_too(owner, request_id, at):
    owner.fill(at, matter="access")
    owner.fill(f"{at}/copy", button="Приложить к письму", formats=["pdf", "json"], is_read=True)
    assert owner.fill(f"{at}/preview", button="Отправить").status_code == 303
    assert newest(found(request_id)).file_names == ["personal-data.pdf", "personal-data.json"]


def test_a_value_that_is_left_out_is_in_no_file(owner, request_id, at, acting, ours):
    email = acting.get_one(Client, ours.client_id).email
    db.session.rollback()
    owner.fill(at, matter="access")
    page = owner.get(f"{at}/copy")
    keys = [one.split('"')[0] for one in page.text.split('name="item-')[1:]]
    out = {f"item-{key}": "out" for key in keys}
    owner.submit(page, button="Приложить к письму", formats=["json"], is_read=True, **out)
    assert email not in owner.get(f"{at}/copy/json").get_data(as_text=True)


@pytest.mark.parametrize(("kind", "beginning"), [("json", b"{"), ("pdf", b"%PDF-"), ("print", b"<!doctype html")])
def test_the_copy_is_made_and_that_is_written_down(owner, acting, at, kind, beginning):
    answer = owner.get(f"{at}/copy/{kind}")
    assert answer.data.lower().startswith(beginning.lower())
    db.session.rollback()
    assert db.session.query(AuditEntry).filter_by(action=Action.COPY_MADE).count() == 1


def test_data_for_a_doubtful_mailbox_needs_a_tick(owner, acting, ours):
    with transaction.of_its_own():
        request = asked(ours, email="somebody@else.example.org")
    at = f"/requests/{request.id}/answer"
    owner.fill(at, matter="access")
    owner.fill(f"{at}/copy", button="Приложить к письму", formats=["json"], is_read=True)
    assert "Тот ли это человек?" in owner.get(f"{at}/preview").text
    assert owner.fill(f"{at}/preview", button="Отправить").status_code == 422
    assert owner.fill(f"{at}/preview", button="Отправить", is_checked=True).status_code == 303


def test_an_answer_on_paper_is_written_down_with_its_scan(owner, request_id, at):
    owner.fill(at, matter="nothing_held")
    page = seen(owner.get(f"{at}/preview"), owner.application)
    form = next(one for one in page.forms if one.element["action"].endswith("/handed"))
    sent = form.untouched() | {"way": "paper", "file": (io.BytesIO(PDF), "Расписка.pdf")}
    assert owner.post(f"{at}/handed", data=sent).status_code == 303
    assert found(request_id).state is RequestState.ANSWERED
    assert newest(found(request_id)).scan.name == "Расписка.pdf"


def test_a_letter_is_thrown_away(owner, request_id, at):
    owner.fill(at, matter="nothing_held")
    owner.fill(f"{at}/preview", button="Выбросить письмо")
    assert drafts.draft_of(found(request_id)) is None


def test_without_a_draft_there_is_nothing_to_look_at_or_send(owner, at):
    assert owner.get(f"{at}/preview").location == at
    assert "Данных нет" not in owner.get(f"{at}/copy").text


def test_a_request_that_nobody_confirmed_takes_no_answer(owner, acting, ours):
    with transaction.of_its_own():
        request = asked(ours)
        drafted(ours, request)
        request.state = RequestState.NEW
    answer = owner.fill(f"/requests/{request.id}/answer/preview", button="Отправить")
    assert answer.status_code == 422
    assert letters() == []


@pytest.mark.parametrize("kind", RequestKind)
def test_every_kind_has_its_page(owner, acting, ours, kind):
    with transaction.of_its_own():
        request = asked(ours, kind=kind)
    assert owner.get(f"/requests/{request.id}/answer").status_code == 200


@pytest.mark.parametrize("path", ["", "/preview", "/copy", "/copy/json", "/copy/print"])
def test_the_neighbour_finds_nothing(neighbour, at, path):
    assert neighbour.get(at + path).status_code == 404


def test_hostile_words_stay_words(owner, at):
    owner.fill(at, matter="nothing_held")
    owner.fill(at, subject="<b>x</b>", text="<i>y</i>\n</div></main>")
    owner.judges = False  # it takes such words for a fault of the page
    page = owner.get(f"{at}/preview").text
    assert "&lt;b&gt;x" in page
    assert "&lt;i&gt;y&lt;/i&gt;\n&lt;/div&gt;&lt;/main&gt;" in page


def test_who_asked_on_paper_is_answered_on_paper(owner, acting, ours):
    with transaction.of_its_own():
        paper = asked(ours, way=Way.PAPER)
        drafted(ours, paper)
    assert "отвечают в той же форме" in owner.get(f"/requests/{paper.id}/answer/preview").text
