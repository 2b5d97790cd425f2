"""What changed between two editions of a document, word by word."""

import difflib
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import nh3

BLOCK_END = re.compile(r"</(?:p|li|h[2-6]|tr|blockquote|pre)>|<br>")
SOFT_BREAK = re.compile(r"\n(?![^<]*</code></pre>)")
"""The line breaks of a source, which mean nothing to a reader; those of a block of code stay."""
BETWEEN_CELLS = re.compile(r"</t[dh]> *<t[dh]>")
CONTEXT = 2
"""Lines on either side of a change that are shown with it."""
MOST_PIECES = 6_000
"""Longer documents are compared paragraph by paragraph, and even longer ones as a whole: the work grows with the
square of the pieces."""


@dataclass(frozen=True)
class Piece:
    """A run of text that both editions have ("same"), or only the older ("gone") or the newer one ("new")."""

    kind: str
    text: str

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


def difference(older: str, newer: str) -> list[Piece]:
    """The pieces of two rendered editions in reading order; joined without "new" they give the older text,
    without "gone" the newer one."""
    for cut in (_words, _paragraphs, _whole):
        before, after = cut(older), cut(newer)
        if len(before) + len(after) <= MOST_PIECES:
            break
    return list(_pieces(before, after))


def plain(document: str) -> str:
    """The text of a rendered document, a line for each block, an empty line before each heading."""
    text = BETWEEN_CELLS.sub(" — ", SOFT_BREAK.sub(" ", document))
    text = BLOCK_END.sub(lambda end: end[0] + "\n", text).replace("<li>", "• ")
    text = re.sub(r"<h[2-6]>", "\n", text)
    text = html.unescape(nh3.clean(text, tags=set()))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" *\n *", "\n", text)).strip() + "\n"


def folded(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The same pieces, what is the same and far from any change set apart as "far", to be read by who wants to."""
    for number, piece in enumerate(pieces):
        lines = piece.text.splitlines(keepends=True)
        first = CONTEXT if number else 0
        last = len(lines) - (CONTEXT if number + 1 < len(pieces) else 0)
        if piece.kind != "same" or last - first <= CONTEXT:
            yield piece
            continue
        for kind, part in (("same", lines[:first]), ("far", lines[first:last]), ("same", lines[last:])):
            if part:
                yield Piece(kind, "".join(part))


def _words(document: str) -> list[str]:
    return re.findall(r"\S+[^\S\n]*|\n", plain(document))


def _paragraphs(document: str) -> list[str]:
    return plain(document).splitlines(keepends=True)


def _whole(document: str) -> list[str]:
    return [plain(document)]


Op = tuple[str, int, int, int, int]


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for act, i, j, k, m in _by_lines(matcher.get_opcodes(), before, after):
        if act == "equal":
            if j > i:
                yield Piece("same", "".join(before[i:j]))
            continue
        if j > i:
            yield Piece("gone", "".join(before[i:j]))
        if m > k:
            yield Piece("new", "".join(after[k:m]))


def _by_lines(ops: Sequence[Op], before: list[str], after: list[str]) -> list[Op]:
    """The same, each addition and each omission beginning with a line where it could as well be read so: of two alike
    tables a whole one is new, not the end of one and the beginning of the other."""
    made = list(ops)
    for n in range(1, len(made) - 1):
        act, i, j, k, m = made[n]
        if act in ("insert", "delete") and made[n - 1][0] == made[n + 1][0] == "equal":
            words, start, end = (after, k, m) if act == "insert" else (before, i, j)
            by = _slide(words, start, end, most=made[n + 1][2] - made[n + 1][1])
            _, a, b, c, d = made[n - 1]
            made[n - 1], made[n] = ("equal", a, b + by, c, d + by), (act, i + by, j + by, k + by, m + by)
            _, a, b, c, d = made[n + 1]
            made[n + 1] = ("equal", a + by, b, c + by, d)
    return made


def _slide(words: list[str], start: int, end: int, *, most: int) -> int:
    """By how much a run of words can be moved on without changing what is read, to begin with a line; the farthest."""
    best = 0
    for by in range(most):
        if words[start + by] != words[end + by]:
            break
        if words[start + by].endswith("\n"):
            best = by + 1
    return best
