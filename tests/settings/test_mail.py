"""The mail settings: what is accepted, what the test button says, what an owner is warned of."""

import pytest
from sqlalchemy import select

from crm.clients.models import Client
from crm.core import jobs, outbox, transaction
from crm.core.db import db
from crm.core.letters import Letter
from crm.mail import queries
from crm.mail.models import MailAccount
from tests import post_office
from tests.house.dumps import number_of
from tests.house.urls import csrf_token
from tests.post_office import SECRET
from tests.settings.mail_page import TYPED, URL, save

WAITS = "Почтовый сервер не настроен. Писем ждёт отправки: 1."


@pytest.fixture
def letter(acting, ours):
    """A letter to our client that waits."""
    with transaction.of_its_own():
        key = db.session.get_one(Client, ours.client_id).subject_key
        outbox.write(key, to="petr@lugov.example.org", subject="Привет", text="Привет", key="receipt:1")
    acting.rollback()


def account(acting):
    acting.rollback()
    return acting.scalar(select(MailAccount))


def test_what_was_typed_is_saved_but_the_password_is_never_shown(owner, acting):
    assert save(owner).status_code == 303
    saved = account(acting)
    assert (saved.host, saved.port, saved.security, saved.from_name) == (TYPED["host"], 465, "tls", "ООО «Ромашка»")
    assert queries.password(saved) == SECRET
    shown = owner.get(URL).text
    assert TYPED["host"] in shown
    assert SECRET not in shown


def test_an_empty_password_leaves_the_saved_one(owner, acting):
    save(owner)
    assert save(owner, password="", from_name="Ромашка").status_code == 303
    assert queries.password(account(acting)) == SECRET


@pytest.mark.parametrize("change", [{"host": "smtp.evil.example.org"}, {"port": "587"}, {"username": "boris"}])
def test_the_saved_password_goes_nowhere_else(owner, acting, change):
    save(owner)
    answer = save(owner, password="", **change)
    assert (answer.status_code, "прежний не передаётся" in answer.text) == (422, True)
    assert account(acting).host == TYPED["host"]


def test_a_server_without_a_sign_in_needs_no_password(owner, acting):
    assert save(owner, username="", password="").status_code == 303
    assert queries.password(account(acting)) == ""


def test_a_russian_name_of_a_server_is_kept_as_machines_know_it(owner, acting):
    save(owner, host="Почта.РФ", from_address="info@почта.рф")
    assert (account(acting).host, account(acting).from_address) == (
        "xn--80a1acny.xn--p1ai",
        "info@xn--80a1acny.xn--p1ai",
    )


WRONG = [
    *(
        {"host": host}
        for host in ("", "-", "a b", "smtp..ru", "http://smtp.ru", "smtp.ru:465", "smtp\x85.ru", "x" * 254)
    ),
    *({"port": port} for port in ("", "0", "65536", "-1", "22", "x", "99999999999999999999")),
    {"username": "a\x1eb"},
    {"password": "a\x85b"},
    {"password": "x" * 201},
    *(
        {"from_address": address}
        for address in ("", "info", "инфо@romashka.example.org", "a@b.ru, c@d.ru", "a\u2028@b.ru")
    ),
    *({"from_name": name} for name in ("", "Ромашка\u2028Bcc: x@y.ru", "Ромашка\x0bBcc", "x" * 101)),
]


@pytest.mark.parametrize("change", WRONG, ids=repr)
def test_what_cannot_be_used_is_refused_and_kept_on_the_page(owner, acting, ours, change):
    assert save(owner, **change).status_code == 422
    assert number_of(MailAccount, ours) == 0


@pytest.mark.parametrize("sent", [{}, {"host": "a.ru"}, {"security": "none"}, {"port": ["1", "2"], "host": ["a", "b"]}])
def test_a_form_that_no_page_offers_is_refused(owner, acting, ours, sent):
    answer = owner.post(URL, data=sent | {"csrf_token": csrf_token(owner)})
    assert (answer.status_code, number_of(MailAccount, ours)) == (422, 0)


# the test letter


def test_the_test_letter_comes_to_the_owner_at_once(owner, office, set_up, ours):
    answer = owner.fill(URL, button="Отправить пробное письмо")
    assert "Пробное письмо ушло на anna@romashka.example.org" in owner.get(answer.location).text
    (got,) = office.letters
    assert (got["To"], got["Subject"], got.envelope[1]) == (ours.owner.email, "Проверка почты", [ours.owner.email])
    assert "Отправитель: ООО «Ромашка»\n" in post_office.words(got)


FAULTS = {
    "name": ({"host": "nothing.invalid"}, {}, "с таким именем не найден"),
    "password": ({"password": "wrong"}, {}, "не принял имя и пароль"),
    "encryption": ({"security": "starttls"}, {}, "не ответил вовремя"),
    "sender": ({}, {"says": {"MAIL": "550 not yours"}}, "не разрешает писать с этого адреса"),
    "recipient": ({}, {"says": {"RCPT": "550 unknown"}}, "не принял адрес получателя"),
    "spam": ({}, {"says": {"DATA": "554 spam"}}, "не принял само письмо"),
    "slow": ({}, {"pauses": {"RCPT": 5}}, "не ответил вовремя"),
    "hangs up": ({}, {"hangs_up_at": "RCPT"}, "прервал разговор"),
}


@pytest.mark.parametrize(("typed", "arranged", "words"), FAULTS.values(), ids=FAULTS)
def test_the_test_button_says_in_words_what_is_wrong(owner, office, typed, arranged, words):
    save(owner, **{"host": "localhost", "port": str(office.port)} | typed)
    for name, value in arranged.items():
        setattr(office, name, value)
    answer = owner.fill(URL, button="Отправить пробное письмо")
    assert words in owner.get(answer.location).text


def test_the_test_button_tells_that_nobody_listens(owner, office, set_up):
    office.stop_listening()
    answer = owner.fill(URL, button="Отправить пробное письмо")
    assert "не принимает соединение" in owner.get(answer.location).text


@pytest.mark.parametrize("flaw", [{"names": ("other.example.org",)}, {"is_valid": False}], ids=["another's", "expired"])
def test_the_test_button_tells_of_a_wrong_certificate(owner, here, tmp_path, flaw):
    with post_office.opened(tmp_path, security="tls", **flaw) as office:
        save(owner, host="localhost", port=str(office.port))
        answer = owner.fill(URL, button="Отправить пробное письмо")
    assert "Сертификат сервера не прошёл проверку" in owner.get(answer.location).text
    assert office.passwords == []


def test_an_inner_address_is_not_tried(owner, office, set_up, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_PRIVATE_HOSTS", False)
    answer = owner.fill(URL, button="Отправить пробное письмо")
    assert "во внутреннюю сеть" in owner.get(answer.location).text
    assert office.connections == 0


def test_test_letters_are_limited(owner, office, set_up):
    for _ in range(11):
        answer = owner.fill(URL, button="Отправить пробное письмо")
    assert "Пробных писем уже много" in owner.get(answer.location).text
    assert len(office.letters) == 10


def test_without_settings_there_is_nothing_to_test(owner):
    assert owner.post("/settings/mail/test", data={"csrf_token": csrf_token(owner)}).status_code == 404


# warnings


def test_the_owner_is_warned_of_letters_that_wait_for_a_mail_server(owner, letter):
    page = owner.get("/").text
    assert WAITS in page
    assert f'href="{URL}"' in page


def test_the_manager_is_warned_too_but_not_sent_where_only_the_owner_may_go(manager, letter):
    page = manager.get("/clients/").text
    assert WAITS in page
    assert URL not in page


def test_nobody_is_warned_of_anothers_letters(neighbour, letter):
    assert "Писем ждёт" not in neighbour.get("/").text


def test_the_warning_goes_with_its_cause_and_so_does_the_letter(owner, office, letter, set_up, app):
    assert "Почтовый сервер не настроен" not in owner.get("/").text
    with app.app_context():
        jobs.work_off()
    assert len(office.letters) == 1


def test_a_count_is_never_taken_to_its_end(owner, letter, monkeypatch):
    monkeypatch.setattr(outbox, "MOST_COUNTED", 1)
    assert "Писем ждёт отправки: 1 и больше." in owner.get("/").text


def give_up(app, office):
    office.says["RCPT"] = "550 unknown"
    with app.app_context():
        jobs.work_off()


def test_the_warning_of_letters_that_can_never_go_can_be_put_away(owner, office, letter, set_up, app):
    give_up(app, office)
    owner.fill(URL, button="Больше не отправлять их")
    assert "Не удалось отправить" not in owner.get("/").text


def test_letters_that_were_given_up_are_shown_with_the_reason_and_can_be_sent_again(owner, office, letter, set_up, app):
    give_up(app, office)
    assert "Не удалось отправить писем: 1." in owner.get("/").text
    page = owner.get(URL).text
    assert "не принял адрес получателя" in page
    assert "petr@lugov" not in page
    office.says.clear()
    owner.fill(URL, button="Отправить неотправленные снова")
    with app.app_context():
        jobs.work_off()
    assert len(office.letters) == 1
    assert "Не удалось отправить" not in owner.get("/").text


def test_the_page_is_readable_in_english_too(owner, letter):
    owner.set_cookie("locale", "en")
    assert owner.get(URL).status_code == 200


def test_every_letter_in_the_list_is_our_own(acting, letter, house):
    assert {one.organisation_id for one in acting.scalars(select(Letter))} == {house.ours.id}
