"""When a consent holds."""

import pytest

from crm.consents import policy
from crm.consents.models import Channel, ConsentRecord, ConsentState

LEDGERS = [
    ([], False),
    (["given"], True),
    (["renewed"], True),
    (["refused"], False),
    (["withdrawn"], False),
    (["expired"], False),
    (["withdrawn", "given"], False),
    (["given", "withdrawn", "given"], True),
    (["renewed", "given"], True),
    (["expired", "given"], False),
]


@pytest.mark.parametrize(("states", "holds"), LEDGERS)
def test_the_latest_act_of_will_decides(states, holds):
    assert policy.holds([ConsentRecord(state=ConsentState(state)) for state in states]) is holds


def test_every_state_and_channel_has_words():
    assert set(policy.STATES) == set(ConsentState)
    assert set(policy.CHANNELS) == set(Channel)
