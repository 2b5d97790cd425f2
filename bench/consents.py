"""What the ledger of consents costs: recording one act of will, and proving a million of them.

    python bench/consents.py [--quick] [--records 1000000] [--rounds 9] [--each 200]

Recording: one consent of a known client with chain, evidence and present state, against an insert of the same columns
into a table with the same indexes and nothing else; each in a transaction of its own with synchronous=FULL, in turn, in
one process. Verification: `first_broken` over a chain of real hashes, against JSON and SHA-256 alone over the same rows
as they come out of the database.
"""

import argparse
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import base
import rig
from sqlalchemy import Column, Index, MetaData, Table, UniqueConstraint, insert, select

from crm import create_app
from crm.accounts import queries as accounts
from crm.agreements.models import AgreementVersion
from crm.clients.models import Client
from crm.consents import commands
from crm.consents.commands import Act, Circumstances, Matter
from crm.consents.models import Channel, ConsentRecord, ConsentState
from crm.core import ledger, tenancy, transaction
from crm.core.clock import now
from crm.core.db import db, new_key

CLIENTS, BATCH = 500, 10_000
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
SEEN = Circumstances(ip_address="192.0.2.1", user_agent=AGENT, page_address="http://127.0.0.1:8000/f/" + 22 * "x")
PLAIN = Table(
    "plain_record",
    MetaData(),
    *(Column(column.name, column.type, primary_key=column.primary_key) for column in ConsentRecord.__table__.columns),
    UniqueConstraint("organisation_id", "sequence"),
    Index("ix_plain_pseudonym", "organisation_id", "pseudonym", "sequence"),
    Index("ix_plain_receipt", "organisation_id", "receipt"),
)
"""The columns and indexes of the ledger without anything that makes it one."""


def main() -> None:
    """Measure and print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        app = create_app(INSTANCE=str(base.make(Path(folder), CLIENTS).instance))
        with app.test_request_context("/"):
            (operator,) = accounts.organisations()
            tenancy.enter(operator)
            act = Act(ConsentState.GIVEN, Matter.of(_text()), "Даю согласие на обработку персональных данных")
            _measure_recording(act, options)
            _measure_verification(act, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100,000 records, three rounds")
    parser.add_argument("--records", type=int, default=1_000_000, help="in the chain that is verified")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--each", type=int, default=200, help="consents recorded in a round")
    options = parser.parse_args()
    if options.quick:
        options.records, options.rounds = 100_000, 3
    return options


def _text() -> AgreementVersion:
    return db.session.scalars(select(AgreementVersion).where(AgreementVersion.retention_days > 0)).one()


def _measure_recording(act: Act, options: argparse.Namespace) -> None:
    """Both ways in turn, round by round; the first round warms up."""
    clients = cycle(db.session.scalars(select(Client.id)).all())
    PLAIN.create(db.session.connection())
    db.session.commit()
    ways: dict[str, Callable[[], None]] = {
        "with chain, evidence, present state": lambda: _record(next(clients), act),
        "plain insert of the same columns": lambda: _insert(act),
    }
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(options.rounds + 1):
        for name, way in ways.items():
            begun, used = time.perf_counter(), time.process_time()
            for _ in range(options.each):
                way()
            if round_:
                wall[name].append((time.perf_counter() - begun) / options.each * 1000)
                cpu[name].append((time.process_time() - used) / options.each * 1000)
    table = rig.Table("Recording one consent in a transaction of its own (medians of rounds)")
    for name in ways:
        table.line(name, f"{rig.median(wall[name]):.2f} ms, cpu {rig.median(cpu[name]):.2f} ms")
    for what, took in (("ratio by the clock on the wall", wall), ("ratio by processor time", cpu)):
        one, other = took.values()
        table.line(what, "", rig.median(one) / rig.median(other))


def _record(client_id: uuid.UUID, act: Act) -> None:
    with transaction.of_its_own():
        transaction.one_at_a_time()
        client = db.session.get_one(Client, client_id)
        commands.write_down(client, [act], receipt=commands.new_receipt("AAAAA"), seen=SEEN)


def _insert(act: Act) -> None:
    row = _row(act, random.getrandbits(62)) | {"row_hash": random.randbytes(32), "previous_hash": random.randbytes(32)}
    with transaction.of_its_own():
        db.session.connection().execute(insert(PLAIN), row)


def _row(act: Act, sequence: int) -> dict[str, Any]:
    return {
        "id": new_key(),
        "created_at": now(),
        "organisation_id": tenancy.current_organisation_id(),
        "sequence": sequence,
        "state": act.state,
        "channel": Channel.FORM,
        "pseudonym": random.randbytes(16),
        "purpose": act.matter.purpose,
        "receipt": commands.new_receipt("AAAAA"),
        "agreement_version_id": act.matter.version_id,
        "given_on": None,
    }


def _measure_verification(act: Act, options: argparse.Namespace) -> None:
    print(f"\nwriting a chain of {options.records} records …", flush=True)
    total = _write_chain(act, options.records)
    begun, used = time.perf_counter(), time.process_time()
    assert ledger.first_broken(ConsentRecord) is None
    proved, proving = time.perf_counter() - begun, time.process_time() - used
    hashing = sum(map(_hashing_alone, _batches()))
    table = rig.Table(f"Proving a chain of {total} records")
    table.line("as flask verify-ledger does", f"{total / proved:,.0f} records/s, {proved:.1f} s, cpu {proving:.1f} s")
    table.line("JSON and SHA-256 alone", f"{total / hashing:,.0f} records/s of cpu, {hashing:.1f} s")
    table.line("verification : hashing alone, by processor time", "", hashing / proving, "≥ 0.5")


def _write_chain(act: Act, number: int) -> int:
    """Go on with the chain, in bulk, with the hashes it has in life; its whole length."""
    sequence, previous = db.session.execute(ledger._head(ConsentRecord)).one()
    end = sequence + number
    while sequence < end:
        rows = []
        for _ in range(min(BATCH, end - sequence)):
            sequence += 1
            row = _row(act, sequence) | {"previous_hash": previous}
            previous = row["row_hash"] = ledger._hash(ConsentRecord, row)
            rows.append(row)
        db.session.connection().execute(insert(ConsentRecord.__table__), rows)
        db.session.commit()
    return end


def _batches() -> Iterator[list[dict[str, Any]]]:
    """The rows of the chain as they come out of the database, some at a time."""
    table, last = ConsentRecord.__table__, 0
    while True:
        some = select(table).where(table.c.sequence > last).order_by(table.c.sequence).limit(BATCH)
        rows = [dict(row) for row in db.session.connection().execute(some).mappings()]
        if not rows:
            return
        last = rows[-1]["sequence"]
        yield rows


def _hashing_alone(rows: list[dict[str, Any]]) -> float:
    """Seconds of processor time."""
    used = time.process_time()
    for row in rows:
        ledger._hash(ConsentRecord, row)
    return time.process_time() - used


if __name__ == "__main__":
    main()
