"""The ground: operators, staff, documents, forms, clients, the ledgers."""

import sqlalchemy as sa
from alembic import op

from crm.core.db import Key, Moment
from crm.migrations.append_only import forget, guard, release

revision = "0001"
down_revision = None


EVIDENCE = (
    "audit_entry",
    "agreement_version",
    "form_version",
    "consent_record",
    "erasure_act",
)


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("legal_form", sa.String(40), nullable=False),
        sa.Column("inn", sa.String(length=12), nullable=False),
        sa.Column("ogrn", sa.String(length=15), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("request_email", sa.String(length=254), nullable=False),
        sa.Column("request_phone", sa.String(length=20), nullable=False),
        sa.Column("responsible_person", sa.String(length=200), nullable=False),
        sa.Column("processor", sa.String(length=500), nullable=False),
        sa.Column("consent_asked", sa.Boolean(), nullable=False),
        sa.Column("public_code", sa.String(length=8), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "throttle",
        sa.Column("name", sa.LargeBinary(length=32), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_throttle")),
    )
    with op.batch_alter_table("throttle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_throttle_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "agreement",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("approved", sa.Text(), nullable=True),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_agreement_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("organisation_id", "kind", name=op.f("uq_agreement_organisation_id_kind")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("actor_kind", sa.String(40), nullable=False),
        sa.Column("actor_id", Key(), nullable=True),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject_id", Key(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_audit_entry_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint(
            "organisation_id",
            "sequence",
            name=op.f("uq_audit_entry_organisation_id_sequence"),
        ),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_entry_subject",
            ["organisation_id", "subject_id", "id"],
            unique=False,
        )

    op.create_table(
        "credential",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("user_id", Key(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_credential_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("email", name=op.f("uq_credential_email")),
    )
    op.create_table(
        "invitation",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("organisation_id", Key(), nullable=True),
        sa.Column("user_id", Key(), nullable=True),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_invitation_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitation_code_hash")),
    )
    op.create_table(
        "operator_key",
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(length=40), nullable=False),
        sa.Column("master_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_operator_key_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_operator_key")),
    )
    op.create_table(
        "public_address",
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("target_id", Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_public_address_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_public_address")),
    )
    op.create_table(
        "subject_key",
        sa.Column("wrapped", sa.LargeBinary(length=40), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(length=16), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_subject_key_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_key")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_subject_key_pseudonym")),
    )
    op.create_table(
        "user",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("disabled_at", Moment(), nullable=True),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_user_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("organisation_id", "email", name=op.f("uq_user_organisation_id_email")),
    )
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.create_index("ix_user_organisation_id", ["organisation_id", "id"], unique=False)

    op.create_table(
        "web_form",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("lead", sa.String(length=1000), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("address", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("current_version_id", Key(), nullable=True),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_web_form_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_form")),
    )
    with op.batch_alter_table("web_form", schema=None) as batch_op:
        batch_op.create_index("ix_web_form_organisation_id", ["organisation_id", "id"], unique=False)

    op.create_table(
        "agreement_version",
        sa.Column("agreement_id", Key(), nullable=False),
        sa.Column("rendered_for_id", Key(), nullable=False),
        sa.Column("rendered_for", sa.String(length=300), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=32), nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreement.id"],
            name=op.f("fk_agreement_version_agreement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_agreement_version_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_version")),
        sa.UniqueConstraint(
            "agreement_id",
            "rendered_for_id",
            "number",
            name=op.f("uq_agreement_version_agreement_id_rendered_for_id_number"),
        ),
    )
    with op.batch_alter_table("agreement_version", schema=None) as batch_op:
        batch_op.create_index(
            "ix_agreement_version_organisation_id",
            ["organisation_id", "id"],
            unique=False,
        )

    op.create_table(
        "client",
        sa.Column("standing", sa.String(40), nullable=False),
        sa.Column("form_id", Key(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("subject_key_id", Key(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_client_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_key_id"],
            ["subject_key.id"],
            name=op.f("fk_client_subject_key_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("subject_key_id", name=op.f("uq_client_subject_key_id")),
    )
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.create_index("ix_client_form", ["organisation_id", "form_id", "id"], unique=False)
        batch_op.create_index("ix_client_organisation_id", ["organisation_id", "id"], unique=False)
        batch_op.create_index("ix_client_standing", ["organisation_id", "standing", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_client_subject_key_id"), ["subject_key_id"], unique=False)

    op.create_table(
        "erasure_act",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_id", Key(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("operator", sa.String(length=900), nullable=False),
        sa.Column("processor", sa.String(length=500), nullable=False),
        sa.Column("destroyed_by", sa.String(length=200), nullable=False),
        sa.Column("position", sa.String(length=200), nullable=False),
        sa.Column("data_categories", sa.JSON(), nullable=False),
        sa.Column("destroyed", sa.JSON(), nullable=False),
        sa.Column("system", sa.String(length=100), nullable=False),
        sa.Column("method", sa.String(length=500), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("subject_key_id", Key(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_erasure_act_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_key_id"],
            ["subject_key.id"],
            name=op.f("fk_erasure_act_subject_key_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_act")),
        sa.UniqueConstraint(
            "organisation_id",
            "number",
            name=op.f("uq_erasure_act_organisation_id_number"),
        ),
        sa.UniqueConstraint(
            "organisation_id",
            "sequence",
            name=op.f("uq_erasure_act_organisation_id_sequence"),
        ),
    )
    with op.batch_alter_table("erasure_act", schema=None) as batch_op:
        batch_op.create_index("ix_erasure_act_client_id", ["organisation_id", "client_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_erasure_act_subject_key_id"),
            ["subject_key_id"],
            unique=False,
        )

    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", Key(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_login_session_organisation_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_login_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index("ix_login_session_token", ["organisation_id", "token_hash"], unique=True)

    op.create_table(
        "search_token",
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("token", sa.LargeBinary(length=12), nullable=False),
        sa.Column("subject_key_id", Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_search_token_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_key_id"],
            ["subject_key.id"],
            name=op.f("fk_search_token_subject_key_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "token", "subject_key_id", name=op.f("pk_search_token")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("search_token", schema=None) as batch_op:
        batch_op.create_index("ix_search_token_subject_key_id", ["subject_key_id"], unique=False)

    op.create_table(
        "consent_record",
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("receipt", sa.String(length=40), nullable=False),
        sa.Column("agreement_version_id", Key(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_version_id"],
            ["agreement_version.id"],
            name=op.f("fk_consent_record_agreement_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_consent_record_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_record")),
        sa.UniqueConstraint(
            "organisation_id",
            "sequence",
            name=op.f("uq_consent_record_organisation_id_sequence"),
        ),
    )
    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.create_index(
            "ix_consent_record_pseudonym",
            ["organisation_id", "pseudonym", "sequence"],
            unique=False,
        )
        batch_op.create_index("ix_consent_record_receipt", ["organisation_id", "receipt"], unique=False)

    op.create_table(
        "form_version",
        sa.Column("form_id", Key(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("lead", sa.String(length=1000), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("agreement_version_id", Key(), nullable=True),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_version_id"],
            ["agreement_version.id"],
            name=op.f("fk_form_version_agreement_version_id"),
        ),
        sa.ForeignKeyConstraint(["form_id"], ["web_form.id"], name=op.f("fk_form_version_form_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_form_version_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_version")),
        sa.UniqueConstraint("form_id", "number", name=op.f("uq_form_version_form_id_number")),
    )
    op.create_table(
        "evidence",
        sa.Column("consent_id", Key(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("subject_key_id", Key(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent_record.id"], name=op.f("fk_evidence_consent_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_evidence_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_key_id"],
            ["subject_key.id"],
            name=op.f("fk_evidence_subject_key_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_consent_id", ["organisation_id", "consent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_subject_key_id"), ["subject_key_id"], unique=False)

    op.create_table(
        "submission",
        sa.Column("client_id", Key(), nullable=False),
        sa.Column("form_version_id", Key(), nullable=False),
        sa.Column("consent_id", Key(), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("filled_in_seconds", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("subject_key_id", Key(), nullable=False),
        sa.Column("organisation_id", Key(), nullable=False),
        sa.Column("id", Key(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_submission_client_id")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent_record.id"], name=op.f("fk_submission_consent_id")),
        sa.ForeignKeyConstraint(
            ["form_version_id"],
            ["form_version.id"],
            name=op.f("fk_submission_form_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_submission_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["subject_key_id"],
            ["subject_key.id"],
            name=op.f("fk_submission_subject_key_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index(
            "ix_submission_client_id",
            ["organisation_id", "client_id", "id"],
            unique=False,
        )
        batch_op.create_index("ix_submission_digest", ["organisation_id", "digest", "id"], unique=False)
        batch_op.create_index("ix_submission_organisation_id", ["organisation_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_submission_subject_key_id"), ["subject_key_id"], unique=False)

    guard(*EVIDENCE)


def downgrade() -> None:
    release(*EVIDENCE)
    forget()
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_submission_subject_key_id"))
        batch_op.drop_index("ix_submission_organisation_id")
        batch_op.drop_index("ix_submission_digest")
        batch_op.drop_index("ix_submission_client_id")

    op.drop_table("submission")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_subject_key_id"))
        batch_op.drop_index("ix_evidence_consent_id")

    op.drop_table("evidence")
    op.drop_table("form_version")
    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_record_receipt")
        batch_op.drop_index("ix_consent_record_pseudonym")

    op.drop_table("consent_record")
    with op.batch_alter_table("search_token", schema=None) as batch_op:
        batch_op.drop_index("ix_search_token_subject_key_id")

    op.drop_table("search_token")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index("ix_login_session_token")

    op.drop_table("login_session")
    with op.batch_alter_table("erasure_act", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasure_act_subject_key_id"))
        batch_op.drop_index("ix_erasure_act_client_id")

    op.drop_table("erasure_act")
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_subject_key_id"))
        batch_op.drop_index("ix_client_standing")
        batch_op.drop_index("ix_client_organisation_id")
        batch_op.drop_index("ix_client_form")

    op.drop_table("client")
    with op.batch_alter_table("agreement_version", schema=None) as batch_op:
        batch_op.drop_index("ix_agreement_version_organisation_id")

    op.drop_table("agreement_version")
    with op.batch_alter_table("web_form", schema=None) as batch_op:
        batch_op.drop_index("ix_web_form_organisation_id")

    op.drop_table("web_form")
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_index("ix_user_organisation_id")

    op.drop_table("user")
    op.drop_table("subject_key")
    op.drop_table("public_address")
    op.drop_table("operator_key")
    op.drop_table("invitation")
    op.drop_table("credential")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_subject")

    op.drop_table("audit_entry")
    op.drop_table("agreement")
    with op.batch_alter_table("throttle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_throttle_ends_at"))

    op.drop_table("throttle")
    op.drop_table("organisation")
