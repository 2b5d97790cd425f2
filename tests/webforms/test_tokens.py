"""The signed token of an open page: missing, forged, foreign or too old, it stores nothing and loses nothing."""

import pytest
from itsdangerous import URLSafeSerializer

from crm.core.clock import now
from crm.core.db import new_key
from crm.webforms import page
from crm.webforms.page import Pins
from tests.browsing import browser
from tests.core.rows import everything
from tests.webforms.sending import data, keeps_what_was_typed

PINS = Pins(new_key(), True, new_key())


def changed(token, place):
    return token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]


def of_another_installation(token):
    return URLSafeSerializer("another secret", "hosted form").dumps(said_by(token))


def said_by(token):
    """What anybody can read in a token."""
    return URLSafeSerializer("", "hosted form").loads_unsafe(token)[1]


FORGERIES = {
    "missing": lambda token: None,
    "empty": lambda token: "",
    "cut": lambda token: token[:-1],
    "longer": lambda token: token + "A",
    "changed at the beginning": lambda token: changed(token, 5),
    "changed signature": lambda token: changed(token, -5),
    "unsigned": lambda token: token.rpartition(".")[0],
    "of another installation": of_another_installation,
    "no token at all": lambda token: "x" * 200,
    "dots": lambda token: "." * 50,
    "long": lambda token: "A" * 100_000,
    "NUL": lambda token: "\x00",
    "emoji": lambda token: "🐱",
    "letters of another alphabet": lambda token: "токен.подпись",
    "JSON": lambda token: '["a",null,null,0]',
    "script": lambda token: "<script>alert(1)</script>",
}


def post(visitor, ours, token, **changes):
    sent = data(visitor, ours, **changes)
    sent.pop("token")
    return visitor.post(f"/f/{ours.slug}", data=sent if token is None else sent | {"token": token})


@pytest.fixture
def token(visitor, ours):
    return data(visitor, ours)["token"]


@pytest.mark.parametrize("pins", [PINS, Pins(new_key(), False, new_key()), Pins(new_key(), False, None)])
def test_a_token_names_exactly_what_was_shown(app, clock, pins):
    clock.stop()
    with app.app_context():
        token = page.sign(pins)
        clock.move(minutes=5)
        assert page.read(token) == page.OpenPage(pins, 300)


@pytest.mark.parametrize("agreement", [new_key().hex, None], ids=["one agreement", "none"])
def test_a_token_of_a_page_opened_before_the_upgrade_is_read_too(app, clock, agreement):
    """It named the agreement in the place where now stands whether consent is asked."""
    clock.stop()
    form, policy = new_key(), new_key()
    with app.app_context():
        old = [form.hex, agreement, policy.hex, int(now().timestamp())]
        token = page._serializer().dumps(old)
        assert page.read(token) == page.OpenPage(Pins(form, agreement is not None, policy), 0)


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_with_a_forged_token_nothing_is_stored_and_nothing_typed_is_lost(app, visitor, ours, token, forge):
    before = everything(app)
    answer = post(visitor, ours, forge(token))
    assert (answer.status_code, everything(app)) == (422, before)
    assert keeps_what_was_typed(answer)
    assert "Проверьте данные и отправьте ещё раз" in answer.text


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_token_does_not_come_back_to_the_page(visitor, ours, token, forge):
    forged = forge(token)
    assert not forged or f'value="{forged}"' not in post(visitor, ours, forged).text


def test_the_page_shown_after_it_can_be_sent(visitor, ours):
    answer = post(visitor, ours, "")
    assert visitor.submit(answer, consent=True).status_code == 303


@pytest.mark.parametrize(("hours", "status"), [(0, 303), (23, 303), (24, 303), (24.01, 422), (48, 422), (-1, 422)])
def test_a_page_may_be_open_for_a_day(app, visitor, ours, clock, hours, status):
    clock.stop()
    sent = data(visitor, ours)
    clock.move(hours=hours)
    before = everything(app)
    answer = visitor.post(f"/f/{ours.slug}", data=sent)
    assert answer.status_code == status
    assert status == 303 or (everything(app) == before and keeps_what_was_typed(answer))


def test_a_token_of_another_form_of_ours_stores_nothing(app, visitor, owner, ours):
    address = owner.fill("/forms/new", title="Другая форма").location
    owner.fill(address, button="publish")
    slug = owner.get(address).text.partition("/f/")[2].partition('"')[0]
    foreign = visitor.get(f"/f/{slug}").text.partition('name="token" value="')[2].partition('"')[0]
    before = everything(app)
    answer = post(visitor, ours, foreign)
    assert (answer.status_code, everything(app)) == (422, before)
    assert keeps_what_was_typed(answer)


def test_a_token_of_another_operator_stores_nothing(app, house, visitor, ours):
    visitor.foreign = ()
    foreign = visitor.get(f"/f/{house.neighbour.slug}").text.partition('name="token" value="')[2].partition('"')[0]
    before = everything(app)
    assert post(visitor, ours, foreign).status_code == 422
    assert everything(app) == before


def test_a_token_survives_a_restart_and_needs_no_cookie(app, visitor, ours, token):
    assert post(browser(app), ours, token).status_code == 303


def test_a_token_says_nothing_of_the_visitor(token):
    form, asks_consent, policy, opened_at = said_by(token)
    assert [len(version) for version in (form, policy)] == [32, 32]
    assert (asks_consent, type(opened_at)) == (True, int)
