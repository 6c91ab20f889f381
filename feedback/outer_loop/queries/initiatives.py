"""Initiatives with what they are about."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.kernel.errors import NotFound
from feedback.outer_loop.models import EffectCheck, Initiative, InitiativeDefect, InitiativeIssue
from feedback.outer_loop.rules.states import InitiativeState


@dataclass(frozen=True)
class InitiativeLine:
    """An initiative, its owner's name, its defects as (code, name), its looks at the effect (the first due first)."""

    row: Initiative
    owner: str | None
    defects: tuple[tuple[str, str], ...]
    issue_ids: tuple[int, ...]
    checks: tuple[EffectCheck, ...]

    @property
    def newest(self) -> EffectCheck | None:
        """The last look that was taken since its newest delivery."""
        done = [check for check in self.checks if check.done_at and check.delivered_at == self.row.delivered_at]
        return max(done, key=lambda check: check.days, default=None)

    @property
    def next(self) -> EffectCheck | None:
        """The next look."""
        return next((check for check in self.checks if check.done_at is None), None)


def list_initiatives(
    *,
    states: Collection[InitiativeState] = (),
    defect: str | None = None,
    initiative_id: int | None = None,
    owner_id: int | None = None,
    after: int | None = None,
    limit: int | None = None,
) -> list[InitiativeLine]:
    """The newest first."""
    query = sa.select(Initiative, User.name).outerjoin(User, User.id == Initiative.owner_id)
    if states:
        query = query.where(Initiative.state.in_(states))
    if defect is not None:
        about = sa.select(InitiativeDefect.initiative_id).join(Defect, Defect.id == InitiativeDefect.defect_id)
        query = query.where(Initiative.id.in_(about.where(Defect.code == defect)))
    for column, value in ((Initiative.id, initiative_id), (Initiative.owner_id, owner_id)):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(Initiative.id < after)
    rows: Any = db.session.execute(query.order_by(Initiative.id.desc()).limit(limit)).all()
    ids = [row.id for row, _owner in rows]
    defects, issues, checks = _defects(ids), _issues(ids), _checks(ids)
    return [
        InitiativeLine(row, owner, tuple(defects[row.id]), tuple(issues[row.id]), tuple(checks[row.id])) for row, owner in rows
    ]


def get_initiative(initiative_id: int) -> InitiativeLine:
    """One of them.

    Raises:
        NotFound: there is none.
    """
    found = list_initiatives(initiative_id=initiative_id)
    if not found:
        raise NotFound
    return found[0]


def _defects(ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    query = sa.select(InitiativeDefect.initiative_id, Defect.code, shown_name()).join(
        Defect, Defect.id == InitiativeDefect.defect_id
    )
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for initiative_id, code, name in db.session.execute(query.where(InitiativeDefect.initiative_id.in_(ids)).order_by(Defect.id)):
        found[initiative_id].append((code, name))
    return found


def _issues(ids: Sequence[int]) -> dict[int, list[int]]:
    query = sa.select(InitiativeIssue.initiative_id, InitiativeIssue.issue_id)
    found: dict[int, list[int]] = defaultdict(list)
    rows = db.session.execute(query.where(InitiativeIssue.initiative_id.in_(ids)).order_by(InitiativeIssue.issue_id))
    for initiative_id, issue_id in rows:
        found[initiative_id].append(issue_id)
    return found


def _checks(ids: Sequence[int]) -> dict[int, list[EffectCheck]]:
    query = sa.select(EffectCheck).where(EffectCheck.initiative_id.in_(ids))
    found: dict[int, list[EffectCheck]] = defaultdict(list)
    for check in db.session.scalars(query.order_by(EffectCheck.due_at, EffectCheck.id)):
        found[check.initiative_id].append(check)
    return found
