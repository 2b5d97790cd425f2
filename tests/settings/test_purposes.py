"""The register of purposes, as staff keep it."""

import pytest

from crm.accounts.models import LegalEntity
from crm.agreements import commands, queries
from crm.agreements.ready import ARTICLES, READY, LegalBasis, Proof, PurposeKind
from tests.core.posting import as_found
from tests.core.rows import everything, gained
from tests.house.urls import csrf_token

REGISTER, NEW = "/settings/purposes/", "/settings/purposes/new"
TYPED = {"name": "приём на работу", "recipients": "ООО «Курьер», Тверь, доставка"}


def add(who, kind, **typed):
    return who.fill(f"{NEW}?kind={kind}", **TYPED | typed)


def save(who, purpose_id, **typed):
    return who.fill(f"{REGISTER}{purpose_id}", button="Сохранить", **typed)


@pytest.fixture
def kept(acting):
    """The purpose of a kind as it is kept now."""

    def find(kind):
        acting.rollback()
        return next(one for one in reversed(queries.purposes(retired=True)) if one.kind == kind)

    return find


def errors_beside(answer, field):
    return answer.text.partition(f'id="{field}-errors"')[2].partition("</div>")[0]


# what is there


def test_a_new_operator_begins_with_four_purposes(owner):
    page = owner.get(REGISTER).text
    assert [ready.name in page for kind, ready in READY.items() if kind is not PurposeKind.OTHER] == [True] * 4


def test_the_register_tells_basis_article_and_term_and_leads_to_the_text(owner):
    page = owner.get(REGISTER).text
    assert "согласие субъекта персональных данных (пункт 1 части 1 статьи 6)" in page
    assert "Срок, дней: 365" in page
    assert 'href="/settings/documents/newsletter"' in page


def test_the_register_says_what_keeps_a_purpose_from_being_asked(owner):
    assert "не назван получатель" in owner.get(REGISTER).text


# adding


@pytest.mark.parametrize("kind", PurposeKind)
def test_one_chooses_what_the_new_purpose_is_like(owner, kind):
    assert f'href="{NEW}?kind={kind.value}"' in owner.get(NEW).text
    assert READY[kind].box_label in owner.get(f"{NEW}?kind={kind.value}").text


@pytest.mark.parametrize("kind", ["", "nothing", "ENQUIRY", "enquiry'"])
def test_there_are_no_other_kinds(owner, kind):
    assert owner.get(f"{NEW}?kind={kind}").status_code == 404


@pytest.mark.parametrize("kind", PurposeKind)
def test_an_added_purpose_is_kept_with_a_text_of_its_kind(owner, manager, kept, kind):
    assert add(manager, kind.value).status_code == 303
    made = kept(kind)
    assert (made.name, made.proof, made.data) == (TYPED["name"], READY[kind].proof, READY[kind].data)
    assert queries.agreement_to(made).draft == READY[kind].text


def test_a_purpose_on_a_contract_has_no_text_to_agree_to(owner, kept):
    add(owner, "other", basis="contract")
    made = kept(PurposeKind.OTHER)
    assert (made.basis, made.article, queries.agreement_to(made)) == (
        LegalBasis.CONTRACT,
        ARTICLES[LegalBasis.CONTRACT],
        None,
    )


def test_a_purpose_that_comes_to_rest_on_consent_gets_its_text(owner, kept):
    add(owner, "other", basis="contract")
    save(owner, kept(PurposeKind.OTHER).id, basis="consent")
    made = kept(PurposeKind.OTHER)
    assert (made.article, queries.agreement_to(made).draft) == (
        ARTICLES[LegalBasis.CONSENT],
        READY[PurposeKind.OTHER].text,
    )


@pytest.mark.parametrize("basis", LegalBasis)
@pytest.mark.parametrize("left", ["", *ARTICLES.values()])
def test_the_article_follows_the_basis(owner, kept, basis, left):
    add(owner, "other", basis=basis.value, article=left)
    assert kept(PurposeKind.OTHER).article == ARTICLES[basis]


def test_a_narrower_article_stays_as_typed(owner, kept):
    add(owner, "other", basis="law", article="статья 29 Закона № 402-ФЗ")
    assert kept(PurposeKind.OTHER).article == "статья 29 Закона № 402-ФЗ"


def test_a_purpose_on_another_ground_stands_in_the_policy(owner, visitor, ours):
    add(owner, "other", basis="contract", name="исполнение договора")
    owner.fill("/settings/", button="Опубликовать новую редакцию политики")
    page = visitor.get(f"/policy/{ours.public_code}").text
    assert "исполнение договора с субъектом персональных данных (пункт 5 части 1 статьи 6 Закона № 152-ФЗ)" in page


# what the law wants of a kind


@pytest.mark.parametrize("proof", [Proof.TICK, Proof.WRITTEN, Proof.DISTRIBUTION])
def test_a_newsletter_is_always_confirmed_from_the_mailbox(app, owner, proof):
    before = everything(app)
    answer = add(owner, "newsletter", proof=proof.value)
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert "часть 1 статьи 18 Закона № 38-ФЗ" in errors_beside(answer, "proof")


@pytest.mark.parametrize("basis", ["contract", "law", "legitimate_interest"])
def test_a_newsletter_rests_on_consent_only(app, owner, basis):
    before = everything(app)
    answer = add(owner, "newsletter", basis=basis)
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert "Закона № 38-ФЗ" in errors_beside(answer, "basis")


@pytest.mark.parametrize("proof", ["tick", "double"])
@pytest.mark.parametrize("recipients", ["", "   "])
def test_a_transfer_to_nobody_cannot_be_asked_for_by_a_box(app, owner, proof, recipients):
    before = everything(app)
    answer = add(owner, "transfer", proof=proof, recipients=recipients)
    assert (answer.status_code, gained(app, before)) == (422, {})
    assert "часть 1 статьи 9 Закона № 152-ФЗ" in errors_beside(answer, "recipients")


@pytest.mark.parametrize("change", [{"proof": "written"}, {"basis": "contract"}])
def test_a_transfer_that_no_box_asks_for_may_name_nobody_yet(owner, change):
    assert add(owner, "transfer", recipients="", **change).status_code == 303


def test_a_purpose_asked_by_a_box_needs_its_words(owner):
    answer = add(owner, "other", box_label="")
    assert (answer.status_code, "Напишите, что увидит" in errors_beside(answer, "box_label")) == (422, True)
    assert add(owner, "other", box_label="", basis="law").status_code == 303


LAWS = {Proof.WRITTEN: "статьи 8, 10 и 11 Закона № 152-ФЗ", Proof.DISTRIBUTION: "статья 10.1 Закона № 152-ФЗ"}


@pytest.mark.parametrize(("proof", "law"), LAWS.items())
def test_what_no_tick_can_prove_is_explained_and_offered_to_no_form(owner, kept, proof, law):
    add(owner, "other", proof=proof.value)
    made = kept(PurposeKind.OTHER)
    page = owner.get(f"{REGISTER}{made.id}").text
    assert law in page.partition("Форма не сможет спросить")[2].partition("<form")[0]
    assert "формой не спросить" in owner.get(REGISTER).text


@pytest.mark.parametrize("law", LAWS.values())
def test_it_is_explained_before_anybody_chooses_it(owner, law):
    assert law in owner.get(f"{NEW}?kind=other").text


# bad input

WRONG = {
    "name": ["", "   ", "я" * 301, "две\nстроки", "цель\x00", "x" * 200_000],
    "article": ["я" * 201, "две\nстроки", "x" * 200_000],
    "data": ["", "я" * 1001, "x\x00", "x" * 200_000],
    "subjects": ["", "я" * 501, "x\x1b"],
    "actions": ["", "я" * 501, "x" * 200_000],
    "recipients": ["я" * 1001, "x\x00", "x" * 200_000],
    "retention_days": ["", "0", "-1", "3651", "год", "1.5", "9" * 30],
    "box_label": ["я" * 301, "две\nстроки", "x\u202e"],
    "revision": ["", "x", "9" * 30],
}
BAD = [(field, value) for field, values in WRONG.items() for value in values]


@pytest.mark.parametrize(("field", "value"), BAD, ids=[f"{name}-{value[:15]!r}" for name, value in BAD])
def test_a_wrong_value_is_refused_and_nothing_changes(app, owner, ours, field, value):
    before = everything(app)
    answer = save(owner, ours.purpose_id, **{field: value})
    assert (answer.status_code, gained(app, before), everything(app)) == (422, {}, before)
    assert field == "revision" or f'id="{field}-errors"' in answer.text


@pytest.mark.parametrize(
    "sent", [{}, {"basis": "x"}, {"proof": "x"}, {"basis": ["law", "consent"], "name": ["a", "b"]}]
)
def test_a_form_that_no_page_offers_is_refused(app, owner, ours, sent):
    url = f"{REGISTER}{ours.purpose_id}"
    token = {"csrf_token": as_found(owner.get(url), "name")["csrf_token"]}
    before = everything(app)
    assert (owner.post(url, data=sent | token).status_code, everything(app)) == (422, before)


HOSTILE = [
    "<script>alert(1)</script>",
    "{{company}} {{7*7}}",
    "{% raw %}",
    "| a | b |",
    "**x**",
    "'; DROP TABLE purpose",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_kept_as_the_letters_they_are(owner, kept, words):
    owner.judges = False  # braces among the words are what this test is about
    typed = dict.fromkeys(("name", "data", "subjects", "actions", "recipients", "box_label"), words)
    assert add(owner, "other", **typed).status_code == 303
    made = kept(PurposeKind.OTHER)
    assert {name: getattr(made, name) for name in typed} == typed
    for url in (REGISTER, f"{REGISTER}{made.id}", "/settings/documents/"):
        assert "<script>alert" not in owner.get(url).text


def test_of_two_who_save_at_once_one_is_told_and_nothing_typed_is_lost(app, owner, manager, ours):
    url = f"{REGISTER}{ours.purpose_id}"
    first, second = owner.get(url), manager.get(url)
    owner.submit(first, name="цель владельца")
    before = everything(app)
    answer = manager.submit(second, name="цель менеджера", recipients="ООО «Курьер»")
    assert (answer.status_code, everything(app)) == (422, before)
    assert "изменил кто-то другой" in errors_beside(answer, "name")
    assert "цель менеджера</textarea>" in answer.text
    assert "ООО «Курьер»</textarea>" in answer.text


# out of use and back


def retire(who, purpose_id):
    return who.fill(f"{REGISTER}{purpose_id}", button="Больше не использовать")


@pytest.fixture
def unused(owner, kept):
    add(owner, "other")
    return kept(PurposeKind.OTHER).id


def test_a_purpose_goes_out_of_use_and_comes_back(owner, kept, unused):
    page = owner.get(retire(owner, unused).location).text
    assert "вернуть её можно на её странице" in page
    assert "не используется" in page
    assert kept(PurposeKind.OTHER).retired_at
    owner.fill(f"{REGISTER}{unused}", button="Вернуть в работу")
    assert kept(PurposeKind.OTHER).retired_at is None
    trail = owner.get("/settings/trail").text
    assert "Цель больше не используется" in trail
    assert "Цель снова используется" in trail


def test_pressed_twice_it_does_not_come_back(owner, kept, unused):
    opened = owner.get(f"{REGISTER}{unused}")
    for _ in range(2):
        owner.submit(opened, button="Больше не использовать")
    assert kept(PurposeKind.OTHER).retired_at


def test_a_purpose_that_visitors_are_asked_for_stays_in_use(app, owner, ours):
    before = everything(app)
    answer = retire(owner, ours.purpose_id)
    assert (answer.status_code, everything(app)) == (422, before)
    assert "Цель ещё спрашивают у посетителей" in answer.text
    assert f'href="/forms/{ours.form_id}"' in answer.text


def test_it_goes_once_no_form_asks_for_it(owner, kept, ours):
    owner.post(f"/forms/{ours.form_id}/close", data={"csrf_token": csrf_token(owner)})
    assert retire(owner, ours.purpose_id).status_code == 303


def test_the_page_of_a_purpose_names_the_forms_that_ask_for_it(owner, ours):
    page = owner.get(f"{REGISTER}{ours.purpose_id}").text
    assert f'href="/forms/{ours.form_id}"' in page.partition("Где её спрашивают")[2]


def test_documents_can_be_approved_though_every_purpose_went_out_of_use(acting, ours):
    for purpose in queries.purposes():
        purpose.retired_at = purpose.created_at
    acting.flush()
    commands.approve(queries.agreement(queries.POLICY), acting.get_one(LegalEntity, ours.entity_id))
    assert queries.agreement(queries.POLICY).approved
