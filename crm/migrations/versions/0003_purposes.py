"""Purposes, legal entities, several consents per form, the present state of consent, links, attachments, counts.

What an operator has by now is carried over: its requisites become its first legal entity, its one consent becomes the
consent to the purpose of enquiries, and the ledger is folded into the present state. No row of a ledger changes.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

from crm.core.clock import now
from crm.core.db import CONSTRAINT_NAMES, EPOCH, Key, Moment, new_key
from crm.migrations.append_only import guard, release

revision = "0003"
down_revision = "0002"

RESHAPED = ("agreement_version", "consent_record", "form_version")
BATCH = 5000
REQUISITES = {
    "legal_form": 40,
    "inn": 12,
    "ogrn": 15,
    "address": 500,
    "request_email": 254,
    "request_phone": 20,
    "responsible_person": 200,
    "processor": 500,
    "public_code": 8,
}
"""What an organisation says of itself no longer: its legal entities do."""

TEXTS = Path(__file__).parents[2] / "agreements" / "texts"
"""Drafts of new documents are read as they are on the day of the upgrade, like those of an operator who signs up on
that day: they are samples, nobody has agreed to them, and staff read and edit them before anything is published."""
OLD_POLICY = "1215e9c9cb8b9538701c104f4c43ba6f0274d2de86c9c89f3509216710730af9"
"""SHA-256 of the sample of the policy that came with 0002, without the white space around it."""

_EVIDENCE = "сведения о согласии: дата и время, IP-адрес, сведения о браузере, адрес страницы, слова рядом с отметкой"
_DATA = "фамилия, имя, отчество; телефон; эл. почта"
_KEEPING = (
    "сбор, запись, систематизация, накопление, хранение, уточнение (обновление, изменение), извлечение, использование"
)
_ENDING = "блокирование, удаление, уничтожение"
_ALWAYS = {
    "basis": "consent",
    "article": "пункт 1 части 1 статьи 6",
    "actions": f"{_KEEPING}, {_ENDING}",
    "recipients": "",
    "proof": "tick",
    "revision": 1,
}
PURPOSES: dict[str, dict[str, Any]] = {
    "enquiry": {
        "data": f"{_DATA}; сообщение и иное содержание обращения; {_EVIDENCE}",
        "subjects": "посетители сайта, обратившиеся через форму; клиенты; их представители",
        "box_label": "Даю согласие на обработку персональных данных",
    },
    "registration": {
        "name": "регистрация пользователя, ведение его учётной записи и связь с ним о её работе",
        "data": f"{_DATA}; {_EVIDENCE}",
        "subjects": "пользователи, которые регистрируются у оператора",
        "box_label": "Даю согласие на обработку персональных данных для регистрации и ведения учётной записи",
        "retention_days": 1095,
    },
    "newsletter": {
        "name": "рассылка рекламы, новостей и предложений оператора по электронной почте",
        "data": f"эл. почта; имя, если оно указано; {_EVIDENCE}",
        "subjects": "подписчики рассылки",
        "box_label": "Даю согласие на рекламную рассылку по эл. почте и на обработку моих данных для неё",
        "retention_days": 1095,
        "proof": "double",
        "article": "пункт 1 части 1 статьи 6 и часть 1 статьи 15",
    },
    "transfer": {
        "name": "передача данных названному в согласии лицу, чтобы оно связалось с субъектом по его обращению",
        "data": f"{_DATA}; сообщение и иное содержание обращения; {_EVIDENCE}",
        "subjects": "посетители сайта и клиенты, согласившиеся на передачу своих данных",
        "actions": f"{_KEEPING}, передача (предоставление), {_ENDING}",
        "box_label": "Даю согласие на передачу моих персональных данных лицу, названному в тексте согласия",
        "retention_days": 365,
    },
}
"""The register as it begins; the name and the term of enquiries are the operator's own."""

OLD_CHANNELS = ("form", "email", "phone", "paper", "in_person")
OLD_ACTIONS = (
    *("organisation.signed", "organisation.changed", "consent.asked", "consent.not_asked", "consent.withdrawn"),
    *("staff.signed_in", "staff.signed_out", "staff.invited", "staff.joined", "staff.disabled", "staff.enabled"),
    *("agreement.saved", "agreement.published", "form.created", "form.saved", "form.published", "form.closed"),
    *("submission.received", "client.read", "client.searched", "client.erased", "act.read"),
)
"""The words that the program of 0002 can read in rows that nobody may change."""


SCHEMA = sa.MetaData(naming_convention=CONSTRAINT_NAMES)


def _kind(column: str) -> Any:
    """In this house the end of a name tells a key, a moment or a date."""
    return {"id": Key(), "at": Moment(), "on": sa.Date()}.get(column.rpartition("_")[2], sa.types.NullType())


def _old(table: str, columns: str, **kinds: Any) -> sa.Table:
    """A table that is there already: those of its columns, old and new, that are read or written here."""
    return sa.Table(table, SCHEMA, *(sa.Column(name, kinds.get(name, _kind(name))) for name in columns.split()))


def _new(table: str, *things: sa.Column[Any] | sa.Index | sa.UniqueConstraint, of_a_person: bool = False) -> sa.Table:
    """A table of an operator, with what every such table has; `of_a_person` if it holds their sealed data."""
    sealed = [sa.Column("sealed", sa.LargeBinary()), _to("subject_key", index=True)] if of_a_person else []
    always = [_to("organisation"), sa.Column("id", Key(), primary_key=True), _must("created_at")]
    in_order = sorted([*things, *sealed, *always], key=lambda thing: not isinstance(thing, sa.Column))
    return sa.Table(table, SCHEMA, *in_order)


def _must(name: str, kind: Any = None, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, _kind(name) if kind is None else kind, **{"nullable": False} | options)


def _may(name: str) -> sa.Column[Any]:
    return _must(name, nullable=True)


def _to(table: str, name: str = "", **options: Any) -> sa.Column[Any]:
    return sa.Column(name or f"{table}_id", Key(), sa.ForeignKey(f"{table}.id"), **{"nullable": False} | options)


def _texts(**lengths: int) -> list[sa.Column[Any]]:
    return [_must(name, sa.String(length)) for name, length in lengths.items()]


def _numbers(*names: str) -> list[sa.Column[Any]]:
    return [_must(name, sa.Integer()) for name in names]


organisation = _old("organisation", f"id created_at name grace_days {' '.join(REQUISITES)}")
address = _old("public_address", "slug organisation_id place target_id")
agreement = _old(
    "agreement",
    "id organisation_id created_at kind code purpose_id draft is_sample revision purpose retention_days",
)
version = _old(
    "agreement_version", "id organisation_id agreement_id rendered_for_id retention_days values", values=sa.JSON()
)
client = _old("client", "id subject_key_id standing restricted_at destroy_on")
form = _old("web_form", "id organisation_id entity_id purposes", purposes=sa.JSON())
form_version = _old("form_version", "id organisation_id created_at entity_id agreement_version_id")
key = _old("subject_key", "id organisation_id pseudonym")
record = _old(
    "consent_record", "id organisation_id created_at pseudonym sequence state channel agreement_version_id given_on"
)
audit = _old("audit_entry", "id action")

entity = _new(
    "legal_entity",
    *_texts(name=300, **REQUISITES),
    _must("is_main", sa.Boolean()),
    sa.Index("ix_legal_entity_organisation_id", "organisation_id", "id"),
)
purpose = _new(
    "purpose",
    *_texts(kind=40, name=300, basis=40, article=200, data=1000, subjects=500, actions=500, recipients=1000),
    *_numbers("retention_days"),
    *_texts(proof=40, box_label=300),
    _may("retired_at"),
    *_numbers("revision"),
    sa.Index("ix_purpose_organisation_id", "organisation_id", "id"),
)
attachment = _new(
    "attachment", *_texts(kind=40), *_numbers("size"), _must("content", sa.LargeBinary()), of_a_person=True
)
ground = _new("ground", _to("purpose"), _must("since_on"), _may("until_on"), of_a_person=True)
renewal = _new(
    "renewal",
    *(_to("agreement"), _must("editions", sa.JSON()), _may("lapses_on"), sa.Column("reached", Key())),
    *(*_numbers("letters", "unreachable"), _may("done_at")),
    sa.Index("ix_renewal_agreement_id", "organisation_id", "agreement_id", "id"),
)
link = _new(
    "consent_link",
    *(*_texts(kind=40), _must("token_hash", sa.LargeBinary(32)), _must("expires_at"), _may("used_at")),
    *(_to("purpose", nullable=True), _to("agreement_version"), *_texts(receipt=40)),
    sa.Index("ix_consent_link_kind", "organisation_id", "kind", "expires_at"),
    sa.Index("ix_consent_link_token", "organisation_id", "token_hash", unique=True),
    of_a_person=True,
)
current = _new(
    "consent_current",
    *(_to("subject_key"), _to("purpose"), _to("consent_record", "record_id")),
    *(*_texts(state=40), _must("was_withdrawn", sa.Boolean()), _may("expires_at")),
    sa.UniqueConstraint("organisation_id", "subject_key_id", "purpose_id"),
    sa.Index("ix_consent_current_subject_key_id", "subject_key_id"),
    sa.Index("ix_consent_current_purpose_id", "organisation_id", "purpose_id", "state", "id"),
    sa.Index("ix_consent_current_expires_at", "organisation_id", "state", "expires_at"),
)
box = _new(
    "form_consent",
    *(_to("form_version"), *_numbers("position"), _to("purpose"), _to("agreement_version"), *_texts(label=300)),
    *(_must(name, sa.Boolean()) for name in ("is_required", "is_confirmed_by_letter")),
    sa.UniqueConstraint("form_version_id", "position"),
)
count = sa.Table(
    "form_count",
    SCHEMA,
    *(_to(one, primary_key=True) for one in ("organisation", "form_version")),
    *(_must("counted_on", primary_key=True), *_numbers("shown", "sent", "refused")),
)
NEW = [entity, purpose, attachment, ground, renewal, link, current, box, count]


def upgrade() -> None:
    _lift_references()
    release(*RESHAPED)
    SCHEMA.create_all(op.get_bind(), NEW)
    _add_columns()
    for carry in (_entities, _purposes, _policies, _editions, _forms, _boxes, _currents, _withdrawals):
        carry(op.get_bind())
    _tighten()
    _samples(op.get_bind())
    guard(*RESHAPED, "form_consent")
    _check_references()


def downgrade() -> None:
    _lift_references()
    _refuse_what_does_not_fit(op.get_bind())
    release(*RESHAPED)
    _add_old_columns()
    for carry in (_requisites_back, _documents_back, _boxes_back):
        carry(op.get_bind())
    _tighten_old()
    SCHEMA.drop_all(op.get_bind(), NEW)
    guard(*RESHAPED)
    _check_references()


def _lift_references() -> None:
    """SQLite makes an altered table anew. With references watched it would refuse to drop the old one, or search
    every other table for each of its rows; they can be lifted only between transactions (sqlite.org/lang_altertable).

    The connection is closed after the migration, so that nobody else works with it.
    """
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.detach()
        driver: Any = connection.connection.dbapi_connection
        driver.commit()
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.begin_writing()


def _check_references() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite" and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        raise RuntimeError(f"{len(broken)} rows refer to rows that are not there, the first: {broken[0]}")


# --- old tables: columns come empty, are filled, and only then become what they must be


def _add_columns() -> None:
    added: dict[str, dict[str, Any]] = {
        "organisation": {"grace_days": sa.Integer()},
        "agreement": {"code": sa.String(40), "purpose_id": Key()},
        "agreement_version": {"values": sa.JSON()},
        "client": {"restricted_at": Moment(), "destroy_on": sa.Date(), "is_joined_by_phone": sa.Boolean()},
        "consent_record": {"given_on": sa.Date()},
        "evidence": {"attachment_id": Key()},
        "form_version": {"entity_id": Key()},
        "web_form": {"entity_id": Key(), "purposes": sa.JSON(), "outdated_at": Moment()},
    }
    for table, columns in added.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind))


def _tighten() -> None:
    op.create_index("ix_client_destroy_on", "client", ["organisation_id", "destroy_on"])
    op.execute(sa.text("UPDATE client SET is_joined_by_phone = false"))
    with op.batch_alter_table("client") as batch:
        batch.alter_column("is_joined_by_phone", existing_type=sa.Boolean(), nullable=False)
    with op.batch_alter_table("organisation") as batch:
        batch.alter_column("grace_days", existing_type=sa.Integer(), nullable=False)
        for name in REQUISITES:
            batch.drop_column(name)
    with op.batch_alter_table("agreement") as batch:
        batch.alter_column("code", existing_type=sa.String(40), nullable=False)
        batch.drop_constraint(op.f("uq_agreement_organisation_id_kind"), type_="unique")
        batch.create_unique_constraint(op.f("uq_agreement_organisation_id_code"), ["organisation_id", "code"])
        batch.create_foreign_key(op.f("fk_agreement_purpose_id"), "purpose", ["purpose_id"], ["id"])
        batch.drop_column("purpose")
        batch.drop_column("retention_days")
    with op.batch_alter_table("agreement_version") as batch:
        batch.alter_column("values", existing_type=sa.JSON(), nullable=False)
    with op.batch_alter_table("evidence") as batch:
        batch.create_foreign_key(op.f("fk_evidence_attachment_id"), "attachment", ["attachment_id"], ["id"])
    with op.batch_alter_table("form_version") as batch:
        batch.alter_column("entity_id", existing_type=Key(), nullable=False)
        batch.create_foreign_key(op.f("fk_form_version_entity_id"), "legal_entity", ["entity_id"], ["id"])
        batch.drop_constraint(op.f("fk_form_version_agreement_version_id"), type_="foreignkey")
        batch.drop_column("agreement_version_id")
    with op.batch_alter_table("web_form") as batch:
        batch.alter_column("entity_id", existing_type=Key(), nullable=False)
        batch.alter_column("purposes", existing_type=sa.JSON(), nullable=False)
        batch.create_foreign_key(op.f("fk_web_form_entity_id"), "legal_entity", ["entity_id"], ["id"])


# --- what is carried over


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _entity_of(table: sa.Table) -> sa.ScalarSelect[Any]:
    """The main legal entity of the row's organisation."""
    return (
        sa.select(entity.c.id)
        .where(entity.c.is_main, entity.c.organisation_id == table.c.organisation_id)
        .scalar_subquery()
    )


def _entities(connection: sa.Connection) -> None:
    wanted = [organisation.c[name] for name in ("id", "created_at", "name", *REQUISITES)]
    rows = connection.execute(sa.select(*wanted).order_by(organisation.c.id)).mappings().all()
    _insert(
        connection, entity, [{**row, "organisation_id": row["id"], "id": new_key(), "is_main": True} for row in rows]
    )
    connection.execute(sa.update(organisation).values(grace_days=0))
    moved = sa.update(address).where(address.c.place == "organisation")
    connection.execute(moved.values(place="entity", target_id=_entity_of(address)))


def _purposes(connection: sa.Connection) -> None:
    """The operator's one consent becomes that of enquiries; the other ready purposes come beside it."""
    connection.execute(sa.update(agreement).values(code=agreement.c.kind))
    wanted = [agreement.c[name] for name in ("id", "organisation_id", "created_at", "purpose", "retention_days")]
    for old in connection.execute(sa.select(*wanted).where(agreement.c.kind == "consent")).all():
        keys = dict(zip(PURPOSES, sorted(new_key() for _ in PURPOSES), strict=True))
        new = {**_ALWAYS, "organisation_id": old.organisation_id, "created_at": now()}
        rows = {kind: {**new, "id": keys[kind], "kind": kind, **words} for kind, words in PURPOSES.items()}
        own = {"name": old.purpose, "retention_days": old.retention_days, "created_at": old.created_at}
        rows["enquiry"].update(own)
        _insert(connection, purpose, list(rows.values()))
        mine = sa.update(agreement).where(agreement.c.id == old.id)
        connection.execute(mine.values(purpose_id=keys["enquiry"]))


def _samples(connection: sa.Connection) -> None:
    """Drafts of the consents to the other ready purposes: an organisation may have several by now."""
    drafts = {kind: (TEXTS / f"{kind}.md").read_text(encoding="utf-8") for kind in PURPOSES if kind != "enquiry"}
    wanted = [purpose.c.organisation_id, purpose.c.created_at, purpose.c.id.label("purpose_id"), purpose.c.kind]
    others = connection.execute(sa.select(*wanted).where(purpose.c.kind != "enquiry").order_by(purpose.c.id)).mappings()
    same = {"kind": "consent", "is_sample": True, "revision": 1}
    rows = [{**row, **same, "id": new_key(), "code": row["kind"], "draft": drafts[row["kind"]]} for row in others]
    _insert(connection, agreement, rows)


def _policies(connection: sa.Connection) -> None:
    """The words of the old sample give way to the new one, which somebody must read again. An edited draft stays:
    publishing it will name the placeholders that a policy has no values for any more. What was approved stays too:
    nobody approved anything else."""
    wanted = sa.select(agreement.c.id, agreement.c.draft).where(agreement.c.kind == "policy")
    for row in connection.execute(wanted).all():
        if _is_old_policy(row.draft):
            new = sa.update(agreement).where(agreement.c.id == row.id)
            connection.execute(new.values(draft=(TEXTS / "policy.md").read_text(encoding="utf-8"), is_sample=True))


def _is_old_policy(draft: str) -> bool:
    return hashlib.sha256(draft.strip().encode()).hexdigest() == OLD_POLICY


def _editions(connection: sa.Connection) -> None:
    """Of older editions it is not known what their placeholders stood for; those of a policy are the entity's."""
    connection.execute(sa.update(version).values({"values": {}}))
    is_policy = version.c.agreement_id.in_(sa.select(agreement.c.id).where(agreement.c.kind == "policy"))
    connection.execute(sa.update(version).where(is_policy).values(rendered_for_id=_entity_of(version)))


def _forms(connection: sa.Connection) -> None:
    for table in (form, form_version):
        connection.execute(sa.update(table).values(entity_id=_entity_of(table)))
    for row in connection.execute(
        sa.select(purpose.c.id, purpose.c.organisation_id).where(purpose.c.kind == "enquiry")
    ):
        asked = [{"id": row.id.hex, "required": True}]
        mine = sa.update(form).where(form.c.organisation_id == row.organisation_id)
        connection.execute(mine.values(purposes=asked))


def _boxes(connection: sa.Connection) -> None:
    """The one box of every published form that asked for consent."""
    wanted = [form_version.c[name] for name in ("id", "organisation_id", "created_at", "agreement_version_id")]
    asked = (
        sa.select(*wanted, agreement.c.purpose_id)
        .join_from(form_version, version, version.c.id == form_version.c.agreement_version_id)
        .join(agreement, agreement.c.id == version.c.agreement_id)
    )
    same = {
        "position": 0,
        "label": PURPOSES["enquiry"]["box_label"],
        "is_required": True,
        "is_confirmed_by_letter": False,
    }
    rows = connection.execute(asked.order_by(form_version.c.id)).mappings().all()
    _insert(connection, box, [{**row, **same, "form_version_id": row["id"], "id": new_key()} for row in rows])


def _currents(connection: sa.Connection) -> None:
    """The ledger of everybody whose key is still there, folded."""
    acts = (
        sa.select(
            *(record.c[name] for name in ("id", "organisation_id", "created_at", "state")),
            *(key.c.id.label("subject_key_id"), agreement.c.purpose_id, version.c.retention_days),
        )
        .join_from(
            record,
            key,
            sa.and_(key.c.pseudonym == record.c.pseudonym, key.c.organisation_id == record.c.organisation_id),
        )
        .join(version, version.c.id == record.c.agreement_version_id)
        .join(agreement, agreement.c.id == version.c.agreement_id)
        .order_by(record.c.organisation_id, record.c.pseudonym, record.c.sequence)
    )
    with connection.execute(acts.execution_options(yield_per=BATCH)) as rows:
        folded = (_folded(list(of_one)) for _, of_one in groupby(rows, attrgetter("subject_key_id")))
        while some := list(islice(folded, BATCH)):
            _insert(connection, current, some)


def _folded(acts: list[Any]) -> dict[str, Any]:
    first, last = acts[0], acts[-1]
    holds = last.state in ("given", "renewed")
    return {
        "id": uuid7(nanoseconds=(first.created_at - EPOCH) // timedelta(microseconds=1) * 1000),
        "created_at": first.created_at,
        "organisation_id": last.organisation_id,
        "subject_key_id": last.subject_key_id,
        "purpose_id": last.purpose_id,
        "record_id": last.id,
        "state": last.state,
        "was_withdrawn": last.state == "given" and any(act.state == "withdrawn" for act in acts),
        "expires_at": last.created_at + timedelta(days=last.retention_days) if holds else None,
    }


def _withdrawals(connection: sa.Connection) -> None:
    """Since when the data of those who took consent back may only be kept, and by which day it must be gone."""
    found = (
        sa.select(client.c.id, record.c.created_at)
        .join_from(client, current, current.c.subject_key_id == client.c.subject_key_id)
        .join(record, record.c.id == current.c.record_id)
        .where(client.c.standing == "withdrawn", current.c.state == "withdrawn")
    )
    rows = [
        {"client_id": row.id, "restricted_at": row.created_at, "destroy_on": _destroy_on(row.created_at)}
        for row in connection.execute(found)
    ]
    if rows:
        connection.execute(sa.update(client).where(client.c.id == sa.bindparam("client_id")), rows)


def _destroy_on(withdrawn_at: datetime) -> Any:
    return withdrawn_at.astimezone(ZoneInfo("Europe/Moscow")).date() + timedelta(days=30)


# --- the way back


def _refuse_what_does_not_fit(connection: sa.Connection) -> None:
    """Nothing is changed yet: whoever wants to go back all the same must restore a backup."""
    if found := [what for what, rows in _newer() if connection.scalar(sa.select(sa.exists(rows)))]:
        raise RuntimeError(f"The schema of 0002 has no place for: {'; '.join(found)}. Nothing was changed.")


def _newer() -> Iterator[tuple[str, sa.Select[Any]]]:
    others = sa.select(agreement.c.id).where(agreement.c.code.not_in(["consent", "policy"]))
    yield "a second legal entity", sa.select(entity.c.id).where(sa.not_(entity.c.is_main))
    yield "published consents to other purposes", sa.select(version.c.id).where(version.c.agreement_id.in_(others))
    yield "consents dated by staff", sa.select(record.c.id).where(record.c.given_on.is_not(None))
    yield "acts of will by new ways", sa.select(record.c.id).where(record.c.channel.not_in(OLD_CHANNELS))
    yield "new kinds of audit entries", sa.select(audit.c.id).where(audit.c.action.not_in(OLD_ACTIONS))
    for what in (attachment, ground, renewal, link):
        yield f"rows of {what.name}", sa.select(what.c.id)


def _add_old_columns() -> None:
    for name, length in REQUISITES.items():
        op.add_column("organisation", sa.Column(name, sa.String(length)))
    op.add_column("agreement", sa.Column("purpose", sa.String(300)))
    op.add_column("agreement", sa.Column("retention_days", sa.Integer()))
    op.add_column("form_version", sa.Column("agreement_version_id", Key()))


def _requisites_back(connection: sa.Connection) -> None:
    main = sa.and_(entity.c.is_main, entity.c.organisation_id == organisation.c.id)
    requisites = {name: sa.select(entity.c[name]).where(main).scalar_subquery() for name in ("name", *REQUISITES)}
    connection.execute(sa.update(organisation).values(requisites))
    moved = sa.update(address).where(address.c.place == "entity")
    connection.execute(moved.values(place="organisation", target_id=address.c.organisation_id))


def _documents_back(connection: sa.Connection) -> None:
    """The policy speaks of the purpose of enquiries again. A new sample of it stays: its editor names what is
    unknown there."""
    connection.execute(sa.delete(agreement).where(agreement.c.code.not_in(["consent", "policy"])))
    consent = agreement.alias("consent")
    of_enquiries = (
        purpose.c.id == consent.c.purpose_id,
        consent.c.code == "consent",
        consent.c.organisation_id == agreement.c.organisation_id,
    )
    own = {"purpose": purpose.c.name, "retention_days": purpose.c.retention_days}
    words = {name: sa.select(value).where(*of_enquiries).scalar_subquery() for name, value in own.items()}
    connection.execute(sa.update(agreement).values(words))
    is_policy = version.c.agreement_id.in_(sa.select(agreement.c.id).where(agreement.c.kind == "policy"))
    connection.execute(sa.update(version).where(is_policy).values(rendered_for_id=version.c.organisation_id))


def _boxes_back(connection: sa.Connection) -> None:
    first = sa.select(box.c.agreement_version_id).where(box.c.form_version_id == form_version.c.id, box.c.position == 0)
    connection.execute(sa.update(form_version).values(agreement_version_id=first.scalar_subquery()))


def _tighten_old() -> None:
    with op.batch_alter_table("organisation") as batch:
        for name, length in REQUISITES.items():
            batch.alter_column(name, existing_type=sa.String(length), nullable=False)
        batch.drop_column("grace_days")
    with op.batch_alter_table("agreement") as batch:
        batch.alter_column("purpose", existing_type=sa.String(300), nullable=False)
        batch.alter_column("retention_days", existing_type=sa.Integer(), nullable=False)
        batch.drop_constraint(op.f("fk_agreement_purpose_id"), type_="foreignkey")
        batch.drop_constraint(op.f("uq_agreement_organisation_id_code"), type_="unique")
        batch.create_unique_constraint(op.f("uq_agreement_organisation_id_kind"), ["organisation_id", "kind"])
        batch.drop_column("purpose_id")
        batch.drop_column("code")
    with op.batch_alter_table("form_version") as batch:
        refers = op.f("fk_form_version_agreement_version_id")
        batch.create_foreign_key(refers, "agreement_version", ["agreement_version_id"], ["id"])
        batch.drop_constraint(op.f("fk_form_version_entity_id"), type_="foreignkey")
        batch.drop_column("entity_id")
    with op.batch_alter_table("web_form") as batch:
        batch.drop_constraint(op.f("fk_web_form_entity_id"), type_="foreignkey")
        for name in ("outdated_at", "purposes", "entity_id"):
            batch.drop_column(name)
    with op.batch_alter_table("evidence") as batch:
        batch.drop_constraint(op.f("fk_evidence_attachment_id"), type_="foreignkey")
        batch.drop_column("attachment_id")
    with op.batch_alter_table("agreement_version") as batch:
        batch.drop_column("values")
    with op.batch_alter_table("consent_record") as batch:
        batch.drop_column("given_on")
    op.drop_index("ix_client_destroy_on", "client")
    with op.batch_alter_table("client") as batch:
        batch.drop_column("is_joined_by_phone")
        batch.drop_column("destroy_on")
        batch.drop_column("restricted_at")
