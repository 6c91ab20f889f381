"""Which policy is active, read again for every decision: a change counts from the next one on, in every process."""

from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.extensions import db
from feedback.gate.governing.models import PolicyActivation, PolicyDraft
from feedback.gate.rulesets import Ruleset, digest_of
from feedback.gate.tables import Tables
from feedback.kernel.errors import Conflict
from feedback.kernel.prepared import Prepared

_activation, _draft = PolicyActivation.__table__, PolicyDraft.__table__
_ACTIVE = Prepared(sa.select(_activation.c.draft_id, _activation.c.digest).where(_activation.c.retired_at.is_(None)))


class ActivePolicy(NamedTuple):
    """The tables, ready to be asked, and the limits as data."""

    rules: Ruleset
    limits: dict[str, Any]


def active_policy() -> ActivePolicy | None:
    """The policy that counts now; None as long as nobody has activated one: then the settings are the policy.

    Raises:
        Conflict: its content is not what was approved.
    """
    rows = _ACTIVE.rows(db.session.connection(), {})
    return _loaded(rows[0][1], rows[0][0]) if rows else None


def active_draft_id() -> int | None:
    """The draft that the active policy came from."""
    rows = _ACTIVE.rows(db.session.connection(), {})
    return int(rows[0][0]) if rows else None


@lru_cache(maxsize=16)
def _loaded(digest: str, draft_id: int) -> ActivePolicy:
    """Content with the same digest is the same, so it is read once."""
    content = db.session.scalar(sa.select(_draft.c.content).where(_draft.c.id == draft_id))
    if content is None or digest_of(content) != digest:
        raise Conflict(f"The content of policy {draft_id} is not what was approved.")
    return ActivePolicy(Ruleset(Tables.from_data(content)), content["limits"])
