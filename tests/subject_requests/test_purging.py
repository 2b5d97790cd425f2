"""Everything beside a line of the journal goes at the end of its term; the line stays."""

import pytest
from sqlalchemy import func, select

from crm.accounts.models import User
from crm.audit.models import Action
from crm.clients.models import Client
from crm.core import transaction
from crm.core.clock import now
from crm.core.personal import Sealed, SubjectKey
from crm.core.tokens import SearchToken
from crm.erasure import commands as erasure
from crm.erasure import queries as reach
from crm.erasure.models import Reason
from crm.subject_requests import commands, keeping, queries
from crm.subject_requests.models import (
    Applicant,
    RequestCard,
    RequestKind,
    RequestMessage,
    RequestState,
    RequestStep,
    SubjectRequest,
    Way,
)
from tests import inquiries
from tests.house.dumps import models_of, rows_of
from tests.subject_requests.closing import WORD, closed, key_of, notes, work


@pytest.fixture
def asked(acting, clock):
    """A request with everything that can stand beside it; closed today."""
    clock.stop()
    with transaction.of_its_own():
        return closed(inquiries.inquiry(full_name=WORD, email="word@filin.example.org", text=WORD)).id


def test_nothing_goes_a_day_too_early(acting, clock, asked):
    clock.move(days=1095)
    work(acting)
    assert queries.applicant_of(acting.get_one(SubjectRequest, asked)).full_name == WORD


def test_at_the_end_of_its_term_no_row_is_left_under_the_key(acting, clock, asked):
    key = key_of(acting, asked)
    assert reach.residue(key) > 5
    clock.move(days=1095, minutes=1)
    work(acting)
    for model in (*models_of(Sealed), SearchToken):
        assert acting.scalar(select(func.count()).select_from(model).where(model.subject_key_id == key)) == 0
    assert acting.get(SubjectKey, key) is None


def test_the_journal_keeps_its_row_and_all_it_says(acting, clock, asked):
    request = acting.get_one(SubjectRequest, asked)
    known = (request.number, request.kind, request.received_at, request.outcome, request.closed_at)
    clock.move(days=1096)
    work(acting)
    request = acting.get_one(SubjectRequest, asked)
    assert (request.number, request.kind, request.received_at, request.outcome, request.closed_at) == known
    assert request.purged_at == now()
    assert acting.scalar(select(func.count(RequestStep.id)).filter_by(request_id=asked)) == 1


def test_it_leaves_a_note_without_a_name(acting, clock, asked):
    clock.move(days=1096)
    work(acting)
    (note,) = notes(acting, Action.REQUEST_PURGED)
    assert (note.subject_id, set(note.details)) == (asked, {"number"})


def test_a_request_that_was_none_goes_too(acting, clock):
    with transaction.of_its_own():
        request = inquiries.inquiry()
        request.state = RequestState.DISMISSED
        made = request.id
    clock.move(days=1096)
    work(acting)
    assert acting.get_one(SubjectRequest, made).purged_at


def test_an_open_request_never_goes(acting, clock):
    with transaction.of_its_own():
        made = inquiries.inquiry().id
    clock.move(days=4000)
    work(acting)
    assert acting.get_one(SubjectRequest, made).purged_at is None


def test_done_again_it_does_nothing(acting, clock, asked):
    clock.move(days=1096)
    work(acting)
    purged_at = acting.get_one(SubjectRequest, asked).purged_at
    clock.move(days=1)
    work(acting)
    assert acting.get_one(SubjectRequest, asked).purged_at == purged_at
    assert len(notes(acting, Action.REQUEST_PURGED)) == 1


def test_many_go_a_few_at_a_time(acting, clock, monkeypatch):
    monkeypatch.setattr(keeping, "BATCH", 2)
    with transaction.of_its_own():
        for _ in range(5):
            closed(inquiries.inquiry())
    clock.move(days=1096)
    work(acting)
    assert acting.scalar(select(func.count(Applicant.id))) == 0


def test_whoever_is_killed_half_way_goes_on_later(acting, clock, monkeypatch):
    monkeypatch.setattr(keeping, "BATCH", 1)
    with transaction.of_its_own():
        for _ in range(3):
            closed(inquiries.inquiry())
    clock.move(days=1096)
    destroy, calls = erasure.destroy, []

    def killed(key):
        calls.append(key)
        if len(calls) == 2:
            raise KeyboardInterrupt
        destroy(key)

    monkeypatch.setattr(erasure, "destroy", killed)
    with pytest.raises(KeyboardInterrupt):
        work(acting)
    assert acting.scalar(select(func.count(SubjectRequest.id)).where(SubjectRequest.purged_at.is_not(None))) == 1
    work(acting)
    assert acting.scalar(select(func.count(Applicant.id))) == 0


def test_nothing_of_the_neighbour_changes(acting, clock, house, asked):
    before = rows_of(house.neighbour)
    clock.move(days=1096)
    work(acting)
    assert rows_of(house.neighbour) == before


# what it leaves of cards


def test_a_card_that_lives_is_untied_and_untouched(acting, clock, house):
    with transaction.of_its_own():
        client = acting.get_one(Client, house.ours.client_id)
        closed(inquiries.inquiry(client=client, is_certain=True))
    clock.move(days=1096)
    work(acting)
    assert acting.scalar(select(func.count(RequestCard.id))) == 0
    assert acting.get_one(Client, house.ours.client_id).full_name == "Пётр Лугов"


def test_the_act_of_a_card_that_was_destroyed_stays_tied(acting, clock, house):
    with transaction.of_its_own():
        client = acting.get_one(Client, house.ours.client_id)
        request = closed(inquiries.inquiry(client=client, is_certain=True))
        by = acting.get_one(User, house.ours.owner.id)
        act = erasure.erase(client.id, reason=Reason.DEMANDED, by=by)
        acting.scalar(select(RequestCard).filter_by(request_id=request.id)).act_id = act.id
        acting.flush()
        act_id = act.id
    clock.move(days=1096)
    work(acting)
    assert acting.scalar(select(RequestCard.act_id)) == act_id


def test_a_key_that_is_a_cards_too_is_not_destroyed(acting, clock, house):
    with transaction.of_its_own():
        client = acting.get_one(Client, house.ours.client_id)
        contact, words = commands.Contact(full_name=WORD), commands.Words(text=WORD)
        to = {"way": Way.PHONE, "kind": RequestKind.ACCESS, "subject_key": client.subject_key}
        request = commands.register(contact, words, **to).request
        request.state, request.closed_at = RequestState.CLOSED, now()
    clock.move(days=1096)
    work(acting)
    assert acting.get_one(Client, house.ours.client_id).full_name == "Пётр Лугов"
    assert acting.scalar(select(func.count(Applicant.id))) == 0
    assert acting.scalar(select(func.count(RequestMessage.id))) == 0


# the raw bytes


def test_key_and_sealed_values_are_wiped_from_the_disk(app, house, acting, clock, asked):
    key = acting.get_one(SubjectKey, key_of(acting, asked))
    rows = [
        row for model in models_of(Sealed) for row in acting.scalars(select(model).filter_by(subject_key_id=key.id))
    ]
    held = [key.wrapped, *(row.sealed for row in rows if row.sealed)]
    held += [row.content for row in rows if hasattr(row, "content")]
    raw = house.database.raw()
    assert all(one[-32:] in raw for one in held)
    acting.rollback()  # a reader left standing would keep SQLite from wiping
    clock.move(days=1096)
    work(acting)
    raw = house.database.raw()
    assert not [one for one in held if one[-32:] in raw]
    assert WORD.encode() not in raw
