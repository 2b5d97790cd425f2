"""The page with the mail settings as tests fill it in."""

from typing import Any

from tests.browsing import Browser
from tests.post_office import NAME, SECRET

URL = "/settings/mail/"
TYPED = {
    "host": "smtp.romashka.example.org",
    "port": "465",
    "security": "tls",
    "username": NAME,
    "password": SECRET,
    "from_address": NAME,
    "from_name": "ООО «Ромашка»",
}


def save(owner: Browser, **changes: str) -> Any:
    """Type the settings in and save them."""
    return owner.fill(URL, button="Сохранить", **TYPED | changes)
