"""A page of the desk in English shows Russian only where it is data, a document or a word to be typed."""

import re

import pytest

from crm import home
from crm.agreements import policy, ready
from crm.webforms.fields import EDUCATIONS, MARITAL_STATUSES
from tests.accounts.newcomer import TYPED
from tests.browsing import Browser, page
from tests.builders import CANARY
from tests.house.dumps import rows_of
from tests.house.urls import rules, url_of
from tests.pages import Page

CYRILLIC = re.compile("[а-яё]+", re.IGNORECASE)
ATTRIBUTES = ("aria-label", "alt", "title", "placeholder", "data-label", "data-copied")
TYPED_AS_IT_IS = "УНИЧТОЖИТЬ"
SEALED = [
    *(f"{CANARY} клиент", f"{CANARY} сообщение"),  # what the neighbour's client sent
    *("Тестовый браузер", "Даю согласие"),  # and how they agreed
]
READY_WORDS = [
    *(text for one in ready.READY.values() for text in one.values().values() if isinstance(text, str)),
    *(*ready.ARTICLES.values(), *policy.BASES.values(), *policy.ROWS.values(), *policy.CONSENT_TITLES.values()),
    *policy.PROOFS.values(),
    *(policy.CONSENT_TITLE, policy.POLICY_TITLE, policy.NOT_PASSED_ON, "Закона № 152-ФЗ"),
]
"""Of documents and of the register that every new operator starts with; staff may change them."""
RUSSIAN_HERE = {
    "clients.correct": [*MARITAL_STATUSES, *EDUCATIONS],  # visitors chose them in Russian
    "documents_desk.difference": ["Согласие на обработку персональных данных"],
    "documents_desk.edit": [
        "Согласие на обработку персональных данных",  # documents are called so
        "общество с ограниченной ответственностью",  # and say so
        "обработка другим лицам не поручается",
        "365 дней",
    ],
    "settings.audit_trail": [
        "фамилия, имя, отчество",  # what an erasure wrote down
        "сведения о согласии: IP-адрес, сведения о браузере, адрес страницы",
    ],
}
"""Words of documents and of the record that a page shows as they are."""
DOCUMENTS = {"erasure.act", "journal.printed", "journal.export", "answering.download"}
"""Pages that are a document themselves, Russian whatever the language of the desk."""


class Shown(Page):
    """A page and the words on it that are the house's own: no document, nothing that somebody typed."""

    def __init__(self, html: str) -> None:
        self.shown: list[str] = []
        super().__init__(html)
        for one in self.elements:
            if not is_left_out([*one.above, one]):
                self.shown += [one[name] for name in ATTRIBUTES]

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if not is_left_out(self._open):
            self.shown.append(data)


def is_left_out(elements):
    return any(
        (one["lang"] == "ru" and one.tag != "html")
        or "document" in one["class"].split()
        or one.tag in ("textarea", "script")
        for one in elements
    )


def russian_on(answer, data=()):
    """The Russian words of a page after these texts were taken away, the longest first."""
    words = "\n".join(Shown(answer.text).shown)
    for text in sorted({*data, *READY_WORDS, TYPED_AS_IT_IS} - {""}, key=len, reverse=True):
        words = words.replace(text, "").replace(text[:1].upper() + text[1:], "")
    return CYRILLIC.findall(words)


def language(answer):
    return Page(answer.text).all("html")[0]["lang"]


def strings(value):
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from strings(part)


@pytest.fixture
def marked(app, house):
    """The neighbour's texts. Each of them has a mark, so none can hide a word of the house."""
    with app.app_context():
        rows = rows_of(house.neighbour)
    texts = {text for table in rows.values() for row in table for text in strings(tuple(row)) if CANARY in text}
    return [*texts, *SEALED]


@pytest.fixture
def english(neighbour):
    """The neighbour's owner, who reads English."""
    neighbour.set_cookie("locale", "en")
    return neighbour


@pytest.fixture
def stranger(visitor):
    """Somebody not signed in, who reads English."""
    visitor.set_cookie("locale", "en")
    return visitor


def desk(app):
    """Every page for the staff."""
    return [one for one in rules(app, "GET") if one.endpoint.split(".")[0] not in home.VISITORS]


def pages_of(app, operator, browser):
    for rule in desk(app):
        answer = browser.get(url_of(app, rule, operator))
        if rule.endpoint not in DOCUMENTS and answer.status_code != 303 and answer.mimetype == "text/html":
            yield rule.endpoint, answer


def left_on(answers, data=()):
    """What is Russian on pages, and what is no English page."""
    found = {where: russian_on(answer, [*data, *RUSSIAN_HERE.get(where, ())]) for where, answer in answers}
    return {where: words for where, words in found.items() if words}


def test_the_search_for_russian_words_finds_them(app, house, neighbour, marked):
    for where, answer in pages_of(app, house.neighbour, neighbour):
        assert (language(answer), len(russian_on(answer, [*marked, *RUSSIAN_HERE.get(where, ())])) > 3) == ("ru", True)


def test_every_page_of_the_desk_is_english(app, house, english, marked):
    answers = list(pages_of(app, house.neighbour, english))
    assert len(answers) > 12
    assert {language(answer) for _, answer in answers} == {"en"}
    assert left_on(answers, marked) == {}


def test_every_page_is_english_when_consent_is_not_asked_and_the_form_is_closed(app, house, english, marked):
    english.fill("/settings/", consent_asked=False)
    english.fill(f"/forms/{house.neighbour.form_id}", button="Close the form")
    assert left_on(pages_of(app, house.neighbour, english), marked) == {}


def emptied(form):
    """What a form would send if everything in it were wiped; revisions and tokens stay."""
    hidden = {one["name"] for one in form.controls if one["type"] == "hidden"}
    return {name: "" for name in form.names() - hidden if form.choices(name) is None}


def answers_to_empty_forms(app, operator, browser: Browser):
    """Each form of each page sent with nothing in it, by each of its buttons."""
    for where, answer in list(pages_of(app, operator, browser)):
        for index, form in enumerate(page(answer, app).forms):
            if form.element.within("main") and form.element["method"] == "post":
                for button in form.buttons:
                    pressed = button["value"] or " ".join(button.text.split())
                    said = browser.submit(answer, button=pressed, form=index, **emptied(form))
                    yield where, browser.get(said.location) if said.status_code == 303 else said


def test_what_is_wrong_with_a_form_is_told_in_english(app, house, english, marked):
    answers = list(answers_to_empty_forms(app, house.neighbour, english))
    assert {answer.status_code for _, answer in answers} == {200, 409, 422}
    assert left_on(answers, marked) == {}


def test_a_whole_life_of_a_client_is_told_in_english(house, english, marked):
    """What flashes after each act, and the pages that there are only afterwards."""
    card = f"/clients/{house.neighbour.client_id}"
    english.fill(f"{card}/withdraw", channel="email", note="")
    for url in (card, f"{card}/withdraw", card):
        answer = english.get(url)
        assert russian_on(english.get(answer.location) if answer.location else answer, marked) == []
    english.fill(f"{card}/erase", reason="withdrawn", confirmation=TYPED_AS_IT_IS)
    answers = [("", english.get(url)) for url in (card, "/", "/acts/", "/clients/?q=zz", "/clients/?q=z")]
    assert left_on(answers, marked) == {}


def test_a_new_company_reads_english_from_the_first_page(app, stranger, house):
    latin = {name: "Vasilek" for name in TYPED if name not in ("legal_form", "inn", "ogrn", "new_password")}
    latin |= {"request_email": "a@vasilek.example.org", "owner_email": "b@vasilek.example.org"}
    answer = stranger.fill("/sign-up", **TYPED | latin | {"request_phone": TYPED["request_phone"]})
    assert answer.status_code == 303, answer.text
    rest = [one for one in desk(app) if not one.arguments and one.endpoint not in DOCUMENTS]
    answers = [(one.endpoint, stranger.get(url_of(app, one, house.ours))) for one in rest]
    answers += [("documents_desk.edit", stranger.fill("/settings/documents/policy", button="publish", reviewed=True))]
    invited = stranger.fill("/settings/staff", name="Oleg", position="Manager", email="oleg@vasilek.example.org")
    titled = ["Политика в отношении обработки персональных данных"]
    assert left_on([*answers, ("", invited)], titled) == {}


@pytest.mark.parametrize(("url", "status"), [("/nowhere", 404), ("/sign-out", 405), ("/join/x", 404)])
def test_an_error_is_told_in_english(stranger, url, status):
    answer = stranger.get(url)
    assert (answer.status_code, language(answer), russian_on(answer)) == (status, "en", [])


def test_what_a_manager_may_not_open_is_told_in_english(manager):
    manager.set_cookie("locale", "en")
    answer = manager.get("/settings/staff")
    assert (answer.status_code, russian_on(answer)) == (403, [])


def test_a_refused_sign_in_is_told_in_english(stranger, ours):
    answers = [stranger.fill("/sign-in", email=ours.owner.email, password="not this one") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert left_on([(str(number), answer) for number, answer in enumerate(answers)]) == {}


def test_visitors_read_russian_whatever_the_staff_chose(app, house, owner):
    owner.set_cookie("locale", "en")
    for rule in rules(app, "GET"):
        answer = owner.get(url_of(app, rule, house.ours))
        if rule.endpoint.split(".")[0] in home.VISITORS and answer.mimetype == "text/html":
            assert language(answer) == "ru", rule


def test_the_act_and_a_new_form_are_russian_whatever_the_staff_chose(house, english):
    """Visitors, and whoever checks the operator, read them."""
    act = english.get(f"/acts/{house.neighbour.act_id}")
    assert "Субъект потребовал прекратить обработку" in act.text
    assert not re.search(r"November|demanded|Act No", act.text)
    controls = page(english.get("/forms/new"), english.application).all("input")
    labels = {one["name"]: one["value"] for one in controls if one["name"].startswith("label_")}
    assert (labels["label_full_name"], labels["label_text_1"]) == ("Фамилия, имя, отчество", "Сообщение")
