"""Other people's data out of free texts (152-FZ art. 14(2)): names, phones and e-mails that are not the person's own.

Rules, not certainty: they rather hide a word too many than show a stranger, and a human looks at each text afterwards
(copying.py). Pure functions; who else is known to the operator is asked by `known`.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

import phonenumbers

from crm.core.text import e164

HIDDEN = "[скрыто]"
"""What stands in place of another person's data in the copy: the copy is a Russian document."""
EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
SECRET_LINK = re.compile(r"(https?://\S{1,200}/)[0-9a-f]{32,}")
"""Links of our letters open pages on which a button acts: the copy must not hand them on."""
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
NO_PHONE = re.compile(
    rf"[0-3]?\d[./][01]?\d[./](?:19|20)\d\d\b|(?:19|20)\d\d-[01]\d-[0-3]\d\b|{_BYTE}(?:\.{_BYTE}){{3}}$"
)
"""24.11.2026, 2026-11-24, 203.0.113.7."""
WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
INITIAL = re.compile(r"\b[A-ZА-ЯЁ]\.")
_ENDINGS = "ыми ими ого его ому ему ами ями ой ей ою ею ым им ом ем ах ях ых их ая яя ую юю а я у ю ы и е о й ь"
ENDINGS = tuple(_ENDINGS.split())
SURNAME = re.compile(
    r"(ов|ев|ёв|ин|ын|ск|цк|ян|дзе|швили|енко|ук|юк|ович|евич|овн|евн|ичн|иничн)"
    r"(а|у|ы|е|ой|ом|ым|ого|ому|ий|ая|ую|ии|ич|ича|ичу|ичем|ых)?$"
)
PATRONYMIC = re.compile(r".+(ович|евич|ьич|овн|евн|ичн)(а|у|ы|е|ой|ем|ом)?")
SHORTEST_STEM = 3
FIRST_NAMES = files("crm.subject_requests").joinpath("first_names.txt").read_text(encoding="utf-8").split()
"""Common first names and what people are called at home."""


@dataclass(frozen=True)
class Own:
    """What is the person's own, and the operator's, and so is never hidden."""

    names: frozenset[str] = frozenset()
    """Words, as `plain` makes them."""
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    """In E.164."""

    @classmethod
    def of(cls, *, names: Iterable[str], emails: Iterable[str], phones: Iterable[str]) -> "Own":
        """From values as they stand on cards."""
        words = {plain(word) for name in names for word in WORD.findall(name)}
        numbers = {e164(phone) or phone for phone in phones}
        return cls(frozenset(words), frozenset(email.casefold() for email in emails), frozenset(numbers))

    def has(self, word: str) -> bool:
        """Whether a word is one of the names, in whatever case it is declined."""
        return any(_is_same(plain(word), name) for name in self.names)


Known = Callable[[Collection[tuple[str, ...]]], set[tuple[str, ...]]]
"""Which of these words, or words that follow each other, are the name of somebody else whom the operator knows."""


def plain(word: str) -> str:
    """Петрович, ПЁТР → петрович, петр."""
    return word.casefold().replace("ё", "е")


def stems(word: str, *, shortest: int = SHORTEST_STEM) -> set[str]:
    """What may be left of a word without its ending; the word itself too."""
    cut = {word[: -len(end)] for end in ENDINGS if word.endswith(end) and len(word) - len(end) >= shortest}
    return {word, *cut}


FIRST_NAME_STEMS = frozenset(stem for name in FIRST_NAMES for stem in stems(plain(name), shortest=2))


def _is_same(word: str, name: str) -> bool:
    return bool(stems(word) & stems(name))


def masked(text: str, own: Own, known: Known) -> str:
    """The text without what is another person's."""
    return _without_names(contacts_masked(text, own), own, known, is_strict=True)


def masked_value(text: str, own: Own, known: Known) -> str:
    """The same for a value that is no running text (an address): capital letters tell nothing there."""
    return _without_names(contacts_masked(text, own), own, known, is_strict=False)


def contacts_masked(text: str, own: Own) -> str:
    """The text without others' e-mails and phones, and without the secrets of links."""
    text = SECRET_LINK.sub(lambda found: found[1] + HIDDEN, text)
    text = EMAIL.sub(lambda found: found[0] if found[0].casefold() in own.emails else HIDDEN, text)
    for found in reversed(list(_phones(text))):
        number = phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164)
        if number not in own.phones:
            text = text[: found.start] + HIDDEN + text[found.end :]
    return text


def _phones(text: str) -> Iterable[phonenumbers.PhoneNumberMatch]:
    """Whatever may be a phone, but for dates and addresses of the network."""
    possible = phonenumbers.Leniency.POSSIBLE
    found = phonenumbers.PhoneNumberMatcher(text, "RU", leniency=possible, max_tries=10_000)
    return (one for one in found if not NO_PHONE.match(one.raw_string))


@dataclass
class _Word:
    """A word of a text and where it stands."""

    text: str
    start: int
    end: int
    is_first: bool
    """Of its sentence: a capital letter there tells nothing."""
    follows: bool
    """Only spaces and initials stand between it and the word before."""
    is_own: bool = False
    is_hidden: bool = False

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_shouted(self) -> bool:
        """ALL IN CAPITALS, or an abbreviation: that tells nothing either."""
        return len(self.text) > 1 and self.text.isupper()

    @property
    def is_name(self) -> bool:
        """Whether it looks like part of a person's name by itself."""
        word = plain(self.text)
        is_first_name = bool(stems(word, shortest=2) & FIRST_NAME_STEMS)
        return self.is_capital and (is_first_name or PATRONYMIC.fullmatch(word) is not None)

    @property
    def is_surname(self) -> bool:
        word = plain(self.text)
        return self.is_capital and len(word) > SHORTEST_STEM and SURNAME.search(word[2:]) is not None


def _without_names(text: str, own: Own, known: Known, *, is_strict: bool) -> str:
    words = _words(text, own)
    _hide_known(words, known)
    if is_strict:
        for run in _runs(words):
            _hide_strangers(run)
    return _written(text, words)


def _words(text: str, own: Own) -> list[_Word]:
    found: list[_Word] = []
    last = 0
    for match in WORD.finditer(text):
        between = text[last : match.start()]
        if len(match[0]) == 1 and text[match.end() : match.end() + 1] == "." and match[0].isupper():
            continue  # an initial: it stands or falls with its surname
        rest = INITIAL.sub("", between)
        is_first = not found or any(mark in rest for mark in ".!?\n:•")
        is_own = own.has(match[0])
        found.append(_Word(match[0], match.start(), match.end(), is_first, bool(found) and not rest.strip(), is_own))
        last = match.end()
    return found


def _hide_known(words: list[_Word], known: Known) -> None:
    """Words that are the names of others whom the operator knows: a whole name in any letters, one word with a capital
    that does not only begin a sentence."""
    pairs = [(one, two) for one, two in pairwise(words) if two.follows]
    pairs = [(one, two) for one, two in pairs if not (one.is_own and two.is_own)]
    singles = [one for one in words if one.is_capital and not one.is_own and not one.is_first and len(one.text) > 2]
    asked = [(plain(one.text), plain(two.text)) for one, two in pairs] + [(plain(one.text),) for one in singles]
    others = known(list(dict.fromkeys(asked)))
    for one, two in pairs:
        if (plain(one.text), plain(two.text)) in others:
            one.is_hidden, two.is_hidden = not one.is_own, not two.is_own
    for one in singles:
        one.is_hidden = one.is_hidden or (plain(one.text),) in others


def _runs(words: list[_Word]) -> Iterable[list[_Word]]:
    """Words with capitals that follow each other."""
    run: list[_Word] = []
    for word in words:
        if run and not (word.is_capital and word.follows):
            yield run
            run = []
        if word.is_capital:
            run.append(word)
    if run:
        yield run


def _hide_strangers(run: list[_Word]) -> None:
    """Every word of a run that is not the person's own. One that begins a sentence, where the run goes on with the
    person's name, only if it looks like a name; likewise where all is in capitals."""
    is_ours, has_name = any(word.is_own for word in run), any(word.is_name for word in run)
    for word in run:
        if word.is_own:
            continue
        looks = word.is_name or (word.is_surname and (has_name or not word.is_first))
        stands = len(run) > 1 and not word.is_shouted and (not word.is_first or not is_ours)
        word.is_hidden = word.is_hidden or looks or stands


def _written(text: str, words: list[_Word]) -> str:
    """The text with the hidden words gone, and the initials at them."""
    pieces, at = [], 0
    for word in words:
        if word.is_hidden:
            before = _BEFORE.search(text[max(at, word.start - INITIALS) : word.start])
            after = _AFTER.match(text[word.end : word.end + INITIALS])
            pieces += [text[at : word.start - (len(before[0]) if before else 0)], HIDDEN]
            at = word.end + (after.end() if after else 0)
    return _SEVERAL.sub(HIDDEN, "".join([*pieces, text[at:]]))


INITIALS = 8
"""Letters that two initials take with their spaces."""
_BEFORE = re.compile(r"(?:\b[A-ZА-ЯЁ]\.\s?){1,2}$")
_AFTER = re.compile(r"(?:\s?[A-ZА-ЯЁ]\.){1,2}")
_SEVERAL = re.compile(r"\[скрыто\](?:\s+\[скрыто\])+")
