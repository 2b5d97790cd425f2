"""A letter's own words, and the older letters repeated in it.

quotequail knows the lines by which programs begin a repetition; it knows few Russian ones, so its lists (private: the
version is pinned) are completed here, and its one pattern whose time grows with the cube of a line is replaced.
"""

import re

from quotequail import _patterns, quote  # type: ignore[import-untyped]  # quotequail has no types

LONGEST, LONGEST_LINE, MOST_LINES = 200_000, 300, 2_000
"""Letters of a text, of a line and lines in which a repetition is looked for: later ones are taken as own words."""
SLOW = "([0-9]{4}/[0-9]{1,2}/[0-9]{1,2}) (.* <.*@.*>)$"
REPLIES = (
    r"^([0-9]{4}/[0-9]{1,2}/[0-9]{1,2} [^<>]*<[^<>@]*@[^<>]*>:?)$",
    r"^(?=.*[0-9][:.][0-9]{2})([^<>]*<[^<>@\s]+@[^<>\s]+>):$",  # Gmail: вт, 24 нояб. 2026 г. в 10:00, … <a@b.ru>:
    r"^(?=.*[0-9]{4})(.*) (?:пишет|писал|писала|написал|написала|сообщил|сообщила):$",
    r"^([0-9]{1,2}\.[0-9]{2}\.[0-9]{2,4}.*) (?:пишет|написал\(а\)|написал|написала):?$",
    r"^(?=.*[0-9]{4})((?:понедельник|вторник|среда|четверг|пятница|суббота|воскресенье), .*):$",  # Mail.ru
)
FORWARDS = (r"^((?:Начало переадресованного|Начало пересылаемого|Начало пересланного) (?:сообщения|письма):?)$",)
DASHES = re.compile(r"[-_]{10,}|-{3,} ?\w[\w ]{1,40} ?-{3,}")
"""Lines above the headers of a letter that is repeated."""
LINES_OF_A_BEGINNING = 2
FROM = re.compile(r"\*?(?:from|от|от кого|отправитель)\*?\s*:\*?\s*\S", re.IGNORECASE)
OTHER = re.compile(
    r"\*?(?:to|cc|date|sent|subject|кому|копия|дата|тема|отправлено|sent at|received)\*?\s*:\*?", re.IGNORECASE
)
NOT_WORDS = re.compile(
    r"(?:--|—|_+|-+|"
    r"отправлено (?:с|из) .{1,60}|sent from .{1,60}|get outlook for .{1,20}|"
    r"с уважением,?|best regards,?|fyi)",
    re.IGNORECASE,
)
"""Lines that programs add: beside a repetition, alone they are no words of the sender."""


def _complete() -> None:
    known = [one for one in _patterns.REPLY_PATTERNS if one != SLOW]
    _patterns.COMPILED_PATTERN_MAP["reply"][:] = [re.compile(one, re.IGNORECASE) for one in (*known, *REPLIES)]
    forwards = [re.compile(one) for one in (*_patterns.FORWARD_PATTERNS, *FORWARDS)]
    _patterns.COMPILED_PATTERN_MAP["forward"][:] = forwards


_complete()


def split(text: str) -> tuple[str, str]:
    """The sender's own words and what is repeated below or between them. Where nothing else is said, the repeated is
    what was said: a letter that was only passed on."""
    lines = text[:LONGEST].split("\n")
    start = _start(lines)
    if start is None:
        own, quoted = _without_marked(lines)
    else:
        first = _first_marked(lines[start : start + 5])
        own, quoted = lines[:start], lines[start:]
        if first is not None:  # what is not marked below it answers it
            answered, repeated = _without_marked(lines[start + first :])
            own, quoted = own + answered, lines[start : start + first] + repeated
    if not _has_words(own):
        return text[:LONGEST].strip(), ""
    return "\n".join(own).strip(), "\n".join(quoted).strip()


def _start(lines: list[str]) -> int | None:
    """The line at which a repetition begins."""
    some = [line.strip()[:LONGEST_LINE] for line in lines[:MOST_LINES]]
    _, *rest = quote("\n".join(some), limit=MOST_LINES + 1, quote_intro_line=True)
    found = len(some) - len(rest[0][1].split("\n")) if rest else None
    begins = (n for n, line in enumerate(some[:found]) if FROM.match(line) or DASHES.fullmatch(line))
    return next((n for n in begins if _is_block(some[n + 1 : n + 6])), found)


def _is_block(lines: list[str]) -> bool:
    """Whether these lines are headers of a letter: at least two of them."""
    return sum(1 for line in lines if OTHER.match(line) or FROM.match(line)) > 1


def _first_marked(lines: list[str]) -> int | None:
    """Where marks begin, if the repetition that begins with these lines marks its own."""
    words = [n for n, line in enumerate(lines) if line.strip()]
    marked = [n for n in words if lines[n].lstrip().startswith(">")]
    return marked[0] if marked and words.index(marked[0]) <= LINES_OF_A_BEGINNING else None


def _without_marked(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines without and with a mark of repetition; the one that introduces them, and empty ones, go with them."""
    own: list[str] = []
    quoted: list[str] = []
    into = own
    for n, line in enumerate(lines):
        is_marked = line.lstrip().startswith(">")
        introduces = line.rstrip().endswith(":") and any(one.lstrip().startswith(">") for one in lines[n + 1 : n + 3])
        if line.strip():
            into = quoted if is_marked or introduces else own
        into.append(line)
    return own, quoted


def _has_words(lines: list[str]) -> bool:
    return any(line.strip() and not NOT_WORDS.fullmatch(line.strip()[:LONGEST_LINE]) for line in lines)
