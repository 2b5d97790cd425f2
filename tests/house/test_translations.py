"""Every word is translated, what is counted is counted right, and no Russian word stands outside the catalogues.

That English pages are English is told in test_english.
"""

import ast
import re

import pytest
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from flask_babel import force_locale, ngettext
from jinja2 import nodes

from tests.house.sources import MODULES, ROOT, tree

CYRILLIC = re.compile("[а-яё]+", re.IGNORECASE)
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-z%]")
TYPED_AS_IT_IS = {"УНИЧТОЖИТЬ"}
"""Russian words that English names: somebody must type them."""
CALLS = {"_", "_l", "N_", "gettext", "ngettext"}


# the catalogues


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Every message of the code and the templates, as `make translations` finds them."""
    pot = tmp_path_factory.mktemp("words") / "messages.pot"
    command = ["pybabel", "--quiet", "extract", "-F", str(ROOT / "babel.cfg"), "-k", "_l", "-o", str(pot), str(ROOT)]
    CommandLineInterface().run(command)
    with pot.open("rb") as file:
        return read_po(file)


def catalogue(locale):
    with (ROOT / "crm/translations" / locale / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


ENGLISH, RUSSIAN = catalogue("en"), catalogue("ru")


def messages(catalogue):
    return [message for message in catalogue if message.id]


def ids(catalogue):
    return {message.id for message in messages(catalogue)}


def forms(text):
    return list(text) if isinstance(text, tuple | list) else [text]


def ending(text):
    return text[-1:] if text[-1:] in ".,:;!?…" else ""


def test_messages_are_found(found):
    assert len(ids(found)) > 400
    assert sum(message.pluralizable for message in messages(found)) >= 4


def test_the_english_catalogue_has_every_message_and_no_other(found):
    assert (ids(found) - ids(ENGLISH), ids(ENGLISH) - ids(found)) == (set(), set()), "run `make translations`"


def test_the_russian_catalogue_has_what_is_counted_and_nothing_else(found):
    assert ids(RUSSIAN) == {message.id for message in messages(found) if message.pluralizable}


@pytest.mark.parametrize("catalogue", [ENGLISH, RUSSIAN], ids=["en", "ru"])
def test_a_catalogue_is_whole(catalogue):
    assert not catalogue.obsolete
    assert not [one.id for one in messages(catalogue) if one.fuzzy or not all(forms(one.string))]
    assert not [error for one in messages(catalogue) for error in one.check(catalogue)]


@pytest.mark.parametrize("catalogue", [ENGLISH, RUSSIAN], ids=["en", "ru"])
def test_a_catalogue_names_no_places_persons_or_machines(catalogue):
    assert not [one.id for one in catalogue if one.locations]
    assert not [value for name, value in catalogue.mime_headers if "@" in value]
    assert (catalogue.last_translator, catalogue.msgid_bugs_address) == ("none", "none")


@pytest.mark.parametrize("catalogue", [ENGLISH, RUSSIAN], ids=["en", "ru"])
def test_a_translation_keeps_placeholders_and_the_last_mark(catalogue):
    for message in messages(catalogue):
        source = forms(message.id)[0]
        for text in forms(message.string):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(source)), source
            assert (ending(text), text) == (ending(source), text.strip()) or source == "№", source


def test_english_is_written_in_english_letters():
    left = {word for one in messages(ENGLISH) for text in forms(one.string) for word in CYRILLIC.findall(text)}
    assert left == TYPED_AS_IT_IS


# what is counted

NUMBERS = {0: 2, 1: 0, 2: 1, 5: 2, 11: 2, 21: 0, 22: 1, 101: 0}
"""Which of the three Russian forms a number takes."""
COUNTED = {
    "Слишком много попыток. Попробуйте снова через %(num)d минуту.": ("минуту.", "минуты.", "минут."),
    "остался %(num)d день": ("день", "дня", "дней"),
    "просрочено на %(num)d день": ("день", "дня", "дней"),
    "Просрочено на %(num)d рабочий день": ("рабочий день", "рабочих дня", "рабочих дней"),
    "Остался %(num)d рабочий день": ("рабочий день", "рабочих дня", "рабочих дней"),
    "%(num)d рабочий день": ("рабочий день", "рабочих дня", "рабочих дней"),
    "Просрочено %(num)d обращение.": ("обращение.", "обращения.", "обращений."),
    "Подтверждён %(num)d день.": ("день.", "дня.", "дней."),
    "Ждёт %(num)d письмо.": ("письмо.", "письма.", "писем."),
    "Отложено %(num)d письмо": ("письмо", "письма", "писем"),
    "%(num)d обращение с перепиской": tuple(f"{word} с перепиской" for word in ("обращение", "обращения", "обращений")),
    "%(num)d запись": ("запись", "записи", "записей"),
    "%(num)d поисковая метка": ("поисковая метка", "поисковые метки", "поисковых меток"),
    "%(num)d запись в журнале согласий": (
        *("запись в журнале согласий", "записи в журнале согласий", "записей в журнале согласий"),
    ),
}


def test_russian_has_three_forms():
    assert RUSSIAN.num_plurals == 3
    assert {one.id[0]: len(one.string) for one in messages(RUSSIAN)} == dict.fromkeys(COUNTED, 3)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("pair", sorted(ids(RUSSIAN)))
def test_a_number_and_its_noun_agree(app, pair, number):
    with app.test_request_context("/"):
        russian = ngettext(*pair, number)
        with force_locale("en"):
            english = ngettext(*pair, number)
    assert russian.endswith(f"{number} {COUNTED[pair[0]][NUMBERS[number]]}")
    one, many = next(message.string for message in messages(ENGLISH) if message.id == pair)
    assert english == (one if number == 1 else many) % {"num": number}


# words that nobody wrapped

KEPT_RUSSIAN = {
    ("accounts.policy", "OWN_WORDS"): "compared with passwords",
    **{("agreements.ready", name): "a document's" for name in ("ARTICLES", "READY")},
    **{("agreements.ready", name): "a document's" for name in ("_CONTACTS", "_ENDING", "_EVIDENCE", "_KEEPING")},
    **{("agreements.policy", name): "a document's" for name in ("BASES", "PROOFS", "ROWS", "NOT_PASSED_ON")},
    **{("agreements.policy", name): "a document's" for name in ("CONSENT_TITLE", "CONSENT_TITLES", "POLICY_TITLE")},
    **{("agreements.policy", name): "a document's" for name in ("_of_register", "basis_in_words")},
    ("agreements.policy", "LEGAL_NAMES"): "a document's",
    ("agreements.policy", "NOT_ENTRUSTED"): "a document's",
    ("agreements.policy", "days_in_words"): "a document's",
    ("clients.commands", "_corrected"): "where a value of the card came from, as told there",
    ("consents.receipt", "IN_THE_TEXT"): "of a receipt that reads the same everywhere",
    ("consents.receipt", "_inn"): "the same",
    ("core.bodies", "CROWDED"): "answered before anybody's language is known",
    ("core.bodies", "CUT"): "the same",
    ("core.bodies", "LENGTHLESS"): "the same",
    ("core.text", "moment"): "the shape of a Russian date",
    ("core.tokens", "_split"): "letters that search takes for one",
    ("erasure.commands", "_act"): "the act's",
    ("erasure.policy", "SYSTEM"): "the act's",
    ("erasure.policy", "METHOD"): "the act's",
    ("erasure.policy", "CONFIRMATION"): "typed as it is",
    ("webforms.commands", "ON_PAPER"): "a document's",
    ("subject_requests.cards", "withdraw"): "the ledger's: a note that stays",
    **{("subject_requests.copy", name): "a document's" for name in ("FROM_STAFF", "_consents", "_each", "_footing")},
    **{("subject_requests.copy", name): "a document's" for name in ("_listed", "_source_of", "_values")},
    **{("subject_requests.copy_fields", name): "a document's" for name in ("CATEGORIES", "FIELDS", "GROUNDS")},
    **{("subject_requests.copy_fields", name): "a document's" for name in ("RECORDS", "_SEEN")},
    ("subject_requests.drafts", "_subject"): "a letter's",
    ("subject_requests.entry_forms", "PASSPORT"): "what staff type",
    ("subject_requests.masking", "HIDDEN"): "a document's",
    **{("subject_requests.masking", name): "shapes of names" for name in ("INITIAL", "PATRONYMIC", "SURNAME")},
    **{("subject_requests.masking", name): "shapes of names" for name in ("_AFTER", "_BEFORE", "_ENDINGS", "_SEVERAL")},
    ("subject_requests.masking", "plain"): "letters taken for one",
    **{("subject_requests.notions", name): "letters taken for one" for name in ("COMPOSED", "LATIN_ALIKE", "_plain")},
    **{("subject_requests.quoting", name): "what mail programs write" for name in ("FORWARDS", "FROM", "NOT_WORDS")},
    **{("subject_requests.quoting", name): "what mail programs write" for name in ("OTHER", "REPLIES")},
    ("subject_requests.samples", "REFUSALS"): "a letter's",
    **{("subject_requests.signs", name): "what mail programs write" for name in ("FAILURE", "VACATION")},
    **{("subject_requests.wording", name): "a letter's" for name in ("MEASURES", "NO_TRANSFER", "TO_FILL", "_few")},
    **{("subject_requests.wording", name): "a letter's" for name in ("_of_policy", "_of_request", "held_of")},
    ("settings.purpose_forms", "SPECIAL"): "beginnings of words that operators type",
    ("webforms.fields", "MARITAL_STATUSES"): "a visitor's answer",
    ("webforms.fields", "EDUCATIONS"): "a visitor's answer",
    ("webforms.views", "create"): "the title that visitors read until staff change it",
}
OF_LETTERS = (
    "_frame",
    "access",
    "nothing_held",
    "erased",
    "withdrawn_done",
    "corrected",
    "marketing_stopped",
    "stopped",
)
MORE_LETTERS = ("other", "refusal", "extension", "question", "done")
RUSSIAN_TEMPLATES = {
    "erasure/act.html",
    *(f"mail/requests/{name}.txt" for name in (*OF_LETTERS, *MORE_LETTERS)),
    *(f"subject_requests/{name}.html" for name in ("copy", "copy_body", "copy_pdf", "journal_print")),
}
NAME_OF_THE_LANGUAGE = "Русский"


def name_of(node):
    targets = getattr(node, "targets", None) or [getattr(node, "target", node)]
    return getattr(targets[0], "name", None) or getattr(targets[0], "id", "")


def bare_words(node):
    """Russian strings of a syntax tree that stand in no call that translates."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS:
        return
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and CYRILLIC.search(node.value):
        yield node.value
    for child in () if is_docstring else ast.iter_child_nodes(node):
        yield from bare_words(child)


def test_no_russian_string_of_the_code_is_left_out():
    modules = {name: path for name, path in MODULES.items() if name.partition("_")[0] != "demo"}
    left = {
        (name, name_of(node)) for name, path in modules.items() for node in tree(path).body if any(bare_words(node))
    }
    assert left == set(KEPT_RUSSIAN)


def bare_texts(node):
    """The same of a template, its own text included."""
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in CALLS:
        return
    text = getattr(node, "data", None) or getattr(node, "value", None)
    if isinstance(text, str) and CYRILLIC.search(text):
        yield text
    for child in node.iter_child_nodes():
        yield from bare_texts(child)


def test_no_russian_text_of_a_template_is_left_out(app):
    left = {}
    for name in set(app.jinja_env.list_templates()) - RUSSIAN_TEMPLATES:
        tree = app.jinja_env.parse((ROOT / "templates" / name).read_text(encoding="utf-8"))
        left[name] = [text for text in bare_texts(tree) if CYRILLIC.findall(text) != [NAME_OF_THE_LANGUAGE]]
    assert {name: texts for name, texts in left.items() if texts} == {}
