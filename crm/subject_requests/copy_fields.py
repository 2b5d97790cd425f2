"""How each personal field is named in a person's copy, and what kind of value it is: words of a Russian document."""

from enum import StrEnum

from crm.clients import policy as clients


class Kind(StrEnum):
    """How a value is told."""

    VALUE = "value"
    """Of a form field or the like: others' contacts are hidden in it."""
    TEXT = "text"
    """What somebody wrote: others' names are hidden too, and the staff read it before it goes."""
    RAW = "raw"
    """Made by a machine."""
    EACH = "each"
    """Holds several values, told one by one."""
    UNTOLD = "untold"
    """Of the working of the program, and nothing about the person."""


RECORDS = {
    "client": "Карточка",
    "submission": "Заявка",
    "evidence": "Сведения о том, как дано согласие",
    "consent_link": "Ссылка из письма о согласии",
    "ground": "Другое основание обработки",
    "attachment": "Приложенный документ",
    "letter": "Письмо вам",
    "letter_file": "Файл к письму вам",
}
_SEEN = {
    "ip_address": ("IP-адрес", Kind.RAW),
    "user_agent": ("Браузер", Kind.RAW),
    "page_address": ("Адрес страницы", Kind.VALUE),
    "box_label": ("Слова рядом с отметкой", Kind.VALUE),
}
FIELDS: dict[str, dict[str, tuple[str, Kind]]] = {
    "client": {name: (label, Kind.VALUE) for name, label in clients.FIELDS.items()}
    | {"captured": ("", Kind.EACH), "corrections": ("Исправления", Kind.EACH)},
    "submission": {"answers": ("", Kind.EACH)},
    "evidence": _SEEN | {"note": ("Пометка", Kind.TEXT)},
    "consent_link": _SEEN | {"wanted": ("", Kind.UNTOLD)},
    "ground": {"note": ("Пометка", Kind.TEXT)},
    "attachment": {"name": ("Имя файла", Kind.TEXT), "sha256": ("Отпечаток файла (SHA-256)", Kind.RAW)},
    "letter": {
        "to": ("Кому", Kind.VALUE),
        "subject": ("Тема", Kind.TEXT),
        "text": ("Текст", Kind.TEXT),
        "reply_to": ("", Kind.UNTOLD),
        "in_reply_to": ("", Kind.UNTOLD),
        "references": ("", Kind.UNTOLD),
        "is_by_hand": ("", Kind.UNTOLD),
    },
    "letter_file": {},
}
"""By table and field. A field that is not here is told under its category (see copy.py): nothing is forgotten."""
OWN_FIELDS = ("full_name", "email", "phone")
CATEGORIES = {
    "full_name": "фамилия, имя, отчество",
    "email": "адрес электронной почты",
    "phone": "номер телефона",
    "address": "адрес",
    "birth_date": "дата рождения",
    "birth_place": "место рождения",
    "marital_status": "семейное положение",
    "education": "образование",
    "personal_link": "ссылка на личную страницу",
    "free_text": "содержание обращений",
    "correction": "сведения об исправлениях",
    "evidence": "сведения о согласии",
    "attachment": "приложенные документы",
    "letter": "содержание писем",
}
GROUNDS = {
    "evidence": "обязанность доказать, что согласие получено (часть 3 статьи 9 Закона № 152-ФЗ)",
    "consent_link": "обязанность доказать, что согласие получено (часть 3 статьи 9 Закона № 152-ФЗ)",
}
"""Where a record stands on another ground than the card."""
