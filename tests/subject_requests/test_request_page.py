"""The page of one request: what it shows, its one main button, and what happens when two people use it at once."""

import pytest
from sqlalchemy import select

from crm.audit import queries as trail
from crm.audit.models import Action
from crm.core import transaction
from crm.subject_requests import commands, queries
from crm.subject_requests.models import (
    Identity,
    RequestKind,
    RequestMessage,
    RequestState,
    Step,
    SubjectRequest,
)
from tests import builders, inquiries
from tests.browsing import page as taken_apart
from tests.house.urls import csrf_token
from tests.subject_requests.hands import peter


@pytest.fixture
def request_now(acting):
    """The newest request as it stands after what a browser did."""

    def read():
        acting.rollback()
        acting.expire_all()
        return acting.scalars(select(SubjectRequest).order_by(SubjectRequest.number.desc())).first()

    return read


def buttons(answer, app):
    """The main buttons of the first part of the page."""
    found = taken_apart(answer, app).elements
    return [" ".join(one.text.split()) for one in found if "button-primary" in one["class"] and one.within("main")]


# what it shows


def test_the_letter_is_shown_as_text_and_nothing_else(manager, asked):
    manager.judges = False  # it would take the words of this letter for a mistake of ours
    url = asked(text="<script>alert(1)</script> <img src=http://evil.example/x.png> Удалите всё", full_name="Ева <b>")
    answer = manager.get(url)
    assert "Удалите всё" in answer.text
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text


def test_what_was_repeated_below_the_letter_is_folded(manager, asked):
    def quote(request):
        letter = queries.messages_of(request)[0]
        letter.quoted, letter.file_names = "> прежнее письмо", ["паспорт.jpg"]

    answer = manager.get(asked(after=quote))
    folded = answer.text.partition("Прежние письма, повторённые ниже")[2].partition("</details>")[0]
    assert "прежнее письмо" in folded
    assert "паспорт.jpg" in answer.text


def test_the_original_is_saved_and_never_shown(manager, asked, acting):
    url = asked(after=lambda request: inquiries.original(request, raw=b"Subject: hi\r\n\r\n<script>"))
    link = next(
        one["href"] for one in taken_apart(manager.get(url), manager.application).all("a") if "/letters/" in one["href"]
    )
    answer = manager.get(link)
    assert answer.data == b"Subject: hi\r\n\r\n<script>"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_letter_of_another_request_is_not_found(manager, asked):
    url, other = asked(after=inquiries.original), asked()
    link = next(
        one["href"] for one in taken_apart(manager.get(url), manager.application).all("a") if "/letters/" in one["href"]
    )
    assert manager.get(link.replace(url, other)).status_code == 404


def test_every_term_stands_there_with_its_article(manager, asked):
    clock = manager.get(asked(kind=RequestKind.WITHDRAWAL)).text.partition('id="clock"')[2].partition("</section>")[0]
    for words in ("Прекратить рекламу", "Прекратить обработку", "Уничтожить данные", "ч. 5 ст. 21", "до <time"):
        assert words in clock


def test_reading_is_noted(manager, asked, request_now):
    manager.get(asked())
    assert trail.trail_of(request_now().id)[0].action is Action.REQUEST_READ


def test_who_has_it_open_too_is_named(manager, owner, asked, ours, clock):
    url = asked()
    manager.get(url)
    assert "открыто и у другого" not in manager.get(url).text
    assert f"открыто и у другого человека: {ours.manager.name}" in owner.get(url).text
    clock.move(minutes=6)
    assert "открыто и у другого" not in owner.get(url).text


def test_a_request_whose_person_is_forgotten_still_opens(manager, asked, acting, request_now):
    url = asked(RequestState.CLOSED, after=lambda request: setattr(request, "purged_at", request.received_at))
    with transaction.of_its_own():
        for row in [*acting.scalars(select(RequestMessage)), queries.applicant_of(request_now())]:
            acting.delete(row)
    answer = manager.get(url)
    assert "Срок хранения закончился" in answer.text
    assert "Лугов" not in answer.text


@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize("state", RequestState)
def test_the_page_opens_for_every_kind_in_every_state(manager, asked, ours, kind, state):
    def ready(request):
        inquiries.commands.tie(request, peter(ours), is_confirmed=True)

    assert manager.get(asked(state, kind=kind, after=ready)).status_code == 200


# the one main button


MAIN = {
    Step.CONFIRM: "Да: удалить данные",
    Step.CARDS: "Да, это его карточка",
    Step.IDENTITY: "Записать проверку",
    Step.BLOCK: "Заблокировать",
    Step.STOP_MARKETING: "Прекратить рекламу",
    Step.WITHDRAW: "Записать отзыв",
    Step.CORRECT: "Исправить данные",
    Step.ERASE: "Уничтожить данные: Пётр Лугов",
    Step.UNBLOCK: "Снять блокировку",
    Step.TELL_RECIPIENTS: "Сообщили всем",
    Step.ANSWER: "Написать ответ",
    Step.CLOSE: "Закрыть обращение",
}
OF_KIND = {
    Step.IDENTITY: RequestKind.ACCESS,
    Step.WITHDRAW: RequestKind.WITHDRAWAL,
    Step.CORRECT: RequestKind.CORRECTION,
    Step.UNBLOCK: RequestKind.CORRECTION,
}


@pytest.mark.parametrize("step", Step)
def test_there_is_one_main_button_for_the_next_step(manager, asked, ours, step):
    """Whatever comes before it is said to be done, and the card is as the step wants it."""
    kind = OF_KIND.get(step, RequestKind.ERASURE)

    def ready(request):
        client = peter(ours)
        commands.tie(request, client, is_confirmed=step is not Step.CARDS)
        client.blocked_at = request.received_at if step in (Step.UNBLOCK, Step.STOP_MARKETING) else None
        for other in set(Step) - {step, Step.CONFIRM, Step.CLOSE, Step.CARDS, Step.ANSWER, Step.UNBLOCK}:
            commands.mark(request, other, by=None, is_needless=True)

    state = {Step.CONFIRM: RequestState.NEW, Step.CLOSE: RequestState.ANSWERED}.get(step, RequestState.IN_WORK)
    answer = manager.get(asked(state, kind=kind, after=ready))
    if step is Step.STOP_MARKETING:
        return  # a blocked card gets no advertising: the step is done with the block
    assert buttons(answer, manager.application) == [MAIN[step]]


def test_one_click_confirms_what_is_asked(manager, asked, request_now, ours):
    manager.fill(asked(), button="Да: удалить данные")
    assert (request_now().state, request_now().responsible_id) == (RequestState.IN_WORK, ours.manager.id)


def test_the_words_may_have_meant_something_else(manager, asked, request_now):
    manager.fill(asked(), button="Записать", kind="access")
    assert (request_now().kind, request_now().proposed) == (RequestKind.ACCESS, RequestKind.ERASURE)


def test_a_card_is_searched_for_and_its_address_names_nobody(manager, asked, request_now, ours):
    url = asked(RequestState.IN_WORK)
    found = manager.fill(url, who="лугов")
    assert "лугов" not in found.location.casefold()
    page = manager.get(found.location)
    manager.submit(page, button="Это он")
    (tied,) = queries.cards_of(request_now())
    assert (tied.card.client_id, tied.card.is_confirmed) == (ours.client_id, True)


def test_several_cards_are_shown_as_several(manager, asked, ours, acting):
    def ready(request):
        other = builders.submission(ours.form_id, full_name="Пётр Лугов", email="second@lugov.example.org").client
        acting.flush()
        for client in (peter(ours), other):
            commands.tie(request, client, is_confirmed=False)

    answer = manager.get(asked(RequestState.IN_WORK, after=ready))
    assert "Подходит несколько карточек" in answer.text
    assert answer.text.count(">Это он</button>") == 2


def test_no_card_is_said_too(manager, asked, request_now):
    url = asked(RequestState.IN_WORK)
    assert "Сама карточка не нашлась" in manager.get(url).text
    manager.fill(url, button="Карточки нет")
    assert Step.CARDS in queries.done(request_now())


def test_identity_is_written_down_and_must_be_chosen(manager, asked, request_now, ours):
    def ready(request):
        commands.tie(request, peter(ours), is_confirmed=True)

    url = asked(RequestState.IN_WORK, kind=RequestKind.ACCESS, after=ready)
    refused = manager.fill(url, button="Записать проверку", points=["signature"])
    assert refused.status_code == 422
    assert "Выберите, как вы убедились." in refused.text
    manager.submit(refused, button="Записать проверку", identity="call")
    assert (request_now().identity, request_now().identity_points) == (Identity.CALL, ["signature"])


def test_a_withdrawal_against_advertising_ticks_no_other_consent(manager, asked, ours):
    def ready(request):
        commands.tie(request, peter(ours), is_confirmed=True)

    answer = manager.get(asked(RequestState.IN_WORK, kind=RequestKind.STOP_MARKETING, after=ready))
    ticks = [one for one in taken_apart(answer, manager.application).all("input") if one["name"] == "purposes"]
    assert [("checked" in one.attributes) for one in ticks] == [False] * len(ticks)


def test_closing_with_something_left_needs_a_reason_beside_its_field(manager, asked, request_now, ours):
    url = asked(RequestState.ANSWERED, after=lambda request: commands.tie(request, peter(ours), is_confirmed=True))
    refused = manager.fill(url, button="Закрыть", closed_because="")
    assert refused.status_code == 422
    assert "Не всё сделано" in refused.text
    manager.submit(refused, button="Закрыть", closed_because="договор действует")
    assert request_now().state is RequestState.CLOSED


# two at once


def test_who_presses_second_hears_who_was_first_and_keeps_what_was_typed(manager, owner, asked, request_now, ours):
    url = asked()
    opened = owner.get(url)
    manager.fill(url, button="Да: удалить данные")
    late = owner.submit(opened, button="Отложить письмо", dismissed_because="похоже на рекламу")
    assert late.status_code == 409
    assert f"изменил(а) {ours.manager.name}" in late.text
    assert "похоже на рекламу" in late.text
    assert request_now().state is RequestState.IN_WORK
    owner.submit(late, button="Отложить письмо")
    assert request_now().state is RequestState.DISMISSED


def test_what_is_not_allowed_now_is_told_and_changes_nothing(manager, asked, request_now):
    url = asked(RequestState.CLOSED)
    refused = manager.post(
        f"{url}/act", data={"csrf_token": csrf_token(manager), "act": "block", "revision": request_now().revision}
    )
    assert refused.status_code == 422
    assert "Сейчас это сделать нельзя" in refused.text


@pytest.mark.parametrize(
    ("where", "data"),
    [("act", {"act": "burn"}), ("steps", {"step": "dance"}), ("cards", {"client": "x"}), ("cards", {})],
)
def test_what_no_button_sends_is_not_found(manager, asked, where, data):
    answer = manager.post(f"{asked()}/{where}", data=data | {"csrf_token": csrf_token(manager)})
    assert answer.status_code == 404
