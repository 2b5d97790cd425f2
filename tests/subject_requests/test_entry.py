"""Staff write down a request on paper, by phone or in person: its clock starts when it came, not when it was typed."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from crm.core.clock import MOSCOW, today
from crm.core.files import LARGEST, Attachment
from crm.subject_requests import queries
from crm.subject_requests.models import Identity, RequestKind, Way
from tests.core.posting import as_found
from tests.core.rows import everything
from tests.inquiries import PDF
from tests.subject_requests.asking import client_of, letters, requests

PAGE, BUTTON = "/requests/new", "Записать обращение"
TYPED = {
    "way": "paper",
    "kind": "access",
    "text": "Прошу сообщить, что у вас есть обо мне",
    "full_name": "Вера Иванова",
}


def enter(who, **changes):
    return who.submit(who.get(PAGE), button=BUTTON, **(TYPED | changes))


def enter_with_scan(who, content, name="Скан.pdf"):
    data = as_found(who.get(PAGE), "way") | TYPED | {"file": FileStorage(io.BytesIO(content), name)}
    boundary, body = encode_multipart(data)
    return who.post(PAGE, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def test_a_manager_writes_down_a_paper_of_today(manager, acting, ours):
    answer = enter(manager)
    (made,) = requests(acting)
    assert (answer.status_code, answer.location) == (303, f"/requests/{made.id}")
    assert (made.way, made.kind, made.responsible_id) == (Way.PAPER, RequestKind.ACCESS, ours.manager.id)
    assert queries.applicant_of(made).full_name == "Вера Иванова"


def test_the_clock_starts_on_the_day_it_came_and_what_is_left_is_said(manager, acting):
    enter(manager, received_on=(today() - timedelta(days=5)).isoformat(), received_at="09:30")
    (made,) = requests(acting)
    came = made.received_at.astimezone(MOSCOW)
    assert (came.date(), came.hour, came.minute) == (today() - timedelta(days=5), 9, 30)
    assert "Срок считается со дня поступления" in manager.get("/acts/").text


def test_one_that_is_late_already_is_said_loudly(manager):
    enter(manager, received_on=(today() - timedelta(days=60)).isoformat())
    assert "Срок уже прошёл" in manager.get("/acts/").text


@pytest.mark.parametrize("days", [-1, 5 * 366, 3000 * 365 // 2])
def test_a_day_that_cannot_be_is_refused(app, manager, days):
    before = everything(app)
    answer = enter(manager, received_on=(today() - timedelta(days=days)).isoformat() if days < 4000 else "0001-01-01")
    assert (answer.status_code, everything(app)) == (422, before)
    assert 'id="received_on-errors"' in answer.text


def test_an_hour_that_has_not_come_is_refused(app, manager, clock):
    clock.stop(clock.stop().replace(hour=9, minute=0))  # noon in Moscow
    before = everything(app)
    assert enter(manager, received_at="23:59").status_code == 422
    assert everything(app) == before


@pytest.mark.parametrize("missing", [{"way": None}, {"kind": ""}, {"text": " "}, {"received_on": ""}])
def test_what_is_missing_is_said_and_what_was_typed_stays(app, manager, missing):
    before = everything(app)
    answer = enter(manager, **missing)
    assert (answer.status_code, everything(app)) == (422, before)
    assert 'value="Вера Иванова"' in answer.text


def test_number_on_paper_and_postal_address_are_kept_beside_the_request(manager, acting):
    enter(manager, paper_number="17/п", address="Тверь, Лесная, 1", facts="Договор 5")
    applicant = queries.applicant_of(requests(acting)[0])
    assert "17/п" in applicant.note
    assert applicant.facts == "Договор 5\nПочтовый адрес для ответа: Тверь, Лесная, 1"


# the card


def test_from_a_card_the_request_is_about_that_card_and_acts_at_once(manager, acting, ours):
    address = f"{PAGE}?client={ours.client_id.hex}"
    assert 'value="Пётр Лугов"' in manager.get(address).text
    manager.fill(address, button=BUTTON, way="phone", kind="erasure", text="Сотрите")
    (tied,) = queries.cards_of(requests(acting)[0])
    assert (tied.client.id, tied.card.is_confirmed) == (ours.client_id, True)
    client = client_of(acting, ours)
    assert client.blocked_at
    assert client.marketing_stopped_at


def test_a_card_that_is_found_by_the_mailbox_is_proposed(manager, acting, ours):
    enter(manager, email="petr@lugov.example.org")
    (tied,) = queries.cards_of(requests(acting)[0])
    assert (tied.client.id, tied.card.is_confirmed) == (ours.client_id, False)


@pytest.mark.parametrize("client", ["x", "0" * 32, "%00"])
def test_a_card_that_is_not_there_is_not_found(manager, client):
    assert manager.get(f"{PAGE}?client={client}").status_code == 404


def test_a_foreign_card_is_not_found(house, manager):
    assert manager.get(f"{PAGE}?client={house.neighbour.client_id}").status_code == 404
    sent = as_found(manager.get(PAGE), "way") | TYPED | {"client": house.neighbour.client_id.hex}
    assert manager.post(PAGE, data=sent).status_code == 404


# who asks


def test_how_somebody_was_recognised_is_kept_with_the_points_that_were_seen(manager, acting, ours):
    enter(manager, identity="document", points=["document", "signature"], identity_note="Паспорт смотрел Борис")
    (made,) = requests(acting)
    assert (made.identity, made.identity_by_id) == (Identity.DOCUMENT, ours.manager.id)
    assert made.identity_points == ["document", "signature"]
    assert queries.applicant_of(made).note == "Паспорт смотрел Борис"


@pytest.mark.parametrize(
    "note",
    ["4510 123456", "45 10 123456", "4510123456", "паспорт 45 10 № 123456, выдан", "45-10 123456", "4510 номер 123456"],
)
def test_the_number_of_a_passport_is_refused(app, manager, note):
    before = everything(app)
    answer = enter(manager, identity="document", identity_note=note)
    assert (answer.status_code, everything(app)) == (422, before)
    assert "Похоже на номер паспорта" in answer.text


@pytest.mark.parametrize("note", ["Смотрел Борис 24.11.2026 в 12:30", "Звонили на +7 912 345-67-89", "договор № 12345"])
def test_other_numbers_are_not(manager, note):
    assert enter(manager, identity="call", identity_note=note).status_code == 303


def test_points_without_a_way_of_checking_are_refused(manager):
    assert enter(manager, points=["document"]).status_code == 422


def test_who_returned_a_code_is_nothing_that_staff_can_say(manager):
    sent = as_found(manager.get(PAGE), "way") | TYPED | {"identity": "code"}
    assert manager.post(PAGE, data=sent).status_code == 422


# the scan and the letter


def test_a_scan_is_kept_under_the_key_of_the_request(manager, acting):
    assert enter_with_scan(manager, PDF).status_code == 303
    (made,) = requests(acting)
    (kept,) = acting.scalars(select(Attachment)).all()[-1:]
    assert kept.subject_key_id == queries.applicant_of(made).subject_key_id
    assert queries.messages_of(made)[0].scan_id == kept.id
    assert kept.enclosed() == PDF


def test_the_largest_scan_comes_in(manager, acting):
    assert enter_with_scan(manager, PDF + b" " * (LARGEST - len(PDF))).status_code == 303


@pytest.mark.parametrize(("content", "status"), [(b"", 303), (b"MZ", 422), (PDF + b" " * LARGEST, 422)])
def test_a_file_that_is_no_scan_is_refused_beside_its_field(manager, acting, content, status):
    answer = enter_with_scan(manager, content, name="x.pdf" if content else "")
    assert answer.status_code == status
    assert ('id="file-errors"' in answer.text) == (status == 422)


def test_the_person_is_told_that_it_came_when_staff_say_so(visitor, manager, acting):
    enter(manager, email="vera@example.org", tells=True)
    (letter,) = letters(acting, "request_received")
    assert letter.to == "vera@example.org"
    address = next(word for word in letter.text.split() if word.startswith("http://localhost"))
    assert "Обращение №" in visitor.get(address.removeprefix("http://localhost")).text


def test_nobody_is_written_to_otherwise(manager, acting):
    enter(manager, email="vera@example.org")
    assert letters(acting, "request_received") == []
    assert enter(manager, tells=True).status_code == 422
