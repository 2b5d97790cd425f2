"""Coming in and going out."""

from urllib.parse import quote

import pytest

from crm.accounts.models import User
from crm.core import transaction
from crm.core.clock import now
from tests.browsing import browser
from tests.builders import PASSWORD
from tests.core.test_web import INSIDE, OUTSIDE

WRONG = "совсем другая длинная фраза"


def from_afar(who, email, password, address):
    who.environ_base = {**who.environ_base, "REMOTE_ADDR": address}
    return who.fill("/sign-in", email=email, password=password)


def fail(who, email, times):
    return [who.fill("/sign-in", email=email, password=WRONG).status_code for _ in range(times)]


@pytest.fixture
def somebody(app):
    """A browser that belongs to nobody yet and may see any operator's pages."""
    return browser(app)


def test_who_knows_the_password_comes_in(visitor, ours):
    answer = visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")
    assert ours.owner.name in visitor.get("/").text


@pytest.mark.parametrize("typed", [str.upper, str.title, "  {}  ".format])
def test_an_address_is_known_in_any_case_and_with_spaces_around(visitor, ours, typed):
    assert visitor.fill("/sign-in", email=typed(ours.owner.email), password=PASSWORD).status_code == 303


@pytest.mark.parametrize("change", [str.upper, " {}".format, "{} ".format, lambda word: word[:-1]])
def test_all_of_a_password_counts(visitor, ours, change):
    assert visitor.fill("/sign-in", email=ours.owner.email, password=change(PASSWORD)).status_code == 422


def test_unknown_wrong_and_closed_get_the_same_answer(visitor, owner, ours):
    owner.fill("/settings/staff", button="Закрыть доступ")
    attempts = [("nobody@example.org", WRONG), (ours.owner.email, WRONG), (ours.manager.email, PASSWORD)]
    answers = [visitor.fill("/sign-in", email=email, password=password) for email, password in attempts]
    pages = {_without_what_was_typed(answer, email) for answer, (email, _) in zip(answers, attempts, strict=True)}
    assert ([answer.status_code for answer in answers], len(pages)) == ([422] * 3, 1)


def _without_what_was_typed(answer, email):
    lines = answer.text.replace(email, "…").splitlines()
    return "\n".join(line for line in lines if "csrf_token" not in line)


def test_a_password_never_comes_back_to_the_page(visitor, ours):
    assert WRONG not in visitor.fill("/sign-in", email=ours.owner.email, password=WRONG).text


def test_after_five_wrong_passwords_even_the_right_one_must_wait(visitor, ours):
    assert fail(visitor, ours.owner.email, 5) == [422] * 5
    answer = visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60 + 1
    assert "Слишком много попыток" in answer.text


def test_an_unknown_address_is_made_to_wait_in_the_same_way(visitor):
    assert fail(visitor, "nobody@example.org", 6) == [422] * 5 + [429]


def test_the_case_of_an_address_gives_no_further_attempts(visitor, ours):
    fail(visitor, ours.owner.email, 3)
    fail(visitor, ours.owner.email.upper(), 2)
    assert visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD).status_code == 429


def test_attempts_count_although_their_requests_are_rolled_back(app, ours):
    for _ in range(5):  # each in a browser of its own: no cookie carries the count
        fail(browser(app), ours.owner.email, 1)
    assert browser(app).fill("/sign-in", email=ours.owner.email, password=PASSWORD).status_code == 429


def test_a_header_that_nobody_of_ours_wrote_gives_no_further_attempts(visitor, ours):
    for n in range(5):
        page = visitor.get("/sign-in")
        visitor.environ_base["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{n}"
        visitor.submit(page, email=ours.owner.email, password=WRONG)
    assert visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD).status_code == 429


def test_other_accounts_are_not_locked(visitor, ours):
    fail(visitor, ours.owner.email, 6)
    assert visitor.fill("/sign-in", email=ours.manager.email, password=PASSWORD).status_code == 303


def test_the_owner_elsewhere_is_not_locked_out_by_a_strangers_attempts(visitor, somebody, ours):
    fail(visitor, ours.owner.email, 6)
    assert from_afar(somebody, ours.owner.email, PASSWORD, "198.51.100.7").status_code == 303


def test_after_a_quarter_of_an_hour_the_right_password_lets_in(visitor, ours, clock):
    clock.stop()
    fail(visitor, ours.owner.email, 6)
    clock.move(minutes=15)
    assert visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD).status_code == 303


def test_who_tries_many_accounts_from_one_address_must_wait(visitor, ours):
    for n in range(50):
        fail(visitor, f"nobody{n}@example.org", 1)
    assert visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD).status_code == 429


def test_an_account_tried_from_many_addresses_must_wait(somebody, ours):
    answers = [from_afar(somebody, ours.owner.email, WRONG, f"198.51.100.{n}").status_code for n in range(101)]
    assert answers == [422] * 100 + [429]


def test_success_is_not_counted_as_an_attempt(visitor, ours):
    for _ in range(7):
        assert visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD).status_code == 303


@pytest.mark.parametrize("target", INSIDE)
def test_after_coming_in_one_is_where_one_wanted_to_be(visitor, ours, target):
    url = f"/sign-in?next={quote(target)}"
    assert visitor.fill(url, email=ours.owner.email, password=PASSWORD).location == target.replace(
        "анна", quote("анна")
    )


@pytest.mark.parametrize("target", [target for target in OUTSIDE if target], ids=repr)
def test_no_address_leads_out_of_the_house_after_coming_in(visitor, ours, target):
    url = f"/sign-in?next={quote(target)}"
    assert visitor.fill(url, email=ours.owner.email, password=PASSWORD).location == "/"


def test_a_stranger_is_asked_in_and_then_brought_to_the_page(visitor, ours):
    asked = visitor.get("/clients/?q=лугов").location
    answer = visitor.fill(asked, email=ours.owner.email, password=PASSWORD)
    assert "Пётр Лугов" in visitor.get(answer.location).text


def cookie_of(who):
    return who.get_cookie("session").value


def with_cookie(app, value):
    made = browser(app)
    made.set_cookie("session", value)
    return made


def test_a_cookie_copied_before_signing_out_opens_nothing_after_it(app, visitor, ours):
    visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD)
    thief = with_cookie(app, cookie_of(visitor))
    assert thief.get("/clients/").status_code == 200
    assert visitor.fill("/", button="Выйти").status_code == 303
    assert thief.get("/clients/").location.startswith("/sign-in")


def test_signing_out_here_leaves_the_sign_in_elsewhere(app, visitor, somebody, ours):
    for one in (visitor, somebody):
        one.fill("/sign-in", email=ours.owner.email, password=PASSWORD)
    visitor.fill("/", button="Выйти")
    assert somebody.get("/clients/").status_code == 200


def test_a_cookie_from_before_the_sign_in_does_not_become_one(app, visitor, ours):
    visitor.get("/sign-in")
    planted = cookie_of(visitor)
    visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD)
    assert cookie_of(visitor) != planted
    assert with_cookie(app, planted).get("/clients/").status_code == 303


def test_every_sign_in_has_a_secret_of_its_own(app, visitor, ours):
    made = set()
    for _ in range(3):
        visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD)
        made.add(cookie_of(visitor))
    assert len(made) == 3


def other_letter(cookie, place):
    """The cookie with one letter changed, whichever it was (the last one has spare bits: it may change nothing)."""
    return cookie[:place] + ("B" if cookie[place] == "A" else "A") + cookie[place + 1 :]


@pytest.mark.parametrize(
    "change", [lambda one: other_letter(one, len(one) - 5), lambda one: other_letter(one, 0), lambda _: "x"]
)
def test_a_changed_cookie_opens_nothing(app, visitor, ours, change):
    visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD)
    assert with_cookie(app, change(cookie_of(visitor))).get("/clients/").status_code == 303


def test_a_closed_access_ends_every_sign_in_at_once(manager, owner):
    assert manager.get("/clients/").status_code == 200
    owner.fill("/settings/staff", button="Закрыть доступ")
    assert manager.get("/clients/").location.startswith("/sign-in")


def test_whose_access_is_closed_has_no_sign_in_even_where_one_was_left_open(manager, acting, ours):
    with transaction.of_its_own():
        acting.get_one(User, ours.manager.id).disabled_at = now()
    assert manager.get("/clients/").location.startswith("/sign-in")


def test_an_access_opened_again_lets_in(visitor, owner, ours):
    owner.fill("/settings/staff", button="Закрыть доступ")
    owner.fill("/settings/staff", button="Открыть доступ")
    assert visitor.fill("/sign-in", email=ours.manager.email, password=PASSWORD).status_code == 303


def test_a_sign_in_ends_after_twelve_hours_however_busy(visitor, ours, clock):
    clock.stop()
    visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD)
    for _ in range(3):
        clock.move(hours=3, minutes=59)
        assert visitor.get("/clients/").status_code == 200
    clock.move(minutes=3)
    assert visitor.get("/clients/").location.startswith("/sign-in")


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(visitor, ours):
    answer = visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_cookie_names_nobody(visitor, ours):
    visitor.fill("/sign-in", email=ours.owner.email, password=PASSWORD)
    with visitor.session_transaction() as session:
        assert set(session) <= {"_user_id", "_fresh", "_permanent", "csrf_token", "_flashes"}
        assert str(ours.owner.id) not in str(session)


def test_a_page_of_an_operator_is_never_kept_by_anybody(owner, ours):
    for url in ("/", "/clients/", f"/clients/{ours.client_id}", "/settings/"):
        assert owner.get(url).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("url", ["/sign-out", "/language"])
def test_nothing_is_done_by_merely_opening_an_address(owner, url):
    assert owner.get(url).status_code == 405


@pytest.mark.parametrize(
    "typed", ["x" * 255, "a@" + "b" * 300, "\x00", "a\x00@example.org", "'; DROP TABLE user; --", "<b>", "🐱"]
)
@pytest.mark.parametrize("password", [WRONG, "x" * 1001, "\x00", "\u202e🐱"])
def test_hostile_words_at_the_door_are_just_wrong(visitor, typed, password):
    assert visitor.fill("/sign-in", email=typed, password=password).status_code == 422


def test_staff_choose_their_language_at_the_door(visitor):
    assert visitor.fill("/sign-in", button="English").location == "/sign-in"
    assert 'lang="en"' in visitor.get("/sign-in").text
    visitor.fill("/sign-in", button="Русский")
    assert '<html lang="ru">' in visitor.get("/sign-in").text
