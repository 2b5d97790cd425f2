"""The page behind a link of a letter, as browsers, mail scanners and strangers open it."""

from functools import partial

import pytest

from crm.accounts import commands, doors
from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.agreements import commands as documents
from crm.agreements.ready import LegalBasis, Proof
from crm.clients import queries as clients
from crm.core import transaction
from tests.browsing import browser
from tests.consents.willing import (
    ENQUIRY,
    MARIA,
    NEWSLETTER,
    REGISTRATION,
    link_to,
    new_edition,
    purpose,
    send,
    wish_to_withdraw,
)
from tests.core.at_once import at_once
from tests.core.rows import everything, number

SPENT = "Ссылка больше не действует"


@pytest.fixture
def subscribing(form, acting):
    """The address in the letter that asks Maria to confirm the newsletter."""
    with transaction.of_its_own():
        sent = send(form, ENQUIRY, NEWSLETTER)
        address = link_to(sent.client, "subscribe")
    acting.rollback()
    return address


@pytest.fixture
def leaving(form, acting):
    """The address in the letter by which Maria takes two consents back."""
    with transaction.of_its_own():
        sent = send(form, ENQUIRY, REGISTRATION)
        wish_to_withdraw(sent, ENQUIRY, REGISTRATION)
        address = link_to(sent.client, "withdraw")
    acting.rollback()
    return address


@pytest.fixture
def maria(acting):
    """The key of Maria's card."""
    found = clients.by_email(MARIA["email"]).id
    acting.rollback()
    return found


@pytest.fixture
def renewed(form, acting, anna):
    """Puts a new edition of the newsletter's text in force."""

    def renew():
        with transaction.of_its_own():
            new_edition(NEWSLETTER, by=anna)
        acting.rollback()

    return renew


def consents(app, acting):
    acting.rollback()
    return number(app, "consent_record")


def test_the_page_tells_the_purpose_the_text_and_that_nothing_happened_yet(visitor, subscribing, ours):
    page = visitor.get(subscribing)
    assert page.status_code == 200
    for words in ("рассылка рекламы", ours.name, "Прочитать текст согласия, редакция № 1", "ничего не изменится"):
        assert words in page.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("headers", [{}, {"Sec-Purpose": "prefetch"}, {"User-Agent": "MailScanner/5"}])
def test_looking_changes_nothing_however_often(app, visitor, subscribing, method, headers):
    before = everything(app)
    for _ in range(3):
        assert visitor.open(subscribing, method=method, headers=headers).status_code == 200
    assert everything(app) == before


def test_the_button_gives_consent_and_leads_to_the_receipt(app, acting, visitor, subscribing):
    before = consents(app, acting)
    page = visitor.fill(subscribing)
    assert (page.status_code, "Согласие записано" in page.text) == (200, True)
    assert consents(app, acting) == before + 1
    receipt = page.text.partition('href="/receipt/')[2].partition('"')[0]
    assert "рассылка рекламы" in visitor.get(f"/receipt/{receipt}").text


def test_the_button_works_once(app, acting, visitor, subscribing):
    opened = visitor.get(subscribing)
    visitor.submit(opened)
    before = consents(app, acting)
    again = visitor.submit(opened)
    assert (again.status_code, SPENT in again.text, "всё уже записано" in again.text) == (410, True, True)
    assert visitor.get(subscribing).status_code == 410
    assert consents(app, acting) == before


def test_of_eight_presses_at_once_one_counts(app, acting, subscribing, leaving):
    for address, records in ((subscribing, 1), (leaving, 2)):
        before = consents(app, acting)
        visitors = [browser(app) for _ in range(8)]
        pages = [one.get(address) for one in visitors]
        acts = [partial(one.submit, page) for one, page in zip(visitors, pages, strict=True)]
        assert sorted(answer.status_code for answer in at_once(acts)) == [200] + [410] * 7
        assert consents(app, acting) == before + records


def test_the_button_of_a_withdrawal_ends_what_its_page_names(visitor, leaving):
    page = visitor.get(leaving)
    assert "ответ на обращение" in page.text
    assert "регистрация пользователя" in page.text
    assert "Согласие отозвано" in visitor.submit(page).text


def test_what_was_taken_back_is_so_on_the_card_too(visitor, manager, leaving, maria):
    visitor.fill(leaving)
    assert manager.get(f"/clients/{maria}").text.count("Согласие отозвано") >= 2


def test_who_opened_the_page_before_the_text_changed_reads_the_new_one_first(
    app, acting, visitor, subscribing, renewed
):
    opened = visitor.get(subscribing)
    renewed()
    before = consents(app, acting)
    page = visitor.submit(opened)
    assert (page.status_code, "Текст изменился" in page.text, "редакция № 2" in page.text) == (422, True, True)
    assert consents(app, acting) == before
    assert visitor.submit(page).status_code == 200
    assert consents(app, acting) == before + 1


@pytest.mark.parametrize("text", ["", "x", "00000", "<script>"])
def test_a_press_that_names_no_text_changes_nothing(app, acting, visitor, subscribing, text):
    before = everything(app)
    assert visitor.post(subscribing, data={"text": text}).status_code == 422
    assert everything(app) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_link_opens_nothing(visitor, subscribing, method):
    for token in ("x", "A" * 32, "%00", "А", "-" * 4000, subscribing.rpartition("/")[2][:-1]):
        address = f"{subscribing.rpartition('/')[0]}/{token}"
        assert visitor.open(address, method=method).status_code in (404, 410)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_under_the_code_of_another_operator_opens_nothing(visitor, house, subscribing, method):
    visitor.foreign = ()
    token = subscribing.rpartition("/")[2]
    assert visitor.open(f"/confirm/{house.neighbour.public_code}/{token}", method=method).status_code == 410
    assert visitor.open(f"/confirm/XXXXX/{token}", method=method).status_code == 404
    assert visitor.get(subscribing).status_code == 200


def test_staff_of_the_neighbour_see_the_page_as_everybody_does(neighbour, subscribing, ours):
    neighbour.foreign = ()
    page = neighbour.get(subscribing)
    assert (page.status_code, "ЧУЖАЯ-ТАЙНА" in page.text) == (200, False)


def test_staff_read_it_in_russian_whatever_language_their_desk_has(owner, subscribing):
    owner.set_cookie("locale", "en")
    assert '<html lang="ru">' in owner.get(subscribing).text


def test_a_purpose_that_was_retired_meanwhile_takes_no_consent(visitor, subscribing, acting, anna):
    with transaction.of_its_own():
        documents.set_retired(purpose(NEWSLETTER), retired=True, by=anna)
    acting.rollback()
    assert visitor.get(subscribing).status_code == 410


def test_a_client_destroyed_meanwhile_leaves_a_link_that_opens_nothing(visitor, manager, subscribing, maria):
    opened = visitor.get(subscribing)
    assert manager.fill(f"/clients/{maria}/erase", reason="demanded", confirmation="УНИЧТОЖИТЬ").status_code == 303
    assert (visitor.get(subscribing).status_code, visitor.submit(opened).status_code) == (410, 410)


def test_neither_the_secret_nor_the_person_is_told_to_anybody(visitor, log, subscribing):
    page = visitor.get(subscribing)
    done = visitor.submit(page)
    visitor.post(subscribing)
    token = subscribing.rpartition("/")[2]
    assert token not in log.getvalue()
    assert token not in done.text
    for answer in (page, done):
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        links = [word for word in answer.text.split("<a ")[1:] if "#main" not in word]
        assert all("noreferrer" in word.partition(">")[0] for word in links)
        assert not [word for word in ("Мария", "Новиков", "novikova", "7654321", "192.0.2.7") if word in answer.text]


def test_an_error_at_the_link_does_not_log_the_secret(app, visitor, log, monkeypatch, subscribing):
    visitor.may_fail = True
    monkeypatch.setitem(app.view_functions, "links.page", doors.public(lambda code, token: 1 / 0))
    assert visitor.get(subscribing).status_code == 500
    assert "ZeroDivisionError" in log.getvalue()
    assert subscribing.rpartition("/")[2] not in log.getvalue()


@pytest.mark.parametrize("change", [{"proof": Proof.WRITTEN}, {"basis": LegalBasis.CONTRACT}, {"recipients": "Кто-то"}])
def test_no_link_asks_for_what_its_text_no_longer_says(subscribing, visitor, acting, change):
    with transaction.of_its_own():
        for name, value in change.items():
            setattr(purpose(NEWSLETTER), name, value)
    answer = visitor.get(subscribing)
    assert (answer.status_code, SPENT in answer.text) == (410, True)


def test_a_link_opens_nothing_at_the_address_of_another_legal_entity(subscribing, visitor, acting, ours):
    with transaction.of_its_own():
        by = acting.get_one(User, ours.owner.id)
        taken = {"name", "legal_form", "address", "request_email", "request_phone", "responsible_person", "processor"}
        main = accounts.main_entity()
        other = {name: getattr(main, name) for name in taken} | {"inn": "7728168971", "ogrn": "1027700067328"}
        code = commands.add_entity(requisites=other, by=by).public_code
    own = subscribing.split("/")[-2]
    assert visitor.get(subscribing.replace(own, code)).status_code == 410
