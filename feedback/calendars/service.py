"""Writing business calendars. Called inside `transaction()`."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import chain, count
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import Team
from feedback.audit.service import record
from feedback.calendars.holidays import countries, subdivisions
from feedback.calendars.models import BusinessCalendar, TeamCalendar
from feedback.calendars.queries import business_time, get_calendar, spec_of
from feedback.calendars.rules import DEFAULT_CODE, DEFAULT_NAME, MAX_DAYS, OFFICE_HOURS, read_openings, week_texts
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.business_time import NeverOpen
from feedback.kernel.errors import Conflict, InvalidInput, NotFound, RuleViolation

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True)
class ClosedDay:
    """A day on which the company does not work, and why."""

    on: date
    name: str = ""


@dataclass(frozen=True)
class CalendarDraft:
    """A calendar as a person writes it."""

    name: str
    time_zone: str
    openings: Mapping[str, Sequence[str]] = field(default_factory=lambda: dict(OFFICE_HOURS))
    country: str | None = None
    subdivision: str | None = None
    closed_days: Sequence[ClosedDay] = ()
    open_days: Sequence[date] = ()


def ensure_default_calendar(time_zone: str) -> None:
    """Monday to Friday, nine to six, in the zone of the installation; a default that exists is left alone."""
    if db.session.scalar(sa.select(BusinessCalendar.id).where(BusinessCalendar.code == DEFAULT_CODE)) is None:
        columns = _columns(CalendarDraft(DEFAULT_NAME, time_zone))
        db.session.add(BusinessCalendar(code=DEFAULT_CODE, recounted_at=clock.now(), **columns))
        db.session.flush()


def create_calendar(code: str, draft: CalendarDraft, *, actor: str) -> BusinessCalendar:
    """Add a calendar.

    Raises:
        InvalidInput: the code or something in the draft cannot be used; each field says why.
        Conflict: the code is taken.
    """
    if not _CODE.fullmatch(code):
        raise InvalidInput({"code": [_("Use small letters, digits and hyphens.")]})
    if db.session.scalar(sa.select(BusinessCalendar.id).where(BusinessCalendar.code == code)) is not None:
        raise Conflict(_("There is a calendar with this code already."))
    made = BusinessCalendar(code=code, recounted_at=clock.now(), **_columns(draft))
    db.session.add(made)
    db.session.flush()
    record(actor, "calendar.created", "business_calendar", made.id, code=code, **_plain(draft))
    return made


def free_code(name: str) -> str:
    """A code for a new calendar that comes from its name and is not taken."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "calendar"
    taken = set(db.session.scalars(sa.select(BusinessCalendar.code)))
    return next(code for code in chain([stem], (f"{stem}-{number}" for number in count(2))) if code not in taken)


def change_calendar(calendar_id: int, draft: CalendarDraft, *, actor: str) -> BusinessCalendar:
    """Put this in the place of what a calendar says. The clocks of open issues that count its hours follow within minutes.

    Raises:
        NotFound: there is none.
        InvalidInput: something in the draft cannot be used.
    """
    found = get_calendar(calendar_id)
    before = spec_of(found)
    for name, value in _columns(draft).items():
        setattr(found, name, value)
    if spec_of(found) != before:
        found.recounted_at = None
    db.session.flush()
    record(actor, "calendar.changed", "business_calendar", found.id, code=found.code, **_plain(draft))
    return found


def delete_calendar(calendar_id: int, *, actor: str) -> None:
    """Remove a calendar that no team works by.

    Raises:
        NotFound: there is none.
        RuleViolation: it is the default, or a team works by it.
    """
    found = get_calendar(calendar_id)
    if found.code == DEFAULT_CODE:
        raise RuleViolation(_("The default calendar counts for everybody without one of their own; change it instead."))
    if db.session.scalar(sa.select(TeamCalendar.team_id).where(TeamCalendar.calendar_id == calendar_id).limit(1)) is not None:
        raise RuleViolation(_("A team works by this calendar; give the team another one first."))
    # clocks that were counted by it are counted by the default from now on
    db.session.execute(
        sa.update(BusinessCalendar).where(BusinessCalendar.code == DEFAULT_CODE).values(recounted_at=None, changed_at=clock.now())
    )
    record(actor, "calendar.deleted", "business_calendar", found.id, code=found.code)
    db.session.delete(found)
    db.session.flush()


def set_team_calendar(team_id: int, calendar_id: int | None, *, actor: str) -> None:
    """A team works by this calendar (None: by the default). Clocks that run already keep the calendar they began with.

    Raises:
        NotFound: there is no such team.
        InvalidInput: there is no such calendar.
    """
    check_team(team_id)
    if calendar_id is not None and db.session.get(BusinessCalendar, calendar_id) is None:
        raise InvalidInput({"calendar_id": [_("There is no such calendar.")]})
    db.session.execute(sa.delete(TeamCalendar).where(TeamCalendar.team_id == team_id))
    if calendar_id is not None:
        db.session.add(TeamCalendar(team_id=team_id, calendar_id=calendar_id))
    db.session.flush()
    record(actor, "calendar.given", "team", team_id, calendar_id=calendar_id)


def count_again() -> None:
    """Something else that due dates follow from was changed: open issues are computed anew, as after a change of calendar."""
    db.session.execute(
        sa.update(BusinessCalendar).where(BusinessCalendar.code == DEFAULT_CODE).values(recounted_at=None, changed_at=clock.now())
    )


def changed_calendars() -> bool:
    """Whether open issues have to be computed anew."""
    changed = sa.select(BusinessCalendar.id).where(BusinessCalendar.recounted_at.is_(None)).limit(1)
    return db.session.scalar(changed) is not None


def mark_recounted(since: datetime) -> None:
    """Open issues follow what was changed before `since`."""
    waiting = (BusinessCalendar.recounted_at.is_(None), BusinessCalendar.changed_at <= since)
    db.session.execute(sa.update(BusinessCalendar).where(*waiting).values(recounted_at=clock.now()))


def check_team(team_id: int) -> None:
    """There is such a team.

    Raises:
        NotFound: there is none.
    """
    if db.session.get(Team, team_id) is None:
        raise NotFound


def read_closed(day: Mapping[str, str]) -> ClosedDay:
    """A stored closing day."""
    return ClosedDay(date.fromisoformat(day["on"]), day["name"])


def _columns(draft: CalendarDraft) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    if not draft.name.strip():
        errors["name"] = [_("Give it a name.")]
    if draft.time_zone not in available_timezones():
        errors["time_zone"] = [_("This time zone is not known; write it as in 'Europe/Madrid'.")]
    errors |= _wrong_place(draft)
    if len(draft.closed_days) > MAX_DAYS or len(draft.open_days) > MAX_DAYS:
        errors["closed_days"] = [_("These are more than %(limit)s days.", limit=MAX_DAYS)]
    try:
        openings = week_texts(read_openings(draft.openings))
    except ValueError as error:
        errors["openings"] = [str(error)]
    if errors:
        raise InvalidInput(errors)
    columns = {
        "name": draft.name.strip(),
        "time_zone": draft.time_zone,
        "country": draft.country,
        "subdivision": draft.subdivision,
        "openings": openings,
        "closed_days": [{"on": day.on.isoformat(), "name": day.name} for day in sorted(draft.closed_days, key=_when)],
        "open_days": sorted({day.isoformat() for day in draft.open_days}),
        "changed_at": clock.now(),
    }
    _check_it_opens(columns)
    return columns


def _when(day: ClosedDay) -> date:
    return day.on


def _wrong_place(draft: CalendarDraft) -> dict[str, list[str]]:
    if draft.country is None:
        return {"subdivision": [_("Name the country it is a part of.")]} if draft.subdivision else {}
    if draft.country not in countries():
        return {"country": [_("The public holidays of this country are not known; leave it out and list the days yourself.")]}
    if draft.subdivision is not None and draft.subdivision not in subdivisions(draft.country):
        known = ", ".join(subdivisions(draft.country)) or _("none")
        return {"subdivision": [_("There is no such part of the country. Known are: %(known)s.", known=known)]}
    return {}


def _check_it_opens(columns: Mapping[str, Any]) -> None:
    try:
        business_time(spec_of(BusinessCalendar(**columns))).next_opening(clock.now())
    except NeverOpen:
        raise InvalidInput({"closed_days": [_("With these days closed it never opens.")]}) from None


def _plain(draft: CalendarDraft) -> dict[str, Any]:
    plain = asdict(draft)
    closed = [{"on": day.on.isoformat(), "name": day.name} for day in draft.closed_days]
    return plain | {"closed_days": closed, "open_days": [day.isoformat() for day in draft.open_days]}
