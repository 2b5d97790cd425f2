"""The list of documents, previews for forms and legal entities, and what changed between any two editions."""

import uuid

import pytest

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.agreements import queries
from crm.core import transaction
from crm.webforms import commands as webforms
from tests.builders import published_form
from tests.settings.test_company import SECOND

LIST, CONSENT, POLICY = "/settings/documents/", "/settings/documents/consent", "/settings/documents/policy"


def publish(who, url, text):
    return who.fill(url, button="publish", draft=text, reviewed=True)


def preview(who, url, text, **chosen):
    answer = who.fill(url, button="preview", draft=text, **chosen)
    return answer.text.partition('<div class="document">')[2].partition("</div>")[0]


@pytest.fixture
def second(owner, acting):
    """A second legal entity without a form."""
    owner.fill("/settings/company/new", **SECOND)
    acting.rollback()
    return accounts.entities()[1].id


@pytest.fixture
def other(acting, ours):
    """A second published form, of fewer fields."""
    with transaction.of_its_own():
        made = published_form(by=acting.get_one(User, ours.owner.id), title="Вторая форма")
        made.fields = made.fields[:2]
        webforms.publish(made, by=acting.get_one(User, ours.owner.id))
        return made.id


# the list


def test_every_document_is_listed_and_opens(owner):
    page = owner.get(LIST).text
    for code in ("policy", "consent", "registration", "newsletter", "transfer"):
        assert f'href="/settings/documents/{code}"' in page
        assert owner.get(f"/settings/documents/{code}").status_code == 200
    assert f'href="{LIST}"' in owner.get("/settings/").text


def test_the_list_tells_what_is_published_and_what_waits(owner):
    page = owner.get(LIST).text
    assert (page.count(">опубликован<"), page.count(">не опубликован<")) == (2, 3)
    owner.fill(CONSENT, button="save", draft="Черновик", reviewed=True)
    assert "есть неопубликованные правки" in owner.get(LIST).text


def test_the_list_tells_which_consent_no_form_can_ask(owner):
    owner.fill("/settings/purposes/new?kind=other", name="лечение", proof="written")
    assert "формой не спросить" in owner.get(LIST).text


def test_the_text_for_another_purpose_is_published_before_any_form_asks(owner):
    assert owner.fill("/settings/documents/newsletter", button="publish", reviewed=True).status_code == 303
    assert owner.get(LIST).text.count(">опубликован<") == 3


# previews


def test_a_preview_is_made_for_a_form_and_a_legal_entity(owner, ours, second):
    chosen = {"shown_for": ours.form_id.hex, "shown_by": second.hex}
    assert preview(owner, CONSENT, "{{company}}: {{form}}", **chosen) == "<p>ИП Васильков П. С.: Заявка с сайта</p>\n"
    assert preview(owner, CONSENT, "{{company}}", **chosen | {"shown_by": ""}) == f"<p>{ours.name}</p>\n"


def test_a_policy_is_previewed_for_a_legal_entity(owner, second):
    assert preview(owner, POLICY, "{{company}}", shown_by=second.hex) == "<p>ИП Васильков П. С.</p>\n"


def test_with_one_legal_entity_there_is_nothing_to_choose(owner):
    assert 'name="shown_by"' not in owner.get(CONSENT).text + owner.get(POLICY).text


@pytest.mark.parametrize("name", ["shown_for", "shown_by"])
@pytest.mark.parametrize("value", ["x", uuid.UUID(int=0).hex])
def test_a_preview_for_nobody_is_refused(owner, second, name, value):
    data = {"csrf_token": token(owner), "draft": "x", "act": "preview", "revision": "1", name: value}
    assert owner.post(CONSENT, data=data).status_code == 422


def token(who):
    return who.get(CONSENT).text.partition('name="csrf_token" value="')[2].partition('"')[0]


NAMES = {
    "{{fields}}": "{{fields}}",
    "<b>": "&lt;b&gt;",
    "<script>alert(1)</script>": "&lt;script&gt;alert(1)&lt;/script&gt;",
}


@pytest.mark.parametrize(("name", "letters"), NAMES.items())
def test_a_company_of_any_name_is_previewed_by_these_letters(owner, acting, name, letters):
    owner.judges = False  # braces among the words are what this test is about
    with transaction.of_its_own():
        accounts.main_entity().name = name
    assert preview(owner, CONSENT, "**{{company}}**") == f"<p><strong>{letters}</strong></p>\n"


LEFT = {"**не закрыто": "**", "<script>alert(1)</script>": "&lt;script&gt;", "```\nконца нет": "```"}


@pytest.mark.parametrize(("text", "mark"), LEFT.items())
def test_marks_that_visitors_would_see_are_named_and_forbid_nothing(owner, text, mark):
    owner.judges = False  # such marks are what this test is about
    answer = owner.fill(CONSENT, button="preview", draft=text)
    assert f"<code>{mark}</code>" in answer.text.partition("Посетитель увидит эти знаки")[2]
    assert publish(owner, CONSENT, text).status_code == 303


def test_a_clean_text_is_not_remarked_upon(owner):
    assert "Посетитель увидит эти знаки" not in owner.get(CONSENT).text


# differences


def compared(who, url=CONSENT, **chosen):
    answer = who.fill(f"{url}/difference", **chosen)
    return answer.text.partition('class="document plain">')[2].partition("</div>")[0]


def test_the_newest_edition_is_compared_with_the_one_before(owner):
    publish(owner, CONSENT, "Мы храним данные год.")
    publish(owner, CONSENT, "Мы храним данные месяц.")
    assert "<del>год.</del><ins>месяц.</ins>" in owner.get(f"{CONSENT}/difference").text


def test_any_two_editions_are_compared_whichever_way(owner, ours, acting):
    publish(owner, CONSENT, "Первый текст")
    publish(owner, CONSENT, "Второй текст")
    publish(owner, CONSENT, "Третий текст")
    third, _, first, _ = (one.id.hex for one in queries.versions(queries.agreement("consent")))
    assert compared(owner, older=first, newer=third) == "<del>Первый </del><ins>Третий </ins>текст\n"
    assert compared(owner, older=third, newer=first) == "<del>Третий </del><ins>Первый </ins>текст\n"
    assert "Тексты одинаковы" in owner.get(f"{CONSENT}/difference?older={first}&newer={first}").text


def test_editions_of_two_forms_are_compared_too(owner, acting, ours, other):
    publish(owner, CONSENT, "{{form}}: {{fields}}")
    agreement = queries.agreement("consent")
    older, newer = (queries.latest_version(agreement, one).id.hex for one in (ours.form_id, other))
    found = compared(owner, older=older, newer=newer)
    assert "<del>Заявка с сайта: </del><ins>Вторая форма: </ins>" in found
    assert "<del>" in found.partition("ФИО")[2]


def test_two_editions_of_a_policy_are_compared_row_by_row(owner):
    owner.fill("/settings/purposes/new?kind=other", basis="contract", name="исполнение договора")
    owner.fill("/settings/", button="Опубликовать новую редакцию политики")
    rows = compared(owner, POLICY).partition("<ins>")[2].partition("</ins>")[0].splitlines()
    assert [row.partition(" — ")[0] for row in rows if row][:3] == ["исполнение договора", "Что", "Правовое основание"]


def test_an_edition_too_old_for_the_list_can_still_be_compared(owner, acting, monkeypatch):
    publish(owner, CONSENT, "Второй текст")
    first = queries.versions(queries.agreement("consent"))[-1]
    monkeypatch.setattr(queries.versions, "__kwdefaults__", {"limit": 1})
    page = owner.get(f"{CONSENT}/difference?older={first.id.hex}")
    assert (page.status_code, f'value="{first.id.hex}" selected' in page.text) == (200, True)


@pytest.mark.parametrize("asked", ["x", "1", uuid.UUID(int=0).hex, "' or 1=1"])
def test_there_is_no_edition_but_those_of_the_document(owner, asked):
    assert owner.get(f"{CONSENT}/difference", query_string={"older": asked}).status_code == 404


def test_an_edition_of_another_document_is_not_compared(owner, acting, ours):
    policy = queries.current_policy(ours.entity_id).id.hex
    assert owner.get(f"{CONSENT}/difference?older={policy}").status_code == 404


def test_a_document_without_editions_has_no_difference(owner):
    assert owner.get("/settings/documents/newsletter/difference").status_code == 404


def test_the_page_of_a_document_leads_to_comparing_any_two(owner):
    assert "Сравнить любые две" not in owner.get(CONSENT).text
    publish(owner, CONSENT, "Второй текст")
    assert f'href="{CONSENT}/difference"' in owner.get(CONSENT).text
