"""What a letter asks for, proposed from its words; a human confirms. The rules are data: kinds.toml."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm.subject_requests.models import RequestKind
from crm.subject_requests.notions import Sentence, Vocabulary, composed, sentences

PROPOSED, SURE = 2, 3
"""Weights of found rules from which a kind is proposed, and from which it is sure."""
LONGEST_READ = 200_000
PRECEDENCE = (
    RequestKind.REGULATOR,
    RequestKind.UNLAWFUL,
    RequestKind.WITHDRAWAL,
    RequestKind.ERASURE,
    RequestKind.STOP_DISTRIBUTION,
    RequestKind.STOP_PROCESSING,
    RequestKind.CORRECTION,
    RequestKind.AUTOMATED,
    RequestKind.ACCESS,
    RequestKind.STOP_MARKETING,
)
"""Of two demands in one letter, the one whose miss harms most is proposed; `propose` says why in this order."""
CONTAINS: dict[RequestKind, set[RequestKind]] = {
    RequestKind.UNLAWFUL: {RequestKind.ERASURE, RequestKind.STOP_PROCESSING},
    RequestKind.WITHDRAWAL: {RequestKind.ERASURE, RequestKind.STOP_PROCESSING, RequestKind.STOP_MARKETING},
    RequestKind.ERASURE: {RequestKind.STOP_PROCESSING, RequestKind.STOP_MARKETING},
    RequestKind.STOP_PROCESSING: {RequestKind.STOP_MARKETING},
}
"""What is done anyway when a kind is fulfilled: such a second demand makes nobody unsure."""


@dataclass(frozen=True)
class Hit:
    """A place of the letter by which a kind was proposed: the very words, for staff to see."""

    kind: RequestKind
    words: str = field(repr=False)  # of a person: never in a log
    weight: int


@dataclass(frozen=True)
class Proposal:
    """What a letter seems to ask for."""

    kind: RequestKind
    is_sure: bool
    hits: tuple[Hit, ...]

    @property
    def kinds(self) -> list[RequestKind]:
        """Everything it seems to ask for, what must not be missed first."""
        return [kind for kind in PRECEDENCE if _weight(self.hits, kind) >= PROPOSED]


@dataclass(frozen=True)
class Rule:
    """Notions that mean a kind when they stand together."""

    kind: RequestKind
    weight: int
    within: int
    all: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    nowhere: tuple[str, ...] = ()

    def found(self, sentence: Sentence) -> tuple[int, int] | None:
        """The first and last place of its words in a sentence; None if they do not stand there so."""
        first, *others = self.all or self.chain
        needed = {first, *others, *self.beside}
        if not needed <= sentence.places.keys() or sentence.places.keys() & set(self.nowhere):
            return None
        return next((span for place in sentence.places[first] if (span := self._at(sentence, place, others))), None)

    def _at(self, sentence: Sentence, place: int, others: list[str]) -> tuple[int, int] | None:
        if place in sentence.negated:
            return None
        places = [place]
        for notion in others:
            at = (
                sentence.near(notion, place, self.within)
                if self.all
                else sentence.after(notion, places[-1], self.within)
            )
            if at is None:
                return None
            places.append(at)
        around = [(min(places), self.within), (max(places), self.within)]
        if any(self._is_near(sentence, notion, around) for notion in self.never):
            return None
        if not all(self._is_near(sentence, notion, [(place, 3 * self.within)]) for notion in self.beside):
            return None
        return min(places), max(places)

    def _is_near(self, sentence: Sentence, notion: str, around: list[tuple[int, int]]) -> bool:
        return any(
            notion in sentence.words[place].notions or sentence.near(notion, place, within) is not None
            for place, within in around
        )


def _read() -> tuple[Vocabulary, list[Rule]]:
    data = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))
    rules = [_rule(RequestKind(kind), values) for kind, listed in data["rules"].items() for values in listed]
    return Vocabulary(data["words"], data["strangers"]), rules


def _rule(kind: RequestKind, values: Mapping[str, Any]) -> Rule:
    notions = {name: tuple(values.get(name, ())) for name in ("all", "chain", "never", "nowhere")}
    return Rule(kind, values["weight"], values["within"], beside=tuple(values.get("with", ())), **notions)


VOCABULARY, RULES = _read()


def propose(text: str, subject: str = "") -> Proposal:
    """The kind of request that the sender's own words seem to be.

    Where a letter asks for two things, the one whose miss does the greatest harm is proposed and staff see the others:

    - A regulator's letter is handled by other people and asks for its own answer (art. 20(4)).
    - Data said to be unlawful is blocked at once and its processing stopped within 3 working days (art. 21(1), (3)):
      the shortest of the clocks that end in destruction.
    - Withdrawal goes before erasure: it is the withdrawal that gives destruction its 30 days (art. 21(5)), and it must
      enter the ledger of consents. Destruction is part of it; who took the letter for erasure only and then found a
      ground to keep the data would go on under a consent that is no more.
    - Erasure goes before a demand to stop (art. 21(5.1)): it holds the stop and its 10 working days, and blocks.
    - Distribution ends at receipt (art. 10.1(13)), but a letter that also wants everything destroyed is erasure.
    - Correction has 7 working days, access 10. An objection to a machine's decision has 30 days, yet is rare and needs
      a human; so it goes before access, which such letters often ask for along with it.
    - Access goes before marketing: stopping marketing needs no decision and is done at intake when it is among
      `Proposal.kinds` at all, while a missed answer is the second most frequent fine.
    """
    hits = tuple(_hits(f"{subject[:1000]}\n\n{text[:LONGEST_READ]}"))
    kinds = [kind for kind in PRECEDENCE if _weight(hits, kind) >= PROPOSED]
    if not kinds:
        return Proposal(RequestKind.OTHER, is_sure=not hits, hits=hits)
    kind, *others = kinds
    is_alone = set(others) <= CONTAINS.get(kind, set())
    return Proposal(kind, is_alone and _weight(hits, kind) >= SURE, hits)


def _hits(written: str) -> Iterator[Hit]:
    """The first place at which each rule is found."""
    text = composed(written)
    waiting = list(RULES)
    for sentence in sentences(text, VOCABULARY):
        spans = [(rule, span) for rule in waiting if (span := rule.found(sentence))]
        for rule, (first, last) in spans:
            words = text[sentence.words[first].start : sentence.words[last].end]
            yield Hit(rule.kind, " ".join(words.split()), rule.weight)
        found = {rule for rule, _ in spans}
        waiting = [rule for rule in waiting if rule not in found]


def _weight(hits: tuple[Hit, ...], kind: RequestKind) -> int:
    return sum(hit.weight for hit in hits if hit.kind is kind)
