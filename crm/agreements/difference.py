"""What changed between two editions of a document, word by word."""

import difflib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

import nh3

BLOCK_END = re.compile(r"</(?:p|li|h[2-6]|tr|blockquote|pre)>|<br>")
MOST_PIECES = 6_000
"""Longer documents are compared paragraph by paragraph, and even longer ones as a whole: the work grows with the
square of the pieces."""


@dataclass(frozen=True)
class Piece:
    """A run of text that both editions have ("same"), or only the older ("gone") or the newer one ("new")."""

    kind: str
    text: str


def difference(older: str, newer: str) -> list[Piece]:
    """The pieces of two rendered editions in reading order; joined without "new" they give the older text,
    without "gone" the newer one."""
    for cut in (_words, _paragraphs, _whole):
        before, after = cut(older), cut(newer)
        if len(before) + len(after) <= MOST_PIECES:
            break
    return list(_pieces(before, after))


def plain(document: str) -> str:
    """The text of a rendered document, a line for each block."""
    text = nh3.clean(BLOCK_END.sub(lambda end: end[0] + "\n", document), tags=set())
    return re.sub(r"\n{2,}", "\n", html.unescape(text)).strip() + "\n"


def _words(document: str) -> list[str]:
    return re.findall(r"\S+[^\S\n]*|\n", plain(document))


def _paragraphs(document: str) -> list[str]:
    return plain(document).splitlines(keepends=True)


def _whole(document: str) -> list[str]:
    return [plain(document)]


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for act, i, j, k, m in matcher.get_opcodes():
        if act == "equal":
            yield Piece("same", "".join(before[i:j]))
            continue
        if j > i:
            yield Piece("gone", "".join(before[i:j]))
        if m > k:
            yield Piece("new", "".join(after[k:m]))
