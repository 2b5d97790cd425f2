"""Proof that a sync stands between the last write and the answer, from a trace of the server's system calls.

    python bench/sync.py [--forms 5]        (needs strace; SQLite)

For every form sent: the write-ahead log was written, then synced, and only then was the answer 303 sent.
Exit code 1 and the story of the calls if not.
"""

import argparse
import re
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import base
import rig
from submissions import posts

CALLS = "pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync"


def main() -> None:
    """Trace and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", type=int, default=5)
    options = parser.parse_args()
    if not shutil.which("strace"):
        sys.exit("strace is missing: apt-get install strace")
    with tempfile.TemporaryDirectory(prefix="sync-") as folder:
        story = _trace(base.make(Path(folder) / "product", 0), Path(folder) / "trace", options.forms)
    answers, faults, since = 0, 0, []
    for call in story:
        since.append(call)
        if call == "answer":
            answers += 1
            writes = [n for n, seen in enumerate(since) if seen == "write"]
            is_synced = bool(writes) and "sync" in since[writes[-1] :]
            faults += not is_synced
            print(f"{' → '.join(_short(since))}: {'synced before the answer' if is_synced else 'NOT synced'}")
            since = []
    assert answers == options.forms, f"{answers} answers seen of {options.forms}"
    sys.exit(bool(faults))


def _trace(made: base.Base, place: Path, forms: int) -> list[str]:
    """What the server did while forms were sent: "write" and "sync" of the database, "answer" to a visitor."""
    tracer = ["strace", "-f", "-y", "-s", "16", "-e", f"trace={CALLS}", "-o", str(place)]
    server = rig.start("wsgi:app", made.instance, path=made.form, tracer=tracer)
    try:
        visitor = rig.Visitor(server.port)
        token = visitor.ask("GET", made.form).value("token")
        begun = len(place.read_text(errors="replace").splitlines())
        for request in posts(token, 1, forms, path=made.form):
            assert visitor.ask(*request).status == 303
    finally:
        rig.stop(server.process, signal.SIGTERM)
    lines = place.read_text(errors="replace").splitlines()[begun:]
    return [name for line in lines if (name := _name(line))]


def _name(line: str) -> str:
    if "resumed>" in line:
        return ""
    if re.search(r"(pwrite64|write)\(\d+<[^>]*crm\.sqlite(-wal)?>", line):
        return "write"
    if re.search(r"f(data)?sync\(\d+<[^>]*crm\.sqlite-wal>", line):
        return "sync"
    return "answer" if "HTTP/1.1 303" in line else ""


def _short(calls: list[str]) -> list[str]:
    """Runs of equal calls as one."""
    return [call for n, call in enumerate(calls) if n == 0 or calls[n - 1] != call]


if __name__ == "__main__":
    main()
