"""What a worker costs before it serves: time to the first answer, memory, and the statements of each page.

python bench/startup.py [--quick] [--rounds 5] [--clients 1000]
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import base
import rig
from people import Crowd
from sqlalchemy import event
from submissions import posts

from crm import create_app
from crm.core.db import db

MEGABYTE = 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=1000)
    options = parser.parse_args()
    options.rounds = 2 if options.quick else options.rounds
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        made = base.make(Path(folder), options.clients)
        table = rig.Table("One worker")
        _start(table, made, options.rounds)
        _memory(table, made, 200 if options.quick else 2000)
        _statements(made)


def _start(table: rig.Table, made: base.Base, rounds: int) -> None:
    bare, whole = [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", "import wsgi"], cwd=rig.ROOT, env={"INSTANCE": str(made.instance)}, check=True
        )
        bare.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        with rig.serving("wsgi:app", made.instance, path=made.form):
            whole.append(time.perf_counter() - begun)
    table.line("import of the application", f"{rig.median(bare):.2f} s")
    table.line("cold start: command → first form page", f"{rig.median(whole):.2f} s", rig.median(whole), "≤ 1.5")


def _memory(table: rig.Table, made: base.Base, number: int) -> None:
    with rig.serving("wsgi:app", made.instance, path=made.form) as server:
        (worker,) = server.workers()
        fresh = _resident(worker)
        desk = rig.sign_in(server.port, base.EMAIL, base.PASSWORD)
        token = rig.Visitor(server.port).ask("GET", made.form).value("token")
        rig.load(server, lambda n: posts(token, n, number // rig.POSTERS, path=made.form), 30)
        rig.timed(desk, [("GET", "/clients/", b"")] * 20)
        used = _resident(worker)
    table.line("memory of the worker, fresh", f"{fresh:.0f} MB")
    table.line(f"memory after {number} forms and 20 lists", f"{used:.0f} MB", used, "≤ 120")


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / MEGABYTE


def _statements(made: base.Base) -> None:
    """How many statements each page takes; tests pin these numbers, here they are only shown."""
    app = create_app(INSTANCE=str(made.instance))
    heard: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: heard.append(told[2]))
    browser = app.test_client()
    token = rig.Answer(200, "", browser.get("/sign-in").data).value("csrf_token")
    browser.post("/sign-in", data={"csrf_token": token, "email": base.EMAIL, "password": base.PASSWORD})
    page = rig.Answer(200, "", browser.get(made.form).data)
    _, _, body = next(posts(page.value("token"), 99, 1))
    listed = browser.get("/clients/")
    card = re.findall(r"/clients/[0-9a-f-]{36}", listed.text)[0]
    csrf = rig.Answer(200, "", listed.data).value("csrf_token")
    asked = {"q": Crowd(1).surname(), "csrf_token": csrf} | dict.fromkeys(
        ("standing", "opened_by", "since", "until"), ""
    )
    kind = "application/x-www-form-urlencoded"
    pages = {
        "form page": lambda: browser.get(made.form),
        "form sent": lambda: browser.post(made.form, data=body, content_type=kind),
        "list": lambda: browser.get("/clients/"),
        "search": lambda: browser.post("/clients/search", data=asked, follow_redirects=True),
        "card": lambda: browser.get(card),
    }
    print("\nStatements per page (BEGIN and the note of reading included)")
    for name, ask in pages.items():
        heard.clear()
        assert ask().status_code in (200, 303)
        print(f"  {name:<12} {len(heard)}")


if __name__ == "__main__":
    main()
