"""Why an issue exists, who in it is still to be answered, what harms a customer's own customers, sites and contracts.

The source of an issue gets more words. SQLite has to rebuild the table for that, from what stands in it by now.
"""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OLD_SOURCES = ("response", "staff")
SOURCES = ("response", "call_wish", "keyword", "score_drop", "complaint", "staff", "silence", "contact_gap")
OPEN = sa.text("closed_at IS NULL")
BY_ANSWER = sa.text("closed_at IS NULL AND source = 'response'")


def upgrade() -> None:
    """Add it; issues that exist keep their reason, and whoever was spoken with counts as answered where the issue is closed."""
    _sites_and_contracts()
    _keep_triggers(True)
    _issue()
    _voice()
    _keep_triggers(False)
    _rules()
    op.create_table(
        "call_wish",
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("best_time", sa.Text(), nullable=False),
        sa.Column("asked_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_call_wish_response_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_call_wish")),
    )


def _sites_and_contracts() -> None:
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("updated_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("external_id", name=op.f("uq_site_external_id")),
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("renewal_on", sa.Date(), nullable=True),
        sa.Column("annual_value", sa.Double(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("ended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("updated_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_contract_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_contract_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("external_id", name=op.f("uq_contract_external_id")),
    )
    op.create_index(op.f("ix_contract_account_id_renewal_on"), "contract", ["account_id", "renewal_on"])
    op.create_index(op.f("ix_contract_site_id"), "contract", ["site_id"])


def _issue() -> None:
    op.drop_index("uq_issue_open_account_defect", "issue")
    with op.batch_alter_table("issue", copy_from=_without("issue", "ck_issue_issuesource")) as batch:
        if op.get_bind().dialect.name == "postgresql":
            batch.drop_constraint(op.f("ck_issue_issuesource"), type_="check")
        batch.create_check_constraint(op.f("ck_issue_issuesource"), _one_of("source", SOURCES))
        batch.add_column(sa.Column("cause_key", sa.Text(), nullable=True))
        batch.add_column(sa.Column("why", kernel_db.JSONDoc(), server_default="{}", nullable=False))
        batch.add_column(sa.Column("harms_customers", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("harmed_count", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("harm_note", sa.Text(), nullable=True))
        batch.add_column(sa.Column("harm_raised", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("contract_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_issue_contract_id"), "contract", ["contract_id"], ["id"], ondelete="SET NULL")
        batch.create_foreign_key(op.f("fk_issue_merged_into_id"), "issue", ["merged_into_id"], ["id"], ondelete="SET NULL")
    op.execute(sa.text("UPDATE issue SET cause_key = '' WHERE source = 'response'"))
    op.create_index(op.f("ix_issue_contract_id"), "issue", ["contract_id"])
    op.create_index(op.f("ix_issue_merged_into_id"), "issue", ["merged_into_id"])
    op.create_index(
        "uq_issue_open_account_cause",
        "issue",
        ["account_id", "defect_key", "cause_key"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def _voice() -> None:
    with op.batch_alter_table("issue_voice", copy_from=_without("issue_voice", "")) as batch:
        batch.add_column(
            sa.Column(
                "cause",
                sa.Enum(*SOURCES, name="issuesource", native_enum=False, create_constraint=True, length=40),
                server_default="response",
                nullable=False,
            )
        )
        batch.add_column(sa.Column("why", kernel_db.JSONDoc(), server_default="{}", nullable=False))
        for name in ("said", "external_system", "external_id", "content_digest"):
            batch.add_column(sa.Column(name, sa.Text(), nullable=True))
        batch.add_column(sa.Column("answered_at", kernel_db.UTCDateTime(), nullable=True))
        batch.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("waived_at", kernel_db.UTCDateTime(), nullable=True))
        batch.add_column(sa.Column("waived_reason", sa.Text(), nullable=True))
        batch.create_foreign_key(op.f("fk_issue_voice_answered_by_id"), "user", ["answered_by_id"], ["id"])
        batch.create_unique_constraint(op.f("uq_issue_voice_external_system_external_id"), ["external_system", "external_id"])
    op.execute(sa.text("UPDATE issue_voice SET cause = 'staff' WHERE response_id IS NULL"))
    # who was spoken with about the issue has been answered
    op.execute(
        sa.text(
            "UPDATE issue_voice SET answered_at = (SELECT max(interaction.occurred_at) FROM interaction "
            "WHERE interaction.issue_id = issue_voice.issue_id AND interaction.contact_id = issue_voice.contact_id "
            "AND interaction.direction = 'out' AND interaction.occurred_at >= issue_voice.created_at)"
        )
    )


def _rules() -> None:
    op.create_table(
        "opening_rule",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("params", kernel_db.JSONDoc(), nullable=False),
        sa.Column("updated_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_opening_rule")),
    )
    op.create_table(
        "keyword_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("phrases", kernel_db.JSONDoc(), nullable=False),
        sa.Column(
            "severity",
            sa.Enum("critical", "major", "minor", name="severity", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("defect_id", sa.Integer(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("updated_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["defect_id"], ["defect.id"], name=op.f("fk_keyword_rule_defect_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword_rule")),
        sa.UniqueConstraint("name", name=op.f("uq_keyword_rule_name")),
    )


def _keep_triggers(on: bool) -> None:
    """While a table is rebuilt, SQLite must not look into triggers that name it: it is away for a moment."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sa.text(f"PRAGMA legacy_alter_table={'ON' if on else 'OFF'}"))


def _one_of(column: str, values: tuple[str, ...]) -> sa.TextClause:
    return sa.text(" OR ".join(f"{column} = '{value}'" for value in values))


def _without(name: str, check: str) -> sa.Table:
    """The table as it stands, without one of its checks."""
    bind = op.get_bind()
    found = sa.Table(name, sa.MetaData(), autoload_with=bind, resolve_fks=False)
    checks = sa.inspect(bind).get_check_constraints(name)
    found.constraints = {one for one in found.constraints if not isinstance(one, sa.CheckConstraint)}
    for one in checks:
        if one["name"] != check:
            found.append_constraint(sa.CheckConstraint(sa.text(one["sqltext"]), name=op.f(str(one["name"]))))
    return found


def downgrade() -> None:
    """Remove it. What opened an issue in another way becomes what it would have been: something that staff saw."""
    op.drop_table("call_wish")
    op.drop_table("keyword_rule")
    op.drop_table("opening_rule")
    _keep_triggers(True)
    _voice_back()
    _issue_back()
    _keep_triggers(False)
    op.drop_table("contract")
    op.drop_table("site")


def _voice_back() -> None:
    with op.batch_alter_table("issue_voice", copy_from=_without("issue_voice", "ck_issue_voice_issuesource")) as batch:
        if op.get_bind().dialect.name == "postgresql":
            batch.drop_constraint(op.f("ck_issue_voice_issuesource"), type_="check")
        batch.drop_constraint("uq_issue_voice_external_system_external_id", type_="unique")
        batch.drop_constraint("fk_issue_voice_answered_by_id", type_="foreignkey")
        for column in (
            "cause", "why", "said", "external_system", "external_id", "content_digest",
            "answered_at", "answered_by_id", "waived_at", "waived_reason",
        ):  # fmt: skip
            batch.drop_column(column)


def _issue_back() -> None:
    op.drop_index("uq_issue_open_account_cause", "issue")
    op.drop_index(op.f("ix_issue_merged_into_id"), "issue")
    op.drop_index(op.f("ix_issue_contract_id"), "issue")
    op.execute(sa.text("UPDATE issue SET source = 'staff' WHERE source <> 'response'"))
    with op.batch_alter_table("issue", copy_from=_without("issue", "ck_issue_issuesource")) as batch:
        if op.get_bind().dialect.name == "postgresql":
            batch.drop_constraint(op.f("ck_issue_issuesource"), type_="check")
        batch.create_check_constraint(op.f("ck_issue_issuesource"), _one_of("source", OLD_SOURCES))
        batch.drop_constraint("fk_issue_merged_into_id", type_="foreignkey")
        batch.drop_constraint("fk_issue_contract_id", type_="foreignkey")
        for column in (
            "cause_key", "why", "harms_customers", "harmed_count", "harm_note", "harm_raised", "contract_id", "merged_into_id",
        ):  # fmt: skip
            batch.drop_column(column)
    op.create_index(
        "uq_issue_open_account_defect",
        "issue",
        ["account_id", "defect_key"],
        unique=True,
        sqlite_where=BY_ANSWER,
        postgresql_where=BY_ANSWER,
    )
