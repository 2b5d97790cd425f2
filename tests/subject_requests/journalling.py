"""Lines of the journal that tests stand on."""

from datetime import UTC, datetime

import pytest

from crm.core import tenancy, transaction
from crm.subject_requests.models import Outcome, RequestKind, RequestState
from tests import inquiries

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
JOURNAL = "/requests/journal"


@pytest.fixture
def asked_on(app, house, clock):
    """Make a request that came on this day (of November 2026) and was answered on that."""

    def make(day=3, *, answered=None, hour=9, **values):
        outcome = values.pop("outcome", Outcome.FULFILLED)
        changed = {
            name: values.pop(name) for name in list(values) if name not in ("kind", "way", "full_name", "client")
        }
        clock.stop(datetime(2026, 11, day, hour, tzinfo=UTC))
        with app.test_request_context("/"):
            tenancy.enter(house.ours.id)
            with transaction.of_its_own():
                request = inquiries.inquiry(**{"kind": RequestKind.ACCESS} | values)
                if answered:
                    request.state, request.outcome = RequestState.CLOSED, outcome
                    request.answered_at = request.closed_at = answered
                for name, value in changed.items():
                    setattr(request, name, value)
            number = request.number
        clock.stop(TUESDAY)
        return number

    return make


def november(day, hour=12):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def december(day):
    return datetime(2026, 12, day, 12, tzinfo=UTC)
