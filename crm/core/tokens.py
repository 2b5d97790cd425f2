"""Search without clear text: keyed tokens (HMAC-SHA256) of words, e-mails and endings of phone numbers.

A token says nothing to whoever lacks the operator's search key; equal tokens mean equal words. A name is
found by any beginning of any of its words, a phone by its last digits, an e-mail as a whole.
"""

import hmac
import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, ForeignKey, Index, LargeBinary, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crm.core import keys
from crm.core.db import Base
from crm.core.tenancy import OrganisationScoped

TOKEN_BYTES = 12
LONGEST_BEGINNING = 24
SHORTEST_BEGINNING = 2
TAILS = range(4, 11)


class SearchToken(OrganisationScoped, Base):
    """A person (by the key that opens their data) answers to a keyed word."""

    __tablename__ = "search_token"
    __table_args__ = (
        Index("ix_search_token_subject_key_id", "subject_key_id"),
        {"sqlite_with_rowid": False},
    )

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary(TOKEN_BYTES), primary_key=True)
    subject_key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subject_key.id"), primary_key=True)


def words(value: str) -> Iterator[str]:
    """What a name is found by: beginnings of each word and the word itself; case and ё/е do not matter."""
    for word in _split(value):
        yield from (f"w:{word[:n]}" for n in range(SHORTEST_BEGINNING, LONGEST_BEGINNING + 1) if n <= len(word))
        yield f"w:{word}"


def email(value: str) -> Iterator[str]:
    """What an e-mail is found by: the whole of it, in any case."""
    yield f"e:{value.casefold()}"


def phone(value: str) -> Iterator[str]:
    """What a phone in E.164 is found by: its last 4 to 10 digits, and exactly."""
    digits = re.sub(r"\D", "", value)
    yield from (f"p:{digits[-n:]}" for n in TAILS if n <= len(digits))
    yield f"P:{digits}"


def asked(query: str) -> list[str]:
    """What a typed query asks for: every item must be found. Too short pieces ask for nothing.

    >>> asked("Иванов ПЁТР 8 (912) 345-67-89 p@x.ru")
    ['e:p@x.ru', 'p:9123456789', 'w:иванов', 'w:петр']
    """
    emails = re.findall(r"\S+@\S+", query)
    rest = re.sub(r"\S+@\S+", " ", query)
    phones = [re.sub(r"\D", "", run) for run in re.findall(r"[+\d(][\d\s()\-.]*\d", rest)]
    tails = [f"p:{digits[-max(TAILS) :]}" for digits in phones if len(digits) >= min(TAILS)]
    if tails:
        rest = re.sub(r"[+\d(][\d\s()\-.]*\d", " ", rest)
    names = [f"w:{word}" for word in _split(rest) if len(word) >= SHORTEST_BEGINNING]
    return [item for value in emails for item in email(value)] + tails + names


def keyed(items: Iterable[str]) -> set[bytes]:
    """The tokens of these items under the present operator's search key."""
    key = keys.derived("search")
    return {hmac.digest(key, item.encode(), "sha256")[:TOKEN_BYTES] for item in items}


def write(connection: Connection, rows: list[dict[str, object]]) -> None:
    """Add tokens; those already there stay as they are."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(SearchToken).on_conflict_do_nothing(), rows)


def forget(connection: Connection, subject_key_id: uuid.UUID, tokens: set[bytes]) -> None:
    """Remove tokens by which a person is no longer found."""
    connection.execute(
        delete(SearchToken).where(SearchToken.subject_key_id == subject_key_id).where(SearchToken.token.in_(tokens))
    )


def _split(value: str) -> list[str]:
    composed = unicodedata.normalize("NFKC", value)  # й typed on a Mac may arrive as two characters
    return re.findall(r"\w+", composed.casefold().replace("ё", "е"))
