"""Whose calendar counts for the day of a follow-up, and how the day was changed."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from feedback.audit.models import AuditEvent
from feedback.calendars.queries import Calendars
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.business_time import BusinessTime

DUE_CHANGED = "follow_up.due_changed"


def hours_of(calendars: Calendars, team_id: int | None) -> BusinessTime:
    """The working time of who tells the customers."""
    return calendars.time_of(calendars.of_team(team_id))


def today_of(hours: BusinessTime) -> date:
    """The date where they work."""
    return clock.now().astimezone(hours.zone).date()


@dataclass(frozen=True)
class DayChange:
    """The day was changed: when, by whom, from which to which, and why."""

    at: datetime
    actor: str
    before: date | None
    after: date
    reason: str


def list_day_changes(batch_id: int) -> list[DayChange]:
    """How the day of a follow-up was changed, the newest first; whose follow-up it is was checked before."""
    about = (AuditEvent.object_type == "follow_up_batch", AuditEvent.object_id == str(batch_id))
    query = sa.select(AuditEvent).where(*about, AuditEvent.action == DUE_CHANGED).order_by(AuditEvent.id.desc())
    return [_change(event) for event in db.session.scalars(query)]


def _change(event: AuditEvent) -> DayChange:
    said = event.data
    before = date.fromisoformat(said["before"]) if said.get("before") else None
    return DayChange(event.occurred_at, event.actor, before, date.fromisoformat(said["after"]), said.get("reason") or "")
