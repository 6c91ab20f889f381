"""Reads of the tree of causes: its order, the names of each way down, and how many issues each cause has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import get_locale

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries.scope import issue_scope
from feedback.issues.working.models import IssueDiagnosis, RootCause
from feedback.issues.working.rules import Twig, in_tree_order, with_those_below


@dataclass(frozen=True)
class CauseLine:
    """A cause of the tree. `issues`, `open` and `accounts` count those below it too, each once."""

    id: int
    parent_id: int | None
    name: str
    path: str  # "Staff › Training"
    depth: int
    arranged: bool
    retired: bool
    place: int
    names: dict[str, str]
    plain_name: str  # without a language
    issues: int = 0
    open: int = 0
    accounts: int = 0


def cause_name(cause: RootCause) -> str:
    """What it is called for the reader."""
    return str(cause.names.get(str(get_locale() or "en")) or cause.name)


def list_causes(*, retired: bool = False) -> list[CauseLine]:
    """The tree in its order, parents before their children; what waits for a place comes last."""
    rows = {row.id: row for row in db.session.scalars(sa.select(RootCause)) if retired or row.retired_at is None}
    ordered = in_tree_order([Twig(row.id, row.parent_id, row.place, cause_name(row)) for row in rows.values()])
    paths: dict[int, str] = {}
    lines = []
    for twig, depth in ordered:
        row = rows[twig.id]
        above = paths.get(twig.parent_id) if twig.parent_id is not None else None
        paths[twig.id] = f"{above} › {twig.name}" if above else twig.name
        state = (row.arranged_at is not None, row.retired_at is not None)
        lines.append(
            CauseLine(row.id, row.parent_id, twig.name, paths[twig.id], depth, *state, row.place, dict(row.names), row.name)
        )
    return sorted(lines, key=lambda line: not line.arranged)


@dataclass(frozen=True)
class CauseFilter:
    """Which issues count: those that were opened from `since` on, about a defect, of a team."""

    since: datetime | None = None
    defect_id: int | None = None
    team_id: int | None = None


def count_causes(viewer: Viewer, wanted: CauseFilter, *, retired: bool = False) -> list[CauseLine]:
    """The tree with how many of the viewer's issues each cause has, those below it included."""
    lines = list_causes(retired=retired)
    found = _issues_by_cause(viewer, wanted)
    below = with_those_below([line.id for line in lines], {line.id: line.parent_id for line in lines})
    return [_counted(line, [found.get(cause_id, []) for cause_id in sorted(below[line.id])]) for line in lines]


def _issues_by_cause(viewer: Viewer, wanted: CauseFilter) -> dict[int, list[Any]]:
    """(issue, account, closed_at) of each cause."""
    query = (
        sa.select(IssueDiagnosis.root_cause_id, Issue.id, Issue.account_id, Issue.closed_at)
        .join(Issue, Issue.id == IssueDiagnosis.issue_id)
        .where(IssueDiagnosis.root_cause_id.is_not(None), issue_scope(viewer))
    )
    if wanted.since is not None:
        query = query.where(Issue.opened_at >= wanted.since)
    if wanted.defect_id is not None:
        query = query.where(Issue.defect_id == wanted.defect_id)
    if wanted.team_id is not None:
        query = query.where(Issue.team_id == wanted.team_id)
    found: dict[int, list[Any]] = {}
    for cause_id, *rest in db.session.execute(query):
        found.setdefault(cause_id or 0, []).append(rest)
    return found


def _counted(line: CauseLine, groups: Sequence[Sequence[Any]]) -> CauseLine:
    issues = {issue_id: (account_id, closed_at) for group in groups for issue_id, account_id, closed_at in group}
    is_open = sum(closed_at is None for _account, closed_at in issues.values())
    accounts = {account_id for account_id, _closed in issues.values()}
    return CauseLine(**{**vars(line), "issues": len(issues), "open": is_open, "accounts": len(accounts)})


def count_without_cause(viewer: Viewer, wanted: CauseFilter) -> int:
    """Issues of the same selection about whose cause nothing is known yet."""
    known = sa.exists().where(IssueDiagnosis.issue_id == Issue.id, IssueDiagnosis.root_cause_id.is_not(None))
    query = sa.select(sa.func.count()).select_from(Issue).where(issue_scope(viewer), ~known)
    if wanted.since is not None:
        query = query.where(Issue.opened_at >= wanted.since)
    if wanted.defect_id is not None:
        query = query.where(Issue.defect_id == wanted.defect_id)
    if wanted.team_id is not None:
        query = query.where(Issue.team_id == wanted.team_id)
    return db.session.scalar(query) or 0
