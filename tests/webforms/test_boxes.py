"""A form with several boxes: one will for each purpose, none of them forced, none of them assumed."""

import pytest
from sqlalchemy import select

from crm.accounts import commands as accounts
from crm.accounts import queries as organisations
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.consents import commands as consents
from crm.consents.models import Channel, ConsentState, Evidence
from crm.core import transaction
from crm.core.clock import today
from crm.webforms import page, queries, submitting
from crm.webforms.models import Submission
from tests.browsing import browser
from tests.browsing import page as taken_apart
from tests.core.at_once import at_once
from tests.core.rows import everything, gained
from tests.webforms.asking import FIELDS, OPTIONAL, REQUIRED, SENT, states

ENQUIRY, REGISTRATION, NEWSLETTER = "consent", "consent_1", "consent_2"
BOXES = (ENQUIRY, REGISTRATION, NEWSLETTER)


def send(who, form, *ticked, **changes):
    return who.fill(form.url, **SENT | changes | {name: name in ticked for name in BOXES})


def boxes_on(answer, app):
    controls = (one for one in taken_apart(answer, app).elements if one["name"] in BOXES)
    return {one["name"]: one.attributes for one in controls}


def told_beside(answer, name):
    """The message beside a box, without its mark-up."""
    return answer.text.partition(f'id="{name}-errors"')[2].partition("</div>")[0].rpartition("<p>")[2]


# how they look


def test_each_box_has_words_a_purpose_and_a_text_of_its_own(visitor, three):
    place = visitor.get(three.url).text.partition('class="consent"')[2]
    addresses = [part.partition('"')[0] for part in place.split('href="/doc/')[1:]]
    assert len(set(addresses)) == len(addresses) == 3
    assert len({visitor.get(f"/doc/{address}").text for address in addresses}) == 3
    for words in ("ответ на обращение", "регистрация пользователя", "рассылка рекламы", "учётной записи"):
        assert words in place


def test_only_what_the_editor_chose_is_required_and_nothing_is_ticked(app, visitor, three):
    boxes = boxes_on(visitor.get(three.url), app)
    assert {name for name, attributes in boxes.items() if "required" in attributes} == {ENQUIRY}
    assert not [name for name, attributes in boxes.items() if "checked" in attributes]


def test_a_single_box_has_its_text_beside_send(visitor, ours):
    acts = visitor.get(f"/f/{ours.slug}").text.partition('<p class="acts">')[2].partition("</p>")[0]
    assert acts.index("Отправить</button>") < acts.index('href="/doc/')


def test_the_box_of_the_newsletter_says_that_a_letter_will_come(visitor, three):
    around = visitor.get(three.url).text.partition(f'name="{NEWSLETTER}"')[2]
    assert "придёт письмо со ссылкой" in around
    assert "придёт письмо" not in visitor.get(three.url).text.partition(f'name="{NEWSLETTER}"')[0]


# what becomes of them


def test_what_is_ticked_is_given_and_what_is_not_is_refused(visitor, three, acting):
    assert send(visitor, three, ENQUIRY).status_code == 303
    acting.rollback()
    assert states() == {"consent": "given", "registration": "refused", "newsletter": "refused"}


def test_every_record_of_one_sending_has_the_same_receipt(acting, visitor, three):
    location = send(visitor, three, ENQUIRY, REGISTRATION).location
    acting.rollback()
    sent = acting.scalars(select(Submission).order_by(Submission.id.desc())).first()
    receipts = {row.consent.receipt for row in acting.scalars(select(Evidence).filter_by(subject_key=sent.subject_key))}
    assert receipts == {sent.consent.receipt}
    assert sent.consent.receipt in location


def test_the_evidence_of_each_has_the_words_of_its_own_box(acting, visitor, three):
    send(visitor, three, ENQUIRY)
    acting.rollback()
    client = acting.scalars(select(Client).order_by(Client.id.desc())).first()
    rows = acting.scalars(select(Evidence).filter_by(subject_key_id=client.subject_key_id)).all()
    assert len({row.box_label for row in rows}) == 3


def test_a_ticked_newsletter_is_no_consent_yet(acting, visitor, three):
    answer = send(visitor, three, ENQUIRY, NEWSLETTER)
    acting.rollback()
    assert states() == {"consent": "given", "registration": "refused"}
    assert "Остался один шаг" in visitor.get(answer.location).text


def test_the_thank_you_page_speaks_of_a_letter_only_where_one_comes(visitor, three):
    assert "Остался один шаг" not in visitor.get(send(visitor, three, ENQUIRY).location).text


def test_many_who_send_the_same_three_boxes_at_once_make_one_submission(app, three):
    before = everything(app)

    def ready():
        who = browser(app)
        opened = who.get(three.url)
        return lambda: who.submit(opened, **SENT, consent=True, consent_2=True)

    answers = at_once([ready() for _ in range(6)])
    assert len({answer.location for answer in answers}) == 1
    counted = gained(app, before)
    assert [counted[table] for table in ("submission", "consent_record", "consent_link", "letter")] == [1, 2, 1, 1]


# what must be ticked


@pytest.mark.parametrize("ticked", [(), (REGISTRATION,), (NEWSLETTER,), (REGISTRATION, NEWSLETTER)])
def test_without_the_required_one_nothing_is_taken(app, visitor, three, ticked):
    before = everything(app)
    answer = send(visitor, three, *ticked)
    assert (answer.status_code, everything(app)) == (422, before)
    assert "Без согласия мы не можем принять" in told_beside(answer, ENQUIRY)
    assert not told_beside(answer, REGISTRATION)


def test_no_refused_page_comes_back_with_a_box_ticked(app, visitor, three):
    boxes = boxes_on(send(visitor, three, *BOXES, full_name=""), app)
    assert not [name for name, attributes in boxes.items() if "checked" in attributes]


def test_where_none_is_required_one_at_least_must_be_ticked(app, visitor, optional):
    before = everything(app)
    answer = send(visitor, optional)
    assert (answer.status_code, everything(app)) == (422, before)
    assert "Поставьте хотя бы одну отметку" in told_beside(answer, ENQUIRY)


@pytest.mark.parametrize("box", BOXES)
def test_where_none_is_required_any_one_is_enough(visitor, optional, box):
    assert send(visitor, optional, box).status_code == 303


def test_a_newsletter_without_a_mailbox_is_told_beside_its_box(app, visitor, three):
    before = everything(app)
    answer = send(visitor, three, ENQUIRY, NEWSLETTER, email="")
    assert (answer.status_code, everything(app)) == (422, before)
    assert "напишите адрес эл. почты" in told_beside(answer, NEWSLETTER)
    assert f'<li><a href="#{NEWSLETTER}">' in answer.text


def test_the_only_writer_takes_nothing_without_the_required_box(acting, three):
    shown = queries.shown(three.id)
    answers = {"full_name": {"value": "Мария", "label": FIELDS["full_name"]}}
    opened, wishes = page.read(page.sign(shown.pins)), submitting.Wishes({REGISTRATION})
    with pytest.raises(submitting.NoConsent):
        submitting.submit(shown, opened, answers, wishes=wishes, seen=consents.Circumstances())


# how long what only waits for a letter is kept


def newest(acting):
    acting.rollback()
    return acting.scalars(select(Client).order_by(Client.id.desc())).first()


def test_who_only_asked_for_the_newsletter_is_kept_no_longer_than_the_link(acting, visitor, optional, clock):
    clock.stop()
    send(visitor, optional, NEWSLETTER)
    client = newest(acting)
    assert client.standing is ConsentStanding.NONE
    assert (client.destroy_on - today()).days == 7


def test_who_asks_again_is_kept_until_the_new_link_ends(acting, visitor, optional, clock):
    clock.stop()
    send(visitor, optional, NEWSLETTER)
    clock.move(days=3)
    send(visitor, optional, NEWSLETTER)
    assert (newest(acting).destroy_on - today()).days == 7


def test_who_came_before_consent_was_asked_is_not_thrown_out_for_a_newsletter(acting, act, anna, visitor, optional):
    def switch(*, asked):
        act(lambda: accounts.ask_consent(organisations.organisation(), asked=asked, by=anna))

    switch(asked=False)
    visitor.fill(optional.url, **SENT)
    switch(asked=True)
    send(visitor, optional, NEWSLETTER)
    client = newest(acting)
    assert (client.standing, client.destroy_on) == (ConsentStanding.NONE, None)


# sent again


def test_the_same_with_another_box_is_another_submission(app, visitor, three):
    first = send(visitor, three, ENQUIRY)
    before = everything(app)
    assert send(visitor, three, ENQUIRY, REGISTRATION).location != first.location
    assert gained(app, before)["submission"] == 1


def test_who_took_one_of_the_consents_back_and_sends_the_same_again_agrees_anew(acting, visitor, three, anna):
    first = send(visitor, three, ENQUIRY, REGISTRATION)
    client = newest(acting)
    (taken_back,) = [one for one in queries.shown(three.id).boxes if one.name == REGISTRATION]
    with transaction.of_its_own():
        seen = consents.Circumstances(Channel.EMAIL)
        consents.withdraw(client.id, seen=seen, purpose_ids=[taken_back.matter.purpose_id], by=anna)
    assert send(visitor, three, ENQUIRY, REGISTRATION).location != first.location
    acting.rollback()
    assert states()["registration"] == ConsentState.GIVEN


# a form that asks for the newsletter alone


def test_a_newsletter_form_takes_the_wish_and_promises_a_letter_but_no_receipt(visitor, asks):
    form = asks(newsletter=OPTIONAL)
    thanks = visitor.get(visitor.fill(form.url, **SENT, consent=True).location).text
    assert ("Остался один шаг" in thanks, "Номер квитанции" in thanks) == (True, False)
    assert "квитанцию о согласии" not in visitor.get(form.url).text


def test_a_required_box_is_required_in_the_page_too(app, visitor, asks):
    boxes = boxes_on(visitor.get(asks(consent=REQUIRED, registration=REQUIRED).url), app)
    assert len(boxes) == 2
    assert all("required" in attributes for attributes in boxes.values())
