"""Due dates computed anew for many issues, after a change of what their hours are counted by.

Each issue has beside it what its log says (`clock_facts`), so that no log is read, and all clocks of a calendar are counted at
once. What is left without such facts is for `clockwork.follow_logs`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.clockwork import Reckoning
from feedback.issues.models import Issue
from feedback.issues.rules.due_dates import NEVER, due_dates
from feedback.kernel.bulk import Instants, in_list, update_columns
from feedback.kernel.business_times import Moments
from feedback.kernel.db import microseconds_of
from feedback.kernel.prepared import Prepared

STEP = 2_000  # issues of a transaction: others write in between
DATES = ("first_contact_due_at", "next_update_due_at", "resolution_due_at", "next_due_at", "next_alarm_at")
_table: Any = Issue.__table__
_issue = _table.c
# locked: what somebody notes meanwhile is not written over with what was known before
_KNOWN = Prepared(
    sa.select(_issue.id, _issue.clock_facts, *(microseconds_of(_issue[name]).label(name) for name in DATES))
    .where(in_list(_issue.id, "ids"))
    .order_by(_issue.id)
    .with_for_update()
)


@dataclass(frozen=True)
class Recounted:
    """How many issues had other dates, and those about which only their logs can tell."""

    changed: int
    left: Sequence[int]


def recount(issue_ids: Sequence[int]) -> Recounted:
    """Count their clocks by the calendars and the ladder of now. Call inside `transaction()`, with at most `STEP` of them."""
    ids, facts, *stored = _KNOWN.columns(db.session.connection(), {"ids": sorted(issue_ids)})
    known = [place for place, said in enumerate(facts) if said is not None]
    left = [issue_id for issue_id, said in zip(ids, facts, strict=True) if said is None]
    if not known:
        return Recounted(0, left)
    reckoning = Reckoning()
    found = due_dates([facts[place] for place in known], reckoning.ladder, reckoning.calendars.time_of)
    wanted = np.column_stack([found.due_at, found.next_due_at, found.next_alarm_at])
    return Recounted(_write([ids[place] for place in known], wanted, _moments(stored)[known]), left)


def _moments(stored: Sequence[Sequence[int | None]]) -> Moments:
    return np.array([[NEVER if moment is None else moment for moment in column] for column in stored], np.int64).T


def _write(ids: Sequence[int], wanted: Moments, stored: Moments) -> int:
    """Write the rows that are others than what is stored."""
    rows = np.flatnonzero((wanted != stored).any(axis=1)).tolist()
    columns = (Instants([None if moment == NEVER else moment for moment in column]) for column in wanted[rows].T.tolist())
    update_columns(db.session(), _table, [ids[row] for row in rows], dict(zip(DATES, columns, strict=True)))
    return len(rows)
