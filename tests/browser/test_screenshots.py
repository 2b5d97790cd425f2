"""The pictures of the README, from the demo operator's data: SCREENSHOTS=1 pytest tests/browser -k screenshots."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from crm.demo import SIGN_IN_FILE
from tests.browser import pictures
from tests.browser.conftest import DESK
from tests.browser.people import Staff
from tests.browser.serving import ROOT, running

FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 150_000  # bytes; a README is also read on the road


@pytest.fixture(scope="module")
def demo(chromium, tmp_path_factory) -> Iterator[Page]:
    """The demo operator's owner, signed in."""
    with running(tmp_path_factory.mktemp("demo"), prepared_by=("set-up",), BASE_URL="http://127.0.0.1:8000") as server:
        email, _, password = (server.folder / SIGN_IN_FILE).read_text().strip().partition(" / ")
        context = chromium.new_context(base_url=server.address, viewport={"width": DESK[0], "height": DESK[1]})
        owner = Staff(context.new_page())
        owner.goes_to("/sign-in")
        owner.signs_in(email, password)
        owner.stands_at("Сегодня")
        yield owner.page
        context.close()


def test_screenshots_are_taken(demo):
    owner = Staff(demo)
    owner.goes_to("/clients/")
    owner.follows("Показать ещё")  # somebody of some weeks ago, whom nobody has read today
    owner.page.locator("th.lead a").first.click()
    _take(owner.page, "client")
    owner.goes_to("/settings/documents/consent")
    _take(owner.page, "agreement")
    owner.goes_to("/acts/")
    owner.follows("№ 2")
    _take(owner.page, "act")
    owner.goes_to("/forms/")
    owner.page.goto(owner.page.get_by_role("link", name="Открыть страницу").last.get_attribute("href"))
    _take(owner.page, "form", full_page=True)


def _take(page: Page, name: str, *, full_page: bool = False) -> None:
    picture = pictures.small(page.screenshot(animations="disabled", full_page=full_page))
    assert len(picture) < LARGEST
    (FOLDER / f"{name}.png").write_bytes(picture)
