"""The request page: no session is needed, the clock starts at once, and no card is touched before the proof."""

import pytest

from crm.subject_requests import asking, page, policy, queries
from crm.subject_requests.models import RequestKind, RequestState, Way
from crm.subject_requests.public_forms import ASKED
from tests import builders
from tests.browsing import browser
from tests.core.rows import everything, gained
from tests.subject_requests.asking import PETR, TYPED, client_of, letters, requests, send


def test_what_is_sent_stands_in_the_journal_from_that_moment(visitor, acting, ours, clock):
    moment = clock.stop()
    assert send(visitor, ours).status_code == 303
    (made,) = requests(acting)
    assert (made.kind, made.way, made.state, made.received_at) == ("erasure", Way.PAGE, RequestState.NEW, moment)
    applicant = queries.applicant_of(made)
    assert (applicant.full_name, applicant.email, applicant.facts) == ("Пётр Лугов", PETR, "Договор 77")
    assert [message.text for message in queries.messages_of(made) if not message.is_ours] == ["Сотрите всё"]


def test_a_wish_that_says_all_by_its_kind_needs_no_words(visitor, acting, ours):
    send(visitor, ours, kind="withdrawal", text="", full_name="", facts="")
    (made,) = requests(acting)
    assert queries.messages_of(made)[0].text == str(ASKED[RequestKind.WITHDRAWAL][0])


@pytest.mark.parametrize("kind", ["correction", "unlawful", "other"])
def test_a_wish_that_says_nothing_by_its_kind_needs_words(visitor, acting, ours, kind):
    assert send(visitor, ours, kind=kind, text=" ").status_code == 422
    assert requests(acting) == []


@pytest.mark.parametrize("way", ["email", "phone", "address"])
def test_one_way_to_answer_is_enough(visitor, acting, ours, way):
    value = {"email": "a@example.org", "phone": "8 912 345-67-89", "address": "Тверь, до востребования"}[way]
    assert send(visitor, ours, **({"email": ""} | {way: value})).status_code == 303
    assert len(requests(acting)) == 1


def test_without_a_way_to_answer_nothing_is_kept_and_what_was_typed_stays(app, visitor, ours):
    before = everything(app)
    answer = send(visitor, ours, email="")
    assert (answer.status_code, everything(app)) == (422, before)
    for word in ("Напишите хотя бы один способ", 'value="Пётр Лугов"', 'value="Договор 77"', "Сотрите всё</textarea>"):
        assert word in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", None),
        ("email", "не почта"),
        ("email", "a@example.org, b@example.org"),
        ("phone", "позвоните"),
        ("text", "я" * 5001),
        ("full_name", "я" * 201),
        ("text", "a\x00b"),
        ("full_name", "a\x1b[31m"),
    ],
)
def test_what_cannot_be_taken_is_refused_beside_its_field(app, visitor, ours, field, value):
    before = everything(app)
    answer = send(visitor, ours, **{field: value})
    assert (answer.status_code, everything(app)) == (422, before)
    assert f'id="{field}-errors"' in answer.text


@pytest.mark.parametrize("kind", ["regulator", "automated", "nonsense", ""])
def test_only_what_the_page_offers_can_be_asked(app, visitor, ours, kind):
    before = everything(app)
    token = token_of(visitor, ours)
    answer = visitor.post(f"/request/{ours.public_code}", data=TYPED | {"kind": kind, "token": token, "website": ""})
    assert (answer.status_code, everything(app)) == (422, before)


def token_of(visitor, ours):
    return visitor.get(f"/request/{ours.public_code}").text.partition('name="token" value="')[2].partition('"')[0]


def test_the_page_asks_for_no_passport_and_says_on_what_ground_and_how_long(visitor, ours):
    shown = visitor.get(f"/request/{ours.public_code}").text
    assert "паспорт не нужен совсем" in shown
    assert "1095 дней" in shown
    assert "пункт 2 части 1 статьи 6" in shown


def test_the_terms_on_the_page_are_those_of_the_clocks():
    days = {clock: policy.TERMS[clock].amount for clock in policy.TERMS}
    assert f"{days['access']} рабочих дней" in str(ASKED[RequestKind.ACCESS][1])
    assert f"{days['correction']} рабочих дней" in str(ASKED[RequestKind.CORRECTION][1])
    assert f"{days['withdrawn']} дней" in str(ASKED[RequestKind.ERASURE][1])
    assert f"{days['withdrawn']} дней" in str(ASKED[RequestKind.WITHDRAWAL][1])
    assert f"{days['stop_processing']} рабочих дней" in str(ASKED[RequestKind.STOP_PROCESSING][1])
    assert f"{days['not_needed']} рабочих дней" in str(ASKED[RequestKind.UNLAWFUL][1])


# the same sent twice, robots, strangers


def test_the_same_opening_sent_twice_is_one_request_and_one_letter(visitor, acting, ours):
    opened = visitor.get(f"/request/{ours.public_code}")
    first, second = (visitor.submit(opened, button="Отправить", **TYPED) for _ in range(2))
    assert first.location == second.location
    assert (len(requests(acting)), len(letters(acting))) == (1, 1)


def test_the_same_words_from_another_opening_lead_to_another_page(visitor, ours):
    assert send(visitor, ours).location != send(visitor, ours).location


def test_of_two_that_are_sent_at_once_the_second_finds_the_first(acting, ours):
    entity = builders.staff.main_entity()
    asked = asking.Asked(RequestKind.OTHER, asking.Contact(email="a@example.org"), asking.Words("Вопрос"))
    how = {"entity": entity, "token": "x" * 40, "address": "http://localhost/x", "may_write": True}
    assert asking.take(asked, **how) is asking.take(asked, **how)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_post_from_a_foreign_page_is_refused_and_keeps_what_was_typed(app, visitor, ours, site):
    token, before = token_of(visitor, ours), everything(app)
    sent = TYPED | {"token": token, "website": ""}
    answer = visitor.post(f"/request/{ours.public_code}", data=sent, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, everything(app)) == (422, before)
    assert 'value="Договор 77"' in answer.text


@pytest.mark.parametrize("changes", [{"website": "http://spam"}, {"token": ""}, {"token": "x"}])
def test_a_robot_is_refused(app, visitor, ours, changes):
    token, before = token_of(visitor, ours), everything(app)
    sent = TYPED | {"token": token, "website": ""} | changes
    assert visitor.post(f"/request/{ours.public_code}", data=sent).status_code == 422
    assert everything(app) == before


def test_a_page_that_was_open_for_days_is_to_be_sent_again(visitor, ours, clock):
    clock.stop()
    opened = visitor.get(f"/request/{ours.public_code}")
    clock.move(hours=25)
    answer = visitor.submit(opened, button="Отправить", **TYPED)
    assert (answer.status_code, "слишком давно" in answer.text) == (422, True)
    assert visitor.submit(answer, button="Отправить").status_code == 303


def test_a_token_of_another_page_opens_nothing(app):
    with app.app_context():
        assert page.read("OTHER", page.sign("MINE")) is None


def test_a_crowd_from_one_network_gets_a_plain_page_with_the_other_ways(visitor, acting, ours):
    answers = [send(visitor, ours, email=f"a{n}@example.org") for n in range(asking.FROM_NETWORK.count + 1)]
    assert [answer.status_code for answer in answers] == [303] * asking.FROM_NETWORK.count + [429]
    assert "pdn@romashka.example.org" in answers[-1].text
    assert len(requests(acting)) == asking.FROM_NETWORK.count


def test_one_mailbox_gets_few_letters_but_every_request_is_taken(app, acting, ours):
    for n in range(7):
        who = browser(app)
        who.environ_base |= {"REMOTE_ADDR": f"192.0.2.{n}"}
        last = send(who, ours, email=f"petr+{n}@lugov.example.org")
        assert last.status_code == 303
    assert (len(requests(acting)), len(letters(acting))) == (7, 5)
    assert "код мы не отправили" in who.get(last.location).text


def test_too_large_a_body_is_refused(visitor, ours):
    answer = visitor.post(f"/request/{ours.public_code}", data=TYPED | {"text": "я" * 3_000_000})
    assert answer.status_code == 413


def test_no_page_sets_a_cookie(app, visitor, ours):
    answers = [visitor.get(f"/request/{ours.public_code}"), send(visitor, ours)]
    answers.append(visitor.get(answers[1].location))
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_a_member_of_staff_is_a_visitor_here_too(owner, acting, ours):
    assert send(owner, ours).status_code == 303
    assert requests(acting)[0].responsible_id is None


# receipts


def test_the_receipt_of_a_link_stands_in_its_field(visitor, ours):
    shown = visitor.get(f"/request/{ours.public_code}?receipt={ours.receipt}").text
    assert f'value="Квитанция {ours.receipt}"' in shown


@pytest.mark.parametrize("receipt", ["x", "<b>", "%00", "a" * 5000, "РОМАШКА-ААААА"])
def test_what_is_no_receipt_stands_nowhere(visitor, ours, receipt):
    shown = visitor.get(f"/request/{ours.public_code}", query_string={"receipt": receipt}).text
    assert "Квитанция" not in shown


def test_a_receipt_proposes_the_card_behind_it_and_is_sure_of_nothing(visitor, acting, ours):
    send(visitor, ours, full_name="", email="other@example.org", facts=f"квитанция {ours.receipt.lower()}")
    (tied,) = queries.cards_of(requests(acting)[0])
    assert (tied.client.id, tied.card.is_confirmed) == (ours.client_id, False)
    assert client_of(acting, ours).blocked_at is None


def test_a_neighbours_receipt_proposes_nobody(house, visitor, acting, ours):
    visitor.foreign = ()
    send(visitor, ours, full_name="", email="other@example.org", facts=house.neighbour.receipt)
    assert queries.cards_of(requests(acting)[0]) == []


# the ways here


def test_policy_receipt_and_thanks_lead_to_the_page(visitor, ours):
    for address in (f"/policy/{ours.public_code}", f"/receipt/{ours.receipt}", f"/f/{ours.slug}/thanks/{ours.receipt}"):
        assert f'href="/request/{ours.public_code}' in visitor.get(address).text, address
    machine = visitor.get(f"/receipt/{ours.receipt}/json").json
    assert machine["records"][0]["processing"]["rights_request_url"].endswith(f"/request/{ours.public_code}")


def test_one_sending_writes_what_it_must_and_nothing_else(app, visitor, ours):
    before = everything(app)
    send(visitor, ours, full_name="", email="new@example.org")
    assert gained(app, before) == {
        **dict.fromkeys(("subject_request", "applicant", "subject_key", "letter", "audit_entry"), 1),
        "request_message": 2,
        "search_token": 1,
        "throttle": 2,
    }


def test_nothing_typed_is_in_clear_in_the_log_or_the_database(app, house, visitor, ours, log):
    send(visitor, ours, full_name="Дроздовская", text="Свиристелово", email="zimorodok@example.org")
    raw = house.database.raw() + log.getvalue().encode()
    assert [word for word in ("Дроздовск", "Свиристел", "zimorodok") if word.encode() in raw] == []
