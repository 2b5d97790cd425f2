"""Invented people of the demo operator: who they are, what they write and when; no contact belongs to anybody."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from crm.core.clock import MOSCOW
from crm.webforms.fields import EDUCATIONS, MARITAL_STATUSES

PEOPLE, RETURNS = 202, 58


class Names(NamedTuple):
    """Names that go together; patronymics and surnames in the masculine."""

    share: int
    men: str
    women: str
    patronymics: str
    surnames: str


NAMES = (
    Names(
        share=88,
        men="Александр Алексей Андрей Антон Артём Борис Вадим Василий Виктор Владимир Глеб Денис Дмитрий Евгений Егор "
        "Иван Илья Кирилл Константин Леонид Максим Михаил Никита Николай Олег Павел Пётр Роман Семён Сергей Степан "
        "Тимофей Фёдор Юрий Ярослав",
        women="Александра Алёна Алина Алла Анастасия Анна Валентина Валерия Варвара Вера Виктория Галина Дарья "
        "Евгения Екатерина Елена Елизавета Зоя Инна Ирина Ксения Лариса Любовь Людмила Маргарита Марина Мария "
        "Надежда Наталья Нина Оксана Ольга Полина Светлана София Тамара Татьяна Ульяна Юлия",
        patronymics="Александрович Алексеевич Анатольевич Андреевич Борисович Валерьевич Васильевич Викторович "
        "Владимирович Вячеславович Геннадьевич Дмитриевич Евгеньевич Иванович Игоревич Константинович Максимович "
        "Михайлович Николаевич Олегович Павлович Петрович Романович Семёнович Сергеевич Степанович Фёдорович Юрьевич",
        surnames="Абрамов Алексеев Андреев Антонов Артёмьев Баранов Белов Беляев Березин Богданов Борисов Вавилов "
        "Васильев Виноградов Власов Воробьёв Воронцов Гаврилов Голубев Горбачёв Громов Гусев Давыдов Дмитриев "
        "Дорофеев Егоров Ермаков Ершов Ефимов Жданов Журавлёв Зайцев Зимин Зуев Иванов Калинин Карпов Киселёв "
        "Ковалёв Козлов Комаров Королёв Крылов Кудрявцев Кузнецов Лаптев Лебедев Логинов Макаров Марков Медведев "
        "Мельников Миронов Морозов Назаров Нечаев Никитин Новиков Орлов Осипов Панфилов Пахомов Петров Поляков "
        "Прохоров Пушкарёв Родионов Рыбаков Савельев Селезнёв Симонов Смирнов Соболев Соколов Соловьёв Степанов "
        "Суханов Тарасов Тихонов Ушаков Фомин Харитонов Чернов Шестаков Щукин Юдин Яковлев Вишневский Заречный "
        "Луговской Покровский Полянский Троицкий Черных Седых Бондаренко Шевченко Мельник Жук Соколов-Вельский "
        "Орлов-Заречный Белов-Лесной Зорин-Полянский",
    ),
    Names(
        share=6,
        men="Айрат Азат Ильдар Марат Наиль Рамиль Рустам Тимур",
        women="Айгуль Алсу Гузель Дина Лейсан Лилия Резеда Эльвира",
        patronymics="Азатович Ильдарович Маратович Наилевич Радикович Рашидович Ринатович",
        surnames="Ахметов Валиев Гарифуллин Закиров Мухаметшин Нигматуллин Сафин Хабибуллин Шакиров",
    ),
    Names(
        share=3,
        men="Арам Армен Ашот Гагик Давид Тигран",
        women="Ани Ануш Гаяне Карина Лусине Нарине",
        patronymics="Арамович Арменович Ашотович Гагикович Суренович Тигранович",
        surnames="Варданян Григорян Мкртчян Петросян Саркисян Хачатурян",
    ),
    Names(
        share=3,
        men="Виталий Герман Дмитрий Роман Станислав",
        women="Алина Вера Диана Ольга Яна",
        patronymics="Александрович Валерьевич Витальевич Сергеевич Эдуардович",
        surnames="Ким Ли Пак Тен Цой Хан",
    ),
)
LATIN = "a b v g d e e zh z i y k l m n o p r s t u f h ts ch sh sch y e yu ya -"
LETTERS = dict(zip("абвгдеёжзийклмнопрстуфхцчшщыэюя-", LATIN.split(), strict=True))
DOMAINS = ("mail.example", "pochta.example", "inbox.example", "post.example")
CODES = ("943", "944", "945", "946", "972", "973", "974", "975")
"""Mobile codes that no operator in Russia holds: a call to a demo client reaches nobody."""
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
"""Addresses set aside for examples (RFC 5737)."""
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
)
TOWNS = ("Москва", "Подольск", "Химки", "Тула", "Калуга", "Рязань", "Казань", "Самара", "Пермь", "Ереван", "Ташкент")
STREETS = ("Примерная", "Образцовая", "Вымышленная", "Учебная", "Ромашковая", "Васильковая")

GREETINGS = ("Здравствуйте!", "Добрый день!", "")
WISHES = (
    "Хочу записаться на консультацию по смене профессии.",
    "Нужна консультация: помогите выбрать курс для перехода в бухгалтерию.",
    "Подскажите, есть ли места в вечерней группе «Excel для работы»?",
    "Интересует английский с нуля, лучше по выходным.",
    "Можно ли пройти курс 1С дистанционно и получить удостоверение?",
    "Хотим обучить двух сотрудников делопроизводству, нужен счёт на организацию.",
    "Ищу курс для мамы: пенсионный возраст, компьютер почти не знает.",
    "Помогите составить резюме: последние десять лет стаж на одном месте.",
    "Сколько стоит разовая консультация и сколько она длится?",
    "Дочь в девятом классе, хотим обсудить выбор колледжа.",
    "Нужна помощь с подготовкой к собеседованию на английском.",
    "Хочу записаться на пробное занятие по английскому.",
    "Есть ли рассрочка на курс кадрового учёта?",
    "Интересует семейная консультация по планированию бюджета.",
    "Можно ли оплатить обучение материнским капиталом?",
    "Когда начинается ближайшая группа по сметному делу?",
    "Открываю своё дело, нужна консультация: самозанятость или ИП.",
    "Прошу прислать программу курса «Управление проектами».",
    "Выхожу на работу после долгого перерыва, хочу освежить знания по 1С.",
    "Сын заканчивает колледж, не понимаем, куда двигаться дальше.",
)
DETAILS = (
    "Живу в области, могу приезжать только по субботам.",
    "О вас рассказали знакомые.",
    "Начать хотелось бы уже в следующем месяце.",
    "Времени немного, по вечерам.",
)
CLOSINGS = ("Удобнее звонить после 18:00.", "Перезвоните, пожалуйста, в будни до обеда.", "Спасибо!", "", "")
DETAILED = tuple(f"{wish} {detail}" for wish in WISHES for detail in DETAILS)[::3]
RETURNING = (
    "Это снова я: после консультации выбор пал на курс 1С, запишите, пожалуйста.",
    "Курс Excel пройден, хочу продолжить: что посоветуете дальше?",
    "Прошлый раз всё понравилось. Нужна ещё одна встреча с консультантом.",
    "Прошу перенести запись на следующую неделю, на любой вечер.",
    "Теперь вопрос по документам: когда будет готово удостоверение?",
    "Хочу записать на английский ещё и сестру, есть ли скидка?",
)
HOPES = (
    "Понять, какие из моих навыков нужны на рынке.",
    "Составить план обучения на полгода.",
    "Выбрать между двумя предложениями о работе.",
    "Вернуться в профессию после перерыва.",
    "Разобраться, с чего начать своё дело.",
)
ENQUIRY, NEWS, PROFILE = "Запись на консультацию", "Пробное занятие и новости", "Анкета клиента"
OPEN_DAY = "День открытых дверей"
CHOICE = {
    False: {ENQUIRY: 6, NEWS: 3, PROFILE: 2, OPEN_DAY: 5},
    True: {ENQUIRY: 4, NEWS: 1, PROFILE: 6, OPEN_DAY: 2},
}
"""How often newcomers and returning people (True) take each form."""
HOURS = (2, 1, 0, 0, 0, 0, 1, 3, 6, 12, 14, 14, 12, 11, 13, 13, 12, 11, 9, 7, 6, 5, 4, 3)
"""How busy each hour of a Moscow day is."""
TIMES = (
    "в будни после 18:00",
    "в субботу утром",
    "в любой день до обеда",
    "вторник или четверг, днём",
    "когда есть окно",
)


@dataclass(eq=False)
class Person:
    """Somebody invented: what they would type into each kind of field, and from where."""

    values: dict[str, str]
    second_phone: str | None
    address: str
    browser: str


@dataclass(frozen=True)
class Visit:
    """One form filled in: everything this person would type, whichever fields the form has."""

    at: datetime
    person: Person
    form: str
    typed: dict[str, str]
    wants_news: bool
    """Whether a box that need not be ticked is ticked."""
    reads_mail_after: timedelta | None
    """When this person presses the button in a letter; None: never."""


def invent(rng: random.Random, today: date) -> list[Person]:
    """PEOPLE different people, no two with one name, e-mail or phone."""
    people: dict[str, Person] = {}
    taken: set[str] = set()
    while len(people) < PEOPLE:
        person = _person(rng, today, taken)
        people.setdefault(person.values["full_name"], person)
    return list(people.values())


def visits(rng: random.Random, people: list[Person], open_for: dict[str, tuple[datetime, datetime]]) -> list[Visit]:
    """The first visit of everybody and some returns; the last three within the hours before the last moment."""
    begins, now = open_for[ENQUIRY]
    midnight = now.astimezone(MOSCOW).replace(hour=0, minute=0, second=0, microsecond=0)
    lately = [now - min(timedelta(hours=3), now - midnight) * part for part in (0.8, 0.5, 0.2)]
    days = [begins.date() + timedelta(days=n) for n in range(1, (midnight.date() - begins.date()).days)]
    weights = [_busy(day) * (0.5 + 1.5 * n / len(days)) for n, day in enumerate(days)]
    chosen = [days[0], days[3], *rng.choices(days, weights, k=len(people) - 4)]
    first = [*sorted(_moment(rng, day) for day in chosen), lately[0], lately[2]]
    newcomers = list(zip(first, people, strict=True))
    regulars = [(at, person) for at, person in newcomers[:-2] if "email" in person.values]
    regulars[-9][1].values["phone"] = regulars[-12][1].values["phone"]  # a family: two cards that look alike
    again = [(lately[1], regulars[len(regulars) // 2][1])]
    while len(again) < RETURNS:
        at, person = rng.choice(regulars)
        day = at.date() + timedelta(days=int(rng.triangular(2, 120, 12)))
        if day < midnight.date() and rng.random() < _busy(day):
            again.append((_moment(rng, day), person))
    return [
        *(_visit(rng, at, person, open_for, again=False) for at, person in newcomers),
        *(_visit(rng, at, person, open_for, again=True) for at, person in again),
    ]


def _busy(day: date) -> float:
    if (day.month, day.day) <= (1, 8):
        return 0.15
    return (1.0, 1.0, 0.95, 0.95, 0.85, 0.35, 0.25)[day.weekday()]


def _moment(rng: random.Random, day: date) -> datetime:
    hour = rng.choices(range(24), HOURS)[0]
    seconds = rng.randrange(3600)
    return datetime(day.year, day.month, day.day, hour, seconds // 60, seconds % 60, rng.randrange(10**6), MOSCOW)


def _visit(
    rng: random.Random, at: datetime, person: Person, open_for: dict[str, tuple[datetime, datetime]], *, again: bool
) -> Visit:
    forms = [form for form, (opened, closed) in open_for.items() if opened < at < closed]
    if "email" not in person.values:
        forms = [ENQUIRY]  # the others ask for an e-mail or expect one
    form = rng.choices(forms, [CHOICE[again][form] for form in forms])[0]
    parts = (rng.choice(GREETINGS), rng.choice(RETURNING if again else WISHES + DETAILED), rng.choice(CLOSINGS))
    text = rng.choice(HOPES) if form == PROFILE else " ".join(part for part in parts if part)
    typed = person.values | {"text_1": text, "text_2": rng.choice(TIMES)}
    if again and person.second_phone:
        typed |= {"phone": person.second_phone, "text_1": f"{text} У меня сменился телефон, звоните по этому номеру."}
    reads_after = timedelta(minutes=rng.randint(2, 40) if rng.random() < 0.7 else rng.randint(60, 2000))
    wants_news = rng.random() < (0.8 if form == NEWS else 0.4)
    return Visit(at, person, form, typed, wants_news, reads_after if rng.random() < 0.75 else None)


def feminine(surname: str) -> str:
    """A woman's form of a surname: Орлов-Заречный → Орлова-Заречная; Ли, Черных and Жук stay."""
    return "-".join(_feminine(part) for part in surname.split("-"))


def _feminine(surname: str) -> str:
    if surname.endswith(("ов", "ев", "ёв", "ин", "ын")):
        return f"{surname}а"
    return f"{surname[:-2]}ая" if surname.endswith(("ий", "ый", "ой")) and len(surname) > 3 else surname


def _person(rng: random.Random, today: date, taken: set[str]) -> Person:
    names = rng.choices(NAMES, [group.share for group in NAMES])[0]
    is_woman = rng.random() < 0.62
    first = rng.choice((names.women if is_woman else names.men).split())
    patronymic, surname = rng.choice(names.patronymics.split()), rng.choice(names.surnames.split())
    if is_woman:
        patronymic, surname = f"{patronymic[:-2]}на", feminine(surname)
    born_on = today - timedelta(days=rng.randrange(19 * 365, 64 * 365))
    values = {
        "full_name": rng.choice(
            (f"{surname} {first} {patronymic}",) * 4 + (f"{first} {surname}", f"{surname} {first}")
        ),
        "phone": _phone(rng),
        "birth_date": born_on.isoformat(),
        "birth_place": f"г. {rng.choice(TOWNS)}",
        "address": f"г. {rng.choice(TOWNS[:6])}, ул. {rng.choice(STREETS)}, д. {rng.randrange(1, 90)}",
        "education": rng.choices(EDUCATIONS, (2, 5, 2, 9, 1))[0],
        "marital_status": rng.choices(MARITAL_STATUSES, (5, 9, 3, 1))[0],
    }
    if rng.random() < 0.92:
        values["email"] = _email(rng, first, surname, born_on.year, taken)
        values["personal_link"] = f"https://lichno.example/{values['email'].partition('@')[0]}"
    second_phone = _phone(rng) if "email" in values and rng.random() < 0.3 else None
    return Person(values, second_phone, f"{rng.choice(NETWORKS)}.{rng.randrange(1, 255)}", rng.choice(BROWSERS))


def _phone(rng: random.Random) -> str:
    code, digits = rng.choice(CODES), f"{rng.randrange(10_000_000):07d}"
    spaced = f"({code}) {digits[:3]}-{digits[3:5]}-{digits[5:]}"
    return rng.choice((f"+7 {spaced}", f"8 {spaced}", f"8{code}{digits}", f"+7{code}{digits}"))


def _email(rng: random.Random, first: str, surname: str, year: int, taken: set[str]) -> str:
    name, family = ("".join(LETTERS.get(letter, "") for letter in word.lower()) for word in (first, surname))
    styles = (f"{name}.{family}", f"{family}.{name[0]}", f"{name[0]}{family}{year % 100:02d}", f"{family}{year}")
    box = rng.choice(styles)
    box = box if box not in taken else f"{box}{len(taken)}"
    taken.add(box)
    return f"{box}@{rng.choice(DOMAINS)}"
