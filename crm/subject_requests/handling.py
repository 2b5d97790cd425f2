"""What a request goes through: its words, which state may follow which, and what each kind needs to be done.

The clocks stand in policy.py; here is what fulfils them.
"""

from collections.abc import Collection

from flask_babel import lazy_gettext as _l

from crm.subject_requests.models import Identity, MessageRole, Outcome, RequestKind, RequestState, Step, Way

KINDS = {
    RequestKind.ACCESS: _l("Какие данные обо мне есть"),
    RequestKind.CORRECTION: _l("Исправить данные"),
    RequestKind.ERASURE: _l("Удалить данные"),
    RequestKind.WITHDRAWAL: _l("Отозвать согласие"),
    RequestKind.STOP_PROCESSING: _l("Прекратить обработку"),
    RequestKind.STOP_MARKETING: _l("Не присылать рекламу"),
    RequestKind.STOP_DISTRIBUTION: _l("Прекратить распространение"),
    RequestKind.UNLAWFUL: _l("Данные обрабатываются незаконно"),
    RequestKind.AUTOMATED: _l("Возражение против решения, принятого машиной"),
    RequestKind.REGULATOR: _l("Запрос Роскомнадзора"),
    RequestKind.OTHER: _l("Другое"),
}
WAYS = {
    Way.EMAIL: _l("письмо по эл. почте"),
    Way.PAGE: _l("страница обращений"),
    Way.RECEIPT: _l("квитанция о согласии"),
    Way.PAPER: _l("бумажное письмо"),
    Way.PHONE: _l("телефонный звонок"),
    Way.IN_PERSON: _l("лично"),
}
STATES = {
    RequestState.NEW: _l("Новое"),
    RequestState.IN_WORK: _l("В работе"),
    RequestState.ANSWERING: _l("Ответ отправляется"),
    RequestState.ANSWERED: _l("Ответ отправлен"),
    RequestState.CLOSED: _l("Закрыто"),
    RequestState.DISMISSED: _l("Не обращение"),
}
TONES = {
    RequestState.NEW: "info",
    RequestState.IN_WORK: "warn",
    RequestState.ANSWERING: "info",
    RequestState.ANSWERED: "good",
    RequestState.CLOSED: "neutral",
    RequestState.DISMISSED: "neutral",
}
OUTCOMES = {
    Outcome.FULFILLED: _l("Исполнено"),
    Outcome.REFUSED: _l("Отказано"),
    Outcome.NOTHING_HELD: _l("Данных не нашлось"),
}
IDENTITIES = {
    Identity.CODE: _l("вернул код, отправленный на его почту"),
    Identity.SIGNATURE: _l("обращение подписано"),
    Identity.DOCUMENT: _l("показал документ"),
    Identity.CALL: _l("мы позвонили по номеру из карточки"),
    Identity.KNOWN: _l("мы знаем его лично"),
}
ROLES = {
    MessageRole.REQUEST: _l("Обращение"),
    MessageRole.ANSWER: _l("Ответ"),
    MessageRole.REFUSAL: _l("Отказ"),
    MessageRole.EXTENSION: _l("Уведомление о продлении срока"),
    MessageRole.QUESTION: _l("Уточняющий вопрос"),
    MessageRole.CODE: _l("Код для подтверждения почты"),
    MessageRole.NOTICE: _l("Уведомление"),
}
STEP_WORDS = {
    Step.CONFIRM: _l("Понять, о чём просят"),
    Step.CARDS: _l("Найти карточку или убедиться, что её нет"),
    Step.IDENTITY: _l("Убедиться, что это тот самый человек"),
    Step.BLOCK: _l("Заблокировать данные на время проверки"),
    Step.STOP_MARKETING: _l("Прекратить рекламу"),
    Step.WITHDRAW: _l("Записать отзыв согласия"),
    Step.CORRECT: _l("Исправить данные в карточке"),
    Step.ERASE: _l("Уничтожить данные"),
    Step.UNBLOCK: _l("Снять блокировку"),
    Step.TELL_RECIPIENTS: _l("Сообщить тем, кому данные передавались"),
    Step.ANSWER: _l("Ответить"),
    Step.CLOSE: _l("Закрыть обращение"),
}
POINTS = {
    "document": _l("номер основного документа, удостоверяющего личность"),
    "issued": _l("когда и кем документ выдан"),
    "relation": _l("сведения об отношениях с оператором или иное подтверждение обработки"),
    "signature": _l("подпись субъекта или его представителя"),
    "authority": _l("полномочия представителя (если пишет он)"),
}
"""What a request for access must hold (152-FZ art. 14(3)): staff tick what they saw; the values are never kept."""

OPEN = (RequestState.NEW, RequestState.IN_WORK, RequestState.ANSWERING, RequestState.ANSWERED)
"""States in which something is still to be done."""
TRANSITIONS = {
    RequestState.NEW: {RequestState.IN_WORK, RequestState.DISMISSED},
    RequestState.IN_WORK: {RequestState.ANSWERING, RequestState.ANSWERED, RequestState.DISMISSED},
    RequestState.ANSWERING: {RequestState.ANSWERED, RequestState.IN_WORK},
    RequestState.ANSWERED: {RequestState.CLOSED, RequestState.IN_WORK},
    RequestState.CLOSED: {RequestState.IN_WORK},
    RequestState.DISMISSED: {RequestState.NEW},
}
"""Which states may follow each; from IN_WORK to ANSWERED where the answer was handed over on paper."""
BLOCKING = frozenset({RequestKind.ERASURE, RequestKind.WITHDRAWAL, RequestKind.STOP_PROCESSING, RequestKind.UNLAWFUL})
"""Kinds for which the data is blocked from the moment of contact (art. 21(1); for the others the safe product rule).
For a correction the staff decide: blocking must harm nobody."""
STOPS_MARKETING = BLOCKING | {RequestKind.STOP_MARKETING}
"""Kinds after which no advertising may go any more, at once (art. 15(2); 38-FZ art. 18(1))."""
_BEFORE, _AFTER = (Step.CONFIRM, Step.CARDS), (Step.ANSWER, Step.CLOSE)
STEPS: dict[RequestKind, tuple[Step, ...]] = {
    RequestKind.ACCESS: (*_BEFORE, Step.IDENTITY, *_AFTER),
    RequestKind.CORRECTION: (*_BEFORE, Step.IDENTITY, Step.CORRECT, Step.TELL_RECIPIENTS, Step.UNBLOCK, *_AFTER),
    RequestKind.ERASURE: (*_BEFORE, Step.BLOCK, Step.STOP_MARKETING, Step.ERASE, Step.TELL_RECIPIENTS, *_AFTER),
    RequestKind.WITHDRAWAL: (
        *_BEFORE,
        Step.BLOCK,
        Step.STOP_MARKETING,
        Step.WITHDRAW,
        Step.ERASE,
        Step.TELL_RECIPIENTS,
        *_AFTER,
    ),
    RequestKind.STOP_PROCESSING: (*_BEFORE, Step.BLOCK, Step.STOP_MARKETING, Step.WITHDRAW, Step.ERASE, *_AFTER),
    RequestKind.STOP_MARKETING: (*_BEFORE, Step.STOP_MARKETING, Step.WITHDRAW, *_AFTER),
    RequestKind.STOP_DISTRIBUTION: (*_BEFORE, Step.WITHDRAW, Step.TELL_RECIPIENTS, *_AFTER),
    RequestKind.UNLAWFUL: (*_BEFORE, Step.BLOCK, Step.STOP_MARKETING, Step.ERASE, Step.TELL_RECIPIENTS, *_AFTER),
    RequestKind.AUTOMATED: (*_BEFORE, *_AFTER),
    RequestKind.REGULATOR: (Step.CONFIRM, *_AFTER),
    RequestKind.OTHER: (*_BEFORE, *_AFTER),
}
"""What each kind needs, in the order in which it is done."""
OF_CARDS = frozenset(
    {
        *(Step.BLOCK, Step.STOP_MARKETING, Step.WITHDRAW, Step.CORRECT),
        *(Step.ERASE, Step.UNBLOCK, Step.TELL_RECIPIENTS),
    }
)
"""Steps that need a card: nothing held about the person, nothing to do."""
SPARED = {
    Outcome.REFUSED: OF_CARDS - {Step.STOP_MARKETING, Step.BLOCK},
    Outcome.NOTHING_HELD: OF_CARDS | {Step.CARDS},
}
"""What need not be done once that was the answer."""


def may_follow(was: RequestState, will: RequestState) -> bool:
    """Whether a request in one state may come into another."""
    return will in TRANSITIONS[was]


def left(kind: RequestKind, done: Collection[Step]) -> list[Step]:
    """What is still to be done, the next first."""
    return [step for step in STEPS[kind] if step not in done]


def next_step(kind: RequestKind, done: Collection[Step]) -> Step | None:
    """The one main thing to do now; None when nothing is left."""
    return next(iter(left(kind, done)), None)
