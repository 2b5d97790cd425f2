"""Reading the database past the gate, as only tests may: to see what is really there."""

from typing import Any

from sqlalchemy import Table, func, select

from crm.core.db import Base, db
from crm.core.tenancy import OrganisationScoped
from tests.builders import Operator


def models_of(mixin: type) -> list[type[Any]]:
    """Every model with this mixin, by name."""
    found = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, mixin)]
    return sorted(found, key=lambda model: model.__name__)


def scoped_tables() -> list[Table]:
    """Every table whose rows belong to an operator, one that the gate does not know of too."""
    return [table for table in Base.metadata.sorted_tables if "organisation_id" in table.columns]


def rows_of(operator: Operator) -> dict[str, list[Any]]:
    """Every row of an operator, by table."""
    with db.engine.connect() as connection:
        rows = {
            table.name: connection.execute(
                select(table).where(table.c.organisation_id == operator.id).order_by(*table.primary_key)
            ).all()
            for table in scoped_tables()
        }
        itself = Base.metadata.tables["organisation"]
        return rows | {"organisation": list(connection.execute(select(itself).where(itself.c.id == operator.id)))}


def number_of(model: type[Any], operator: Operator) -> int:
    """How many rows of a model an operator really has."""
    table = Base.metadata.tables[model.__tablename__]
    statement = select(func.count()).select_from(table).where(table.c.organisation_id == operator.id)
    with db.engine.connect() as connection:
        return connection.execute(statement).scalar_one()


SCOPED = models_of(OrganisationScoped)
