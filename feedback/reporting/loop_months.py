"""Is the loop getting faster? Clocks kept in time, by the month in which they were due."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.defects.rules.months import month_index, month_start
from feedback.extensions import db
from feedback.issues.models import ClockRun, Issue
from feedback.issues.rules import Clock
from feedback.kernel import clock
from feedback.reporting.defect_rows import SharePoint
from feedback.reporting.loop_speed import SpeedFilter, came_to_an_end, issues_of, ran_out

MONTHS = 12  # the year up to now


def kept_by_month(viewer: Viewer, wanted: SpeedFilter) -> Mapping[Clock, Sequence[SharePoint]]:
    """Of the clocks that were due in each of the last twelve UTC months (`n`), those that were kept (`cited`).

    What is due later than now is left out even where it has ended: only those that were early would be in.
    The period of the filter is not looked at; severity, team and the viewer's scope are.
    """
    now = clock.now()
    last = month_index(now)
    months = [month_start(month) for month in range(last - MONTHS + 1, last + 1)]
    bounds = [*(datetime.combine(month, time(), UTC) for month in months), now]
    condition = issues_of(viewer, SpeedFilter(severity=wanted.severity, team_id=wanted.team_id))
    runs = {row.clock: row for row in db.session.execute(_runs(condition, bounds))}
    found = {}
    for one in Clock:
        late = db.session.execute(_running(one, condition, bounds)).one()
        found[one] = [
            SharePoint(
                month, _count(runs.get(one), f"due{place}") + _count(late, f"due{place}"), _count(runs.get(one), f"kept{place}")
            )
            for place, month in enumerate(months)
        ]
    return found


def _count(row: Any, name: str) -> int:
    return int(getattr(row, name) or 0) if row is not None else 0


def _runs(condition: sa.ColumnElement[bool], bounds: Sequence[datetime]) -> sa.Select[Any]:
    columns = []
    for place, within in enumerate(_within(ClockRun.due_at, bounds)):
        columns.append(_sum(within).label(f"due{place}"))
        columns.append(_sum(sa.and_(within, ClockRun.late_seconds == 0)).label(f"kept{place}"))
    query = sa.select(ClockRun.clock, *columns).join(Issue, Issue.id == ClockRun.issue_id)
    return query.where(condition, came_to_an_end(), ClockRun.due_at >= bounds[0], ClockRun.due_at < bounds[-1]).group_by(
        ClockRun.clock
    )


def _running(which: Clock, condition: sa.ColumnElement[bool], bounds: Sequence[datetime]) -> sa.Select[Any]:
    """Clocks that run still though they have run out, which no run of a clock tells of."""
    due, runs = ran_out(which)
    columns = [_sum(within).label(f"due{place}") for place, within in enumerate(_within(due, bounds))]
    return sa.select(*columns).select_from(Issue).where(condition, runs, due >= bounds[0], due < bounds[-1])


def _within(due: Any, bounds: Sequence[datetime]) -> list[sa.ColumnElement[bool]]:
    return [sa.and_(due >= start, due < end) for start, end in pairwise(bounds)]


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.func.sum(sa.case((condition, 1), else_=0))
