"""The desk speaks Russian or English; visitors always read Russian."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import Staff


@pytest.mark.parametrize(
    "address", ["/clients/?q=Неттаких", "/settings/", "/forms/new"], ids=["a search", "settings", "a new form"]
)
def test_switching_the_language_keeps_the_page_and_comes_back(window, script, set_up, address):
    owner = Staff(window(script=script, cookies=set_up.owner))
    owner.goes_to(address)
    for button, language in (("English", "en"), ("Русский", "ru")):
        owner.presses(button)
        expect(owner.page.locator("html")).to_have_attribute("lang", language)
        expect(owner.page).to_have_url(re.compile(re.escape(address.partition("?")[0])))
    assert "%D0%9D%D0%B5%D1%82" in owner.page.url or "?" not in address


def test_the_language_can_be_chosen_before_signing_in(window, script, set_up):
    stranger = Staff(window(script=script))
    stranger.goes_to("/sign-in?next=/clients/")
    stranger.presses("English")
    expect(stranger.page.locator("html")).to_have_attribute("lang", "en")
    expect(stranger.page).to_have_url(re.compile(r"/sign-in\?next="))
    stranger.goes_to(set_up.form)
    expect(stranger.page.locator("html")).to_have_attribute("lang", "ru")
