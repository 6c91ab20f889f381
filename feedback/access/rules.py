"""Roles, permissions and scopes: who may see what, as one table."""

from dataclasses import dataclass, field
from enum import StrEnum

from flask_babel import gettext as _


class Role(StrEnum):
    """What a person does here; decides the start page and the permissions."""

    ACCOUNT_MANAGER = "account_manager"
    FRONTLINE = "frontline"
    EXECUTIVE = "executive"
    EXPERIENCE_MANAGER = "experience_manager"  # runs the surveys: whom to ask, when, and what came back
    PRIVACY_OFFICER = "privacy_officer"  # what people allow, what they ask by right; sells nothing
    ADMIN = "admin"


class Scope(StrEnum):
    """How far a permission reaches; the order is from nothing to everything."""

    NONE = "none"
    OWN = "own"
    TEAM = "team"
    REGION = "region"
    ALL = "all"


@dataclass(frozen=True)
class Viewer:
    """Who is asking: a logged-in person or an API token. Carries no database object."""

    kind: str  # "user" or "token"
    name: str
    user_id: int | None = None
    role: Role | None = None
    team_id: int | None = None
    region: str | None = None
    locale: str = "en"
    time_zone: str = "UTC"
    theme: str = "system"
    leads_team: bool = False  # their own team's
    token_id: int | None = None
    token_scopes: frozenset[str] = frozenset()
    grants: frozenset[tuple[str, Scope]] = field(default_factory=frozenset)

    @property
    def actor(self) -> str:
        """How logs, audit events and stored answers name the one who asks."""
        return f"{self.kind}:{self.token_id if self.kind == 'token' else self.user_id}"


START_PAGES = {
    Role.ACCOUNT_MANAGER: "/app/readiness",
    Role.FRONTLINE: "/app/issues",
    Role.EXECUTIVE: "/app/defects",
    Role.EXPERIENCE_MANAGER: "/app/waves",
    Role.PRIVACY_OFFICER: "/app/permission",
    Role.ADMIN: "/app/defects",
}
TOKEN_SCOPES = ("read", "write", "gate", "admin")
THEMES = ("system", "light", "dark")
MIN_PASSWORD, MAX_PASSWORD = 12, 128


def is_safe_next(target: str) -> bool:
    """Whether a log-in may lead there: a plain path on this site, nothing a browser could read as another host."""
    if not target.startswith("/") or target.startswith("//"):
        return False
    return target.isprintable() and "\\" not in target


def reasons_not_to_use(password: str, *, email: str) -> list[str]:
    """Why a password is too weak; empty when it may be used. Length counts, composition does not (NIST SP 800-63B)."""
    reasons = []
    if len(password) < MIN_PASSWORD:
        reasons.append(_("Use at least %(limit)s characters.", limit=MIN_PASSWORD))
    if len(password) > MAX_PASSWORD:
        reasons.append(_("Use at most %(limit)s characters.", limit=MAX_PASSWORD))
    name = email.partition("@")[0].lower()
    if len(name) > 3 and name in password.lower():
        reasons.append(_("Do not use your e-mail address in it."))
    if password and len(set(password)) < 5:
        reasons.append(_("Use more than a few different characters."))
    return reasons


@dataclass(frozen=True)
class RecentFailures:
    """Failed log-ins of late: for this e-mail from this address, for the address, for the e-mail from anywhere."""

    here: int
    seconds_since_last: float
    address: int
    email: int
    known_address: bool


SLOW_AFTER, HOLD_AFTER, HOLD_SECONDS = 5, 10, 15 * 60
ADDRESS_LIMIT, EMAIL_LIMIT, UNKNOWN_TRIES = 100, 50, 3


def seconds_to_wait(failures: RecentFailures) -> float:
    """How long the next attempt has to wait; 0 when it may be made.

    Counting goes by e-mail and address together, so nobody can lock a person out from elsewhere. While an e-mail is
    attacked from many addresses, an address that never logged in with it gets fewer tries.
    """
    hold_after = UNKNOWN_TRIES if failures.email >= EMAIL_LIMIT and not failures.known_address else HOLD_AFTER
    if failures.here >= hold_after or failures.address >= ADDRESS_LIMIT:
        pause = float(HOLD_SECONDS)
    elif failures.here >= SLOW_AFTER:
        pause = 2.0 ** (failures.here - SLOW_AFTER + 1)
    else:
        return 0.0
    return max(0.0, pause - failures.seconds_since_last)
