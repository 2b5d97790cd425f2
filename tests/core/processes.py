"""Real processes of the application on the database of a test: a worker, a server, a script."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

ROOT = Path(__file__).parents[2]
WORK = ("-m", "flask", "--app", "wsgi", "work")
PATIENCE = 30  # seconds, on a busy machine


def environment(app: Flask, folder: Path, **settings: str) -> dict[str, str]:
    """The settings of a process that works on the test's database, and nothing of the developer's own."""
    keys = ",".join(f"{number}:{key.hex()}" for number, key in app.config["MASTER_KEYS"].items())
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "SSL_CERT_FILE") if name in os.environ}
    ours = {
        "LANG": "C.UTF-8",
        "INSTANCE": str(folder),
        "SECRET_KEY": app.config["SECRET_KEY"],
        "MASTER_KEY": keys,
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "MAIL_PRIVATE_HOSTS": "1",
    }
    return kept | ours | settings


@contextmanager
def started(app: Flask, folder: Path, *words: str, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A Python process of its own, its words in the folder's log; killed at the end if it still runs."""
    with (folder / "process.log").open("ab") as log:
        command = (sys.executable, *words)
        options: dict[str, Any] = {"cwd": ROOT, "stdin": subprocess.PIPE, "stdout": log, "stderr": log}
        with subprocess.Popen(command, env=environment(app, folder, **settings), **options) as process:  # noqa: S603 - ours
            try:
                yield process
            finally:
                process.kill()


def seconds_to_stop(process: "subprocess.Popen[bytes]") -> float:
    """Tell it to end, as a system does, and wait until it has."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    return time.monotonic() - began
