"""What keeps a letter from going, in words for the staff."""

import uuid

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from crm.accounts import queries as accounts
from crm.core import files
from crm.core.letters import BadHeader
from crm.subject_requests import pdf, turns
from crm.subject_requests.drafts import NotReady, Unready

UNREADY = {
    Unready.EMPTY: _l("Письмо пусто: напишите тему и текст."),
    Unready.TO_FILL: _l("В тексте осталось место «[впишите …]». Впишите то, чего не хватает, или уберите его."),
    Unready.NO_ADDRESS: _l("Адреса эл. почты нет. Распечатайте ответ, передайте его и запишите это внизу страницы."),
    Unready.NO_COPY: _l("К ответу не приложены сами данные. Проверьте копию и приложите её."),
    Unready.NOT_CHECKED: _l("Ничто не подтверждает, что адрес принадлежит этому человеку. Проверьте и отметьте это."),
    Unready.NOT_EXTENDED: _l("Продлить этот срок закон не позволяет, или он уже продлён, или уже прошёл."),
    Unready.COPY_CHANGED: _l("С тех пор, как вы проверили копию, данные изменились. Проверьте её ещё раз."),
    Unready.TOO_LARGE: _l("Файлы слишком велики для письма. Приложите что-нибудь одно или передайте копию иначе."),
}
"""What each obstacle means to the staff."""
NOT_NOW = _l("Сейчас этого сделать нельзя: обращение в другом состоянии.")
CHANGED = _l("Пока страница была открыта, обращение изменилось. Посмотрите, что нового, и повторите.")
BAD_ADDRESS = _l("По адресу этого человека письмо отправить нельзя: в нём ошибка. Передайте ответ иначе.")
REFUSED = (NotReady, pdf.NoPdf, BadHeader, files.Refused, turns.ChangedMeanwhile, turns.NotAllowed)
"""What an act on a letter raises when it is not done."""


def why(fault: Exception) -> str:
    """Why it was not done."""
    if isinstance(fault, NotReady):
        return str(UNREADY[fault.why])
    if isinstance(fault, pdf.NoPdf):
        return str(pdf.FAULTS[fault.fault])
    if isinstance(fault, files.Refused):
        return str(files.FAULTS[fault.fault])
    if isinstance(fault, turns.ChangedMeanwhile):
        return _changed_by(fault.who)
    return str(BAD_ADDRESS if isinstance(fault, BadHeader) else NOT_NOW)


def _changed_by(who: uuid.UUID | None) -> str:
    name = accounts.names_of_staff().get(who) if who else None
    told = _("Последним менял: %(name)s.", name=name) if name else ""
    return f"{CHANGED} {told}".strip()
