"""What the demo operator has in writing: requisites, forms, editions of its documents, grounds, a signed paper."""

from datetime import date
from typing import Any

from stdnum.ru import inn, ogrn

from crm.accounts.models import LegalForm
from crm.agreements.ready import ARTICLES, LegalBasis, Proof
from crm.consents.models import Channel
from crm.demo_people import ENQUIRY, NEWS, OPEN_DAY, PROFILE

OWNER = {"name": "Ромашкина Анна Сергеевна", "position": "Директор", "email": "anna@romashka.example"}
MANAGER = {"name": "Васильков Олег Викторович", "position": "Администратор", "email": "oleg@romashka.example"}
_ALWAYS = {
    "address": "101000, г. Москва, ул. Примерная, д. 1, офис 5",
    "request_email": "pdn@romashka.example",
    "request_phone": "+74950000152",
    "responsible_person": OWNER["name"],
}
# the check digits are true, but region 00 does not exist: these numbers belong to nobody
REQUISITES = _ALWAYS | {
    "name": "ООО «Учебный центр „Ромашка“»",
    "legal_form": LegalForm.OOO,
    "inn": "000012345" + inn.calc_company_check_digit("000012345"),
    "ogrn": "125000001234" + ogrn.calc_check_digit("1250000012340"),
}
SOLE_TRADER = _ALWAYS | {
    "name": "ИП Ромашкина Анна Сергеевна",
    "legal_form": LegalForm.IP,
    "inn": "0000123456" + inn.calc_personal_check_digits("0000123456"),
    "ogrn": "32500000012345" + ogrn.calc_check_digit("325000000123450"),
    "processor": "",
}
LEADS = {
    ENQUIRY: "Оставьте телефон: мы перезвоним в рабочее время и подберём день.",
    NEWS: "Запишитесь на бесплатное занятие. Раз в месяц можем присылать новости о курсах.",
    PROFILE: "Заполните анкету перед первой встречей: консультант подготовится, и встреча пройдёт с пользой.",
    OPEN_DAY: "Приходите посмотреть классы и поговорить с преподавателями.",
}
FIELDS = {  # an asterisk marks what must be filled in
    ENQUIRY: {"full_name*": "Фамилия, имя, отчество", "phone*": "Телефон", "email": "Эл. почта", "text_1": "Сообщение"},
    NEWS: {"full_name": "Как к вам обращаться", "email*": "Эл. почта"},
    PROFILE: {
        "full_name*": "Фамилия, имя, отчество",
        "birth_date*": "Дата рождения",
        "birth_place": "Место рождения",
        "phone*": "Телефон",
        "email": "Эл. почта",
        "address": "Адрес",
        "education": "Образование",
        "marital_status": "Семейное положение",
        "personal_link": "Ссылка на личную страницу",
        "text_1": "Чего вы ждёте от консультации?",
    },
    OPEN_DAY: {"full_name*": "Имя и фамилия", "phone*": "Телефон", "email": "Эл. почта"},
}
MORE_FIELDS = FIELDS[ENQUIRY] | {"text_1": "С чем вам помочь?", "text_2": "Когда вам удобно прийти?"}
EDITIONS = {  # purpose, days of keeping, a paragraph added to the sample
    1: ("ответ на обращение и запись на занятие или консультацию", 1095, ""),
    2: (
        "ответ на обращение, запись на занятие или консультацию и подготовка к ним",
        730,
        "Отзыв согласия и другие обращения о персональных данных принимает и администратор в офисе оператора: он "
        "запишет обращение при посетителе и назовёт день, в который на него ответят.\n\n",
    ),
}
CONTRACT, LAW = "contract", "law"


def _ground(name: str, basis: LegalBasis, data: str, days: int) -> dict[str, Any]:
    return {
        "name": name,
        "basis": basis,
        "article": ARTICLES[basis],
        "data": data,
        "subjects": "слушатели курсов",
        "actions": "запись, систематизация, хранение, использование, уничтожение",
        "recipients": "",
        "retention_days": days,
        "proof": Proof.WRITTEN,
        "box_label": "—",
    }


GROUNDS = {
    CONTRACT: _ground(
        "исполнение договора об обучении", LegalBasis.CONTRACT, "фамилия, имя, отчество; телефон; эл. почта", 1095
    ),
    LAW: _ground("учёт выданных документов об обучении", LegalBasis.LAW, "фамилия, имя, отчество; дата рождения", 3650),
}
WITHDRAWALS: tuple[tuple[int, Channel, str, tuple[str, str] | None], ...] = (  # how many days ago
    (290, Channel.EMAIL, "Письмо с адреса, указанного в карточке. Просит больше не связываться.", None),
    (238, Channel.PAPER, "Заявление, вх. № 7.", (CONTRACT, "Договор об обучении № 41, курс исполняется.")),
    (201, Channel.PHONE, "Звонок с номера из карточки.", (CONTRACT, "Договор № 58: оплачены занятия.")),
    (160, Channel.EMAIL, "Отзыв письмом.", (LAW, "Удостоверение о повышении квалификации № 0117.")),
    (118, Channel.IN_PERSON, "Сказали в офисе.", (CONTRACT, "Договор № 73, действует до конца курса.")),
    (74, Channel.EMAIL, "Отзыв письмом.", (CONTRACT, "Договор № 90 на два занятия.")),
    (27, Channel.PHONE, "Просьба больше не звонить.", None),
    (24, Channel.EMAIL, "Письмо на адрес для обращений, вх. № 31.", None),
    (20, Channel.EMAIL, "Курс выбран в другом центре.", None),
    (17, Channel.PAPER, "Заказное письмо, вх. № 34.", None),
    (10, Channel.EMAIL, "Ответ на наше письмо: консультация больше не нужна.", None),
    (6, Channel.IN_PERSON, "Заявление написано в офисе, вх. № 36.", None),
    (1, Channel.PHONE, "Звонок с номера из карточки.", None),
)
"""Older ones have another ground to keep the data; without one it must be gone within 30 days."""


def paper(on: date) -> bytes:
    """A page of PDF as a scanner would leave it, but drawn in a few lines: a signed consent of this day."""
    drawn = f"BT /F1 16 Tf 72 760 Td (Consent to the newsletter, {on:%d.%m.%Y}) Tj 0 -60 Td (Signed) Tj ET"
    bodies = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(drawn)}>>\nstream\n{drawn}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    text, places = "%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    head = f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}"
    return f"{text}{head}trailer\n<</Size {len(bodies) + 1}/Root 1 0 R>>\nstartxref\n{len(text)}\n%%EOF\n".encode()
