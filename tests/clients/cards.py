"""Finding cards as staff do: by searching and opening what was found."""

import re

from werkzeug.test import TestResponse

from tests.browsing import Browser


def found(who: Browser, query: str, **filters: str) -> list[str]:
    """The addresses of the cards that a search finds, in the order shown."""
    answer = who.get("/clients/", query_string={"q": query, **filters})
    assert answer.status_code == 200
    return list(dict.fromkeys(re.findall(r'href="(/clients/[0-9a-f-]{36})"', answer.text)))


def card_of(who: Browser, query: str) -> TestResponse:
    """The only card that a search finds."""
    (address,) = found(who, query)
    return who.get(address)
