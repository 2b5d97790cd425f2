"""Whether "thank you" means it is on disk: the server is killed while eight posters send, again and again.

    python bench/crash.py [--rounds 10] [--seconds 2] [--seed 1]

Bookkeeping as Jepsen's: an answer 303 is acknowledged, a broken connection in doubt, anything else refused. After
each restart those in doubt are sent once more with the same data. In the end every acknowledged submission must be
there exactly once under the receipt that was given, every one in doubt exactly once, no refused one; the database
must pass its own checks and `verify-ledger` must find every chain whole. Exit code 1 and words if not.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import base
import rig
from people import Crowd
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm import create_app
from crm.accounts import queries as accounts
from crm.core import tenancy
from crm.core.db import db
from crm.webforms.models import Submission


@dataclass
class Book:
    """What the posters know of each submission, by the unique words in it: its receipt, the form as it was sent,
    the status it was refused with."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    in_doubt: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    doubted: int = 0

    def settle(self, mark: str, answer: rig.Answer) -> None:
        """Enter what the server answered."""
        self.in_doubt.pop(mark, None)
        if answer.status == 303 and "/thanks/" in answer.location:
            self.acknowledged[mark] = answer.location.rpartition("/")[2]
        else:
            self.refused[mark] = answer.status


def main() -> None:
    """Kill, restart and check."""
    options = _options()
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        made, book = base.make(Path(folder), 0), Book()
        for number in range(options.rounds):
            _round(made, book, number, dice.uniform(0.3, 2 * options.seconds))
        _send_again(made, book)
        faults = [*_faults_of_content(made, book), *_faults_of_files(made)]
    known = f"{len(book.acknowledged)} acknowledged, {book.doubted} were in doubt, {len(book.refused)} refused"
    print(f"{options.rounds} kills, seed {options.seed}: {known}")
    for fault in faults:
        print(fault, file=sys.stderr)
    assert book.acknowledged, "nothing was sent"
    print(
        "NOT durable" if faults else "every acknowledged submission is there exactly once; files and chains are whole"
    )
    sys.exit(bool(faults))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=2, help="between a start and its kill, on average")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    return parser.parse_args()


def _round(made: base.Base, book: Book, number: int, seconds: float) -> None:
    """Send from eight sides until the server is killed."""
    server = rig.start("wsgi:app", made.instance, path=made.form)
    try:
        _send_again(made, book, server)
        token = rig.Visitor(server.port).ask("GET", made.form).value("token")
        threads = [
            threading.Thread(target=_post, args=(server.port, made.form, token, book, 100 * number + poster))
            for poster in range(rig.POSTERS)
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
    finally:
        rig.stop(server.process, signal.SIGKILL)
    for thread in threads:
        thread.join()


def _post(port: int, path: str, token: str, book: Book, seed: int) -> None:
    crowd = Crowd(seed)
    try:
        visitor = rig.Visitor(port, timeout=10)
        while True:
            person = crowd.next()
            form = person._asdict() | {
                "text_1": f"mark {person.email}",
                "token": token,
                "website": "",
                "consent": "yes",
            }
            book.in_doubt[form["text_1"]] = form
            book.settle(form["text_1"], visitor.ask("POST", path, urlencode(form).encode()))
    except OSError:
        return  # the server is gone: what was under way stays in doubt


def _send_again(made: base.Base, book: Book, server: rig.Server | None = None) -> None:
    """What was in doubt is sent once more with the same words."""
    if not server:
        with rig.serving("wsgi:app", made.instance, path=made.form) as fresh:
            return _send_again(made, book, fresh)
    book.doubted += len(book.in_doubt)
    visitor = rig.Visitor(server.port)
    for mark, form in list(book.in_doubt.items()):
        book.settle(mark, visitor.ask("POST", made.form, urlencode(form).encode()))
    return None


def _faults_of_content(made: base.Base, book: Book) -> list[str]:
    """What is lost, doubled, or there although it was refused."""
    found: Counter[str] = Counter()
    receipts: dict[str, str] = {}
    app = create_app(INSTANCE=str(made.instance))
    with app.test_request_context("/"):
        (operator,) = accounts.organisations()
        tenancy.enter(operator)
        for row in db.session.scalars(select(Submission).options(joinedload(Submission.consent))):
            mark = row.answers["text_1"]["value"]
            found[mark] += 1
            receipts[mark] = row.consent.receipt
    lost = [f"lost: {mark}" for mark in book.acknowledged if not found[mark]]
    doubled = [f"{number} times there: {mark}" for mark, number in found.items() if number > 1]
    wrong = [f"another receipt: {m}" for m, r in book.acknowledged.items() if found[m] and receipts[m] != r]
    refused = [f"there, though answered {status}: {mark}" for mark, status in book.refused.items() if found[mark]]
    strange = [f"nobody knows of: {mark}" for mark in found if mark not in book.acknowledged | book.refused]
    return lost + doubled + wrong + refused + strange


def _faults_of_files(made: base.Base) -> list[str]:
    """What SQLite and the ledger's own command say."""
    faults = []
    with create_app(INSTANCE=str(made.instance)).app_context(), db.engine.connect() as line:
        faults += [row[0] for row in line.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
        faults += [f"foreign key: {tuple(row)}" for row in line.exec_driver_sql("PRAGMA foreign_key_check")]
    words = [sys.executable, "-m", "flask", "--app", "wsgi", "verify-ledger"]
    environment = {"INSTANCE": str(made.instance), "PATH": ""}
    verdict = subprocess.run(words, cwd=rig.ROOT, env=environment, capture_output=True, text=True, check=False)
    return faults + ([verdict.stderr or verdict.stdout] if verdict.returncode else [])


if __name__ == "__main__":
    main()
