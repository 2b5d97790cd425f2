"""Of what a policy tells though no form asks for it."""

import pytest

from crm.agreements.models import Purpose
from crm.agreements.ready import LegalBasis, Proof
from crm.core.clock import now
from crm.webforms import policy

CONSENT, CONTRACT = LegalBasis.CONSENT, LegalBasis.CONTRACT


@pytest.mark.parametrize(
    ("basis", "proof", "is_approved", "is_told"),
    [
        (CONSENT, Proof.TICK, True, False),
        (CONSENT, Proof.DOUBLE, True, False),
        (CONSENT, Proof.WRITTEN, True, True),
        (CONSENT, Proof.WRITTEN, False, False),
        (CONSENT, Proof.DISTRIBUTION, True, True),
        (CONTRACT, Proof.TICK, False, True),
        (LegalBasis.LAW, Proof.TICK, False, True),
    ],
)
def test_a_purpose_that_no_form_asks_for_is_told(basis, proof, is_approved, is_told):
    assert policy.is_told_anyway(Purpose(basis=basis, proof=proof), is_approved=is_approved) is is_told


def test_one_that_is_not_used_any_more_is_not():
    assert not policy.is_told_anyway(Purpose(basis=CONTRACT, proof=Proof.TICK, retired_at=now()), is_approved=True)
