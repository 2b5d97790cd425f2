"""The demo operator: a believable year of a small training centre, made by the same commands that people use."""

import random
import secrets
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any

from flask import current_app
from stdnum.ru import inn, ogrn
from werkzeug.datastructures import MultiDict

from crm.accounts import commands as accounts
from crm.accounts import queries as staff
from crm.accounts.models import LegalForm, User
from crm.agreements import commands as documents
from crm.agreements import queries as agreements
from crm.agreements.models import AgreementKind
from crm.clients.models import Client
from crm.config import kept_secret
from crm.consents import commands as consents
from crm.consents.commands import Circumstances
from crm.consents.models import Channel
from crm.core import clock, transaction
from crm.core.clock import MOSCOW
from crm.core.db import db
from crm.demo_people import ENQUIRY, NEWS, PROFILE, Person, Visit, invent, visits
from crm.erasure import commands as erasure
from crm.erasure.models import Reason
from crm.webforms import commands as webforms
from crm.webforms import fields, page, queries
from crm.webforms.models import WebForm

Act = tuple[datetime, Callable[[], object]]

SIGN_IN_FILE = "demo-sign-in.txt"
OWNER = {"name": "Ромашкина Анна Сергеевна", "position": "Директор", "email": "anna@romashka.example"}
MANAGER = {"name": "Васильков Олег Викторович", "position": "Администратор", "email": "oleg@romashka.example"}
SEED, BATCH = 152, 50
BOX_LABEL = "Даю согласие на обработку персональных данных"
REQUISITES = {  # the check digits are true, but region 00 does not exist: these numbers belong to nobody
    "name": "ООО «Учебный центр „Ромашка“»",
    "legal_form": LegalForm.OOO,
    "inn": "000012345" + inn.calc_company_check_digit("000012345"),
    "ogrn": "125000001234" + ogrn.calc_check_digit("1250000012340"),
    "address": "101000, г. Москва, ул. Примерная, д. 1, офис 5",
    "request_email": "pdn@romashka.example",
    "request_phone": "+74950000152",
    "responsible_person": OWNER["name"],
}
LEADS = {
    ENQUIRY: "Оставьте телефон: мы перезвоним в рабочее время и подберём день.",
    NEWS: "Одно письмо в месяц: новые курсы и бесплатные занятия.",
    PROFILE: "Заполните анкету перед первой встречей: консультант подготовится, и встреча пройдёт с пользой.",
}
FIELDS = {  # an asterisk marks what must be filled in
    ENQUIRY: {"full_name*": "Фамилия, имя, отчество", "phone*": "Телефон", "email": "Эл. почта", "text_1": "Сообщение"},
    NEWS: {"full_name": "Как к вам обращаться", "email*": "Эл. почта"},
    PROFILE: {
        "full_name*": "Фамилия, имя, отчество",
        "birth_date*": "Дата рождения",
        "birth_place": "Место рождения",
        "phone*": "Телефон",
        "email": "Эл. почта",
        "address": "Адрес",
        "education": "Образование",
        "marital_status": "Семейное положение",
        "personal_link": "Ссылка на личную страницу",
        "text_1": "Чего вы ждёте от консультации?",
    },
}
MORE_FIELDS = FIELDS[ENQUIRY] | {"text_1": "С чем вам помочь?", "text_2": "Когда вам удобно прийти?"}
EDITIONS = {  # purpose, days of keeping, a paragraph added to the sample
    1: ("ответ на обращение, запись на консультацию и отправка новостей, о которых попросил посетитель", 1095, ""),
    2: (
        "ответ на обращение, запись на консультацию и подготовка к ней",
        730,
        "Отзыв согласия и другие обращения о персональных данных принимает и администратор в офисе оператора: он "
        "запишет обращение при посетителе и назовёт день, в который на него ответят.\n\n",
    ),
}
WITHDRAWALS = (  # how many days ago
    (290, Channel.EMAIL, "Письмо с адреса, указанного в карточке. Просит больше не связываться."),
    (238, Channel.PAPER, "Заявление, вх. № 7. Договор на курс исполняется: данные храним по договору."),
    (201, Channel.PHONE, "Звонок с номера из карточки. Оплачено занятие 12-го: данные храним по договору."),
    (160, Channel.EMAIL, "Отзыв письмом. Выдано удостоверение: сведения об обучении храним по закону."),
    (118, Channel.IN_PERSON, "Сказали в офисе. Договор действует до конца курса."),
    (74, Channel.EMAIL, "Отзыв письмом, договор на два занятия ещё не исполнен."),
    (27, Channel.PHONE, "Просьба больше не звонить."),
    (24, Channel.EMAIL, "Письмо на адрес для обращений, вх. № 31."),
    (20, Channel.EMAIL, "Курс выбран в другом центре."),
    (17, Channel.PAPER, "Заказное письмо, вх. № 34."),
    (13, Channel.PHONE, ""),
    (10, Channel.EMAIL, "Ответ на наше письмо: консультация больше не нужна."),
    (6, Channel.IN_PERSON, "Заявление написано в офисе, вх. № 36."),
    (3, Channel.EMAIL, ""),
    (1, Channel.PHONE, "Звонок с номера из карточки."),
)
"""Older ones name another ground to keep the data; without one they must be gone within 30 days."""


class Company:
    """The operator in whose name everything happens; each method is one act of its year."""

    owner: User
    manager: User

    def __init__(self, rng: random.Random, password: str) -> None:
        self.rng, self.password = rng, password
        self.forms: dict[str, WebForm] = {}
        self.cards: dict[Person, uuid.UUID] = {}

    def sign_up(self) -> None:
        """The owner registers the company, and the samples of its documents are laid out."""
        self.owner = accounts.sign_up(requisites=REQUISITES, owner=OWNER, password=self.password)
        documents.prepare()

    def hire(self) -> None:
        """The owner invites the manager, who comes in with the code."""
        self.manager, code = accounts.invite(**MANAGER, by=self.owner)
        invitation = staff.open_invitation(code)
        assert invitation  # noqa: S101 - it was made a line above
        accounts.join(invitation, password=self.password)

    def review(self, number: int) -> None:
        """The owner saves both documents as read and checked."""
        purpose, days, addition = EDITIONS[number]
        for kind in AgreementKind:
            document = agreements.agreement(kind)
            body, _, last = agreements.sample(kind).rpartition("\n\n")
            documents.save_draft(
                document,
                draft=f"{body}\n\n{addition}{last}",
                purpose=purpose,
                retention_days=days,
                reviewed=True,
                revision=document.revision,
                by=self.owner,
            )

    def publish_documents(self) -> None:
        """The owner puts both documents in force; the policy first, for every form needs it."""
        for kind in (AgreementKind.POLICY, AgreementKind.CONSENT):
            webforms.publish_document(agreements.agreement(kind), by=self.owner)

    def make_form(self, title: str) -> None:
        """The owner makes a form."""
        asked = _fields(FIELDS[title])
        self.forms[title] = webforms.create_form(title=title, lead=LEADS[title], fields=asked, by=self.owner)

    def publish(self, title: str) -> None:
        """The owner opens a form to visitors."""
        webforms.publish(self.forms[title], by=self.owner)

    def change_enquiry(self) -> None:
        """The manager asks visitors a little more, and shows them the new form."""
        form, changed = self.forms[ENQUIRY], _fields(MORE_FIELDS)
        webforms.save_form(
            form, title=form.title, lead=form.lead, fields=changed, revision=form.revision, by=self.manager
        )
        webforms.publish(form, by=self.manager)

    def close_news(self) -> None:
        """The owner stops the newsletter."""
        webforms.close(self.forms[NEWS], by=self.owner)

    def receive(self, visit: Visit) -> None:
        """A visitor sends a form."""
        form, person = self.forms[visit.form], visit.person
        shown = queries.shown(form.id)
        assert shown  # noqa: S101 - the story sends nobody to a closed form
        with clock.stopped_at(visit.at - timedelta(seconds=self.rng.randint(35, 400))):
            token = page.sign(shown.pins)
        opened = page.read(token)
        posted = fields.read(shown.face.version_id, shown.face.fields, self._typed(shown.face.fields, visit))
        if not posted.validate() or opened is None:
            raise ValueError(posted.errors)
        address = f"{current_app.config['BASE_URL']}/f/{form.address}"
        seen = Circumstances(person.address, person.browser, address, BOX_LABEL)
        submission = webforms.submit(shown, opened, fields.answers(shown.face.fields, posted), seen=seen)
        self.cards[person] = submission.client.id

    def _typed(self, asked: list[dict[str, Any]], visit: Visit) -> MultiDict[str, str]:
        always = {"email", "phone"}  # by them a returning visitor is recognised
        names = [f["name"] for f in asked if f["required"] or f["name"] in always or self.rng.random() < 0.8]
        return MultiDict({name: visit.typed.get(name, "") for name in names})

    def take_back(self, person: Person, channel: Channel, note: str) -> None:
        """Somebody of the staff writes down that a client took consent back."""
        client = db.session.get_one(Client, self.cards[person])
        by = self.rng.choice((self.owner, self.manager, self.manager))
        consents.withdraw(client.id, channel=channel, note=note, by=by)

    def erase(self, person: Person, reason: Reason) -> None:
        """The owner destroys a client's data."""
        erasure.erase(self.cards.pop(person), reason=reason, by=self.owner)


def make() -> None:
    """Fill an empty database with the demo operator; both its people sign in with the one password in SIGN_IN_FILE."""
    company = Company(random.Random(SEED), _password())  # noqa: S311 - a story, no secret
    story = sorted(_year(company, clock.now()), key=itemgetter(0))
    for start in range(0, len(story), BATCH):
        with transaction.of_its_own():
            for moment, act in story[start : start + BATCH]:
                with clock.stopped_at(moment):
                    act()


def _password() -> str:
    """Kept before the operator exists: no interruption can leave an operator whom nobody can enter."""
    path = Path(current_app.instance_path) / SIGN_IN_FILE
    password = kept_secret(path, lambda: f"{OWNER['email']} / {secrets.token_urlsafe(18)}").rpartition(" / ")[2]
    if len(password) < 20:
        raise SystemExit(f"{path} holds no password. Remove it and start again.")
    return password


def _fields(labels: dict[str, str]) -> list[dict[str, Any]]:
    return [{"name": n.rstrip("*"), "label": label, "required": n.endswith("*")} for n, label in labels.items()]


def _year(company: Company, now: datetime) -> list[Act]:
    """Everything that happened, each act with its moment."""
    today = now.astimezone(MOSCOW).date()
    begins = _workday(today - timedelta(days=365))
    summer = _summer_day(begins)
    open_for = {
        ENQUIRY: (_at(begins, "12:35"), now),
        NEWS: (_at(_workday(begins + timedelta(days=6)), "11:20"), _at(summer, "14:40")),
        PROFILE: (_at(_workday(begins + timedelta(days=18)), "16:05"), now),
    }
    sent = visits(company.rng, invent(company.rng, today), open_for)
    return [
        (_at(begins, "10:05"), company.sign_up),
        (_at(begins, "11:20"), company.hire),
        (_at(begins, "12:10"), partial(company.review, 1)),
        (_at(begins, "12:31"), company.publish_documents),
        *((open_for[title][0] - timedelta(minutes=9), partial(company.make_form, title)) for title in open_for),
        *((open_for[title][0], partial(company.publish, title)) for title in open_for),
        (_at(_workday(begins + timedelta(days=130)), "10:30"), company.change_enquiry),
        (open_for[NEWS][1], company.close_news),
        (_at(summer, "15:00"), partial(company.review, 2)),
        (_at(summer, "15:20"), company.publish_documents),
        *((visit.at, partial(company.receive, visit)) for visit in sent),
        *_endings(company, sent, today),
    ]


def _endings(company: Company, sent: list[Visit], today: date) -> Iterator[Act]:
    """The withdrawals, and two destructions: after the first of them, and on demand."""
    last = {visit.person: visit.at for visit in sorted(sent, key=attrgetter("at"))}
    reachable = {visit.person for visit in sent if visit.form != NEWS and "email" in visit.typed}

    def somebody(at: datetime) -> Person:
        recent = [person for person in last if timedelta(days=2) < at - last[person] < timedelta(days=120)]
        person = company.rng.choice([person for person in recent if person in reachable])
        del last[person]  # each ends once
        return person

    for days, channel, note in WITHDRAWALS:
        at = _at(_workday(today - timedelta(days=days)), f"{company.rng.randint(10, 17)}:{company.rng.randint(10, 59)}")
        person = somebody(at)
        yield at, partial(company.take_back, person, channel, note)
        if days == WITHDRAWALS[0][0]:
            yield at + timedelta(days=7), partial(company.erase, person, Reason.WITHDRAWN)
    at = _at(_workday(today - timedelta(days=133)), "11:45")
    yield at, partial(company.erase, somebody(at), Reason.DEMANDED)


def _summer_day(begins: date) -> date:
    """The working day of a summer that is nearest to the middle of the year in question."""
    days = (begins + timedelta(days=n) for n in range(60, 340))
    candidates = (day for day in days if day.month in (6, 7, 8) and day.weekday() < 5)
    return min(candidates, key=lambda day: abs(day - begins - timedelta(days=182)))


def _workday(day: date) -> date:
    return day - timedelta(days=max(day.weekday() - 4, 0))


def _at(day: date, time: str) -> datetime:
    return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=MOSCOW)
