"""Time in words that matter: "due in 3 h", exact on hover, in the viewer's zone."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton, format_time, get_timezone_gmt
from dash import html
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.kernel import clock
from feedback.kernel.wall_clock import is_on_edge

Component = Any
_SOON = timedelta(hours=48)


def today(viewer: Viewer) -> date:
    """The date where the viewer is."""
    return clock.now().astimezone(_zone(viewer)).date()


def _zone(viewer: Viewer) -> ZoneInfo:
    try:
        return ZoneInfo(viewer.time_zone)
    except (KeyError, ValueError):
        return ZoneInfo("UTC")


def _local(at: datetime, viewer: Viewer) -> datetime:
    """On the clock of the viewer. What lies at the end of all time stays where it is: a page is not lost for one row."""
    return at.replace(tzinfo=_zone(viewer)) if is_on_edge(at) else at.astimezone(_zone(viewer))


def exactly(at: datetime, viewer: Viewer) -> str:
    """Date, time and zone, for hovering."""
    return str(format_datetime(_local(at, viewer), "EEEE d MMMM y, HH:mm (z)", tzinfo=_zone(viewer), locale=get_locale() or "en"))


def _element(text: str, at: datetime, viewer: Viewer, name: str) -> Component:
    return html.Time(text, dateTime=at.isoformat(), title=exactly(at, viewer), className=name)


def duration_words(span: timedelta) -> str:
    """A span in its largest sensible unit: 25 min, 3 h, 4 days."""
    minutes = round(abs(span).total_seconds() / 60)
    if minutes < 60:
        return _("%(minutes)s min", minutes=minutes)
    if minutes < 48 * 60:
        return _("%(hours)s h", hours=round(minutes / 60))
    return ngettext("%(num)s day", "%(num)s days", round(minutes / 1440))


def due_words(at: datetime, viewer: Viewer, now: datetime | None = None) -> str:
    """When something is due, as people say it."""
    now = now or clock.now()
    if at < now:
        return _("overdue by %(span)s", span=duration_words(now - at))
    if at - now < _SOON:
        return _("due in %(span)s", span=duration_words(at - now))
    if at - now < timedelta(days=6):
        local = _local(at, viewer)
        weekday = format_date(local.date(), "EEE", locale=get_locale() or "en")
        return _("due %(weekday)s %(time)s", weekday=weekday, time=wall_time(local))
    return _("due %(day)s", day=day_words(at, viewer, now))


def due_time(at: datetime | None, viewer: Viewer, now: datetime | None = None) -> Component:
    """A due date; overdue is the only red text in the product."""
    if at is None:
        return html.Span("–", className="cl-note")
    late = at < (now or clock.now())
    return _element(due_words(at, viewer, now), at, viewer, "cl-due cl-overdue" if late else "cl-due")


def day_words(at: datetime | date, viewer: Viewer, now: datetime | None = None) -> str:
    """A day: 3 May, with the year only if it is another one."""
    day = _local(at, viewer).date() if isinstance(at, datetime) else at
    today = _local(now or clock.now(), viewer).date()
    skeleton = "MMMd" if day.year == today.year else "yMMMd"
    return str(format_skeleton(skeleton, day, locale=get_locale() or "en"))


def day_and_time(at: datetime, viewer: Viewer) -> str:
    """A day with its time, where the weekday matters: Thu, Nov 26, 09:00."""
    return wall_day_and_time(_local(at, viewer))


def wall_day_and_time(local: datetime) -> str:
    """The same on the wall clock of a place."""
    return f"{format_skeleton('MMMEd', local.date(), locale=get_locale() or 'en')}, {wall_time(local)}"


def wall_time(local: datetime) -> str:
    """The time on the wall clock of a place. On a day on which clocks are changed with its offset: an hour comes twice."""
    locale = get_locale() or "en"
    text = str(format_time(local, "HH:mm", locale=locale))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if midnight.utcoffset() == (midnight + timedelta(days=1)).utcoffset():
        return text
    return f"{text} ({get_timezone_gmt(local, 'long', locale=locale)})"


def moment(at: datetime | None, viewer: Viewer, now: datetime | None = None) -> Component:
    """When something happened: "25 min ago", "3 h ago", then the day."""
    if at is None:
        return html.Span("–", className="cl-note")
    now = now or clock.now()
    fresh = timedelta(0) <= now - at < _SOON
    if fresh and now - at < timedelta(minutes=1):
        return _element(_("just now"), at, viewer, "cl-moment")
    text = _("%(span)s ago", span=duration_words(now - at)) if fresh else day_words(at, viewer, now)
    return _element(text, at, viewer, "cl-moment")
