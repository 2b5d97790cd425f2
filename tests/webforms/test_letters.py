"""Letters that a form causes: the link of the newsletter and the wished receipt, to the typed mailbox, not too many."""

import pytest
from sqlalchemy import select

from crm.clients.models import Client
from crm.consents import commands as consents
from crm.consents import links as links_of_consent
from crm.consents.models import Channel
from crm.core import transaction
from crm.core.clock import MOSCOW
from tests.browsing import browser
from tests.core.rows import everything, gained
from tests.webforms.asking import OPTIONAL, SENT, letters, link_in, links, purpose, states

MOST = links_of_consent.TO_MAILBOX.count


def send(who, form, **changes):
    return who.fill(form.url, **{**SENT, "consent": True, **changes})


def kinds(acting):
    acting.rollback()
    return [letter.kind for letter in letters()]


def confirm(visitor, acting):
    """Open the link of the newest letter and press its button."""
    acting.rollback()
    answer = visitor.fill(link_in(letters()[-1]))
    acting.rollback()
    return answer


# the link


def test_the_letter_goes_to_the_typed_mailbox_and_holds_a_link(acting, visitor, three):
    send(visitor, three, consent_2=True)
    acting.rollback()
    (letter,) = letters()
    assert (letter.kind, letter.to) == ("subscribe", SENT["email"])
    assert visitor.get(link_in(letter)).status_code == 200


def test_only_the_button_behind_the_link_is_consent(acting, visitor, three):
    send(visitor, three, consent_2=True)
    acting.rollback()
    assert "newsletter" not in states()
    visitor.get(link_in(letters()[-1]))
    acting.rollback()
    assert "newsletter" not in states()
    confirm(visitor, acting)
    assert states()["newsletter"] == "given"


def test_what_was_ticked_beside_the_form_is_told_by_the_evidence(acting, visitor, three):
    send(visitor, three, consent_2=True)
    acting.rollback()
    (link,) = links()
    assert link.box_label == purpose("newsletter").box_label
    assert link.page_address.endswith(three.url)


def test_a_box_that_is_not_ticked_sends_nothing(acting, visitor, three):
    send(visitor, three)
    assert kinds(acting) == []


# the receipt


def test_the_receipt_comes_by_letter_only_if_wished(acting, visitor, three):
    answer = send(visitor, three, receipt_by_letter=True)
    acting.rollback()
    (letter,) = letters()
    number = answer.location.rpartition("/")[2].partition("?")[0]
    assert (letter.kind, letter.to) == ("receipt", SENT["email"])
    assert f"/receipt/{number}" in letter.text
    assert "придёт вам письмом" in visitor.get(answer.location).text


def test_a_wished_receipt_without_a_mailbox_is_told_beside_its_box(app, visitor, three):
    before = everything(app)
    answer = send(visitor, three, email="", receipt_by_letter=True)
    assert (answer.status_code, everything(app)) == (422, before)
    assert (
        "напишите адрес эл. почты" in answer.text.partition('id="receipt_by_letter-errors"')[2].partition("</div>")[0]
    )
    assert '<li><a href="#receipt_by_letter">' in answer.text


def test_a_form_without_a_mailbox_offers_no_receipt_by_letter(visitor, asks):
    assert "receipt_by_letter" not in visitor.get(asks(fields=("full_name",), consent=OPTIONAL).url).text


def test_where_consent_is_not_asked_there_is_no_receipt_to_wish(visitor, owner, ours):
    owner.fill("/settings/", consent_asked=False)
    assert "receipt_by_letter" not in visitor.get(f"/f/{ours.slug}").text


# not too many


def test_nobody_is_buried_in_letters_and_nobody_is_refused(acting, app, three):
    answers = [send(browser(app), three, text_1=f"Вопрос {n}", consent_2=True) for n in range(MOST + 2)]
    assert {answer.status_code for answer in answers} == {303}
    assert kinds(acting) == ["subscribe"] * MOST


def test_what_is_said_does_not_tell_how_many_letters_a_mailbox_got(app, three):
    said = []
    for n in range(MOST + 1):
        who = browser(app)
        said.append(who.get(send(who, three, text_1=f"Вопрос {n}", consent_2=True).location).text)
    without_numbers = {"".join(text.split('<div class="receipt">')[0]) for text in said}
    assert len(without_numbers) == 1


@pytest.mark.parametrize("email", ["petr@lugov.example.org", "nobody@example.org"])
def test_what_is_said_does_not_tell_whether_a_mailbox_is_known(visitor, three, email):
    answer = send(visitor, three, email=email, full_name="Некто", consent_2=True)
    thanks = visitor.get(answer.location).text
    assert "Мы пишем на адрес, который вы указали" in thanks
    assert email not in thanks


def test_the_mailbox_is_one_however_it_is_written(acting, visitor, three):
    for n in range(MOST + 1):
        send(
            visitor,
            three,
            text_1=str(n),
            email="MARIA@Novikova.example.org" if n % 2 else SENT["email"],
            consent_2=True,
        )
    assert len(kinds(acting)) == MOST


# the same sent again


def test_a_double_tap_sends_one_letter(acting, visitor, three):
    opened = visitor.get(three.url)
    for _ in range(2):
        visitor.submit(opened, **SENT, consent=True, consent_2=True)
    assert kinds(acting) == ["subscribe"]


def test_who_sends_the_same_again_later_gets_another_link_and_no_second_submission(app, acting, visitor, three, clock):
    clock.stop()
    first = send(visitor, three, consent_2=True)
    before = everything(app)
    clock.move(minutes=6)
    again = send(visitor, three, consent_2=True).location
    assert again == first.location.partition("/thanks/")[0] + "/thanks?letter=link"  # no number: it may be anybody
    assert kinds(acting) == ["subscribe", "subscribe"]
    assert "submission" not in gained(app, before)


def test_who_wishes_the_receipt_only_the_second_time_gets_it_once(acting, visitor, three):
    for wished in (False, True, True):
        send(visitor, three, receipt_by_letter=wished)
    assert kinds(acting) == ["receipt"]


def test_who_unsubscribed_can_subscribe_again_the_same_day(acting, visitor, three, anna, clock):
    clock.stop()
    send(visitor, three, consent_2=True)
    confirm(visitor, acting)
    client = acting.scalars(select(Client).order_by(Client.id.desc())).first()
    with transaction.of_its_own():
        seen = consents.Circumstances(Channel.EMAIL)
        consents.withdraw(client.id, seen=seen, purpose_ids=[purpose("newsletter").id], by=anna)
    clock.move(minutes=1)
    send(visitor, three, consent_2=True)
    confirm(visitor, acting)
    assert states()["newsletter"] == "given"


def test_who_asked_for_the_newsletter_alone_and_got_no_letter_asks_again(acting, visitor, asks, clock):
    clock.stop()
    form = asks(newsletter=OPTIONAL)
    send(visitor, form)
    clock.move(hours=23)
    send(visitor, form)
    confirm(visitor, acting)
    assert states()["newsletter"] == "given"


def test_and_is_kept_until_the_new_link_ends(acting, visitor, asks, clock):
    clock.stop()
    form = asks(newsletter=OPTIONAL)
    send(visitor, form)
    clock.move(hours=23)
    send(visitor, form)
    acting.rollback()
    client = acting.scalars(select(Client).order_by(Client.id.desc())).first()
    assert client.destroy_on == links()[-1].expires_at.astimezone(MOSCOW).date()


def test_a_mailbox_is_one_whatever_stands_behind_its_plus(acting, app, three):
    for n in range(MOST + 2):
        send(browser(app), three, text_1=str(n), email=f"bomb+{n}@example.org", consent_2=True)
    assert kinds(acting) == ["subscribe"] * MOST


def test_from_one_network_only_so_many_mailboxes_are_written_to(acting, app, three):
    most = links_of_consent.FROM_NETWORK.count
    for n in range(most + 2):
        send(browser(app), three, email=f"n{n}@example.org", consent_2=True)
    assert kinds(acting) == ["subscribe"] * most


def test_who_sends_anothers_words_is_told_no_receipt_of_theirs(app, three, clock):
    clock.stop()
    first = send(browser(app), three).location
    clock.move(minutes=1)
    assert first.rpartition("/")[2].partition("?")[0] not in send(browser(app), three).location


def test_an_address_is_kept_as_it_was_typed_but_for_capitals(acting, visitor, three):
    send(visitor, three, email="Anna@faß.example.org", consent_2=True)
    acting.rollback()
    assert letters()[-1].to == "anna@faß.example.org"
