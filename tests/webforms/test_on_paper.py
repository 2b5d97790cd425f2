"""A consent that the law wants signed: no form asks for it, yet its text is published and can be agreed to on paper."""

import pytest

from crm.accounts.models import User
from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.agreements.ready import READY, Proof, PurposeKind
from crm.core import transaction
from tests.browsing import page
from tests.consents.desk import write
from tests.core.scans import PDF

HEALTH = {"name": "подбор занятий по состоянию здоровья", "data": "имя; сведения о здоровье", "proof": Proof.WRITTEN}


@pytest.fixture
def code(acting, ours):
    """The document of a purpose that needs written form."""
    with transaction.of_its_own():
        by = acting.get_one(User, ours.owner.id)
        purpose = documents.add_purpose(
            kind=PurposeKind.OTHER, values=READY[PurposeKind.OTHER].values() | HEALTH, by=by
        )
        found = agreements.agreement_to(purpose).code
    acting.rollback()
    return found


def publish(owner, code):
    return owner.fill(f"/settings/documents/{code}", button="publish", reviewed=True)


def test_its_text_is_published_for_paper(owner, acting, code):
    assert publish(owner, code).status_code == 303
    (version,) = agreements.versions(agreements.agreement(code))
    assert (version.number, version.rendered_for) == (1, "бумажный бланк")
    assert version.fields == ["имя", "сведения о здоровье"]


def test_published_again_unchanged_it_stays_the_same_edition(owner, acting, code):
    publish(owner, code)
    publish(owner, code)
    assert len(agreements.versions(agreements.agreement(code))) == 1


def test_staff_can_write_down_that_it_was_signed(owner, ours, code):
    publish(owner, code)
    card = f"/clients/{ours.client_id}"
    offered = page(owner.get(f"{card}/consents"), owner.application)
    version = next(
        one["value"] for one in offered.all("input") if one["name"] == "version" and "здоров" in label_of(offered, one)
    )
    signed = {"version": version, "channel": "paper"}
    assert write(owner, ours.client_id, "consents", **signed).status_code == 422  # where is the paper?
    assert write(owner, ours.client_id, "consents", scan=(PDF, "скан.pdf"), **signed).status_code == 303
    assert HEALTH["name"] in owner.get(card).text.casefold()


def label_of(offered, control):
    return next(one.text for one in offered.all("label") if one["for"] == control["id"])


@pytest.mark.parametrize("word", ["form", "label"])
def test_a_text_to_be_signed_speaks_of_no_page(owner, acting, code, word):
    answer = owner.fill(f"/settings/documents/{code}", button="publish", draft=f"Я {{{{{word}}}}}", reviewed=True)
    assert (answer.status_code, "нет ни формы, ни отметки" in answer.text) == (422, True)
    assert not agreements.versions(agreements.agreement(code))


def test_its_sample_is_one_to_be_signed(acting, code):
    assert "Подпись:" in agreements.agreement(code).draft
