"""Published texts that no longer say the truth: what the settings tell of them, and at once when they become so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import flash
from flask_babel import LazyString
from flask_babel import gettext as _

from crm.accounts import queries as accounts
from crm.agreements.models import Agreement
from crm.agreements.policy import PLACEHOLDERS
from crm.core.clock import now
from crm.core.text import moment
from crm.webforms import queries
from crm.webforms.models import WebForm
from crm.webforms.policy import WITHOUT_GRACE, stopped_by
from crm.webforms.queries import Outdated

MOST_SHOWN = 20
"""Forms named one by one; whoever has more sees how many."""


@dataclass(frozen=True)
class OutdatedForm:
    """A form whose texts are no longer true: what changed since, and how long it may go on collecting."""

    form: WebForm
    changed: list[LazyString]
    until: datetime

    @property
    def has_stopped(self) -> bool:
        return self.until <= now()


@dataclass(frozen=True)
class OutdatedPolicy:
    """A policy that no longer says the truth: whose, and what changed since."""

    company: str
    address: str
    changed: list[LazyString]


@dataclass(frozen=True)
class Found:
    """Everything published that no longer says the truth."""

    forms: list[OutdatedForm]
    more: int
    policies: list[OutdatedPolicy]
    is_asked: bool
    """Whether consent is asked at all: forms that do not ask go on."""

    @property
    def is_anything(self) -> bool:
        return bool(self.forms or self.policies)


def found(agreement: Agreement | None = None) -> Found:
    """What must be published anew: everything, or what is of one document."""
    is_policy = agreement is not None and agreement.purpose_id is None
    forms = [] if is_policy else queries.outdated_forms()
    shown = [made for form in forms[:MOST_SHOWN] if (made := _form(form, agreement))]
    policies = [] if agreement and not is_policy else list(map(_policy, queries.outdated_policies()))
    return Found(shown, max(len(forms) - MOST_SHOWN, 0), policies, accounts.organisation().consent_asked)


def _form(form: WebForm, agreement: Agreement | None) -> OutdatedForm | None:
    texts = [one for one in queries.outdated(form) if agreement is None or one.version.agreement_id == agreement.id]
    if agreement and not texts:
        return None
    has_grace = not any(one.why in WITHOUT_GRACE for one in texts)
    until = (form.outdated_at or now()) + timedelta(days=accounts.organisation().grace_days * has_grace)
    return OutdatedForm(form, _labels([name for one in texts for name in one.names]), until)


def _policy(one: Outdated) -> OutdatedPolicy:
    return OutdatedPolicy(one.version.rendered_for, one.version.address, _labels(one.names))


def _labels(names: Sequence[str]) -> list[LazyString]:
    return [PLACEHOLDERS[name][0] for name in dict.fromkeys(names)]


def tell(marked: Sequence[WebForm], *, done: str) -> None:
    """Say that a change is `done`, and at once how many forms it stops, and when."""
    organisation = accounts.organisation()
    if not marked or not organisation.consent_asked:
        flash(done, "success")
        return
    since = min(form.outdated_at or now() for form in marked)
    until = since + timedelta(days=organisation.grace_days)
    footings = queries.footings()
    is_stopped = any(stopped_by(footings[form.id], at=now()) for form in marked)
    if until > now() and not is_stopped:
        words = _(
            "Тексты согласия устарели, форм: %(count)d. Они собирают данные до %(until)s. "
            "До этого времени опубликуйте в настройках новые редакции.",
            count=len(marked),
            until=moment(until),
        )
    else:
        words = _(
            "Тексты согласия устарели, и формы перестали собирать данные. Таких форм: %(count)d. "
            "Опубликуйте в настройках новые редакции.",
            count=len(marked),
        )
    flash(f"{done} {words}", "warning")
