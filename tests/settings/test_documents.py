"""The editor of the agreement and of the policy: placeholders, preview, publishing, two people at once."""

import pytest

from crm.accounts import queries as accounts
from crm.agreements import queries as purposes
from crm.agreements.policy import LONGEST_SOURCE, PLACEHOLDERS
from crm.core import transaction
from tests.accounts.newcomer import TYPED
from tests.core.posting import as_found
from tests.core.rows import everything, gained, number

CONSENT, POLICY = "/settings/documents/consent", "/settings/documents/policy"
REQUISITES = {
    "name": "company",
    "inn": "inn",
    "ogrn": "ogrn",
    "address": "address",
    "request_email": "request_email",
    "request_phone": "request_phone",
    "responsible_person": "responsible",
}


def edit(who, url=CONSENT, *, act="publish", text=None, **typed):
    who.judges = text is None  # a preview shows unknown placeholders and hostile letters as they were typed
    changes = {"draft": text} if text is not None else {}
    return who.fill(url, button=act, **{"reviewed": True, **changes, **typed})


def kept(answer, text):
    """Whether the typed text still stands in the editor."""
    return f"{text}</textarea>" in answer.text


@pytest.fixture
def newcomer(visitor):
    """The owner of an operator that has just signed up: no form yet, nothing published."""
    visitor.fill("/sign-up", **TYPED)
    return visitor


@pytest.fixture
def without(acting):
    """Empties a requisite, as an old database or an import might have left it."""

    def empty(requisite):
        with transaction.of_its_own():
            setattr(accounts.main_entity(), requisite, "")

    return empty


OF_ONE_PURPOSE = {"purpose", "basis", "data", "subjects", "actions", "recipients", "retention", "label", "proof"}
OFFERED = [(CONSENT, name) for name in PLACEHOLDERS if name != "purposes"]
OFFERED += [(POLICY, name) for name in PLACEHOLDERS if name not in OF_ONE_PURPOSE]


@pytest.mark.parametrize(("url", "name"), OFFERED)
def test_the_editor_lists_every_placeholder_of_its_document(owner, url, name):
    assert f"<code>{{{{{name}}}}}</code>" in owner.get(url).text


@pytest.mark.parametrize(
    "value", ["ООО «Ромашка»", "7707083893", "365 дней", "ФИО; Телефон; Эл. почта; Сообщение", "/policy/"]
)
def test_the_editor_shows_the_present_value_of_a_placeholder(owner, value):
    assert value in owner.get(CONSENT).text.partition("<h2>Что подставится")[2].partition("</ul>")[0]


@pytest.mark.parametrize("url", [CONSENT, POLICY])
def test_a_preview_shows_the_result_and_keeps_nothing(app, owner, url):
    before = everything(app)
    answer = edit(owner, url, act="preview", text="Мы — {{company}}, **оператор**.")
    assert (answer.status_code, gained(app, before)) == (200, {})
    assert "<p>Мы — ООО «Ромашка», <strong>оператор</strong>.</p>" in answer.text


def test_a_preview_is_made_for_the_chosen_form(owner):
    owner.fill("/forms/new", title="Подписка", use_phone=False, use_text_1=False)
    chosen = owner.get(CONSENT).text.partition(">Подписка<")[0].rpartition('value="')[2].partition('"')[0]
    answer = edit(owner, act="preview", text="{{form}}: {{fields}}", shown_for=chosen)
    assert "<p>Подписка: Фамилия, имя, отчество; Эл. почта</p>" in answer.text


def test_the_editor_says_which_edition_the_next_one_will_be(owner):
    assert "<p>2</p>" in edit(owner, act="preview", text="{{number}}").text


@pytest.mark.parametrize("url", [CONSENT, POLICY])
@pytest.mark.parametrize("name", ["compnay", "7*7", "config.SECRET_KEY", "компания", "Inn"])
def test_an_unknown_placeholder_is_named_and_nothing_is_published(app, owner, url, name):
    before = everything(app)
    answer = edit(owner, url, text=f"Текст {{{{{name}}}}}")
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert f"<code>{{{{{name}}}}}</code> — такой подстановки нет" in answer.text


def test_an_unknown_placeholder_is_refused_also_before_there_is_any_form(app, newcomer):
    before = everything(app)
    answer = edit(newcomer, text="Текст {{compnay}}")
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert "compnay" in answer.text


def test_the_agreement_can_be_published_before_there_is_any_form(newcomer):
    assert edit(newcomer).status_code == 303


@pytest.mark.parametrize("url", [CONSENT, POLICY])
@pytest.mark.parametrize(("requisite", "name"), REQUISITES.items())
def test_an_empty_requisite_is_named_with_the_way_to_fill_it(app, owner, without, url, requisite, name):
    without(requisite)
    before = number(app, "agreement_version")
    answer = edit(owner, url, text=f"{{{{{name}}}}}")
    assert (answer.status_code, number(app, "agreement_version")) == (422, before)
    refusal = answer.text.partition("Ничего не опубликовано")[2].partition("</ul>")[0]
    assert f"{{{{{name}}}}}" in refusal
    assert 'href="/settings/company"' in refusal


def test_what_the_register_does_not_say_is_named_with_the_way_to_say_it(owner, ours, acting):
    with transaction.of_its_own():
        purposes.purposes()[3].recipients = ""
    answer = edit(owner, "/settings/documents/transfer", text="Получатель: {{recipients}}")
    refusal = answer.text.partition("Ничего не опубликовано")[2].partition("</ul>")[0]
    assert (answer.status_code, "не заполнено: Кому передаются данные" in refusal) == (422, True)
    assert 'href="/settings/purposes/' in refusal


def test_an_empty_requisite_that_no_document_uses_does_not_matter(owner, without):
    edit(owner, POLICY, text="{{purposes}}")
    without("request_phone")
    assert edit(owner, text="{{company}}").status_code == 303


def test_a_consent_is_not_published_beside_a_policy_that_cannot_be_made_true(app, owner, without):
    without("request_phone")
    before = number(app, "agreement_version")
    answer = edit(owner, text="{{company}}")
    assert (answer.status_code, number(app, "agreement_version")) == (422, before)
    assert "В документе «Политика" in answer.text


def test_the_policy_waits_until_there_are_fields_to_name(newcomer):
    answer = edit(newcomer, POLICY)
    assert answer.status_code == 422
    assert 'href="/forms/"' in answer.text.partition("Ничего не опубликовано")[2].partition("</ul>")[0]


@pytest.mark.parametrize("url", [CONSENT, POLICY])
def test_what_was_typed_stays_after_a_refusal(owner, url):
    assert kept(edit(owner, url, text="Мой текст {{compnay}}"), "Мой текст {{compnay}}")


@pytest.mark.parametrize("url", [CONSENT, POLICY])
def test_a_sample_that_nobody_read_says_so_and_cannot_be_published(app, newcomer, url):
    assert "Это образец" in newcomer.get(url).text
    before = everything(app)
    answer = newcomer.fill(url, button="publish")
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert "публиковать непроверенный образец нельзя" in answer.text


def test_a_reviewed_text_is_no_sample_any_more(owner):
    edit(owner, act="save")
    assert "Это образец" not in owner.get(CONSENT).text


def test_a_saved_draft_is_found_again_and_seen_by_no_visitor(owner, visitor, ours):
    edit(owner, act="save", text="Черновик: {{unknown}}")
    assert "Черновик: {{unknown}}</textarea>" in owner.get(CONSENT).text
    assert "Черновик" not in visitor.get(f"/doc/{ours.document}").text


def test_a_published_text_is_listed_with_its_number_and_opens(owner):
    edit(owner, text="Вторая: {{company}}")
    page = owner.get(CONSENT).text.partition("Опубликованные редакции")[2]
    assert "№ 2" in page
    assert owner.get("/doc/" + page.partition('href="/doc/')[2].partition('"')[0]).status_code == 200


SAID = {
    "a new text": (CONSENT, "Новый текст", "Опубликовано."),
    "the same text": (CONSENT, None, "Текст не изменился: действует прежняя редакция."),
    "a text nobody asks for": ("/settings/documents/newsletter", None, "Текст утверждён."),
}


@pytest.mark.parametrize(("url", "text", "words"), SAID.values(), ids=SAID)
def test_who_publishes_is_told_what_came_of_it(owner, url, text, words):
    assert words in owner.get(edit(owner, url, text=text).location).text


def test_a_manager_works_on_documents_too(manager, ours):
    assert edit(manager, text="Текст менеджера: {{company}}").status_code == 303
    assert ours.manager.name in manager.get(CONSENT).text


@pytest.mark.parametrize("url", [CONSENT, POLICY])
@pytest.mark.parametrize("act", ["save", "publish"])
def test_of_two_who_publish_at_once_one_is_told_and_no_text_is_lost(app, owner, manager, url, act):
    first, second = owner.get(url), manager.get(url)
    owner.submit(first, button="publish", draft="Текст владельца {{company}}", reviewed=True)
    before = everything(app)
    answer = manager.submit(second, button=act, draft="Текст менеджера {{company}}", reviewed=True)
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert "сохранил кто-то другой" in answer.text
    assert kept(answer, "Текст менеджера {{company}}")
    assert "Текст владельца {{company}}</textarea>" in owner.get(url).text


def test_the_text_of_who_was_late_can_be_published_after_all(owner, manager):
    late = manager.get(CONSENT)
    edit(owner, text="Текст владельца")
    manager.submit(late, button="publish", draft="Текст менеджера", reviewed=True)
    assert edit(manager, text="Текст менеджера").status_code == 303


HOSTILE = [
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</textarea><script>alert(1)</script>",
        "**не закрыто",
    ),
    *(
        "| a |\n|---",
        "```",
        "[x](javascript:alert(1))",
        "# \n## \n- \n> ",
        "'; DROP TABLE agreement; --",
        "\u202eтескт 🐱",
    ),
    *("{% for x in y %}", "{{ '7'*7", "{#", "&lt;b&gt;", "я" * LONGEST_SOURCE, "<!--", "]]>", "\ufeff", "%s %(x)s {0}"),
]


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:20]) for text in HOSTILE])
def test_a_text_of_any_letters_is_published_and_found_again(owner, visitor, ours, text):
    visitor.judges = False  # braces among the words are what this test is about
    assert edit(owner, text=text).status_code == 303
    page = visitor.get(f"/f/{ours.slug}").text
    html = visitor.get("/doc/" + page.partition('href="/doc/')[2].partition('"')[0])
    assert html.status_code == 200
    assert "<script>" not in html.text
    assert "onerror=" not in html.text.replace("onerror=alert(1)&gt;", "")


WRONG = {
    "draft": ["", "   ", "\n\n", "я" * (LONGEST_SOURCE + 1), "я" * 100_001, "x" * 200_000, "текст\x00"],
    "revision": ["", "x", "9" * 30],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
@pytest.mark.parametrize("act", ["save", "publish"])
def test_a_wrong_value_is_refused_and_nothing_changes(app, owner, field, value, act):
    before = everything(app)
    answer = edit(owner, act=act, **{field: value})
    assert (answer.status_code, gained(app, before)) == (422, {})


def test_a_form_of_nobody_cannot_be_previewed_for(owner):
    found = owner.get(CONSENT)
    answer = owner.post(CONSENT, data=as_found(found, "draft") | {"shown_for": "x", "act": "preview"})
    assert answer.status_code == 422


@pytest.mark.parametrize("kind", ["nothing", "CONSENT", "%00", "..%2fconsent"])
def test_there_are_no_other_documents(owner, kind):
    assert owner.get(f"/settings/documents/{kind}").status_code == 404


def test_a_new_agreement_comes_to_every_published_form(owner, visitor, ours):
    address = owner.fill("/forms/new", title="Вторая форма").location
    owner.fill(address, button="publish")
    slug = owner.get(address).text.partition("/f/")[2].partition('"')[0]
    edit(owner, text="Новый текст для «{{form}}»")
    for form, title in ((ours.slug, "Заявка с сайта"), (slug, "Вторая форма")):
        page = visitor.get(f"/f/{form}").text
        assert f"«{title}»" in visitor.get("/doc/" + page.partition('href="/doc/')[2].partition('"')[0]).text


def test_publishing_the_agreement_does_not_show_an_unfinished_form(owner, visitor, ours):
    owner.fill(f"/forms/{ours.form_id}", button="save", title="Недоделанное название")
    edit(owner, text="Новый текст для «{{form}}»")
    assert "Недоделанное" not in visitor.get(f"/f/{ours.slug}").text
