"""The three clocks of an issue as people read them: on the customer's wall clock and in working hours, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import Account, Contact
from feedback.calendars.queries import Calendars
from feedback.extensions import db
from feedback.issues.clockwork import Reckoning
from feedback.issues.models import ClockRun, Issue
from feedback.issues.rules import RUNNING, Clock
from feedback.issues.rules.clockwork import Clocks, Running
from feedback.kernel import clock as time

WALL, BUSINESS = "wall", "business"


@dataclass(frozen=True)
class Hand:
    """A clock counted in one way. `left` is negative when it is over; working time is counted for working hours."""

    due_at: datetime
    left: timedelta

    @property
    def minutes_left(self) -> int:
        """Whole minutes."""
        return round(self.left / timedelta(minutes=1))


@dataclass(frozen=True)
class Reading:
    """One clock. `state`: running, waiting (for the customer), overdue, or ended: kept or missed."""

    clock: Clock
    state: str
    counted_in: str
    started_at: datetime
    due_at: datetime
    ended_at: datetime | None
    late: timedelta
    customer_time_zone: str
    calendar: str
    wall: Hand
    business: Hand

    @property
    def late_minutes(self) -> int:
        """By how much it was or is missed."""
        return round(self.late / timedelta(minutes=1))

    @property
    def customer_due(self) -> str:
        """The due date on the customer's wall clock, with its offset."""
        return self.due_at.astimezone(ZoneInfo(self.customer_time_zone)).isoformat()


@dataclass(frozen=True)
class Readings:
    """What runs and what the last round ended with, and every clock that was ever missed."""

    clocks: Sequence[Reading]
    missed: Sequence[Reading]


def read_clocks(issue: Issue) -> Readings:
    """The clocks of one issue as of now."""
    reckoning, now = Reckoning(), time.now()
    clocks = reckoning.fold_of([issue.id]).get(issue.id)
    team_calendar = reckoning.calendars.of_team(issue.team_id)
    reader = _Reader(zone_of(issue), reckoning.calendars, team_calendar, now, issue.waiting_since)
    ended = [reader.ended(run, clocks) for run in _runs(issue.id)]
    running = [] if clocks is None else [reader.running(one, clocks.known[one], clocks) for one in RUNNING[clocks.state]]
    shown = {reading.clock: reading for reading in [*ended, *running]}
    return Readings([shown[one] for one in Clock if one in shown], [reading for reading in ended if reading.late])


def _runs(issue_id: int) -> Sequence[ClockRun]:
    query = sa.select(ClockRun).where(ClockRun.issue_id == issue_id).order_by(ClockRun.ended_at, ClockRun.id)
    return db.session.scalars(query).all()


def zone_of(issue: Issue) -> str:
    """The zone in which the customer lives: the person's, the account's, or the installation's."""
    query = (
        sa.select(sa.func.coalesce(Contact.time_zone, Account.time_zone))
        .select_from(Account)
        .outerjoin(Contact, Contact.id == issue.contact_id)
        .where(Account.id == issue.account_id)
    )
    return db.session.scalar(query) or str(current_app.extensions["closedloop_settings"].installation_time_zone)


@dataclass(frozen=True)
class _Reader:
    zone: str
    calendars: Calendars
    team_calendar: int  # by it a clock is shown that counts round the clock
    now: datetime
    waiting_since: datetime | None

    def running(self, which: Clock, clock: Running, clocks: Clocks) -> Reading:
        paused = which not in clocks.running
        at = self.waiting_since if paused and self.waiting_since else self.now
        late = max(at - clock.due_at, timedelta())
        state = "waiting" if paused and not late else "overdue" if late else "running"
        return self._reading(which, clock, state, at, None, late)

    def ended(self, run: ClockRun, clocks: Clocks | None) -> Reading:
        """A clock that came to its end, as it was written down then."""
        known = None if clocks is None else clocks.known[run.clock]
        same = known is not None and known.started_at == run.started_at
        clock = known if known is not None and same else Running(run.started_at, run.due_at)
        late = timedelta(seconds=run.late_seconds)
        return self._reading(run.clock, clock, "missed" if late else "kept", run.ended_at, run.ended_at, late)

    def _reading(
        self, which: Clock, clock: Running, state: str, at: datetime, ended_at: datetime | None, late: timedelta
    ) -> Reading:
        time_of = self.calendars.time_of
        clock = clock if clock.calendar_id is not None else replace(clock, calendar_id=self.team_calendar)
        wall, business = (clock.counted(time_of, working=working) for working in (False, True))
        return Reading(
            clock=which,
            state=state,
            counted_in=BUSINESS if clock.working else WALL,
            started_at=clock.started_at,
            due_at=clock.due_at,
            ended_at=ended_at,
            late=late,
            customer_time_zone=self.zone,
            calendar=self.calendars.name_of(clock.calendar_id),
            wall=Hand(wall, wall - at),
            business=Hand(business, time_of(clock.calendar_id).between(at, business)),
        )
