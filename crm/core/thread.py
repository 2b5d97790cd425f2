"""Message-IDs: how a letter says which letters it answers (RFC 5322 3.6.4).

They come from strangers, so only what is shaped like one is ever repeated in a header of ours.
"""

import re
from collections.abc import Sequence

MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
"""Printable ASCII without spaces in angle brackets; a line of a letter holds it whole."""
MOST_REFERENCES = 30
LONGEST_READ = 20_000
"""Letters of a header that are looked at."""


def message_ids(header: str) -> list[str]:
    """The Message-IDs in a header, each once, in their order; whatever else stands there is left out."""
    return list(dict.fromkeys(MESSAGE_ID.findall(header[:LONGEST_READ])))


def cut(references: Sequence[str]) -> list[str]:
    """A thread as it may stand in a header: the letter that began it and the last ones."""
    if len(references) <= MOST_REFERENCES:
        return list(references)
    return [references[0], *references[1 - MOST_REFERENCES :]]


def following(references: str, newest: str) -> tuple[str, str]:
    """What In-Reply-To and References of an answer say, from the References and the Message-ID of what it answers;
    both empty where that has no proper Message-ID."""
    answered = message_ids(newest)[-1:]
    if not answered:
        return "", ""
    before = [one for one in message_ids(references) if one != answered[0]]
    return answered[0], " ".join(cut([*before, *answered]))
