"""Links in letters: what the button behind each does, once, and when it does nothing any more."""

import pytest
from sqlalchemy import select

from crm.agreements import commands as documents
from crm.audit.models import Action, AuditEntry
from crm.consents import links, queries
from crm.consents.models import Channel, ConsentRecord, ConsentState, Evidence
from crm.core import clock as house_clock
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from tests.consents.willing import (
    ENQUIRY,
    NEWSLETTER,
    letters_to,
    link_to,
    links_of,
    new_edition,
    press,
    purpose,
    send,
    token_in,
    told,
    wide_form,
    wish_to_withdraw,
)


@pytest.fixture
def waiting(form):
    """Maria ticked the enquiry and the newsletter; the letter is on its way."""
    return send(form, ENQUIRY, NEWSLETTER)


# subscribing


def test_a_box_that_a_letter_must_confirm_is_no_consent_before_its_button(waiting):
    assert NEWSLETTER not in told(waiting.client)
    assert not queries.may(waiting.client, purpose(NEWSLETTER).id)


def test_the_button_gives_consent_under_the_number_of_the_form(waiting):
    (record,) = press(link_to(waiting.client, "subscribe"))
    assert (record.state, record.channel, record.receipt) == (
        ConsentState.GIVEN,
        Channel.LINK,
        waiting.consent.receipt,
    )
    assert queries.may(waiting.client, purpose(NEWSLETTER).id)


def test_the_evidence_tells_of_the_box_and_of_the_button(waiting, acting):
    (record,) = press(link_to(waiting.client, "subscribe"))
    acting.flush()
    proof = acting.scalars(select(Evidence).filter_by(consent_id=record.id)).one()
    assert (proof.ip_address, proof.user_agent) == ("198.51.100.4", "Почтовик")
    assert proof.page_address == "http://localhost/f/x"
    assert "IP 192.0.2.7" in proof.note
    assert proof.box_label == purpose(NEWSLETTER).box_label


def test_giving_by_a_link_is_audited_as_an_act_of_the_visitor(waiting, acting):
    press(link_to(waiting.client, "subscribe"))
    noted = acting.scalars(select(AuditEntry).filter_by(action=Action.CONSENT_GIVEN)).one()
    assert (noted.actor_kind.value, noted.subject_id) == ("visitor", waiting.client.id)


def test_a_button_acts_once(waiting):
    address = link_to(waiting.client, "subscribe")
    press(address)
    with pytest.raises(links.LinkSpent):
        press(address)


@pytest.mark.parametrize(("days", "is_open"), [(6.99, True), (7.01, False)])
def test_a_link_is_open_for_a_week(waiting, clock, days, is_open):
    clock.stop()
    address = link_to(waiting.client, "subscribe")
    clock.move(days=days)
    if is_open:
        assert press(address)
    else:
        with pytest.raises(links.LinkSpent):
            press(address)


def test_a_link_opens_again_when_a_clock_that_ran_ahead_is_put_right(waiting, clock):
    address = link_to(waiting.client, "subscribe")
    clock.move(days=3000)
    with pytest.raises(links.LinkSpent):
        press(address)
    clock.move(days=-3000)
    assert press(address)


def test_nothing_of_a_destroyed_client_can_be_pressed(waiting, anna, acting):
    address = link_to(waiting.client, "subscribe")
    erasure.erase(waiting.client_id, reason=Reason.DEMANDED, by=anna)
    with pytest.raises(links.LinkSpent):
        press(address)


def test_a_link_opened_before_the_client_was_destroyed_does_nothing_after(waiting, anna):
    offer = links.offered(token_in(link_to(waiting.client, "subscribe")))
    erasure.erase(waiting.client_id, reason=Reason.DEMANDED, by=anna)
    with pytest.raises(links.LinkSpent):
        links.press(offer, shown=offer.text.address, ip_address="", user_agent="")


def test_a_purpose_that_is_no_longer_used_takes_no_consent(waiting, anna):
    documents.set_retired(purpose(NEWSLETTER), retired=True, by=anna)
    with pytest.raises(links.LinkSpent):
        press(link_to(waiting.client, "subscribe"))


def test_a_late_button_says_yes_to_the_newest_text_which_its_page_showed(waiting, anna):
    new_edition(NEWSLETTER, by=anna)
    (record,) = press(link_to(waiting.client, "subscribe"))
    assert record.agreement_version.number == 2


def test_a_button_whose_page_showed_an_older_text_changes_nothing(waiting, anna):
    address = link_to(waiting.client, "subscribe")
    shown = links.offered(token_in(address)).text.address
    new_edition(NEWSLETTER, by=anna)
    with pytest.raises(links.TextChanged):
        press(address, shown=shown)


# a card that only waits for its button


@pytest.fixture
def stranger(acting, anna):
    """Somebody who only wants the newsletter: their card waits for the button."""
    return send(wide_form(anna, only=(NEWSLETTER,)), ENQUIRY).client


def test_a_card_that_waits_for_its_button_alone_is_due_for_destruction(stranger, clock):
    left = (stranger.destroy_on - house_clock.today()).days
    assert (stranger.standing.value, stranger.restricted_at, left) == ("none", None, 7)
    assert stranger in queries.due_to_be_destroyed(until=stranger.destroy_on)


def test_the_button_takes_that_day_away(stranger):
    press(link_to(stranger, "subscribe"))
    assert (stranger.standing.value, stranger.destroy_on) == ("given", None)


def test_a_card_that_stood_before_without_consent_is_not_due_because_of_a_subscription(form, anna, acting):
    sent = send(form, ENQUIRY)
    sent.client.standing = "none"  # as cards from before consent was asked
    for current in queries.currents_of(sent.client).values():
        acting.delete(current)
    acting.flush()
    send(wide_form(anna, only=(NEWSLETTER,)), ENQUIRY)
    assert sent.client.destroy_on is None


# old links


def test_links_whose_time_is_over_take_their_letters_with_them(waiting, clock):
    clock.move(days=7, seconds=1)
    links.close_old()
    assert not letters_to(waiting.client, "subscribe")
    assert [one.used_at is not None for one in links_of(waiting.client)] == [True]


def test_links_still_open_keep_theirs(waiting, clock):
    clock.move(days=6)
    links.close_old()
    assert len(letters_to(waiting.client, "subscribe")) == 1


def test_a_wish_to_be_called_stays_until_it_is_answered(nameless, clock):
    wish_to_withdraw(nameless, ENQUIRY)
    clock.move(days=31)
    links.close_old()
    links.clear()
    assert queries.calls_waiting(nameless.client)
    clock.move(days=365)
    links.clear()
    assert queries.calls_waiting(nameless.client)


def test_no_token_is_kept_anywhere(waiting, acting):
    token = token_in(link_to(waiting.client, "subscribe"))
    (link,) = links_of(waiting.client)
    kept = [getattr(link, column.key) for column in link.__table__.columns]
    assert not [
        value for value in kept if token.encode() in (value if isinstance(value, bytes) else str(value).encode())
    ]
    assert acting.scalars(select(ConsentRecord)).all()
