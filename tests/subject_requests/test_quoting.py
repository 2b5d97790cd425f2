"""The sender's own words apart from what their mail program repeats."""

import time

import pytest
from quotequail import __version__

from crm.subject_requests import quoting

HERE = "ООО «Ромашка» <pdn@romashka.ru>"
OWN, OLD = "Удалите мои данные.\nПётр", "Здравствуйте, Пётр!\nВаш заказ принят."
MARKED = "\n".join(f"> {line}" for line in OLD.split("\n"))
REPLIES = {
    "Gmail in Russian": f"вт, 24 нояб. 2026 г. в 10:00, ООО «Ромашка» <pdn@romashka.ru>:\n\n{MARKED}",
    "Gmail in Russian, broken": f"вт, 24 нояб. 2026 г. в 10:00, ООО «Ромашка»\n<pdn@romashka.ru>:\n\n{MARKED}",
    "Gmail in English": f"On Tue, Nov 24, 2026 at 10:00 AM Romashka <pdn@romashka.ru> wrote:\n\n{MARKED}",
    "Yandex": f'24.11.2026, 10:00, "Ромашка" <pdn@romashka.ru>:\n{MARKED}',
    "Yandex, new": f'----------------\nКому: Пётр;\nТема: Заказ;\n24.11.2026, 10:00, "Ромашка" <a@b.ru>:\n{OLD}',
    "Mail.ru": f"Вторник, 24 ноября 2026, 10:00 +03:00 от Ромашка <pdn@romashka.ru>:\n{MARKED}",
    "Mail.ru, old": f"Вторник, 24 ноября 2026, 10:00 +03:00 от Ромашка:\n\n{OLD}",
    "Outlook in Russian": f"От: {HERE}\nОтправлено: 24 ноября 2026 г. 10:00\nКому: Пётр\nТема: Заказ\n\n{OLD}",
    "Outlook in English": f"From: {HERE}\nSent: November 24, 2026 10:00 AM\nTo: Petr\nSubject: Заказ\n\n{OLD}",
    "Outlook with a line": f"{'_' * 32}\nОт: {HERE}\nОтправлено: 24 ноября 2026 г.\n\n{OLD}",
    "Outlook, old": f"-----Original Message-----\nFrom: Romashka\nSent: Tuesday\n\n{OLD}",
    "Thunderbird": f"24.11.2026 10:00, Ромашка пишет:\n{MARKED}",
    "Thunderbird in English": f"On 11/24/26 10:00 AM, Romashka wrote:\n{MARKED}",
    "Apple Mail": f"24 нояб. 2026 г., в 10:00, Ромашка <pdn@romashka.ru> написал(а):\n\n{MARKED}",
    "Apple Mail in English": f"On Nov 24, 2026, at 10:00, Romashka <pdn@romashka.ru> wrote:\n\n{MARKED}",
    "only marks": MARKED,
    "The Bat!": f"Вы писали 24 ноября 2026 г., 10:00:\n\n{MARKED}",
}
FORWARDS = {
    "Gmail": f"---------- Forwarded message ---------\nОт: {HERE}\nDate: вт, 24 нояб. 2026 г.\n\n{OLD}",
    "Mail.ru": f"-------- Пересылаемое сообщение --------\nОт кого: Ромашка\nКому: Пётр\n\n{OLD}",
    "Yandex": f'-------- Пересланное сообщение --------\n24.11.2026, 10:00, "Ромашка" <pdn@romashka.ru>:\n\n{OLD}',
    "Thunderbird": f"-------- Перенаправленное сообщение --------\nТема: Заказ\nОт: Ромашка\nКому: Пётр\n\n{OLD}",
    "Apple Mail": f"Начало переадресованного сообщения:\n\nОт: Ромашка\nТема: Заказ\n\n{OLD}",
    "Outlook": f"От: Ромашка <pdn@romashka.ru>\nОтправлено: 24 ноября 2026 г.\nКому: Пётр\n\n{OLD}",
}


def test_the_library_is_the_one_whose_lists_are_known():
    assert __version__ == "0.5.4"


@pytest.mark.parametrize("repeated", REPLIES.values(), ids=REPLIES)
def test_what_a_program_repeats_below_an_answer_is_set_apart(repeated):
    assert quoting.split(f"{OWN}\n\n{repeated}") == (OWN, repeated)


@pytest.mark.parametrize("repeated", FORWARDS.values(), ids=FORWARDS)
def test_words_above_a_letter_passed_on_are_the_senders(repeated):
    assert quoting.split(f"{OWN}\n\n{repeated}") == (OWN, repeated)


@pytest.mark.parametrize(
    "above", ["", "\n\n", "-- \n", "Отправлено с iPhone\n\n", "Sent from my iPhone\n", "С уважением,\n"]
)
@pytest.mark.parametrize("repeated", FORWARDS.values(), ids=FORWARDS)
def test_a_letter_only_passed_on_is_what_was_said(repeated, above):
    own, quoted = quoting.split(above + repeated)
    assert (OLD in own, quoted) == (True, "")


def test_answers_between_the_lines_are_the_senders_own():
    answered = "On Nov 24, 2026, Romashka wrote:\n> Удалить?\n\nДа.\n\n> Точно?\nТочно."
    own, quoted = quoting.split(answered)
    assert ("Да." in own, "Точно." in own, "Удалить?" in own) == (True, True, False)
    assert ("Удалить?" in quoted, "Точно?" in quoted) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        OWN,
        "Вы мне писали: купите слона. Больше не пишите!",
        "От: меня\nУдалите данные",
        "Мой адрес petr@lugov.ru, телефон +7 912 345-67-89:\nудалите оба",
        "24.11.2026 я звонил вам, оператор написал:\n«удалим». Не удалили.",
        "1 > 0, поэтому удалите",
    ],
)
def test_words_that_only_look_like_a_repetition_stay(text):
    assert quoting.split(text) == (text, "")


HOSTILE = {
    "on": "On " * 10_000,
    "on in lines": "On \n" * 10_000,
    "wrote": "On wrote: " * 10_000,
    "gmail": ("2020/1/1" + " <@" * 90 + "\n") * 600,
    "clock": ("11:11<" * 45 + ">:\n") * 700,
    "year": ("2020 " * 40 + " пишет" * 10 + "\n") * 700,
    "dutch": ("Op " + " heeft " * 40 + "\n") * 700,
    "marks": ">" * 200_000,
    "marked lines": "a:\n>b\n" * 30_000,
    "headers": "From: a\nTo: b\n" * 14_000,
    "dashes": "-" * 200_000,
    "lines": "\n" * 200_000,
    "one line": "я" * 200_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_long(text):
    started = time.process_time()
    own, quoted = quoting.split(text)
    assert time.process_time() - started < 1
    assert own or quoted or not text.strip()
