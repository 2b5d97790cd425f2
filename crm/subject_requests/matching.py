"""Whose card a letter may be about: by its sender's address, and by phones, addresses and names in its own words.

What is quoted below a letter must not be handed in: it is somebody else's.
"""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import phonenumbers
from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import aliased

from crm.clients.models import Client
from crm.core import tokens
from crm.core.db import db
from crm.core.tenancy import current_organisation_id
from crm.core.text import e164
from crm.core.tokens import SearchToken

MOST = 10
"""Cards that are shown; and hits of one address or phone that are looked at."""
MOST_CLUES = 5
"""Phones, addresses and names of one letter that are looked for, of each."""
LONGEST_READ = 20_000
COMMON = 1001
"""A name so frequent says nothing; counting further would cost more than it tells."""
LONGEST_NAME = 4
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
NAME_PART = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|[^\S\n]+|.|\n")
SIGNATURE = re.compile(r"[^\W\d_]+(?:[- ][^\W\d_]+){1,3}")
RANKS = ("email", "phone", "name")


@dataclass(frozen=True)
class Match:
    """A card that may be the sender's, and by what it was found."""

    client: Client
    by: frozenset[str]
    """Words of RANKS."""
    is_certain: bool


def matches(email: str, text: str, full_name: str | None = None, phone: str | None = None) -> list[Match]:
    """At most ten cards, the likeliest first, in three statements at most.

    A match is certain only if the sender's address is the card's own, of no other card, and nobody joined that card by
    its phone alone: then its mailbox proves something.
    """
    text = text[:LONGEST_READ]
    clues = {item: "email" for address in _emails(email, text) for item in tokens.email(address)}
    clues |= {list(tokens.phone(number))[-1]: "phone" for number in _phones(phone, text)}
    found: dict[Client, set[str]] = {}
    for client, way in (*_by_clues(clues), *_by_names(_names(full_name, text))):
        found.setdefault(client, set()).add(way)
    own = [client for client in found if _is_own(client, email)]
    certain = own[0] if len(own) == 1 and is_certain(own[0], email) else None
    made = [Match(client, frozenset(by), client is certain) for client, by in found.items()]
    return sorted(made, key=lambda match: _likelihood(match, own), reverse=True)[:MOST]


def is_certain(client: Client, email: str) -> bool:
    """Whether the mailbox of this address proves that its owner is the one of the card, if no other card has it."""
    return _is_own(client, email) and not client.is_joined_by_phone


def _is_own(client: Client, email: str) -> bool:
    return bool(email) and (client.email or "").casefold() == email.casefold()


def _likelihood(match: Match, own: Sequence[Client]) -> tuple[object, ...]:
    return match.is_certain, match.client in own, *(rank in match.by for rank in RANKS), match.client.id


# what a letter says


def _emails(sender: str, text: str) -> list[str]:
    return _first(([sender] if sender else []) + EMAIL.findall(text))


def _phones(given: str | None, text: str) -> list[str]:
    known = [number for number in [e164(given or "")] if number]
    in_text = phonenumbers.PhoneNumberMatcher(text, "RU", max_tries=50)
    shape = phonenumbers.PhoneNumberFormat.E164
    return _first(known + [phonenumbers.format_number(one.number, shape) for one in in_text])


def _names(given: str | None, text: str) -> list[list[str]]:
    """What may be names, as items to search for: as given, lines of two to four words at the end, words in capitals."""
    lines = [line.strip(" ,.-—") for line in text.splitlines() if line.strip()][-3:]
    signed = [line for line in lines if SIGNATURE.fullmatch(line)]
    written = _first(([given] if given else []) + signed[::-1] + _in_capitals(text)[::-1])
    items = [[item for item in tokens.asked(name) if item.startswith("w:")] for name in written]
    return [item for item in items if len(item) > 1]


def _in_capitals(text: str) -> list[str]:
    """Two to four words in a row that begin with a capital letter."""
    runs: list[list[str]] = [[]]
    for part in NAME_PART.findall(text):
        if part[0].isupper() and len(part) > 1:
            runs[-1].append(part)
        elif not part.isspace() or part == "\n":
            runs.append([])
    return [" ".join(run) for run in runs if 2 <= len(run) <= LONGEST_NAME]


def _first(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))[:MOST_CLUES]


# what the register knows


def _hits(token: bytes) -> Select[uuid.UUID, bytes]:
    own = SearchToken.organisation_id == current_organisation_id()
    return (
        select(Client.id, SearchToken.token)
        .join(SearchToken, SearchToken.subject_key_id == Client.subject_key_id)
        .where(own, SearchToken.token == token)
        .order_by(SearchToken.subject_key_id.desc())
        .limit(MOST)
    )


def _by_clues(clues: dict[str, str]) -> list[tuple[Client, str]]:
    ways = {token: way for item, way in clues.items() for token in tokens.keyed([item])}
    if not ways:
        return []
    hits = union_all(*(select(_hits(token).subquery()) for token in ways)).subquery()
    rows = db.session.execute(select(Client, hits.c.token).join(hits, hits.c.id == Client.id))
    return [(client, ways[token]) for client, token in rows]


def _by_names(names: list[list[str]]) -> list[tuple[Client, str]]:
    """Cards that have the rarest word of a name and one more of it."""
    keyed = [[next(iter(tokens.keyed([item]))) for item in name] for name in names]
    counts = _counted({token for name in keyed for token in name})
    pairs = []
    for name in keyed:
        known = sorted((token for token in set(name) if counts[token]), key=lambda token: counts[token])
        if len(known) > 1 and counts[known[0]] < COMMON:
            pairs.append((known[0], known[1:]))
    if not pairs:
        return []
    hits = union_all(*(select(_with_both(*pair).subquery()) for pair in pairs)).subquery()
    rows = db.session.scalars(select(Client).join(hits, hits.c.id == Client.id))
    return [(client, "name") for client in rows]


def _counted(wanted: set[bytes]) -> dict[bytes, int]:
    order = sorted(wanted)
    if not order:
        return {}
    capped = [select(SearchToken.token).where(SearchToken.token == token).limit(COMMON).subquery() for token in order]
    counts = db.session.execute(select(*(select(func.count()).select_from(one).scalar_subquery() for one in capped)))
    return dict(zip(order, counts.one(), strict=True))


def _with_both(rarest: bytes, others: list[bytes]) -> Select[uuid.UUID, bytes]:
    hit = aliased(SearchToken)
    own = hit.organisation_id == current_organisation_id()
    of_one = (hit.subject_key_id == Client.subject_key_id) & own & hit.token.in_(others)
    return _hits(rarest).where(select(hit.token).where(of_one).exists())
