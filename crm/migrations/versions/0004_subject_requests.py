"""Requests of data subjects, the mailbox they come from, the calendar of working days."""

import sqlalchemy as sa
from alembic import op

from crm.core.db import Key, Moment

revision = "0004"
down_revision = "0003"

TABLES = ("subject_request", "taken_letter", "mailbox", "calendar_day", "calendar_year", "letter_file")
OLD_ACTIONS = [
    "organisation.signed",
    "organisation.changed",
    "organisation.entity_added",
    "organisation.grace_changed",
    "consent.asked",
    "consent.not_asked",
    "staff.signed_in",
    "staff.signed_out",
    "staff.invited",
    "staff.joined",
    "staff.disabled",
    "staff.enabled",
    "purpose.added",
    "purpose.saved",
    "purpose.retired",
    "purpose.resumed",
    "agreement.saved",
    "agreement.published",
    "form.created",
    "form.saved",
    "form.published",
    "form.closed",
    "submission.received",
    "consent.link_sent",
    "consent.given",
    "consent.expired",
    "consent.call_answered",
    "consent.renewal_asked",
    "ground.added",
    "ground.ended",
    "attachment.read",
    "consent.withdrawn",
    "client.read",
    "client.searched",
    "client.erased",
    "act.read",
]


def upgrade() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_calendar_day_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("organisation_id", "day", name=op.f("uq_calendar_day_organisation_id_day")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_calendar_year_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_year")),
        sa.UniqueConstraint("organisation_id", "year", name=op.f("uq_calendar_year_organisation_id_year")),
    )
    op.create_table(
        "mailbox",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("security", sa.String(40), nullable=False),
        sa.Column("username", sa.String(length=254), nullable=False),
        sa.Column("password", sa.LargeBinary(length=1000), nullable=False),
        sa.Column("afterwards", sa.String(40), nullable=False),
        sa.Column("move_to", sa.String(length=200), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("polled_at", Moment(), nullable=True),
        sa.Column("worked_at", Moment(), nullable=True),
        sa.Column("fault", sa.String(40), nullable=True),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_mailbox_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_mailbox_organisation_id")),
    )
    op.create_table(
        "mail_folder",
        sa.Column("mailbox_id", Key(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("done_uid", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("is_read", sa.Boolean(), nullable=False),
        sa.Column("is_missing", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_mail_folder_mailbox_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_mail_folder_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_folder")),
        sa.UniqueConstraint(
            "organisation_id", "mailbox_id", "name", name=op.f("uq_mail_folder_organisation_id_mailbox_id_name")
        ),
    )
    op.create_table(
        "subject_request",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entity_id", Key(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("proposed", sa.String(40), nullable=True),
        sa.Column("way", sa.String(40), nullable=False),
        sa.Column("source_id", Key(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("responsible_id", Key(), nullable=True),
        sa.Column("extended_at", Moment(), nullable=True),
        sa.Column("found_at", Moment(), nullable=True),
        sa.Column("put_off_at", Moment(), nullable=True),
        sa.Column("mailbox_proved_at", Moment(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("code_expires_at", Moment(), nullable=True),
        sa.Column("identity", sa.String(40), nullable=True),
        sa.Column("identity_points", sa.JSON(), nullable=False),
        sa.Column("identity_at", Moment(), nullable=True),
        sa.Column("identity_by_id", Key(), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("purged_at", Moment(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["legal_entity.id"], name=op.f("fk_subject_request_entity_id")),
        sa.ForeignKeyConstraint(["identity_by_id"], ["user.id"], name=op.f("fk_subject_request_identity_by_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_subject_request_organisation_id")
        ),
        sa.ForeignKeyConstraint(["responsible_id"], ["user.id"], name=op.f("fk_subject_request_responsible_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_request")),
        sa.UniqueConstraint("organisation_id", "number", name=op.f("uq_subject_request_organisation_id_number")),
    )
    with op.batch_alter_table("subject_request", schema=None) as batch_op:
        batch_op.create_index(
            "ix_subject_request_closed_at", ["organisation_id", "purged_at", "closed_at"], unique=False
        )
        batch_op.create_index("ix_subject_request_source", ["organisation_id", "source_id"], unique=False)
        batch_op.create_index("ix_subject_request_state", ["organisation_id", "state", "due_on", "id"], unique=False)
        batch_op.create_index("ix_subject_request_token", ["organisation_id", "token_hash"], unique=True)

    op.create_table(
        "applicant",
        sa.Column("request_id", Key(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("subject_key_id", Key(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_applicant_organisation_id")),
        sa.ForeignKeyConstraint(["request_id"], ["subject_request.id"], name=op.f("fk_applicant_request_id")),
        sa.ForeignKeyConstraint(["subject_key_id"], ["subject_key.id"], name=op.f("fk_applicant_subject_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applicant")),
        sa.UniqueConstraint("request_id", name=op.f("uq_applicant_request_id")),
    )
    with op.batch_alter_table("applicant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_applicant_subject_key_id"), ["subject_key_id"], unique=False)

    op.create_table(
        "letter_file",
        sa.Column("letter_id", Key(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("subject_key_id", Key(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_letter_file_letter_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_letter_file_organisation_id")),
        sa.ForeignKeyConstraint(["subject_key_id"], ["subject_key.id"], name=op.f("fk_letter_file_subject_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_file")),
    )
    with op.batch_alter_table("letter_file", schema=None) as batch_op:
        batch_op.create_index("ix_letter_file_letter_id", ["organisation_id", "letter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_file_subject_key_id"), ["subject_key_id"], unique=False)

    op.create_table(
        "request_card",
        sa.Column("request_id", Key(), nullable=False),
        sa.Column("client_id", Key(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("act_id", Key(), nullable=True),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["erasure_act.id"], name=op.f("fk_request_card_act_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_request_card_organisation_id")),
        sa.ForeignKeyConstraint(["request_id"], ["subject_request.id"], name=op.f("fk_request_card_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_card")),
        sa.UniqueConstraint(
            "organisation_id",
            "request_id",
            "client_id",
            name=op.f("uq_request_card_organisation_id_request_id_client_id"),
        ),
    )
    with op.batch_alter_table("request_card", schema=None) as batch_op:
        batch_op.create_index("ix_request_card_client_id", ["organisation_id", "client_id"], unique=False)

    op.create_table(
        "request_message",
        sa.Column("request_id", Key(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        sa.Column("is_draft", sa.Boolean(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", Key(), nullable=True),
        sa.Column("letter_id", Key(), nullable=True),
        sa.Column("scan_id", Key(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("subject_key_id", Key(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_request_message_by_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_request_message_letter_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_request_message_organisation_id")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["subject_request.id"], name=op.f("fk_request_message_request_id")),
        sa.ForeignKeyConstraint(["scan_id"], ["attachment.id"], name=op.f("fk_request_message_scan_id")),
        sa.ForeignKeyConstraint(["subject_key_id"], ["subject_key.id"], name=op.f("fk_request_message_subject_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_message")),
    )
    with op.batch_alter_table("request_message", schema=None) as batch_op:
        batch_op.create_index("ix_request_message_request_id", ["organisation_id", "request_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_message_subject_key_id"), ["subject_key_id"], unique=False)

    op.create_table(
        "request_step",
        sa.Column("request_id", Key(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("by_id", Key(), nullable=True),
        sa.Column("is_needless", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_request_step_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_request_step_organisation_id")),
        sa.ForeignKeyConstraint(["request_id"], ["subject_request.id"], name=op.f("fk_request_step_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_step")),
        sa.UniqueConstraint(
            "organisation_id", "request_id", "step", name=op.f("uq_request_step_organisation_id_request_id_step")
        ),
    )
    op.create_table(
        "taken_letter",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("folder_id", Key(), nullable=True),
        sa.Column("uid_validity", sa.BigInteger(), nullable=True),
        sa.Column("uid", sa.BigInteger(), nullable=True),
        sa.Column("fate", sa.String(40), nullable=False),
        sa.Column("why", sa.String(40), nullable=True),
        sa.Column("request_id", Key(), nullable=True),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["folder_id"], ["mail_folder.id"], name=op.f("fk_taken_letter_folder_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_taken_letter_organisation_id")),
        sa.ForeignKeyConstraint(["request_id"], ["subject_request.id"], name=op.f("fk_taken_letter_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taken_letter")),
        sa.UniqueConstraint("organisation_id", "digest", name=op.f("uq_taken_letter_organisation_id_digest")),
    )
    with op.batch_alter_table("taken_letter", schema=None) as batch_op:
        batch_op.create_index("ix_taken_letter_fate", ["organisation_id", "fate", "id"], unique=False)
        batch_op.create_index(
            "ix_taken_letter_uid", ["organisation_id", "folder_id", "uid_validity", "uid"], unique=False
        )

    op.create_table(
        "received_letter",
        sa.Column("taken_id", Key(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("subject_key_id", Key(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_received_letter_organisation_id")
        ),
        sa.ForeignKeyConstraint(["subject_key_id"], ["subject_key.id"], name=op.f("fk_received_letter_subject_key_id")),
        sa.ForeignKeyConstraint(["taken_id"], ["taken_letter.id"], name=op.f("fk_received_letter_taken_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_letter")),
        sa.UniqueConstraint("taken_id", name=op.f("uq_received_letter_taken_id")),
    )
    with op.batch_alter_table("received_letter", schema=None) as batch_op:
        batch_op.create_index("ix_received_letter_kept_until", ["organisation_id", "kept_until"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_letter_subject_key_id"), ["subject_key_id"], unique=False)

    op.add_column("client", sa.Column("blocked_at", Moment(), nullable=True))
    op.add_column("client", sa.Column("marketing_stopped_at", Moment(), nullable=True))
    op.create_index(
        "ix_client_restricted",
        "client",
        ["organisation_id", "id"],
        unique=False,
        sqlite_where=sa.text("restricted_at IS NOT NULL OR blocked_at IS NOT NULL"),
        postgresql_where=sa.text("restricted_at IS NOT NULL OR blocked_at IS NOT NULL"),
    )

    op.create_index("ix_letter_message_id", "letter", ["organisation_id", "message_id"], unique=False)

    op.add_column("organisation", sa.Column("letters_kept_days", sa.Integer(), server_default="30", nullable=False))
    op.add_column("organisation", sa.Column("requests_kept_days", sa.Integer(), server_default="1095", nullable=False))


def downgrade() -> None:
    _refuse_what_does_not_fit()
    op.drop_column("organisation", "requests_kept_days")
    op.drop_column("organisation", "letters_kept_days")

    op.drop_index("ix_letter_message_id", table_name="letter")

    op.drop_index(
        "ix_client_restricted",
        table_name="client",
        sqlite_where=sa.text("restricted_at IS NOT NULL OR blocked_at IS NOT NULL"),
        postgresql_where=sa.text("restricted_at IS NOT NULL OR blocked_at IS NOT NULL"),
    )
    op.drop_column("client", "marketing_stopped_at")
    op.drop_column("client", "blocked_at")

    with op.batch_alter_table("received_letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_received_letter_subject_key_id"))
        batch_op.drop_index("ix_received_letter_kept_until")

    op.drop_table("received_letter")
    with op.batch_alter_table("taken_letter", schema=None) as batch_op:
        batch_op.drop_index("ix_taken_letter_uid")
        batch_op.drop_index("ix_taken_letter_fate")

    op.drop_table("taken_letter")
    op.drop_table("request_step")
    with op.batch_alter_table("request_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_message_subject_key_id"))
        batch_op.drop_index("ix_request_message_request_id")

    op.drop_table("request_message")
    with op.batch_alter_table("request_card", schema=None) as batch_op:
        batch_op.drop_index("ix_request_card_client_id")

    op.drop_table("request_card")
    with op.batch_alter_table("letter_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_file_subject_key_id"))
        batch_op.drop_index("ix_letter_file_letter_id")

    op.drop_table("letter_file")
    with op.batch_alter_table("applicant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_applicant_subject_key_id"))

    op.drop_table("applicant")
    with op.batch_alter_table("subject_request", schema=None) as batch_op:
        batch_op.drop_index("ix_subject_request_token")
        batch_op.drop_index("ix_subject_request_state")
        batch_op.drop_index("ix_subject_request_source")
        batch_op.drop_index("ix_subject_request_closed_at")

    op.drop_table("subject_request")
    op.drop_table("mail_folder")
    op.drop_table("mailbox")
    op.drop_table("calendar_year")
    op.drop_table("calendar_day")


def _refuse_what_does_not_fit() -> None:
    """Nothing is changed yet: whoever wants to go back all the same must restore a backup."""
    audit, client = sa.table("audit_entry", sa.column("action")), sa.table("client", *map(sa.column, MARKS))
    newer = {f"rows of {name}": sa.select(sa.literal(1)).select_from(sa.table(name)) for name in TABLES}
    newer["new kinds of audit entries"] = sa.select(audit.c.action).where(audit.c.action.not_in(OLD_ACTIONS))
    marked = sa.or_(*(client.c[name].is_not(None) for name in MARKS))
    newer["blocked cards"] = sa.select(sa.literal(1)).select_from(client).where(marked)
    connection = op.get_bind()
    if found := [what for what, rows in newer.items() if connection.scalar(sa.select(sa.exists(rows)))]:
        raise RuntimeError(f"The schema of 0003 has no place for: {'; '.join(found)}. Nothing was changed.")


MARKS = ("blocked_at", "marketing_stopped_at")
