"""How many visitors a worker serves: the form page and a sent form, each as a ratio to the limit of the same run.

    python bench/submissions.py [--quick] [--seconds 4] [--rounds 5] [--clients 1000]

The product and the reference (reference.py) run under the same server with one worker each; the same eight
posters drive both in turn, and medians are compared.
"""

import argparse
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import base
import rig
from people import Crowd

GET, POST = "GET", "POST"


def main() -> None:
    """Measure and print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        made = base.make(Path(folder) / "product", options.clients)
        with rig.serving("wsgi:app", made.instance) as product:
            visitor, other = rig.Visitor(product.port), Path(folder) / "reference"
            token = visitor.ask(GET, made.form).value("token")
            shutil.copytree(made.instance, other)
            with rig.serving("reference:app", other, factory=True, path="/ready", BENCH_FORM=made.form) as limit:
                _measure(options, made, other, product, limit, token)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short rounds: less exact, under a minute")
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=1000, help="in the base before the first measurement")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds = 1.5, 3
    return options


def posts(token: str, poster: int, number: int, *, path: str = "/page") -> Iterator[rig.Request]:
    """Distinct submissions of one poster."""
    crowd = Crowd(1000 + poster)
    for _ in range(number):
        body = urlencode(crowd.next()._asdict() | {"token": token, "website": "", "consent": "yes"})
        yield POST, path, body.encode()


def _measure(
    o: argparse.Namespace, made: base.Base, other: Path, product: rig.Server, limit: rig.Server, token: str
) -> None:
    number = int(o.seconds * 500)
    turn = iter(range(10**6))

    def fresh(path: str) -> Callable[[int], Iterator[rig.Request]]:
        shift = 100 * next(turn)
        return lambda poster: posts(token, shift + poster, number, path=path)

    def same(path: str) -> Callable[[int], Iterator[rig.Request]]:
        return lambda poster: iter([(GET, path, b"")] * number * 10)

    runs: dict[str, Callable[[], rig.Load]] = {
        "GET, product": lambda: rig.load(product, same(made.form), o.seconds),
        "GET, Jinja alone": lambda: rig.load(limit, same("/page"), o.seconds),
        "GET, ready bytes": lambda: rig.load(limit, same("/ready"), o.seconds),
        "POST, product": lambda: rig.load(product, fresh(made.form), o.seconds),
        "POST, raw sqlite3": lambda: rig.load(limit, fresh("/page"), o.seconds),
    }
    before = [_rows(made.instance), _rows(other)]
    for run in runs.values():
        run()  # warm
    loads: dict[str, list[rig.Load]] = {name: [] for name in runs}
    for _ in range(o.rounds):
        for name, run in runs.items():
            loads[name].append(run())
    _print(loads)
    for who, was, now in zip(("product", "reference"), before, [_rows(made.instance), _rows(other)], strict=True):
        grown = {table: now[table] - was[table] for table in now if now[table] > was[table]}
        each = (f"{table} {rows / grown['submission']:.1f}" for table, rows in grown.items())
        print(f"  rows per submission, {who}: {', '.join(each)}")


def _rows(instance: Path) -> dict[str, int]:
    line = sqlite3.connect(instance / "crm.sqlite")
    tables = [name for (name,) in line.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: line.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608


def _print(loads: dict[str, list[rig.Load]]) -> None:
    rate = {name: rig.median(load.rate for load in got) for name, got in loads.items()}
    cpu = {name: rig.median(load.cpu for load in got) for name, got in loads.items()}
    table = rig.Table("One worker, eight posters (median of rounds)")
    for name, got in loads.items():
        statuses = sum((load.statuses for load in got[1:]), got[0].statuses)
        assert set(statuses) <= {200, 303}, (name, statuses)
        p50, p99 = (rig.median(rig.percentile(load.latencies, p) for load in got) for p in (50, 99))
        table.line(name, f"{rate[name]:6.0f}/s  p50 {p50:.1f}  p99 {p99:.1f}  cpu {cpu[name]:.2f} ms")
        if name == "POST, product":
            tail = p99 / p50
    for what, one, other, goal in (
        ("form GET : Jinja alone, same bytes", "GET, product", "GET, Jinja alone", "≥ 0.7"),
        ("form POST : raw sqlite3, same rows, FULL", "POST, product", "POST, raw sqlite3", "≥ 0.6"),
    ):
        table.line(what, f"(by processor time {cpu[other] / cpu[one]:.2f})", rate[one] / rate[other], goal)
    table.line("form POST p99 : p50", "", tail, "≤ 10")


if __name__ == "__main__":
    main()
