"""The three due dates of an issue: which service level sets them, which of them run, when it is overdue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from feedback.accounts.rules import ValueTier
from feedback.issues.rules.enums import Clock, IssueState, Severity

Cell = tuple[Severity, ValueTier]


@dataclass(frozen=True)
class LevelHours:
    """One cell of the service-level table: hours round the clock, or working hours of the team's calendar."""

    first_contact_hours: int
    next_update_hours: int
    resolution_hours: int
    working: bool = False

    @property
    def hours(self) -> dict[Clock, int]:
        """The hours of each clock."""
        return {
            Clock.FIRST_CONTACT: self.first_contact_hours,
            Clock.NEXT_UPDATE: self.next_update_hours,
            Clock.RESOLUTION: self.resolution_hours,
        }


# First contact: 48 h is what detractors are promised at most, 24 h where much is at stake.
DEFAULT_LEVELS: Mapping[Cell, LevelHours] = {
    (Severity.CRITICAL, ValueTier.A): LevelHours(4, 24, 72),
    (Severity.CRITICAL, ValueTier.B): LevelHours(8, 24, 96),
    (Severity.CRITICAL, ValueTier.C): LevelHours(24, 48, 120),
    (Severity.MAJOR, ValueTier.A): LevelHours(24, 48, 168),
    (Severity.MAJOR, ValueTier.B): LevelHours(36, 72, 240),
    (Severity.MAJOR, ValueTier.C): LevelHours(48, 120, 336),
    (Severity.MINOR, ValueTier.A): LevelHours(48, 120, 336),
    (Severity.MINOR, ValueTier.B): LevelHours(48, 120, 504),
    (Severity.MINOR, ValueTier.C): LevelHours(48, 120, 720),
}

# Nobody was promised a call, and nobody waits for it on a Sunday: two working days, whatever is at stake.
WORK_ITEM_LEVEL = LevelHours(18, 45, 90, working=True)

RUNNING: Mapping[IssueState, tuple[Clock, ...]] = {
    IssueState.NEW: (Clock.FIRST_CONTACT, Clock.RESOLUTION),
    IssueState.ROUTED: (Clock.FIRST_CONTACT, Clock.RESOLUTION),
    IssueState.CONTACTED: (Clock.NEXT_UPDATE, Clock.RESOLUTION),
    IssueState.DIAGNOSED: (Clock.NEXT_UPDATE, Clock.RESOLUTION),
    IssueState.IN_FIX: (Clock.NEXT_UPDATE, Clock.RESOLUTION),
    IssueState.FIXED: (Clock.NEXT_UPDATE,),  # what is left to do is to ask the customer
    IssueState.VERIFIED: (),  # they have said it themselves: nothing is left to tell them, only to close
    IssueState.CLOSED: (),
    IssueState.CLOSED_UNVERIFIED: (),
}
# entering these states tells the customer something, so the next update is due a full period later
RESETS_UPDATE = frozenset({IssueState.CONTACTED, IssueState.IN_FIX, IssueState.FIXED})


@dataclass(frozen=True)
class DueDates:
    """When each clock is due, whether it runs or not."""

    first_contact: datetime
    next_update: datetime
    resolution: datetime

    def of(self, clock: Clock) -> datetime:
        """The due date of one clock."""
        return {Clock.FIRST_CONTACT: self.first_contact, Clock.NEXT_UPDATE: self.next_update, Clock.RESOLUTION: self.resolution}[
            clock
        ]


def next_clock(state: IssueState, due: DueDates, *, waiting: bool = False) -> Clock | None:
    """The running clock that is due first; None when none runs. The resolution does not run while we wait."""
    running = [clock for clock in RUNNING[state] if not (waiting and clock is Clock.RESOLUTION)]
    return min(running, key=due.of, default=None)


def is_overdue(next_due: datetime | None, now: datetime) -> bool:
    """Whether a running clock has run out, or the time of something else that is owed."""
    return next_due is not None and next_due < now
