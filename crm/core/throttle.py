"""Limits on attempts, counted in the database so that every process and every restart sees them.

An attempt counts even when its request is refused and rolled back, so counters are written in a transaction
of their own. Names of counters are keyed hashes: neither an e-mail nor an address stands here.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from flask import current_app
from sqlalchemy import LargeBinary, delete, select, update
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


def count(limits: dict[Limit, str]) -> int:
    """Count one attempt against each of these limits, whatever becomes of the request, and say how many seconds it
    must wait; 0 lets it in. Counting and asking is one step: of many attempts at once no more get in than may."""
    moment = now()
    waits = [0]
    with db.engine.begin() as connection:
        connection.execute(delete(Throttle).where(Throttle.ends_at <= moment))
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        for limit, whose in sorted(limits.items(), key=lambda pair: pair[0].what):
            ends_at = moment + timedelta(minutes=limit.minutes)
            first = dialect.insert(Throttle).values(name=limit.name(whose), began_at=moment, ends_at=ends_at, count=1)
            again = first.on_conflict_do_update(index_elements=["name"], set_={"count": Throttle.count + 1})
            counted = connection.execute(again.returning(Throttle.count, Throttle.ends_at)).one()
            if counted[0] > limit.count:
                waits.append(int((counted[1] - moment).total_seconds()) + 1)
    return max(waits)


def give_back(limits: dict[Limit, str]) -> None:
    """Take back what `count` counted: the attempt was a good one."""
    names = [limit.name(whose) for limit, whose in limits.items()]
    with db.engine.begin() as connection:
        connection.execute(update(Throttle).where(Throttle.name.in_(names)).values(count=Throttle.count - 1))


def network(address: str) -> str:
    """Whose an address is, for counting: an IPv6 subscriber has a whole /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
