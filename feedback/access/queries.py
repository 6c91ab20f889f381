"""Reads of access: who is behind a cookie or a token, people, teams, tokens."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.models import ApiToken, Grant, LoginAttempt, Team, User, WebSession
from feedback.access.rules import RecentFailures, Scope, Viewer
from feedback.extensions import db
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor
from feedback.kernel.prepared import Prepared
from feedback.uow import read_once

IDLE = timedelta(minutes=30)
_FAILURE_WINDOW = timedelta(minutes=15)
_ATTACK_WINDOW = timedelta(hours=1)

_PERSON = (User.id, User.name, User.role, User.team_id, User.region, User.locale, User.time_zone, User.theme, User.leads_team)
_token = ApiToken.__table__.c
_TOKEN = Prepared(
    sa.select(_token.id, _token.name, _token.scopes, _token.expires_at).where(
        _token.digest == sa.bindparam("digest"), _token.revoked_at.is_(None)
    )
)
_SESSION = (
    sa.select(*_PERSON, Grant.permission, Grant.scope, WebSession.last_seen_at)
    .join(WebSession, WebSession.user_id == User.id)
    .outerjoin(Grant, Grant.user_id == User.id)
    .where(
        WebSession.digest == sa.bindparam("digest"),
        WebSession.expires_at > sa.bindparam("now"),
        WebSession.last_seen_at > sa.bindparam("idle_since"),
        User.active,
    )
)


def find_token_viewer(digest: str, now: datetime) -> Viewer | None:
    """The system behind a token, if it is neither revoked nor expired.

    One statement, and never from memory: a revocation counts from its commit on, in whatever process it happened.
    """
    found = read_once(_TOKEN, {"digest": digest})
    if not found or ((row := found[0]).expires_at is not None and row.expires_at <= now):
        return None
    return Viewer(kind="token", name=row.name, token_id=row.id, token_scopes=frozenset(row.scopes))


def find_viewer_of_token(token_id: int, now: datetime) -> Viewer | None:
    """The system behind a token of this id, if it is neither revoked nor expired."""
    row = db.session.get(ApiToken, token_id, populate_existing=True)
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    return Viewer(kind="token", name=row.name, token_id=row.id, token_scopes=frozenset(row.scopes))


def find_session_viewer(digest: str, now: datetime) -> tuple[Viewer, datetime] | None:
    """The person behind a session that is neither over nor idle too long, and when it was last seen."""
    rows = db.session.execute(_SESSION, {"digest": digest, "now": now, "idle_since": now - IDLE}).all()
    return (_person(rows), rows[0].last_seen_at) if rows else None


def _person(rows: Any) -> Viewer:
    first = rows[0]
    grants = frozenset((row.permission, Scope(row.scope)) for row in rows if row.permission is not None)
    return Viewer(
        kind="user",
        name=first.name,
        user_id=first.id,
        role=first.role,
        team_id=first.team_id,
        region=first.region,
        locale=first.locale,
        time_zone=first.time_zone,
        theme=first.theme,
        leads_team=first.leads_team,
        grants=grants,
    )


def get_viewer(user_id: int) -> Viewer:
    """The viewer that a person would be when logged in.

    Raises:
        NotFound: there is no such active person.
    """
    select = sa.select(*_PERSON, Grant.permission, Grant.scope).outerjoin(Grant, Grant.user_id == User.id)
    rows = db.session.execute(select.where(User.id == user_id, User.active)).all()
    if not rows:
        raise NotFound
    return _person(rows)


def recent_failures(email: str, address: str, now: datetime) -> RecentFailures:
    """What the throttle has to know about an attempt."""
    recent = (LoginAttempt.attempted_at > now - _FAILURE_WINDOW) & ~LoginAttempt.succeeded
    here = (LoginAttempt.email == email) & (LoginAttempt.address == address)
    last = sa.func.max(LoginAttempt.attempted_at, type_=LoginAttempt.attempted_at.type)
    row = db.session.execute(sa.select(sa.func.count(), last).where(here, recent)).one()
    lately = (LoginAttempt.attempted_at > now - _ATTACK_WINDOW) & ~LoginAttempt.succeeded
    known = sa.exists().where(here, LoginAttempt.succeeded)
    from_address, for_email, known_address = db.session.execute(
        sa.select(_count(LoginAttempt.address == address, lately), _count(LoginAttempt.email == email, lately), known)
    ).one()
    since = (now - row[1]).total_seconds() if row[1] else 0.0
    return RecentFailures(row[0], since, from_address, for_email, bool(known_address))


def _count(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(LoginAttempt).where(*conditions).scalar_subquery()


def find_user_by_email(email: str) -> User | None:
    """Addresses are compared without regard to case."""
    return db.session.scalar(sa.select(User).where(User.email == email.strip().lower()))


def get_user(user_id: int) -> User:
    """A person.

    Raises:
        NotFound: there is none with this id.
    """
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound
    return user


def get_team(team_id: int) -> Team:
    """A team.

    Raises:
        NotFound: there is none with this id.
    """
    team = db.session.get(Team, team_id)
    if team is None:
        raise NotFound
    return team


def lead_of(team_id: int | None) -> int | None:
    """Who leads a team, if somebody active does."""
    return db.session.scalar(sa.select(User.id).where(User.team_id == team_id, User.leads_team, User.active))


def list_grants(user_ids: list[int]) -> dict[int, list[Grant]]:
    """The grants of each person."""
    found: dict[int, list[Grant]] = {user_id: [] for user_id in user_ids}
    for grant in db.session.scalars(sa.select(Grant).where(Grant.user_id.in_(user_ids)).order_by(Grant.permission)):
        found[grant.user_id].append(grant)
    return found


def list_by_id(model: type[User] | type[Team] | type[ApiToken], *, limit: int, cursor: str | None) -> Page[Any]:
    """One page of people, teams or tokens, oldest first."""
    after = decode_id(cursor)
    rows: list[Any] = list(db.session.scalars(sa.select(model).where(model.id > after).order_by(model.id).limit(limit + 1)))
    return Page(rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None)


def decode_id(cursor: str | None, *, start: int = 0) -> int:
    """The id in a cursor of one part; `start` without a cursor."""
    if cursor is None:
        return start
    return decode_numbers(cursor, size=1)[0]


def can_anybody_log_in() -> bool:
    """Whether there is a person who is active and has a password."""
    return db.session.scalar(sa.select(User.id).where(User.active, User.password_hash.is_not(None)).limit(1)) is not None
