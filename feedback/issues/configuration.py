"""Service levels and routing rules: what an administrator sets."""

from feedback.issues.models import ServiceLevel
from feedback.issues.opening import insert_ignoring_conflicts
from feedback.issues.rules import DEFAULT_LEVELS


def ensure_default_levels() -> None:
    """Every cell of severity × value tier has its three clocks; cells that exist are left alone."""
    rows = [
        {
            "severity": severity,
            "value_tier": tier,
            "first_contact_hours": level.first_contact_hours,
            "next_update_hours": level.next_update_hours,
            "resolution_hours": level.resolution_hours,
        }
        for (severity, tier), level in DEFAULT_LEVELS.items()
    ]
    insert_ignoring_conflicts(ServiceLevel, ("severity", "value_tier"), rows)
