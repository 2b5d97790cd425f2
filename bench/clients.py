"""What a small and a large client base cost: list, search, card, destruction and the form at both sizes.

    python bench/clients.py [--quick] [--sizes 1000 100000] [--rounds 7] [--keep FOLDER]

Two servers run side by side, one base each, and are asked in turn; medians are compared. Times are what one
visitor alone waits for, so they include the loopback. With --keep the bases are made once and copied.
"""

import argparse
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import base
import rig
from people import Crowd, Person
from submissions import posts

Requests = Callable[[int], list[rig.Request]]
SLOWEST_MS = {"page": 15, "search": 10}
GET = "GET"


class House:
    """One base with its server, a signed-in visitor and what can be asked there."""

    def __init__(self, made: base.Base, size: int) -> None:
        self.size = size
        self.server = rig.start("wsgi:app", made.instance)
        self.desk = rig.sign_in(self.server.port, base.EMAIL, base.PASSWORD)
        self.form, self.turn = made.form, 0
        self.token = rig.Visitor(self.server.port).ask(GET, made.form).value("token")
        crowd = Crowd(size)
        people = [crowd.next() for _ in range(min(size, 500))]
        line = sqlite3.connect(made.instance / "crm.sqlite")
        keys = [uuid.UUID(bytes=key) for (key,) in line.execute("SELECT id FROM client ORDER BY id")]
        line.close()
        self.people, self.keys, self.doomed = cycle(people), cycle(keys[:: max(1, size // 500)]), iter(keys[1::2])
        self.middle = keys[size // 2].hex

    def kinds(self) -> dict[str, tuple[str, int, Requests]]:
        """What is measured: name → (kind, status, requests)."""
        return {
            "list, first page": ("page", 200, lambda n: [(GET, "/clients/", b"")] * n),
            "list, from the middle": ("page", 200, lambda n: [(GET, f"/clients/?before={self.middle}", b"")] * n),
            "search: 3 letters of a surname": ("search", 200, self.search(lambda p: p.full_name[:3])),
            "search: surname": ("search", 200, self.search(lambda p: p.full_name.split()[0])),
            "search: surname and name": ("search", 200, self.search(lambda p: " ".join(p.full_name.split()[:2]))),
            "search: last 7 digits of a phone": ("search", 200, self.search(lambda p: p.phone[-7:])),
            "search: e-mail": ("search", 200, self.search(lambda p: p.email)),
            "card": ("page", 200, lambda n: [(GET, f"/clients/{next(self.keys)}", b"") for _ in range(n)]),
            "destruction": ("page", 303, self.erasures),
        }

    def search(self, asked: Callable[[Person], str]) -> Requests:
        """Requests that search for one person after another; the answer leads to the page of what was found."""
        empty = dict.fromkeys(("standing", "opened_by", "since", "until"), "")

        def searches(number: int) -> list[rig.Request]:
            token = self.desk.ask(GET, "/clients/").value("csrf_token")
            forms = (empty | {"q": asked(next(self.people)), "csrf_token": token} for _ in range(number))
            return [("POST", "/clients/search", urlencode(form).encode()) for form in forms]

        return searches

    def erasures(self, number: int) -> list[rig.Request]:
        """Confirmed destructions of so many clients."""
        keys = [next(self.doomed) for _ in range(number)]
        token = self.desk.ask(GET, f"/clients/{keys[0]}/erase").value("csrf_token")
        body = urlencode({"csrf_token": token, "reason": "demanded", "confirmation": "уничтожить"}).encode()
        return [("POST", f"/clients/{key}/erase", body) for key in keys]

    def sent(self, seconds: float) -> float:
        """Submissions per second from eight posters."""
        self.turn += 100
        number = int(seconds * 500)
        got = rig.load(self.server, lambda n: posts(self.token, self.turn + n, number, path=self.form), seconds)
        assert set(got.statuses) == {303}, got.statuses
        return got.rate


def main() -> None:
    """Measure and print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        houses = []
        try:
            for size in options.sizes:
                houses.append(House(_base(size, Path(folder) / str(size), options.keep), size))
            _measure(houses, options)
        finally:
            for house in houses:
                rig.stop(house.server.process)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1,000 against 10,000 clients, few rounds")
    parser.add_argument("--sizes", type=int, nargs=2, default=[1000, 100_000])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--each", type=int, default=20, help="requests of each kind in a round")
    parser.add_argument("--seconds", type=float, default=3, help="of sending forms in a round")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the bases for the next run")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.rounds, options.seconds = [1000, 10_000], 3, 1
    return options


def _base(size: int, place: Path, keep: Path | None) -> base.Base:
    if keep is None:
        print(f"making {size} clients …", flush=True)
        return base.make(place, size)
    kept, address = keep / str(size), keep / f"{size}.form"
    if not address.exists():
        shutil.rmtree(kept, ignore_errors=True)
        address.write_text(_base(size, kept, None).form)
    shutil.copytree(kept, place)
    return base.Base(place, address.read_text())


def _measure(houses: list[House], options: argparse.Namespace) -> None:
    took: dict[tuple[str, int], list[float]] = {}
    for round_ in range(options.rounds + 1):
        for name in houses[0].kinds():
            for house in houses:
                _, status, requests = house.kinds()[name]
                got = rig.timed(house.desk, requests(options.each), status=status)
                took.setdefault((name, house.size), []).extend(got if round_ else [])  # the first round warms up
    rates: dict[int, list[float]] = {house.size: [] for house in houses}
    for _ in range(options.rounds):
        for house in houses:
            rates[house.size].append(house.sent(options.seconds))
    _print(houses, took, rates)


def _print(houses: list[House], took: dict[tuple[str, int], list[float]], rates: dict[int, list[float]]) -> None:
    small, large = (house.size for house in houses)
    table = rig.Table(f"{large} clients against {small} (median and 95th percentile, ms)")
    for name, (kind, *_) in houses[0].kinds().items():
        one, other = ((rig.median(took[name, size]), rig.percentile(took[name, size], 95)) for size in (small, large))
        figures = f"{one[0]:.1f} / {one[1]:.1f} → {other[0]:.1f} / {other[1]:.1f}"
        table.line(name, figures, other[0] / one[0], "≤ 1.5")
        table.line("   server time, with the loopback", f"{other[0]:.1f} ms", other[0], f"≤ {SLOWEST_MS[kind]}")
    one, other = rig.median(rates[small]), rig.median(rates[large])
    table.line("form POST, eight posters", f"{one:.0f} → {other:.0f} per second", other / one, "≥ 0.8")


if __name__ == "__main__":
    main()
