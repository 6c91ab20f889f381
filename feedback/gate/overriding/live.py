"""The exceptions that count now, as every decision reads them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.access.models import User
from feedback.gate.overriding.models import GateOverride
from feedback.gate.overriding.rules import OverrideState
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared

_override: Any = GateOverride.__table__
_user: Any = User.__table__


class LiveOverride(NamedTuple):
    """An exception that somebody granted and that has not ended."""

    id: int
    contact_id: int | None
    purpose: str
    reason: str
    approver_id: int
    approver: str
    expires_at: datetime

    def covers(self, contact_id: int, purpose: str) -> bool:
        """Whether it is about this contact and this purpose."""
        return self.contact_id == contact_id and self.purpose == purpose


_LIVE = Prepared(
    sa.select(
        _override.c.account_id,
        _override.c.id,
        _override.c.contact_id,
        sa.type_coerce(_override.c.purpose, sa.Text).label("purpose"),
        sa.type_coerce(_override.c.reason, sa.Text).label("reason"),
        _override.c.decided_by_id,
        _user.c.name,
        _override.c.expires_at,
    )
    .join(_user, _user.c.id == _override.c.decided_by_id)
    # the state as a literal: the index over granted ones is used for nothing else
    .where(
        in_list(_override.c.account_id, "ids"),
        _override.c.state == sa.literal_column(f"'{OverrideState.APPROVED}'"),
        _override.c.expires_at > sa.bindparam("now"),
    )
    .order_by(_override.c.id)
)

_ANY = Prepared(
    sa.select(_override.c.id)
    .where(_override.c.state == sa.literal_column(f"'{OverrideState.APPROVED}'"), _override.c.expires_at > sa.bindparam("now"))
    .limit(1)
)


def is_any_live(connection: sa.Connection, now: datetime) -> bool:
    """Whether any exception counts at all; hardly ever one does, and news of any customer asks."""
    return bool(_ANY.rows(connection, {"now": now}))


def live_overrides(connection: sa.Connection, account_ids: Collection[int], now: datetime) -> dict[int, Sequence[LiveOverride]]:
    """Per account with any: the exceptions that count now."""
    found: dict[int, list[LiveOverride]] = defaultdict(list)
    for account_id, *override in _LIVE.rows(connection, {"ids": account_ids, "now": now}):
        found[account_id].append(LiveOverride(*override))
    return dict(found)
