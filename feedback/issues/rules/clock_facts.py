"""What the log of an issue says about its clocks that no calendar changes: small enough to stand beside the issue.

Due dates follow from it by counting alone (`due_dates`), so that a calendar that is changed needs no log to be read again. Where
a calendar decided which of two clocks holds, only the log can tell: there are no such facts then, nor once nothing runs.
"""

from datetime import datetime
from typing import Any

from feedback.issues.rules.clocks import RUNNING
from feedback.issues.rules.clockwork import Clocks, Running
from feedback.issues.rules.enums import Clock
from feedback.issues.rules.escalation import HEIGHT
from feedback.kernel.business_time import EPOCH, MICRO

_PLACE = {clock: place for place, clock in enumerate(Clock)}


def clock_facts(clocks: Clocks) -> dict[str, Any] | None:
    """As they are stored; instants are microseconds since 1970.

    state, severity: as the log has them.
    waits: whether the resolution stands still.
    clocks: for each `Clock` when it started, its hours, 1 where they are working hours, whose (0: the default calendar),
        when it is due if no counting says so (0: counting does), 1 where it was missed.
    pauses: of the resolution, from when until when.
    told: who was told of what: place of the clock, the due date, height of the rung, and when.
    """
    if not RUNNING[clocks.state] or any(running.contested for running in clocks.known.values()):
        return None
    resolution = clocks.known[Clock.RESOLUTION]
    pauses = () if _is_given(resolution) else resolution.pauses
    return {
        "state": clocks.state.value,
        "severity": clocks.severity.value,
        "waits": clocks.waiting_since is not None,
        "clocks": [_numbers(clocks.known[clock]) for clock in Clock],
        "pauses": [[_micro(since), _micro(until)] for since, until in pauses],
        "told": sorted([_PLACE[clock], _micro(due), HEIGHT[rung], _micro(at)] for (clock, due, rung), at in clocks.told.items()),
    }


def _is_given(running: Running) -> bool:
    return running.missed or running.hours is None


def _numbers(running: Running) -> list[int]:
    due = _micro(running.due_at) if _is_given(running) else 0
    working, calendar = int(running.working), running.calendar_id or 0
    return [_micro(running.started_at), running.hours or 0, working, calendar, due, int(running.missed)]


def _micro(at: datetime) -> int:
    return (at - EPOCH) // MICRO
