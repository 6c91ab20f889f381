"""How fast the loop is: the time between any two states, with what is still open counted, and clocks kept in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.extensions import db
from feedback.issues.models import ClockRun, Issue, IssueEvent
from feedback.issues.queries.counting import was_a_problem
from feedback.issues.rules import WORK_ITEMS, Clock, Severity
from feedback.issues.rules.clockwork import UNCONFIRMED
from feedback.issues.rules.durations import Durations, durations
from feedback.kernel import clock
from feedback.listening.rules.coverage import Rate, count_rate

PERMISSION = "loop.read"


class Milestone(StrEnum):
    """What an issue reaches, in order."""

    OPENED = "opened"
    ROUTED = "routed"
    CONTACTED = "contacted"
    DIAGNOSED = "diagnosed"
    IN_FIX = "in_fix"
    FIXED = "fixed"
    VERIFIED = "verified"
    CLOSED = "closed"


STAGES = (
    (Milestone.OPENED, Milestone.ROUTED),
    (Milestone.OPENED, Milestone.CONTACTED),
    (Milestone.CONTACTED, Milestone.DIAGNOSED),
    (Milestone.DIAGNOSED, Milestone.IN_FIX),
    (Milestone.IN_FIX, Milestone.FIXED),
    (Milestone.FIXED, Milestone.VERIFIED),
    (Milestone.OPENED, Milestone.FIXED),
    (Milestone.OPENED, Milestone.CLOSED),
)


@dataclass(frozen=True)
class SpeedFilter:
    """Issues opened from `since` on and before `until` (None: no end)."""

    since: datetime | None = None
    until: datetime | None = None
    severity: Severity | None = None
    team_id: int | None = None


@dataclass(frozen=True)
class Stage:
    """How long it takes from one state to another."""

    start: Milestone
    end: Milestone
    hours: Durations


@dataclass(frozen=True)
class ClockLine:
    """How often a clock is kept. `late_hours` are those of the median miss."""

    clock: Clock
    kept: Rate
    missed: int
    overdue: int  # of the missed: open still
    late_hours: float | None


@dataclass(frozen=True)
class LoopSpeed:
    """All of it; `issues` is how many were opened in the period."""

    issues: int
    stages: Sequence[Stage]
    clocks: Sequence[ClockLine]
    chosen: Stage | None = None


def loop_speed(
    viewer: Viewer, wanted: SpeedFilter, chosen: tuple[Milestone, Milestone] | None = None, stages: Sequence[Any] = STAGES
) -> LoopSpeed:
    """The speed of the loop in the viewer's scope; `chosen` is one more pair of states."""
    reached = _Reached(issues_of(viewer, wanted), clock.now())
    found = [Stage(start, end, reached.between(start, end)) for start, end in stages]
    extra = Stage(*chosen, reached.between(*chosen)) if chosen else None
    return LoopSpeed(len(reached.opened), found, [_clock_line(one, reached) for one in Clock], extra)


def issues_of(viewer: Viewer, wanted: SpeedFilter) -> sa.ColumnElement[bool]:
    """The issues that count: of the filter, in the viewer's scope, and no work items."""
    # reminders to get in touch are nobody's problem being solved
    parts = [_scope(viewer), was_a_problem(), Issue.source.not_in(WORK_ITEMS)]
    if wanted.since is not None:
        parts.append(Issue.opened_at >= wanted.since)
    if wanted.until is not None:
        parts.append(Issue.opened_at < wanted.until)
    if wanted.severity is not None:
        parts.append(Issue.severity == wanted.severity)
    if wanted.team_id is not None:
        parts.append(Issue.team_id == wanted.team_id)
    return sa.and_(*parts)


def _scope(viewer: Viewer) -> sa.ColumnElement[bool]:
    scope = scope_of(viewer, PERMISSION)
    if scope is Scope.ALL:
        return sa.true()
    return Issue.team_id == viewer.team_id if scope is Scope.TEAM and viewer.team_id is not None else sa.false()


@dataclass
class _Reached:
    """When each issue first reached each state, in hours since 1970; read per state, when it is asked."""

    condition: sa.ColumnElement[bool]
    now: datetime
    _known: dict[Milestone, Mapping[int, datetime]] = field(default_factory=dict)
    opened: Mapping[int, datetime] = field(init=False)
    closed: Mapping[int, datetime] = field(init=False)

    def __post_init__(self) -> None:
        own = (self.condition, Issue.merged_into_id.is_(None))  # what was merged ends where the other one does
        rows = db.session.execute(sa.select(Issue.id, Issue.opened_at, Issue.closed_at).where(*own)).all()
        self.opened = {row.id: row.opened_at for row in rows}
        self.closed = {row.id: row.closed_at for row in rows if row.closed_at is not None}

    def at(self, milestone: Milestone) -> Mapping[int, datetime]:
        """The first time of every issue that got there."""
        if milestone is Milestone.OPENED:
            return self.opened
        if milestone is Milestone.CLOSED:
            return self.closed
        if milestone not in self._known:
            self._known[milestone] = self._first(milestone)
        return self._known[milestone]

    def _first(self, milestone: Milestone) -> Mapping[int, datetime]:
        entered = IssueEvent.data["to"].as_string() == milestone.value
        if milestone is Milestone.ROUTED:
            entered = IssueEvent.kind.in_(("routed", "assigned"))
        query = (
            sa.select(IssueEvent.issue_id, sa.func.min(IssueEvent.occurred_at).label("at"))
            .join(Issue, Issue.id == IssueEvent.issue_id)
            .where(self.condition, entered)
            .group_by(IssueEvent.issue_id)
        )
        return {row.issue_id: row.at for row in db.session.execute(query) if row.issue_id in self.opened}

    def between(self, start: Milestone, end: Milestone) -> Durations:
        """The time from one state to the other. Who never got to the second is counted as longer than until now, or as longer
        than until the issue was closed without it.
        """
        began, reached = self.at(start), self.at(end)
        hours, ended = [], []
        for issue_id, since in began.items():
            until = reached.get(issue_id)
            if until is not None and until < since:
                continue  # got to the second state before the first: not on this way
            last = until or self.closed.get(issue_id) or self.now
            hours.append(max((last - since) / timedelta(hours=1), 0.0))
            ended.append(until is not None)
        return durations(np.array(hours, float), np.array(ended, bool))


def _clock_line(which: Clock, reached: _Reached) -> ClockLine:
    runs = (
        sa.select(ClockRun.late_seconds)
        .join(Issue, Issue.id == ClockRun.issue_id)
        .where(reached.condition, ClockRun.clock == which, came_to_an_end())
    )
    late = [seconds / 3600 for seconds in db.session.scalars(runs)]
    missed = [hours for hours in late if hours]
    overdue = _overdue(which, reached)
    kept = count_rate(len(late) - len(missed), len(late) + overdue)
    return ClockLine(which, kept, len(missed) + overdue, overdue, float(np.median(missed)) if missed else None)


def came_to_an_end() -> sa.ColumnElement[bool]:
    """Of a `ClockRun`: it ended for good. A fix that the customer refused ended no resolution: the same promise runs on."""
    refused = sa.exists().where(
        IssueEvent.issue_id == ClockRun.issue_id,
        IssueEvent.kind == "reopened",
        IssueEvent.occurred_at >= ClockRun.ended_at,
        IssueEvent.data["was"].as_string().in_(UNCONFIRMED),
    )
    return sa.or_(ClockRun.clock != Clock.RESOLUTION, ~refused)


def _overdue(which: Clock, reached: _Reached) -> int:
    """Clocks that run still, and ran out."""
    due, runs = ran_out(which)
    query = sa.select(sa.func.count()).select_from(Issue).where(reached.condition, runs, due < reached.now)
    return db.session.scalar(query) or 0


def ran_out(which: Clock) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[bool]]:
    """When a clock is due, and whether it runs: for an issue that is open."""
    due, runs = {
        Clock.FIRST_CONTACT: (Issue.first_contact_due_at, Issue.contacted_at.is_(None)),
        Clock.NEXT_UPDATE: (Issue.next_update_due_at, Issue.contacted_at.is_not(None)),
        Clock.RESOLUTION: (Issue.resolution_due_at, sa.and_(Issue.fixed_at.is_(None), Issue.waiting_since.is_(None))),
    }[which]
    return sa.type_coerce(due, Issue.opened_at.type), sa.and_(Issue.closed_at.is_(None), runs)
