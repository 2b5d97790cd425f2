"""The ready purposes and texts: complete by the law, true of the product, clean Russian."""

import re

import pytest

from crm.agreements import document, ready
from crm.agreements.ready import ARTICLES, READY, LegalBasis, Proof, PurposeKind

TEXTS = {kind.value: one.text for kind, one in READY.items()} | {"policy": ready.POLICY}
CONSENTS = [kind.value for kind in PurposeKind]
OPERATOR = {"company", "legal_form", "inn", "ogrn", "address", "request_email", "request_phone", "processor"}
ITSELF = {"policy_url", "number", "date"}
OF_CONSENT = {"purpose", "basis", "fields", "actions", "recipients", "retention", "form", "label"}
PLACEHOLDERS = {
    **dict.fromkeys(CONSENTS, OPERATOR | ITSELF | OF_CONSENT),
    "policy": OPERATOR | ITSELF | {"responsible", "purposes"},
}
"""All that a text names: what it leaves out belongs to the register (`data`, `subjects`) or to another document."""
OF_EVERY_CONSENT = """
свободно, своей волей и в своём интересе · конкретное, предметное, информированное, сознательное и однозначное
№ 152-фз · ставлю отметку рядом со словами «{{label}}» — заранее она не стоит · отправляю форму
отметка относится только к этому документу · цель одна: {{purpose}} · правовое основание: {{basis}}
в поля формы: {{fields}} · сохраня · время отправки · ip-адрес · сведения о браузере · адрес страницы
слова рядом с отметкой · {{actions}} · обработка смешанная · по сети интернет
только на основании автоматизированной обработки не принимаются
поручение обработки другому лицу: {{processor}} · {{recipients}} · неограниченному кругу лиц
трансграничная передача не осуществляется · на территории российской федерации
но не дольше чем {{retention}} · не позднее чем через 30 дней · части 4 и 5 статьи 21 · акт об уничтожении · 3 года
номер квитанции · на странице квитанции · отозвать · в любой момент, не называя причины
документ, удостоверяющий личность · согласие добровольное · в роскомнадзор · политике оператора: {{policy_url}}
"""
"""What art. 9 of 152-FZ wants of a consent, and what practice adds to it."""
REQUIRED = {
    "enquiry": "статье 9 · рекламная рассылка · для них нужно отдельное согласие · условием договора",
    "registration": "статье 9 · учётная запись · пункт 5 части 1 статьи 6 · договором не является · без регистрации",
    "newsletter": """
статьям 9 и 15 · предварительное согласие на получение рекламной · части 1 статьи 18 · № 38-фз «о рекламе»
открываю ссылку · кнопкой · только после третьего действия · простой переход по ссылке ничего не подтверждает
пока подписка не подтверждена, рассылка не отправляется · со дня подтверждения подписки · прекратит рассылку немедленно
в каждом письме рассылки · не является условием чего бы то ни было · sms и мессенджерах это согласие не разрешает
в антимонопольный орган
""",
    "transfer": "статьям 7 и 9 · получателю я разрешаю · я получателю не разрешаю · об отзыве узнал получатель",
    "other": "статье 9 · для других целей это согласие не даётся",
    "policy": """
статье 18.1 · общие положения · цели обработки · правовые основания · состав данных и категории субъектов
порядок и условия · меры защиты · файлы cookie · уточнение, блокирование и уничтожение · ответы на обращения
ответственный за организацию · субъект вправе · оператор обязан · часть 3 статьи 18 · специальные категории
поручение обработки · трансграничная передача не осуществляется · на территории российской федерации · № 38-фз
пункт 1 части 1 · пункт 2 части 1 · пункт 5 части 1 · пункт 7 части 1 · статья 15 · квитанции · прежние редакции
в зашифрованном виде · записываются в журнал · под своей учётной записью · отдельно от базы · внутренний контроль
приказ роскомнадзора от 28.10.2022 № 179 · 3 года · резервные копии · 6 месяцев · часть 6 статьи 21 · бесплатны
| 10 рабочих дней | часть 3 статьи 14 · | 7 рабочих дней | часть 3 статьи 20 · | сразу | часть 1 статьи 21
| 3 рабочих дня | часть 3 статьи 21 · | 10 рабочих дней | часть 3 статьи 21 · | 10 рабочих дней | часть 5.1 статьи 21
| не позднее 30 дней | часть 5 статьи 21 · | не позднее 30 дней | часть 4 статьи 21 · не более чем на 5 рабочих дней
| немедленно | часть 2 статьи 15 · | 24 часа и 72 часа | часть 3.1 статьи 21 · | 10 рабочих дней | часть 4 статьи 20
""",
}
FORBIDDEN = ["нажимая", "письменное согласие", "гарантир", "никогда", "бессрочно", "и т. п."]
POINTED = {
    "newsletter": {"Цель и основание"},
    "transfer": {"Цель и основание"},
    "other": {"Цель и основание"},
    "policy": {"Цели обработки", "Ответы на обращения"},
}
FORMULA = "\nРедакция № {{number}} от {{date}}.\n"
LATIN = {"IP", "SMS", "cookie"}
"""Words that Russian borrows as they are; any other Latin letter got there by mistake."""
PURPOSES = "### {{1.purpose}}\n\n| Что | Как |\n|---|---|\n| Правовое основание | {{1.basis}} |"
VALUES = {name: f"значение-{name}" for name in set().union(*PLACEHOLDERS.values())}
VALUES |= {"purposes": PURPOSES, "1.purpose": "первая цель", "1.basis": "согласие"}
WORDS = [
    *((f"{kind.value} {name}", words) for kind, one in READY.items() for name, words in vars(one).items()),
    *((f"article of {basis.value}", words) for basis, words in ARTICLES.items()),
    ("policy text", ready.POLICY),
]
WORDS = [(where, words) for where, words in WORDS if type(words) is str]
LONGEST = {"name": 300, "article": 200, "data": 1000, "subjects": 500, "actions": 500, "box_label": 300}


def phrases(table):
    """The phrases of a table, in small letters as they stand in it."""
    return [phrase for line in table.strip().splitlines() for phrase in line.split(" · ")]


MUST_SAY = [(name, phrase) for name in CONSENTS for phrase in phrases(OF_EVERY_CONSENT)]
MUST_SAY += [(name, phrase) for name, table in REQUIRED.items() for phrase in phrases(table)]
each_text = pytest.mark.parametrize("name", TEXTS)
each_purpose = pytest.mark.parametrize("kind", PurposeKind)
each_word = pytest.mark.parametrize(("where", "words"), WORDS, ids=[where for where, _ in WORDS])


def plain(text):
    """A text in small letters, its lines joined."""
    return " ".join(text.casefold().split())


def seen(html):
    """The text that a reader sees."""
    return re.sub(r"<[^>]*>", "", html)


def strange(words):
    """What is wrong with the letters of a text that is Russian except for its placeholders."""
    words = re.sub(r"\{\{[^}]*\}\}", "слово", words)
    latin = set(re.findall(r"\w*[A-Za-z]\w*", words)) - LATIN
    return latin | set(re.findall(r"[\"'“”„]|(?<=\S) {2,}|[\t\xa0\u200b\u00ad]| +$| [,;:.)]|\( ", words, re.MULTILINE))


@each_text
def test_a_text_names_every_placeholder_that_is_its_own_and_no_other(name):
    assert set(document.placeholders(TEXTS[name])) == PLACEHOLDERS[name]


@pytest.mark.parametrize(("name", "words"), MUST_SAY)
def test_a_text_says_what_it_must(name, words):
    assert words in plain(TEXTS[name])


@each_text
@pytest.mark.parametrize("words", FORBIDDEN)
def test_a_text_says_nothing_that_it_must_not(name, words):
    assert words not in plain(TEXTS[name])


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "newsletter"])
def test_only_the_newsletter_asks_for_advertising(name):
    assert "согласие на получение рекламн" not in plain(TEXTS[name])


@each_text
def test_a_text_with_all_its_values_has_no_placeholder_and_no_markdown_left(name):
    words = seen(document.render(TEXTS[name], VALUES))
    assert re.findall(r"[{}|*`#\]\[]|^\s*- ", words, re.MULTILINE) == []


@each_text
def test_a_text_keeps_the_words_of_its_values(name):
    words = seen(document.render(TEXTS[name], VALUES))
    assert {key for key in PLACEHOLDERS[name] - {"purposes"} if VALUES[key] not in words} == set()


def test_the_block_of_purposes_stands_under_the_heading_of_purposes():
    html = document.render(ready.POLICY, VALUES)
    assert re.findall(r"<h[34]>(?:2\..*?|3\..*?|первая цель)</h[34]>", html) == [
        "<h3>2. Цели обработки</h3>",
        "<h4>первая цель</h4>",
        "<h3>3. Правовые основания</h3>",
    ]


@each_text
def test_headings_are_of_one_level_and_numbered_without_gaps(name):
    numbers = re.findall(r"^## (\d+)\. [А-ЯЁ]", TEXTS[name], re.MULTILINE)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert len(numbers) == len(re.findall(r"^#", TEXTS[name], re.MULTILINE)) > 8


@each_text
def test_a_section_that_a_text_points_to_is_the_right_one(name):
    headings = dict(re.findall(r"^## (\d+)\. (.*)$", TEXTS[name], re.MULTILINE))
    pointed = {headings[number] for number in re.findall(r"раздел[аеу] (\d+)", plain(TEXTS[name]))}
    assert pointed == POINTED.get(name, {"Кому даётся согласие", "Цель и основание"})


@each_text
def test_a_text_is_short_enough_to_be_read_and_its_lines_to_be_edited(name):
    lines = TEXTS[name].splitlines()
    assert 40 <= len(lines) <= (90 if name != "policy" else 130)
    assert max(len(line) for line in lines) <= 120


@each_text
def test_a_text_ends_with_its_edition_and_date(name):
    assert TEXTS[name].endswith(FORMULA)


@each_word
def test_words_have_no_look_alike_letters_straight_quotes_or_stray_spaces(where, words):
    assert strange(words) == set()


@pytest.mark.parametrize(
    "words", ["сoгласие", "Tелефон", "c отметкой", "PФ", 'ООО "Р"', "два  пробела", "запятая ,", "x"]
)
def test_the_search_for_strange_letters_finds_them(words):
    assert strange(words)


@each_word
def test_quotes_and_brackets_are_closed(where, words):
    assert [words.count(one) for one in "«("] == [words.count(one) for one in "»)"]


@each_purpose
def test_every_kind_of_purpose_is_ready_with_its_own_text(kind):
    assert READY[kind].text == (ready.TEXTS / f"{kind.value}.md").read_text(encoding="utf-8")
    assert READY[kind].basis is LegalBasis.CONSENT
    assert 1 <= READY[kind].retention_days <= 3650


@each_purpose
def test_what_the_register_holds_fits_its_columns(kind):
    values = READY[kind].values()
    assert set(values) == {*LONGEST, "recipients", "basis", "proof", "retention_days"}
    assert [name for name, longest in LONGEST.items() if len(values[name]) > longest] == []


@each_purpose
def test_only_what_the_operator_alone_can_name_is_left_empty(kind):
    empty = {name for name, value in READY[kind].values().items() if value == ""}
    assert empty == ({"recipients", "name"} if kind is PurposeKind.OTHER else {"recipients"})


@each_purpose
def test_only_a_transfer_passes_data_on(kind):
    assert ("передача" in READY[kind].actions) == (kind is PurposeKind.TRANSFER)


def test_the_box_of_an_enquiry_keeps_its_words():
    assert READY[PurposeKind.ENQUIRY].box_label == "Даю согласие на обработку персональных данных"


def test_each_box_says_in_the_first_person_what_is_agreed_to_in_words_of_its_own():
    labels = [one.box_label for one in READY.values()]
    assert len(set(labels)) == len(labels)
    assert all(label.startswith("Даю согласие на ") and len(label) <= 100 for label in labels)


def test_only_the_newsletter_is_proved_by_a_letter_too():
    assert {kind for kind, one in READY.items() if one.proof is not Proof.TICK} == {PurposeKind.NEWSLETTER}
    assert READY[PurposeKind.NEWSLETTER].proof is Proof.DOUBLE


def test_every_basis_has_its_article_and_a_ready_purpose_stands_on_it():
    assert set(ARTICLES) == set(LegalBasis)
    assert all(one.article.startswith(ARTICLES[one.basis]) for one in READY.values())
    assert len(set(ARTICLES.values())) == len(ARTICLES)
