"""What every field for a day ahead has: the day as its reader writes it, none that has passed, arrows that say what they do."""

from contextlib import suppress
from datetime import date
from typing import Any

import dash_mantine_components as dmc
from flask_babel import get_locale
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
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


def moment_field(viewer: Viewer, identity: Any, label: str, **more: Any) -> Any:
    """A field for a date and a time on the viewer's clock."""
    own = {
        "clearable": True,
        "size": "sm",
        "submitButtonProps": attributes(aria_label=_("Take this date and time")),
        "clearButtonProps": attributes(aria_label=_("No date")),
        "timePickerProps": {"hoursInputLabel": _("Hours"), "minutesInputLabel": _("Minutes")},
        **from_today(viewer),
        "valueFormat": f"{day_format()} HH:mm",
    }
    return dmc.DateTimePicker(id=identity, label=label, **own | more)


def due_field(viewer: Viewer, identity: Any, label: str, **more: Any) -> Any:
    """A field for a day, or a moment of it, until which something is promised."""
    hint = _("A day without a time (00:00) means the end of that day.")
    return moment_field(viewer, identity, label, description=hint, **more)


def day_format() -> str:
    """How a day is shown and typed in a field, in the letters of dayjs; in English by ISO, because countries differ."""
    return {"es": "DD/MM/YYYY", "ru": "DD.MM.YYYY"}.get(get_locale().language if get_locale() else "", "YYYY-MM-DD")


def in_digits(day: str, form: str) -> str:
    """An ISO day as a field with this format shows it; what is no day stays as it is."""
    with suppress(ValueError):
        at = date.fromisoformat(day)
        return form.replace("DD", f"{at.day:02}").replace("MM", f"{at.month:02}").replace("YYYY", f"{at.year:04}")
    return day
