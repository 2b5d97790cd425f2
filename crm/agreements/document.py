"""From Markdown with placeholders to safe HTML.

Placeholders are filled in text tokens and addresses of links after parsing, so a company named `<b>` or
`{{fields}}` stays those letters: values are never read as Markdown, HTML or placeholders again. The result is
sanitised once more.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

BLOCK = re.compile(r"^[ \t]*\{\{[ \t]*(purposes)[ \t]*\}\}[ \t]*$", re.MULTILINE)
"""A placeholder alone on its line that stands for Markdown of ours, with placeholders of its own in it."""
PLACEHOLDER = re.compile(r"\{\{([^{}\n]{0,60})\}\}")
TAGS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "blockquote", "hr", "br", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td", "a"),
}
FILLED = {"text", "code_inline", "code_block", "fence"}
LEFTOVER = re.compile(r"\*\*|__|~~~|`|\]\(|</?[a-zA-Z!][^<>]{0,40}>")
"""Marks that do their work or are not seen: where a reader would see one, something is not closed, or it is HTML."""
_parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def placeholders(source: str) -> list[str]:
    """Names of the placeholders in a source, in order, each once; broken ones as they stand."""
    names = [match.strip() for match in PLACEHOLDER.findall(source)]
    return list(dict.fromkeys(names))


def count_placeholders(source: str) -> int:
    """How many placeholders a source has, repeated ones too."""
    return len(PLACEHOLDER.findall(source))


def render(source: str, values: Mapping[str, str]) -> str:
    """The document as HTML with the values filled in; unknown placeholders stay as they are written.

    Headings go one level down: the page that shows the document has its own first heading.
    """
    tokens = _parser.parse(BLOCK.sub(lambda match: values.get(match[1], match[0]), source))
    _fill(tokens, values)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"https", "mailto", "tel"})


def inline_blocks(source: str) -> list[str]:
    """Names of blocks that do not stand alone on their line, where they cannot be filled in."""
    return [name for name in placeholders(BLOCK.sub("", source)) if name == "purposes"]


def leftovers(source: str) -> list[str]:
    """Marks of Markdown and HTML that a reader would see as letters, each once; "```" for a block that never ends."""
    lines, found = re.split(r"\r\n?|\n", source), []
    for token in _parser.parse(source):
        for child in token.children or []:
            found += LEFTOVER.findall(child.content) if child.type == "text" else []
        if token.type == "fence" and token.map and not _is_closed(token, lines):
            found.append(token.markup)
    return list(dict.fromkeys(found))


def _is_closed(fence: Token, lines: Sequence[str]) -> bool:
    first, end = fence.map or [0, 0]
    return end - 1 > first and lines[end - 1].strip("> \t").startswith(fence.markup)


def fingerprint(html: str) -> str:
    """SHA-256 of the UTF-8 bytes of a document, 64 hex digits."""
    return hashlib.sha256(html.encode()).hexdigest()


def _fill(tokens: Sequence[Token], values: Mapping[str, str]) -> None:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        if token.type in FILLED:
            token.content = _filled(token.content, values)
        if token.type == "link_open":
            href = str(token.attrGet("href")).replace("%7B%7B", "{{").replace("%7D%7D", "}}")
            token.attrSet("href", _filled(href, values))
        _fill(token.children or [], values)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: values.get(match[1].strip(), match[0]), text)
