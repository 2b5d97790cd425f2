"""No operator reaches another's rows, by any road we know of."""

import uuid

import pytest
from sqlalchemy import delete, exists, func, insert, literal, select, text, union, update
from sqlalchemy.orm import aliased, joinedload, selectinload

from crm.accounts.models import Credential, Invitation, Organisation, PublicAddress, User
from crm.agreements.models import AgreementVersion
from crm.clients.models import Client
from crm.clients.policy import ConsentStanding
from crm.consents.models import ConsentRecord, Evidence
from crm.core import tenancy
from crm.core.db import Base, db
from crm.core.jobs import JobRun
from crm.core.personal import SubjectKey
from crm.core.tenancy import ForeignOrganisation, NoOrganisation
from crm.core.throttle import Throttle
from crm.core.tokens import SearchToken
from crm.webforms.models import FormVersion, Submission, WebForm
from tests.browsing import browser
from tests.house.dumps import SCOPED, number_of, rows_of

DOORS_IN = {Credential, PublicAddress, Invitation, Throttle, JobRun}
"""Read before the operator is known: e-mail → user, slug → operator, code → invitation, counters of attempts, rounds
of periodic work."""
WITHOUT_READING = {"synchronize_session": False}
OTHER = aliased(Client)

ROADS = {
    "entity": lambda s: s.scalars(select(Client)).all(),
    "column": lambda s: s.scalars(select(Client.id)).all(),
    "query": lambda s: s.query(Client).all(),
    "streamed": lambda s: list(s.scalars(select(Client).execution_options(yield_per=1))),
    "locked": lambda s: s.scalars(select(Client).with_for_update()).all(),
    "count": lambda s: range(s.scalar(select(func.count()).select_from(Client))),
    "count of a column": lambda s: range(s.scalar(select(func.count(Client.id)))),
    "alias": lambda s: s.scalars(select(OTHER)).all(),
    "join": lambda s: s.scalars(select(Client).join(Submission, Submission.client_id == Client.id)).all(),
    "join to an alias": lambda s: s.execute(select(Client.id, OTHER.id).join(OTHER, literal(True))).all(),
    "outer join": lambda s: s.execute(select(Client.id, WebForm.id).outerjoin(WebForm, literal(True))).all(),
    "join from a door": lambda s: s.scalars(
        select(WebForm.id).select_from(PublicAddress).join(WebForm, PublicAddress.target_id == WebForm.id)
    ).all(),
    "subquery": lambda s: s.scalars(select(select(Client.id).subquery())).all(),
    "entity of a subquery": lambda s: s.scalars(select(aliased(Client, select(Client).subquery()))).all(),
    "common table": lambda s: s.scalars(select(select(Client.id).cte())).all(),
    "union": lambda s: s.scalars(union(select(Client.id), select(OTHER.id))).all(),
    "union of entities": lambda s: s.scalars(
        select(SubjectKey).from_statement(union(select(SubjectKey), select(SubjectKey)))
    ).all(),
    "in": lambda s: s.scalars(select(Client).where(Client.id.in_(select(Submission.client_id)))).all(),
    "joined": lambda s: s.scalars(select(Submission).options(joinedload(Submission.client))).all(),
    "selectin": lambda s: s.scalars(select(Submission).options(selectinload(Submission.consent))).all(),
    "update": lambda s: range(s.execute(update(Client).values(standing=ConsentStanding.NONE)).rowcount),
    "update without reading": lambda s: range(
        s.execute(update(Client).values(standing=ConsentStanding.NONE).execution_options(**WITHOUT_READING)).rowcount
    ),
    "delete": lambda s: range(s.execute(delete(Submission)).rowcount),
    "delete without reading": lambda s: range(
        s.execute(delete(Submission).execution_options(**WITHOUT_READING)).rowcount
    ),
    "the operator itself": lambda s: s.scalars(select(Organisation)).all(),
}


@pytest.mark.parametrize("road", ROADS.values(), ids=ROADS)
def test_each_road_leads_to_our_single_row(acting, road):
    assert len(road(acting)) == 1


def _matches_a_foreign_row(foreign):
    """Questions that must be answered with no; True only if the foreign row shows through."""
    return {
        "exists": exists().where(Client.id == foreign.client_id),
        "exists of a column": exists(Client.id).where(Client.id == foreign.client_id),
        "exists inside select": select(Client.id).where(Client.id == foreign.client_id).exists(),
        "exists of an alias": exists(OTHER.id).where(OTHER.id == foreign.client_id),
        "has": exists(Submission.id).where(Submission.client.has(Client.id == foreign.client_id)),
        "not has": exists(Submission.id).where(~Submission.client.has()),
        "scalar subquery": select(Client.id).where(Client.id == foreign.client_id).scalar_subquery().is_not(None),
    }


@pytest.mark.parametrize("question", _matches_a_foreign_row(type("Any", (), {"client_id": uuid.UUID(int=0)})))
def test_no_question_betrays_a_foreign_row(acting, house, question):
    assert not acting.scalar(select(_matches_a_foreign_row(house.neighbour)[question]))


@pytest.mark.parametrize("model", SCOPED)
def test_every_model_of_an_operator_shows_our_rows_only(acting, house, model):
    seen = acting.scalar(select(func.count()).select_from(model))
    assert seen == number_of(model, house.ours)
    assert number_of(model, house.neighbour) > 0, "the neighbour needs a row here, or this proves nothing"


@pytest.mark.parametrize("model", [*SCOPED, Organisation])
def test_nobody_in_particular_sees_nothing(app, model):
    with app.app_context(), pytest.raises(NoOrganisation):
        db.session.execute(select(model).limit(1))


def test_every_model_belongs_to_an_operator_or_is_a_known_door():
    models = {mapper.class_ for mapper in Base.registry.mappers}
    assert models - set(SCOPED) - {Organisation} == DOORS_IN


@pytest.mark.parametrize(("model", "thing"), [(Client, "client_id"), (WebForm, "form_id"), (Organisation, "id")])
def test_a_foreign_key_is_not_found(acting, house, model, thing):
    assert acting.get(model, getattr(house.ours, thing)) is not None
    assert acting.get(model, getattr(house.neighbour, thing)) is None


@pytest.mark.parametrize("model", [Client, Submission, SubjectKey, ConsentRecord, User, Organisation])
def test_foreign_rows_that_arrive_as_raw_sql_raise(acting, model):
    statement = text(f'SELECT * FROM "{model.__tablename__}"')  # noqa: S608 - the name of a table
    with pytest.raises(ForeignOrganisation):
        acting.scalars(select(model).from_statement(statement)).all()


def test_a_row_cannot_be_given_away(acting, house):
    acting.get(WebForm, house.ours.form_id).organisation_id = house.neighbour.id
    with pytest.raises(ForeignOrganisation):
        acting.flush()


def test_a_row_cannot_be_added_for_somebody_else(acting, house):
    acting.add(SearchToken(organisation_id=house.neighbour.id, token=b"x", subject_key_id=house.ours.client_id))
    with pytest.raises(ForeignOrganisation):
        acting.flush()


@pytest.mark.parametrize("row", ["submission", "evidence", "version"])
def test_a_row_cannot_hang_on_a_foreign_row(acting, house, row):
    key = acting.get(Client, house.ours.client_id).subject_key
    rows = {
        "submission": lambda: Submission(client_id=house.neighbour.client_id, subject_key=key),
        "evidence": lambda: Evidence(subject_key_id=house.neighbour.client_id),
        "version": lambda: FormVersion(form_id=house.neighbour.form_id),
    }
    acting.add(rows[row]())
    with pytest.raises(ForeignOrganisation):
        acting.flush()


def test_a_row_cannot_be_moved_under_a_foreign_row(acting, house):
    acting.scalar(select(Submission)).client_id = house.neighbour.client_id
    with pytest.raises(ForeignOrganisation):
        acting.flush()


@pytest.mark.parametrize("model", [Client, AgreementVersion])
def test_a_bulk_insert_is_refused(acting, house, model):
    with pytest.raises(ForeignOrganisation):
        acting.execute(insert(model), [{"organisation_id": house.neighbour.id}])


def test_a_session_never_changes_sides(acting, house):
    with pytest.raises(ForeignOrganisation):
        tenancy.enter(house.neighbour.id)


def test_a_bulk_update_leaves_the_neighbour_as_it_was(acting, house):
    before = rows_of(house.neighbour)
    acting.execute(update(Client).values(standing=ConsentStanding.WITHDRAWN))
    acting.execute(delete(Submission))
    acting.commit()
    assert rows_of(house.neighbour) == before


@pytest.mark.parametrize(
    "page", ["/", "/clients/", "/forms/", "/acts/", "/settings/", "/settings/staff", "/settings/trail"]
)
def test_two_operators_take_turns_in_one_process(house, owner, neighbour, page):
    for _ in range(2):  # the second time every statement comes from a cache; the browsers know whose words are whose
        assert house.ours.name in owner.get(page).text
        assert house.neighbour.name in neighbour.get(page).text


def test_a_signed_in_person_is_a_stranger_on_the_pages_of_another_operator(app, house):
    visitor = browser(app, cookie=house.ours.owner.cookie)
    for url in (
        f"/f/{house.neighbour.slug}",
        f"/doc/{house.neighbour.document}",
        f"/receipt/{house.neighbour.receipt}",
    ):
        assert house.neighbour.name in visitor.get(url).text
        assert house.ours.owner.name not in visitor.get(url).text
