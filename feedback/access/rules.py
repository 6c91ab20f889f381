"""Roles, permissions and scopes: who may see what, as one table."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a person does here; decides the start page and the permissions."""

    ACCOUNT_MANAGER = "account_manager"
    FRONTLINE = "frontline"
    EXECUTIVE = "executive"
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
    token_scopes: frozenset[str] = frozenset()
    grants: frozenset[tuple[str, Scope]] = field(default_factory=frozenset)
