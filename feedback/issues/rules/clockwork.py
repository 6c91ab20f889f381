"""The clocks of an issue, computed from its log: a pure fold of events into what runs, until when, and what was missed.

An event that starts a clock carries the service level that was promised (`level`), so that what the administrator changes later
moves nothing that runs. The calendar is named in it, and its hours are those of today: a closing day that is entered later moves
what is still ahead. What was missed before stays missed: an `overdue` event holds the due date that passed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from feedback.issues.rules.clocks import RESETS_UPDATE, RUNNING
from feedback.issues.rules.enums import Clock, IssueState, Severity
from feedback.issues.rules.escalation import HEIGHT, Ladder, Rung, climb
from feedback.kernel.business_time import BusinessTime

TimeOf = Callable[[int | None], BusinessTime]
Pause = tuple[datetime, datetime]
_STATES = frozenset(IssueState)
_ALL = tuple(Clock)
LEVEL, RESTORED = "level", "restored"
UNCONFIRMED = frozenset({IssueState.FIXED, IssueState.CLOSED_UNVERIFIED})  # we say that it is solved, the customer has not
# what a log begins with; an issue of before the clocks were kept in it begins with what it had then
BEGINNINGS = frozenset({"opened", "adopted"})
# events that clocks follow; any event that names a state it leads `to` counts as well
TIMED = BEGINNINGS | {
    "moved", "progress", "reopened", "withdrawn", "severity_raised", "clock_restarted", "waiting_started", "waiting_ended",
    "overdue", "escalated", "interaction", "complaint_added", "merged", "merged_into", "harm_taken_back", RESTORED,
}  # fmt: skip


def leads_on(data: Mapping[str, Any]) -> bool:
    """Whether an event says that the issue goes to another state, or stays in it once more."""
    return data.get("to") in _STATES


@dataclass(frozen=True, slots=True)
class Level:
    """What is promised, and how its hours are counted: round the clock, or in the working hours of a calendar."""

    hours: Mapping[Clock, int]
    working: bool = False
    calendar_id: int | None = None

    def as_data(self) -> dict[str, Any]:
        """As it stands in an event."""
        return {
            **{str(clock): hours for clock, hours in self.hours.items()},
            "working": self.working,
            "calendar_id": self.calendar_id,
        }


def read_level(data: Mapping[str, Any]) -> Level | None:
    """The way back; None where an event has none."""
    said = data.get(LEVEL)
    return Level(said, said["working"], said["calendar_id"]) if said else None


@dataclass(slots=True)  # not frozen: a hundred thousand logs make a million of them
class Running:
    """One clock from its start on. Without `hours` only its due date is known."""

    started_at: datetime
    due_at: datetime
    hours: int | None = None
    working: bool = False
    calendar_id: int | None = None
    pauses: tuple[Pause, ...] = ()
    missed: bool = False
    contested: bool = False  # when it is due was said by calendars beyond its own hours: only the log can tell it again

    @property
    def settled(self) -> bool:
        """Whether it is due whatever calendars say."""
        return self.missed or self.hours is None or not self.working

    def as_data(self) -> dict[str, Any]:
        """As it stands in an event that hands it to another issue."""
        return {
            "started_at": self.started_at.isoformat(),
            "due_at": self.due_at.isoformat(),
            "hours": self.hours,
            "working": self.working,
            "calendar_id": self.calendar_id,
            "pauses": [[moment.isoformat() for moment in pause] for pause in self.pauses],
            "missed": self.missed,
        }

    def counted(self, time_of: TimeOf, *, working: bool) -> datetime:
        """When it would be due with its hours counted in one way or the other."""
        if self.hours is None or (working is self.working and self.missed):
            return self.due_at
        span = timedelta(hours=self.hours)
        time = time_of(self.calendar_id) if working else None
        due = self.started_at + span if time is None else time.add(self.started_at, span)
        for since, until in self.pauses:
            if since < due:
                due = due + (until - since) if time is None else time.add(until, time.between(since, due))
        return due

    def shifted(self, at: datetime, hours: int, time_of: TimeOf) -> datetime:
        """The instant so many hours after another one (before it: negative), counted as this clock is."""
        span = timedelta(hours=hours)
        return time_of(self.calendar_id).add(at, span) if self.working else at + span


def read_running(data: Mapping[str, Any]) -> Running:
    """A clock that another issue handed over."""
    moments = {name: datetime.fromisoformat(data[name]) for name in ("started_at", "due_at")}
    pauses = tuple((datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in data["pauses"])
    return Running(**(dict(data) | moments | {"pauses": pauses}))


@dataclass(frozen=True, slots=True)
class Run:
    """A clock that came to its end: in time, or late by so much."""

    clock: Clock
    started_at: datetime
    due_at: datetime
    ended_at: datetime

    @property
    def late(self) -> timedelta:
        """By how much; nothing if it was in time."""
        return max(self.ended_at - self.due_at, timedelta())


@dataclass(frozen=True, slots=True)
class Alarm:
    """Somebody has to be told at this moment: of a clock that ran out (no rung), or because a rung of the ladder is reached."""

    at: datetime
    clock: Clock
    due_at: datetime
    rung: Rung | None = None


@dataclass(slots=True)
class Clocks:
    """What the log of one issue says about its clocks."""

    state: IssueState
    severity: Severity
    known: dict[Clock, Running]  # the newest of each, whether it runs or not
    waiting_since: datetime | None = None
    runs: list[Run] = field(default_factory=list)
    told: dict[tuple[Clock, datetime, Rung], datetime] = field(default_factory=dict)  # of which due date, and when
    climbed: int = 0  # the highest rung since the issue (re)opened, 0 for none

    @property
    def running(self) -> list[Clock]:
        """Those that run: none stands still but the resolution while the customer is waited for."""
        clocks = RUNNING[self.state]
        return [clock for clock in clocks if self.waiting_since is None or clock is not Clock.RESOLUTION]

    @property
    def next_due_at(self) -> datetime | None:
        """The first one due; None when nothing is left to do."""
        return min((self.known[clock].due_at for clock in self.running), default=None)

    def next_alarm_at(self, ladder: Ladder, time_of: TimeOf) -> datetime | None:
        """When the first of them is. Rungs lie in their order, so that of each clock only the next one has to be counted."""
        found = []
        for clock in self.running:
            running = self.known[clock]
            rung = next(iter(self._rungs(clock, running, ladder, time_of, running.started_at)), None)
            found += [] if rung is None else [rung.at]
            found += [] if running.missed else [running.due_at]
        return min(found, default=None)

    def alarms(self, ladder: Ladder, time_of: TimeOf, now: datetime) -> list[Alarm]:
        """Who is still to be told of the clocks that run, in order, if nobody is told of anything before now."""
        found: list[Alarm] = []
        for clock in self.running:
            running = self.known[clock]
            if not running.missed:
                found.append(Alarm(running.due_at, clock, running.due_at))
            found += self._rungs(clock, running, ladder, time_of, now)
        return sorted(found, key=lambda alarm: (alarm.at, HEIGHT.get(alarm.rung, 0) if alarm.rung else 0))

    def _rungs(self, clock: Clock, running: Running, ladder: Ladder, time_of: TimeOf, earliest: datetime) -> Iterable[Alarm]:
        steps = [(rung, ladder[self.severity, rung]) for rung in Rung if (self.severity, rung) in ladder]
        told = {rung: self.told.get((clock, running.due_at, rung)) for rung, _hours in steps}
        for at, rung in climb(steps, told, running, earliest, time_of):
            yield Alarm(at, clock, running.due_at, rung)


def fold(events: Iterable[tuple[str, Mapping[str, Any], datetime]], time_of: TimeOf) -> Clocks | None:
    """The clocks after all these events (kind, data, instant), the oldest first; None where the log has no beginning."""
    folding = _fold(list(events), time_of)
    return None if folding is None else folding.clocks


def _fold(log: Sequence[tuple[str, Mapping[str, Any], datetime]], time_of: TimeOf) -> "_Folding | None":
    folding: _Folding | None = None
    for kind, data, at in log:
        if kind == RESTORED:  # what followed from something that nobody said: the clocks are those of before
            folding = _fold(log[: data["keep"]], time_of)
        elif folding is not None:
            folding.apply(kind, data, at)
        elif kind in BEGINNINGS:
            folding = _Folding.begin(kind, data, at, time_of)
    return folding


def begin(severity: Severity, level: Level, at: datetime, time_of: TimeOf) -> Clocks:
    """The clocks of an issue that opens now."""
    return _Folding(Clocks(IssueState.NEW, severity, {}), time_of).started(level, at)


class _Folding:
    """The clocks so far, and what each event does to them."""

    def __init__(self, clocks: Clocks, time_of: TimeOf) -> None:
        self.clocks, self._time_of = clocks, time_of

    @classmethod
    def begin(cls, kind: str, data: Mapping[str, Any], at: datetime, time_of: TimeOf) -> "_Folding | None":
        level, severity = read_level(data), Severity(data["severity"])
        if kind == "adopted":
            missed = data.get("missed", ())
            due = {clock: Running(at, datetime.fromisoformat(data["due"][clock]), missed=clock in missed) for clock in _ALL}
            return cls(Clocks(IssueState(data["state"]), severity, due), time_of)
        if level is None:
            return None
        return cls(begin(severity, level, at, time_of), time_of)

    def started(self, level: Level, at: datetime) -> Clocks:
        self.clocks.known = {clock: self._start(clock, level, at) for clock in _ALL}
        return self.clocks

    def apply(self, kind: str, data: Mapping[str, Any], at: datetime) -> None:
        """Do what one event does."""
        if kind == "reopened":
            self._reopen(data, at)
        elif leads_on(data):
            self._enter(IssueState(data["to"]), data, at)
        elif kind in _DOES:
            _DOES[kind](self, data, at)

    def _start(self, clock: Clock, level: Level, at: datetime) -> Running:
        hours = level.hours[clock]
        span = timedelta(hours=hours)
        due = self._time_of(level.calendar_id).add(at, span) if level.working else at + span
        return Running(at, due, hours, level.working, level.calendar_id)

    def _tighten(self, clock: Clock, other: Running) -> None:
        """The earlier one of the clock that is known and another one holds."""
        known = self.clocks.known[clock]
        earlier = other if other.due_at < known.due_at else known
        if known.contested or not (known.settled and other.settled):
            earlier = replace(earlier, contested=True)
        self.clocks.known[clock] = earlier

    def _enter(self, state: IssueState, data: Mapping[str, Any], at: datetime) -> None:
        before, clocks = self.clocks.state, self.clocks
        for clock in RUNNING[before]:
            if clock not in RUNNING[state]:
                self._end(clock, at)
        if Clock.RESOLUTION not in RUNNING[state]:
            clocks.waiting_since = None
        if state in RESETS_UPDATE:
            self._restart_update(data, at)
        clocks.state = state

    def _restart_update(self, data: Mapping[str, Any], at: datetime) -> None:
        """The customer knows where it stands: the next update is due a full period from now."""
        if Clock.NEXT_UPDATE in RUNNING[self.clocks.state]:
            self._end(Clock.NEXT_UPDATE, at)
        level = read_level(data)
        if level is not None:
            self.clocks.known[Clock.NEXT_UPDATE] = self._start(Clock.NEXT_UPDATE, level, at)

    def _reopen(self, data: Mapping[str, Any], at: datetime) -> None:
        for clock in RUNNING[self.clocks.state]:
            self._drop(clock, at)
        level, promised = read_level(data), self.clocks.known[Clock.RESOLUTION]
        unconfirmed = self.clocks.state in UNCONFIRMED
        self.clocks.state, self.clocks.waiting_since, self.clocks.climbed = IssueState.ROUTED, None, 0
        if level is not None:
            self.started(level, at)
            if unconfirmed:
                self._go_on_owing(promised, at)

    def _go_on_owing(self, promised: Running, at: datetime) -> None:
        """A fix that the customer did not confirm was none: what was left of the promised time when it was announced is left
        now, and what was late then is late still. Only the time in which we waited for the customer's word does not count.
        """
        announced = next((run.ended_at for run in reversed(self.clocks.runs) if run.clock is Clock.RESOLUTION), at)
        due = promised.due_at
        if announced < due:
            time = self._time_of(promised.calendar_id) if promised.working else None
            due = at + (due - announced) if time is None else time.add(at, time.between(announced, due))
        fresh = self.clocks.known[Clock.RESOLUTION]
        rest = replace(promised, started_at=at, due_at=due, hours=None, pauses=())
        counted = promised.contested or promised.working or fresh.working
        self.clocks.known[Clock.RESOLUTION] = replace(rest if due < fresh.due_at else fresh, contested=counted)

    def _withdraw(self, _data: Mapping[str, Any], at: datetime) -> None:
        for clock in RUNNING[self.clocks.state]:
            self._drop(clock, at)
        self.clocks.state, self.clocks.waiting_since = IssueState.CLOSED, None

    def _merge(self, data: Mapping[str, Any], at: datetime) -> None:
        """What was promised in the issue that became part of this one holds here, where it is earlier."""
        for name, said in data.get("clocks", {}).items():
            clock, theirs = Clock(name), read_running(said)
            if clock in RUNNING[self.clocks.state]:
                due_at = theirs.counted(self._time_of, working=theirs.working)  # by its calendar as it is now
                self._tighten(clock, replace(theirs, due_at=due_at))
        for name, due_at, rung, *told_at in data.get("told", ()):  # a merge of before does not say when
            told = Clock(name), datetime.fromisoformat(due_at), Rung(rung)
            self.clocks.told.setdefault(told, datetime.fromisoformat(*told_at) if told_at else at)

    def _merge_into(self, data: Mapping[str, Any], at: datetime) -> None:
        """What goes on in the other issue did not end here; what does not is dropped."""
        for clock in RUNNING[self.clocks.state]:
            if clock not in data.get("handed", ()):
                self._drop(clock, at)
        self.clocks.state, self.clocks.waiting_since = IssueState.CLOSED, None

    def _lower(self, data: Mapping[str, Any], _at: datetime) -> None:
        """Less grave from now on; what was promised stays."""
        self.clocks.severity = Severity(data["now"])

    def _raise(self, data: Mapping[str, Any], at: datetime) -> None:
        """A full period of the graver level, but never later than promised before."""
        self.clocks.severity = Severity(data["now"])
        level = read_level(data)
        if level is not None:
            for clock in _ALL:
                self._tighten(clock, self._start(clock, level, at))

    def _wait(self, data: Mapping[str, Any], at: datetime) -> None:
        if Clock.RESOLUTION in self.clocks.running:
            self.clocks.waiting_since = at
        if Clock.NEXT_UPDATE in self.clocks.running:
            self._restart_update(data, at)

    def _go_on(self, _data: Mapping[str, Any], at: datetime) -> None:
        since = self.clocks.waiting_since
        if since is None:
            return
        self.clocks.waiting_since = None
        paused = self.clocks.known[Clock.RESOLUTION]
        since = max(since, paused.started_at)  # a graver level may have started it anew meanwhile
        # where its calendar may yet move the due date past the pause, it is kept with the clock; counting leaves it out till then
        if not paused.missed and (since < paused.due_at or not paused.settled):
            longer = replace(paused, pauses=(*paused.pauses, (since, at)))
            due = longer.counted(self._time_of, working=paused.working) if paused.hours else paused.due_at + (at - since)
            self.clocks.known[Clock.RESOLUTION] = replace(longer, due_at=due)

    def _talk(self, data: Mapping[str, Any], at: datetime) -> None:
        if data.get("direction") == "in":  # the customer spoke
            self._go_on(data, at)

    def _miss(self, data: Mapping[str, Any], _at: datetime) -> None:
        clock, due = Clock(data["clock"]), datetime.fromisoformat(data["due_at"])
        self.clocks.known[clock] = replace(self.clocks.known[clock], due_at=due, missed=True)

    def _climb(self, data: Mapping[str, Any], at: datetime) -> None:
        rung = Rung(data["rung"])
        self.clocks.told.setdefault((Clock(data["clock"]), datetime.fromisoformat(data["due_at"]), rung), at)
        if data.get("told") != []:  # nobody to be told: it has not gone there
            self.clocks.climbed = max(self.clocks.climbed, HEIGHT[rung])

    def _end(self, clock: Clock, at: datetime) -> None:
        ended = self.clocks.known[clock]
        self.clocks.runs.append(Run(clock, ended.started_at, ended.due_at, at))

    def _drop(self, clock: Clock, at: datetime) -> None:
        """A clock that is stopped without having been kept counts only if it was missed already."""
        if at > self.clocks.known[clock].due_at and (clock is not Clock.RESOLUTION or self.clocks.waiting_since is None):
            self._end(clock, at)


_DOES: Mapping[str, Callable[[_Folding, Mapping[str, Any], datetime], None]] = {
    "withdrawn": _Folding._withdraw,
    "merged": _Folding._merge,
    "merged_into": _Folding._merge_into,
    "severity_raised": _Folding._raise,
    "harm_taken_back": _Folding._lower,
    "clock_restarted": _Folding._restart_update,
    "waiting_started": _Folding._wait,
    "waiting_ended": _Folding._go_on,
    "complaint_added": _Folding._go_on,  # the customer spoke
    "interaction": _Folding._talk,
    "overdue": _Folding._miss,
    "escalated": _Folding._climb,
}
