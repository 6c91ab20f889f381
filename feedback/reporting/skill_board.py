"""The catalogue of skills with what uses each: who has it, and which rules ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feedback.access.models import User
from feedback.extensions import db
from feedback.issues.rulebook import list_rules
from feedback.staffing.models import StaffProfile
from feedback.staffing.queries import list_skills
from feedback.web.naming import called


@dataclass(frozen=True)
class SkillLine:
    """A skill, the names of who has it, and the places of the rules that ask for it, from 1."""

    id: int
    code: str
    name: str
    people: tuple[str, ...]
    rules: tuple[int, ...]


def skill_lines() -> Sequence[SkillLine]:
    """By name."""
    having = sa.select(User.name, StaffProfile.skills).join(User, User.id == StaffProfile.user_id).where(User.active)
    people = [(row.name, row.skills) for row in db.session.execute(having.order_by(User.name, User.id))]
    asked = [(place, rule.skills or ()) for place, rule in enumerate(list_rules(), start=1)]
    lines = [
        SkillLine(
            skill.id,
            skill.code,
            called(skill),
            tuple(name for name, skills in people if skill.code in skills),
            tuple(place for place, skills in asked if skill.code in skills),
        )
        for skill in list_skills()
    ]
    return sorted(lines, key=lambda line: (line.name.casefold(), line.code))
