"""What operators kept with an older program is all there after the upgrade, and after the way back."""

import hashlib
import json
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy import JSON, MetaData, Table, column, insert, inspect, select, table, update
from sqlalchemy.exc import IntegrityError

from crm.agreements import ready
from crm.core import ledger, tenancy
from crm.core.db import Base, Key, Moment, db, new_key
from tests import photograph
from tests.conftest import make_app
from tests.house.test_migrations import triggers

PURPOSE, DAYS, EDITED = "ответ на письма", 100, "Наша политика. Цель: {{purpose}}, срок: {{retention}}."
LABEL = "Даю согласие на обработку персональных данных"
KINDS = {uuid.UUID: Key(), datetime: Moment(), dict: JSON(), list: JSON()}


def day(number):
    """Half past nine in the evening; in Moscow it is the next day already."""
    return datetime(2026, 3, 1, 21, 30, tzinfo=UTC) + timedelta(days=number - 1)


def full(name, values):
    """The values, with something in every column that must have it."""
    blank = {datetime: day(1), object: {}, str: "", int: 0, bool: False, bytes: bytes(16)}
    columns = {one["name"]: one for one in inspect(db.engine).get_columns(name)}
    kinds = {one: None if known["nullable"] else known["type"].python_type for one, known in columns.items()}
    return {one: values.get(one, blank.get(kind)) for one, kind in kinds.items()}


def put(name, values):
    """One row by plain SQL."""
    row = {one: value for one, value in full(name, values).items() if value is not None}
    into = table(name, *(column(one, KINDS.get(type(value))) for one, value in row.items()))
    with db.engine.begin() as connection:
        connection.execute(insert(into).values(row))


def old_hash(row):
    """As the ledgers of the older program were chained: over every column but the hash."""
    content = {name: value for name, value in row.items() if name != "row_hash"}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=plainly)
    return hashlib.sha256(text.encode()).digest()


def plainly(value):
    return value.isoformat() if isinstance(value, datetime) else getattr(value, "bytes", value).hex()


class OldOperator:
    """An operator in the tables of 0002: documents in two editions, two forms, people in every state."""

    def __init__(self, name, code):
        self.id, self.code, self.heads, self.people = new_key(), code, {}, {}
        requisites = {"name": name, "legal_form": "ooo", "inn": "7707083893", "address": f"адрес {name}"}
        put("organisation", {"id": self.id, "public_code": code, "consent_asked": True} | requisites)
        self.keep("public_address", slug=code, place="organisation", target_id=self.id)
        self._publish()
        self._meet("agreed", "given", ["given"])
        self._meet("left", "withdrawn", ["given", "withdrawn"])
        self._meet("came back", "again", ["given", "withdrawn", "given"])
        self._meet("was never asked", "none", [])
        self._will(new_key().bytes, ["given", "withdrawn"])  # erased: the key is gone
        for action in ("agreement.published", "form.published"):
            self.chain("audit_entry", actor_kind="system", action=action, details={"number": 1})
        key = self.keep("subject_key", pseudonym=new_key().bytes)
        self.chain("erasure_act", number=1, client_id=new_key(), reason="demanded", subject_key_id=key)

    def keep(self, name, **values):
        put(name, row := {"id": new_key(), "organisation_id": self.id} | values)
        return row["id"]

    def chain(self, name, **values):
        number, previous = self.heads.get(name, (1, bytes(32)))
        place = {"id": new_key(), "organisation_id": self.id, "sequence": number, "previous_hash": previous}
        row = full(name, place | values)
        row["row_hash"] = old_hash(row)
        self.heads[name] = number + 1, row["row_hash"]
        return self.keep(name, **row)

    def _publish(self):
        self.form, bare = (self.keep("web_form", state="published") for _ in range(2))
        self.consent, self.texts = self._document("consent", "Согласен: {{purpose}}.", self.form)
        self.policy, self.policies = self._document("policy", EDITED, self.id)
        self.shown = [
            self.keep("form_version", form_id=self.form, number=n, agreement_version_id=text, created_at=day(n))
            for n, text in enumerate(self.texts, 1)
        ]
        self.keep("form_version", form_id=bare, number=1)

    def _document(self, kind, draft, rendered_for_id):
        about = {"purpose": PURPOSE, "retention_days": DAYS}
        agreement = self.keep("agreement", kind=kind, draft=draft, approved=draft, approved_at=day(1), **about)
        made = {"agreement_id": agreement, "rendered_for_id": rendered_for_id, "source": draft, **about}
        return agreement, [self.keep("agreement_version", number=number, **made) for number in (1, 2)]

    def _meet(self, name, standing, states):
        pseudonym = new_key().bytes
        self.people[name] = self.keep("subject_key", pseudonym=pseudonym)
        theirs = {"subject_key_id": self.people[name], "sealed": b"sealed"}
        client = self.keep("client", standing=standing, **theirs)
        for record in self._will(pseudonym, states):
            self.keep("evidence", consent_id=record, **theirs)
            self.keep("submission", client_id=client, form_version_id=self.shown[0], consent_id=record, **theirs)

    def _will(self, pseudonym, states):
        about = {"pseudonym": pseudonym, "purpose": PURPOSE, "channel": "form", "agreement_version_id": self.texts[0]}
        acts = [about | {"created_at": day(number), "state": state} for number, state in enumerate(states, 1)]
        return [self.chain("consent_record", **act) for act in acts]


def old_house(folder):
    """A database of 0002 with two operators."""
    database = photograph.of_database(folder)
    app = make_app(database.url, folder / "instance")
    with app.app_context():
        upgrade(revision="0002")
        yield [OldOperator("ООО «Ромашка»", "AAAAAA"), OldOperator("ООО «Василёк»", "BBBBBB")]
        db.session.remove()
    photograph.let_go(app)
    database.throw_away()


@pytest.fixture
def operators(tmp_path):
    """The two operators before the upgrade."""
    yield from old_house(tmp_path)


@pytest.fixture(scope="module", params=[0, 1])
def operator(request, tmp_path_factory):
    """Each of the two after the upgrade, for tests that only read."""
    for made in old_house(tmp_path_factory.mktemp("old")):
        upgrade()
        yield made[request.param]


def found(name, **where):
    """Rows as the models of today read them, in the order of their keys."""
    shape = Base.metadata.tables[name]
    with db.engine.connect() as connection:
        return connection.execute(select(shape).filter_by(**where).order_by(*shape.primary_key)).all()


def of(operator, name, **where):
    return found(name, organisation_id=operator.id, **where)


def entity(operator):
    return of(operator, "legal_entity")[0]


def document(operator, code):
    return of(operator, "agreement", code=code)[0]


def purposes(operator):
    return {row.kind.value: row for row in of(operator, "purpose")}


def test_the_requisites_become_the_main_legal_entity(operator):
    (main,), (organisation,) = of(operator, "legal_entity"), found("organisation", id=operator.id)
    assert (main.is_main, main.public_code, main.inn, main.created_at) == (True, operator.code, "7707083893", day(1))
    assert (main.name, main.address) == (organisation.name, f"адрес {organisation.name}")
    assert (organisation.consent_asked, organisation.grace_days) == (True, 0)


def test_the_address_and_the_policies_of_the_operator_are_the_entitys(operator):
    (address,) = of(operator, "public_address")
    assert (address.slug, address.place.value, address.target_id) == (operator.code, "entity", entity(operator).id)
    editions = {row.id: row for row in of(operator, "agreement_version")}
    assert {editions[one].rendered_for_id for one in operator.policies} == {entity(operator).id}
    assert {editions[one].rendered_for_id for one in operator.texts} == {operator.form}
    assert [row.values for row in editions.values()] == [{}] * 4


def test_the_consent_becomes_that_to_the_purpose_of_enquiries_and_an_edited_policy_stays(operator):
    enquiry, consent, policy = (
        purposes(operator)["enquiry"],
        document(operator, "consent"),
        document(operator, "policy"),
    )
    assert (consent.id, consent.purpose_id) == (operator.consent, enquiry.id)
    assert (enquiry.name, enquiry.retention_days, enquiry.box_label) == (PURPOSE, DAYS, LABEL)
    assert (policy.id, policy.purpose_id, policy.draft) == (operator.policy, None, EDITED)


def test_the_other_ready_purposes_stand_beside_it_with_samples(operator):
    assert list(purposes(operator)) == ["enquiry", "registration", "newsletter", "transfer"]
    samples = {code: document(operator, code) for code in ("registration", "newsletter", "transfer")}
    assert {(row.is_sample, row.approved, len(row.draft) > 1000) for row in samples.values()} == {(True, None, True)}
    assert all(row.purpose_id == purposes(operator)[code].id for code, row in samples.items())


def test_the_old_sample_of_the_policy_gives_way_to_the_new_one_and_an_edited_one_stays(operators, monkeypatch):
    upgrade()
    migration = ScriptDirectory(current_app.extensions["migrate"].directory).get_revision("0003").module
    monkeypatch.setattr(migration, "OLD_POLICY", hashlib.sha256("Старый образец.".encode()).hexdigest())
    agreement = Base.metadata.tables["agreement"]
    with db.engine.begin() as connection:
        connection.execute(update(agreement).values(draft="Свой текст.", is_sample=False))
        ours = update(agreement).filter_by(organisation_id=operators[0].id)
        connection.execute(ours.values(draft="Старый образец.\n"))
        migration._policies(connection)
    assert [document(one, "policy").draft for one in operators] == [ready.POLICY, "Свой текст."]


def test_every_form_is_the_entitys_and_what_asked_for_consent_has_its_box(operator):
    owner, purpose = entity(operator).id, purposes(operator)["enquiry"].id
    forms = [(row.entity_id, row.purposes, row.outdated_at) for row in of(operator, "web_form")]
    assert forms == [(owner, [{"id": purpose.hex, "required": True}], None)] * 2
    assert [row.entity_id for row in of(operator, "form_version")] == [owner] * 3
    boxes = {row.form_version_id: row for row in of(operator, "form_consent")}
    assert [boxes[one].agreement_version_id for one in operator.shown] == operator.texts
    _, box = sorted(boxes.values(), key=lambda row: row.created_at)
    assert (box.position, box.purpose_id, box.label, box.created_at) == (0, purpose, LABEL, day(2))
    assert (box.is_required, box.is_confirmed_by_letter) == (True, False)


def test_the_ledger_is_folded_into_how_matters_stand(operator):
    names = {key: name for name, key in operator.people.items()}
    acts = {row.id: row.created_at for row in of(operator, "consent_record")}
    rows = of(operator, "consent_current", purpose_id=purposes(operator)["enquiry"].id)
    stands = [(row.state.value, acts[row.record_id], row.was_withdrawn, row.expires_at) for row in rows]
    assert dict(zip((names[row.subject_key_id] for row in rows), stands, strict=True)) == {
        "agreed": ("given", day(1), False, day(1 + DAYS)),
        "left": ("withdrawn", day(2), False, None),
        "came back": ("given", day(3), True, day(3 + DAYS)),
    }


def test_who_withdrew_is_restricted_and_must_be_destroyed_in_thirty_days(operator):
    rows = {row.subject_key_id: (row.restricted_at, row.destroy_on) for row in of(operator, "client")}
    assert rows.pop(operator.people["left"]) == (day(2), date(2026, 4, 2))
    assert list(rows.values()) == [(None, None)] * 3


def test_every_chain_of_the_older_program_is_whole(operator):
    with current_app.app_context():
        tenancy.enter(operator.id)
        broken = {one.__tablename__: ledger.first_broken(one) for one in ledger.chained_models()}
    assert broken == {"consent_record": None, "audit_entry": None, "erasure_act": None}


def copy(name, **other):
    put(name, {**found(name)[0]._mapping, "id": new_key()} | other)


def test_references_are_watched_again(operators):
    upgrade()
    with pytest.raises(IntegrityError):
        copy("legal_entity", organisation_id=new_key())


def everything():
    """Every row, the shape of every table and every trigger, whatever the program of today knows of them."""
    with db.engine.connect() as connection:
        known, seen = inspect(connection), {"triggers": triggers()}
        for name in set(known.get_table_names()) - {"alembic_version"}:
            rows = connection.execute(select(Table(name, MetaData(), autoload_with=connection))).mappings()
            columns = {one["name"]: (str(one["type"]), one["nullable"]) for one in known.get_columns(name)}
            seen[name] = columns, sorted((sorted(row.items()) for row in rows), key=str)
    return seen


def test_the_way_back_leads_to_what_was_there(operators):
    before = everything()
    upgrade()
    downgrade(revision="0002")
    assert everything() == before


NEWER = {
    "a second legal entity": lambda _: copy("legal_entity", is_main=False),
    "consents to other purposes": lambda one: copy("agreement_version", agreement_id=document(one, "transfer").id),
    "consents dated by staff": lambda _: copy("consent_record", sequence=99, given_on=date(2026, 3, 1)),
    "acts of will by new ways": lambda _: copy("consent_record", sequence=98, channel="link"),
    "new kinds of audit entries": lambda _: copy("audit_entry", sequence=99, action="purpose.added"),
    "rows of renewal": lambda one: one.keep("renewal", agreement_id=one.consent),
}


def test_what_the_older_program_has_no_place_for_stops_the_way_back(operators, caplog):
    upgrade(revision="0003")
    for add in NEWER.values():
        add(operators[0])
    before = everything()
    with pytest.raises(SystemExit):
        downgrade(revision="0002")
    assert [what for what in NEWER if what not in caplog.text] == []
    assert everything() == before
