"""The hosted form as visitors meet it: consent beside Send, nothing stored without it, nothing typed lost."""

import gzip

import pytest

from tests import photograph
from tests.browsing import browser
from tests.clients.cards import card_of
from tests.conftest import make_app
from tests.core.rows import everything, gained
from tests.webforms.sending import TRACES, TYPED, data, keeps_what_was_typed, send

STORED = dict.fromkeys(
    (
        *("client", "subject_key", "submission", "audit_entry"),
        *("consent_record", "consent_current", "evidence"),
    ),
    1,
)


@pytest.fixture
def untouched(app, log):
    """Afterwards not one row of any table is new, changed or gone, and the log says nothing of what was typed."""
    before = everything(app)
    yield
    assert everything(app) == before
    assert not [trace for trace in TRACES if trace in log.getvalue()]


# how the page looks


def test_the_box_is_there_required_and_not_ticked(visitor, ours):
    box = visitor.get(f"/f/{ours.slug}").text.partition('<input id="consent"')[2].partition(">")[0]
    assert 'type="checkbox"' in box
    assert "required" in box
    assert "checked" not in box


def test_the_agreement_and_the_policy_are_linked_beside_send(visitor, ours):
    place = visitor.get(f"/f/{ours.slug}").text.partition('class="consent"')[2].partition("</form>")[0]
    assert "Отправить</button>" in place
    assert f'href="/doc/{ours.document}"' in place
    assert f'href="/policy/{ours.public_code}"' in place
    assert place.index("<button") < place.index(f"/doc/{ours.document}") < place.index("/policy/")


def test_consent_and_policy_are_two_different_documents_that_open_for_anybody(visitor, ours):
    texts = {visitor.get(url).text for url in (f"/doc/{ours.document}", f"/policy/{ours.public_code}")}
    assert len(texts) == 2


def test_the_page_names_the_operator_and_marks_what_is_required(visitor, ours):
    page = visitor.get(f"/f/{ours.slug}").text
    assert "ООО «Ромашка»" in page
    assert "Поля со звёздочкой обязательны" in page


def is_light(visitor, url):
    page = visitor.get(url)
    sheets = [part.partition('"')[0] for part in page.text.split('<link rel="stylesheet" href="')[1:]]
    weight = len(gzip.compress(page.data))
    for sheet in sheets:
        with visitor.get(sheet) as answer:
            weight += len(gzip.compress(answer.data))
    return weight < 60_000 and "<script" not in page.text


def test_the_page_is_light_and_needs_no_script_with_one_box_or_three(visitor, ours, three):
    assert is_light(visitor, f"/f/{ours.slug}")
    assert is_light(visitor, three.url)


def test_a_visitor_gets_no_cookie(visitor, ours):
    answers = [visitor.get(f"/f/{ours.slug}"), send(visitor, ours), visitor.get(f"/receipt/{ours.receipt}")]
    assert not [answer for answer in answers if "Set-Cookie" in answer.headers]


# a submission that is taken


def test_what_is_sent_is_stored_together_and_answered_with_a_receipt(app, visitor, ours):
    before = everything(app)
    answer = send(visitor, ours)
    assert answer.status_code == 303
    found = {name: count for name, count in gained(app, before).items() if name != "search_token"}
    assert found == STORED


def test_the_thank_you_page_has_a_receipt_that_anybody_can_check(visitor, ours):
    thanks = visitor.get(send(visitor, ours).location).text
    number = thanks.partition('href="/receipt/')[2].partition('"')[0]
    receipt = visitor.get(f"/receipt/{number}")
    assert (receipt.status_code, number.count("-")) == (200, 5)
    assert number in receipt.text


def test_the_thank_you_page_and_the_receipt_say_nothing_of_the_person(visitor, ours):
    answer = send(visitor, ours)
    number = answer.location.rpartition("/")[2]
    pages = visitor.get(answer.location).text + visitor.get(f"/receipt/{number}").text + answer.location
    assert not [trace for trace in TRACES if trace in pages]


def test_only_what_is_required_must_be_filled(visitor, ours):
    assert send(visitor, ours, phone="", email="", text_1="").status_code == 303


def test_no_value_reaches_the_log(visitor, ours, log):
    send(visitor, ours)
    assert not [trace for trace in TRACES if trace in log.getvalue()]


# a submission that is not taken


@pytest.mark.parametrize("consent", [None, "", "no", "on", "YES", "1", "yes "])
def test_without_the_box_ticked_nothing_is_stored_anywhere(visitor, ours, untouched, consent):
    sent = data(visitor, ours)
    sent.pop("consent") if consent is None else sent.update(consent=consent)
    answer = visitor.post(f"/f/{ours.slug}", data=sent)
    assert answer.status_code == 422
    assert "Без согласия мы не можем принять ваши данные" in answer.text
    assert keeps_what_was_typed(answer)


def test_a_refused_page_does_not_come_back_with_the_box_ticked(visitor, ours):
    assert "checked" not in send(visitor, ours, full_name="").text


@pytest.mark.parametrize(
    ("field", "value"), [("full_name", ""), ("full_name", "   "), ("phone", "позвоните"), ("email", "maria@")]
)
def test_a_wrong_value_is_told_beside_its_field(visitor, ours, untouched, field, value):
    answer = send(visitor, ours, **{field: value})
    assert answer.status_code == 422
    assert f'id="{field}-errors"' in answer.text
    assert f'aria-describedby="{field}-errors"' in answer.text
    assert f'<li><a href="#{field}">' in answer.text


def test_everything_wrong_is_told_at_once(visitor, ours, untouched):
    answer = send(visitor, ours, full_name="", phone="x", email="x", consent=False)
    assert answer.text.count('role="alert"') == 1 + 4


def test_what_was_typed_stays_when_something_else_is_wrong(visitor, ours, untouched):
    answer = send(visitor, ours, email="не почта")
    assert 'value="Мария Новикова"' in answer.text
    assert 'value="8 (921) 765-43-21"' in answer.text
    assert 'value="не почта"' in answer.text


def test_a_corrected_page_can_be_sent_at_once(visitor, ours):
    answer = send(visitor, ours, email="не почта")
    assert visitor.submit(answer, email="maria@example.org", consent=True).status_code == 303


@pytest.mark.parametrize("trap", ["http://spam.example", " ", None])
def test_who_falls_into_the_trap_stores_nothing_but_loses_nothing(visitor, ours, untouched, trap):
    sent = data(visitor, ours)
    sent.pop("website") if trap is None else sent.update(website=trap)
    answer = visitor.post(f"/f/{ours.slug}", data=sent)
    assert (answer.status_code, keeps_what_was_typed(answer)) == (422, True)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "evil"])
def test_what_another_site_sends_in_the_visitors_name_stores_nothing(visitor, ours, untouched, site):
    answer = visitor.post(f"/f/{ours.slug}", data=data(visitor, ours), headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, keeps_what_was_typed(answer)) == (422, True)


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_what_the_visitor_sends_from_the_page_itself_is_taken(visitor, ours, site):
    answer = visitor.post(f"/f/{ours.slug}", data=data(visitor, ours), headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 303


def test_the_trap_is_hidden_from_people_and_from_screen_readers(visitor, ours):
    trap = visitor.get(f"/f/{ours.slug}").text.partition('class="trap"')[2].partition("</div>")[0]
    assert 'aria-hidden="true"' in trap.partition(">")[0]
    assert 'tabindex="-1"' in trap


def test_a_person_who_met_the_trap_by_chance_sends_the_page_again(visitor, ours):
    answer = visitor.post(f"/f/{ours.slug}", data=data(visitor, ours, website="x"))
    assert visitor.submit(answer, consent=True).status_code == 303


# a page whose text changed meanwhile


def republish(owner, ours, text):
    owner.fill("/settings/documents/consent", button="publish", draft=text, reviewed=True)


def change_the_form(owner, ours):
    owner.fill(f"/forms/{ours.form_id}", button="publish", title="Другое название")


CHANGES = {
    "agreement": lambda owner, ours: republish(owner, ours, "Новый текст {{company}}"),
    "policy": lambda owner, ours: owner.fill(
        "/settings/documents/policy", button="publish", draft="{{company}}", reviewed=True
    ),
    "form": change_the_form,
    "requisites and text": lambda owner, ours: republish(owner, ours, "{{company}}"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_when_a_text_changed_meanwhile_the_new_one_is_shown_and_nothing_is_stored(app, visitor, owner, ours, change):
    opened = visitor.get(f"/f/{ours.slug}")
    change(owner, ours)
    before = everything(app)
    answer = visitor.submit(opened, **TYPED, consent=True)
    assert (answer.status_code, everything(app)) == (422, before)
    assert "изменились" in answer.text
    assert keeps_what_was_typed(answer)
    assert "checked" not in answer.text


def test_the_new_page_links_the_new_text_and_can_be_sent(visitor, owner, ours):
    opened = visitor.get(f"/f/{ours.slug}")
    republish(owner, ours, "Новый текст {{company}}")
    answer = visitor.submit(opened, **TYPED, consent=True)
    address = "/doc/" + answer.text.partition('href="/doc/')[2].partition('"')[0]
    assert "Новый текст ООО «Ромашка»" in visitor.get(address).text
    assert visitor.submit(answer, consent=True).status_code == 303


def test_a_draft_that_is_only_saved_disturbs_nobody(visitor, owner, ours):
    opened = visitor.get(f"/f/{ours.slug}")
    owner.fill("/settings/documents/consent", button="save", draft="Черновик")
    owner.fill(f"/forms/{ours.form_id}", button="save", title="Черновик")
    assert visitor.submit(opened, **TYPED, consent=True).status_code == 303


# forms that do not collect


def test_a_closed_form_says_so_and_whom_to_ask(visitor, owner, ours):
    owner.fill(f"/forms/{ours.form_id}", button="Закрыть форму")
    answer = visitor.get(f"/f/{ours.slug}")
    assert answer.status_code == 410
    assert "+7 495 123-45-67" in answer.text
    assert "pdn@romashka.example.org" in answer.text


def test_what_is_sent_to_a_form_that_closed_meanwhile_is_not_stored(app, visitor, owner, ours):
    opened = visitor.get(f"/f/{ours.slug}")
    owner.fill(f"/forms/{ours.form_id}", button="Закрыть форму")
    before = everything(app)
    assert visitor.submit(opened, **TYPED, consent=True).status_code == 410
    assert everything(app) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("slug", ["nothing", "x" * 500, "%F0%9F%90%B1", "..", "'--"])
def test_an_address_of_no_form_is_not_found(visitor, method, slug):
    assert visitor.open(f"/f/{slug}", method=method).status_code == 404


def test_a_draft_has_no_page_yet(visitor, owner):
    address = owner.fill("/forms/new", title="Черновик").location
    owner.fill(address, button="publish")
    slug = owner.get(address).text.partition("/f/")[2].partition('"')[0]
    owner.fill(address, button="Закрыть форму")
    assert visitor.get(f"/f/{slug}").status_code == 410


# what stands in front


def card_shows(owner, word):
    return word in card_of(owner, "новикова").text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"])
def test_an_address_that_anybody_can_write_is_not_believed(visitor, owner, ours, header):
    visitor.post(f"/f/{ours.slug}", data=data(visitor, ours), headers={header: "198.51.100.99"})
    assert not card_shows(owner, "198.51.100.99")
    assert card_shows(owner, "127.0.0.1")


def test_behind_a_proxy_of_ours_the_address_it_saw_is_believed(house, app, owner, ours):
    behind = make_app(house.database.url, app.instance_path, TRUSTED_PROXIES=1)
    visitor = browser(behind)
    forged = {"X-Forwarded-For": "203.0.113.1, 198.51.100.99"}
    visitor.post(f"/f/{ours.slug}", data=data(visitor, ours), headers=forged)
    photograph.let_go(behind)
    assert card_shows(owner, "198.51.100.99")
    assert not card_shows(owner, "203.0.113.1")
