"""The mail settings when many come at once, and while a mail server keeps us waiting."""

from crm.core.db import db
from crm.mail import commands, policy
from crm.mail.models import MailAccount
from tests.core.at_once import at_once, until
from tests.house.dumps import number_of
from tests.house.urls import csrf_token
from tests.settings.mail_page import TYPED, URL


def elsewhere(app, owner, url, **typed):
    """The owner sending a form from a browser of their own, as often as it is called."""
    sent, cookie = typed | {"csrf_token": csrf_token(owner)}, owner.get_cookie("session").value

    def send():
        another = app.test_client()
        another.set_cookie("session", cookie)
        return another.post(url, data=sent).status_code

    return send


def test_test_letters_that_are_asked_for_all_at_once_are_limited_too(owner, app, office, set_up):
    ask = elsewhere(app, owner, "/settings/mail/test")
    office.pauses["EHLO"] = 0.1
    assert set(at_once([ask] * 8) + at_once([ask] * 8)) == {303}
    assert len(office.letters) == 10


def test_while_others_try_theirs_a_test_letter_waits(owner, office, set_up):
    for _ in range(policy.TESTS_AT_ONCE):
        commands._tests.acquire()
    try:
        answer = owner.fill(URL, button="Отправить пробное письмо")
    finally:
        commands._tests.release(policy.TESTS_AT_ONCE)
    assert "Пробных писем уже много" in owner.get(answer.location).text
    assert office.connections == 0


def test_no_connection_to_the_database_is_held_while_a_mail_server_thinks(owner, app, office, set_up):
    office.pauses["DATA"] = 0.5

    def held():
        until(lambda: office.offered)
        with app.app_context():
            return db.engine.pool.checkedout()

    assert at_once([lambda: owner.fill(URL, button="Отправить пробное письмо"), held])[1] == 0


def test_two_who_set_it_up_at_once_leave_one_account(owner, app, acting, ours, here):
    assert at_once([elsewhere(app, owner, URL, **TYPED)] * 4) == [303] * 4
    assert number_of(MailAccount, ours) == 1
