"""What the letters of the staff say: all that the law wants of each, and nothing that nobody chose."""

import pytest

from crm.clients.models import Client
from crm.core import transaction
from crm.subject_requests import queries, turns
from crm.subject_requests.drafts import NotReady
from crm.subject_requests.models import MessageRole, Outcome, RequestKind, RequestState
from crm.subject_requests.samples import REFUSALS, Matter, Refusal
from crm.subject_requests.wording import TO_FILL, Given
from tests.core.conftest import believed as believed  # fixtures
from tests.core.conftest import office as office
from tests.subject_requests.writing import (
    asked,
    drafted,
    send,
    settled,
)

# what is written


@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize("matter", Matter)
def test_every_sample_makes_a_letter(acting, ours, kind, matter):
    message = drafted(ours, asked(ours, kind=kind), matter=matter)
    assert message.text.startswith("Здравствуйте")
    assert "  \n" not in message.text
    assert "None" not in message.text


POINTS = (
    "Подтверждаем: ",
    "Правовые основания и цели",
    "Способы обработки",
    "4. Оператор: ",
    "откуда они",
    "Сроки обработки и хранения",
    "Как воспользоваться правами",
    "Трансграничная передача: не осуществлялась и не предполагается",
    "Кому поручена обработка: ",
    "9.1. Как выполняются обязанности статьи 18.1",
    "10. Иные сведения",
)


def test_the_answer_about_data_has_all_the_points(acting, ours):
    text = drafted(ours, asked(ours), matter=Matter.ACCESS).text
    assert [point for point in POINTS if point not in text] == []
    assert "журнал, незаметно изменить который нельзя" in text
    assert not TO_FILL.search(text)


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_names_its_article(acting, ours, refusal):
    request = asked(ours)
    text = drafted(ours, request, MessageRole.REFUSAL, given=Given(refusal, "Так сложилось.")).text
    assert REFUSALS[refusal].article in text
    assert "Так сложилось." in text
    assert "обжаловать" in text


@pytest.mark.parametrize("given", [Given(), Given(Refusal.OTHER_LAW), Given(Refusal.OTHER_LAW, "  ")])
def test_there_is_no_refusal_without_a_reason(acting, ours, given):
    with pytest.raises(turns.NotAllowed):
        drafted(ours, asked(ours), MessageRole.REFUSAL, given=given)


def test_a_refusal_is_an_outcome(office, acting, ours):
    with transaction.of_its_own():
        request = asked(ours)
        send(ours, drafted(ours, request, MessageRole.REFUSAL, given=Given(Refusal.IDENTITY)))
    assert settled(request.id).outcome is Outcome.REFUSED


def test_a_notice_of_extension_extends_once_and_says_until_when(acting, ours):
    request = asked(ours)
    was = request.due_on
    message = drafted(ours, request, MessageRole.EXTENSION, given=Given(words="Архив на складе."))
    assert request.extended_at is None
    send(ours, message)
    assert request.due_on > was
    assert f"{request.due_on:%d.%m.%Y}" in message.text
    assert queries.applicant_of(request).extended_because == "Архив на складе."


def test_what_the_law_does_not_extend_is_not_extended(acting, ours):
    with pytest.raises(NotReady, match="not_extended"):
        drafted(ours, asked(ours, kind=RequestKind.CORRECTION), MessageRole.EXTENSION, given=Given(words="Надо."))


def test_a_question_leaves_the_term_and_says_so(acting, ours):
    request = asked(ours)
    was = request.due_on
    message = drafted(ours, request, MessageRole.QUESTION, given=Given(missing=["relation"]))
    send(ours, message)
    assert (request.due_on, request.state) == (was, RequestState.IN_WORK)
    assert f"Срок ответа от этого не меняется: ответим не позднее {was:%d.%m.%Y}" in message.text
    assert "сведения об отношениях с оператором" in message.text


def test_a_correction_names_fields_and_no_values(acting, ours):
    request = asked(ours, kind=RequestKind.CORRECTION)
    client = acting.get_one(Client, ours.client_id)
    client.captured = (client.captured or {}) | {
        "address": [{"value": "Тверь", "label": "Адрес", "from": "x", "at": "2026-11-24", "request": request.number}]
    }
    text = drafted(ours, request, matter=Matter.CORRECTED).text
    assert "уточнены: адрес." in text
    assert "Тверь" not in text
