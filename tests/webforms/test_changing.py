"""What changes while a page is open, or after it was published: nobody agrees to what they did not see."""

import pytest

from crm.accounts import commands as accounts
from crm.accounts import queries as organisations
from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.agreements.ready import LegalBasis, Proof
from crm.webforms import commands, policy, queries
from crm.webforms.models import WebForm
from tests.browsing import page
from tests.core.rows import everything
from tests.webforms.asking import OPTIONAL, REQUIRED, SENT, asking, change, published, purpose, retire, states

TICKS = {"consent": True, "consent_1": True}


def switch(act, anna, asked):
    act(lambda: accounts.ask_consent(organisations.organisation(), asked=asked, by=anna))


def stop_of(form):
    return policy.stopped_by(queries.footings(form.id)[form.id], at=queries.now())


# while a page is open


def test_a_new_text_is_shown_with_everything_typed_and_nothing_ticked(app, acting, visitor, owner, three):
    opened = visitor.get(three.url)
    owner.fill("/settings/documents/registration", button="publish", draft="Другое. {{company}}", reviewed=True)
    before = everything(app)
    answer = visitor.submit(opened, **SENT, **TICKS)
    assert (answer.status_code, everything(app)) == (422, before)
    assert all(value in answer.text for value in SENT.values())
    assert "checked" not in answer.text
    addresses = [part.partition('"')[0] for part in answer.text.split('href="/doc/')[1:]]
    assert any("Другое." in visitor.get(f"/doc/{address}").text for address in addresses)


def test_boxes_beside_other_texts_are_not_held_against_the_visitor(visitor, owner, three):
    opened = visitor.get(three.url)
    owner.fill("/settings/documents/registration", button="publish", draft="Другое. {{company}}", reviewed=True)
    answer = visitor.submit(opened, **SENT)
    assert ("изменились" in answer.text, 'id="consent-errors"' in answer.text) == (True, False)


def test_the_page_shown_then_can_be_sent(acting, visitor, owner, three):
    opened = visitor.get(three.url)
    owner.fill("/settings/documents/registration", button="publish", draft="Другое. {{company}}", reviewed=True)
    answer = visitor.submit(visitor.submit(opened, **SENT, **TICKS), **TICKS)
    acting.rollback()
    assert (answer.status_code, states()["registration"]) == (303, "given")


@pytest.mark.parametrize("asked_at_first", [True, False])
def test_the_switch_turned_while_a_page_is_open_shows_the_page_anew(app, act, anna, visitor, three, asked_at_first):
    switch(act, anna, asked_at_first)
    opened = visitor.get(three.url)
    switch(act, anna, not asked_at_first)
    before = everything(app)
    answer = visitor.submit(opened, **SENT, **(TICKS if asked_at_first else {}))
    assert (answer.status_code, everything(app)) == (422, before)
    assert ('name="consent"' in answer.text) is not asked_at_first
    assert all(value in answer.text for value in SENT.values())
    assert visitor.submit(answer, **({} if asked_at_first else TICKS)).status_code == 303


# after it was published


@pytest.mark.parametrize("proof", [Proof.WRITTEN, Proof.DISTRIBUTION])
@pytest.mark.parametrize("grace", [0, 30])
def test_a_purpose_that_a_box_no_longer_proves_stops_its_forms_at_once(act, anna, visitor, three, proof, grace):
    act(lambda: accounts.allow_grace(organisations.organisation(), days=grace, by=anna))
    change(act, anna, "registration", proof=proof)
    assert (stop_of(three), visitor.get(three.url).status_code) == (policy.Stop.FORBIDDEN, 410)


def test_even_if_nobody_judged_the_forms(act, anna, visitor, three):
    act(
        lambda: documents.save_purpose(
            one := purpose("registration"), values={"proof": Proof.WRITTEN}, revision=one.revision, by=anna
        )
    )
    assert visitor.get(three.url).status_code == 410


def test_and_a_purpose_that_no_longer_rests_on_consent(act, anna, visitor, three):
    change(act, anna, "registration", basis=LegalBasis.CONTRACT)
    assert visitor.get(three.url).status_code == 410


def test_what_is_sent_to_such_a_form_is_not_taken(app, act, anna, visitor, three):
    opened = visitor.get(three.url)
    change(act, anna, "registration", proof=Proof.WRITTEN)
    before = everything(app)
    assert visitor.submit(opened, **SENT, **TICKS).status_code == 410
    assert everything(app) == before


def test_a_retired_purpose_makes_the_form_outdated_with_the_usual_grace(act, anna, visitor, three, clock):
    clock.stop()
    act(lambda: accounts.allow_grace(organisations.organisation(), days=2, by=anna))
    retire(act, anna, "registration")
    assert visitor.get(three.url).status_code == 200
    clock.move(days=2)
    assert (stop_of(three), visitor.get(three.url).status_code) == (policy.Stop.OUTDATED, 410)


def test_a_purpose_that_now_wants_a_letter_makes_the_form_outdated(act, anna, visitor, three):
    change(act, anna, "registration", proof=Proof.DOUBLE)
    (found,) = queries.outdated(queries.db.session.get_one(WebForm, three.id))
    assert found.is_proved_otherwise
    assert visitor.get(three.url).status_code == 410


def test_published_anew_it_collects_and_asks_for_the_letter(act, anna, visitor, three):
    change(act, anna, "registration", proof=Proof.DOUBLE)
    act(lambda: commands.renew(queries.outdated_forms(), by=anna))
    assert visitor.get(three.url).text.count("придёт письмо со ссылкой") == 2


def test_a_change_taken_back_frees_the_form(act, anna, visitor, three):
    label = purpose("registration").box_label
    change(act, anna, "registration", box_label="Другие слова")
    assert visitor.get(three.url).status_code == 410
    change(act, anna, "registration", box_label=label)
    assert visitor.get(three.url).status_code == 200


def test_renewing_leaves_the_forms_about_which_somebody_must_decide(act, anna, three, ours):
    retire(act, anna, "registration")
    change(act, anna, "consent", box_label="Другие слова")
    left = act(lambda: [form.id for form in commands.renew(queries.outdated_forms(), by=anna)])
    assert left == [three.id]
    assert (stop_of(three), queries.shown(ours.form_id).boxes[0].label) == (policy.Stop.OUTDATED, "Другие слова")


# what may not be published


CASES = {
    "a letter to nowhere": ({"fields": ("full_name",), "newsletter": OPTIONAL}, policy.Why.NO_EMAIL),
    "advertising forced on people": ({"newsletter": REQUIRED}, policy.Why.FORCED),
    "nothing": ({}, policy.Why.NOTHING),
}


@pytest.mark.parametrize(("asked", "why"), CASES.values(), ids=CASES)
def test_a_form_that_may_not_ask_is_not_published(acting, anna, asked, why):
    form = asking(anna, **asked)
    with pytest.raises(commands.CannotAsk) as refusal:
        commands.publish(form, by=anna)
    assert (refusal.value.why, form.current_version_id) == (why, None)


def test_where_consent_is_not_asked_a_form_without_purposes_goes_out(acting, anna):
    accounts.ask_consent(organisations.organisation(), asked=False, by=anna)
    assert queries.shown(published(anna).id).boxes == ()


def test_switched_on_again_it_waits_for_texts(acting, anna):
    accounts.ask_consent(organisations.organisation(), asked=False, by=anna)
    form = published(anna, consent=REQUIRED)
    accounts.ask_consent(organisations.organisation(), asked=True, by=anna)
    acting.flush()
    assert stop_of(form) is policy.Stop.NO_TEXT
    commands.publish(form, by=anna)
    acting.flush()
    assert stop_of(form) is None


def test_the_purposes_of_the_draft_are_seen_only_after_publishing(acting, anna):
    form = published(anna, consent=REQUIRED)
    more = [*form.purposes, {"id": purpose("newsletter").id.hex, "required": False}]
    commands.publish_document(agreements.agreement("newsletter"), by=anna)
    commands.save_form(form, revision=form.revision, by=anna, purposes=more)
    acting.flush()
    assert len(queries.shown(form.id).boxes) == 1
    commands.publish(form, by=anna)
    acting.flush()
    assert [box.is_required for box in queries.shown(form.id).boxes] == [True, False]


def test_every_box_has_a_name_of_its_own(app, visitor, three):
    names = {one["name"] for one in page(visitor.get(three.url), app).elements if one["type"] == "checkbox"}
    assert names == {"consent", "consent_1", "consent_2", "receipt_by_letter"}
