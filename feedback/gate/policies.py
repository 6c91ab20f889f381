"""Policy versions: the tables and limits under which decisions are taken, stored as data and named after their content."""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.gate.limits import Limits, current_limits
from feedback.gate.models import GatePolicy
from feedback.gate.rulesets import digest_of
from feedback.gate.tables import HitPolicyBroken, Tables
from feedback.kernel import clock
from feedback.kernel.errors import Conflict

_NAME = "standard"
_SHOWN_DIGITS = 12


def _content(limits: Limits) -> dict[str, Any]:
    return {**limits.rules.tables.to_data(), "limits": limits.to_data()}


def _version_of(digest: str) -> str:
    return f"{_NAME}-{digest[:_SHOWN_DIGITS]}"


@lru_cache(maxsize=16)
def version_of(limits: Limits) -> str:
    """The version that the limits make together with their tables."""
    return _version_of(digest_of(_content(limits)))


def ensure_policy() -> str:
    """Store the policy that counts now, unless it is stored; answers its version."""
    limits = current_limits()
    version = version_of(limits)
    if db.session.scalar(sa.select(GatePolicy.version).where(GatePolicy.version == version)) is None:
        content = _content(limits)
        row = {"version": version, "tables": content, "digest": digest_of(content), "activated_at": clock.now()}
        db.session.execute(sa.insert(GatePolicy), [row])
    return version


def get_tables(version: str) -> Tables:
    """The tables of a stored version.

    Raises:
        Conflict: the row is missing, or its content is not what its digest and name say.
    """
    row = db.session.execute(sa.select(GatePolicy.tables, GatePolicy.digest).where(GatePolicy.version == version)).one_or_none()
    if row is None:
        raise Conflict(f"The policy version {version} is not stored any more, so the decision cannot be recomputed.")
    found = digest_of(row.tables)
    if found != row.digest or _version_of(found) != version:
        raise Conflict(f"The stored policy version {version} was changed after it was activated: its digest does not match.")
    try:
        return Tables.from_data(row.tables)
    except (KeyError, TypeError, HitPolicyBroken) as error:
        raise Conflict(f"The stored policy version {version} cannot be read.") from error
