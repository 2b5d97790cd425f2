"""How well kinds are proposed: the rules tried on letters whose kind is known (examples/*.txt)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crm.subject_requests import kinds
from crm.subject_requests.models import RequestKind

FOLDER = Path(__file__).with_name("examples")
PARTS = ("tuned", "held_back")
"""Letters the rules were written with, and those they have never been changed for: only these tell how well strangers'
letters are read."""
HEAD = re.compile(r"^## (?P<kind>\w+)(?:: (?P<subject>.*))?\n", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A letter that somebody might have written, and what it asks for."""

    part: str
    kind: RequestKind
    subject: str
    text: str


@dataclass(frozen=True)
class Rate:
    """How one kind fares: how many letters are of it, were taken for it, and both."""

    kind: RequestKind
    meant: int
    proposed: int
    right: int

    @property
    def precision(self) -> float | None:
        """Which part of what was taken for it is it; None if nothing was."""
        return self.right / self.proposed if self.proposed else None

    @property
    def recall(self) -> float | None:
        """Which part of it was seen; None if there is none."""
        return self.right / self.meant if self.meant else None


def examples() -> list[Example]:
    """Every labelled letter."""
    return [example for part in PARTS for example in _of(part)]


def _of(part: str) -> Iterable[Example]:
    text = (FOLDER / f"{part}.txt").read_text(encoding="utf-8")
    heads = list(HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        yield Example(part, RequestKind(head["kind"]), head["subject"] or "", text[head.end() : end].strip())


def judged(letters: Iterable[Example]) -> list[tuple[Example, kinds.Proposal]]:
    """Each letter with what the rules say of it."""
    return [(letter, kinds.propose(letter.text, letter.subject)) for letter in letters]


def rates(verdicts: Sequence[tuple[Example, kinds.Proposal]]) -> list[Rate]:
    """The rate of each kind."""
    pairs = [(letter.kind, proposal.kind) for letter, proposal in verdicts]
    return [
        Rate(
            kind,
            meant=sum(meant is kind for meant, _ in pairs),
            proposed=sum(seen is kind for _, seen in pairs),
            right=sum(meant is seen is kind for meant, seen in pairs),
        )
        for kind in RequestKind
    ]
