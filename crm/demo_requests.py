"""The demo operator's requests of data subjects, each at another point of its way, for board, list and journal."""

import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial

from crm.accounts.models import User
from crm.clients.models import Client
from crm.core import clock
from crm.core.clock import MOSCOW
from crm.core.db import db
from crm.demo_people import Person
from crm.subject_requests import cards, commands, queries, steps
from crm.subject_requests.commands import Contact, Found, Words
from crm.subject_requests.models import Identity, Outcome, RequestKind, RequestState, Step, SubjectRequest, Way
from crm.subject_requests.post import Fate, TakenLetter

Act = tuple[datetime, Callable[[], object]]
LETTERS = {
    RequestKind.ERASURE: (
        "Удалите мои данные",
        "Здравствуйте!\n\nЯ больше не хожу на занятия. Прошу удалить все мои данные и не звонить мне.\nСпасибо.",
    ),
    RequestKind.ACCESS: (
        "Какие сведения обо мне у вас есть?",
        "Добрый день. На основании статьи 14 закона № 152-ФЗ прошу сообщить, какие мои данные вы храните, откуда они и "
        "до какого времени.",
    ),
    RequestKind.CORRECTION: (
        "Опечатка в фамилии",
        "Вы пишете мою фамилию с ошибкой. Исправьте, пожалуйста, правильная — в подписи.",
    ),
    RequestKind.STOP_MARKETING: ("Уберите из рассылки", "Не присылайте мне больше новости, пожалуйста."),
}
"""Of what people wrote: subject and text."""


class Inquiries:
    """What comes into the operator's mailbox, and what the manager does about it."""

    def __init__(self, cards: dict[Person, uuid.UUID], manager: Callable[[], User]) -> None:
        self.cards, self.manager = cards, manager
        self.written: dict[RequestKind, uuid.UUID] = {}

    def write(self, person: Person, kind: RequestKind) -> None:
        """Somebody whose card there is writes a letter."""
        client = db.session.get(Client, self.cards[person]) if person in self.cards else None
        if client is None:
            return
        subject, text = LETTERS[kind]
        words = Words(
            text=f"{text}\n\n{client.full_name or ''}".strip(),
            subject=subject,
            sender=client.email or "",
            message_id=f"<{client.id.hex}@mail.example>",
        )
        contact = Contact(client.full_name or "", client.email or "", client.phone or "")
        found = [Found(client, is_certain=not client.is_joined_by_phone)]
        made = commands.register(contact, words, way=Way.EMAIL, kind=kind, proposed=kind, found=found)
        taken = TakenLetter(digest=client.id.bytes * 2, fate=Fate.REQUEST, request=made.request)
        db.session.add(taken)
        db.session.flush()
        self.written[kind] = made.request.id

    def confirm(self, kind: RequestKind) -> None:
        """The manager reads it and says what is asked for and whose card it is."""
        if request := self._found(kind):
            by, client = self.manager(), queries.cards_of(request)[0].client
            steps.confirm_kind(request, kind=kind, by=by, seen_revision=request.revision)
            if client:
                cards.attach_card(request, client=client, by=by, seen_revision=request.revision)

    def know(self, kind: RequestKind) -> None:
        """The manager calls the person and is sure who it is."""
        if request := self._found(kind):
            points = ["relation"]
            steps.check_identity(
                request, how=Identity.CALL, points=points, by=self.manager(), seen_revision=request.revision
            )

    def finish(self, kind: RequestKind) -> None:
        """The manager told the person by phone that it is done, and closes the request."""
        request = self._found(kind)
        if request is None:
            return
        by = self.manager()
        for step in (Step.WITHDRAW, Step.TELL_RECIPIENTS):
            commands.mark(request, step, by=by, is_needless=True)
        request.state, request.outcome, request.answered_at = RequestState.ANSWERED, Outcome.FULFILLED, clock.now()
        commands.settle(request)
        steps.close(request, by=by, seen_revision=request.revision)

    def _found(self, kind: RequestKind) -> SubjectRequest | None:
        return db.session.get(SubjectRequest, self.written[kind]) if kind in self.written else None


def inquiries(asked: Inquiries, people: list[Person], today: date) -> Iterator[Act]:
    """Four letters of the last weeks, by as many people: two that nobody has read yet, one in work, one closed."""
    erasing, asking, mending, leaving = people
    yield _at(today, 26, "09:12"), partial(asked.write, leaving, RequestKind.STOP_MARKETING)
    yield _at(today, 25, "10:30"), partial(asked.confirm, RequestKind.STOP_MARKETING)
    yield _at(today, 25, "10:41"), partial(asked.finish, RequestKind.STOP_MARKETING)
    yield _at(today, 13, "19:47"), partial(asked.write, mending, RequestKind.CORRECTION)
    yield _at(today, 8, "11:05"), partial(asked.write, asking, RequestKind.ACCESS)
    yield _at(today, 7, "12:20"), partial(asked.confirm, RequestKind.ACCESS)
    yield _at(today, 7, "12:32"), partial(asked.know, RequestKind.ACCESS)
    yield _at(today, 1, "22:18"), partial(asked.write, erasing, RequestKind.ERASURE)


def _at(today: date, days: int, time: str) -> datetime:
    return datetime.fromisoformat(f"{today - timedelta(days=days)} {time}").replace(tzinfo=MOSCOW)
