"""The editor: what a form asks consent for, whose it is, and what keeps it from going out, in words."""

import pytest

from crm.accounts import commands as accounts
from crm.accounts import queries as organisations
from crm.agreements import commands as documents
from crm.agreements.ready import LegalBasis, Proof
from tests.browsing import page
from tests.core.posting import as_found
from tests.core.rows import everything, gained
from tests.webforms.asking import change, purpose

OTHER = {
    "legal_form": "ooo",
    "name": "ООО «Василёк»",
    "inn": "7812345675",
    "ogrn": "1027800123450",
    "address": "190000, г. Санкт-Петербург, Невский пр., д. 1",
    "request_email": "pdn@vasilek.example.org",
    "request_phone": "+78121234567",
    "responsible_person": "Василькова Вера Ивановна",
    "processor": "",
}


@pytest.fixture
def ask(acting):
    """The name of the choice for each ready purpose, by the code of its document."""
    codes = ("consent", "registration", "newsletter", "transfer")
    return {code: f"ask_{purpose(code).id.hex}" for code in codes}


@pytest.fixture
def address(owner):
    """A draft as the editor offers it, saved untouched."""
    return owner.fill("/forms/new").location


def asked(who, address):
    """What the editor shows as chosen, by the name of the choice."""
    found = as_found(who.get(address), "title")
    return {name: values[0] for name, values in found.items() if name.startswith("ask_")}


def publish_texts(owner, *codes):
    for code in codes:
        owner.fill(f"/settings/documents/{code}", button="publish", reviewed=True)


def slug_of(owner, address):
    return owner.get(address).text.partition("/f/")[2].partition('"')[0]


def beside(answer, name):
    """The message beside a choice."""
    return answer.text.partition(f'id="{name}-errors"')[2].partition("</div>")[0]


# what is offered


def test_a_new_form_asks_for_the_enquiry_and_for_nothing_else(owner, ask):
    assert asked(owner, "/forms/new") == {ask["consent"]: "required"} | {
        ask[code]: "" for code in ("registration", "newsletter", "transfer")
    }


def test_the_defaults_can_be_saved_and_published_as_they_are(owner, address):
    assert owner.fill(address, button="publish").status_code == 303


def test_the_newsletter_cannot_be_chosen_as_required(app, owner, ask):
    choices = next(one for one in page(owner.get("/forms/new"), app).elements if one["name"] == ask["newsletter"])
    assert [option["value"] for option in choices.__dict__["options"]] == ["", "optional"]


def test_nor_by_a_browser_that_sends_it_anyway(app, owner, address, ask):
    found = as_found(owner.get(address), "title")
    before = everything(app)
    answer = owner.post(address, data=found | {ask["newsletter"]: "required", "act": "publish"})
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert beside(answer, ask["newsletter"])


@pytest.mark.parametrize("changes", [{"proof": Proof.WRITTEN}, {"basis": LegalBasis.LAW}])
def test_a_purpose_that_no_box_can_prove_is_not_offered(act, anna, owner, ask, changes):
    act(lambda: documents.save_purpose(one := purpose("transfer"), values=changes, revision=one.revision, by=anna))
    assert ask["transfer"] not in asked(owner, "/forms/new")


def test_the_words_of_each_box_and_the_state_of_its_text_are_shown(owner):
    text = owner.get("/forms/new").text.partition('id="asked"')[2]
    assert "«Даю согласие на обработку персональных данных»" in text
    assert (text.count("утверждён"), text.count("не опубликован")) == (1, 3)


@pytest.mark.parametrize("how", ["optional", "required", ""])
def test_what_is_chosen_is_kept(owner, address, ask, how):
    owner.fill(address, button="save", **{ask["registration"]: how})
    assert asked(owner, address)[ask["registration"]] == how


def test_what_is_chosen_stays_when_something_else_is_wrong(app, owner, address, ask):
    answer = owner.fill(address, button="save", title="", **{ask["registration"]: "optional"})
    assert as_found(answer, "title")[ask["registration"]] == ["optional"]


def test_what_is_chosen_is_what_visitors_see(visitor, owner, address, ask):
    publish_texts(owner, "registration", "newsletter")
    owner.fill(address, button="publish", **{ask["registration"]: "required", ask["newsletter"]: "optional"})
    shown = visitor.get(f"/f/{slug_of(owner, address)}").text
    assert [shown.count(f'name="{name}"') for name in ("consent", "consent_1", "consent_2", "consent_3")] == [
        1,
        1,
        1,
        0,
    ]
    assert " required" not in shown.partition('name="consent_2"')[2].partition(">")[0]
    assert " required" in shown.partition('name="consent_1"')[2].partition(">")[0]


# what keeps it from going out


def test_a_text_that_nobody_has_read_is_named_with_the_way_to_it(app, owner, address, ask):
    before = everything(app)
    answer = owner.fill(address, button="publish", **{ask["registration"]: "optional"})
    assert (answer.status_code, gained(app, before)) == (422, {})
    refusal = answer.text.partition("Ничего не опубликовано")[2].partition("</div>")[0]
    assert 'href="/settings/documents/registration"' in refusal


def test_a_newsletter_on_a_form_without_a_mailbox_is_refused_beside_it(app, owner, address, ask):
    publish_texts(owner, "newsletter")
    before = everything(app)
    answer = owner.fill(address, button="publish", use_email=False, **{ask["newsletter"]: "optional"})
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert "добавьте в форму поле «Эл. почта»" in beside(answer, ask["newsletter"])
    assert as_found(answer, "title")[ask["newsletter"]] == ["optional"]


def test_the_refused_page_can_be_mended_and_sent(owner, address, ask):
    publish_texts(owner, "newsletter")
    answer = owner.fill(address, button="publish", use_email=False, **{ask["newsletter"]: "optional"})
    assert owner.submit(answer, button="publish", use_email=True).status_code == 303


def test_a_form_that_asks_for_nothing_is_refused_in_words(app, owner, address, ask):
    before = everything(app)
    answer = owner.fill(address, button="publish", **dict.fromkeys(ask.values(), ""))
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert "Выберите хотя бы одну цель" in beside(answer, "asked")


def test_as_a_draft_it_may_still_ask_for_nothing(owner, address, ask):
    assert owner.fill(address, button="save", **dict.fromkeys(ask.values(), "")).status_code == 303


def test_a_purpose_the_draft_has_and_no_form_may_ask_any_more_is_named_with_the_reason(act, anna, owner, ours, ask):
    act(lambda: documents.set_retired(purpose("consent"), retired=True, by=anna))
    text = owner.get(f"/forms/{ours.form_id}").text.partition('id="asked"')[2]
    assert "Эта цель больше не используется" in text
    assert ask["consent"] not in asked(owner, f"/forms/{ours.form_id}")


def test_while_consent_is_not_asked_the_editor_says_so(owner, address):
    owner.fill("/settings/", consent_asked=False)
    assert "Согласие сейчас не спрашивается" in owner.get(address).text


# whose form it is


def entities_in(app, answer):
    control = next(one for one in page(answer, app).elements if one["name"] == "entity")
    return [option["value"] for option in control.__dict__.get("options", [])]


@pytest.fixture
def second(act, anna):
    """One more legal entity of ours."""
    return act(lambda: accounts.add_entity(requisites=OTHER, by=anna).id)


def test_where_there_is_one_legal_entity_nobody_is_asked_whose_form_it_is(app, owner):
    assert entities_in(app, owner.get("/forms/new")) == []


def test_of_several_one_is_chosen_and_stands_in_every_text(app, visitor, owner, address, second):
    assert len(entities_in(app, owner.get(address))) == 2
    owner.fill(address, button="publish", entity=second.hex)
    shown = visitor.get(f"/f/{slug_of(owner, address)}").text
    assert "Василёк" in shown
    text = visitor.get("/doc/" + shown.partition('href="/doc/')[2].partition('"')[0]).text
    assert ("Василёк" in text, OTHER["inn"] in text, "Ромашка" in text) == (True, True, False)
    assert "Василёк" in visitor.get("/policy/" + shown.partition('href="/policy/')[2].partition('"')[0]).text


def test_a_form_that_changes_hands_shows_other_texts_after_publishing_only(visitor, owner, ours, second):
    owner.fill(f"/forms/{ours.form_id}", button="save", entity=second.hex)
    assert "Ромашка" in visitor.get(f"/f/{ours.slug}").text
    owner.fill(f"/forms/{ours.form_id}", button="publish")
    assert "Василёк" in visitor.get(f"/f/{ours.slug}").text


@pytest.mark.parametrize("entity", ["", "x", "0" * 32, "<script>"])
def test_a_legal_entity_that_is_none_of_ours_is_refused(app, owner, address, entity):
    found = as_found(owner.get(address), "title")
    before = everything(app)
    answer = owner.post(address, data=found | {"entity": entity})
    assert (answer.status_code, gained(app, before)) == (422, {})


def test_nor_a_legal_entity_of_the_neighbour(app, house, owner, address):
    found = as_found(owner.get(address), "title")
    before = everything(app)
    answer = owner.post(address, data=found | {"entity": house.neighbour.entity_id.hex})
    assert (answer.status_code, gained(app, before)) == (422, {})


def test_a_purpose_of_the_neighbour_is_not_kept(house, owner, address):
    found = as_found(owner.get(address), "title")
    owner.post(address, data=found | {f"ask_{house.neighbour.purpose_id.hex}": "required"})
    assert house.neighbour.purpose_id.hex not in str(as_found(owner.get(address), "title"))


# outdated texts


def test_the_editor_says_what_changed_since_and_that_the_form_stands(act, anna, owner, ours):
    change(act, anna, "consent", recipients="ООО «Курьер»")
    text = owner.get(f"/forms/{ours.form_id}").text
    assert "Форма сейчас не собирает данные" in text
    assert "изменилось — Кому передаются данные" in text


def test_in_the_grace_it_says_until_when_the_form_goes_on(act, anna, owner, ours):
    act(lambda: accounts.allow_grace(organisations.organisation(), days=3, by=anna))
    change(act, anna, "consent", recipients="ООО «Курьер»")
    text = owner.get(f"/forms/{ours.form_id}").text
    assert "Форма собирает данные до" in text
    assert "не собирает данные" not in text


def test_the_reason_why_a_box_is_no_longer_enough_is_given(act, anna, owner, ours):
    change(act, anna, "consent", proof=Proof.WRITTEN)
    assert "закон требует письменную форму" in owner.get(f"/forms/{ours.form_id}").text
