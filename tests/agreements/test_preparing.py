"""What a new operator starts with."""

import pytest

from crm.agreements import commands, queries
from crm.agreements.models import Agreement
from crm.agreements.ready import READY, PurposeKind


@pytest.fixture
def newcomer(acting, clock):
    """Our operator as if it had nothing yet; the clock stands, so everything is made at one moment."""
    clock.stop()
    for agreement in acting.query(Agreement):
        agreement.code = agreement.id.hex
    for purpose in queries.purposes():
        purpose.retired_at = purpose.created_at
    acting.flush()
    return acting


@pytest.mark.parametrize("_time", range(4))  # keys of one moment sort by chance
def test_the_ready_purposes_stand_in_their_order(newcomer, _time):
    commands.prepare()
    newcomer.flush()
    assert [one.kind for one in queries.purposes()] == [kind for kind in READY if kind is not PurposeKind.OTHER]
