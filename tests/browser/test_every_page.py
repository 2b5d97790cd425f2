"""Every page: no fault that axe can find, nothing cut off on a small screen or with letters twice as large."""

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser import pages
from tests.browser.conftest import DESK, PHONE, SMALLEST

LOOKS = [(size, scheme) for size in (DESK, PHONE) for scheme in ("light", "dark")]
HIDDEN_TEXT = """() => [...document.querySelectorAll("main *")].filter((element) => {
    const style = getComputedStyle(element);
    const isCut = ["hidden", "clip"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
    return isCut && element.clientWidth > 1 && element.matches(":not(input, select, textarea)");
}).map((element) => element.outerHTML.slice(0, 120))"""


@pytest.fixture(params=pages.ALL)
def page(request, window, set_up) -> Page:
    """Each page in turn, as people come to it."""
    place = pages.ALL[request.param]
    page = window(cookies=pages.cookies(set_up, place))
    pages.come(page, set_up, place)
    return page


def test_a_page_is_accessible_and_fits_every_screen(page):
    faults = [f"{scheme} {size[0]}: {fault}" for size, scheme in LOOKS for fault in _looked_at(page, size, scheme)]
    pages.enlarge(page, 1)
    faults += [f"320 px: {fault}" for fault in _overflow(page, SMALLEST)]
    pages.enlarge(page, 2)
    faults += [f"letters twice as large: {fault}" for fault in _overflow(page, DESK)]
    assert not faults, "\n".join(faults)


def _looked_at(page: Page, size: tuple[int, int], scheme: str) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    return _overflow(page, size) + _violations(page)


def _violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    results = AxeResults(page.evaluate("axe.run({resultTypes: ['violations']})"))
    return [results.generate_report()] if results.violations_count else []


def _overflow(page: Page, size: tuple[int, int]) -> list[str]:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    width = page.evaluate("document.documentElement.scrollWidth")
    return ([f"{width} px wide"] if width > size[0] else []) + page.evaluate(HIDDEN_TEXT)
