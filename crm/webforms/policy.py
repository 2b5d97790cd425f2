"""When a form may collect, and which consents it may ask for (152-FZ art. 5, 9; 38-FZ art. 18)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from crm.agreements.models import Purpose
from crm.agreements.policy import BY_TICK, WHY_NO_TICK
from crm.agreements.ready import LegalBasis, Proof, PurposeKind
from crm.webforms.models import FormState


class Why(StrEnum):
    """Why a form may not be published with the consents it wants to ask for."""

    NOTHING = "nothing"
    RETIRED = "retired"
    OTHER_BASIS = "other_basis"
    WRITTEN = "written"
    DISTRIBUTION = "distribution"
    NO_EMAIL = "no_email"
    FORCED = "forced"


WHYS = {
    Why.NOTHING: _l("Выберите хотя бы одну цель: без согласия форме нечего собирать."),
    Why.RETIRED: _l("Эта цель больше не используется. Уберите её из формы или верните в реестр."),
    Why.OTHER_BASIS: _l("Эта цель держится не на согласии: отметку о согласии для неё не ставят."),
    Why.WRITTEN: WHY_NO_TICK[Proof.WRITTEN],
    Why.DISTRIBUTION: WHY_NO_TICK[Proof.DISTRIBUTION],
    Why.NO_EMAIL: _l(
        "Эта цель подтверждается ссылкой из письма: добавьте в форму поле «Эл. почта» или уберите эту цель."
    ),
    Why.FORCED: _l(
        "Согласие на рассылку нельзя делать обязательным: получать рекламу никого не заставляют (часть 1 статьи 18 "
        "Закона № 38-ФЗ)."
    ),
}
NEEDED = {PurposeKind.NEWSLETTER: {"email", "full_name"}}
"""The fields that a purpose can do with, where that is known: consent to it names no others (art. 5(5))."""
BY_PROOF = {Proof.WRITTEN: Why.WRITTEN, Proof.DISTRIBUTION: Why.DISTRIBUTION}
WITHOUT_GRACE = {Why.OTHER_BASIS, *BY_PROOF.values()}
"""Where a ticked box is no consent at all: no grace can make it one."""
Asked = Sequence[tuple[Purpose, bool]]
"""Purposes to ask consent for, each with whether the form cannot be sent without it."""


def why_not(asked: Asked, fields: Iterable[dict[str, Any]]) -> tuple[Why, Purpose | None] | None:
    """What keeps a form with these fields from asking for these purposes."""
    if not asked:
        return Why.NOTHING, None
    has_email = any(entry["name"] == "email" for entry in fields)
    for purpose, is_required in asked:
        if why := why_no_box(purpose):
            return why, purpose
        if purpose.proof is Proof.DOUBLE and not has_email:
            return Why.NO_EMAIL, purpose
        if is_required and not may_be_required(purpose):
            return Why.FORCED, purpose
    return None


def why_no_box(purpose: Purpose) -> Why | None:
    """What keeps any form from asking for consent to this purpose."""
    if purpose.basis is not LegalBasis.CONSENT:
        return Why.OTHER_BASIS
    return BY_PROOF.get(purpose.proof, Why.RETIRED if purpose.retired_at else None)


def may_be_required(purpose: Purpose) -> bool:
    """Whether a form may refuse whoever does not agree to this: nobody is made to take advertising."""
    return purpose.kind is not PurposeKind.NEWSLETTER


def is_told_anyway(purpose: Purpose, *, is_approved: bool) -> bool:
    """Whether a policy tells of a purpose that no form asks consent for: it rests on another ground, or people sign."""
    is_signed = purpose.proof not in BY_TICK and is_approved
    return purpose.retired_at is None and (purpose.basis is not LegalBasis.CONSENT or is_signed)


def labels_for(purpose: Purpose, fields: Iterable[dict[str, Any]]) -> list[str]:
    """Labels of the fields that consent to this purpose covers."""
    needed = NEEDED.get(purpose.kind)
    return [entry["label"] for entry in fields if needed is None or entry["name"] in needed]


class Stop(StrEnum):
    """Why a form collects nothing."""

    DRAFT = "draft"
    CLOSED = "closed"
    NO_TEXT = "no_text"
    NO_POLICY = "no_policy"
    FORBIDDEN = "forbidden"
    OUTDATED = "outdated"


STOPS = {
    Stop.DRAFT: _l("Посетители увидят форму после публикации."),
    Stop.CLOSED: _l("Форма закрыта. Чтобы она снова собирала данные, откройте её и опубликуйте."),
    Stop.NO_TEXT: _l(
        "Форма опубликована, когда согласие не спрашивалось, и текстов согласия у неё нет. Откройте её и опубликуйте "
        "заново."
    ),
    Stop.NO_POLICY: _l("Нет опубликованной политики. Опубликуйте её, затем форму."),
    Stop.FORBIDDEN: _l(
        "Согласие на одну из целей отметкой на странице взять нельзя. Откройте форму: там сказано почему, и уберите "
        "эту цель."
    ),
    Stop.OUTDATED: _l("Тексты согласия больше не соответствуют делу. Опубликуйте новые редакции."),
}
"""Why a form collects nothing and what to do, for the staff."""


@dataclass(frozen=True)
class Footing:
    """All that decides whether a form may collect."""

    state: FormState
    consent_asked: bool
    """By the operator, of every visitor."""
    has_boxes: bool
    may_be_asked: bool
    """Whether a box is enough for every consent that it asks for."""
    has_policy: bool
    outdated_at: datetime | None
    grace_days: int

    @property
    def until(self) -> datetime | None:
        """Until when it goes on with texts that no longer say the truth."""
        return self.outdated_at and self.outdated_at + timedelta(days=self.grace_days)


def stopped_by(on: Footing, *, at: datetime) -> Stop | None:
    """What keeps a form from collecting at this moment; None if it collects.

    Grace is for texts that became untrue. A consent that no box can give is none, so that form stops at once.
    """
    if on.state is not FormState.PUBLISHED:
        return Stop(on.state.value)
    if not on.consent_asked:
        return None
    if not on.has_boxes:
        return Stop.NO_TEXT
    if not on.has_policy:
        return Stop.NO_POLICY
    if not on.may_be_asked:
        return Stop.FORBIDDEN
    return Stop.OUTDATED if on.until and at >= on.until else None


def unticked(boxes: Iterable[tuple[str, bool]], ticked: Collection[str]) -> list[str]:
    """Which of these boxes (name, whether required) must be ticked yet: the required ones, or the first where none is
    required and none is ticked. Without consent there is nothing on which data could be kept."""
    listed = list(boxes)
    missing = [name for name, is_required in listed if is_required and name not in ticked]
    is_nothing = not any(name in ticked for name, _ in listed)
    return missing or [name for name, _ in listed[:1] if is_nothing]
