"""The stored clocks follow the log: whatever is noted about an issue, its columns are what the fold of its events says.

`history.note` calls this; nobody else has to think of clocks. What ended is kept in `issue_clock_run`, once and for good.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.accounts.rules import ValueTier
from feedback.calendars.queries import Calendars
from feedback.extensions import db
from feedback.issues.inserting import insert_ignoring_conflicts
from feedback.issues.models import ClockRun, EscalationStep, Issue, IssueEvent
from feedback.issues.queries import staffing
from feedback.issues.rules import WORK_ITEM_LEVEL, WORK_ITEMS, Clock, IssueSource, LevelHours, Severity
from feedback.issues.rules.clock_facts import clock_facts
from feedback.issues.rules.clockwork import Clocks, Level, Run, begin, fold
from feedback.issues.rules.escalation import DEFAULT_LADDER, Ladder, Rung
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared

STEP = 250  # issues in memory at once: with more, collecting garbage takes as long as the work
_event, _step = IssueEvent.__table__.c, EscalationStep.__table__.c
_LOG = Prepared(
    sa.select(_event.issue_id, _event.kind, _event.data, _event.occurred_at)
    .where(in_list(_event.issue_id, "ids"))
    .order_by(_event.issue_id, _event.id)
)
_LADDER = Prepared(sa.select(_step.severity, _step.rung, _step.hours))


def get_ladder() -> Ladder:
    """The stored ladder; before anybody set one, the default."""
    stored: Any = _LADDER.rows(db.session.connection(), {})
    return {(Severity(severity), Rung(rung)): hours for severity, rung, hours in stored} or DEFAULT_LADDER


@dataclass
class Reckoning:
    """What every fold needs, read once for a list of issues."""

    calendars: Calendars = field(default_factory=Calendars)
    levels: Mapping[tuple[Severity, ValueTier], LevelHours] = field(default_factory=staffing.get_levels)
    ladder: Ladder = field(default_factory=get_ladder)

    def level(self, source: IssueSource, severity: Severity, tier: ValueTier, team_id: int | None) -> Level:
        """What is promised from now on to a customer of this tier, by this team."""
        found = WORK_ITEM_LEVEL if source in WORK_ITEMS else self.levels[severity, tier]
        return Level(found.hours, found.working, self.calendars.of_team(team_id) if found.working else None)

    def opened(self, severity: Severity, level: Level, at: datetime) -> dict[str, Any]:
        """The columns of an issue that opens now."""
        return self.columns(begin(severity, level, at, self.calendars.time_of))

    def columns(self, clocks: Clocks) -> dict[str, Any]:
        """The columns that hold these clocks."""
        return {
            "first_contact_due_at": clocks.known[Clock.FIRST_CONTACT].due_at,
            "next_update_due_at": clocks.known[Clock.NEXT_UPDATE].due_at,
            "resolution_due_at": clocks.known[Clock.RESOLUTION].due_at,
            "next_due_at": clocks.next_due_at,
            "waiting_since": clocks.waiting_since,
            "next_alarm_at": clocks.next_alarm_at(self.ladder, self.calendars.time_of),
            "escalated": clocks.climbed,
            "clock_facts": clock_facts(clocks),
        }

    def fold_of(self, issue_ids: Sequence[int]) -> dict[int, Clocks]:
        """The clocks of issues by their logs; one whose log has no beginning is left out."""
        db.session.flush()
        logs: dict[int, list[tuple[str, Mapping[str, Any], datetime]]] = {}
        for issue_id, kind, data, at in _LOG.rows(db.session.connection(), {"ids": sorted(issue_ids)}):
            logs.setdefault(issue_id, []).append((kind, data, at))
        folded = {issue_id: fold(log, self.calendars.time_of) for issue_id, log in logs.items()}
        return {issue_id: clocks for issue_id, clocks in folded.items() if clocks is not None}


def follow_log(issue_id: int) -> None:
    """After something was noted: the columns of the issue, and the runs that ended with it."""
    reckoning = Reckoning()
    clocks = reckoning.fold_of([issue_id]).get(issue_id)
    if clocks is None:
        return
    issue = db.session.get_one(Issue, issue_id)
    for name, value in reckoning.columns(clocks).items():
        setattr(issue, name, value)
    db.session.flush()
    keep_runs({issue_id: clocks.runs})


def running_of(issue: Issue) -> dict[str, Any]:
    """What an issue that becomes part of another one hands over: its running clocks, and who was told of them."""
    clocks = Reckoning().fold_of([issue.id]).get(issue.id)
    if clocks is None:
        return {"clocks": {}, "told": []}
    running = {clock.value: clocks.known[clock].as_data() for clock in clocks.running}
    told = [
        [clock, due_at.isoformat(), rung, at.isoformat()] for (clock, due_at, rung), at in clocks.told.items() if clock in running
    ]
    return {"clocks": running, "told": sorted(told)}


def follow_logs(issue_ids: Sequence[int]) -> int:
    """The same for many, with a number of statements that does not grow; answers how many issues had other columns."""
    reckoning, changed = Reckoning(), 0
    for start in range(0, len(issue_ids), STEP):
        part = issue_ids[start : start + STEP]
        folded = reckoning.fold_of(part)
        wanted = {issue_id: reckoning.columns(clocks) for issue_id, clocks in folded.items()}
        rows = list(_different(wanted))
        _SET.each(db.session.connection(), rows)
        keep_runs({issue_id: clocks.runs for issue_id, clocks in folded.items()})
        changed += len(rows)
    return changed


_issue = Issue.__table__.c
_NAMES = (
    "first_contact_due_at", "next_update_due_at", "resolution_due_at", "next_due_at",
    "waiting_since", "next_alarm_at", "escalated", "clock_facts",
)  # fmt: skip
_table: Any = Issue.__table__
_SET = Prepared(
    sa.update(_table)
    .where(_issue.id == sa.bindparam("issue_id"))
    .values({name: sa.bindparam(f"new_{name}", type_=_issue[name].type) for name in _NAMES})
)
_run = ClockRun.__table__.c
_RUNS = Prepared(
    sa.select(_run.issue_id, sa.func.count().label("runs")).where(in_list(_run.issue_id, "ids")).group_by(_run.issue_id)
)
_STORED = Prepared(sa.select(_issue.id, *(_issue[name] for name in _NAMES)).where(in_list(_issue.id, "ids")))


def _different(wanted: Mapping[int, Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """The parameters of `_SET` for issues whose columns are others."""
    for issue_id, *stored in _STORED.rows(db.session.connection(), {"ids": sorted(wanted)}):
        values = wanted[issue_id]
        if stored != [values[name] for name in _NAMES]:
            yield {"issue_id": issue_id} | {f"new_{name}": values[name] for name in _NAMES}


def keep_runs(runs: Mapping[int, Sequence[Run]]) -> None:
    """Write down what ended; what stands there already stays as it was."""
    if not any(runs.values()):
        return
    stored = {issue_id: count for issue_id, count in _RUNS.rows(db.session.connection(), {"ids": sorted(runs)})}  # noqa: C416
    rows = [
        {
            "issue_id": issue_id,
            "clock": run.clock,
            "started_at": run.started_at,
            "due_at": run.due_at,
            "ended_at": run.ended_at,
            "late_seconds": round(run.late.total_seconds()),
        }
        for issue_id, ended in runs.items()
        if len(ended) > stored.get(issue_id, 0)
        for run in ended
    ]
    insert_ignoring_conflicts(ClockRun, ("issue_id", "clock", "started_at"), rows)


def level_of(issue: Issue) -> Level:
    """What is promised from now on for an issue as it is."""
    return Reckoning().level(issue.source, issue.severity, issue.value_tier, issue.team_id)
