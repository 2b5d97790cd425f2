"""Whose turn it is: two people at once see each other, and a request goes only from a state into one that may follow.

Every command that handles a request begins and ends here.
"""

import uuid
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from crm.accounts.models import User
from crm.audit import commands as audit
from crm.audit import queries as trail
from crm.audit.models import Action, AuditEntry
from crm.core import transaction
from crm.core.db import db
from crm.subject_requests import commands, handling, queries
from crm.subject_requests.models import Applicant, RequestState, RequestStep, Step, SubjectRequest

CHANGES = {
    "joined": _l("Пришло ещё одно письмо"),
    "mailbox_proved": _l("Почта подтверждена кодом"),
    "undelivered": _l("Наше письмо не доставлено"),
    "written": _l("Письмо написано и ждёт отправки"),
    "handed_over": _l("Ответ передан"),
    "answered": _l("Ответ ушёл"),
    "kind": _l("Подтверждено, о чём просят"),
    "assigned": _l("Назначен ответственный"),
    "unassigned": _l("Ответственный снят"),
    "card_attached": _l("Указана карточка"),
    "card_detached": _l("Карточка убрана: это не тот человек"),
    "identity": _l("Проверено, кто обратился"),
    "step_done": _l("Отмечено как сделанное"),
    "step_needless": _l("Отмечено как ненужное"),
    "step_undone": _l("Отметка снята"),
    "blocked": _l("Данные заблокированы"),
    "unblocked": _l("Блокировка снята"),
    "marketing_stopped": _l("Реклама прекращена"),
    "withdrawn": _l("Записан отзыв согласия"),
    "erased": _l("Данные уничтожены"),
    "found": _l("Записано, что обработка неправомерна"),
    "put_off": _l("Уничтожение отложено на шесть месяцев"),
    "dismissed": _l("Отложено: это не обращение"),
    "restored": _l("Возвращено: это всё-таки обращение"),
    "reopened": _l("Возвращено в работу"),
    "noted": _l("Изменена заметка"),
}
"""What a note in the trail says by its word `what`."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the request after this page was opened. `who` is None where nobody of the staff did."""

    def __init__(self, who: uuid.UUID | None) -> None:
        super().__init__("changed meanwhile")
        self.who = who


class NotAllowed(Exception):
    """The request does not allow this now."""


def take(request: SubjectRequest, *, seen_revision: int) -> None:
    """Nobody else writes any more; the request is read anew. ChangedMeanwhile if it is not as it was on the page."""
    transaction.one_at_a_time()
    db.session.get_one(SubjectRequest, request.id, populate_existing=True)
    if request.revision != seen_revision:
        raise ChangedMeanwhile(_last_hand(request))


def _last_hand(request: SubjectRequest) -> uuid.UUID | None:
    entries = (entry for entry in trail.trail_of(request.id) if entry.action is not Action.REQUEST_READ)
    last = next(entries, None)
    return last.actor_id if last else None


def must(is_allowed: object) -> None:
    """NotAllowed unless this is so."""
    if not is_allowed:
        raise NotAllowed


def must_be_open(request: SubjectRequest) -> None:
    """NotAllowed for a request on which nothing is to be done any more."""
    must(request.state in handling.OPEN)


def move(request: SubjectRequest, state: RequestState) -> None:
    """Into this state, if it may follow the present one; else NotAllowed."""
    must(handling.may_follow(request.state, state))
    request.state = state


def end(
    request: SubjectRequest, what: str, *, by: User, action: Action = Action.REQUEST_CHANGED, **details: Any
) -> AuditEntry:
    """The act is done: its trace, the term, a new revision. `details` name kinds and steps, never values."""
    db.session.flush()
    commands.settle(request)
    return audit.note(action, by=by.id, subject=request.id, details={"what": what} | details)


def unmark(request: SubjectRequest, step: Step) -> None:
    """What a human said of a step is taken back."""
    db.session.execute(delete(RequestStep).filter_by(request_id=request.id, step=step))


def note_down(request: SubjectRequest, line: str) -> None:
    """Add a line to what the staff wrote for themselves: why something was done."""
    applicant = queries.applicant_of(request)
    if applicant and line:
        applicant.note = "\n".join(filter(None, [applicant.note, line]))


def applicant_of(request: SubjectRequest) -> Applicant:
    """Who asked; NotAllowed once that was destroyed."""
    applicant = queries.applicant_of(request)
    if applicant is None:
        raise NotAllowed
    return applicant
