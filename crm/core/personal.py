"""Sealed personal data: one key per person, one sealed column per row, keyed tokens for search.

A field declared with `personal(...)` reads and writes like an attribute; its value lives only inside the
row's `sealed` column, AES-256-GCM under the person's own key, bound to table, row and operator. The
declaration is the mark that erasure, copies, retention and the register of data work from.
"""

import json
import os
import secrets
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Generic, Self, TypeVar, overload

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from sqlalchemy import ForeignKey, LargeBinary, event
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from crm.core import keys, tokens
from crm.core.db import Record
from crm.core.tenancy import OrganisationScoped, current_organisation_id

Value = TypeVar("Value")
NONCE_BYTES = 12


class SubjectKey(OrganisationScoped, Record):
    """The key of one person, wrapped by the operator's.

    Destroying this row makes every copy of the person's data unreadable and cuts the ledger's pseudonym
    from the person.
    """

    __tablename__ = "subject_key"

    wrapped: Mapped[bytes] = mapped_column(LargeBinary(40))
    pseudonym: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)

    @classmethod
    def fresh(cls) -> Self:
        """A new random key for a person of the present operator."""
        raw = AESGCM.generate_key(256)
        key = cls(wrapped=aes_key_wrap(keys.derived("wrap"), raw), pseudonym=secrets.token_bytes(16))
        key.__dict__["_cipher"] = AESGCM(raw)
        return key

    def cipher(self) -> AESGCM:
        """What seals and opens with this key."""
        if "_cipher" not in self.__dict__:
            self.__dict__["_cipher"] = AESGCM(aes_key_unwrap(keys.derived("wrap"), self.wrapped))
        cipher: AESGCM = self.__dict__["_cipher"]
        return cipher


class personal(Generic[Value]):
    """A field of a data subject: its category (a word of CATEGORIES or a function of the value giving several)
    and, with `find`, what the person is found by."""

    def __init__(
        self,
        category: str | Callable[[Any], set[str]],
        find: Callable[[Any], Iterable[str]] | None = None,
    ) -> None:
        self.category, self.find = category, find

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> Value | None: ...
    def __get__(self, row: Any, owner: type) -> Any:
        return self if row is None else row.opened().get(self.name)

    def __set__(self, row: Any, value: Value | None) -> None:
        row.keep_found_by()
        row.opened()[self.name] = value
        row.__dict__["_is_changed"] = True
        if row.sealed is not None:
            flag_modified(row, "sealed")

    def categories(self, value: Any) -> set[str]:
        """The categories of data that this value is."""
        return self.category(value) if callable(self.category) else {self.category}


class Sealed(OrganisationScoped):
    """Mixin for every row that holds something about a person."""

    id: Mapped[uuid.UUID]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    @declared_attr
    def subject_key_id(cls) -> Mapped[uuid.UUID]:
        return mapped_column(ForeignKey("subject_key.id"), index=True)

    @declared_attr
    def subject_key(cls) -> Mapped[SubjectKey]:
        return relationship(SubjectKey, lazy="joined", innerjoin=True)

    def opened(self) -> dict[str, Any]:
        """The row's personal values by name; ValueError subclasses of cryptography if it was tampered with."""
        sealed = self.sealed  # first: an expired row is read anew here and forgets what was open
        if "_open" not in self.__dict__:
            raw = b"{}"
            if sealed:
                raw = self.subject_key.cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._place())
            self.__dict__["_open"] = json.loads(raw)
        values: dict[str, Any] = self.__dict__["_open"]
        return values

    def seal(self) -> None:
        """Close the values into the sealed column."""
        nonce = os.urandom(NONCE_BYTES)
        text = json.dumps(self.opened(), ensure_ascii=False, separators=(",", ":")).encode()
        self.sealed = nonce + self.subject_key.cipher().encrypt(nonce, text, self._place())
        self.__dict__["_is_changed"] = False

    def categories(self) -> set[str]:
        """The categories of personal data this row really holds."""
        filled = {name: value for name, value in self.opened().items() if value}
        fields = personal_fields(type(self))
        return {word for name, value in filled.items() for word in fields[name].categories(value)}

    def found_by(self) -> set[str]:
        """What the person is found by, as far as this row knows."""
        values = self.opened()
        return {
            item
            for name, field in personal_fields(type(self)).items()
            if field.find and values.get(name)
            for item in field.find(values[name])
        }

    def keep_found_by(self) -> None:
        """Remember, before the first change, what the stored row was found by."""
        if self.sealed is not None and "_was_found_by" not in self.__dict__:
            self.__dict__["_was_found_by"] = self.found_by()

    def _place(self) -> bytes:
        """A value moved to another row, table or operator no longer opens."""
        return f"{self.__tablename__}|{self.id}|{self.organisation_id}".encode()  # type: ignore[attr-defined]


class SealedContent(Sealed):
    """Mixin for a row that also holds many bytes (a file, a letter as it came) under the same key: lists do not read
    them, and they open in no other row, nor in place of the row's values."""

    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    def enclose(self, content: bytes) -> None:
        """Seal the bytes into the row; its key must be set."""
        self.organisation_id = current_organisation_id()
        nonce = os.urandom(NONCE_BYTES)
        self.content = nonce + self.subject_key.cipher().encrypt(nonce, content, self._place_of_content())

    def enclosed(self) -> bytes:
        """The bytes as they were; cryptography's InvalidTag if they were tampered with or stood elsewhere."""
        nonce, sealed = self.content[:NONCE_BYTES], self.content[NONCE_BYTES:]
        return self.subject_key.cipher().decrypt(nonce, sealed, self._place_of_content())

    def _place_of_content(self) -> bytes:
        return self._place() + b"|content"


_fields: dict[type, dict[str, personal[Any]]] = {}


def personal_fields(model: type) -> dict[str, personal[Any]]:
    """The personal fields declared by a model, by name."""
    if model not in _fields:
        _fields[model] = {
            name: field for cls in model.__mro__ for name, field in vars(cls).items() if isinstance(field, personal)
        }
    return _fields[model]


@event.listens_for(Session, "before_flush")
def _seal_what_changed(session: Session, flush_context: Any, instances: Any) -> None:
    wanted: dict[uuid.UUID, set[str]] = {}
    session.info["tokens_to_write"] = wanted
    for row in (*session.new, *session.dirty):
        if not isinstance(row, Sealed) or not row.__dict__.get("_is_changed"):
            continue
        row.subject_key_id = row.subject_key.id
        row.seal()
        found_by, was_found_by = row.found_by(), row.__dict__.pop("_was_found_by", set())
        if gone := was_found_by - found_by:
            tokens.forget(session.connection(), row.subject_key_id, tokens.keyed(gone))
        if new := found_by - was_found_by:
            wanted.setdefault(row.subject_key_id, set()).update(new)


@event.listens_for(Session, "after_flush")
def _write_tokens(session: Session, flush_context: Any) -> None:
    wanted = session.info.pop("tokens_to_write", {})
    rows = [
        {"organisation_id": session.info["organisation_id"], "token": token, "subject_key_id": subject_key_id}
        for subject_key_id, items in wanted.items()
        for token in tokens.keyed(items)
    ]
    if rows:
        tokens.write(session.connection(), rows)


@event.listens_for(Sealed, "refresh", propagate=True)
def _forget_opened(row: Sealed, context: Any, attributes: Any) -> None:
    for copy in ("_open", "_was_found_by", "_is_changed"):
        row.__dict__.pop(copy, None)
