"""The due dates of many issues from their `clock_facts`: what the fold of their logs would say, counted in columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from feedback.issues.rules.clocks import RUNNING
from feedback.issues.rules.enums import Clock, IssueState, Severity
from feedback.issues.rules.escalation import HEIGHT, Ladder
from feedback.kernel.business_time import MINUTE, BusinessTime
from feedback.kernel.business_times import Moments, Timetable, WallTime

NEVER = np.iinfo(np.int64).max
HOUR = 60 * MINUTE
_KINDS = len(Clock)
_RUNS = {state: [clock in running for clock in Clock] for state, running in RUNNING.items()}
_RESOLUTION = list(Clock).index(Clock.RESOLUTION)
_GRAVITY = {severity: place for place, severity in enumerate(Severity)}
_NO_RUNG = np.iinfo(np.int64).min
_Counting = WallTime | Timetable
_Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DueColumns:
    """One row per issue, in microseconds since 1970."""

    due_at: Moments  # a column per `Clock`
    next_due_at: Moments  # NEVER when nothing is left to do
    next_alarm_at: Moments  # NEVER when nobody has to be told


def due_dates(facts: Sequence[Mapping[str, Any]], ladder: Ladder, time_of: Callable[[int | None], BusinessTime]) -> DueColumns:
    """Count the clocks of these issues, all of one calendar at once."""
    clocks = _Clocks(facts)
    due_at, alarm_at = np.empty_like(clocks.started_at), np.empty_like(clocks.started_at)
    for calendar in np.unique(clocks.calendar):
        counting: _Counting = WallTime() if calendar < 0 else Timetable(time_of(int(calendar)))
        mine = clocks.calendar == calendar
        due_at[mine] = _due(clocks, mine, counting)[mine]
        alarm_at[mine] = _alarms(clocks, mine, counting, due_at, ladder)[mine]
    rows = (len(facts), _KINDS)
    next_due_at = np.where(clocks.running, due_at, NEVER).reshape(rows).min(axis=1)
    return DueColumns(due_at.reshape(rows), next_due_at, alarm_at.reshape(rows).min(axis=1))


class _Clocks:
    """The clocks of all issues one after the other: what is known of each, and of what happened to some of them."""

    def __init__(self, facts: Sequence[Mapping[str, Any]]) -> None:
        numbers = np.array([one["clocks"] for one in facts], np.int64).reshape(-1, 6).T
        self.started_at, hours, working, calendar, self.given, missed = numbers
        self.span, self.missed = hours * HOUR, missed.astype(bool)
        self.calendar = np.where(working == 1, calendar, -1)
        running = np.array([_RUNS[IssueState(one["state"])] for one in facts], bool)
        running[[one["waits"] for one in facts], _RESOLUTION] = False
        self.running = running.ravel()
        self.gravity = np.repeat([_GRAVITY[Severity(one["severity"])] for one in facts], _KINDS)
        # rows of (clock, which pause of it, since, until) and of (clock, due date, height of the rung, when it was told)
        self.pauses = _rows(
            [
                (place * _KINDS + _RESOLUTION, turn, *pause)
                for place, one in enumerate(facts)
                for turn, pause in enumerate(one["pauses"])
            ],
            4,
        )
        self.told = _rows([(place * _KINDS + kind, *told) for place, one in enumerate(facts) for kind, *told in one["told"]], 4)


def _rows(found: list[tuple[int, ...]], width: int) -> Moments:
    return np.array(found, np.int64).reshape(-1, width)


def _due(clocks: _Clocks, mine: _Flags, counting: _Counting) -> Moments:
    """When each of `mine` is due: its hours from its start on, each pause in turn, as `Running.counted` says."""
    due = clocks.given.copy()
    count = mine & (clocks.given == 0)
    due[count] = counting.add(clocks.started_at[count], clocks.span[count])
    pauses = clocks.pauses[count[clocks.pauses[:, 0]]]
    for turn in np.unique(pauses[:, 1]):
        paused, _turn, since, until = pauses[pauses[:, 1] == turn].T
        holds = since < due[paused]
        paused, since, until = paused[holds], since[holds], until[holds]
        due[paused] = counting.add(until, counting.between(since, due[paused]))
    return due


def _alarms(clocks: _Clocks, mine: _Flags, counting: _Counting, due: Moments, ladder: Ladder) -> Moments:
    """When somebody has to be told of each of `mine` next, as `Clocks.next_alarm_at` says."""
    seeks = mine & clocks.running
    alarm = np.where(seeks & ~clocks.missed, due, NEVER)
    below_at, below_hours = np.full_like(due, NEVER), np.zeros_like(due)  # the nearest rung below that was told
    for rung, height in HEIGHT.items():
        hours = np.array([ladder.get((severity, rung), _NO_RUNG) for severity in Severity], np.int64)[clocks.gravity]
        told_at = _told_at(clocks, height, due)
        stands = seeks & (hours != _NO_RUNG)
        asked = stands & (told_at == NEVER)
        at = np.full_like(due, NEVER)
        at[asked] = counting.add(due[asked], hours[asked] * HOUR)
        # a warning before the clock has begun warns of nothing
        reached = asked & ((at > clocks.started_at) | (hours >= 0))
        late = reached & (below_at != NEVER)
        at[late] = np.maximum(at[late], counting.add(below_at[late], (hours - below_hours)[late] * HOUR))
        alarm[reached] = np.minimum(alarm[reached], at[reached])
        seeks &= ~reached  # rungs lie in their order
        told = stands & (told_at != NEVER)
        below_at[told], below_hours[told] = told_at[told], hours[told]
    return alarm


def _told_at(clocks: _Clocks, height: int, due: Moments) -> Moments:
    """When a rung was told of each clock as it is due now; NEVER where it was not."""
    told = clocks.told[clocks.told[:, 2] == height]
    told = told[told[:, 1] == due[told[:, 0]]]
    found = np.full_like(due, NEVER)
    found[told[:, 0]] = told[:, 3]
    return found
