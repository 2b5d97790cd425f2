"""The copy of a person's data: all of theirs by the marks, nothing of anybody else."""

import json
import shutil
import subprocess

import pytest

from crm.agreements import queries as agreements
from crm.clients import commands as clients
from crm.clients.models import Client
from crm.consents.models import Ground
from crm.core import outbox
from crm.core.clock import now, today
from crm.core.db import new_key
from crm.core.personal import personal_fields
from crm.erasure import queries as erasure
from crm.subject_requests import commands, enclosing, masking, pdf
from crm.subject_requests.copy import as_json, subject_copy
from crm.subject_requests.copy_fields import FIELDS, RECORDS, Kind
from crm.subject_requests.masking import HIDDEN, Own
from tests import builders
from tests.subject_requests.writing import asked

OWN = Own.of(names=["Пётр Лугов"], emails=["petr@lugov.example.org"], phones=["+79123456789"])
NOTE = (
    "Пётр Лугов просил звонить жене: Мария Зябликова, +7 916 111-22-33, maria@zyablikova.example.org. "
    "Его номер 8 912 345-67-89."
)
OTHERS = ("Мария", "Зябликов", "111-22-33", "maria@")


def nobody(asked):
    return set()


# what is hidden


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Вчера звонила Мария Зябликова.", f"Вчера звонила {HIDDEN}."),
        ("Мария Зябликова звонила", f"{HIDDEN} звонила"),
        ("Муж, Сидоров И. И., согласен", f"Муж, {HIDDEN}, согласен"),
        ("сестра Оля против, и Олей недовольны", f"сестра {HIDDEN} против, и {HIDDEN} недовольны"),
        ("Мария Лугова — жена", f"{HIDDEN} Лугова — жена"),
        ("Передать Марии Петровне", f"{HIDDEN}"),
        ("ЗЯБЛИКОВА МАРИЯ просила", f"{HIDDEN} просила"),
        ("John Smith called", f"{HIDDEN} called"),
        ("Пишите на maria@x.example.org", f"Пишите на {HIDDEN}"),
        ("тел. 8 (916) 111-22-33, доб. 4", f"тел. {HIDDEN}"),
        ("https://x.example.org/c/AB/" + "0a" * 20, f"https://x.example.org/c/AB/{HIDDEN}"),
    ],
)
def test_others_are_hidden(text, shown):
    assert masking.masked(text, OWN, nobody) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Пётр Лугов просил перезвонить",
        "Передали Петру Лугову, согласовано с Луговым",
        "Сегодня Пётр звонил, в Москве дождь",
        "Его почта petr@lugov.example.org, Petr@Lugov.example.org",
        "Телефон 8 912 345-67-89 или +79123456789",
        "Заказ № 12345678 от 24.11.2026 на 15 000 руб.",
        "Отметка поставлена 24.11.2026 20:23:34 UTC, IP 203.0.113.110.",
        "ПРОШУ УДАЛИТЬ ВСЁ",
    ],
)
def test_ones_own_is_not(text):
    assert masking.masked(text, OWN, nobody) == text


def test_a_name_known_from_another_card_is_hidden_in_any_letters():
    def known(words):
        return {("анна", "роща")}

    assert masking.masked("видел анна роща и дуб", OWN, known) == f"видел {HIDDEN} и дуб"


@pytest.mark.parametrize(
    "text", ["Аб " * 20_000, "a@" * 30_000, "1 2-3 (4) " * 8_000, "А. " * 20_000, "[скрыто] " * 9_000]
)
def test_a_hostile_text_takes_no_time(text):
    started = now()
    masking.masked(text, OWN, nobody)
    assert (now() - started).total_seconds() < 5


# what is in the copy


def test_every_marked_field_has_its_words():
    """A field that is new must be told of, or said to be nothing about the person."""
    of_requests = {"applicant", "request_message", "received_letter"}
    for model in erasure.sealed_models():
        if model.__tablename__ not in of_requests:
            assert set(personal_fields(model)) == set(FIELDS[model.__tablename__]), model
            assert model.__tablename__ in RECORDS


def copied(acting, ours):
    acting.flush()
    return subject_copy(asked(ours))


def test_the_copy_holds_what_the_card_holds_with_its_source(acting, ours):
    copy = copied(acting, ours)
    client = acting.get_one(Client, ours.client_id)
    told = {item.label: item for item in copy.items if item.record == "Карточка"}
    assert told["Эл. почта"].value == client.email
    assert "форма «" in told["Эл. почта"].source
    assert told["Эл. почта"].ground != ""
    assert {"Карточка", "Заявка"} <= {item.record for item in copy.items}
    assert ours.receipt in {one.receipt for one in copy.consents}


def test_only_confirmed_cards_are_in_it(acting, ours):
    request = asked(ours, card=False)
    commands.tie(request, acting.get_one(Client, ours.client_id), is_confirmed=False)
    acting.flush()
    assert subject_copy(request).items == ()


def test_a_letter_and_a_ground_are_in_it_and_the_threads_headers_are_not(acting, ours):
    key = acting.get_one(Client, ours.client_id).subject_key
    outbox.write(
        key,
        to="petr@lugov.example.org",
        subject="Привет",
        text="Ваш заказ готов",
        key="receipt:77",
        reply_to="box@romashka.example.org",
        in_reply_to="<secret-id@x.example.org>",
    )
    text = as_json(copied(acting, ours)).decode()
    assert "Ваш заказ готов" in text
    assert "secret-id" not in text
    assert not [label for table in FIELDS.values() for label, kind in table.values() if kind is Kind.UNTOLD and label]


def noted(acting, ours):
    """A note of the staff in which two people are spoken of."""
    client = acting.get_one(Client, ours.client_id)
    client.full_name, client.phone = "Пётр Лугов", "+79123456789"
    kept_for(acting, client, NOTE)
    return copied(acting, ours)


def kept_for(acting, client, note):
    ground = Ground(subject_key=client.subject_key, purpose_id=agreements.purposes()[0].id, since_on=today())
    ground.note = note
    acting.add(ground)


def test_two_people_in_one_note_and_only_one_of_them_in_the_json(acting, ours):
    text = as_json(noted(acting, ours)).decode()
    assert "Пётр Лугов просил звонить жене" in text
    assert "8 912 345-67-89" in text
    assert [word for word in OTHERS if word in text] == []


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
def test_two_people_in_one_note_and_only_one_of_them_in_the_pdf(acting, ours):
    made = pdf.made_of(enclosing.page_of(noted(acting, ours)))
    command = [shutil.which("pdftotext") or "", "-layout", "-", "-"]
    text = subprocess.run(command, input=made, capture_output=True, check=True).stdout.decode()  # noqa: S603
    assert "Пётр Лугов" in text
    assert [word for word in OTHERS if word in text] == []


def test_two_people_in_one_note_and_only_one_of_them_on_paper(acting, ours):
    page = enclosing.page_of(noted(acting, ours))
    assert [word for word in OTHERS if word in page] == []


def test_a_name_of_another_card_is_hidden(acting, ours):
    form = acting.get_one(Client, ours.client_id).form_id
    answers = {"full_name": {"value": "роза ветрова", "label": "Имя"}}
    clients.recognise(answers, source="x", source_id=new_key(), form_id=form, at=now())
    client = acting.get_one(Client, ours.client_id)
    kept_for(acting, client, "приходила роза ветрова с цветами")
    assert f"приходила {HIDDEN} с цветами" in as_json(copied(acting, ours)).decode()


def test_the_staff_leave_out_and_give_whole(acting, ours):
    copy = noted(acting, ours)
    note = next(item for item in copy.items if item.is_masked and item.record == "Другое основание обработки")
    assert note.key not in {item.key for item in copy.chosen(left_out=[note.key]).items}
    assert NOTE in {item.value for item in copy.chosen(whole=[note.key]).items}


def test_the_digest_tells_of_any_change(acting, ours):
    was = copied(acting, ours).digest
    acting.get_one(Client, ours.client_id).address = "Тверь, Новая улица, 1"
    assert copied(acting, ours).digest != was


def test_the_neighbour_is_in_nobodys_copy(acting, ours):
    assert builders.CANARY not in as_json(copied(acting, ours)).decode()


def test_the_copy_is_escaped_on_paper(acting, ours):
    acting.get_one(Client, ours.client_id).address = "<script>alert(1)</script>"
    page = enclosing.page_of(copied(acting, ours))
    assert "<script>" not in page
    assert json.loads(as_json(copied(acting, ours)))["format"]
