"""Service levels and routing rules: what an administrator sets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from feedback.accounts.rules import ValueTier
from feedback.audit.service import record
from feedback.calendars.service import count_again
from feedback.extensions import db
from feedback.issues.clockwork import get_ladder
from feedback.issues.inserting import insert_ignoring_conflicts
from feedback.issues.models import EscalationStep, ServiceLevel
from feedback.issues.queries.staffing import get_levels
from feedback.issues.rules import DEFAULT_LEVELS, Severity
from feedback.issues.rules.escalation import DEFAULT_LADDER, Ladder, Rung
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
            "working": level.working,
        }
        for (severity, tier), level in DEFAULT_LEVELS.items()
    ]
    insert_ignoring_conflicts(ServiceLevel, ("severity", "value_tier"), rows)


def ensure_default_ladder() -> None:
    """A ladder stands from the first day on; one that was set is left alone."""
    if db.session.scalar(sa.select(sa.func.count()).select_from(EscalationStep)) == 0:
        db.session.execute(sa.insert(EscalationStep), _ladder_rows(DEFAULT_LADDER))


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


def list_steps() -> list[dict[str, Any]]:
    """The rungs of the ladder, the gravest severity first, from near to far."""
    ladder = get_ladder()
    return [
        {"severity": severity, "rung": rung, "hours": ladder[severity, rung]}
        for severity in Severity
        for rung in Rung
        if (severity, rung) in ladder
    ]


def replace_steps(steps: Sequence[Mapping[str, Any]], *, actor: str) -> None:
    """Put these rungs in the place of all; who was told already is not told again. Open issues follow within minutes.

    Raises:
        InvalidInput: a rung is there twice, or a farther one comes before a nearer one.
    """
    ladder = {(step["severity"], step["rung"]): step["hours"] for step in steps}
    if len(ladder) != len(steps):
        raise InvalidInput({"items": ["A rung of a severity is there twice."]})
    if not ladder:
        raise InvalidInput({"items": ["The ladder needs at least one rung."]})
    for severity in Severity:
        hours = [ladder[severity, rung] for rung in Rung if (severity, rung) in ladder]
        if hours != sorted(hours):
            raise InvalidInput({"items": [f"{severity}: the owner is told first, then the lead, then the executives."]})
    db.session.execute(sa.delete(EscalationStep))
    db.session.execute(sa.insert(EscalationStep), _ladder_rows(ladder))
    count_again()
    record(actor, "escalation.replaced", "escalation_step", "all", steps=[dict(step) for step in steps])


def _ladder_rows(ladder: Ladder) -> list[dict[str, Any]]:
    return [{"severity": severity, "rung": rung, "hours": hours} for (severity, rung), hours in ladder.items()]
