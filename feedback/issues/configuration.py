"""Service levels and routing rules: what an administrator sets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from feedback.accounts.rules import ValueTier
from feedback.audit.service import record
from feedback.extensions import db
from feedback.issues.models import ServiceLevel
from feedback.issues.opening import insert_ignoring_conflicts
from feedback.issues.queries.staffing import get_levels
from feedback.issues.rules import DEFAULT_LEVELS, Severity
from feedback.kernel.errors import InvalidInput


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


def list_levels() -> list[dict[str, Any]]:
    """All nine cells of the service-level table, the gravest and most valuable first."""
    levels = get_levels()
    return [
        {"severity": severity, "value_tier": tier, **asdict(levels[severity, tier])}
        for severity in Severity
        for tier in ValueTier
    ]


def replace_levels(cells: Sequence[Mapping[str, Any]], *, actor: str) -> None:
    """Set all nine cells. Issues that are open keep the due dates that were promised.

    Raises:
        InvalidInput: a cell is missing or is there twice.
    """
    given = [(cell["severity"], cell["value_tier"]) for cell in cells]
    missing = [f"{severity} {tier}" for severity in Severity for tier in ValueTier if (severity, tier) not in given]
    if missing or len(given) != len(set(given)):
        text = f"These cells are missing: {', '.join(missing)}." if missing else "A cell is there twice."
        raise InvalidInput({"items": [text]})
    db.session.execute(sa.delete(ServiceLevel))
    db.session.execute(sa.insert(ServiceLevel), [dict(cell) for cell in cells])
    record(actor, "service_levels.replaced", "service_level", "all", levels=[dict(cell) for cell in cells])
