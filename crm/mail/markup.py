"""The words of an HTML letter, as plain text: nothing of its markup is kept, so nothing of it can act or be loaded.

Read by hand, in time that grows with its length: parsers that build a tree need minutes for some trees that strangers
can send (measured: nh3, 18 seconds for 920 KB), and no tree is wanted.
"""

import html
import re

LONGEST = 500_000
"""Letters of markup that are read."""
NOT_SHOWN = {"script", "style", "head", "title", "template", "noscript", "svg", "math", "object", "iframe", "textarea"}
BLOCKS = {
    *("address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer"),
    *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"),
    *("table", "tr", "ul"),
}
APART = {"p", "h1", "h2", "h3", "h4", "ul", "ol", "table", "blockquote"}
"""Blocks with an empty line before and after."""
NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:-]{0,30}")
HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]{0,2000})|'([^']{0,2000})|([^\s"'>]{1,2000}))""", re.IGNORECASE)
REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
"""A character reference to no character: the library chokes on very long ones."""
SHOWN_SCHEMES = ("http://", "https://", "mailto:", "tel:")
DEEPEST_QUOTE = 3
BREAK, SPACE = "\n", " "


class _Reader:
    """What has been read so far, line by line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.hrefs: list[tuple[str, int]] = []

    def say(self, text: str) -> None:
        self.line.append(text)

    def end_line(self, *, apart: bool = False) -> None:
        text = SPACE.join("".join(self.line).split())
        self.line.clear()
        self.hrefs = [(href, 0) for href, _ in self.hrefs]
        if text:
            self.lines.append("> " * min(self.quotes, DEEPEST_QUOTE) + text)
        if apart and self.lines and self.lines[-1]:
            self.lines.append("")

    def tag(self, name: str, inside: str) -> None:
        is_end, name = name.startswith("/"), name.lstrip("/")
        if name == "a":
            self._link(inside, is_end=is_end)
        elif name == "br":
            self._break()
        elif name in ("td", "th"):
            self.say(SPACE)
        elif name in BLOCKS:
            self.end_line(apart=name in APART)
            self.quotes = max(self.quotes + (-1 if is_end else 1), 0) if name == "blockquote" else self.quotes
            if name == "li" and not is_end:
                self.say("— ")

    def _break(self) -> None:
        is_empty = not "".join(self.line).strip()
        self.end_line()
        if is_empty and self.lines and self.lines[-1]:
            self.lines.append("")

    def _link(self, inside: str, *, is_end: bool) -> None:
        if not is_end:
            found = HREF.search(inside)
            href = html.unescape(next(filter(None, found.groups()), "")) if found else ""
            self.hrefs = [(href.strip(), len(self.line))]
        elif self.hrefs:
            href, start = self.hrefs.pop()
            words = "".join(self.line[start:]).strip()
            if href.lower().startswith(SHOWN_SCHEMES) and href.partition(":")[2].strip("/") not in words:
                self.say(f" ({href})")


def as_text(markup: str) -> str:
    """The text that a reader of this HTML would see, with the addresses of links written out."""
    text, reader, at = markup[:LONGEST], _Reader(), 0
    lower = text.lower() if len(text.lower()) == len(text) else text
    while (start := text.find("<", at)) >= 0:
        reader.say(_unescaped(text[at:start]))
        at = _after_tag(text, lower, start, reader)
    reader.say(_unescaped(text[at:]))
    reader.end_line()
    return "\n".join(reader.lines).strip("\n")


def _after_tag(text: str, lower: str, start: int, reader: _Reader) -> int:
    """Read the tag that begins here; where to go on. Each search goes over what no other goes over again."""
    if text.startswith("<!--", start):
        return _past(text, "-->", start + 4)
    name = NAME.match(text, start + 1)
    if name is None and text[start + 1 : start + 2] not in ("!", "?", "/"):
        reader.say("<")
        return start + 1
    end = _past(text, ">", start)
    word = name[0].lower() if name else ""
    if word in NOT_SHOWN and not text.endswith("/>", start, end):
        closing = lower.find(f"</{word}", end)
        return closing if closing >= 0 else len(text)
    reader.tag(word, text[start + 1 : min(end, start + 4000)])
    return end


def _past(text: str, wanted: str, at: int) -> int:
    """Behind the next such place; the end if there is none."""
    found = text.find(wanted, at)
    return len(text) if found < 0 else found + len(wanted)


def _unescaped(text: str) -> str:
    return html.unescape(REFERENCE.sub("", text)) if "&" in text else text
