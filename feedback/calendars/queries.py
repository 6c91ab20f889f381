"""Which calendar counts for whom, and its working time."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy as sa

from feedback.calendars.holidays import public_holidays
from feedback.calendars.models import BusinessCalendar, TeamCalendar
from feedback.calendars.naming import shown_name
from feedback.calendars.rules import DEFAULT_CODE, CalendarSpec, read_openings
from feedback.extensions import db
from feedback.kernel.business_time import BusinessTime
from feedback.kernel.errors import NotFound
from feedback.kernel.prepared import Prepared

_calendar, _team = BusinessCalendar.__table__, TeamCalendar.__table__
_CALENDARS = Prepared(sa.select(_calendar))
_TEAMS = Prepared(sa.select(_team.c.team_id, _team.c.calendar_id))


class Calendars:
    """All calendars as of now; read when they are first asked, so that whoever needs none pays nothing."""

    def __init__(self) -> None:
        self._times: dict[int | None, BusinessTime] = {}

    @cached_property
    def _rows(self) -> Mapping[int, Any]:
        db.session.flush()
        return {row.id: row for row in _CALENDARS.rows(db.session.connection(), {})}

    @cached_property
    def _by_team(self) -> Mapping[int, int]:
        db.session.flush()
        return {row.team_id: row.calendar_id for row in _TEAMS.rows(db.session.connection(), {})}

    @cached_property
    def default_id(self) -> int:
        """The calendar of everybody without one of their own."""
        return next(row.id for row in self._rows.values() if row.code == DEFAULT_CODE)

    def of_team(self, team_id: int | None) -> int:
        """The id of the calendar by which a team works."""
        return self.default_id if team_id is None else self._by_team.get(team_id, self.default_id)

    def name_of(self, calendar_id: int | None) -> str:
        """What a calendar is called for its reader; one that is gone is the default."""
        return shown_name(self._row(calendar_id).name)

    def time_of(self, calendar_id: int | None) -> BusinessTime:
        """The working time of a calendar; one that is gone counts as the default."""
        found = self._times.get(calendar_id)
        if found is None:
            found = self._times[calendar_id] = business_time(spec_of(self._row(calendar_id)))
        return found

    def _row(self, calendar_id: int | None) -> Any:
        return self._rows.get(calendar_id or self.default_id) or self._rows[self.default_id]


def spec_of(row: Any) -> CalendarSpec:
    """What the working time of a stored calendar depends on."""
    return CalendarSpec(
        time_zone=row.time_zone,
        openings=read_openings(row.openings),
        country=row.country,
        subdivision=row.subdivision,
        closed_days=frozenset(date.fromisoformat(day["on"]) for day in row.closed_days),
        open_days=frozenset(map(date.fromisoformat, row.open_days)),
    )


@lru_cache(maxsize=128)
def business_time(spec: CalendarSpec) -> BusinessTime:
    """The working time of a calendar, with the years that were worked out before."""
    return BusinessTime(dict(enumerate(spec.openings)), spec.time_zone, lambda day: is_closed(spec, day))


def is_closed(spec: CalendarSpec, day: date) -> bool:
    """Whether nobody works on this day although its weekday has openings."""
    if day in spec.closed_days:
        return True
    if spec.country is None or day in spec.open_days:
        return False
    return day in public_holidays(spec.country, spec.subdivision, day.year)


def list_calendars() -> Sequence[BusinessCalendar]:
    """All calendars, the default first, then by name."""
    return db.session.scalars(
        sa.select(BusinessCalendar).order_by(BusinessCalendar.code != DEFAULT_CODE, BusinessCalendar.name, BusinessCalendar.id)
    ).all()


def get_calendar(calendar_id: int) -> BusinessCalendar:
    """The calendar with this id.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(BusinessCalendar, calendar_id)
    if found is None:
        raise NotFound
    return found


def teams_by_calendar() -> dict[int, list[int]]:
    """Ids of the teams that work by each calendar of their own."""
    found: dict[int, list[int]] = {}
    for team in db.session.scalars(sa.select(TeamCalendar).order_by(TeamCalendar.team_id)):
        found.setdefault(team.calendar_id, []).append(team.team_id)
    return found
