"""The calendar feed: a secret address per person, and what calendars find there (RFC 5545)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.access.passwords import derive, digest, new_token
from feedback.access.queries import get_viewer
from feedback.access.rules import Viewer
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.planning.feed_entries import Entry
from feedback.planning.models import CalendarFeed

FRESH = timedelta(hours=1)  # how often calendars should look


def find_feed(user_id: int) -> CalendarFeed | None:
    """The feed of a person, if there is one."""
    return db.session.get(CalendarFeed, user_id)


def renew_feed(user_id: int, *, actor: str) -> str:
    """A new secret address; the old one is dead at once. Answers the token, which is shown once. Call inside `transaction()`."""
    token, now = new_token(), clock.now()
    db.session.execute(sa.delete(CalendarFeed).where(CalendarFeed.user_id == user_id))
    db.session.add(CalendarFeed(user_id=user_id, digest=digest(token), created_at=now))
    db.session.flush()
    audit.record(actor, "calendar.renewed", "user", user_id)
    return token


def revoke_feed(user_id: int, *, actor: str) -> None:
    """Nobody reads it any more. Call inside `transaction()`."""
    gone: Any = db.session.execute(sa.delete(CalendarFeed).where(CalendarFeed.user_id == user_id))
    if gone.rowcount:
        audit.record(actor, "calendar.revoked", "user", user_id)


def reader_of(token: str) -> Viewer:
    """Whose calendar a token opens.

    Raises:
        NotFound: it is unknown or was revoked, or the person does not work here any more.
    """
    found = db.session.scalar(sa.select(CalendarFeed.user_id).where(CalendarFeed.digest == digest(token)))
    if found is None:
        raise NotFound
    return get_viewer(found)


def note_reading(user_id: int) -> bool:
    """Keep when it was read, at most once an hour. Call inside `transaction()`."""
    now = clock.now()
    stale = sa.or_(CalendarFeed.read_at.is_(None), CalendarFeed.read_at < now - FRESH)
    changed: Any = db.session.execute(sa.update(CalendarFeed).where(CalendarFeed.user_id == user_id, stale).values(read_at=now))
    return bool(changed.rowcount)


def was_read_lately(user_id: int) -> bool:
    """Whether that was kept within the hour."""
    feed = find_feed(user_id)
    return feed is not None and feed.read_at is not None and feed.read_at >= clock.now() - FRESH


def as_calendar(entries: Sequence[Entry], viewer: Viewer) -> bytes:
    """The entries as iCalendar, on the clock of their reader. The same entries give the same bytes."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//closedloop//account plans//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Reviews and promises"))
    calendar.add("refresh-interval", FRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    zone, home = _zone(viewer), _home()
    for entry in entries:
        calendar.add_component(_event(entry, zone, home))
    if zone != ZoneInfo("UTC"):
        calendar.add_missing_timezones(first_date=_first(entries), last_date=_last(entries))
    return bytes(calendar.to_ical())


def _zone(viewer: Viewer) -> ZoneInfo:
    try:
        return ZoneInfo(viewer.time_zone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _home() -> tuple[str, str]:
    """Where links lead, and what makes ids ours: two installations never name two things the same."""
    settings = current_app.extensions["closedloop_settings"]
    name = derive(current_app.config["SECRET_KEY"], "calendar", "uid")[:16]
    return settings.base_url.rstrip("/"), f"{name}.closedloop"


def _first(entries: Sequence[Entry]) -> Any:
    return min((_day(one) for one in entries), default=clock.now().date()) - timedelta(days=366)


def _last(entries: Sequence[Entry]) -> Any:
    return max((_day(one) for one in entries), default=clock.now().date()) + timedelta(days=366)


def _day(entry: Entry) -> Any:
    return entry.starts.date() if isinstance(entry.starts, datetime) else entry.starts


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # no text of a calendar may hold these


def _event(entry: Entry, zone: ZoneInfo, home: tuple[str, str]) -> Any:
    from icalendar import Event

    event, (base, host) = Event(), home
    event.add("uid", f"{entry.uid}@{host}")
    event.add("dtstamp", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", entry.sequence)
    if isinstance(entry.starts, datetime):
        starts = entry.starts.astimezone(zone).replace(microsecond=0)
        event.add("dtstart", starts)
        event.add("dtend", (entry.starts + timedelta(minutes=entry.minutes)).astimezone(zone).replace(microsecond=0))
    else:
        event.add("dtstart", entry.starts)
        event.add("dtend", entry.starts + timedelta(days=1))
        event.add("transp", "TRANSPARENT")  # a day on which something is due is not a busy one
    event.add("summary", _CONTROLS.sub(" ", entry.summary))
    if entry.description:
        event.add("description", _CONTROLS.sub(" ", entry.description))
    if entry.place:
        event.add("location", _CONTROLS.sub(" ", entry.place))
    event.add("url", base + entry.link)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event
