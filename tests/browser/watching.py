"""What no window may ever do: talk to a foreign host, fail behind the scenes, break its own policy, pop up a dialog."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, Response, WebError

STATUS_SHOWN_TO_PEOPLE = "Failed to load resource: the server responded with a status of"
"""Chromium's own console line about a page with 4xx, such as a form with mistakes; `_answered` judges statuses."""


class Watch:
    """The faults of one browser context, and everything it asked for."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = urlsplit(origin).netloc
        self.faults: list[str] = []
        self.requests: list[Request] = []
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)
        context.on("console", self._said)
        context.on("weberror", self._threw)
        context.on("dialog", self._popped_up)

    def _asked(self, request: Request) -> None:
        self.requests.append(request)
        url = urlsplit(request.url)
        if url.scheme != "data" and url.netloc != self.origin:
            self.faults.append(f"asks a foreign host: {request.url}")

    def _answered(self, response: Response) -> None:
        is_page = response.request.is_navigation_request()
        if response.status >= (500 if is_page else 400):
            self.faults.append(f"{response.request.method} {response.url} → {response.status}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the person went on before it came
            self.faults.append(f"{request.url}: {request.failure}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(STATUS_SHOWN_TO_PEOPLE):
            self.faults.append(f"console {message.type}: {message.text}")

    def _threw(self, error: WebError) -> None:
        self.faults.append(f"uncaught: {error.error}")

    def _popped_up(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":  # the desk asks before unsaved work is lost
            self.faults.append(f"a dialog: {dialog.type} {dialog.message!r}")
        dialog.accept()
