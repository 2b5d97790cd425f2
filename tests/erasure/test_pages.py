"""The pages of destruction: what goes, what stays and why, the confirmation, the act, the register."""

import re

import pytest

from crm.core import transaction
from tests.builders import many_submissions
from tests.clients.cards import found
from tests.core import rows
from tests.core.posting import as_found
from tests.core.rows import everything, gained
from tests.erasure.test_policy import NOT_CONFIRMED
from tests.webforms.sending import TRACES, send

MEANT = {"reason": "demanded", "confirmation": "УНИЧТОЖИТЬ"}
LAW = [
    *("Оператор", "ООО «Ромашка», ИНН 7707083893", "Лицо, которому поручена обработка", "обработка не поручалась"),
    *("Субъект персональных данных", "Мария Новикова", "Причина уничтожения", "ч. 5.1 ст. 21", "Способ уничтожения"),
    *("Дата и время уничтожения", "(МСК)", "Информационная система", "Согласие CRM", "Материальные носители"),
    *(
        "Перечень категорий",
        "номер телефона",
        "Персональные данные уничтожил(а)",
        "Борис Ромашкин",
        "Менеджер",
    ),
    *("Выгрузка из журнала регистрации событий", "№ 179", "3 года", "подпись"),
]


@pytest.fixture
def address(visitor, manager, ours):
    """The card of somebody who has just sent our form."""
    send(visitor, ours)
    return found(manager, "новикова")[0]


def erase(who, address, **changes):
    return who.fill(f"{address}/erase", **{**MEANT, **changes})


@pytest.fixture
def act(manager, address):
    """The page of the act by which that person's data was destroyed."""
    return manager.get(erase(manager, address).location)


def test_the_page_says_what_will_go(manager, address):
    page = manager.get(f"{address}/erase").text.partition("Что будет уничтожено")[2].partition("Что останется")[0]
    for words in ("карточка клиента — 1 запись", "заявки", "доказательства согласия", "поисковых меток", "ключ"):
        assert words in page
    assert "номер телефона" in page


def test_the_page_says_what_stays_and_why(manager, address):
    page = manager.get(f"{address}/erase").text.partition("Что останется и почему")[2].partition("<form")[0]
    for words in ("Акт об уничтожении с именем", "№ 179", "3 года", "1 запись в журнале согласий", "без имени"):
        assert words in page
    assert "Журнал действий" in page


def test_opening_the_page_destroys_nothing(app, manager, address):
    before = everything(app)
    manager.get(f"{address}/erase")
    assert everything(app) == before


@pytest.mark.parametrize("word", NOT_CONFIRMED)
def test_without_the_word_nothing_is_destroyed(app, manager, address, word):
    before = everything(app)
    answer = erase(manager, address, confirmation=word)
    assert (answer.status_code, everything(app)) == (422, before)
    assert 'id="confirmation-errors"' in answer.text


def test_without_a_reason_nothing_is_destroyed(app, manager, address):
    before = everything(app)
    answer = erase(manager, address, reason=None)
    assert (answer.status_code, everything(app)) == (422, before)
    assert "Выберите причину" in answer.text


@pytest.mark.parametrize("reason", ["", "because", "DEMANDED", "x" * 100_000])
def test_a_reason_that_is_not_in_the_list_destroys_nothing(app, manager, address, reason):
    data = as_found(manager.get(f"{address}/erase"), "confirmation") | MEANT | {"reason": reason}
    before = everything(app)
    assert manager.post(f"{address}/erase", data=data).status_code == 422
    assert everything(app) == before


@pytest.mark.parametrize("word", ["УНИЧТОЖИТЬ", "уничтожить", " Уничтожить "])
def test_with_the_word_the_data_goes_and_the_act_opens(manager, address, word):
    answer = erase(manager, address, confirmation=word)
    assert (answer.status_code, answer.location.startswith("/acts/")) == (303, True)
    assert "Акт № 1" in manager.get(answer.location).text


def test_the_act_says_everything_that_the_order_asks_for(act):
    assert [words for words in LAW if words not in act.text] == []


def test_no_field_of_the_act_is_empty(act):
    assert not re.findall(r"<dd>\s*</dd>|<td>\s*</td>|<li>\s*</li>|<span></span>(?!<small)(?=<span>)", act.text)


def test_the_act_is_a_russian_document_whatever_the_desk_speaks(manager, act, address):
    manager.fill("/", button="English")
    page = manager.get(act.request.path).text
    assert '<div lang="ru">' in page
    assert [words for words in LAW if words not in page] == []


def test_the_act_is_made_for_paper(act):
    assert 'class="printed"' in act.text
    assert "css/print.css" in act.text


def test_reading_an_act_is_audited(app, manager, owner, act):
    before = everything(app)
    manager.get(act.request.path)
    assert gained(app, before) == {"audit_entry": 1}
    assert "Акт об уничтожении прочитан" in owner.get("/settings/trail").text


def test_the_address_of_the_card_says_when_and_by_which_act(manager, address, act):
    answer = manager.get(address)
    assert (answer.status_code, "акт № 1" in answer.text) == (410, True)
    assert f'href="{act.request.path}"' in answer.text
    assert re.search(r"<time datetime=", answer.text)
    assert not [trace for trace in TRACES if trace in answer.text]


def test_nothing_of_the_person_is_left_on_any_page_but_the_act(manager, owner, act):
    pages = ["/", "/clients/", "/clients/?q=новикова", "/clients/?q=7654321", "/acts/", "/settings/trail", "/forms/"]
    assert found(manager, "новикова") == []
    shown = "".join(owner.get(url).text for url in pages).replace("новикова", "").replace("7654321", "")
    assert not [trace for trace in TRACES if trace in shown]


def test_the_receipt_of_the_person_says_that_the_data_is_destroyed(visitor, manager, ours):
    erase(manager, f"/clients/{ours.client_id}")
    page = visitor.get(f"/receipt/{ours.receipt}")
    assert (page.status_code, "Данные уничтожены" in page.text) == (200, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_destroying_again_leads_to_the_same_act(app, manager, address, act, method):
    before = everything(app)
    token = manager.get("/forms/").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = manager.open(f"{address}/erase", method=method, data={**MEANT, "csrf_token": token})
    assert (answer.status_code, answer.location) == (303, act.request.path)
    assert gained(app, before) == {}


def test_a_page_opened_before_the_destruction_destroys_nothing_twice(app, manager, owner, address):
    late = owner.get(f"{address}/erase")
    first = erase(manager, address).location
    before = rows.number(app, "erasure_act")
    assert owner.submit(late, **MEANT).location == first
    assert rows.number(app, "erasure_act") == before


def test_a_withdrawal_for_a_destroyed_client_is_not_found(manager, address, act):
    assert manager.get(f"{address}/withdraw").status_code == 404


def test_after_the_destruction_every_chain_verifies(app, act):
    with app.app_context():
        outcome = app.test_cli_runner().invoke(args=["verify-ledger"])
    assert outcome.output == "Every chain is whole.\n"


def test_the_act_is_numbered_after_the_one_before(visitor, manager, ours, address, act):
    assert "Акт № 2" in manager.get(erase(manager, f"/clients/{ours.client_id}").location).text


def test_the_register_lists_acts_the_newest_first_without_names(manager, ours, address, act):
    erase(manager, f"/clients/{ours.client_id}", reason="withdrawn")
    page = manager.get("/acts/").text.partition("<table")[2]
    assert page.index("№ 2") < page.index("№ 1")
    assert "отозвал согласие" in page
    assert "Лугов" not in page


def test_the_register_goes_on_page_after_page(manager, acting, ours):
    with transaction.of_its_own():
        many_submissions(ours.form_id, 52)
    for address in found(manager, "человек") + found(manager, "лугов"):
        erase(manager, address)
    first = manager.get("/acts/")
    link = re.search(r'href="([^"]*)" rel="next"', first.text)[1]
    shown = re.findall(r">№ (\d+)</a>", first.text + manager.get(link).text)
    assert shown == [str(number) for number in range(51, 0, -1)]


def test_an_empty_register_says_how_acts_come_about(manager):
    assert "Актов пока нет" in manager.get("/acts/").text


@pytest.mark.parametrize("before", ["x", "-1", "0", "9" * 30, "-" + "9" * 30, "%00", "1.5", ""])
def test_a_place_in_the_register_that_makes_no_sense_is_answered_not_failed(manager, before):
    assert manager.get(f"/acts/?before={before}").status_code in (200, 404)


@pytest.mark.parametrize("url", ["/acts/00000000-0000-0000-0000-000000000000", "/acts/x", "/acts/1", "/acts/%00"])
def test_an_act_that_never_was_is_not_found(manager, url):
    assert manager.get(url).status_code == 404


def test_what_was_typed_stays_after_a_refusal(manager, address):
    answer = erase(manager, address, confirmation="удалить")
    assert 'value="удалить"' in answer.text
    assert re.search(r'<input[^>]*checked[^>]*value="demanded"|value="demanded"[^>]*checked', answer.text)


def test_a_name_of_any_letters_stands_in_the_act_letter_by_letter(visitor, manager, ours):
    manager.judges = False
    send(visitor, ours, full_name="<img src=x onerror=alert(1)> {{7*7}}")
    page = manager.get(erase(manager, found(manager, "maria@novikova.example.org")[0]).location).text
    assert "&lt;img src=x onerror=alert(1)&gt; {{7*7}}" in page
    assert "<img" not in page
