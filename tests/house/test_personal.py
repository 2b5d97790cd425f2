"""Values of a data subject never reach the disk in clear, and erasure leaves nothing behind."""

import base64
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import JSON, Boolean, Date, Enum, Integer, LargeBinary, String, func, select

from crm.accounts.models import User
from crm.clients import commands as clients
from crm.clients.models import Client
from crm.core import files, outbox, transaction
from crm.core.db import Base, Key, Moment
from crm.core.ledger import AppendOnly
from crm.core.personal import Sealed, SubjectKey, personal_fields
from crm.core.tokens import SearchToken
from crm.erasure import queries as erasure
from crm.erasure.models import ErasureAct
from crm.erasure.policy import CATEGORIES
from crm.webforms import commands as webforms
from crm.webforms.fields import KINDS
from crm.webforms.models import WebForm
from tests import inquiries
from tests.core.scans import pdf_of
from tests.house.dumps import models_of
from tests.house.urls import rules, url_of

BINARY = {
    *("operator_key.wrapped", "subject_key.wrapped"),  # keys under keys
    *("subject_key.pseudonym", "consent_record.pseudonym"),  # random bits
    *("audit_entry.previous_hash", "consent_record.previous_hash", "erasure_act.previous_hash"),
    *("audit_entry.row_hash", "consent_record.row_hash", "erasure_act.row_hash"),  # hashes of rows without values
    *("client.sealed", "evidence.sealed", "submission.sealed", "erasure_act.sealed"),  # values under a person's key
    "letter.sealed",  # the same
    "mail_account.password",  # a secret of the operator under the operator's key
    *("attachment.sealed", "attachment.content", "ground.sealed", "consent_link.sealed"),  # the same
    *("login_session.token_hash", "invitation.code_hash", "consent_link.token_hash"),  # hashes of random secrets
    *("mailbox.password", "letter_file.sealed", "letter_file.content"),  # the same
    *("applicant.sealed", "request_message.sealed"),  # under a key of the request's own
    *("received_letter.sealed", "received_letter.content"),  # the same
    *("subject_request.token_hash", "subject_request.code_hash"),  # of a random address; keyed, of a code
    "taken_letter.digest",  # a keyed hash
    *("search_token.token", "submission.digest", "throttle.name"),  # keyed hashes
}
SPEAKS_NO_WORDS = (Key, Moment, Date, Integer, Boolean, Enum)
PLACES = [column for table in Base.metadata.sorted_tables for column in table.columns]


@pytest.mark.parametrize("column", PLACES, ids=str)
def test_every_column_takes_a_stand(column):
    if isinstance(column.type, LargeBinary):
        assert str(column) in BINARY
    elif isinstance(column.type, SPEAKS_NO_WORDS):
        assert "personal" not in column.info
    else:
        assert isinstance(column.type, String | JSON)
        assert column.info.get("personal") is False


def test_every_binary_column_of_the_list_is_there():
    assert {str(column) for column in PLACES} >= BINARY


def test_what_is_kept_for_ever_holds_no_personal_data_but_the_name_in_the_act():
    fields = {(model, name) for model in models_of(AppendOnly) for name in personal_fields(model)}
    assert fields == {(ErasureAct, "subject_name")}


def test_every_declared_category_has_words_for_the_act():
    fields = [field for model in models_of(Sealed) for field in personal_fields(model).values()]
    assert {field.category for field in fields if not callable(field.category)} <= set(CATEGORIES)


# the canary: one client whose every word is found nowhere else


@dataclass(frozen=True)
class Canary:
    """What a client typed, and what of it must never be seen in clear."""

    typed: dict[str, str]
    words: tuple[str, ...]
    address: str
    agent: str

    def shapes(self) -> set[bytes]:
        """Every word as bytes, in each of the ways in which programs write text down."""
        texts = {form(word) for word in (*self.words, self.address, self.agent) for form in (str, str.lower, str.upper)}
        found = {text.encode(code) for text in texts for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")}
        found |= {json.dumps(text).strip('"').encode() for text in texts}
        found |= {quote(text).encode() for text in texts}
        return found | {base64.b64encode(text.encode())[: len(text) // 3 * 4] for text in texts}


CANARY = Canary(
    typed={
        "full_name": "Аполлинария Канарейкина-Щеглова",
        "email": "apollinaria.kanareykina@birds.example.org",
        "phone": "8 (916) 739-48-52",
        "address": "Воробьёвская набережная, 791",
        "birth_date": "17.03.1971",
        "birth_place": "Дроздовск-на-Снегире",
        "marital_status": "Вдовец / вдова",
        "education": "Учёная степень",
        "personal_link": "https://vk.example.org/kanareykina71",
        "text_1": "Прошу перезвонить Свиристелову",
        "text_2": "Зимородкова тоже",
        "text_3": "И Пустельгину",
    },
    words=(
        *("Аполлинария", "Канарейкина", "Щеглова", "apollinaria", "kanareykina", "9167394852", "739-48-52"),
        *(
            "Воробьёвская",
            "1971-03-17",
            "17.03.1971",
            "Дроздовск",
            "Снегире",
            "Свиристелов",
            "Зимородков",
            "Пустельгин",
        ),
    ),
    address="203.0.113.77",
    agent="Kanareykafox/91.7",
)


@pytest.fixture
def wide_form(acting, house):
    """A published form of ours that asks for everything a form can ask for."""
    with transaction.of_its_own():
        by = acting.get(User, house.ours.owner.id)
        fields = [{"name": name, "label": f"Поле {name}", "required": False} for name in KINDS]
        form = webforms.create_form(title="Обо всём", lead="", fields=fields, by=by)
        webforms.publish(form, by=by)
        slug, form_id = form.address, form.id
    assert acting.get(WebForm, form_id)
    acting.rollback()
    return slug


@pytest.fixture
def canary(visitor, wide_form, log, acting, house):
    """The client, having sent the form once with a mistake and once without, under a log that says all it can."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)
    visitor.environ_base |= {"REMOTE_ADDR": CANARY.address, "HTTP_USER_AGENT": CANARY.agent}
    visitor.fill(f"/f/{wide_form}", **CANARY.typed | {"birth_date": "31.02.1971"}, consent=True)
    answer = visitor.fill(f"/f/{wide_form}", **CANARY.typed, consent=True)
    assert answer.status_code == 303, answer.text
    with transaction.of_its_own():
        client = acting.scalar(select(Client).order_by(Client.id.desc()).limit(1))
        words = {"subject": f"Ответ: {CANARY.words[0]}", "text": "\n".join(CANARY.words)}
        outbox.write(client.subject_key, to=CANARY.typed["email"], key="reply:1", **words)
        scan = pdf_of(9000, filled=" ".join(CANARY.words).encode())
        files.keep(client.subject_key, name=f"{CANARY.words[0]}.pdf", content=scan)
        why = clients.Source("Опечатка")
        clients.correct(client, {"education": "Начальное"}, source=why, by=acting.get(User, house.ours.owner.id))
        raw = "\r\n".join(["Subject: x", "", *CANARY.words]).encode("koi8-r", "replace")
        asked = {"full_name": CANARY.typed["full_name"], "email": CANARY.typed["email"], "text": " ".join(CANARY.words)}
        inquiries.original(inquiries.inquiry(**asked), raw=raw)
        client_id = client.id
    acting.rollback()
    yield client_id
    logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)


def everything_written(app, house, log):
    """Every byte that the house has left anywhere: database files, instance folder, log."""
    files = [path for path in Path(app.instance_path).rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in files)
    return house.database.raw() + kept + log.getvalue().encode()


def seen_in(raw):
    return sorted(shape for shape in CANARY.shapes() if shape in raw)


def test_the_card_shows_what_was_sent(canary, owner):
    """So the searches below look for values that are really there, sealed."""
    card = owner.get(f"/clients/{canary}").text
    for word in ("Канарейкина", "Воробьёвская", "Дроздовск", "Свиристелов", CANARY.address):
        assert word in card


def test_every_category_that_was_sent_is_named_in_the_act(canary, acting):
    rows = [row for model in models_of(Sealed) for row in acting.scalars(select(model))]
    assert {word for row in rows for word in row.categories()} == set(CATEGORIES)


def test_the_search_finds_what_stands_there_in_clear(app, house, canary, log):
    raw = everything_written(app, house, log)
    for known in ("Анна Ромашкина", "Заявка с сайта", "INSERT INTO"):
        assert known.encode() in raw


def test_nothing_that_a_client_sent_is_in_clear_anywhere(app, house, canary, log, owner):
    owner.get(f"/clients/{canary}")
    owner.get("/clients/", query_string={"q": "Канарейкина 9167394852 apollinaria.kanareykina@birds.example.org"})
    assert seen_in(everything_written(app, house, log)) == []


@pytest.fixture
def erased(canary, acting, owner):
    """The client after erasure: what it was known by, and the bytes that held it."""
    client = acting.get_one(Client, canary)
    known = {"id": canary, "key": client.subject_key_id, "bytes": [client.subject_key.wrapped, client.sealed]}
    acting.rollback()  # a reader left standing would keep SQLite from wiping
    answer = owner.fill(f"/clients/{canary}/erase", reason="demanded", confirmation="УНИЧТОЖИТЬ")
    assert answer.status_code == 303
    return known


def test_nothing_is_in_clear_after_erasure_either(app, house, erased, log):
    assert seen_in(everything_written(app, house, log)) == []


def test_the_key_and_the_sealed_values_are_wiped_from_the_disk(app, house, erased):
    raw = house.database.raw()
    assert not [old for old in erased["bytes"] if old in raw]


@pytest.mark.parametrize("model", [*models_of(Sealed), SearchToken])
def test_no_row_is_left_under_the_destroyed_key(acting, erased, model):
    count = select(func.count()).select_from(model).where(model.subject_key_id == erased["key"])
    assert acting.scalar(count) == 0
    assert acting.get(SubjectKey, erased["key"]) is None


def test_erasure_knows_every_model_that_is_sealed():
    assert set(erasure.sealed_models()) == set(models_of(Sealed)) - {ErasureAct}


PROOF = {"erasure.act", "requests.index", "requests.board", "journal.index", "journal.printed", "journal.export"}
"""What says that the data was destroyed and why: the act, and the request until its own term is over."""


def test_the_person_stands_on_no_page_but_on_the_proof(app, house, erased, acting, owner):
    act = erasure.act_for(erased["id"])
    for rule in rules(app, "GET"):
        url = url_of(app, rule, house.ours, client_id=erased["id"], act_id=act.id)
        shown = owner.get(url, query_string={"q": "Канарейкина"}).text
        names_person = any(word in shown.replace('value="Канарейкина"', "") for word in CANARY.words)
        assert names_person == (rule.endpoint in PROOF), url


def test_search_finds_the_person_no_more(erased, owner):
    for query in ("Канарейкина", "9167394852", CANARY.typed["email"]):
        assert str(erased["id"]) not in owner.get("/clients/", query_string={"q": query}).text
