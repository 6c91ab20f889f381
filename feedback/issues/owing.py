"""What is due first in an issue: a clock, a promise to the customer or the fix. Lists are sorted by it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.models import Commitment, Issue
from feedback.issues.queries.promises import is_open_promise
from feedback.issues.rules import Clock, DueDates, next_clock
from feedback.issues.rules.owing import Owed, next_owed
from feedback.kernel.db import END_OF_TIME, UTCDateTime


class DueFirst(NamedTuple):
    """What is due first, and when; of a promise also what was promised."""

    what: Clock | Owed
    at: datetime
    promise: str | None = None


def due_column() -> sa.ColumnElement[datetime | None]:
    """When the first of it is due, for lists; null where nothing is."""
    never = sa.literal(END_OF_TIME, UTCDateTime())
    return sa.func.nullif(Issue.queue_due_at, never, type_=UTCDateTime())


def follow_promises(issue_ids: Sequence[int]) -> None:
    """After a promise, the state or the day of the fix changed: the column by which lists know what is owed."""
    if not issue_ids:
        return
    db.session.flush()
    promised = sa.func.min(Commitment.due_at, type_=Commitment.due_at.type)
    counts_on = sa.and_(Commitment.issue_id == Issue.id, is_open_promise())
    query = (
        sa.select(Issue.id, Issue.state, Issue.fix_due_at, Issue.next_owed_at, promised)
        .outerjoin(Commitment, counts_on)
        .where(Issue.id.in_(issue_ids))
        .group_by(Issue.id)
    )
    for issue_id, state, fix_due_at, stored, promised_at in db.session.execute(query).all():
        owed = next_owed(state, promised_at=promised_at, fix_due_at=fix_due_at)
        if owed != stored:
            db.session.execute(sa.update(Issue).where(Issue.id == issue_id).values(next_owed_at=owed))


def clock_due_first(issue: Issue) -> Clock | None:
    """The running clock that is due first; None when nothing runs."""
    due = DueDates(issue.first_contact_due_at, issue.next_update_due_at, issue.resolution_due_at)
    return next_clock(issue.state, due, waiting=issue.waiting_since is not None)


def due_first(issue: Issue) -> DueFirst | None:
    """What is due first in one issue; None when nothing is."""
    return due_first_of([issue]).get(issue.id)


def due_first_of(issues: Sequence[Issue]) -> dict[int, DueFirst]:
    """The same for many, in one statement; issues in which nothing is due are left out."""
    owing = [issue.id for issue in issues if _owes_first(issue)]
    query = sa.select(Commitment.issue_id, Commitment.due_at, Commitment.text).where(
        Commitment.issue_id.in_(owing), is_open_promise()
    )
    rows: Any = db.session.execute(query.order_by(Commitment.id.desc())) if owing else ()
    promises = {(issue_id, due_at): text for issue_id, due_at, text in rows}
    found = {issue.id: _due_first(issue, promises) for issue in issues}
    return {issue_id: first for issue_id, first in found.items() if first is not None}


def _owes_first(issue: Issue) -> bool:
    owed, clock_at = issue.next_owed_at, issue.next_due_at
    return issue.closed_at is None and owed is not None and (clock_at is None or owed < clock_at)


def _due_first(issue: Issue, promises: dict[tuple[int, datetime], str]) -> DueFirst | None:
    if issue.next_owed_at is not None and _owes_first(issue):
        text = promises.get((issue.id, issue.next_owed_at))
        return DueFirst(Owed.FIX if text is None else Owed.PROMISE, issue.next_owed_at, text)
    clock = clock_due_first(issue)
    return None if clock is None or issue.next_due_at is None else DueFirst(clock, issue.next_due_at)
