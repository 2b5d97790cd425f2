"""What a document needs before it may be published, and the values of its placeholders (152-FZ art. 9, 18.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from crm.accounts.models import LegalEntity, LegalForm
from crm.agreements import document
from crm.agreements.models import Agreement, Purpose
from crm.agreements.ready import LegalBasis, Proof, PurposeKind
from crm.core.text import phone

POLICY_TITLE = "Политика в отношении обработки персональных данных"
CONSENT_TITLES = {
    PurposeKind.NEWSLETTER: "Согласие на получение рассылки",
    PurposeKind.TRANSFER: "Согласие на передачу персональных данных",
    PurposeKind.REGISTRATION: "Согласие на обработку персональных данных при регистрации",
}
CONSENT_TITLE = "Согласие на обработку персональных данных"
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
    PURPOSE = "purpose"
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
    "purpose": (_l("Цель обработки"), Where.PURPOSE),
    "basis": (_l("Правовое основание"), Where.PURPOSE),
    "data": (_l("Категории данных"), Where.PURPOSE),
    "subjects": (_l("Чьи это данные"), Where.PURPOSE),
    "actions": (_l("Действия с данными"), Where.PURPOSE),
    "recipients": (_l("Кому передаются данные"), Where.PURPOSE),
    "retention": (_l("Срок хранения"), Where.PURPOSE),
    "label": (_l("Слова рядом с отметкой"), Where.PURPOSE),
    "proof": (_l("Чем подтверждается согласие"), Where.PURPOSE),
    "purposes": (_l("Таблицы по целям, для которых собираются данные"), Where.FORM),
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
    for name in document.inline_blocks(source):
        found.append(Fault(name, str(_l("поставьте эту подстановку на отдельную строку")), Where.DOCUMENT))
    for name in document.placeholders(source):
        if name not in PLACEHOLDERS:
            found.append(Fault(name, name, None))
        elif not values.get(name, "").strip():
            label, where = PLACEHOLDERS[name]
            found.append(Fault(name, str(label), where))
    return found


def of_pages(source: str) -> list[Fault]:
    """Placeholders that speak of a page, in a text that is to be signed on paper: there is no form and no box."""
    words = str(_l("в тексте, который подписывают, нет ни формы, ни отметки: уберите эту подстановку"))
    return [Fault(name, words, Where.DOCUMENT) for name in document.placeholders(source) if name in ("form", "label")]


def is_too_much(source: str) -> bool:
    """Whether a source is longer, or repeats itself more, than any document needs."""
    return len(source) > LONGEST_SOURCE or document.count_placeholders(source) > MOST_PLACEHOLDERS


@dataclass(frozen=True)
class Collected:
    """A purpose of the register with the labels of the form fields that are asked for it."""

    purpose: Purpose
    labels: Sequence[str]


def values(
    entity: LegalEntity,
    *,
    purpose: Purpose | None = None,
    register: Sequence[Collected] = (),
    fields: Sequence[str],
    form: str,
    number: int,
    on: date,
    base_url: str,
) -> dict[str, str]:
    """What each placeholder stands for in a document of this legal entity made on this date: in the consent to one
    purpose, or in the policy, which tells of the whole register."""
    filled = {
        "company": entity.name,
        "legal_form": LEGAL_NAMES[entity.legal_form],
        "inn": entity.inn,
        "ogrn": entity.ogrn,
        "address": entity.address,
        "request_email": entity.request_email,
        "request_phone": phone(entity.request_phone),
        "responsible": entity.responsible_person,
        "processor": entity.processor or NOT_ENTRUSTED,
        "fields": "; ".join(fields),
        "form": form,
        "policy_url": f"{base_url}/policy/{entity.public_code}",
        "number": str(number),
        "date": on.strftime("%d.%m.%Y"),
    }
    return filled | (_of_purpose(purpose) if purpose else _of_register(register))


def _of_purpose(purpose: Purpose) -> dict[str, str]:
    return {
        "purpose": purpose.name,
        "basis": basis_in_words(purpose),
        "data": purpose.data,
        "subjects": purpose.subjects,
        "actions": purpose.actions,
        "recipients": purpose.recipients or ("" if purpose.kind is PurposeKind.TRANSFER else NOT_PASSED_ON),
        "retention": days_in_words(purpose.retention_days),
        "label": purpose.box_label,
        "proof": PROOFS[purpose.proof],
    }


ROWS = {
    "basis": "Правовое основание",
    "subjects": "Чьи данные",
    "data": "Какие данные",
    "actions": "Что с ними делают",
    "recipients": "Кому передаются",
    "retention": "Сколько хранятся",
}
"""Rows of a purpose's table in the policy (152-FZ art. 18.1(1)(2)); the words of a document, so Russian."""


def _of_register(register: Sequence[Collected]) -> dict[str, str]:
    """The block of all purposes: its skeleton is ours, every word of the operator's is a placeholder in it."""
    blocks: list[str] = []
    filled: dict[str, str] = {}
    for number, collected in enumerate(register, 1):
        of_purpose = _of_purpose(collected.purpose)
        of_purpose["data"] = _together(collected)
        of_purpose["recipients"] = of_purpose["recipients"] or NOT_PASSED_ON  # nobody is named: nothing goes to anybody
        filled |= {f"{number}.{name}": of_purpose[name] for name in ("purpose", *ROWS)}
        rows = [f"| {title} | {{{{{number}.{name}}}}} |" for name, title in ROWS.items()]
        blocks.append("\n".join([f"### {{{{{number}.purpose}}}}", "", "| Что | Как |", "|---|---|", *rows]))
    return filled | {"purposes": "\n\n".join(blocks)}


def _together(collected: Collected) -> str:
    """The register's categories and the labels of fields that they do not name yet."""
    known = collected.purpose.data.casefold()
    return "; ".join([collected.purpose.data, *(word for word in collected.labels if word.casefold() not in known)])


NOT_PASSED_ON = "данные третьим лицам не передаются"
NOT_ENTRUSTED = "обработка другим лицам не поручается"
BASES = {
    LegalBasis.CONSENT: "согласие субъекта персональных данных",
    LegalBasis.CONTRACT: "исполнение договора с субъектом персональных данных",
    LegalBasis.LAW: "исполнение обязанностей, возложенных законом",
    LegalBasis.LEGITIMATE_INTEREST: "права и законные интересы оператора или третьих лиц",
}
PROOFS = {
    Proof.TICK: "отметкой на странице формы",
    Proof.DOUBLE: "отметкой на странице формы и кнопкой на странице, куда ведёт ссылка из письма",
    Proof.WRITTEN: "в письменной форме",
    Proof.DISTRIBUTION: "отдельным согласием на распространение",
}
"""As a document names them."""


def basis_in_words(purpose: Purpose) -> str:
    """согласие … (пункт 1 части 1 статьи 6 Закона № 152-ФЗ); an article of another law comes with that law's name."""
    law = "" if "ФЗ" in purpose.article or "кодекс" in purpose.article.casefold() else " Закона № 152-ФЗ"
    return f"{BASES[purpose.basis]} ({purpose.article}{law})"


def title(agreement: Agreement) -> str:
    """The document's own title."""
    if agreement.purpose is None:
        return POLICY_TITLE
    return CONSENT_TITLES.get(agreement.purpose.kind, CONSENT_TITLE)


OF_ITSELF = {"company", "policy_url", "purpose", "basis", "fields", "recipients", "retention", "proof"}
"""What every edition is about, whether its text names it or not: who asks, for what, which data, until when, how."""


def told(source: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values that an edition of this source depends on: what its text does not name may change without making it
    untrue."""
    named = set(document.placeholders(source))
    if "purposes" in named:  # the tables of the policy name all the rest, each purpose for itself
        named |= {"company", "policy_url", *(name for name in values if "." in name)}
    else:
        named |= OF_ITSELF
    return {name: value for name, value in values.items() if name in named}


def outdated(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of the placeholders whose values changed since an edition was made: it no longer says the truth.

    `was` is what the edition depends on, as `told` gave it. An edition made before values were kept has none, and
    nothing can be told of it.
    """
    ever_new = {"number", "date"}
    changed = {name for name, value in was.items() if name not in ever_new and now.get(name) != value}
    return sorted({"purposes" if "." in name else name for name in changed}, key=list(PLACEHOLDERS).index)


BY_TICK = {Proof.TICK, Proof.DOUBLE}
"""How consent can be given on a page; the others need paper or an electronic signature."""
WHY_NO_TICK = {
    Proof.WRITTEN: _l(
        "Для этой цели закон требует письменную форму согласия (статьи 8, 10 и 11 Закона № 152-ФЗ): подпись на бумаге "
        "или электронную подпись. Отметка на странице письменной формой не считается, поэтому форма её не спросит."
    ),
    Proof.DISTRIBUTION: _l(
        "Согласие на распространение данных неограниченному кругу лиц даётся отдельно, с выбором данных и запретов "
        "(статья 10.1 Закона № 152-ФЗ, приказ Роскомнадзора № 18). Отметкой на странице его взять нельзя."
    ),
}


def may_be_asked(purpose: Purpose) -> bool:
    """Whether a form may ask for consent to this purpose by a box."""
    return purpose.basis is LegalBasis.CONSENT and purpose.proof in BY_TICK and purpose.retired_at is None


def days_in_words(days: int) -> str:
    """365 дней: a number of days as a Russian document says it."""
    last, tens = days % 10, days % 100 // 10
    if tens != 1 and last == 1:
        return f"{days} день"
    return f"{days} дня" if tens != 1 and last in (2, 3, 4) else f"{days} дней"
