"""The staff pages of forms: making, editing, publishing, closing."""

import pytest

from crm.webforms.fields import KINDS
from tests.accounts.newcomer import TYPED
from tests.browsing import browser
from tests.core.posting import as_found
from tests.core.rows import everything, gained

LAW = [
    "full_name",
    "email",
    "phone",
    "address",
    "birth_date",
    "birth_place",
    "marital_status",
    "education",
    "personal_link",
]
LONG = "я" * 100_000
WRONG = {
    "title": ["", "   ", "я" * 201, LONG, "две\nстроки", "x\x00"],
    "lead": ["я" * 1001, LONG, "x\x00"],
    "label_full_name": ["", "   ", "я" * 201, "две\nстроки", "x\x00"],
    "order_full_name": ["0", "100", "-1", "первое", "9" * 40],
    "revision": ["x", "9" * 40, ""],
}
HOSTILE = [
    "<script>alert(1)</script>",
    "{{inn}}",
    "{{7*7}}",
    "[x](javascript:1)",
    "a | b",
    "'; DROP TABLE web_form",
    "🐱",
    '"><b>',
]


@pytest.fixture
def address(owner):
    """A new form, saved and not yet published."""
    return owner.fill("/forms/new", title="Запись на приём", lead="Ответим за час").location


def slug_of(who, address):
    return who.get(address).text.partition("/f/")[2].partition('"')[0]


@pytest.fixture
def published(owner, address):
    """The public address of that form after its publication."""
    owner.fill(address, button="publish")
    return f"/f/{slug_of(owner, address)}"


def test_a_new_form_offers_every_field_of_the_law_and_free_texts(owner):
    page = owner.get("/forms/new").text
    for kind in (*LAW, "text_1", "text_2", "text_3"):
        assert f'name="use_{kind}"' in page
        assert f'name="label_{kind}"' in page
        assert f'name="required_{kind}"' in page


def test_a_new_form_is_a_draft_that_nobody_sees(owner, address):
    assert "черновик" in owner.get("/forms/").text
    assert "/f/" not in owner.get(address).text


def test_a_published_form_shows_its_address_and_opens(visitor, owner, address, published):
    assert f'value="http://localhost{published}"' in owner.get(address).text
    page = visitor.get(published)
    assert (page.status_code, "Запись на приём" in page.text, "Ответим за час" in page.text) == (200, True, True)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_field_can_be_asked_for(visitor, owner, address, kind):
    others = {f"use_{name}": False for name in KINDS if name != kind}
    owner.fill(address, button="publish", **others, **{f"use_{kind}": True, f"label_{kind}": f"Моё поле {kind}"})
    page = visitor.get(f"/f/{slug_of(owner, address)}").text
    assert f'name="{kind}"' in page
    assert f"Моё поле {kind}" in page
    assert page.count('class="field"') == 1


@pytest.mark.parametrize("required", [True, False])
def test_a_field_is_required_or_not_as_the_editor_says(visitor, owner, address, required):
    owner.fill(address, button="publish", required_email=required)
    field = visitor.get(f"/f/{slug_of(owner, address)}").text.partition('name="email"')[2].partition(">")[0]
    assert (" required" in field) is required


def test_fields_stand_in_the_order_of_their_places(visitor, owner, address):
    owner.fill(address, button="publish", order_text_1=1, order_full_name=2, order_email=3, order_phone=4)
    page = visitor.get(f"/f/{slug_of(owner, address)}").text
    places = [page.index(f'name="{name}"') for name in ("text_1", "full_name", "email", "phone")]
    assert places == sorted(places)


def test_an_edit_is_seen_by_visitors_only_after_publishing(visitor, owner, address, published):
    owner.fill(address, button="save", title="Новое название")
    assert "Новое название" not in visitor.get(published).text
    owner.fill(address, button="publish")
    assert "Новое название" in visitor.get(published).text


def test_every_publication_is_a_version_with_number_author_and_text(owner, ours, address, published):
    owner.fill(address, button="publish", title="Второе название")
    page = owner.get(address).text.partition("Опубликованные редакции")[2]
    assert "№ 2" in page
    assert "№ 1" in page
    assert page.count(ours.owner.name) == 2
    assert page.count('href="/doc/') == 2


@pytest.mark.parametrize("name", ["email", "phone", "text_1"])
def test_a_field_taken_out_is_no_longer_asked_for_nor_named_in_the_agreement(visitor, owner, address, published, name):
    owner.fill(address, button="publish", **{f"use_{name}": False})
    page = visitor.get(published).text
    assert f'name="{name}"' not in page


def test_a_closed_form_answers_that_it_is_closed_and_can_be_opened_again(visitor, owner, address, published):
    owner.fill(address, button="Закрыть форму")
    assert visitor.get(published).status_code == 410
    assert "закрыта" in owner.get("/forms/").text
    owner.fill(address, button="publish")
    assert visitor.get(published).status_code == 200


def test_the_address_of_a_form_never_changes(owner, address, published):
    for button in ("publish", "Закрыть форму", "publish"):
        owner.fill(address, button=button)
    assert f"/f/{slug_of(owner, address)}" == published


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
@pytest.mark.parametrize("button", ["save", "publish"])
def test_a_wrong_value_is_refused_and_nothing_changes(app, owner, ours, field, value, button):
    before = everything(app)
    answer = owner.fill(f"/forms/{ours.form_id}", button=button, **{field: value})
    assert (answer.status_code, gained(app, before)) == (422, {})


def test_a_form_without_a_field_collects_nothing_and_is_refused(app, owner, ours):
    before = everything(app)
    answer = owner.fill(f"/forms/{ours.form_id}", **{f"use_{name}": False for name in KINDS})
    assert (answer.status_code, "хотя бы одно поле" in answer.text) == (422, True)
    assert everything(app) == before


def test_what_was_typed_stays_when_something_is_wrong(owner, ours):
    answer = owner.fill(f"/forms/{ours.form_id}", title="", lead="Моё пояснение", label_phone="Мой телефон")
    assert "Моё пояснение</textarea>" in answer.text
    assert 'value="Мой телефон"' in answer.text


@pytest.mark.parametrize("button", ["save", "publish"])
def test_of_two_who_edit_at_once_the_later_is_told(app, owner, manager, ours, button):
    late = manager.get(f"/forms/{ours.form_id}")
    owner.fill(f"/forms/{ours.form_id}", button="save", title="Название владельца")
    before = everything(app)
    answer = manager.submit(late, button=button, title="Название менеджера")
    assert (answer.status_code, everything(app)) == (422, before)
    assert "изменил кто-то другой" in answer.text
    assert 'value="Название менеджера"' in answer.text


@pytest.mark.parametrize("words", HOSTILE)
def test_title_lead_and_labels_of_any_letters_stand_letter_by_letter(visitor, owner, ours, words):
    visitor.judges = owner.judges = False  # braces and tags among the words are what this test is about
    owner.fill(f"/forms/{ours.form_id}", button="publish", title=words, lead=words, label_full_name=words)
    page = visitor.get(f"/f/{ours.slug}").text
    shown = (
        words.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&#34;")
        .replace("'", "&#39;")
    )
    assert f"<h1>{shown}</h1>" in page
    assert f'<p class="plain">{shown}</p>' in page
    assert f'<label for="full_name">{shown}' in page


def test_a_manager_makes_and_publishes_forms_too(visitor, manager):
    address = manager.fill("/forms/new", title="Форма менеджера").location
    assert manager.fill(address, button="publish").status_code == 303
    assert "Форма менеджера" in visitor.get(f"/f/{slug_of(manager, address)}").text


def test_every_act_on_a_form_is_audited(owner, address, published):
    owner.fill(address, button="Закрыть форму")
    trail = owner.get("/settings/trail").text
    for words in ("Форма создана", "Черновик формы сохранён", "Форма опубликована", "Форма закрыта"):
        assert words in trail


def test_a_kind_of_field_that_does_not_exist_is_not_kept(visitor, owner, ours):
    found = as_found(owner.get(f"/forms/{ours.form_id}"), "title")
    owner.post(
        f"/forms/{ours.form_id}", data=found | {"use_passport": "y", "label_passport": "Паспорт", "act": "publish"}
    )
    assert "Паспорт" not in visitor.get(f"/f/{ours.slug}").text


@pytest.fixture
def newcomer(visitor):
    """The owner of an operator that has just signed up, with one form in draft."""
    visitor.fill("/sign-up", **TYPED)
    visitor.fill("/forms/new", title="Первая форма")
    return visitor


def form_of(who):
    page = who.get("/forms/").text
    return next(f"/forms/{part[:36]}" for part in page.split('"/forms/')[1:] if part[8:9] == "-")


def test_without_a_policy_the_refusal_names_it_and_leads_to_it(app, newcomer):
    newcomer.fill("/settings/documents/consent", button="publish", reviewed=True)
    before = everything(app)
    answer = newcomer.fill(form_of(newcomer), button="publish")
    assert (answer.status_code, gained(app, before)) == (422, {})
    refusal = answer.text.partition("Ничего не опубликовано")[2].partition("</div>")[0]
    assert "Политика" in refusal
    assert 'href="/settings/documents/policy"' in refusal


def test_without_an_agreement_the_refusal_names_it_and_leads_to_it(app, newcomer):
    newcomer.fill("/settings/documents/policy", button="publish", reviewed=True)
    before = everything(app)
    answer = newcomer.fill(form_of(newcomer), button="publish")
    assert (answer.status_code, gained(app, before)) == (422, {})
    refusal = answer.text.partition("Ничего не опубликовано")[2].partition("</div>")[0]
    assert "Согласие на обработку персональных данных" in refusal
    assert 'href="/settings/documents/consent"' in refusal


def test_where_nobody_is_asked_the_policy_is_enough(newcomer):
    newcomer.fill("/settings/documents/policy", button="publish", reviewed=True)
    newcomer.fill("/settings/", consent_asked=False)
    assert newcomer.fill(form_of(newcomer), button="publish").status_code == 303


def test_with_both_documents_the_first_form_goes_out(newcomer, app):
    for kind in ("policy", "consent"):
        newcomer.fill(f"/settings/documents/{kind}", button="publish", reviewed=True)
    assert newcomer.fill(form_of(newcomer), button="publish").status_code == 303
    slug = slug_of(newcomer, form_of(newcomer))
    assert browser(app).fill(f"/f/{slug}", full_name="Первый", phone="89121234567", consent=True).status_code == 303


def test_closing_a_draft_that_was_never_published_does_no_harm(newcomer):
    token = as_found(newcomer.get(form_of(newcomer)), "title")["csrf_token"]
    assert newcomer.post(f"{form_of(newcomer)}/close", data={"csrf_token": token}).status_code == 303
