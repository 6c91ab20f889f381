"""What every field for a day ahead has: no day that has passed, and arrows that say what they do."""

from typing import Any

from flask_babel import gettext as _

from dashboards.components.moments import today
from feedback.access.rules import Viewer


def from_today(viewer: Viewer) -> dict[str, Any]:
    """Properties of a date field whose days lie ahead."""
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
    return {"minDate": today(viewer).isoformat(), "ariaLabels": labels}
