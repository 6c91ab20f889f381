"""Writing access: people, teams, grants, tokens, sessions and attempts to log in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import available_timezones

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access import passwords, queries
from feedback.access.models import ApiToken, Grant, LoginAttempt, Team, User, WebSession
from feedback.access.policy import POLICY
from feedback.access.rules import THEMES, TOKEN_SCOPES, Role, Scope, reasons_not_to_use
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput, NotFound
from feedback.web.languages import LANGUAGES

SESSION_LIFE = timedelta(hours=12)
_ATTEMPTS_KEPT = timedelta(days=1)
_SUCCESSES_KEPT = timedelta(days=90)


def create_user(
    email: str,
    *,
    role: Role,
    actor: str,
    name: str = "",
    password_hash: str | None = None,
    team_id: int | None = None,
    region: str | None = None,
    locale: str = "en",
    time_zone: str = "UTC",
) -> User:
    """Let a person log in. Without a password (see `new_password_hash`) the person exists but cannot.

    Raises:
        InvalidInput: the address, language or time zone cannot be used.
        Conflict: the address is taken.
    """
    email = email.strip().lower()
    _check_email(email)
    _check_preferences(locale=locale, time_zone=time_zone)
    if queries.find_user_by_email(email) is not None:
        raise Conflict(f"{email} has a log-in already.")
    user = User(
        email=email,
        name=name.strip() or email.partition("@")[0],
        role=role,
        team_id=queries.get_team(team_id).id if team_id is not None else None,
        region=region,
        locale=locale,
        time_zone=time_zone,
        password_hash=password_hash,
        active=True,
        created_at=clock.now(),
    )
    db.session.add(user)
    db.session.flush()
    audit.record(actor, "user.created", "user", user.id, role=role)
    return user


def change_user(user_id: int, *, actor: str, **changes: object) -> User:
    """Change what an administrator may change; a new role or a deactivation ends the person's sessions.

    Who is made the lead of a team takes the place of whoever led it; who leaves the team no longer leads it.

    Raises:
        NotFound: there is no such person or team.
        InvalidInput: somebody is to lead a team without working in it.
        Conflict: nobody would be left to manage people.
    """
    user = queries.get_user(user_id)
    if changes.get("team_id") is not None:
        queries.get_team(int(str(changes["team_id"])))
    loses_admin = changes.get("role", user.role) != Role.ADMIN or changes.get("active") is False
    if user.role is Role.ADMIN and user.active and loses_admin and _active_admins() <= 1:
        raise Conflict("This is the last active administrator; name another one first.")
    ends = changes.get("active") is False or changes.get("role", user.role) != user.role
    _write_lead(user, changes)
    for name, value in changes.items():
        setattr(user, name, value)
    db.session.flush()
    if ends:
        end_sessions(user_id)
    audit.record(actor, "user.changed", "user", user_id, **{name: value for name, value in changes.items() if name != "password"})
    return user


def _write_lead(user: User, changes: dict[str, object]) -> None:
    """Before the other changes: make room for a new lead, and let nobody lead a team that they no longer work in."""
    team_id = changes.get("team_id", user.team_id)
    works_there = changes.get("active", user.active) and changes.get("role", user.role) == Role.FRONTLINE and team_id is not None
    if changes.get("leads_team") and not works_there:
        raise InvalidInput({"leads_team": [_("Only an active frontline person can lead a team, and only the own one.")]})
    if changes.get("leads_team"):
        earlier = sa.update(User).where(User.team_id == team_id, User.leads_team, User.id != user.id)
        db.session.execute(earlier.values(leads_team=False))
    elif user.leads_team and (not works_there or team_id != user.team_id):
        changes["leads_team"] = False
        user.leads_team = False
        db.session.flush()


def set_password(user_id: int, password_hash: str, *, actor: str) -> None:
    """Give a person a new password (see `new_password_hash`); every session is over."""
    user = queries.get_user(user_id)
    user.password_hash = password_hash
    db.session.flush()
    end_sessions(user_id)
    audit.record(actor, "user.password_changed", "user", user_id)


def change_preferences(user_id: int, *, locale: str, time_zone: str, theme: str) -> None:
    """A person's own language, time zone and theme.

    Raises:
        InvalidInput: one of them does not exist.
    """
    _check_preferences(locale=locale, time_zone=time_zone, theme=theme)
    user = queries.get_user(user_id)
    user.locale, user.time_zone, user.theme = locale, time_zone, theme
    db.session.flush()


def create_team(code: str, *, name: str, region: str | None, actor: str, names: Mapping[str, str] | None = None) -> Team:
    """A team that issues are routed to; `names` is what it is called by the reader's language.

    Raises:
        Conflict: the code is taken.
    """
    if db.session.scalar(sa.select(Team.id).where(Team.code == code)) is not None:
        raise Conflict(f"There is a team with the code {code} already.")
    team = Team(code=code, name=name, names=dict(names or {}), region=region)
    db.session.add(team)
    db.session.flush()
    audit.record(actor, "team.created", "team", team.id, code=code)
    return team


def change_team(team_id: int, *, actor: str, **changes: object) -> Team:
    """Rename a team or move it to another region."""
    team = queries.get_team(team_id)
    for name, value in changes.items():
        setattr(team, name, value)
    db.session.flush()
    audit.record(actor, "team.changed", "team", team_id, **changes)
    return team


def grant(user_id: int, permission: str, scope: Scope, *, actor: str) -> None:
    """Give a person more of a permission than the role does; `none` takes it back.

    Raises:
        InvalidInput: there is no such permission.
    """
    if permission not in POLICY:
        raise InvalidInput({"permission": [f"Unknown; one of {', '.join(sorted(POLICY))}."]})
    queries.get_user(user_id)
    db.session.execute(sa.delete(Grant).where(Grant.user_id == user_id, Grant.permission == permission))
    if scope is not Scope.NONE:
        db.session.execute(sa.insert(Grant).values(user_id=user_id, permission=permission, scope=scope))
    audit.record(actor, "grant.changed", "user", user_id, permission=permission, scope=scope)


def create_token(name: str, scopes: Sequence[str], *, actor: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A token for another system; answers its row and the token itself, which is not stored.

    Raises:
        InvalidInput: an unknown scope, or an expiry that has passed.
    """
    unknown = sorted(set(scopes) - set(TOKEN_SCOPES))
    if unknown or not scopes:
        raise InvalidInput({"scopes": [f"Name at least one of {', '.join(TOKEN_SCOPES)}."]})
    if expires_at is not None and expires_at <= clock.now():
        raise InvalidInput({"expires_at": ["This time has passed."]})
    secret = passwords.new_token()
    token = ApiToken(
        name=name, digest=passwords.digest(secret), scopes=sorted(set(scopes)), created_at=clock.now(), expires_at=expires_at
    )
    db.session.add(token)
    db.session.flush()
    audit.record(actor, "token.created", "token", token.id, name=name, scopes=token.scopes)
    return token, secret


def revoke_token(token_id: int, *, actor: str) -> None:
    """Make a token useless at once; a second time changes nothing.

    Raises:
        NotFound: there is no such token.
    """
    token = db.session.get(ApiToken, token_id)
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        db.session.flush()
        audit.record(actor, "token.revoked", "token", token_id, name=token.name)


def start_session(user_id: int) -> str:
    """Open a session; answers the id for the cookie, of which only the digest is stored."""
    session_id, now = passwords.new_token(), clock.now()
    row = {"digest": passwords.digest(session_id), "user_id": user_id, "created_at": now, "last_seen_at": now}
    db.session.execute(sa.insert(WebSession), [{**row, "expires_at": now + SESSION_LIFE}])
    return session_id


def touch_session(digest: str) -> None:
    """Note that the session is in use."""
    db.session.execute(sa.update(WebSession).where(WebSession.digest == digest).values(last_seen_at=clock.now()))


def end_session(digest: str) -> None:
    """Log out."""
    db.session.execute(sa.delete(WebSession).where(WebSession.digest == digest))


def end_sessions(user_id: int) -> None:
    """Log a person out everywhere."""
    db.session.execute(sa.delete(WebSession).where(WebSession.user_id == user_id))


def note_attempt(email: str, address: str, *, succeeded: bool) -> None:
    """Remember an attempt for the throttle; a success clears the failures of this address."""
    if succeeded:
        here = (LoginAttempt.email == email, LoginAttempt.address == address)
        db.session.execute(sa.delete(LoginAttempt).where(*here))
    row = {"email": email, "address": address, "attempted_at": clock.now(), "succeeded": succeeded}
    db.session.execute(sa.insert(LoginAttempt), [row])


def forget_expired() -> int:
    """Delete sessions that are over and attempts that no longer matter; answers how many rows went."""
    now = clock.now()
    old = LoginAttempt.attempted_at
    failed, known = old < now - _ATTEMPTS_KEPT, old < now - _SUCCESSES_KEPT
    gone = [
        sa.delete(WebSession).where((WebSession.expires_at < now) | (WebSession.last_seen_at < now - queries.IDLE)),
        sa.delete(LoginAttempt).where(sa.or_(~LoginAttempt.succeeded & failed, known)),
    ]
    return sum(db.session.execute(statement).rowcount for statement in gone)  # type: ignore[attr-defined]


def new_password_hash(password: str, *, email: str) -> str:
    """Check and hash a new password. Slow on purpose: call it before the transaction, which others wait for.

    Raises:
        InvalidInput: it is too weak.
    """
    reasons = reasons_not_to_use(password, email=email)
    if reasons:
        raise InvalidInput({"password": reasons})
    return passwords.hash_password(password)


def _check_email(email: str) -> None:
    name, at, host = email.partition("@")
    if not (name and at and host) or len(email) > 254 or any(character.isspace() for character in email):
        raise InvalidInput({"email": [_("This is not an e-mail address.")]})


def _check_preferences(*, locale: str, time_zone: str, theme: str = "system") -> None:
    errors = {}
    if locale not in LANGUAGES:
        errors["locale"] = [_("Choose from %(allowed)s.", allowed=", ".join(LANGUAGES))]
    if time_zone not in available_timezones():
        errors["time_zone"] = [_("This time zone is not known; write it as in 'Europe/Madrid'.")]
    if theme not in THEMES:
        errors["theme"] = [_("Choose from %(allowed)s.", allowed=", ".join(THEMES))]
    if errors:
        raise InvalidInput(errors)


def _active_admins() -> int:
    condition = (User.role == Role.ADMIN) & User.active
    return db.session.scalar(sa.select(sa.func.count()).select_from(User).where(condition)) or 0
