"""Staff at the card, as the tests of its pages see them: they fill in a page of it, perhaps with a file."""

import io
import re
from typing import Any

from flask import current_app
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from crm.accounts import commands as accounts
from crm.accounts.models import User
from crm.core import transaction
from tests.browsing import Browser, browser
from tests.core.posting import as_found

BUTTONS = {"consents": "Записать согласие", "withdraw": "Записать отзыв", "grounds": "Записать"}
Scan = tuple[bytes, str]


def write(who: Browser, client_id: Any, page: str, *, scan: Scan | None = None, **typed: Any) -> TestResponse:
    """Fill in a page of a client's card (`consents`, `withdraw`, `grounds`) and press its button."""
    address = f"/clients/{client_id}/{page}"
    if scan is None:
        return who.fill(address, button=BUTTONS[page], **typed)
    content, name = scan
    data = as_found(who.get(address), "channel") | typed | {"file": FileStorage(io.BytesIO(content), name)}
    boundary, body = encode_multipart(data)
    return who.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def give(who: Browser, client_id: Any, **typed: Any) -> TestResponse:
    """Write down a consent to the only text there is, as it came by phone unless told otherwise."""
    (text,) = texts(who.get(f"/clients/{client_id}/consents"))
    return write(who, client_id, "consents", **{"version": text, "channel": "phone"} | typed)


def withdraw(who: Browser, client_id: Any, **typed: Any) -> TestResponse:
    """Write down a withdrawal of everything, by e-mail unless told otherwise."""
    return write(who, client_id, "withdraw", **{"channel": "email"} | typed)


def texts(answer: TestResponse) -> list[str]:
    """The texts that the page of giving offers."""
    return re.findall(r'name="version"[^>]*value="([0-9a-f]{32})"', answer.text)


def footing(who: Browser, client_id: Any) -> str:
    """The panel of the card that tells on what the data is kept, as one reads it."""
    return words(panel(who, client_id, 'id="footing"'))


def urgent(who: Browser, client_id: Any) -> str:
    """What the card says must be done first."""
    whole = who.get(f"/clients/{client_id}").text
    return words(whole.partition("<h1")[2].partition('<div class="card-split')[0])


def panel(who: Browser, client_id: Any, mark: str) -> str:
    """The part of the card with this mark in its first tag, as it is written."""
    return (
        who.get(f"/clients/{client_id}").text.partition(f'<section class="panel" {mark}')[2].partition("</section>")[0]
    )


def words(part: str) -> str:
    """A part of a page without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", part).split())


def signed_in_now(acting: Any, operator: Any) -> Browser:
    """A browser of the manager who came in at this moment of the house clock: sign-ins last for hours, not days."""
    user = acting.get_one(User, operator.manager.id)
    with transaction.of_its_own():
        accounts.open_session(user)
    return browser(current_app._get_current_object(), cookie=user.get_id())
