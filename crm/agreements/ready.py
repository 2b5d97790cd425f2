"""The ready purposes that a new operator starts with: what the register says of each, and the text of its consent.

The Russian here is words of documents, not of the interface: it is published as it stands and never translated.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).parent / "texts"


class PurposeKind(StrEnum):
    """What a purpose is, as far as the product knows it."""

    ENQUIRY = "enquiry"
    REGISTRATION = "registration"
    NEWSLETTER = "newsletter"
    TRANSFER = "transfer"
    OTHER = "other"


class LegalBasis(StrEnum):
    """On what ground data is processed (152-FZ art. 6(1))."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LAW = "law"
    LEGITIMATE_INTEREST = "legitimate_interest"


class Proof(StrEnum):
    """How consent to a purpose must be proved."""

    TICK = "tick"
    DOUBLE = "double"
    """By a tick and then by the button behind a link in a letter."""
    WRITTEN = "written"
    DISTRIBUTION = "distribution"


ARTICLES = {
    LegalBasis.CONSENT: "пункт 1 части 1 статьи 6",
    LegalBasis.CONTRACT: "пункт 5 части 1 статьи 6",
    LegalBasis.LAW: "пункт 2 части 1 статьи 6",
    LegalBasis.LEGITIMATE_INTEREST: "пункт 7 части 1 статьи 6",
}
"""The article of 152-FZ on which each basis stands by itself; a purpose may name a narrower one."""


@dataclass(frozen=True)
class Ready:
    """A purpose as the register begins with it, and the Markdown of the consent to it."""

    name: str
    data: str
    """Categories of data; the fields of a form stand in the text of its own consent."""
    subjects: str
    actions: str
    box_label: str
    """The words beside the box."""
    text: str
    retention_days: int
    proof: Proof
    basis: LegalBasis = LegalBasis.CONSENT
    article: str = ARTICLES[LegalBasis.CONSENT]
    recipients: str = ""
    """Nobody; a transfer's recipient only the operator can name."""

    def values(self) -> dict[str, Any]:
        """What the register holds of a purpose."""
        return {name: value for name, value in asdict(self).items() if name != "text"}


def _text(name: str) -> str:
    return (TEXTS / f"{name}.md").read_text(encoding="utf-8")


_EVIDENCE = "сведения о согласии: дата и время, IP-адрес, сведения о браузере, адрес страницы, слова рядом с отметкой"
_CONTACTS = "фамилия, имя, отчество; телефон; эл. почта"
_KEEPING = (
    "сбор, запись, систематизация, накопление, хранение, уточнение (обновление, изменение), извлечение, использование"
)
_ENDING = "блокирование, удаление, уничтожение"
_ACTIONS = f"{_KEEPING}, {_ENDING}"

READY: dict[PurposeKind, Ready] = {
    PurposeKind.ENQUIRY: Ready(
        name="ответ на обращение посетителя, направленное через форму, и связь с ним по этому обращению",
        data=f"{_CONTACTS}; сообщение и иное содержание обращения; {_EVIDENCE}",
        subjects="посетители сайта, обратившиеся через форму; клиенты; их представители",
        actions=_ACTIONS,
        box_label="Даю согласие на обработку персональных данных",
        text=_text("enquiry"),
        retention_days=365,
        proof=Proof.TICK,
    ),
    PurposeKind.REGISTRATION: Ready(
        name="регистрация пользователя, ведение его учётной записи и связь с ним о её работе",
        data=f"{_CONTACTS}; {_EVIDENCE}",
        subjects="пользователи, которые регистрируются у оператора",
        actions=_ACTIONS,
        box_label="Даю согласие на обработку персональных данных для регистрации и ведения учётной записи",
        text=_text("registration"),
        retention_days=1095,
        proof=Proof.TICK,
    ),
    PurposeKind.NEWSLETTER: Ready(
        name="рассылка рекламы, новостей и предложений оператора по электронной почте",
        data=f"эл. почта; имя, если оно указано; {_EVIDENCE}",
        subjects="подписчики рассылки",
        actions=_ACTIONS,
        box_label="Даю согласие на рекламную рассылку по эл. почте и на обработку моих данных для неё",
        text=_text("newsletter"),
        retention_days=1095,
        proof=Proof.DOUBLE,
        article="пункт 1 части 1 статьи 6 и часть 1 статьи 15",
    ),
    PurposeKind.TRANSFER: Ready(
        name="передача данных названному в согласии лицу, чтобы оно связалось с субъектом по его обращению",
        data=f"{_CONTACTS}; сообщение и иное содержание обращения; {_EVIDENCE}",
        subjects="посетители сайта и клиенты, согласившиеся на передачу своих данных",
        actions=f"{_KEEPING}, передача (предоставление), {_ENDING}",
        box_label="Даю согласие на передачу моих персональных данных лицу, названному в тексте согласия",
        text=_text("transfer"),
        retention_days=365,
        proof=Proof.TICK,
    ),
    PurposeKind.OTHER: Ready(
        name="",  # only the operator can name it
        data=f"{_CONTACTS}; {_EVIDENCE}",
        subjects="посетители сайта, клиенты и их представители",
        actions=_ACTIONS,
        box_label="Даю согласие на обработку персональных данных для цели, названной в тексте согласия",
        text=_text("other"),
        retention_days=365,
        proof=Proof.TICK,
    ),
}
"""In the order in which a new operator sees them."""
WRITTEN = _text("written")
"""The Markdown of a consent that must be signed (art. 9(4)), with lines to fill in by hand."""
POLICY = _text("policy")
"""The Markdown of the policy, which tells of every purpose."""
