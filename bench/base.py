"""A data base to measure on: one operator with a published form and any number of clients who sent it.

The operator is made by the real commands. Clients are made by the same code as in life (keys, sealing, tokens,
chains), but written in bulk, in one transaction.
"""

import random
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from flask import Flask  # noqa: E402 - after the path
from flask_migrate import upgrade  # noqa: E402
from people import Crowd, Person  # noqa: E402
from sqlalchemy import insert, inspect, select  # noqa: E402

from crm import create_app  # noqa: E402
from crm.accounts import commands as accounts  # noqa: E402
from crm.accounts.models import LegalForm  # noqa: E402
from crm.agreements import commands as documents  # noqa: E402
from crm.agreements import queries as agreements  # noqa: E402
from crm.agreements.models import AgreementVersion  # noqa: E402
from crm.audit.models import Action, ActorKind, AuditEntry  # noqa: E402
from crm.clients import commands as clients  # noqa: E402
from crm.clients.models import Client  # noqa: E402
from crm.clients.policy import ConsentStanding  # noqa: E402
from crm.consents.commands import LETTERS  # noqa: E402
from crm.consents.models import Channel, ConsentCurrent, ConsentRecord, ConsentState, Evidence  # noqa: E402
from crm.consents.policy import ends_at  # noqa: E402
from crm.core import clock, ledger, tenancy, tokens, transaction  # noqa: E402
from crm.core.db import db, new_key  # noqa: E402
from crm.core.personal import SubjectKey  # noqa: E402
from crm.webforms import commands as webforms  # noqa: E402
from crm.webforms import queries as forms  # noqa: E402
from crm.webforms.models import Submission  # noqa: E402

PASSWORD = "девять синих чашек на полке"
EMAIL = "owner@bench.example.org"
LABELS = {"full_name": "ФИО", "phone": "Телефон", "email": "Эл. почта", "text_1": "Сообщение"}
BATCH = 2000
WRITTEN = (SubjectKey, Client, ConsentRecord, ConsentCurrent, Evidence, Submission, AuditEntry)
"""The tables of a submission besides its tokens, referred-to ones first."""


class Base(NamedTuple):
    """Where the data is and how to get in."""

    instance: Path
    form: str
    """The path of the public form."""


def make(instance: Path, number: int) -> Base:
    """A new data base in `instance` with so many clients."""
    app = create_app(INSTANCE=str(instance))
    with app.app_context():
        upgrade()
    with app.test_request_context("/"), transaction.of_its_own():
        form = _operator()
        form_id, address, operator = form.id, form.address, form.organisation_id
    if number:
        with app.test_request_context("/"):
            tenancy.enter(operator)
            _fill(forms.shown(form_id), number)
    _finish(app)
    return Base(instance, f"/f/{address}")


def _operator() -> Any:
    owner = accounts.sign_up(
        requisites={
            "name": "ООО «Ромашка»",
            "legal_form": LegalForm.OOO,
            "inn": "7707083893",
            "ogrn": "1027700132195",
            "address": "101000, г. Москва, ул. Мясницкая, д. 1",
            "request_email": "pdn@bench.example.org",
            "request_phone": "+74951234567",
            "responsible_person": "Ромашкина Анна Петровна",
        },
        owner={"name": "Анна Ромашкина", "position": "Директор", "email": EMAIL},
        password=PASSWORD,
    )
    documents.prepare()
    db.session.flush()
    fields = [{"name": name, "label": label, "required": name == "full_name"} for name, label in LABELS.items()]
    form = webforms.create_form(title="Запись на приём", lead="Ответим за день.", fields=fields, by=owner)
    for code in ("policy", "consent"):
        webforms.publish_document(agreements.agreement(code), by=owner)
    db.session.flush()
    webforms.publish(form, by=owner)
    return form


def _fill(shown: Any, number: int) -> None:
    """Write the clients; tokens last and sorted, which is how a B-tree is filled fast."""
    connection = db.session.connection()
    transaction.one_at_a_time()
    connection.exec_driver_sql("PRAGMA cache_size = -400000")
    found_by: list[tuple[bytes, bytes]] = []
    rows: dict[Any, list[dict[str, Any]]] = {model: [] for model in WRITTEN}
    for made in _submissions(shown, number):
        for row in made:
            rows[type(row)].append(_columns(row))
        client = made[1]
        found_by += ((token, client.id.bytes) for token in tokens.keyed(client.found_by()))
        if len(rows[Client]) == BATCH:
            _write(connection, rows)
    _write(connection, rows)
    operator = tenancy.current_organisation_id().bytes
    statement = "INSERT INTO search_token (organisation_id, token, subject_key_id) VALUES (?, ?, ?)"
    connection.exec_driver_sql(statement, [(operator, token, key) for token, key in sorted(found_by)])
    db.session.commit()


def _write(connection: Any, rows: dict[Any, list[dict[str, Any]]]) -> None:
    for model in WRITTEN:
        if rows[model]:
            connection.execute(insert(model.__table__), rows[model])
            rows[model].clear()


def _columns(row: Any) -> dict[str, Any]:
    return {column.columns[0].name: getattr(row, column.key) for column in inspect(type(row)).column_attrs}


def _submissions(shown: Any, number: int) -> Iterator[tuple[Any, ...]]:
    """The rows of one submission after another, spread over the year before now."""
    text = db.session.get_one(AgreementVersion, shown.boxes[0].matter.version_id)
    chains = {model: _head(model) for model in (ConsentRecord, AuditEntry)}
    crowd, end = Crowd(number), clock.now()
    for n in range(number):
        with clock.stopped_at(end - timedelta(days=365) * ((number - n) / number)):
            rows = _submission(shown, text, crowd.next())
            for row in rows:
                if type(row) in chains:
                    chains[type(row)] = _chained(row, chains[type(row)])
            yield rows


def _head(model: Any) -> tuple[int, bytes]:
    statement = select(model.sequence, model.row_hash).order_by(model.sequence.desc()).limit(1)
    sequence, last = db.session.execute(statement).one_or_none() or (0, ledger.BEGINNING)
    return sequence, last


def _chained(row: Any, head: tuple[int, bytes]) -> tuple[int, bytes]:
    row.sequence, row.previous_hash = head[0] + 1, head[1]
    row.row_hash = ledger._hash(type(row), ledger._content(row))
    return row.sequence, row.row_hash


def _submission(shown: Any, text: AgreementVersion, person: Person) -> tuple[Any, ...]:
    answers = {name: {"value": value, "label": LABELS[name]} for name, value in person._asdict().items()}
    own = {"organisation_id": tenancy.current_organisation_id()}
    key = SubjectKey.fresh()
    key.organisation_id = own["organisation_id"]
    sealed = own | {"subject_key": key, "subject_key_id": key.id}
    client = Client(id=key.id, form_id=shown.form_id, standing=ConsentStanding.GIVEN, **sealed)
    source = {"from": shown.face.title, "from_id": shown.pins.form.hex, "at": clock.now().isoformat()}
    clients._capture(client, answers, source=source)
    consent = ConsentRecord(
        state=ConsentState.GIVEN,
        channel=Channel.FORM,
        pseudonym=key.pseudonym,
        purpose=text.purpose,
        agreement_version_id=text.id,
        receipt="-".join([shown.public_code, *("".join(random.choices(LETTERS, k=5)) for _ in range(5))]),
        **own,
    )
    current = ConsentCurrent(
        subject_key_id=key.id,
        purpose_id=shown.boxes[0].matter.purpose_id,
        record_id=consent.id,
        state=consent.state,
        was_withdrawn=False,
        expires_at=ends_at(consent, text.retention_days),
        **own,
    )
    evidence = Evidence(consent_id=consent.id, **sealed)
    evidence.ip_address, evidence.user_agent = "192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
    evidence.page_address, evidence.box_label = "http://127.0.0.1:8000/f/" + 22 * "x", "Даю согласие"
    submission = Submission(
        id=new_key(),
        client_id=client.id,
        form_version_id=shown.pins.form,
        consent_id=consent.id,
        digest=random.randbytes(16),
        filled_in_seconds=40,
        **sealed,
    )
    submission.answers = answers
    for row in (client, evidence, submission):
        row.seal()
    entry = AuditEntry(
        actor_kind=ActorKind.VISITOR,
        actor_id=None,
        action=Action.SUBMISSION_RECEIVED,
        subject_id=client.id,
        details={"form": shown.form_id.hex},
        **own,
    )
    return key, client, consent, current, evidence, submission, entry


def _finish(app: Flask) -> None:
    """Empty the write-ahead log, so that measuring starts from a settled file."""
    with app.app_context():
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
