"""Invented people whose names are as frequent as in Russia: a few surnames very common, a long tail of rare ones."""

import random
from itertools import accumulate
from typing import NamedTuple


def _words(text: str) -> list[str]:
    return text.split()


SURNAMES = _words(
    "Смирнов Иванов Кузнецов Соколов Попов Лебедев Козлов Новиков Морозов Петров Волков Соловьёв Васильев Зайцев "
    "Павлов Семёнов Голубев Виноградов Богданов Воробьёв Фёдоров Михайлов Беляев Тарасов Белов Комаров Орлов Киселёв "
    "Макаров Андреев Ковалёв Ильин Гусев Титов Кузьмин Кудрявцев Баранов Куликов Алексеев Степанов Яковлев Сорокин"
)
BEGINNINGS = _words("Бар Вал Гор Дем Еле Жар Зим Кар Лад Мел Нар Ост Пер Рог Сав Тим Уст Фил Хар Чер Шум Щер Юр Яр")
MIDDLES = _words("а ак ан ар ат е ел ен ер и ик ил им ин о ок ол он ор у ул ун ы ын я")
ENDINGS = _words("бов вин гов дин жев кин лов мин нов пин ров син тов хин чев шин")
MEN = _words("Александр Сергей Дмитрий Андрей Алексей Максим Евгений Иван Михаил Пётр Илья Артём Никита Роман Олег")
WOMEN = _words("Елена Ольга Анна Наталья Татьяна Мария Ирина Светлана Екатерина Юлия Дарья Алина Ксения Вера Зоя")
FATHERS = _words("Александров Сергеев Николаев Владимиров Иванов Андреев Викторов Петров Юрьев Алексеев Олегов Павлов")
HOSTS = ("mail.example.org", "yandex.example.org", "post.example.net", "firma.example.com")


class Person(NamedTuple):
    """What a visitor types into the form."""

    full_name: str
    phone: str
    email: str
    text_1: str


class Crowd:
    """The same people in the same order for the same seed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.dice, self.number = seed, random.Random(seed), 0
        tail = [b + m + e for b in BEGINNINGS for m in MIDDLES for e in ENDINGS]
        self.surnames = SURNAMES + tail
        self.frequency = list(accumulate(1 / (rank + 10) for rank in range(len(self.surnames))))

    def next(self) -> Person:
        """One more person."""
        dice, self.number = self.dice, self.number + 1
        surname, father = self.surname(), dice.choice(FATHERS)
        is_woman = dice.random() < 0.55
        name = f"{surname}а {dice.choice(WOMEN)} {father}на" if is_woman else f"{surname} {dice.choice(MEN)} {father}ич"
        phone = f"+791{dice.randrange(10**8):08d}"
        email = f"p{self.number}.{self.seed}@{dice.choice(HOSTS)}"
        wish = f"Здравствуйте! Хочу записаться на {dice.randrange(1, 28)} число, перезвоните."
        return Person(name, phone, email, wish)

    def surname(self) -> str:
        """A surname as often as it is met."""
        return self.dice.choices(self.surnames, cum_weights=self.frequency)[0]
