"""A real server process, as run.sh starts it: own folder, own database, a free port of this machine."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 60  # seconds, on a busy machine
GRANIAN = (
    *(sys.executable, "-m", "granian", "wsgi:app", "--interface", "wsgi", "--host", "127.0.0.1"),
    *("--workers", "1", "--blocking-threads", "16", "--http", "1", "--no-ws", "--log-level", "error"),
)


@dataclass(frozen=True)
class Server:
    """Where the server listens, and the folder with its secrets, database and log."""

    address: str
    folder: Path

    @property
    def log(self) -> str:
        """Everything the server and its commands have said."""
        return (self.folder / "server.log").read_text(errors="replace")


@contextmanager
def running(folder: Path, *, prepared_by: tuple[str, ...] = ("db", "upgrade"), **settings: str) -> Iterator[Server]:
    """Prepare a database in the folder with a flask command, serve it, and stop the server at the end."""
    port = _free_port()
    server = Server(f"http://127.0.0.1:{port}", folder)
    environment = _environment(folder, port) | settings
    with (folder / "server.log").open("w") as log:
        flask = (sys.executable, "-m", "flask", "--app", "wsgi", *prepared_by)
        subprocess.run(flask, cwd=ROOT, env=environment, stdout=log, stderr=log, check=True)  # noqa: S603 - fixed words
        serve = (*GRANIAN, "--port", str(port))
        process = subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603 - fixed words
        try:
            _wait(port, process, server)
            yield server
        finally:
            _stop(process)


def _environment(folder: Path, port: int) -> dict[str, str]:
    """Nothing of the developer's own settings (DATABASE_URL, MASTER_KEY …) reaches the server."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {"LANG": "C.UTF-8", "INSTANCE": str(folder), "PORT": str(port)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], server: Server) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/sign-in")
            asked.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            asked.close()
    raise RuntimeError(f"The server does not answer:\n{server.log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
