"""The routing rules as people write them: read, checked, replaced as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import Team, User
from feedback.accounts.rules import ValueTier
from feedback.audit.service import record
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.issues.models import RoutingRule
from feedback.issues.queries.staffing import list_route_rules
from feedback.issues.queueing import give_out_waiting
from feedback.issues.rules import RouteRule, check_rules
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.staffing import service as staffing_service
from feedback.staffing.models import Skill
from feedback.staffing.queries import get_skill
from feedback.staffing.rules import spoken


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
    skills: Sequence[str] | None = None
    languages: Sequence[str] | None = None
    customer_language: bool | None = None
    prefer_helper: bool | None = None
    goes_on_when_full: bool | None = None


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
            RoutingRule.skills,
            RoutingRule.languages,
            RoutingRule.customer_language,
            RoutingRule.prefer_helper,
            RoutingRule.goes_on_when_full,
        )
        .outerjoin(Defect, Defect.id == RoutingRule.defect_id)
        .order_by(RoutingRule.position)
    )
    # what a rule does not ask for is null, as a condition that it does not have
    return [RuleLine(*row[:8], *(value or None for value in row[8:])) for row in db.session.execute(query)]


def replace_rules(lines: Sequence[RuleLine], *, actor: str) -> None:
    """Put this list in the place of the stored one, whole or not at all. Issues that have an owner keep it.

    Raises:
        InvalidInput: as for `checked_rules`.
    """
    rules = checked_rules(lines)
    db.session.execute(sa.delete(RoutingRule))
    rows = [{"position": place, **asdict(rule), **_lists(rule)} for place, rule in enumerate(rules)]
    db.session.execute(sa.insert(RoutingRule), rows)
    record(actor, "routing.replaced", "routing_rule", "all", rules=[asdict(line) for line in lines])
    give_out_waiting()


def checked_rules(lines: Sequence[RuleLine]) -> list[RouteRule]:
    """Rules as people wrote them, as the router reads them.

    Raises:
        InvalidInput: the last rule is not a catch-all, or a rule names a team, person, defect or skill that does not exist.
    """
    defects = _known_defects(lines)
    rules = [_rule(line, defects) for line in lines]
    check_rules(rules)
    _check_targets(rules)
    return rules


def _rule(line: RuleLine, defects: Mapping[str, int]) -> RouteRule:
    return RouteRule(
        category=line.category,
        defect_id=defects[line.defect] if line.defect else None,
        segment=line.segment,
        region=line.region,
        language=line.language,
        value_tier=line.value_tier,
        team_id=line.team_id,
        user_id=line.user_id,
        skills=frozenset(line.skills or ()),
        languages=spoken(line.languages or ()),
        customer_language=bool(line.customer_language),
        prefer_helper=bool(line.prefer_helper),
        goes_on_when_full=bool(line.goes_on_when_full),
    )


def _lists(rule: RouteRule) -> dict[str, list[str]]:
    return {"skills": sorted(rule.skills), "languages": sorted(rule.languages)}


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
    skills = set(db.session.scalars(sa.select(Skill.code)))
    errors = {}
    for place, rule in enumerate(rules):
        if unknown := sorted(rule.skills - skills):
            errors[f"items.{place}.skills"] = [f"There is no skill {code!r}; make it first." for code in unknown]
        if rule.team_id is not None and rule.team_id not in teams:
            errors[f"items.{place}.team_id"] = ["There is no such team."]
        if rule.user_id is not None and rule.user_id not in people:
            errors[f"items.{place}.user_id"] = ["There is no such active person."]
    if errors:
        raise InvalidInput(errors)


def delete_skill(skill_id: int, *, actor: str) -> None:
    """Take a skill from the catalogue and from everybody who has it.

    Raises:
        NotFound: there is no such skill.
        Conflict: a rule asks for it.
    """
    asked_for = {code for rule in list_route_rules() for code in rule.skills}
    staffing_service.delete_skill(skill_id, asked_for=sorted(asked_for), actor=actor)


def merge_skills(kept_id: int, other_id: int, *, actor: str) -> Skill:
    """Make two skills one: people who have the other one, and rules that ask for it, have and ask for the one that is kept.

    Raises:
        NotFound: there is no such skill.
        InvalidInput: the other one is not there.
        RuleViolation: they are the same one.
    """
    kept, other = get_skill(kept_id), db.session.get(Skill, other_id)
    if other is None:
        raise InvalidInput({"skill_id": [_("Choose the skill that it is the same as.")]})
    if kept.id == other.id:
        raise RuleViolation(_("A skill cannot be joined with itself."))
    for rule in db.session.scalars(sa.select(RoutingRule)):
        if other.code in rule.skills:
            rule.skills = sorted({kept.code if code == other.code else code for code in rule.skills})
    staffing_service.replace_skill(other, kept, actor=actor)
    give_out_waiting()
    return kept
