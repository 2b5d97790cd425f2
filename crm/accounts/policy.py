"""Rules of accounts: requisites with their check digits, passwords, how long a sign-in lasts."""

import unicodedata
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from stdnum.ru import inn as inn_number
from stdnum.ru import ogrn as ogrn_number
from zxcvbn import zxcvbn

from crm.accounts.models import LegalForm
from crm.core.throttle import Limit

SESSION_LIFETIME = timedelta(hours=12)
INVITATION_LIFETIME = timedelta(days=3)
SHORTEST_PASSWORD = 15
"""Characters, while there is no second factor (NIST SP 800-63B-4)."""
LONGEST_PASSWORD = 200
WEAK = 3
OTHER_CHARACTERS = 8
"""Characters that a password must have beside the service's and one's own words."""
OWN_WORDS = ("soglasie", "согласие", "crm")

BY_PAIR = Limit("sign-in to an account from an address", count=5, minutes=15)
BY_ADDRESS = Limit("sign-in from an address", count=50, minutes=60)
BY_ACCOUNT = Limit("sign-in to an account", count=100, minutes=60)
BY_DEVICE = Limit("sign-in from a device that was let in before", count=10, minutes=15)
"""Who was let in once from a browser is counted apart there: outsiders cannot lock them out."""
DEVICE_DAYS = 365
SIGN_UPS = Limit("sign-up from an address", count=10, minutes=60)
JOINS = Limit("joining from an address", count=20, minutes=60)

LEGAL_FORMS = {
    LegalForm.OOO: _l("Общество с ограниченной ответственностью (ООО)"),
    LegalForm.AO: _l("Акционерное общество (АО, ПАО)"),
    LegalForm.IP: _l("Индивидуальный предприниматель (ИП)"),
    LegalForm.NKO: _l("Некоммерческая организация"),
    LegalForm.OTHER: _l("Другое юридическое лицо"),
}


def inn_fault(value: str, legal_form: LegalForm) -> str | None:
    """What is wrong with an INN for this legal form, or None (12 digits for a person, 10 for a company)."""
    length = 12 if legal_form is LegalForm.IP else 10
    if len(value) != length or not (value.isascii() and value.isdecimal()):
        return str(_l("ИНН предпринимателя — 12 цифр.") if length == 12 else _l("ИНН организации — 10 цифр."))
    return None if inn_number.is_valid(value) else str(_l("Контрольная цифра ИНН не сходится: проверьте номер."))


def ogrn_fault(value: str, legal_form: LegalForm) -> str | None:
    """What is wrong with an OGRN (13 digits) or OGRNIP (15 digits), or None."""
    length = 15 if legal_form is LegalForm.IP else 13
    if len(value) != length or not (value.isascii() and value.isdecimal()):
        return str(_l("ОГРНИП — 15 цифр.") if length == 15 else _l("ОГРН — 13 цифр."))
    return None if ogrn_number.is_valid(value) else str(_l("Контрольная цифра ОГРН не сходится: проверьте номер."))


def as_typed(password: str) -> str:
    """A password in the one form that is hashed: й is the same whether a keyboard sends one character or two."""
    return unicodedata.normalize("NFC", password)


def password_fault(password: str, own_words: list[str]) -> str | None:
    """Why a password is refused, or None. No rules of composition; guessable ones are named."""
    if len(password) > LONGEST_PASSWORD * 2:
        return str(_l("Длиннее 200 знаков."))  # before anything whose work grows faster than the text
    password = as_typed(password)
    if len(password) < SHORTEST_PASSWORD:
        return str(_l("Короче 15 знаков. Возьмите фразу из нескольких слов: её легко запомнить."))
    if len(password) > LONGEST_PASSWORD:
        return str(_l("Длиннее 200 знаков."))
    words = [word.casefold() for word in (*OWN_WORDS, *own_words) if len(word) > 2]
    if _beside(words, password) < OTHER_CHARACTERS or zxcvbn(password[:72], user_inputs=words)["score"] < WEAK:
        return str(_l("Такой пароль подбирают первым: он из списка частых или собран из имени и названия."))
    return None


def _beside(words: list[str], password: str) -> int:
    """How many characters a password has beside these words and spaces."""
    left = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, " ")
    return len("".join(left.split()))


def is_live(began_at: datetime, ended_at: datetime | None, moment: datetime) -> bool:
    """Whether a sign-in still opens pages."""
    return ended_at is None and moment < began_at + SESSION_LIFETIME
