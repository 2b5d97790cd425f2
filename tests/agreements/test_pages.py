"""Documents as anybody reads them: each edition for ever at its own address."""

import hashlib

import pytest

from tests.core.rows import everything


def publish(who, kind, text=None, **typed):
    changes = {"draft": text} if text else {}
    return who.fill(f"/settings/documents/{kind}", button="publish", reviewed=True, **changes, **typed)


def address_of_consent(visitor, ours):
    """The address of the agreement that stands beside Send."""
    page = visitor.get(f"/f/{ours.slug}").text
    return "/doc/" + page.partition('href="/doc/')[2].partition('"')[0]


def test_anybody_reads_an_edition_with_number_date_and_fingerprint(visitor, ours):
    page = visitor.get(f"/doc/{ours.document}")
    assert page.status_code == 200
    for word in ("ООО «Ромашка»", "7707083893", "1027700132195", "Мясницкая", "pdn@romashka", "№ 1", "SHA-256"):
        assert word in page.text


def test_the_shown_fingerprint_is_that_of_the_exact_text(visitor, ours):
    text = visitor.get(f"/doc/{ours.document}/text")
    assert hashlib.sha256(text.data).hexdigest() in visitor.get(f"/doc/{ours.document}").text
    assert (text.mimetype, text.headers["X-Content-Type-Options"]) == ("text/plain", "nosniff")
    assert text.headers["Content-Disposition"].startswith("attachment")


def test_the_page_shows_exactly_the_text_that_is_fingerprinted(visitor, ours):
    assert visitor.get(f"/doc/{ours.document}/text").text in visitor.get(f"/doc/{ours.document}").text


@pytest.mark.parametrize("kind", ["consent", "policy"])
def test_an_old_edition_stays_byte_for_byte_at_its_address(visitor, owner, ours, kind):
    before = visitor.get(f"/doc/{ours.document}/text").data
    publish(owner, kind, "Совсем другой текст: {{company}}")
    owner.fill("/settings/company", name="ООО «Новое имя»", address="Тверь")
    publish(owner, kind)
    assert visitor.get(f"/doc/{ours.document}/text").data == before


def test_an_old_edition_says_so_and_leads_to_the_one_in_force(visitor, owner, ours):
    publish(owner, "consent", "Вторая редакция: {{company}}")
    page = visitor.get(f"/doc/{ours.document}").text
    assert "прежняя" in page
    assert address_of_consent(visitor, ours) in page
    assert "Вторая редакция: ООО «Ромашка»" in visitor.get(address_of_consent(visitor, ours)).text


def test_the_policy_in_force_has_an_address_of_its_own(visitor, owner, ours):
    publish(owner, "policy", "Новая политика: {{company}}")
    assert "Новая политика: ООО «Ромашка»" in visitor.get(f"/policy/{ours.public_code}").text


def test_the_policy_lists_its_earlier_editions_which_all_open(visitor, owner, ours):
    publish(owner, "policy", "Новая политика: {{company}}")
    page = visitor.get(f"/policy/{ours.public_code}").text
    listed = [part.partition('"')[0] for part in page.split('<li><a href="')[1:]]
    assert len(listed) == 2
    assert all(visitor.get(address).status_code == 200 for address in listed)


@pytest.mark.parametrize("form", ["/f/{slug}", "/f/{slug}/thanks", "/receipt/{receipt}"])
def test_every_page_that_collects_or_confirms_leads_to_the_policy(visitor, ours, form):
    url = form.format(slug=ours.slug, receipt=ours.receipt)
    assert f'href="/policy/{ours.public_code}"' in visitor.get(url).text


@pytest.mark.parametrize(
    "url", ["/doc/nothing", "/doc/nothing/text", "/policy/NOBODY", "/doc/{slug}", "/policy/{slug}"]
)
def test_what_is_no_address_of_a_document_is_not_found(visitor, ours, url):
    assert visitor.get(url.format(slug=ours.slug)).status_code == 404


def test_reading_documents_leaves_no_trace(app, visitor, ours):
    before = everything(app)
    for url in (f"/doc/{ours.document}", f"/doc/{ours.document}/text", f"/policy/{ours.public_code}"):
        answer = visitor.get(url)
        assert "Set-Cookie" not in answer.headers
    assert everything(app) == before


HOSTILE = ["<script>alert(1)</script>", "<b>Ромашка</b>", "{{inn}}", "[x](javascript:1)", "{{7*7}}", "a | b", "**x**"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_company_of_any_name_stands_in_its_documents_letter_by_letter(visitor, owner, ours, name):
    visitor.judges = owner.judges = False  # {{…}} among the words is what this test is about
    owner.fill("/settings/company", name=name)
    publish(owner, "consent", "| кто | что |\n|---|---|\n| {{company}} | оператор |")
    html = visitor.get(f"{address_of_consent(visitor, ours)}/text").text
    assert html.count("<td>") == 2
    assert f"<td>{_as_text(name)}</td>" in html


@pytest.mark.parametrize("label", HOSTILE)
def test_a_field_and_a_form_of_any_name_stand_in_the_documents_letter_by_letter(visitor, owner, ours, label):
    visitor.judges = owner.judges = False
    publish(owner, "consent", "{{fields}} — {{form}}")
    owner.fill(f"/forms/{ours.form_id}", button="publish", title=label, label_full_name=label)
    html = visitor.get(f"{address_of_consent(visitor, ours)}/text").text
    assert html.startswith(f"<p>{_as_text(label)}; Телефон")
    assert f"— {_as_text(label)}</p>" in html


@pytest.mark.parametrize("purpose", HOSTILE)
def test_a_purpose_of_any_words_stands_letter_by_letter(visitor, owner, ours, purpose):
    visitor.judges = owner.judges = False
    owner.fill(f"/settings/purposes/{ours.purpose_id}", name=purpose)
    publish(owner, "consent", "Цель: {{purpose}}")
    publish(owner, "policy", "{{purposes}}")
    html = visitor.get(f"{address_of_consent(visitor, ours)}/text").text
    assert html == f"<p>Цель: {_as_text(purpose)}</p>\n"
    assert f"<h4>{_as_text(purpose)}</h4>" in visitor.get(f"/policy/{ours.public_code}").text


def _as_text(value):
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
