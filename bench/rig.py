"""What the measuring programs share: servers started as run.sh starts one, posters, statistics, tables."""

import os
import re
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from string import Template
from typing import Any, NamedTuple
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
POSTERS = 8
PATIENCE = 5
"""Seconds after which the server may have closed an idle connection."""
Request = tuple[str, str, bytes]
"""Method, path, body."""


class Server(NamedTuple):
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

    def workers(self) -> list[int]:
        """The processes that serve, children of the one that was started."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)  # noqa: S607
        return [int(pid) for pid in found.stdout.split()] or [self.process.pid]

    def cpu(self) -> float:
        """Milliseconds of processor time that the workers have used so far."""
        lines = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.workers()]
        return sum(int(line[11]) + int(line[12]) for line in lines) * 1000 / os.sysconf("SC_CLK_TCK")


def command(app: str, port: int) -> list[str]:
    """The command of the last line of run.sh, for this application and port, with one worker."""
    line = (ROOT / "run.sh").read_text().split('exec "$py" -m ')[1].replace("\\\n", " ")
    words = Template(line).substitute(address="127.0.0.1", PORT=port, WEB_WORKERS=1)
    return [sys.executable, "-m", *shlex.split(words.replace("wsgi:app", app))]


def start(
    app: str, instance: Path, *, factory: bool = False, path: str = "/", tracer: Sequence[str] = (), **environment: str
) -> Server:
    """Start a server in a process group of its own (under a tracer, if one is named) and wait until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    own = {"INSTANCE": str(instance), "PORT": str(port), "PYTHONPATH": f"{ROOT}:{ROOT / 'bench'}"}
    words = [*tracer, *command(app, port), *(["--factory"] if factory else [])]
    process = subprocess.Popen(words, cwd=ROOT, env=os.environ | own | environment, start_new_session=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            Visitor(port).ask("GET", path)
        except OSError:
            time.sleep(0.005)
        else:
            return Server(port, process)
    stop(process)
    raise SystemExit(f"The server did not start: {' '.join(words)}")


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """End a server together with its workers, and wait until they are gone."""
    for sign in (how, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


@contextmanager
def serving(app: str, instance: Path, **options: Any) -> Iterator[Server]:
    """A server for the length of a block."""
    server = start(app, instance, **options)
    try:
        yield server
    finally:
        stop(server.process)


class Answer(NamedTuple):
    """What came back."""

    status: int
    head: str
    body: bytes

    @property
    def location(self) -> str:
        found = re.search(r"(?mi)^location: (\S+)", self.head)
        return found[1] if found else ""

    def value(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', self.body.decode())
        assert found, f"no field {name}: {self.status} {self.body[:300]!r}"
        return found[1]


class Visitor:
    """A keep-alive connection that costs its process as little as possible and keeps its cookies."""

    def __init__(self, port: int, timeout: float = 30) -> None:
        self.port, self.timeout = port, timeout
        self.head = f"Host: 127.0.0.1:{port}\r\nUser-Agent: bench\r\n"
        self.cookies: dict[str, str] = {}
        self.connect()

    def connect(self) -> None:
        """Open the connection, or a new one."""
        self.socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.used_at = time.monotonic()

    def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """One request and its whole answer; OSError when the connection breaks first."""
        if time.monotonic() - self.used_at > PATIENCE:
            self.connect()
        shape = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n" if body else ""
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        cookie = f"Cookie: {kept}\r\n" if kept else ""
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\n{self.head}{cookie}{shape}\r\n".encode() + body)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        head, _, content = got.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        while length and len(content) < int(length[1]):
            content += self._more()
        self.used_at = time.monotonic()
        self.cookies |= dict(re.findall(r"(?i)\r\nset-cookie: ([^=]+)=([^;\r]*)", head.decode("latin-1")))
        return Answer(int(head[9:12]), head.decode("latin-1"), content)

    def _more(self) -> bytes:
        some = self.socket.recv(262_144)
        if not some:
            raise ConnectionResetError("the server hung up")
        return some


def sign_in(port: int, email: str, password: str) -> Visitor:
    """A staff member who has signed in."""
    visitor = Visitor(port)
    token = visitor.ask("GET", "/sign-in").value("csrf_token")
    body = urlencode({"csrf_token": token, "email": email, "password": password}).encode()
    assert visitor.ask("POST", "/sign-in", body).status == 303
    return visitor


class Load(NamedTuple):
    """What a load of several posters gave: answers per second, milliseconds of each, statuses, and how much
    processor time of the server one answer took, which other work on the machine disturbs least."""

    rate: float
    latencies: list[float]
    statuses: Counter[int]
    cpu: float


def load(server: Server, requests: Callable[[int], Iterable[Request]], seconds: float, posters: int = POSTERS) -> Load:
    """So many processes, each sending its own requests one after another over its own connection."""
    fork = get_context("fork")
    barrier, results = fork.Barrier(posters + 1), fork.SimpleQueue()
    processes = [
        fork.Process(target=_post, args=(server.port, list(requests(n)), seconds, barrier, results))
        for n in range(posters)
    ]
    for process in processes:
        process.start()
    used = server.cpu()
    barrier.wait()
    got = [results.get() for _ in processes]
    for process in processes:
        process.join()
    latencies = [ms for some, _, _ in got for ms in some]
    statuses = sum((counted for _, counted, _ in got), Counter())
    rate = sum(len(some) / elapsed for some, _, elapsed in got)
    return Load(rate, latencies, statuses, (server.cpu() - used) / max(len(latencies), 1))


def _post(port: int, requests: list[Request], seconds: float, barrier: Any, results: Any) -> None:
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    visitor = Visitor(port)
    barrier.wait()
    begun = time.perf_counter()
    for request in requests:
        asked = time.perf_counter()
        if asked - begun > seconds:
            break
        try:
            statuses[visitor.ask(*request).status] += 1
        except OSError:
            statuses[0] += 1
            visitor = Visitor(port)
        latencies.append((time.perf_counter() - asked) * 1000)
    results.put((latencies, statuses, time.perf_counter() - begun))


def timed(visitor: Visitor, requests: Sequence[Request], *, status: int = 200) -> list[float]:
    """Milliseconds of each of these requests, one after another; where 200 is expected, a redirect is followed."""
    took = []
    for request in requests:
        asked = time.perf_counter()
        answer = visitor.ask(*request)
        if answer.status == 303 and status == 200:
            answer = visitor.ask("GET", answer.location)
        took.append((time.perf_counter() - asked) * 1000)
        assert answer.status == status, (request, answer.status, answer.body[:300])
    return took


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which so many percent lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(values)


class Table:
    """Lines of figures, each with its goal and whether it is reached. Nothing fails by time."""

    def __init__(self, title: str) -> None:
        print(f"\n{title}")

    def line(self, what: str, figure: str, ratio: float | None = None, goal: str = "") -> None:
        """One figure; `goal` is like "≥ 0.6" or "≤ 15" and is compared with `ratio`."""
        verdict = ""
        if goal and ratio is not None:
            bound = float(goal.split()[1])
            verdict = "reached" if (ratio >= bound if goal[0] == "≥" else ratio <= bound) else "NOT reached"
        shown = "" if ratio is None else f"{ratio:.2f}"
        print(f"  {what:<46} {figure:<34} {shown:>7}  {goal:<7} {verdict}", flush=True)
