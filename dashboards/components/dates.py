"""What every field for a day ahead has: the day as its reader writes it, none that has passed, arrows that say what they do."""

from contextlib import suppress
from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from dashboards.components.moments import today
from feedback.access.rules import Viewer


def from_today(viewer: Viewer) -> dict[str, Any]:
    """Properties of a date field whose days lie ahead."""
    return {"minDate": today(viewer).isoformat(), **any_day()}


def any_day() -> dict[str, Any]:
    """The same of a field that takes any day."""
    labels = {
        "previousMonth": _("Previous month"),
        "nextMonth": _("Next month"),
        "monthLevelControl": _("Choose a month"),
        "previousYear": _("Previous year"),
        "nextYear": _("Next year"),
        "yearLevelControl": _("Choose a year"),
        "previousDecade": _("Previous ten years"),
        "nextDecade": _("Next ten years"),
    }
    return {"ariaLabels": labels, "valueFormat": day_format()}


def day_format() -> str:
    """How a day is shown and typed in a field, in the letters of dayjs; in English by ISO, because countries differ."""
    return {"es": "DD/MM/YYYY", "ru": "DD.MM.YYYY"}.get(get_locale().language if get_locale() else "", "YYYY-MM-DD")


def in_digits(day: str, form: str) -> str:
    """An ISO day as a field with this format shows it; what is no day stays as it is."""
    with suppress(ValueError):
        at = date.fromisoformat(day)
        return form.replace("DD", f"{at.day:02}").replace("MM", f"{at.month:02}").replace("YYYY", f"{at.year:04}")
    return day
