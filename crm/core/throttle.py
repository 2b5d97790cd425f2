"""Limits on attempts, counted in the database so that every process and every restart sees them.

An attempt counts even when its request is refused and rolled back, so counters are written in a transaction
of their own. Names of counters are keyed hashes: neither an e-mail nor an address stands here.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import LargeBinary, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crm.core.clock import now
from crm.core.db import Base, db


class Throttle(Base):
    """How often something was tried since the counter began."""

    __tablename__ = "throttle"

    name: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int]


@dataclass(frozen=True)
class Limit:
    """At most `count` attempts within `minutes` from the first."""

    what: str
    count: int
    minutes: int

    def name(self, whose: str) -> bytes:
        """The counter's name for one e-mail, address or pair of them."""
        key = str(current_app.secret_key).encode()
        return hmac.digest(key, f"throttle:{self.what}:{whose}".encode(), "sha256")


def wait(limits: dict[Limit, str]) -> int:
    """Seconds until every one of these limits (with whose counter) lets the next attempt in; 0 means now."""
    names = {limit.name(whose): limit for limit, whose in limits.items()}
    rows = db.session.execute(select(Throttle.name, Throttle.ends_at, Throttle.count).where(Throttle.name.in_(names)))
    moment = now()
    full = [ends_at for name, ends_at, count in rows if count >= names[name].count and ends_at > moment]
    return max((int((ends_at - moment).total_seconds()) + 1 for ends_at in full), default=0)


def count(limits: dict[Limit, str]) -> None:
    """Count one attempt against each of these limits, whatever becomes of the request."""
    moment = now()
    with db.engine.begin() as connection:
        connection.execute(delete(Throttle).where(Throttle.ends_at <= moment))
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        for limit, whose in limits.items():
            ends_at = moment + timedelta(minutes=limit.minutes)
            first = dialect.insert(Throttle).values(name=limit.name(whose), began_at=moment, ends_at=ends_at, count=1)
            connection.execute(first.on_conflict_do_update(index_elements=["name"], set_={"count": Throttle.count + 1}))
