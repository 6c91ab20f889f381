"""/api/v1/business-calendars: when work is done, and by which calendar each team works."""

from datetime import timedelta
from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.calendars import queries, service
from feedback.calendars.models import BusinessCalendar
from feedback.calendars.schemas import (
    CalendarIn,
    CalendarListOut,
    CalendarOut,
    NewCalendarIn,
    TeamCalendarIn,
    WorkingTimeArgs,
    WorkingTimeOut,
)
from feedback.calendars.service import CalendarDraft, ClosedDay
from feedback.kernel.business_time import NeverOpen
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint

blueprint = Blueprint("calendars", __name__, url_prefix="/api/v1", description="Business calendars")


def _present(calendar: BusinessCalendar, teams: dict[int, list[int]]) -> dict[str, Any]:
    names = [column.key for column in BusinessCalendar.__table__.columns]
    closed = [service.read_closed(day) for day in calendar.closed_days]
    return {name: getattr(calendar, name) for name in names} | {"team_ids": teams.get(calendar.id, []), "closed_days": closed}


def _draft(body: dict[str, Any]) -> CalendarDraft:
    return CalendarDraft(**body | {"closed_days": [ClosedDay(**day) for day in body["closed_days"]]})


@blueprint.route("/business-calendars")
class Calendars(MethodView):
    """When work is done."""

    @requires("routing.write")
    @blueprint.response(200, CalendarListOut)
    def get(self) -> dict[str, Any]:
        """List business calendars, the default first"""
        teams = queries.teams_by_calendar()
        return {"items": [_present(calendar, teams) for calendar in queries.list_calendars()]}

    @requires("routing.write")
    @blueprint.arguments(NewCalendarIn)
    @blueprint.response(201, CalendarOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a business calendar"""
        with transaction():
            made = service.create_calendar(body.pop("code"), _draft(body), actor=current_viewer().actor)
            return _present(made, queries.teams_by_calendar())


@blueprint.route("/business-calendars/<int:calendar_id>")
class OneCalendar(MethodView):
    """One calendar."""

    @requires("routing.write")
    @blueprint.response(200, CalendarOut)
    def get(self, calendar_id: int) -> dict[str, Any]:
        """Show a business calendar"""
        return _present(queries.get_calendar(calendar_id), queries.teams_by_calendar())

    @requires("routing.write")
    @blueprint.arguments(CalendarIn)
    @blueprint.response(200, CalendarOut)
    def put(self, body: dict[str, Any], calendar_id: int) -> dict[str, Any]:
        """Replace what a business calendar says; clocks in its hours follow within minutes"""
        with transaction():
            changed = service.change_calendar(calendar_id, _draft(body), actor=current_viewer().actor)
            return _present(changed, queries.teams_by_calendar())

    @requires("routing.write")
    @blueprint.response(204)
    def delete(self, calendar_id: int) -> None:
        """Remove a business calendar that no team works by"""
        with transaction():
            service.delete_calendar(calendar_id, actor=current_viewer().actor)


@blueprint.route("/business-calendars/<int:calendar_id>/working-time")
class WorkingTime(MethodView):
    """Counting in working hours."""

    @requires("routing.write")
    @blueprint.arguments(WorkingTimeArgs, location="query")
    @blueprint.response(200, WorkingTimeOut)
    def get(self, args: dict[str, Any], calendar_id: int) -> dict[str, Any]:
        """Count working hours: on from a moment, or between two"""
        time = queries.business_time(queries.spec_of(queries.get_calendar(calendar_id)))
        since, until, hours = args["since"], args["until"], args["hours"]
        try:
            at = until if until is not None else time.add(since, timedelta(hours=hours))
            passed = time.between(since, at)
        except (NeverOpen, OverflowError):
            raise InvalidInput({"hours": ["This calendar does not open for so long; take fewer hours."]}) from None
        return {"at": at, "hours": passed / timedelta(hours=1), "is_open": time.is_open(since)}


@blueprint.route("/teams/<int:team_id>/business-calendar")
class CalendarOfTeam(MethodView):
    """By which calendar a team works."""

    @requires("routing.write")
    @blueprint.response(200, CalendarOut)
    def get(self, team_id: int) -> dict[str, Any]:
        """Show the business calendar of a team"""
        service.check_team(team_id)
        found = queries.get_calendar(queries.Calendars().of_team(team_id))
        return _present(found, queries.teams_by_calendar())

    @requires("routing.write")
    @blueprint.arguments(TeamCalendarIn)
    @blueprint.response(200, CalendarOut)
    def put(self, body: dict[str, Any], team_id: int) -> dict[str, Any]:
        """Give a team its business calendar, or the default one"""
        with transaction():
            service.set_team_calendar(team_id, body["calendar_id"], actor=current_viewer().actor)
            return _present(queries.get_calendar(queries.Calendars().of_team(team_id)), queries.teams_by_calendar())
