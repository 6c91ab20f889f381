"""What disruptions mean for the gate, for any number of accounts in one statement."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.outer_loop.models import Disruption, DisruptionAccount
from feedback.web.naming import said


class Hold(NamedTuple):
    """A disruption that holds selling at an account, or will."""

    id: int
    title: str
    starts_at: datetime
    ends_at: datetime | None

    def is_active(self, now: datetime) -> bool:
        """Whether it goes on."""
        return self.starts_at <= now and (self.ends_at is None or self.ends_at > now)

    def is_over(self, now: datetime) -> bool:
        """Whether it is over, and the customer has not been told."""
        return self.ends_at is not None and self.ends_at <= now


_disruption, _affected = Disruption.__table__.c, DisruptionAccount.__table__.c
_HOLDS = Prepared(
    sa.select(
        _affected.account_id, _disruption.id, _disruption.title, _disruption.starts_at, _disruption.ends_at, _disruption.titles
    )
    .join_from(DisruptionAccount.__table__, Disruption.__table__, _disruption.id == _affected.disruption_id)
    .where(
        in_list(_affected.account_id, "accounts"),
        _affected.followed_up_at.is_(None),
        _disruption.holds_sales,
        _disruption.withdrawn_at.is_(None),
    )
    .order_by(_disruption.id)
)


def holds_of(connection: sa.Connection, account_ids: Collection[int]) -> dict[int, list[Hold]]:
    """The disruptions that hold or will hold these accounts, named for the reader; accounts without any are left out."""
    found: dict[int, list[Hold]] = defaultdict(list)
    for account_id, disruption_id, title, starts_at, ends_at, titles in _HOLDS.rows(connection, {"accounts": account_ids}):
        found[account_id].append(Hold(disruption_id, said(titles, title), starts_at, ends_at))
    return found
