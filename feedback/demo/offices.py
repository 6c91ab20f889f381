"""Where the people of the demo work: a business calendar for each place, with its hours and its public holidays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feedback.access.rules import Role
from feedback.calendars.models import BusinessCalendar
from feedback.calendars.service import CalendarDraft, create_calendar, set_team_calendar
from feedback.demo.company import ACTOR
from feedback.demo.scenario import Scenario
from feedback.extensions import db
from feedback.uow import transaction


@dataclass(frozen=True)
class Office:
    """A place to work at."""

    name: str
    country: str
    hours: Sequence[str]


OFFICES: Mapping[str, Office] = {
    "Europe/Madrid": Office("Madrid", "ES", ("09:00-14:00", "15:30-18:30")),
    "Europe/Berlin": Office("Berlin", "DE", ("08:30-17:00",)),
    "Europe/Helsinki": Office("Helsinki", "FI", ("08:00-16:00",)),
    "Europe/Stockholm": Office("Stockholm", "SE", ("08:00-17:00",)),
    "Europe/London": Office("London", "GB", ("09:00-17:30",)),
    "Asia/Almaty": Office("Almaty", "KZ", ("09:00-13:00", "14:00-18:00")),
}
WORKING_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def found_offices(scenario: Scenario, teams: Mapping[str, int]) -> None:
    """A calendar for each place in which somebody works; a team works by that of its first person."""
    zones = [person.time_zone for person in scenario.people if person.time_zone in OFFICES]
    with transaction():
        calendars = {zone: _calendar(zone) for zone in dict.fromkeys(zones)}
        for code, team_id in teams.items():
            first = next(one for one in scenario.people if one.team == code and one.role == Role.FRONTLINE)
            set_team_calendar(team_id, calendars[first.time_zone], actor=ACTOR)


def _calendar(zone: str) -> int:
    office = OFFICES[zone]
    code = office.name.lower()
    known = db.session.scalar(sa.select(BusinessCalendar.id).where(BusinessCalendar.code == code))
    if known is not None:
        return known  # of the other company
    openings = dict.fromkeys(WORKING_DAYS, office.hours)
    return create_calendar(code, CalendarDraft(office.name, zone, openings, office.country), actor=ACTOR).id
