"""What must be true of any HTML page, whatever the test was about; and the forms found on it."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NOT_IN_P = {
    *("address", "article", "aside", "blockquote", "details", "dialog", "div", "dl", "fieldset", "figure", "footer"),
    *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table"),
    "ul",
}
ONLY_IN = {
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "tr": {"thead", "tbody", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
    "thead": {"table"},
    "tbody": {"table"},
    "caption": {"table"},
    "option": {"select", "datalist", "optgroup"},
    "legend": {"fieldset"},
    "summary": {"details"},
    "title": {"head"},
}
HOLDS_ONLY = {"ul": {"li", "template"}, "ol": {"li", "template"}, "dl": {"dt", "dd", "div"}, "tr": {"td", "th"}}
ALONE = {"form", "a", "button", "label"}
"""Elements that never stand inside one of their kind."""
CLICKED = {"a", "button", "input", "select", "textarea"}
REFERENCES = ("for", "list", "form", "popovertarget", "aria-describedby", "aria-labelledby", "aria-controls")
ADDRESSES = ("href", "src", "action", "formaction", "poster", "data", "srcset", "ping", "hx-get", "hx-post")
SHAPELESS = {"hidden", "submit", "button", "image", "reset"}
LEFTOVERS = re.compile(r"\{\{|\}\}|\{%|%\}|\bNone\b|\bUndefined\b|&lt;|&amp;|<[a-z]+[ >]|\bobject at 0x")
SHOWS_CODE = {"textarea", "code", "pre", "kbd", "samp"}


@dataclass
class Element:
    """A start tag with its attributes and, in the end, the text inside it."""

    tag: str
    attributes: dict[str, str]
    above: "list[Element]"
    text: str = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    def within(self, tag: str) -> "Element | None":
        """The nearest element of this kind around it."""
        return next((other for other in reversed(self.above) if other.tag == tag), None)


@dataclass
class Form:
    """A form as found on the page: where it goes and what it would send if nobody touched it."""

    element: Element
    controls: list[Element] = field(default_factory=list)

    @property
    def buttons(self) -> list[Element]:
        return [one for one in self.controls if one.tag == "button" and (one["type"] or "submit") == "submit"]

    def names(self) -> set[str]:
        """Names that somebody can fill in."""
        return {one["name"] for one in self.controls if one["name"] and one.tag != "button"}

    def untouched(self) -> dict[str, list[str]]:
        """What a browser would send for it as it stands, without any button."""
        sent: dict[str, list[str]] = {}
        for one in self.controls:
            for value in _sent(one):
                sent.setdefault(one["name"], []).append(value)
        return sent

    def choices(self, name: str) -> list[str] | None:
        """The values that can be chosen for a name; None where anything can be typed."""
        offered = [one for one in self.controls if one["name"] == name]
        if all(one["type"] in ("checkbox", "radio") for one in offered):
            return [one.attributes.get("value", "on") for one in offered]
        selects = [one for one in offered if one.tag == "select"]
        return [value for one in selects for value, _ in _options(one)] if selects else None


def _options(select: Element) -> list[tuple[str, bool]]:
    return [
        (one.attributes.get("value", one.text.strip()), "selected" in one.attributes)
        for one in getattr(select, "options", [])
    ]


def _sent(one: Element) -> list[str]:
    if not one["name"] or "disabled" in one.attributes or one.tag == "button" or one["type"] in SHAPELESS - {"hidden"}:
        return []
    if one["type"] in ("checkbox", "radio"):
        return [one.attributes.get("value", "on")] if "checked" in one.attributes else []
    if one.tag == "select":
        options = _options(one)
        return [value for value, is_selected in options if is_selected] or [value for value, _ in options[:1]]
    if one.tag == "textarea":
        return [one.text.replace("\r\n", "\n").removeprefix("\n")]  # as a browser reads a page
    return [one["value"]]


SECRETS = ("/receipt/", "/confirm/")
"""Addresses with an unguessable word in them: who can post there needs no other proof, and no session is ridden on."""


class Page(HTMLParser):
    """A page taken apart; `faults` says everything that is wrong with it."""

    def __init__(self, html: str, *, origin: str = "", foreign: tuple[str, ...] = ()) -> None:
        super().__init__(convert_charrefs=True)
        self.html, self.origin, self.foreign = html, origin, foreign
        self.faults: list[str] = []
        self.elements: list[Element] = []
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        self._judge()

    def all(self, tag: str) -> list[Element]:
        """Every element of a kind, in order."""
        return [one for one in self.elements if one.tag == tag]

    # taking apart

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self._must(len(names) == len(set(names)), f"<{tag}> repeats an attribute")
        one = Element(tag, {name: value or "" for name, value in attrs}, list(self._open))
        self._nest(one)
        self.elements.append(one)
        self._collect(one)
        if tag not in VOID:
            self._open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        is_closing = bool(self._open) and self._open[-1].tag == tag
        self._must(is_closing, f"</{tag}> closes {self._open[-1].tag if self._open else 'nothing'}")
        if is_closing:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for one in self._open:
            one.text += data
        if self._open and not {one.tag for one in self._open} & (SHOWS_CODE | {"script", "style"}):
            self.words.append(data)

    def _collect(self, one: Element) -> None:
        if one.tag == "form":
            self.forms.append(Form(one))
        if one.tag == "option" and (select := one.within("select")):
            select.__dict__.setdefault("options", []).append(one)
        if one.tag in ("input", "select", "textarea", "button"):
            owner = one.within("form")
            for form in self.forms:
                if form.element["id"] == one["form"] if one["form"] else form.element is owner:
                    form.controls.append(one)

    def _nest(self, one: Element) -> None:
        parent = one.above[-1].tag if one.above else ""
        self._must("p" not in {up.tag for up in one.above} or one.tag not in NOT_IN_P, f"<{one.tag}> inside <p>")
        self._must(parent in ONLY_IN.get(one.tag, {parent}), f"<{one.tag}> inside <{parent}>")
        self._must(one.tag in HOLDS_ONLY.get(parent, {one.tag}), f"<{one.tag}> straight inside <{parent}>")
        self._must(one.tag not in ALONE or one.within(one.tag) is None, f"<{one.tag}> inside another")
        is_clicked = one.tag in CLICKED and one["type"] != "hidden"
        self._must(
            not is_clicked or not (one.within("a") or one.within("button")), f"<{one.tag}> inside a link or button"
        )

    def _must(self, is_so: object, fault: str) -> None:
        if not is_so:
            self.faults.append(fault)

    # judging

    def _judge(self) -> None:
        self._must(not self._open, f"never closed: {[one.tag for one in self._open]}")
        self._judge_frame()
        self._judge_references()
        self._judge_controls()
        self._judge_forms()
        for one in self.elements:
            self._judge_origin(one)
        self._judge_words()

    def _judge_frame(self) -> None:
        self._must(self.html.lower().startswith("<!doctype html>"), "no doctype on the first line")
        languages = [one["lang"] for one in self.all("html")]
        self._must(languages in (["ru"], ["en"]), f"lang of the page: {languages}")
        self._must(len(self.all("h1")) == 1, f"{len(self.all('h1'))} h1")
        self._must(len(self.all("main")) == 1, f"{len(self.all('main'))} main")
        self._must(all(one.text.strip() for one in self.all("h1")), "empty h1")
        titles = [one.text.strip() for one in self.all("title")]
        self._must(len(titles) == 1 and titles[0].strip(" ·"), f"title: {titles}")

    def _judge_references(self) -> None:
        ids = [one["id"] for one in self.elements if "id" in one.attributes]
        self._must("" not in ids and not any(" " in name for name in ids), "an id is empty or has a space")
        twice = {name for name in ids if ids.count(name) > 1}
        self._must(not twice, f"repeated ids: {sorted(twice)}")
        for one in self.elements:
            wanted = [name for attribute in REFERENCES for name in one[attribute].split()]
            wanted += [one["href"][1:]] if one["href"].startswith("#") else []
            for name in wanted:
                self._must(name in ids, f"<{one.tag}> points to #{name}, which is not there")

    def _judge_controls(self) -> None:
        labelled = {one["for"] for one in self.all("label") if one["for"] and one.text.strip()}
        for one in self.elements:
            if one.tag in ("input", "select", "textarea") and one["type"] not in SHAPELESS:
                wrapping = one.within("label")
                has_label = one["id"] in labelled or (wrapping and wrapping.text.strip())
                is_named = has_label or one["aria-label"].strip() or one["aria-labelledby"]
                self._must(is_named, f"no label for {one.tag} {one['name'] or one['id']}")
            if one.tag in ("a", "button", "summary"):
                self._must(one.text.strip() or one["aria-label"].strip(), f"a {one.tag} without words")
            self._must(one.tag != "img" or "alt" in one.attributes, "an img without alt")
            is_agreed = one["name"] == "consent" and "checked" in one.attributes
            self._must(not is_agreed, "a consent box is ticked beforehand")

    def _judge_forms(self) -> None:
        for form in self.forms:
            tokens = [
                one for one in form.controls if one["type"] == "hidden" and one["name"] in ("csrf_token", "token")
            ]
            if form.element["action"].startswith(SECRETS):
                self._must(not tokens, "a form that acts on the secret in its address needs no token")
            elif form.element["method"].lower() == "post":
                self._must(len(tokens) == 1 and tokens[0]["value"], f"no CSRF token in {form.element.attributes}")
            else:
                self._must(not tokens, "a GET form carries a CSRF token into addresses")
            self._must(form.buttons, f"no button in {form.element.attributes}")
            if "token" in form.names() or form.element["action"].startswith(SECRETS):
                ticked = [
                    one["name"] for one in form.controls if one["type"] == "checkbox" and "checked" in one.attributes
                ]
                self._must(not ticked, f"ticked beforehand on a public form: {ticked}")

    def _judge_origin(self, one: Element) -> None:
        for name in ADDRESSES:
            if name in one.attributes:
                self._must(self._is_ours(one, one[name]), f"foreign origin: <{one.tag} {name}={one[name]!r}>")
        handlers = [name for name in one.attributes if name.startswith("on")]
        self._must(not handlers, f"inline {handlers} on <{one.tag}>")
        self._must("style" not in one.attributes, f"inline style on <{one.tag}>")
        self._must(one.tag not in ("style", "iframe", "object", "embed", "base"), f"<{one.tag}> on a page")
        is_inline = one.tag == "script" and ("src" not in one.attributes or one.text.strip())
        self._must(not is_inline, "inline script")

    def _is_ours(self, one: Element, address: str) -> bool:
        address = address.removeprefix(self.origin) if self.origin else address
        parts = urlsplit(address)
        if not parts.scheme and not parts.netloc and "\\" not in address:
            return True
        is_in_document = any("document" in up["class"].split() for up in one.above)
        return one.tag == "a" and (parts.scheme in ("mailto", "tel") or (is_in_document and parts.scheme == "https"))

    def _judge_words(self) -> None:
        named = (one[name] for one in self.elements for name in ("title", "alt", "placeholder", "aria-label"))
        words = " ".join([*self.words, *named])
        found = LEFTOVERS.findall(words)
        self._must(not found, f"leftovers of a template: {found}")
        everything = f"{self.html} {words}".casefold()
        leaked = [word for word in self.foreign if word.casefold() in everything]
        self._must(not leaked, f"another operator's data: {leaked}")


HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def header_faults(headers: Any, *, is_static: bool) -> list[str]:
    """What is missing from the headers of an answer."""
    faults = [name for name, wanted in HEADERS.items() if wanted not in headers.get(name, "")]
    policy = headers.get("Content-Security-Policy", "")
    faults += [f"CSP allows {word}" for word in ("unsafe", "*", "http:", "https:") if word in policy]
    if not is_static and headers.get("Cache-Control") != "no-store":
        faults.append(f"Cache-Control: {headers.get('Cache-Control')}")
    return faults
