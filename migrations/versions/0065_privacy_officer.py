"""The privacy officer, and what people ask of us by right.

SQLite has to rebuild the table of users for the role's new word, from the table written out here.
"""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0065"
down_revision = "0063"
branch_labels = None
depends_on = None

OLD_ROLES = ("account_manager", "frontline", "executive", "experience_manager", "admin")
ROLES = ("account_manager", "frontline", "executive", "experience_manager", "privacy_officer", "admin")
KINDS = ("access", "erasure", "objection", "rectification", "portability")
STATES = ("open", "done", "refused")
LEADS = sa.text("leads_team")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Add the role and the tables."""
    _change_roles(OLD_ROLES, ROLES)
    op.create_table(
        "subject_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("requestkind", *KINDS), nullable=False),
        sa.Column("state", _enum("requeststate", *STATES), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("extended_because", sa.Text(), nullable=True),
        sa.Column("closed_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("erasure_id", sa.Integer(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_subject_request_contact_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasure.id"], name=op.f("fk_subject_request_erasure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_request")),
    )
    for columns in (["contact_id"], ["state", "due_on"], ["erasure_id"]):
        op.create_index(op.f(f"ix_subject_request_{'_'.join(columns)}"), "subject_request", columns)


def downgrade() -> None:
    """Privacy officers become executives: the older table has no word for them."""
    op.drop_table("subject_request")
    op.execute("""UPDATE "user" SET role = 'executive' WHERE role = 'privacy_officer'""")
    _change_roles(ROLES, OLD_ROLES)


def _change_roles(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    with op.batch_alter_table("user", copy_from=_user(old)) as batch:
        batch.alter_column("role", existing_type=_enum("role", *old), type_=_enum("role", *new), nullable=False)


def _user(roles: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        "user",
        sa.MetaData(naming_convention=kernel_db.CONVENTION),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("role", _enum("role", *roles), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("leads_team", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_user_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.Index(op.f("ix_user_team_id"), "team_id"),
        sa.Index("uq_user_team_lead", "team_id", unique=True, sqlite_where=LEADS, postgresql_where=LEADS),
    )
