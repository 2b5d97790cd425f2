"""What an act of destruction says: reasons with their articles, categories of data, the way of destruction."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from crm.core.text import N_
from crm.erasure.models import Reason

REASONS = {
    Reason.WITHDRAWN: _l("Субъект отозвал согласие (ч. 5 ст. 21 Закона № 152-ФЗ)"),
    Reason.DEMANDED: _l("Субъект потребовал прекратить обработку и уничтожить данные (ч. 5.1 ст. 21)"),
    Reason.PURPOSE_REACHED: _l("Цель обработки достигнута (ч. 4 ст. 21)"),
    Reason.UNLAWFUL: _l("Правомерность обработки обеспечить невозможно (ч. 3 ст. 21)"),
    Reason.NOT_NEEDED: _l("Данные не нужны для заявленной цели или получены незаконно (ч. 3 ст. 20)"),
}
CATEGORIES = {
    "full_name": N_("фамилия, имя, отчество"),
    "email": N_("адрес электронной почты"),
    "phone": N_("номер телефона"),
    "address": N_("адрес"),
    "birth_date": N_("дата рождения"),
    "birth_place": N_("место рождения"),
    "marital_status": N_("семейное положение"),
    "education": N_("сведения об образовании"),
    "personal_link": N_("ссылка на личную страницу"),
    "free_text": N_("содержание сообщений в заявках"),
    "letter": N_("содержание писем, написанных субъекту"),
    "request": N_("содержание обращений субъекта и переписки по ним"),
    "correction": N_("сведения об исправлениях данных: когда, кем и почему"),
    "evidence": N_("сведения о согласии: IP-адрес, сведения о браузере, адрес страницы"),
    "attachment": N_("приложенные документы: сканы согласий и договоров"),
}
"""Categories of personal data as the act names them, in its order."""
RECORDS = {
    "client": N_("карточка клиента"),
    "submission": N_("заявки, как их прислали"),
    "evidence": N_("доказательства согласия: IP-адрес, браузер, страница"),
    "consent_current": N_("нынешнее состояние согласий"),
    "consent_link": N_("ссылки из писем о согласии"),
    "ground": N_("другие основания обработки"),
    "attachment": N_("приложенные файлы"),
    "letter": N_("письма"),
    "letter_file": N_("файлы, приложенные к письмам"),
    "applicant": N_("сведения о том, кто обратился"),
    "request_message": N_("сообщения в переписке по обращениям"),
    "received_letter": N_("письма, как они пришли"),
    "search_token": N_("поисковые метки"),
    "subject_key": N_("ключ шифрования"),
}
"""Destroyed rows as the act names them, by table."""
SYSTEM = "Согласие CRM"
METHOD = (
    "удаление записей из базы данных информационной системы с перезаписью и уничтожение ключа шифрования субъекта, "
    "после чего содержание данных в информационной системе восстановить нельзя"
)
KEPT_YEARS = 3
CONFIRMATION = "УНИЧТОЖИТЬ"


def in_words(categories: Iterable[str]) -> list[str]:
    """The categories as the act names them."""
    found = set(categories)
    return [words for name, words in CATEGORIES.items() if name in found]


def is_confirmed(typed: str) -> bool:
    """Whether the typed word confirms a destruction."""
    return typed.strip().casefold() == CONFIRMATION.casefold()
