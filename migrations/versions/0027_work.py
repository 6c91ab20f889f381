"""The work on issues: causes and diagnoses, promises with their end, progress mails, concessions, watchers, links of mails."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

UNKEPT = sa.text("kept_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "progress_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("letters", kernel_db.JSONDoc(), nullable=False),
        sa.Column("retired_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_template")),
    )
    op.create_table(
        "root_cause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("names", kernel_db.JSONDoc(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("arranged_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("retired_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["root_cause.id"], name=op.f("fk_root_cause_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_root_cause")),
    )
    op.create_index(op.f("ix_root_cause_parent_id"), "root_cause", ["parent_id"])

    op.create_table(
        "concession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "approved",
                "declined",
                "withdrawn",
                name="concessionstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name=op.f("ck_concession_decided_at_some_time")),
        sa.CheckConstraint(
            "state = 'requested' OR state = 'withdrawn' OR decided_by_id <> requested_by_id",
            name=op.f("ck_concession_decided_by_somebody_else"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_concession_gives_something")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_concession_decided_by_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_concession_issue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["requested_by_id"], ["user.id"], name=op.f("fk_concession_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concession")),
    )
    op.create_index(op.f("ix_concession_issue_id"), "concession", ["issue_id"])
    op.create_index(op.f("ix_concession_state_requested_at_id"), "concession", ["state", "requested_at", "id"])

    op.create_table(
        "issue_diagnosis",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("root_cause_id", sa.Integer(), nullable=True),
        sa.Column("whys", kernel_db.JSONDoc(), nullable=False),
        sa.Column("fix_owner_id", sa.Integer(), nullable=True),
        sa.Column("fix_late_told_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("changed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["fix_owner_id"], ["user.id"], name=op.f("fk_issue_diagnosis_fix_owner_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_diagnosis_issue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["root_cause_id"], ["root_cause.id"], name=op.f("fk_issue_diagnosis_root_cause_id")),
        sa.PrimaryKeyConstraint("issue_id", "round", name=op.f("pk_issue_diagnosis")),
    )
    op.create_index(op.f("ix_issue_diagnosis_fix_owner_id"), "issue_diagnosis", ["fix_owner_id"])
    op.create_index(op.f("ix_issue_diagnosis_root_cause_id"), "issue_diagnosis", ["root_cause_id"])

    op.create_table(
        "issue_watch",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("since", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_watch_issue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_issue_watch_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issue_id", "user_id", name=op.f("pk_issue_watch")),
    )
    op.create_index(op.f("ix_issue_watch_user_id"), "issue_watch", ["user_id"])

    op.create_table(
        "mail_action_use",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("used_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_mail_action_use_issue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_mail_action_use_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_mail_action_use")),
    )
    op.create_index(op.f("ix_mail_action_use_issue_id"), "mail_action_use", ["issue_id"])

    op.create_table(
        "progress_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("template_id", sa.Integer(), nullable=True),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued", "sent", "stopped", "returned", name="mailstate", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "stopped_because",
            sa.Enum(
                "issue_closed",
                "account_closed",
                "left_role",
                "no_address",
                "bounced",
                "stop_list",
                "refused",
                "not_delivered",
                name="mailstop",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("sent_at", kernel_db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_progress_mail_contact_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_progress_mail_issue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["template_id"], ["progress_template.id"], name=op.f("fk_progress_mail_template_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["user.id"], name=op.f("fk_progress_mail_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_mail")),
    )
    op.create_index(op.f("ix_progress_mail_contact_id"), "progress_mail", ["contact_id"])
    op.create_index(op.f("ix_progress_mail_issue_id"), "progress_mail", ["issue_id"])
    op.create_index(op.f("ix_progress_mail_message_id"), "progress_mail", ["message_id"])

    with op.batch_alter_table("commitment", copy_from=_commitment()) as batch:
        for column in _columns():
            batch.add_column(column)
        batch.create_foreign_key(op.f("fk_commitment_contact_id"), "contact", ["contact_id"], ["id"], ondelete="SET NULL")
    op.create_index(op.f("ix_commitment_contact_id"), "commitment", ["contact_id"])
    op.create_index("ix_commitment_unkept", "commitment", ["due_at", "id"], sqlite_where=UNKEPT, postgresql_where=UNKEPT)
    # what was late before the job knew of it needs no notice any more
    op.execute("UPDATE commitment SET broken_at = due_at WHERE kept_at > due_at")


def _columns() -> list[sa.Column[Any]]:
    """What a promise knows besides."""
    times = [sa.Column(name, kernel_db.UTCDateTime(), nullable=True) for name in ("broken_at", "reminded_at")]
    return [*times, sa.Column("contact_id", sa.Integer(), nullable=True)]


def _commitment(*more: Any) -> sa.Table:
    """The table as it was; SQLite makes it anew."""
    return sa.Table(
        "commitment",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("kept_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_commitment_issue_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name="fk_commitment_made_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_commitment"),
        sa.Index("ix_commitment_issue_id", "issue_id"),
    )


def downgrade() -> None:
    op.drop_index("ix_commitment_unkept", "commitment")
    op.drop_index(op.f("ix_commitment_contact_id"), "commitment")
    key = sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name="fk_commitment_contact_id", ondelete="SET NULL")
    with op.batch_alter_table("commitment", copy_from=_commitment(*_columns(), key)) as batch:
        batch.drop_constraint(op.f("fk_commitment_contact_id"), type_="foreignkey")
        for column in ("contact_id", "reminded_at", "broken_at"):
            batch.drop_column(column)
    op.drop_table("progress_mail")
    op.drop_table("mail_action_use")
    op.drop_table("issue_watch")
    op.drop_table("issue_diagnosis")
    op.drop_table("concession")
    op.drop_table("root_cause")
    op.drop_table("progress_template")
