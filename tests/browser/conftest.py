"""Fixtures: the server, the browser, windows of people in it, and a company that is already set up."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import company
from tests.browser.company import Company
from tests.browser.serving import Server, running
from tests.browser.watching import Watch

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # a foreign host does not even resolve
)
DESK, PHONE, SMALLEST = (1280, 900), (390, 844), (320, 640)
PATIENCE = 10_000  # milliseconds that a page may take on a busy machine
collect_ignore = [] if os.environ.get("SCREENSHOTS") else ["test_screenshots.py"]

Window = Callable[..., Page]


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in this folder needs Chromium."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of these tests, its database empty at first; at the end its log tells of no failure and no client."""
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server
    told = [word for word in (" ERROR ", "Traceback", *company.CLIENTS) if word in server.log]
    assert not told, f"{told} in the server's log:\n{server.log}"


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip(f"NO BROWSER TESTS: {CHROMIUM} is missing (sudo apt-get install chromium)")  # in CI: a failure
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Browser, server: Server) -> Iterator[Window]:
    """Opens windows, each of somebody with cookies of their own; none may have done what watching.py forbids."""
    watches = []

    def opened(*, script: bool = True, size: tuple[int, int] = DESK, cookies: Any = None, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=server.address,
            java_script_enabled=script,
            viewport={"width": size[0], "height": size[1]},
            storage_state=cookies,
            locale="ru-RU",
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        watches.append((context, Watch(context, server.address)))
        return context.new_page()

    yield opened
    for context, _ in watches:
        context.close()
    faults = [fault for _, watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture(params=[True, False], ids=["with-script", "without-script"])
def script(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs JavaScript: every journey is gone both ways."""
    return bool(request.param)


@pytest.fixture(scope="package")
def set_up(chromium: Browser, server: Server) -> Company:
    """A company that works: documents, a form, a manager, a client, an act. Tests add to it, but change nothing."""
    return company.made(chromium, server.address)
