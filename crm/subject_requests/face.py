"""The page of one request as it is rendered, also where an act was refused: with what was typed, and why."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from crm.agreements.ready import PurposeKind
from crm.audit import labels
from crm.consents import policy as consents
from crm.core.clock import MOSCOW, today
from crm.subject_requests import forms, handling, sheet, steps, turns
from crm.subject_requests.models import RequestKind, RequestState, Step, SubjectRequest
from crm.subject_requests.policy import Clock

CLOCKS = {
    Clock.ACCESS: _l("Сообщить, какие данные есть"),
    Clock.REFUSAL: _l("Отказать с указанием статьи"),
    Clock.CORRECTION: _l("Исправить данные"),
    Clock.NOT_NEEDED: _l("Уничтожить данные, если они получены незаконно или не нужны"),
    Clock.BLOCK: _l("Заблокировать данные"),
    Clock.STOP_UNLAWFUL: _l("Прекратить неправомерную обработку"),
    Clock.ERASE_UNLAWFUL: _l("Уничтожить данные, если правомерность не обеспечить"),
    Clock.PURPOSE_REACHED: _l("Уничтожить данные: цель достигнута"),
    Clock.WITHDRAWN: _l("Уничтожить данные"),
    Clock.STOP_PROCESSING: _l("Прекратить обработку"),
    Clock.PUT_OFF: _l("Уничтожить данные (срок отложен)"),
    Clock.STOP_MARKETING: _l("Прекратить рекламу"),
    Clock.STOP_DISTRIBUTION: _l("Прекратить распространение"),
    Clock.STOP_THIRD_PARTIES: _l("Сообщить тем, кому данные передавались"),
    Clock.AUTOMATED: _l("Рассмотреть возражение и ответить"),
    Clock.REGULATOR: _l("Ответить Роскомнадзору"),
    Clock.TOLD: _l("Сообщить, что сделано"),
    Clock.ANSWER: _l("Сообщить, что сделано"),
}
"""What each term of a request is for."""


@dataclass
class Deeds:
    """The forms of all acts of one page; the one that was refused keeps what was typed."""

    shown: sheet.Sheet
    refused: FlaskForm | None = None
    made: dict[str, FlaskForm] = field(default_factory=dict)

    @property
    def is_refused_aside(self) -> bool:
        """Whether the form that was wrong stands under "other actions"."""
        step = self.shown.next_step
        main = {Step.IDENTITY: forms.IdentityForm, Step.WITHDRAW: forms.WithdrawForm}.get(step) if step else None
        beside = (forms.SearchForm, *([main] if main else []))
        return self.refused is not None and not isinstance(self.refused, beside)

    def __getattr__(self, name: str) -> FlaskForm:
        if name.startswith("_") or name not in MAKERS:
            raise AttributeError(name)
        kind, begin = MAKERS[name]
        if isinstance(self.refused, kind):
            return self.refused
        if name not in self.made:
            self.made[name] = blank(kind, self.shown, begin(self.shown))
        return self.made[name]


def blank(kind: type[FlaskForm], shown: sheet.Sheet, data: dict[str, Any]) -> FlaskForm:
    """A form that nobody has sent, whatever else was sent."""
    form = kind(formdata=None, data=data)
    offer(form, shown)
    return form


def offer(form: FlaskForm, shown: sheet.Sheet) -> None:
    """Fill what depends on the operator and on the request."""
    if isinstance(form, forms.ResponsibleForm):
        known = (
            one for one in shown.staff.values() if one.disabled_at is None or one.id == shown.request.responsible_id
        )
        form.offer([(one.id.hex, one.name) for one in known])
    if isinstance(form, forms.WithdrawForm):
        form.offer(list({one.purpose_id: one.purpose.name for one in shown.holding}.items()))


def _wanted(shown: sheet.Sheet) -> list[str]:
    """Consents that are probably meant: all given until the request came; against advertising, those to it."""
    received_on = shown.request.received_at.astimezone(MOSCOW).date()
    earlier = [one for one in shown.holding if consents.day_of(one.record) <= received_on]
    if shown.request.kind is RequestKind.STOP_MARKETING:
        earlier = [one for one in earlier if one.purpose.kind is PurposeKind.NEWSLETTER]
    return [one.purpose_id.hex for one in earlier]


MAKERS: dict[str, Any] = {
    "kind": (forms.KindForm, lambda one: {"kind": one.request.kind.value}),
    "responsible": (forms.ResponsibleForm, lambda one: {"responsible": _hex(one.request.responsible_id)}),
    "identity": (forms.IdentityForm, lambda one: _identity(one.request)),
    "withdraw": (forms.WithdrawForm, lambda one: {"purposes": _wanted(one)}),
    "found": (forms.FoundForm, lambda one: {"found_on": today()}),
    "search": (forms.SearchForm, lambda one: {}),
    "put_off": (forms.PutOffForm, lambda one: {}),
    "dismiss": (forms.DismissForm, lambda one: {}),
    "close": (forms.CloseForm, lambda one: {}),
    "reopen": (forms.ReopenForm, lambda one: {}),
    "note": (forms.NoteForm, lambda one: {"note": one.applicant.note if one.applicant else None}),
}


def _hex(key: uuid.UUID | None) -> str:
    return key.hex if key else ""


def _identity(request: SubjectRequest) -> dict[str, Any]:
    return {"identity": request.identity.value if request.identity else None, "points": request.identity_points}


def page(request: SubjectRequest, *, searched: str = "", refused: FlaskForm | None = None, told: str = "") -> str:
    """The page; `told` says why what was asked was not done."""
    shown = sheet.Sheet(request, current_user)
    return render_template(
        "subject_requests/request.html",
        sheet=shown,
        asked=request,
        deeds=Deeds(shown, refused),
        refused=refused,
        told=told,
        searched=searched,
        candidates=sheet.candidates(searched) if searched else [],
        clocks=CLOCKS,
        words=handling,
        by_word=steps.BY_WORD,
        needless=steps.NEEDLESS,
        answer=f"/requests/{request.id}/answer",
        changes=turns.CHANGES,
        actions=labels.ACTIONS,
        actors=labels.ACTORS,
        today=today(),
        is_over=request.state in (RequestState.CLOSED, RequestState.DISMISSED),
    )


def typed(kind: type[FlaskForm], sent: MultiDict[str, str], request: SubjectRequest) -> Any:
    """A form as it was sent."""
    form = kind(formdata=sent)
    offer(form, sheet.Sheet(request, current_user))
    return form
