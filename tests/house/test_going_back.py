"""What newer programs wrote down stops the way back to an older one that would lose it."""

from datetime import date

import pytest
from flask_migrate import downgrade, upgrade

from tests.house.test_upgrading import copy, entity, everything, old_house


@pytest.fixture
def operators(tmp_path):
    """Two operators of an older program, before the upgrade."""
    yield from old_house(tmp_path)


def test_requests_stop_the_way_back_too(operators, caplog):
    upgrade()
    owner = entity(operators[0]).id
    operators[0].keep("subject_request", token_hash=bytes(32), entity_id=owner, due_on=date(2026, 3, 9))
    copy("audit_entry", sequence=99, action="request.received")
    before = everything()
    with pytest.raises(SystemExit):
        downgrade(revision="0003")
    assert "rows of subject_request; new kinds of audit entries" in caplog.text
    assert everything() == before
