"""Which letters the staff can begin with, and on what a refusal may stand (152-FZ art. 14, 20, 21)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from crm.subject_requests.models import MessageRole, RequestKind


class Matter(StrEnum):
    """What an answer tells."""

    ACCESS = "access"
    NOTHING_HELD = "nothing_held"
    ERASED = "erased"
    WITHDRAWN = "withdrawn_done"
    CORRECTED = "corrected"
    MARKETING_STOPPED = "marketing_stopped"
    STOPPED = "stopped"
    OTHER = "other"


MATTERS = {
    Matter.ACCESS: _l("Какие данные есть и как они обрабатываются"),
    Matter.NOTHING_HELD: _l("Данных о человеке нет"),
    Matter.ERASED: _l("Данные уничтожены"),
    Matter.WITHDRAWN: _l("Отзыв согласия исполнен"),
    Matter.CORRECTED: _l("Данные исправлены"),
    Matter.MARKETING_STOPPED: _l("Реклама прекращена"),
    Matter.STOPPED: _l("Обработка прекращена"),
    Matter.OTHER: _l("Другой ответ, своими словами"),
}
USUAL = {
    RequestKind.ACCESS: Matter.ACCESS,
    RequestKind.CORRECTION: Matter.CORRECTED,
    RequestKind.ERASURE: Matter.ERASED,
    RequestKind.WITHDRAWAL: Matter.WITHDRAWN,
    RequestKind.STOP_PROCESSING: Matter.STOPPED,
    RequestKind.STOP_MARKETING: Matter.MARKETING_STOPPED,
    RequestKind.UNLAWFUL: Matter.ERASED,
}
"""What is answered to each kind when it was done; to the others the staff write by themselves."""
DECIDING = (MessageRole.ANSWER, MessageRole.REFUSAL)
"""Letters that end the waiting for an answer."""
TEMPLATES = {
    MessageRole.REFUSAL: "mail/requests/refusal.txt",
    MessageRole.EXTENSION: "mail/requests/extension.txt",
    MessageRole.QUESTION: "mail/requests/question.txt",
    MessageRole.NOTICE: "mail/requests/done.txt",
}
ANSWERS = {
    Matter.ACCESS: "mail/requests/access.txt",
    Matter.NOTHING_HELD: "mail/requests/nothing_held.txt",
    Matter.ERASED: "mail/requests/erased.txt",
    Matter.WITHDRAWN: "mail/requests/withdrawn_done.txt",
    Matter.CORRECTED: "mail/requests/corrected.txt",
    Matter.MARKETING_STOPPED: "mail/requests/marketing_stopped.txt",
    Matter.STOPPED: "mail/requests/stopped.txt",
    Matter.OTHER: "mail/requests/other.txt",
}
WRITTEN = (MessageRole.ANSWER, *TEMPLATES)
"""What the staff write."""


class Refusal(StrEnum):
    """Why a request is not fulfilled."""

    THIRD_PARTIES = "third_parties"
    LAUNDERING = "laundering"
    REPEAT = "repeat"
    OTHER_GROUND = "other_ground"
    IDENTITY = "identity"
    OTHER_LAW = "other_law"


@dataclass(frozen=True)
class Reason:
    """A ground of refusal: how the staff choose it, and what the letter says."""

    label: Any
    words: str
    article: str
    needs_words: bool = False
    """The law's words alone do not do: the staff write how it is in this case."""


REFUSALS = {
    Refusal.THIRD_PARTIES: Reason(
        _l("Нарушит права и законные интересы третьих лиц (п. 4 ч. 8 ст. 14)"),
        "доступ к этим данным нарушил бы права и законные интересы третьих лиц.",
        "пункт 4 части 8 статьи 14 Закона № 152-ФЗ",
        needs_words=True,
    ),
    Refusal.LAUNDERING: Reason(
        _l("Данные обрабатываются по закону о противодействии отмыванию доходов (п. 3 ч. 8 ст. 14)"),
        "данные обрабатываются в соответствии с законодательством о противодействии легализации доходов, полученных "
        "преступным путём, и финансированию терроризма.",
        "пункт 3 части 8 статьи 14 Закона № 152-ФЗ",
    ),
    Refusal.REPEAT: Reason(
        _l("Повторный запрос раньше 30 дней, прежний ответ был полным (ч. 4–6 ст. 14)"),
        "вы запросили те же сведения раньше, чем через 30 дней после прежнего запроса, а ответ на него был полным.",
        "части 4, 5 и 6 статьи 14 Закона № 152-ФЗ",
        needs_words=True,
    ),
    Refusal.OTHER_GROUND: Reason(
        _l("Для обработки есть другое основание: договор, закон (п. 2–11 ч. 1 ст. 6)"),
        "данные обрабатываются не только на основании согласия, и закон позволяет продолжать обработку без него.",
        "часть 2 статьи 9, части 5 и 5.1 статьи 21, пункты 2–11 части 1 статьи 6 Закона № 152-ФЗ",
        needs_words=True,
    ),
    Refusal.IDENTITY: Reason(
        _l("Не подтверждено, что обратился тот самый человек (ч. 3 ст. 14)"),
        "в запросе нет сведений, по которым можно убедиться, что он исходит от вас или вашего представителя. Пришлите "
        "их, и мы ответим по существу.",
        "часть 3 статьи 14 Закона № 152-ФЗ",
    ),
    Refusal.OTHER_LAW: Reason(
        _l("Запрещает другой федеральный закон"), "", "часть 2 статьи 20 Закона № 152-ФЗ", needs_words=True
    ),
}
