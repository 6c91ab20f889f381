"""Service levels and routing rules: what an administrator sets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from feedback.access.models import Team, User
from feedback.accounts.rules import ValueTier
from feedback.audit.service import record
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.issues.models import RoutingRule, ServiceLevel
from feedback.issues.opening import insert_ignoring_conflicts
from feedback.issues.queries.staffing import get_levels
from feedback.issues.rules import DEFAULT_LEVELS, RouteRule, Severity, check_rules
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


@dataclass(frozen=True)
class RuleLine:
    """A routing rule as a person writes it: the defect by its code."""

    category: str | None = None
    defect: str | None = None
    segment: str | None = None
    region: str | None = None
    language: str | None = None
    value_tier: ValueTier | None = None
    team_id: int | None = None
    user_id: int | None = None


def list_rules() -> list[RuleLine]:
    """The routing rules in their order."""
    query = (
        sa.select(
            RoutingRule.category,
            Defect.code,
            RoutingRule.segment,
            RoutingRule.region,
            RoutingRule.language,
            RoutingRule.value_tier,
            RoutingRule.team_id,
            RoutingRule.user_id,
        )
        .outerjoin(Defect, Defect.id == RoutingRule.defect_id)
        .order_by(RoutingRule.position)
    )
    return [RuleLine(*row) for row in db.session.execute(query)]


def replace_rules(lines: Sequence[RuleLine], *, actor: str) -> None:
    """Put this list in the place of the stored one, whole or not at all. Issues that have an owner keep it.

    Raises:
        InvalidInput: the last rule is not a catch-all, or a rule names a team, person or defect that does not exist.
    """
    defects = _known_defects(lines)
    rules = [_rule(line, defects) for line in lines]
    check_rules(rules)
    _check_targets(rules)
    db.session.execute(sa.delete(RoutingRule))
    rows = [{"position": place, **asdict(rule)} for place, rule in enumerate(rules)]
    db.session.execute(sa.insert(RoutingRule), rows)
    record(actor, "routing.replaced", "routing_rule", "all", rules=[asdict(line) for line in lines])


def _rule(line: RuleLine, defects: Mapping[str, int]) -> RouteRule:
    values = {name: value for name, value in asdict(line).items() if name != "defect"}
    return RouteRule(**values, defect_id=defects[line.defect] if line.defect else None)


def _known_defects(lines: Sequence[RuleLine]) -> dict[str, int]:
    wanted = {line.defect for line in lines if line.defect}
    found = {row.code: row.id for row in db.session.execute(sa.select(Defect.code, Defect.id).where(Defect.code.in_(wanted)))}
    errors = {
        f"items.{place}.defect": [f"There is no defect {line.defect!r}."]
        for place, line in enumerate(lines)
        if line.defect and line.defect not in found
    }
    if errors:
        raise InvalidInput(errors)
    return found


def _check_targets(rules: Sequence[RouteRule]) -> None:
    teams = set(db.session.scalars(sa.select(Team.id)))
    people = set(db.session.scalars(sa.select(User.id).where(User.active)))
    errors = {}
    for place, rule in enumerate(rules):
        if rule.team_id is not None and rule.team_id not in teams:
            errors[f"items.{place}.team_id"] = ["There is no such team."]
        if rule.user_id is not None and rule.user_id not in people:
            errors[f"items.{place}.user_id"] = ["There is no such active person."]
    if errors:
        raise InvalidInput(errors)


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
