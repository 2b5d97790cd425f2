"""Finding people: by words, e-mail and digits, by filters, page after page without a gap."""

import re
from urllib.parse import quote

import pytest

from crm.clients import queries
from crm.core import transaction
from crm.core.db import db
from tests.builders import many_submissions, submission
from tests.clients.cards import found
from tests.core.rows import everything, gained

PEOPLE = [
    {"full_name": "Иванова Анна Петровна", "email": "anna@ivanova.example.org", "phone": "+79123456789"},
    {"full_name": "Пётр Семёнов", "email": "petr.semenov@example.org", "phone": "+74951112233"},
    {"full_name": "Рождественскопреображенский Лев", "phone": "+375291234567"},
    {"full_name": "Анна-Мария О'Нил", "email": "am@oneil.example.org"},
    {"full_name": "日本 太郎"},
    {"full_name": "Müller Jürgen", "email": "j.mueller@example.org"},
]
FINDS = {
    "Иванова": "Иванова Анна Петровна",
    "иванова": "Иванова Анна Петровна",
    "ИВАН": "Иванова Анна Петровна",
    "ив": "Иванова Анна Петровна",
    "анна иванова": "Иванова Анна Петровна",
    "петровна анн ива": "Иванова Анна Петровна",
    "  анна   петровна  ": "Иванова Анна Петровна",
    "Петр сем": "Пётр Семёнов",
    "пётр семенов": "Пётр Семёнов",
    "семёнов": "Пётр Семёнов",
    "СЕМЕН": "Пётр Семёнов",
    "рождественскопр": "Рождественскопреображенский Лев",
    "рождественскопреображенский": "Рождественскопреображенский Лев",
    "мария": "Анна-Мария О'Нил",
    "анна-мария": "Анна-Мария О'Нил",
    "о'нил": "Анна-Мария О'Нил",
    "日本": "日本 太郎",
    "MÜLLER": "Müller Jürgen",
    "anna@ivanova.example.org": "Иванова Анна Петровна",
    "ANNA@Ivanova.Example.org": "Иванова Анна Петровна",
    "petr.semenov@example.org семёнов": "Пётр Семёнов",
    "6789": "Иванова Анна Петровна",
    "67-89": "Иванова Анна Петровна",
    "345-67-89": "Иванова Анна Петровна",
    "8 (912) 345-67-89": "Иванова Анна Петровна",
    "+7 912 345 67 89": "Иванова Анна Петровна",
    "89123456789": "Иванова Анна Петровна",
    "9123456789": "Иванова Анна Петровна",
    "иванова 6789": "Иванова Анна Петровна",
    "+375 29 123-45-67": "Рождественскопреображенский Лев",
    "2233 пётр": "Пётр Семёнов",
}
NOTHING = [
    *(
        "ванова",
        "ова",
        "иваново",
        "ивановаа",
        "anna@",
        "anna",
        "ivanova",
        "anna@ivanova.example.or",
        "na@ivanova.example.org",
    ),
    *(
        "3456",
        "0006789",
        "89123456780",
        "иванова 2233",
        "семёнов иванова",
        "Зигмунд",
        "日",
        "%%",
        "__",
        "ан_а",
    ),
    *("'; DROP TABLE client; --", "<script>alert(1)</script>", "{{7*7}}", "🐱🐱", "null", "* OR 1=1"),
]
TOO_SHORT = ["и", "И", ".", "%", "-", "?", "🐱", "'", "1", "  я  "]


@pytest.fixture
def people(acting, ours):
    """Several people beside Пётр Лугов."""
    with transaction.of_its_own():
        for values in PEOPLE:
            submission(ours.form_id, **values)
            db.session.flush()


def names(who, query, **filters):
    return [
        who.get(address).text.partition("<h1>")[2].partition(" <span")[0] for address in found(who, query, **filters)
    ]


@pytest.mark.parametrize(("query", "name"), FINDS.items())
def test_the_query_finds_exactly_the_person(people, query, name):
    assert [client.full_name for client in queries.page(queries.Filter(query=query))] == [name]


@pytest.mark.parametrize("query", NOTHING)
def test_the_query_finds_nobody(people, query):
    assert queries.page(queries.Filter(query=query)) == []


@pytest.mark.parametrize("query", [*FINDS, *NOTHING])
def test_the_page_of_a_search_is_served_whatever_is_asked(manager, people, query):
    assert manager.get("/clients/", query_string={"q": query}).status_code == 200


@pytest.mark.parametrize("query", TOO_SHORT)
def test_too_short_a_query_is_told_so_and_shows_nobody(manager, people, query):
    answer = manager.get("/clients/", query_string={"q": query})
    assert "Слишком коротко для поиска" in answer.text
    assert found(manager, query) == []


def test_an_empty_query_shows_everybody_the_newest_first(manager, people):
    assert len(found(manager, "")) == len(PEOPLE) + 1
    assert "Müller" in manager.get(found(manager, "")[0]).text


def test_several_who_answer_are_all_shown_the_newest_first(people):
    shown = [client.full_name for client in queries.page(queries.Filter(query="анна"))]
    assert shown == ["Анна-Мария О'Нил", "Иванова Анна Петровна"]


def test_nobody_found_is_said_in_words(manager, people):
    assert "Никого не нашлось" in manager.get("/clients/?q=зигмунд").text


def test_the_query_stays_in_its_field(manager):
    assert 'value="&lt;b&gt; &#34;лугов&#34;"' in manager.get("/clients/", query_string={"q": '<b> "лугов"'}).text


def test_a_search_is_audited_without_its_words(app, manager, owner, people):
    before = everything(app)
    found(manager, "иванова")
    assert gained(app, before) == {"audit_entry": 1}
    trail = owner.get("/settings/trail").text
    assert "Поиск по клиентам" in trail
    assert "иванова" not in trail.casefold()


def test_a_search_finds_nobody_of_another_operator(owner, house):
    assert found(owner, "чужая") == []
    assert found(owner, "клиент") == []


@pytest.fixture
def crowd(acting, ours):
    """120 people beside Пётр Лугов."""
    with transaction.of_its_own():
        many_submissions(ours.form_id, 120)


def walk(who, url):
    """The cards of each page, and every address that led on."""
    pages = []
    while url:
        answer = who.get(url)
        pages.append(re.findall(r'<a href="(/clients/[0-9a-f-]{36})"', answer.text))
        url = following(answer)
    return pages


def following(answer):
    """The address of the next page."""
    link = re.search(r'href="([^"]*)" rel="next"', answer.text)
    return link and link[1].replace("&amp;", "&")


@pytest.mark.parametrize(("url", "sizes"), [("/clients/", [50, 50, 21]), ("/clients/?q=человек", [50, 50, 20])])
def test_page_after_page_shows_everybody_once_the_newest_first(manager, crowd, url, sizes):
    pages = walk(manager, url)
    everybody = [address for page in pages for address in page]
    assert [len(page) for page in pages] == sizes
    assert everybody == sorted(set(everybody), reverse=True)


def test_who_comes_while_one_leafs_through_shifts_nothing(visitor, manager, ours, crowd):
    first = manager.get("/clients/")
    visitor.fill(f"/f/{ours.slug}", full_name="Новый Человек", consent=True)
    seen = walk(manager, following(first))
    assert [len(page) for page in seen] == [50, 21]


def test_filters_stay_while_one_leafs_through(manager, crowd, ours):
    pages = walk(manager, f"/clients/?q=человек&standing=given&opened_by={ours.form_id.hex}&since=2020-01-01")
    assert [len(page) for page in pages] == [50, 50, 20]


def test_nothing_in_the_address_bends_the_link_to_the_next_page(manager, crowd):
    for name in ("endpoint", "_external", "_scheme", "_anchor", "_method", "_host", "values", "before"):
        answer = manager.get(f"/clients/?{name}=" + ("f" * 32 if name == "before" else "javascript"))
        assert following(answer).startswith("/clients/?before=")


# what was searched for stands in no address


def search(who, query, **filters):
    """Search as staff do: by the form of the page."""
    return who.fill("/clients/", q=query, **filters)


@pytest.mark.parametrize("query", ["лугов", "petr@lugov.example.org", "8 (912) 123-45-67"])
def test_the_address_of_what_was_found_does_not_say_whom_was_looked_for(manager, ours, query):
    answer = search(manager, query)
    assert answer.status_code == 303
    assert not [word for word in ("лугов", quote("лугов"), "lugov", "4567", "45-67") if word in answer.location]
    found = manager.get(answer.location).text
    assert f'href="/clients/{ours.client_id}"' in found
    assert f'value="{query}"' in found


def test_a_search_with_filters_finds_who_answers_to_all(manager, owner, ours):
    owner.fill(f"/clients/{ours.client_id}/withdraw", channel="email")
    for standing, is_found in (("withdrawn", True), ("given", False)):
        page = manager.get(search(manager, "лугов", standing=standing).location).text
        assert (str(ours.client_id) in page) is is_found


def test_leafing_through_what_was_found_says_nothing_either(manager, crowd):
    pages = walk(manager, search(manager, "человек").location)
    assert [len(page) for page in pages] == [50, 50, 20]
    assert "человек" not in following(manager.get(search(manager, "человек").location))


def test_the_same_search_has_another_address_each_time(manager):
    assert search(manager, "лугов").location != search(manager, "лугов").location


@pytest.mark.parametrize("word", ["", "x", "лугов", "A" * 60, "A" * 5000, "%00", "=", "..", "%F0%9F%90%B1"])
def test_an_address_that_nobody_of_ours_made_searches_for_nothing(manager, ours, word):
    answer = manager.get(f"/clients/?found={word}")
    assert (answer.status_code, str(ours.client_id) in answer.text) == (200, True)


def test_an_address_made_for_another_operator_searches_for_nothing(owner, neighbour):
    theirs = search(neighbour, "секрет").location
    assert "секрет" not in owner.get(theirs).text


@pytest.mark.parametrize("query", ["x" * 201, "x" * 100_000])
def test_too_long_a_query_is_told_so(manager, query):
    assert search(manager, query).status_code == 422


@pytest.mark.parametrize("query", ["\x00", "<b>", "{{7*7}}", "'; --", "🐱", "\u202eш", "%", "=1", "\n"])
def test_a_search_for_anything_is_answered(manager, query):
    answer = search(manager, query)
    assert answer.status_code in (303, 422)
    assert answer.status_code == 422 or manager.get(answer.location).status_code == 200
