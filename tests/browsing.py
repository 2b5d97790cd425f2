"""The browser of the tests: it judges every page it sees and fills forms as found on the page."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import Person
from tests.pages import Element, Form, Page, header_faults


class Browser(FlaskClient):
    """One person's browser. `foreign` are words that this person must never see."""

    foreign: tuple[str, ...] = ()
    may_fail = False
    """Whether an answer of 500 is what the test is about."""
    judges = True

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:  # type: ignore[override]
        """Ask for a page, each time in a context of its own, as a server does."""
        with self.application.app_context():
            answer = super().open(*args, **kwargs | {"buffered": True})
        if self.judges:
            self._judge(answer)
        return answer

    def _judge(self, answer: TestResponse) -> None:
        what = f"{answer.request.method} {answer.request.path} → {answer.status_code}"
        assert self.may_fail or answer.status_code < 500, f"{what} (see the captured log)"
        faults = header_faults(answer.headers, is_static=answer.request.path.startswith("/static/"))
        if (
            answer.mimetype == "text/html"
            and answer.request.method not in ("HEAD", "OPTIONS")
            and answer.status_code // 100 != 3
        ):
            faults += page(answer, self.application, self.foreign).faults
        elif answer.mimetype.startswith("text/") and answer.status_code // 100 != 3:
            faults += [f"another operator's data: {word}" for word in self.foreign if word in answer.text]
        assert not faults, f"{what}\n" + "\n".join(f"  - {fault}" for fault in faults)

    def sign_in(self, person: Person, *, password: str) -> TestResponse:
        """Come in through the real door."""
        return self.fill("/sign-in", email=person.email, password=password)

    def fill(self, url: str, *, button: str | None = None, form: int | None = None, **values: Any) -> TestResponse:
        """Open a page, fill in a form of it, press a button (its words, name or value; else the first one).

        Everything else is sent as found on the page. A value may be a text, a list of texts, True or False
        (tick, untick a box) or None (leave it out).
        """
        answer = self.get(url)
        assert answer.status_code in (200, 422), f"GET {url} → {answer.status_code} {answer.location or ''}"
        return self.submit(answer, button=button, form=form, **values)

    def submit(
        self, answer: TestResponse, *, button: str | None = None, form: int | None = None, **values: Any
    ) -> TestResponse:
        """Fill in and send a form of a page that is already open; see `fill`."""
        seen = page(answer, self.application, ())
        found = _chosen(seen, button, form, values)
        data = found.untouched()
        for name, value in values.items():
            data[name] = _typed(found, name, value)
        pressed = _pressed(found, button)
        if pressed is not None and pressed["name"]:
            data[pressed["name"]] = [pressed["value"]]
        action = (pressed["formaction"] if pressed is not None else "") or found.element["action"]
        action = action or answer.request.full_path.rstrip("?")
        action = action.removeprefix(self.application.config["BASE_URL"])
        if found.element["method"].lower() == "post":
            return self.post(action, data=data)
        return self.get(action, query_string=data)


def browser(app: Flask, *, foreign: tuple[str, ...] = (), cookie: str = "") -> Browser:
    """A new browser of the application; `cookie` (of a Person) brings a sign-in made beforehand."""
    made = Browser(app, app.response_class, use_cookies=True)
    made.foreign = foreign
    if cookie:
        with made.session_transaction() as session:
            session.update(_user_id=cookie, _fresh=True, _permanent=True)
    return made


def page(answer: TestResponse, app: Flask, foreign: tuple[str, ...] = ()) -> Page:
    """The page of an answer, taken apart."""
    return Page(answer.text, origin=app.config["BASE_URL"], foreign=foreign)


def _chosen(seen: Page, button: str | None, index: int | None, values: dict[str, Any]) -> Form:
    if index is not None:
        return seen.forms[index]
    fitting = [one for one in seen.forms if set(values) <= one.names() and (not button or _pressed(one, button))]
    in_main = [one for one in fitting if one.element.within("main")]
    names = [sorted(one.names()) for one in seen.forms]
    assert in_main or fitting, f"no form with {sorted(values)} and button {button!r}; the page has {names}"
    return (in_main or fitting)[0]


def _pressed(form: Form, button: str | None) -> Element | None:
    if button is None:
        return next(iter(form.buttons), None)
    wanted = (one for one in form.buttons if button in (one["name"], one["value"], " ".join(one.text.split())))
    return next(wanted, None)


def _typed(form: Form, name: str, value: Any) -> list[str]:
    assert name in form.names(), f"the form has no field {name}, only {sorted(form.names())}"
    choices = form.choices(name)
    if value is None or value is False:
        return []
    if value is True:
        assert choices, f"{name} cannot be ticked"
        return choices[:1]
    chosen = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    assert choices is None or set(chosen) <= set(choices), f"{name} offers only {choices}, not {chosen}"
    return chosen
