"""Destroying a client's data: everything of the person, nothing of anybody else, and the act of it."""

import pytest
from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.agreements import commands as documents
from crm.agreements.ready import READY, LegalBasis, PurposeKind
from crm.audit.models import Action, AuditEntry
from crm.clients import queries as clients
from crm.clients.models import Client
from crm.consents import commands as consents
from crm.consents import links
from crm.consents import queries as ledger_queries
from crm.consents.commands import Circumstances, Matter
from crm.consents.models import Channel, ConsentRecord, Evidence, LinkKind
from crm.core import files, ledger, tenancy, transaction
from crm.core.clock import today
from crm.core.db import db
from crm.core.personal import SubjectKey
from crm.core.tokens import SearchToken
from crm.erasure import commands, queries
from crm.erasure.models import ErasureAct, Reason
from crm.webforms.models import Submission
from tests.builders import submission
from tests.core.at_once import at_once
from tests.core.scans import PDF

MARIA = {"full_name": "Мария Новикова", "email": "maria@novikova.example.org", "phone": "+79217654321"}
DESTROYED = (Client, Submission, Evidence, SearchToken)


@pytest.fixture
def anna(acting, ours):
    return acting.get_one(User, ours.owner.id)


@pytest.fixture
def maria(acting, ours):
    """Somebody who wrote twice and took consent back."""
    sent = submission(ours.form_id, **MARIA)
    db.session.flush()
    submission(ours.form_id, **MARIA, text_1="ещё вопрос")
    db.session.flush()
    return sent.client


def erase(client, by, reason=Reason.DEMANDED):
    made = commands.erase(client.id, reason=reason, by=by)
    db.session.flush()
    return made


def number_of(model, key):
    return len(db.session.scalars(select(model).filter_by(subject_key_id=key)).all())


def test_every_row_token_and_key_of_the_client_goes(maria, anna, acting):
    key = maria.subject_key_id
    assert [number_of(model, key) > 0 for model in DESTROYED] == [True] * 4
    erase(maria, anna)
    assert [number_of(model, key) for model in DESTROYED] == [0] * 4
    assert acting.get(SubjectKey, key) is None


def test_nobody_else_loses_anything(maria, anna, acting, ours):
    erase(maria, anna)
    other = acting.get_one(Client, ours.client_id)
    assert other.full_name == "Пётр Лугов"
    assert clients.by_email("petr@lugov.example.org") is other
    assert [number_of(model, other.subject_key_id) > 0 for model in DESTROYED] == [True] * 4


def test_the_consents_stay_without_anybody_knowing_whose_they_were(maria, anna, acting):
    pseudonym = maria.subject_key.pseudonym
    erase(maria, anna)
    records = acting.scalars(select(ConsentRecord).filter_by(pseudonym=pseudonym)).all()
    assert len(records) == 2
    assert not [record for record in records if ledger_queries.is_person_known(record)]


@pytest.mark.parametrize("model", [AuditEntry, ConsentRecord, ErasureAct])
def test_every_chain_is_whole_afterwards(maria, anna, model):
    erase(maria, anna)
    assert ledger.first_broken(model) is None


def test_the_act_has_every_field_that_the_order_asks_for(maria, anna, ours, clock):
    at = clock.stop()
    act = erase(maria, anna)
    assert (act.number, act.reason, act.client_id, act.created_at) == (1, Reason.DEMANDED, maria.id, at)
    assert act.operator == "ООО «Ромашка», ИНН 7707083893, 101000, г. Москва, ул. Мясницкая, д. 1"
    assert (act.subject_name, act.destroyed_by, act.position) == ("Мария Новикова", "Анна Ромашкина", "Директор")
    assert all((act.system, act.method, act.data_categories, act.destroyed))


def test_the_act_names_the_categories_that_were_really_there(maria, anna):
    assert erase(maria, anna).data_categories == [
        "фамилия, имя, отчество",
        "адрес электронной почты",
        "номер телефона",
        "содержание сообщений в заявках",
        "сведения о согласии: IP-адрес, сведения о браузере, адрес страницы",
    ]


def test_the_act_counts_what_went(maria, anna):
    destroyed = erase(maria, anna).destroyed
    assert [destroyed[table] for table in ("client", "submission", "evidence", "subject_key")] == [1, 2, 2, 1]
    assert destroyed["search_token"] > 10


@pytest.fixture
def known_well(maria, anna):
    """Maria with everything that can hang on a person: a scan, a contract, a link she was sent, a letter."""
    scan = files.keep(maria.subject_key, name="скан.pdf", content=PDF)
    consents.withdraw(maria.id, seen=Circumstances(Channel.PAPER, attachment=scan), by=anna)
    values = READY[PurposeKind.OTHER].values() | {"name": "договор", "basis": LegalBasis.CONTRACT}
    contract = documents.add_purpose(kind=PurposeKind.OTHER, values=values, by=anna)
    db.session.flush()
    consents.add_ground(maria, purpose_id=contract.id, since_on=today(), until_on=None, note="Договор № 7", by=anna)
    text = ledger_queries.ledger_of(maria)[-1].agreement_version
    names = {"receipt": "AAAAAA", "public_code": "AAAAAA", "company": "ООО «Ромашка»"}
    links.send(LinkKind.RENEW, maria, to=maria.email, matter=Matter.of(text), **names)
    db.session.flush()
    return maria


def test_whatever_hangs_on_a_person_goes_and_is_counted_in_the_act(known_well, anna):
    key = known_well.subject_key_id
    act = erase(known_well, anna)
    assert [model.__tablename__ for model in queries.tied_models() if number_of(model, key)] == []
    more = {"attachment": 1, "ground": 1, "consent_link": 1, "letter": 1, "consent_current": 1, "evidence": 3}
    assert {table: act.destroyed[table] for table in more} == more
    assert "приложенные документы: сканы согласий и договоров" in act.data_categories


def test_the_act_names_the_processor_of_that_moment(maria, anna, acting):
    accounts.main_entity().processor = "ООО «Хостинг», Тверь"
    assert erase(maria, anna).processor == "ООО «Хостинг», Тверь"


def test_the_name_in_the_act_is_sealed_under_a_key_of_its_own(maria, anna):
    key = maria.subject_key_id
    act = erase(maria, anna)
    assert act.subject_key_id != key
    assert "Новикова".encode() not in act.sealed


def test_who_gave_no_name_is_named_by_what_is_known(acting, anna, ours):
    mail = submission(ours.form_id, email="kto@example.org").client
    nobody = submission(ours.form_id, text_1="просто вопрос").client
    db.session.flush()
    assert erase(mail, anna).subject_name == "kto@example.org"
    assert erase(nobody, anna).subject_name == f"лицо, указанное в карточке {nobody.id}"


def test_acts_are_numbered_without_a_gap_for_each_operator(app, house, acting, anna, ours):
    numbers = []
    for n in range(3):
        client = submission(ours.form_id, full_name=f"Человек {n}").client
        db.session.flush()
        numbers.append(erase(client, anna).number)
    assert numbers == [1, 2, 3]  # the neighbour has an act of its own, which does not count here


def test_a_second_destruction_is_told_that_it_is_done(maria, anna):
    act = erase(maria, anna)
    with pytest.raises(commands.AlreadyErased):
        erase(maria, anna)
    assert queries.act_for(maria.id) is act


def test_a_client_of_another_operator_cannot_be_erased(acting, anna, house):
    with pytest.raises(commands.AlreadyErased):
        commands.erase(house.neighbour.client_id, reason=Reason.DEMANDED, by=anna)


@pytest.mark.parametrize("reason", Reason)
def test_the_reason_stands_in_the_act_and_in_the_trail(maria, anna, acting, reason):
    act = erase(maria, anna, reason)
    noted = acting.scalars(select(AuditEntry).filter_by(action=Action.CLIENT_ERASED)).one()
    assert act.reason is reason
    assert (noted.subject_id, noted.actor_id) == (maria.id, anna.id)
    assert (noted.details["act"], noted.details["reason"]) == (act.number, reason.value)


def test_the_trail_of_a_destruction_names_nobody(maria, anna, acting):
    erase(maria, anna)
    said = " ".join(str(details) for details in acting.scalars(select(AuditEntry.details)))
    assert not [value for value in MARIA.values() if value in said]


def test_who_took_consent_back_can_be_erased_as_well(maria, anna, acting):
    consents.withdraw(maria.id, seen=Circumstances(Channel.EMAIL, note="письмо Марии"), by=anna)
    db.session.flush()
    assert erase(maria, anna, Reason.WITHDRAWN).destroyed["evidence"] == 3


def test_a_destruction_that_is_rolled_back_destroyed_nothing(maria, anna, acting):
    with transaction.of_its_own():
        pass
    name = maria.full_name
    erase(maria, anna)
    acting.rollback()
    assert acting.get_one(Client, maria.id).full_name == name
    assert queries.act_for(maria.id) is None


def test_two_who_destroy_at_once_make_one_act(app, ours):
    def destroy():
        with app.test_request_context("/"):
            tenancy.enter(ours.id)
            by = db.session.get_one(User, ours.owner.id)
            try:
                with transaction.of_its_own():
                    return commands.erase(ours.client_id, reason=Reason.DEMANDED, by=by).number
            except commands.AlreadyErased:
                return None

    assert sorted(at_once([destroy] * 4), key=str) == [1, None, None, None]


def test_what_comes_in_after_the_destruction_opens_a_new_card(maria, anna, ours):
    erase(maria, anna)
    again = submission(ours.form_id, **MARIA)
    db.session.flush()
    assert again.client.id != maria.id
    assert [client.id for client in clients.page(clients.Filter(query="новикова"))] == [again.client.id]


def test_what_would_go_is_counted_beforehand_and_nothing_is_touched(maria, acting):
    reach = queries.reach(maria)
    assert (reach.rows["client"], reach.rows["submission"], reach.rows["evidence"], reach.consents) == (1, 2, 2, 2)
    assert reach.tokens == number_of(SearchToken, maria.subject_key_id)
    assert not acting.dirty
