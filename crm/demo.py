"""The demo operator: a believable year of a small training centre, made by the same commands that people use."""

import random
import secrets
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from operator import attrgetter, itemgetter
from pathlib import Path

from flask import current_app

from crm.config import kept_secret
from crm.core import clock, transaction
from crm.core.clock import MOSCOW
from crm.demo_company import Company
from crm.demo_papers import OWNER, WITHDRAWALS
from crm.demo_people import ENQUIRY, NEWS, OPEN_DAY, PROFILE, Person, Visit, invent, visits
from crm.demo_requests import Inquiries, inquiries
from crm.erasure.models import Reason
from crm.webforms import counts

Act = tuple[datetime, Callable[[], object]]

SIGN_IN_FILE = "demo-sign-in.txt"
SEED, BATCH = 152, 50


def make() -> None:
    """Fill an empty database with the demo operator; both its people sign in with the one password in SIGN_IN_FILE."""
    rng = random.Random(SEED)  # noqa: S311 - a story, no secret
    now = clock.now()
    company = Company(rng, _password())
    story = sorted(_year(company, now), key=itemgetter(0))
    for acts in _batches(story, now - timedelta(days=counts.DAYS)):
        with clock.stopped_at(acts[-1][0]), transaction.of_its_own():
            for moment, act in acts:
                with clock.stopped_at(moment):
                    act()
    with transaction.of_its_own():
        company.mark_letters_as_sent()
    counts.write()


def _batches(story: list[Act], lately: datetime) -> Iterator[list[Act]]:
    """What is done in one transaction. The latest acts have one each: forms count what is sent when it is committed."""
    older = [act for act in story if act[0] < lately]
    yield from (older[start : start + BATCH] for start in range(0, len(older), BATCH))
    yield from ([act] for act in story[len(older) :])


def _password() -> str:
    """Kept before the operator exists: no interruption can leave an operator whom nobody can enter."""
    path = Path(current_app.instance_path) / SIGN_IN_FILE
    password = kept_secret(path, lambda: f"{OWNER['email']} / {secrets.token_urlsafe(18)}").rpartition(" / ")[2]
    if len(password) < 20:
        raise SystemExit(f"{path} holds no password. Remove it and start again.")
    return password


def _year(company: Company, now: datetime) -> list[Act]:
    """Everything that happened, each act with its moment."""
    today = now.astimezone(MOSCOW).date()
    begins = _workday(today - timedelta(days=365))
    summer = _summer_day(begins)
    open_for = {
        ENQUIRY: (_at(begins, "12:35"), now),
        NEWS: (_at(_workday(begins + timedelta(days=6)), "11:20"), now),
        PROFILE: (_at(_workday(begins + timedelta(days=18)), "16:05"), now),
        OPEN_DAY: (_at(_workday(begins + timedelta(days=96)), "10:40"), _at(begins + timedelta(days=124), "18:00")),
    }
    sent = visits(company.rng, invent(company.rng, today), open_for)
    return [
        (_at(begins, "10:05"), company.sign_up),
        (_at(begins, "11:20"), company.hire),
        (_at(begins, "11:50"), company.register_purposes),
        (_at(begins, "12:10"), partial(company.review, 1)),
        (_at(begins, "12:31"), company.publish_documents),
        (_at(_workday(begins + timedelta(days=17)), "09:30"), company.add_sole_trader),
        *((open_for[title][0] - timedelta(minutes=4), partial(company.make_form, title)) for title in open_for),
        *((open_for[title][0], partial(company.publish, title)) for title in open_for),
        (open_for[OPEN_DAY][1], company.close_open_day),
        (_at(_workday(begins + timedelta(days=130)), "10:30"), company.change_enquiry),
        (_at(summer, "15:00"), partial(company.review, 2)),
        (_at(summer, "15:20"), company.publish_documents),
        (_at(summer, "16:00"), company.ask_again),
        *((visit.at, partial(company.receive, visit)) for visit in sent),
        *_letters_read(company, sent, _at(summer, "16:00"), now),
        *_endings(company, sent, today),
    ]


def _letters_read(company: Company, sent: list[Visit], asked_again_at: datetime, now: datetime) -> Iterator[Act]:
    """Who presses the button in the letter about the news, and in the one about the new text."""
    for visit in sent:
        if visit.reads_mail_after and visit.at + visit.reads_mail_after < now:
            yield visit.at + visit.reads_mail_after, partial(company.press, visit.person, "subscribe")
    for person in dict.fromkeys(visit.person for visit in sent if visit.at < asked_again_at):
        if company.rng.random() < 0.4:
            pause = timedelta(minutes=company.rng.randint(5, 6000))
            yield asked_again_at + pause, partial(company.press, person, "renew")


def _endings(company: Company, sent: list[Visit], today: date) -> Iterator[Act]:
    """Withdrawals by staff and by the receipt, a consent on paper, and two destructions: after the first of the
    withdrawals, and on demand."""
    last = {visit.person: visit.at for visit in sorted(sent, key=attrgetter("at"))}
    reachable = {visit.person for visit in sent if visit.form != NEWS and "email" in visit.typed}

    def somebody(at: datetime, *, has_email: bool = True) -> Person:
        recent = [person for person in last if timedelta(days=2) < at - last[person] < timedelta(days=120)]
        fitting = [one for one in recent if (one in reachable if has_email else "email" not in one.values)]
        person = company.rng.choice(fitting)
        del last[person]  # each ends once
        return person

    for days, channel, note, contract in WITHDRAWALS:
        at = _at(_workday(today - timedelta(days=days)), f"{company.rng.randint(10, 17)}:{company.rng.randint(10, 59)}")
        person = somebody(at)
        yield at, partial(company.take_back, person, channel, note, contract)
        if days == WITHDRAWALS[0][0]:
            yield at + timedelta(days=7), partial(company.erase, person, Reason.WITHDRAWN)
    at = _at(_workday(today - timedelta(days=133)), "11:45")
    yield at, partial(company.erase, somebody(at), Reason.DEMANDED)
    at = _at(today - timedelta(days=3), "21:14")
    person = somebody(at)
    yield at, partial(company.wish_to_withdraw, person)
    yield at + timedelta(minutes=6), partial(company.press, person, "withdraw")
    at = _at(today - timedelta(days=1), "20:32")
    yield at, partial(company.wish_to_withdraw, somebody(at, has_email=False))
    wrote_at = _at(today - timedelta(days=27), "09:00")
    asked = Inquiries(company.cards, lambda: company.manager)
    yield from inquiries(asked, [somebody(wrote_at) for _ in range(4)], today)
    signed_on = _workday(today - timedelta(days=12))
    at = _at(_workday(today - timedelta(days=8)), "10:20")
    yield at, partial(company.agree_on_paper, somebody(at), signed_on)


def _summer_day(begins: date) -> date:
    """The working day of a summer that is nearest to the middle of the year in question."""
    days = (begins + timedelta(days=n) for n in range(60, 340))
    candidates = (day for day in days if day.month in (6, 7, 8) and day.weekday() < 5)
    return min(candidates, key=lambda day: abs(day - begins - timedelta(days=182)))


def _workday(day: date) -> date:
    return day - timedelta(days=max(day.weekday() - 4, 0))


def _at(day: date, time: str) -> datetime:
    return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=MOSCOW)
