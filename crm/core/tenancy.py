"""Each operator sees only its own rows.

A database session acts for one operator, chosen once by `enter`. Four listeners then stand at every way in
and out, so that no query has to remember the filter: the gate narrows statements, the alarm rejects foreign
rows that arrive by another road, the stamp marks new rows, the seam refuses references across operators.
"""

import uuid
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ForeignKey, bindparam, event, inspect
from sqlalchemy.orm import (
    MANYTOONE,
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
    object_session,
    with_loader_criteria,
)

from crm.core.db import AppendOnly, Key, Lasting, db


class OrganisationScoped:
    """Mixin for every model whose rows belong to one operator."""

    @declared_attr
    def organisation_id(cls) -> Mapped[uuid.UUID]:
        return mapped_column(ForeignKey("organisation.id"))


class OrganisationRoot:
    """Mixin for the operator itself, seen only by its own people."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class NoOrganisation(RuntimeError):
    """Scoped data was touched before `enter`."""


class ForeignOrganisation(RuntimeError):
    """Data of another operator was about to come in or go out."""


def enter(organisation_id: uuid.UUID) -> None:
    """Let the current session act for this operator, from now to its end."""
    held = db.session.info.setdefault("organisation_id", organisation_id)
    if held != organisation_id:
        raise ForeignOrganisation("the session already acts for another operator")


def entered() -> bool:
    """Whether the current session acts for an operator yet."""
    return "organisation_id" in db.session.info


def current_organisation_id() -> uuid.UUID:
    """The operator the session acts for; NoOrganisation before `enter`."""
    try:
        organisation_id: uuid.UUID = db.session.info["organisation_id"]
    except KeyError:
        raise NoOrganisation("call tenancy.enter first") from None
    return organisation_id


def _is_scoped(cls: type) -> bool:
    return issubclass(cls, OrganisationScoped | OrganisationRoot)


def _owner(row: Any) -> uuid.UUID | None:
    owner: uuid.UUID | None = row.__dict__.get("id" if isinstance(row, OrganisationRoot) else "organisation_id")
    return owner


@event.listens_for(Session, "do_orm_execute")
def _gate(state: ORMExecuteState) -> None:
    is_scoped, narrowed = _narrowed.get(state.statement) or _narrow(state)
    if is_scoped and "organisation_id" not in state.session.info:
        raise NoOrganisation(", ".join(mapper.class_.__name__ for mapper in state.all_mappers))
    if is_scoped and state.is_insert:
        raise ForeignOrganisation("bulk INSERT skips the stamp; add objects")
    state.statement = narrowed


def _narrow(state: ORMExecuteState) -> tuple[bool, Any]:
    """Whether a statement touches scoped rows, and the statement narrowed to the operator's own; remembered as long
    as the statement lives, so one that is built once is narrowed once."""
    is_scoped = any(_is_scoped(mapper.class_) for mapper in state.all_mappers)
    if state.is_insert:
        return is_scoped, state.statement
    _narrowed[state.statement] = is_scoped, state.statement.options(*_CRITERIA)
    return _narrowed[state.statement]


_OWN = bindparam("own_organisation", type_=Key(), callable_=lambda: db.session.info.get("organisation_id"))
"""Whose session it is, asked when a statement runs; before `enter` nobody's, and NULL equals no operator."""
_CRITERIA = (
    with_loader_criteria(
        OrganisationScoped,
        lambda cls: cls.organisation_id == _OWN,
        include_aliases=True,
        track_closure_variables=False,
    ),
    with_loader_criteria(
        OrganisationRoot, lambda cls: cls.id == _OWN, include_aliases=True, track_closure_variables=False
    ),
)
_narrowed: WeakKeyDictionary[Any, tuple[bool, Any]] = WeakKeyDictionary()


@event.listens_for(OrganisationScoped, "load", propagate=True)
@event.listens_for(OrganisationRoot, "load", propagate=True)
def _alarm(row: Any, context: Any) -> None:
    session = context.session if context else object_session(row)
    owner = _owner(row)
    if session is not None and owner is not None and owner != session.info.get("organisation_id"):
        raise ForeignOrganisation(type(row).__name__)


@event.listens_for(Session, "before_flush")
def _stamp(session: Session, flush_context: Any, instances: Any) -> None:
    organisation_id = session.info.get("organisation_id")
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, OrganisationScoped):
            continue
        if row.organisation_id is None and row in session.new:
            row.organisation_id = organisation_id
        if row.organisation_id is None:
            raise NoOrganisation(type(row).__name__)
        if row.organisation_id != organisation_id:
            raise ForeignOrganisation(type(row).__name__)


@event.listens_for(Session, "before_flush")
def _seam(session: Session, flush_context: Any, instances: Any) -> None:
    with session.no_autoflush:
        for row in (*session.new, *session.dirty):
            if not isinstance(row, OrganisationScoped):
                continue
            for link in _links(type(row)):
                key = getattr(row, link.key)
                if key is not None and not _is_own(session, link.target, key):
                    raise ForeignOrganisation(f"{type(row).__name__}.{link.key}")


class Link(NamedTuple):
    """A foreign key of a scoped model to another scoped model."""

    key: str
    target: type[Any]


_links_of: dict[type[Any], list[Link]] = {}


def _links(model: type[Any]) -> list[Link]:
    if model not in _links_of:
        _links_of[model] = [
            Link(str(column.key), link.mapper.class_)
            for link in inspect(model).relationships
            if link.direction is MANYTOONE and issubclass(link.mapper.class_, OrganisationScoped)
            for column in link.local_columns
        ]
    return _links_of[model]


MOST_KNOWN = 10_000
_known: set[tuple[uuid.UUID, uuid.UUID]] = set()
"""Rows that never go seen to be an operator's own: they never change hands, so one look is enough."""


def _is_own(session: Session, target: type[Any], key: uuid.UUID) -> bool:
    place = (session.info["organisation_id"], key)
    if place in _known:
        return True
    if session.get(target, key) is None:
        return False
    if issubclass(target, AppendOnly | Lasting):
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known.add(place)
    return True
