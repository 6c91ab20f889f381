"""Working hours in the reader's words."""

from babel.dates import get_day_names
from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _

from feedback.listening.rules.hours import WHOLE_DAY, WorkingHours, runs_of


def when_mails_leave() -> str:
    """The working hours of the settings as a sentence."""
    hours: WorkingHours = current_app.extensions["closedloop_settings"].working_hours
    return _("Mails leave in each person's own time zone: %(hours)s.", hours=hours_in_words(hours))


def hours_in_words(hours: WorkingHours) -> str:
    """Days and times: Mon–Fri, 09:00–17:00."""
    all_day = (hours.opens, hours.closes) == (0, WHOLE_DAY)
    times = _("at any hour") if all_day else f"{_clock(hours.opens)}–{_clock(hours.closes)}"
    return f"{days_in_words(hours)}, {times}"


def days_in_words(hours: WorkingHours) -> str:
    """Days of the week: Mon–Fri."""
    if len(hours.days) == 7:
        return _("every day")
    names = get_day_names("abbreviated", context="stand-alone", locale=get_locale() or "en")
    spans = [names[first] if first == last else f"{names[first]}–{names[last]}" for first, last in runs_of(hours.days)]
    return ", ".join(spans)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
