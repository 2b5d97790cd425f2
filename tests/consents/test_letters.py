"""What letters about consent say, whom they name, and that no name can break them."""

import pytest
from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.agreements import queries as agreements
from crm.consents import links, terms
from crm.core import jobs, transaction
from crm.core.db import db
from crm.core.letters import Letter, Sender, in_one_line, message
from tests.consents.willing import ENQUIRY, NEWSLETTER, day, letters_to, new_edition, send, wish_to_withdraw
from tests.webforms.sending import send as send_by_hand

KINDS = ["subscribe", "withdraw", "renew", "receipt"]
EVIL = [
    "ООО «Ромашка»\r\nBcc: all@example.org",
    "ООО \u202eакшамоР\u202c",
    "А\x01\x07Б\u2028В\u0085Г",
    "Ж" * 300,
]


@pytest.fixture
def company():
    """Gives our operator another name, past the form that would refuse it."""

    def rename(name):
        accounts.main_entity().name = name
        db.session.flush()

    return rename


@pytest.fixture
def written(form, anna, acting):
    """One letter of each kind to Maria, by kind; how the operator is called must be settled before."""

    def write():
        with transaction.of_its_own():
            sent = send(form, ENQUIRY, NEWSLETTER)
            links.send_receipt(
                sent.client, to=sent.client.email, receipt=sent.consent.receipt, company=accounts.main_entity().name
            )
            wish_to_withdraw(sent, ENQUIRY)
            new_edition(ENQUIRY, by=anna)
            terms.ask_again(agreements.agreement("consent"), lapses_on=None, by=anna)
        jobs.work_off()
        return {letter.kind: letter for letter in letters_to(sent.client)}

    return write


def test_a_letter_says_who_writes_what_for_and_what_to_do(written):
    letters = written()
    assert set(letters) == set(KINDS)
    for kind, letter in letters.items():
        assert letter.text.startswith("Здравствуйте!\n\n")
        assert "\nОператор: ООО «Ромашка»\n" in letter.text
        assert letter.subject.endswith(": ООО «Ромашка»")
        assert letter.text.count("http://localhost/") == 1
        assert ("кнопку" in letter.text) is (kind != "receipt")
    assert "\nЦель: рассылка рекламы" in letters["subscribe"].text
    assert "\nЦель: ответ на обращение" in letters["renew"].text


def test_a_letter_names_nothing_of_the_person(written):
    for letter in written().values():
        words = letter.subject + letter.text
        assert not [one for one in ("Мария", "Новиков", "novikova", "921", "192.0.2.7") if one in words]


@pytest.mark.parametrize("kind", ["subscribe", "withdraw", "renew"])
def test_a_letter_with_a_link_says_until_when_it_works(written, kind, clock):
    clock.stop()
    letter = written()[kind]
    assert "Ссылка действует до " in letter.text
    assert "по московскому времени" in letter.text


@pytest.mark.parametrize("name", EVIL)
def test_whatever_a_company_is_called_its_letters_are_whole(written, company, name):
    company(name)
    for letter in written().values():
        sent = message(letter, Sender("Ромашка", "info@romashka.example.org"))
        assert set(sent.keys()) >= {"From", "To", "Subject"}
        assert "Bcc" not in sent
        assert len(letter.subject) <= links.LONGEST_SUBJECT
        assert letter.text.count("\nОператор: ") == 1
        assert all(one.isprintable() or one == "\n" for one in letter.subject + letter.text)


@pytest.mark.parametrize("name", EVIL)
def test_a_visitor_is_thanked_whatever_the_company_is_called(visitor, ours, acting, company, name):
    with transaction.of_its_own():
        company(name)
    assert send_by_hand(visitor, ours, receipt_by_letter=True).status_code == 303
    acting.rollback()
    assert acting.scalars(select(Letter).filter_by(kind="receipt")).one()


@pytest.mark.parametrize("to", ["a\r\nBcc: b@example.org", "a\u2028b@example.org", "\x00"])
def test_to_a_mailbox_that_would_break_the_letter_none_is_written(form, acting, to):
    sent = send(form, ENQUIRY)
    sent.client.email = to  # as an old import may have left it
    wish_to_withdraw(sent, ENQUIRY)
    assert not letters_to(sent.client)
    assert [link.kind.value for link in acting.scalars(select(links.ConsentLink))] == ["call"]


@pytest.mark.parametrize(
    ("name", "tame"),
    [
        ("ООО «Ромашка»", "ООО «Ромашка»"),
        ("  А \t Б\r\nВ ", "А Б В"),
        ("\u202eобратно\u202c", "обратно"),
        ("при\u00adвет\u200b!", "привет!"),
        ("\u2028\x00\ud800", ""),
    ],
)
def test_a_name_is_kept_in_one_line(name, tame):
    assert in_one_line(name) == tame


@pytest.mark.parametrize(("lapses", "words"), [(20, "последний его день"), (None, "останется в силе")])
def test_who_is_asked_again_is_told_what_becomes_of_the_old_consent(form, anna, acting, lapses, words):
    with transaction.of_its_own():
        client = send(form, ENQUIRY).client
        new_edition(ENQUIRY, by=anna)
        terms.ask_again(agreements.agreement("consent"), lapses_on=lapses and day(lapses), by=anna)
        told = day(lapses or 0).strftime("%d.%m.%Y")
    jobs.work_off()
    (letter,) = letters_to(client, "renew")
    assert words in letter.text
    assert (told in letter.text) is bool(lapses)
