"""What a document needs before it may be published, and the values of its placeholders (152-FZ art. 9, 18.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from crm.accounts.models import LegalForm, Organisation
from crm.agreements import document
from crm.agreements.models import Agreement, AgreementKind
from crm.core.text import phone

TITLES = {
    AgreementKind.CONSENT: "Согласие на обработку персональных данных",
    AgreementKind.POLICY: "Политика в отношении обработки персональных данных",
}
"""Titles of the documents themselves: Russian by law, whatever the language of the desk."""
LEGAL_NAMES = {
    LegalForm.OOO: "общество с ограниченной ответственностью",
    LegalForm.AO: "акционерное общество",
    LegalForm.IP: "индивидуальный предприниматель",
    LegalForm.NKO: "некоммерческая организация",
    LegalForm.OTHER: "юридическое лицо",
}
LONGEST_SOURCE = 60_000
"""Letters of a document's source."""
MOST_PLACEHOLDERS = 200
RETENTION_DAYS = range(1, 3651)


class Where(StrEnum):
    """On which page a placeholder's value is filled in."""

    COMPANY = "company"
    DOCUMENT = "document"
    FORM = "form"
    ITSELF = "itself"


PLACEHOLDERS = {
    "company": (_l("Название оператора"), Where.COMPANY),
    "legal_form": (_l("Правовая форма"), Where.COMPANY),
    "inn": (_l("ИНН"), Where.COMPANY),
    "ogrn": (_l("ОГРН или ОГРНИП"), Where.COMPANY),
    "address": (_l("Адрес оператора"), Where.COMPANY),
    "request_email": (_l("Эл. почта для обращений"), Where.COMPANY),
    "request_phone": (_l("Телефон для обращений"), Where.COMPANY),
    "responsible": (_l("Ответственный за обработку"), Where.COMPANY),
    "processor": (_l("Кому поручена обработка"), Where.COMPANY),
    "purpose": (_l("Цель обработки"), Where.DOCUMENT),
    "retention": (_l("Срок хранения"), Where.DOCUMENT),
    "fields": (_l("Поля формы"), Where.FORM),
    "form": (_l("Название формы"), Where.FORM),
    "policy_url": (_l("Адрес политики"), Where.ITSELF),
    "number": (_l("Номер редакции"), Where.ITSELF),
    "date": (_l("Дата редакции"), Where.ITSELF),
}


@dataclass(frozen=True)
class Fault:
    """Why a document cannot be published: a placeholder that is unknown or has no value."""

    name: str
    label: str
    where: Where | None

    @property
    def is_unknown(self) -> bool:
        return self.where is None


def faults(source: str, values: dict[str, str]) -> list[Fault]:
    """Everything that keeps a source from being published with these values."""
    found = []
    if is_too_much(source):
        return [Fault("…", str(_l("подстановок больше %(most)d", most=MOST_PLACEHOLDERS)), Where.DOCUMENT)]
    for name in document.placeholders(source):
        if name not in PLACEHOLDERS:
            found.append(Fault(name, name, None))
        elif not values.get(name, "").strip():
            label, where = PLACEHOLDERS[name]
            found.append(Fault(name, str(label), where))
    return found


def is_too_much(source: str) -> bool:
    """Whether a source is longer, or repeats itself more, than any document needs."""
    return len(source) > LONGEST_SOURCE or document.count_placeholders(source) > MOST_PLACEHOLDERS


def values(
    organisation: Organisation,
    agreement: Agreement,
    *,
    fields: Sequence[str],
    form: str,
    number: int,
    on: date,
    base_url: str,
) -> dict[str, str]:
    """What each placeholder stands for in a document of this operator made on this date."""
    return {
        "company": organisation.name,
        "legal_form": LEGAL_NAMES[organisation.legal_form],
        "inn": organisation.inn,
        "ogrn": organisation.ogrn,
        "address": organisation.address,
        "request_email": organisation.request_email,
        "request_phone": phone(organisation.request_phone),
        "responsible": organisation.responsible_person,
        "processor": organisation.processor or "обработка другим лицам не поручается",
        "purpose": agreement.purpose,
        "retention": days_in_words(agreement.retention_days),
        "fields": "; ".join(fields),
        "form": form,
        "policy_url": f"{base_url}/policy/{organisation.public_code}",
        "number": str(number),
        "date": on.strftime("%d.%m.%Y"),
    }


def days_in_words(days: int) -> str:
    """365 дней: a number of days as a Russian document says it."""
    last, tens = days % 10, days % 100 // 10
    if tens != 1 and last == 1:
        return f"{days} день"
    return f"{days} дня" if tens != 1 and last in (2, 3, 4) else f"{days} дней"
