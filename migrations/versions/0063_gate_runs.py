"""What the gate would say about every account is known each morning."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0063"
down_revision = "0057"
branch_labels = None
depends_on = None

ENUMS = {
    "purpose": ("offers", "partner_offers", "feedback", "service"),
    "channel": ("email", "phone", "sms", "portal", "visit", "post"),
    "initiation": ("outbound", "inbound_served", "inbound_unserved", "requested"),
    "outcome": (
        "allow", "allow_limited", "ask_consent", "learn_only", "defer", "respond_only", "serve_first", "hold", "block",
    ),
    "play": (
        "recover_now", "fix_basics", "fix_first", "verify_fix", "survey_first", "nurture", "protect", "protect_and_refer",
        "qualify_wallet", "upsell", "upsell_with_briefing",
    ),
}  # fmt: skip


def _enum(name: str) -> sa.Column[str]:
    kind = sa.Enum(*ENUMS[name], name=name, native_enum=False, create_constraint=True, length=40)
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    """Add runs and their answers."""
    op.create_table(
        "gate_run",
        sa.Column("id", sa.Integer(), nullable=False),
        *map(_enum, ("purpose", "channel", "initiation")),
        sa.Column("at_any_hour", sa.Boolean(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("as_of", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("finished_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("outcomes", kernel_db.JSONDoc(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=True),
        sa.Column("closed", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_run")),
    )
    op.create_table(
        "gate_run_answer",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        *map(_enum, ("outcome", "play")),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["gate_run.id"], name=op.f("fk_gate_run_answer_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_gate_run_answer_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_gate_run_answer_contact_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("run_id", "account_id", name=op.f("pk_gate_run_answer")),
        sqlite_with_rowid=False,
    )
    for column in ("account_id", "contact_id"):
        op.create_index(op.f(f"ix_gate_run_answer_{column}"), "gate_run_answer", [column])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("gate_run_answer")
    op.drop_table("gate_run")
