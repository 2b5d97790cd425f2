"""The file that staff add to a consent or a withdrawal: kept sealed, read by staff alone, destroyed with the client."""

import pytest
from sqlalchemy import select

from crm.consents import queries
from crm.core import transaction
from crm.core.db import db
from crm.core.files import LARGEST, Attachment
from tests.browsing import browser
from tests.consents.desk import give, withdraw
from tests.core.posting import as_found
from tests.core.rows import everything, gained, number
from tests.core.scans import JPEG, PDF, PNG, pdf_of

SCANS = {"скан.pdf": PDF, "фото.jpg": JPEG, "снимок.png": PNG}
WRONG = {
    "an empty file": (b"", "скан.pdf", "Этот файл пуст"),
    "a web page called a scan": (b"<html><script>alert(1)</script>", "скан.pdf", "Нужен файл PDF, JPEG или PNG"),
    "a program": (b"MZ\x90\0" + bytes(200), "договор.pdf.exe", "Нужен файл PDF, JPEG или PNG"),
    "a picture cut short": (JPEG[:40], "фото.jpg", "Нужен файл PDF, JPEG или PNG"),
    "one byte too many": (pdf_of(LARGEST + 1), "скан.pdf", "Файл больше 5 МБ"),
}


@pytest.fixture
def peter(acting, ours):
    """The client of our form."""
    return queries.client_behind(queries.by_receipt(ours.receipt))


def link(who, client):
    """The address of the newest file on the card."""
    page = who.get(f"/clients/{client.id}").text
    return page.partition(f'href="/clients/{client.id}/files/')[2].partition('"')[0]


def path(client, name):
    return f"/clients/{client.id}/files/{name}"


@pytest.mark.parametrize("name", SCANS)
@pytest.mark.parametrize("write", [give, withdraw])
def test_a_scan_added_to_an_act_of_will_is_read_from_the_card_as_it_was(manager, peter, write, name):
    assert write(manager, peter.id, scan=(SCANS[name], name)).status_code == 303
    answer = manager.get(path(peter, link(manager, peter)))
    assert (answer.status_code, answer.data) == (200, SCANS[name])


def test_the_largest_scan_goes_through(manager, peter):
    assert give(manager, peter.id, scan=(pdf_of(LARGEST), "скан.pdf")).status_code == 303


@pytest.mark.parametrize("write", [give, withdraw])
@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_scan_is_refused_beside_the_field_and_what_was_typed_stays(app, manager, peter, write, what):
    content, name, said = WRONG[what]
    before = everything(app)
    answer = write(manager, peter.id, scan=(content, name), channel="paper", note="Вх. № 7")
    assert (answer.status_code, everything(app)) == (422, before)
    assert said in answer.text.partition('id="file-errors"')[2]
    assert "Вх. № 7</textarea>" in answer.text
    assert as_found(answer, "channel")["channel"] == ["paper"]


def test_after_another_mistake_staff_are_told_to_choose_the_file_again(manager, peter):
    answer = give(manager, peter.id, scan=(PDF, "скан.pdf"), channel="")
    assert (answer.status_code, "Выберите файл ещё раз" in answer.text) == (422, True)


def test_a_file_far_too_large_is_told_in_words(app, manager, peter):
    before = number(app, "consent_record")
    answer = give(manager, peter.id, scan=(pdf_of(LARGEST + 2_000_000), "скан.pdf"))
    assert (answer.status_code, "Слишком много данных" in answer.text) == (413, True)
    assert number(app, "consent_record") == before


def test_reading_a_file_is_audited(app, manager, owner, peter):
    give(manager, peter.id, scan=(PDF, "скан.pdf"))
    name = link(manager, peter)
    before = everything(app)
    manager.get(path(peter, name))
    assert gained(app, before) == {"audit_entry": 1}
    assert "Прочитан приложенный файл" in owner.get(f"/clients/{peter.id}").text


def test_a_stranger_is_sent_to_the_sign_in(visitor, manager, peter):
    give(manager, peter.id, scan=(PDF, "скан.pdf"))
    assert visitor.get(path(peter, link(manager, peter))).location.startswith("/sign-in")


def test_the_other_operator_finds_nothing_at_its_address(manager, house, peter):
    give(manager, peter.id, scan=(PDF, "скан.pdf"))
    name = link(manager, peter)
    theirs = browser(house.app, cookie=house.neighbour.owner.cookie)
    assert theirs.get(path(peter, name)).status_code == 404
    assert theirs.get(f"/clients/{house.neighbour.client_id}/files/{name}").status_code == 404


def test_a_file_is_found_on_the_card_of_its_own_client_only(manager, sent, peter):
    with transaction.of_its_own():
        other = sent.client
    give(manager, peter.id, scan=(PDF, "скан.pdf"))
    name = link(manager, peter)
    assert manager.get(path(other, name)).status_code == 404


def test_the_scan_stands_sealed_in_the_database(manager, house, peter):
    give(manager, peter.id, scan=(pdf_of(2000, filled=b"ROMASHKA"), "Лугов.pdf"))
    raw = house.database.raw()
    assert b"ROMASHKAROMASHKA" not in raw
    assert "Лугов.pdf".encode() not in raw


def test_it_is_destroyed_with_the_client_and_the_act_names_it(app, manager, peter):
    give(manager, peter.id, scan=(PDF, "скан.pdf"))
    address = path(peter, link(manager, peter))
    page = manager.get(f"/clients/{peter.id}/erase").text
    assert "приложенные файлы — 1 запись" in page
    before = number(app, "attachment")
    act = manager.fill(f"/clients/{peter.id}/erase", reason="demanded", confirmation="УНИЧТОЖИТЬ").location
    assert number(app, "attachment") == before - 1
    assert manager.get(address).status_code == 404
    assert "приложенные документы: сканы согласий и договоров" in manager.get(act).text


def test_a_refused_scan_leaves_nothing_behind(app, manager, peter):
    give(manager, peter.id, scan=(b"no scan", "скан.pdf"))
    db.session.rollback()
    assert db.session.scalars(select(Attachment)).all() == []
