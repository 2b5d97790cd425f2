"""Visitors of our form, as tests see them: what they send and what becomes of it."""

from typing import Any

from werkzeug.test import TestResponse

from tests.browsing import Browser
from tests.builders import Operator

TYPED = {
    "full_name": "Мария Новикова",
    "phone": "8 (921) 765-43-21",
    "email": "Maria@Novikova.example.org",
    "text_1": "Перезвоните, пожалуйста",
}
TRACES = ("Мария", "Новиков", "novikova", "765-43-21", "7654321", "Перезвоните")
"""What must stand nowhere when nothing was to be stored."""


def send(who: Browser, ours: Operator, **changes: Any) -> TestResponse:
    """Open the form, fill it in, tick the box, press Send."""
    return who.fill(f"/f/{ours.slug}", **{**TYPED, "consent": True, **changes})


def data(who: Browser, ours: Operator, **changes: Any) -> dict[str, Any]:
    """What a browser would post for the filled form, to be changed by a test."""
    page = who.get(f"/f/{ours.slug}").text
    token = page.partition('name="token" value="')[2].partition('"')[0]
    return {**TYPED, "consent": "yes", "website": "", "token": token, **changes}


def keeps_what_was_typed(answer: TestResponse) -> bool:
    """Whether everything typed still stands in the fields."""
    values = [f'value="{value}"' for name, value in TYPED.items() if name != "text_1"]
    return all(value in answer.text for value in (*values, f"{TYPED['text_1']}</textarea>"))
