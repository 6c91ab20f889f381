"""Tables of access: people, teams, grants, tokens and sessions."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.access.rules import Role, Scope
from feedback.kernel.db import Model, enum_type

LEADS = sa.text("leads_team")


class Team(Model):
    """A group of frontline people that issues are routed to."""

    __tablename__ = "team"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]  # without a language; `names` has it in those of the readers
    names: Mapped[dict[str, Any]] = mapped_column(default=dict)
    region: Mapped[str | None]


class User(Model):
    """A person who logs in."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    role: Mapped[Role] = mapped_column(enum_type(Role))
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"), index=True)
    region: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    theme: Mapped[str] = mapped_column(default="system")
    active: Mapped[bool] = mapped_column(default=True)
    leads_team: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime]
    __table_args__ = (
        # a team has one lead, who answers for what nobody has room for
        sa.Index("uq_user_team_lead", "team_id", unique=True, sqlite_where=LEADS, postgresql_where=LEADS),
    )


class Grant(Model):
    """An extra permission of one person, beyond the role."""

    __tablename__ = "grant"
    __table_args__ = (sa.UniqueConstraint("user_id", "permission"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    permission: Mapped[str]
    scope: Mapped[Scope] = mapped_column(enum_type(Scope))


class SavedView(Model):
    """A page with its filters, under a name that one person gave it."""

    __tablename__ = "saved_view"
    __table_args__ = (sa.UniqueConstraint("user_id", "path", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    path: Mapped[str]
    name: Mapped[str]
    search: Mapped[str]  # "?region=North"
    created_at: Mapped[datetime]


class ApiToken(Model):
    """A token of another system; only its SHA-256 digest is stored."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class WebSession(Model):
    """A server-side session; the cookie holds a random id, this row its digest."""

    __tablename__ = "web_session"
    digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LoginAttempt(Model):
    """A log-in that failed (slows down guessing) or succeeded (this address is known to be the person's)."""

    __tablename__ = "login_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    address: Mapped[str]
    attempted_at: Mapped[datetime]
    succeeded: Mapped[bool]
    __table_args__ = (
        sa.Index(None, "email", "attempted_at"),
        sa.Index(None, "address", "attempted_at"),
    )
