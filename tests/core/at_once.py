"""Several people who do something at the same moment, each in a thread of their own."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all acts at one moment; what each returned, in the order given."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait(10)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts, timeout=60))


def until(is_so: Callable[[], object], *, seconds: float = 10) -> None:
    """Wait for something that another thread brings about."""
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.005)
