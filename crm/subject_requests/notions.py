"""A letter as sentences of notions: which words stand for what, slips of the pen and negations seen through.

All of it takes time in proportion to the letter: a word is looked up by its beginnings, never compared with a list.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

PIECE = re.compile(r"\w+(?:['’]\w+)*|[.!?…;,]|\n\s*\n")
LONGEST_WORD = 30
"""Longer runs of letters are no words of any language that is read here."""
SHORTEST_GUESSED = 6
"""In shorter words one other letter makes another word too often."""
ABBREVIATED = 3
"""A full stop after so few letters (ст., г., ч.) ends no sentence."""
LATIN_ALIKE = str.maketrans("aeopcxykmt", "аеорсхукмт")
COMPOSED = {"и\u0306": "й", "е\u0308": "е", "ё": "е", "\u0301": "", "\u00ad": "", "\u200b": ""}
"""What a Mac sends in two characters; people write е for ё; accents, soft hyphens, spaces of no width say nothing."""
FAR_NEGATION = 4
"""So many words at most stand between a negation and what it negates."""
CONDITION = 4
"""«Если вы не удалите» asks for it: so far back a condition is looked for."""


class Vocabulary:
    """Which notions a word stands for."""

    def __init__(self, words: Mapping[str, Iterable[str]], strangers: Iterable[str]) -> None:
        self.strangers = tuple(strangers)
        self._whole: dict[str, set[str]] = {}
        self._beginnings: dict[str, set[str]] = {}
        self._near: dict[tuple[str, bool], set[str]] = {}
        """Words with one inner letter left out: those that share one such remnant differ by one slip."""
        for notion, listed in words.items():
            for word in listed:
                self._learn(notion, word.rstrip("-"), is_beginning=word.endswith("-"))

    def _learn(self, notion: str, word: str, *, is_beginning: bool) -> None:
        known = self._beginnings if is_beginning else self._whole
        known.setdefault(word, set()).add(notion)
        if len(word) >= SHORTEST_GUESSED:
            for rest in _remnants(word):
                self._near.setdefault((rest, is_beginning), set()).add(word)

    def notions_of(self, word: str) -> frozenset[str]:
        """What the word stands for, exactly or with one slip; the slip never is in its first or last letter."""
        found = set(self._whole.get(word, ()))
        for end in range(2, len(word) + 1):
            found |= self._beginnings.get(word[:end], set())
        if not found and len(word) + 1 >= SHORTEST_GUESSED and not word.startswith(self.strangers):
            found = self._guessed(word)
        return frozenset(found)

    def _guessed(self, word: str) -> set[str]:
        found = self._alike(word, self._whole, is_beginning=False)
        for end in range(SHORTEST_GUESSED - 1, len(word) + 1):
            found |= self._alike(word[:end], self._beginnings, is_beginning=True)
        return found

    def _alike(self, word: str, known: Mapping[str, set[str]], *, is_beginning: bool) -> set[str]:
        rests = {word, *_remnants(word)}
        near = {one for rest in rests for one in self._near.get((rest, is_beginning), ())}
        added = {rest for rest in rests if len(rest) >= SHORTEST_GUESSED and rest in known}
        near = {one for one in near | added if one[0] == word[0] and one[-1] == word[-1]}
        return {notion for one in near for notion in known[one]}


def _remnants(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(1, len(word) - 1))


@dataclass(frozen=True)
class Word:
    """A word of a letter: where it stands there and what it stands for."""

    start: int
    end: int
    notions: frozenset[str]
    follows_comma: bool


class Sentence:
    """Words up to the end of a sentence, and where each notion is in it."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.places: dict[str, list[int]] = {}
        for place, word in enumerate(words):
            for notion in word.notions:
                self.places.setdefault(notion, []).append(place)
        self.negated = {target for place in self.places.get("not", []) for target in self._negated_by(place)}

    def near(self, notion: str, place: int, within: int) -> int | None:
        """The nearest other place of a notion, at most so many words away."""
        places = self.places.get(notion, [])
        at = bisect_left(places, place)
        around = [one for one in places[max(at - 1, 0) : at + 2] if one != place and abs(one - place) <= within]
        return min(around, key=lambda one: abs(one - place), default=None)

    def after(self, notion: str, place: int, within: int) -> int | None:
        """The next place of a notion, at most so many words further on."""
        places = self.places.get(notion, [])
        at = bisect_left(places, place + 1)
        return places[at] if at < len(places) and places[at] - place <= within else None

    def _negated_by(self, place: int) -> Iterator[int]:
        """The word that a negation takes back: the next one that is no filler, unless a comma or condition is between,
        or it complains that something has not been done."""
        if any("if" in word.notions for word in self.words[max(place - CONDITION, 0) : place]):
            return
        for target in range(place + 1, min(place + 1 + FAR_NEGATION, len(self.words))):
            word = self.words[target]
            if word.follows_comma and "so_that" not in word.notions:
                return
            if "filler" not in word.notions:
                if "undone" not in word.notions:
                    yield target
                return


def sentences(text: str, vocabulary: Vocabulary) -> Iterator[Sentence]:
    """The sentences of a text, each word with its notions."""
    known: dict[str, frozenset[str]] = {}
    words: list[Word] = []
    follows_comma = False
    for piece in PIECE.finditer(text):
        written = piece[0]
        if written[0].isalnum() or written[0] == "_":
            plain = _plain(written)
            if plain not in known:
                known[plain] = vocabulary.notions_of(plain) if len(plain) <= LONGEST_WORD else frozenset()
            words.append(Word(piece.start(), piece.end(), known[plain], follows_comma))
            follows_comma = False
        elif written == ",":
            follows_comma = True
        elif words and not (written == "." and words[-1].end - words[-1].start <= ABBREVIATED):
            yield Sentence(_without_titles_of_laws(words))
            words = []
    if words:
        yield Sentence(_without_titles_of_laws(words))


def composed(text: str) -> str:
    """The text in small letters, with one character for each."""
    text = text.lower()
    for written, meant in COMPOSED.items():
        text = text.replace(written, meant)
    return text


def _plain(word: str) -> str:
    word = word.replace("'", "").replace("’", "")
    if not word.isascii() and re.search("[а-я]", word):
        word = word.translate(LATIN_ALIKE)
    return word


def _without_titles_of_laws(words: list[Word]) -> list[Word]:
    """In «Закон О персональных данных» nobody speaks of data."""
    titled = {
        at
        for at, (first, second) in enumerate(pairwise(words))
        if "pd" in first.notions and "data" in second.notions and _is_of_a_law(words[max(at - 6, 0) : at])
    }
    return [
        Word(word.start, word.end, frozenset(), word.follows_comma) if at in titled or at - 1 in titled else word
        for at, word in enumerate(words)
    ]


def _is_of_a_law(before: Sequence[Word]) -> bool:
    return bool(before) and "about" in before[-1].notions and any("law" in word.notions for word in before)
