"""The page of the mailbox: what is accepted, what the buttons say, what is shown of the reading."""

import pytest
from sqlalchemy import select

from crm.accounts.models import Organisation
from crm.core import jobs, transaction
from crm.core.db import db
from crm.core.letters import Fault
from crm.mail import imap, inbox, policy, queries
from crm.mail.models import Mailbox, MailFolder
from crm.subject_requests.post import Fate, TakenLetter, Why
from tests import dovecot, post_office
from tests.house.urls import csrf_token
from tests.post_office import NAME, SECRET

URL = "/settings/mailbox/"
TYPED = {
    "address": NAME,
    "host": "imap.romashka.example.org",
    "port": "993",
    "security": "tls",
    "username": NAME,
    "password": SECRET,
    "folders": "INBOX",
    "afterwards": "mark",
    "move_to": "",
}
LETTER = b"From: <ivan@example.org>\r\nSubject: x\r\n\r\nx\r\n"


@pytest.fixture(scope="session")
def dovecot_here(tmp_path_factory):
    with dovecot.opened(tmp_path_factory.mktemp("dovecot")) as server:
        yield server


@pytest.fixture
def box(app, dovecot_here, monkeypatch):
    """A mailbox of this machine."""
    monkeypatch.setitem(app.config, "MAIL_PRIVATE_HOSTS", True)
    monkeypatch.setenv("SSL_CERT_FILE", str(post_office.authority(dovecot_here.folder)))
    app.extensions["jobs"].huey.flush()
    dovecot_here.clear()
    return dovecot_here


def save(owner, **changes):
    return owner.fill(URL, button="Сохранить", **TYPED | changes)


def press(owner, button):
    return owner.get(owner.fill(URL, button=button).location).text


def saved(acting):
    acting.rollback()
    return acting.scalar(select(Mailbox))


def names(acting):
    acting.rollback()
    return [one.name for one in queries.folders(queries.mailbox())]


def test_what_was_typed_is_saved_but_the_password_is_never_shown(owner, acting):
    assert save(owner, folders="inbox\r\n Обращения \r\n\r\nОбращения").status_code == 303
    mailbox = saved(acting)
    assert (mailbox.host, mailbox.port, mailbox.security, mailbox.afterwards) == (TYPED["host"], 993, "tls", "mark")
    assert inbox.server(mailbox).password == SECRET
    assert names(acting) == ["INBOX", "Обращения"]
    shown = owner.get(URL).text
    assert TYPED["host"] in shown
    assert SECRET not in shown
    assert SECRET.encode() not in mailbox.password


def test_an_empty_password_leaves_the_saved_one(owner, acting):
    save(owner)
    assert save(owner, password="", address="help@romashka.example.org").status_code == 303
    assert inbox.server(saved(acting)).password == SECRET


@pytest.mark.parametrize("change", [{"host": "imap.evil.example.org"}, {"port": "143"}, {"username": "boris"}])
def test_the_saved_password_goes_nowhere_else(owner, acting, change):
    save(owner)
    answer = save(owner, password="", **change)
    assert (answer.status_code, "прежний не передаётся" in answer.text) == (422, True)
    assert saved(acting).host == TYPED["host"]


WRONG = [
    *({"host": host} for host in ("", "-", "a b", "imap..ru", "http://imap.ru", "imap.ru:993", "x" * 254)),
    *({"port": port} for port in ("", "0", "65536", "-1", "22", "x", "465")),
    *({"username": name} for name in ("", "a\x1eb")),
    *({"password": word} for word in ("a\x85b", "x" * 201)),
    *({"address": address} for address in ("", "info", "инфо@romashka.example.org", "a@b.ru, c@d.ru")),
    *({"folders": names} for names in ("", " \r\n ", "x" * 201, "a\x1eb", "\r\n".join(map(str, range(21))))),
    {"afterwards": "move"},
    {"afterwards": "move", "move_to": "inbox"},
    {"move_to": "a\x1eb"},
]


@pytest.mark.parametrize("change", WRONG, ids=repr)
def test_what_cannot_be_used_is_refused_and_kept_on_the_page(owner, acting, change):
    assert save(owner, **change).status_code == 422
    assert saved(acting) is None


@pytest.mark.parametrize("sent", [{}, {"host": "a.ru"}, {"security": "none"}, {"afterwards": "delete"}])
def test_a_form_that_no_page_offers_is_refused(owner, sent):
    assert owner.post(URL, data=sent | {"csrf_token": csrf_token(owner)}).status_code == 422


def test_a_folder_that_is_named_no_longer_is_not_read_but_its_letters_stay_known(owner, acting):
    save(owner, folders="INBOX\r\nПисьма")
    save(owner, folders="Письма")
    assert names(acting) == ["Письма"]
    assert acting.scalar(select(MailFolder).filter_by(name="INBOX")).is_read is False


# the look


def local(owner, box, **changes):
    assert save(owner, **{"host": "localhost", "port": str(box.tls)} | changes).status_code == 303


def test_a_look_says_how_many_letters_wait_and_changes_nothing(owner, box, acting):
    box.deliver(LETTER)
    box.deliver(LETTER)
    local(owner, box)
    assert "Почта читается. Ждут 2 письма." in press(owner, "Проверить соединение")
    assert box.read() == [False, False]


def test_a_look_names_the_folders_that_are_missing_and_those_there_are(owner, box):
    box.make("Обращения")
    local(owner, box, folders="INBOX\r\nПросьбы", afterwards="move", move_to="Забрано")
    said = press(owner, "Проверить соединение")
    assert "На сервере нет папок: «Просьбы», «Забрано»." in said
    assert "«Обращения»" in said


FAULTS = {
    "name": ({"host": "nothing.invalid"}, "с таким именем не найден"),
    "password": ({"password": "wrong"}, "не принял имя и пароль"),
    "certificate": ({"host": "127.0.0.1"}, "Сертификат сервера не прошёл проверку"),
    "nobody": ({"port": "1"}, "не принимает соединение"),
}


@pytest.mark.parametrize(("typed", "words"), FAULTS.values(), ids=FAULTS)
def test_a_look_says_in_words_what_is_wrong(owner, box, typed, words):
    local(owner, box, **typed)
    assert words in press(owner, "Проверить соединение")


@pytest.mark.parametrize("flaw", [{"names": ("other.example.org",)}, {"is_valid": False}], ids=["another's", "expired"])
def test_a_wrong_certificate_hears_no_password(owner, box, tmp_path, monkeypatch, flaw):
    monkeypatch.setenv("SSL_CERT_FILE", str(post_office.authority(tmp_path)))
    with dovecot.opened(tmp_path, **flaw) as wrong:
        local(owner, wrong)
        assert "Сертификат сервера не прошёл проверку" in press(owner, "Проверить соединение")
        assert "user=<" not in wrong.log.read_text().replace("user=<>", "")


def test_an_inner_address_is_not_tried(owner, box, app, monkeypatch):
    local(owner, box)
    monkeypatch.setitem(app.config, "MAIL_PRIVATE_HOSTS", False)
    assert "во внутреннюю сеть" in press(owner, "Проверить соединение")


def test_looks_are_limited(owner, box):
    local(owner, box, port="1")
    for _ in range(policy.LOOKS.count):
        assert "не принимает соединение" in press(owner, "Проверить соединение")
    assert "Проверок уже много" in press(owner, "Проверить соединение")
    assert "Проверок уже много" in press(owner, "Проверить почту сейчас")


def test_while_others_look_a_look_waits(owner, box):
    local(owner, box)
    for _ in range(policy.TESTS_AT_ONCE):
        inbox._looks.acquire()
    try:
        assert "Проверок уже много" in press(owner, "Проверить соединение")
    finally:
        inbox._looks.release(policy.TESTS_AT_ONCE)


def test_no_connection_to_the_database_is_held_while_the_server_thinks(owner, box, monkeypatch):
    held, come_in = [], imap.Reader.come_in
    monkeypatch.setattr(
        imap.Reader, "come_in", lambda reader: (held.append(db.engine.pool.checkedout()), come_in(reader))
    )
    local(owner, box)
    assert "Почта читается" in press(owner, "Проверить соединение")
    assert held == [0]


# the reading


def test_the_mail_can_be_read_now(owner, box, app, acting):
    box.deliver(LETTER)
    local(owner, box)
    assert "Почта проверяется" in press(owner, "Проверить почту сейчас")
    with app.app_context():
        jobs.work_off()
    assert box.read() == [True]
    assert saved(acting).worked_at is not None


def test_what_went_wrong_with_the_reading_is_shown(owner, box, app):
    local(owner, box, folders="INBOX\r\nПросьбы")
    press(owner, "Проверить почту сейчас")
    with app.app_context():
        jobs.work_off()
    page = owner.get(URL).text
    assert "Почта не читается или читается не вся" in page
    assert "нет на сервере" in page
    assert "Почта с обращениями не читается" in owner.get("/").text


def test_the_manager_is_warned_too_but_not_sent_where_only_the_owner_may_go(owner, manager, acting):
    save(owner)
    with transaction.of_its_own():
        queries.mailbox().fault = Fault.LOGIN
    page = manager.get("/clients/").text
    assert "Почта с обращениями не читается" in page
    assert URL not in page


def test_a_mailbox_that_is_off_is_not_read(owner, box, acting):
    local(owner, box, is_on=False)
    assert saved(acting).is_on is False
    assert "Чтение ящика выключено" in press(owner, "Проверить почту сейчас")
    assert "Чтение выключено" in owner.get(URL).text


def test_letters_that_became_no_request_are_counted_by_reason(owner, acting):
    with transaction.of_its_own():
        for number, (fate, why) in enumerate([(Fate.DROPPED, Why.BOUNCE)] * 3 + [(Fate.ASIDE, Why.TOO_LARGE)]):
            acting.add(TakenLetter(digest=bytes([number]) * 32, fate=fate, why=why))
    page = owner.get(URL).text
    assert "Отчёт почтового сервера о недоставке" in page
    assert "Больше 25 МБ" in page


# how long it is kept


def keep(owner, letters, requests):
    return owner.fill(
        URL, button="Сохранить сроки", letters_kept_days=str(letters), requests_kept_days=str(requests)
    ).status_code


def test_the_terms_are_saved(owner, acting):
    assert keep(owner, 14, 730) == 303
    acting.rollback()
    operator = acting.scalar(select(Organisation))
    assert (operator.letters_kept_days, operator.requests_kept_days) == (14, 730)


@pytest.mark.parametrize(("letters", "requests"), [(0, 730), (6, 730), (366, 730), (30, 364), (30, 3651), ("x", 730)])
def test_terms_that_make_no_sense_are_refused(owner, acting, letters, requests):
    assert keep(owner, letters, requests) == 422
    assert acting.scalar(select(Organisation)).letters_kept_days == 30


@pytest.mark.parametrize("page", ["look", "poll"])
def test_without_a_mailbox_there_is_nothing_to_look_into(owner, page):
    assert owner.post(f"{URL}{page}", data={"csrf_token": csrf_token(owner)}).status_code == 404
    assert owner.get(URL).status_code == 200
