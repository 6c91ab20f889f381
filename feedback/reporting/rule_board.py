"""What the editor of routing rules needs: the rules, what they are called, and what they would have done."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.accounts.rules import ValueTier
from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.issues.rulebook import RuleLine, checked_rules, list_rules, replace_rules
from feedback.issues.simulating import Simulation, simulate_rules
from feedback.reporting.audience import known_regions, known_segments
from feedback.reporting.team_board import skill_names
from feedback.reporting.teams import team_names
from feedback.staffing.models import StaffProfile
from feedback.uow import transaction

Draft = list[dict[str, Any]]


@dataclass(frozen=True)
class RuleWords:
    """Everything that a rule can name, by its key, in the reader's words."""

    defects: Mapping[str, str]
    segments: Sequence[str]
    regions: Sequence[str]
    languages: Sequence[str]  # that customers or people speak
    teams: Mapping[int, str]
    people: Mapping[int, str]
    skills: Mapping[str, str]


def rule_words() -> RuleWords:
    """Read them."""
    defects = sa.select(Defect.code, shown_name().label("shown")).where(Defect.active).order_by(sa.literal_column("shown"))
    people = sa.select(User.id, User.name).where(User.active, User.role == Role.FRONTLINE).order_by(User.name)
    return RuleWords(
        {row.code: row.shown for row in db.session.execute(defects)},
        known_segments(),
        known_regions(),
        _languages(),
        team_names(),
        {row.id: row.name for row in db.session.execute(people)},
        skill_names(),
    )


def _languages() -> list[str]:
    customers = set(db.session.scalars(sa.select(Account.language).where(Account.language.is_not(None)).distinct()))
    staff = {code for codes in db.session.scalars(sa.select(StaffProfile.languages)) for code in codes}
    return sorted({str(code) for code in customers} | staff)


def stored_rules() -> Draft:
    """The rules in force, as the editor keeps them."""
    return [asdict(line) for line in list_rules()]


def _lines(draft: Draft) -> list[RuleLine]:
    lines = []
    for line in draft:
        tier = line.get("value_tier")
        lines.append(RuleLine(**{**line, "value_tier": ValueTier(tier) if tier else None}))
    return lines


def save_rules(draft: Draft, viewer: Viewer) -> None:
    """Put a draft in force.

    Raises:
        InvalidInput: it could leave somebody out.
    """
    with transaction():
        replace_rules(_lines(draft), actor=viewer.actor)


def try_rules(draft: Draft, since: date, until: date, viewer: Viewer) -> Simulation:
    """What a draft would have done with the issues of some days, both included. Nothing is stored.

    Raises:
        InvalidInput: the draft could leave somebody out, or the days are no period.
    """
    rules = checked_rules(_lines(draft))
    start, end = (datetime.combine(day, time(), UTC) for day in (since, until + timedelta(days=1)))
    return simulate_rules(rules, start, end, viewer=viewer)
