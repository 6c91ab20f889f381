"""Who said of which issue that it was entered by mistake, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries.scope import issue_scope
from feedback.issues.rules.mistakes import MistakeState
from feedback.issues.working.deciding import may_decide
from feedback.issues.working.models import IssueMistake
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor

CONFIRM, READ = "mistake.confirm", "issue.read"


@dataclass(frozen=True)
class MistakeLine:
    """Somebody's word with its issue and the people; `decidable`: by whoever reads."""

    id: int
    issue_id: int
    number: int
    account_id: int
    account: str
    reason: str
    state: MistakeState
    claimed_by_id: int
    claimed_by: str
    claimed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None
    decidable: bool


@dataclass(frozen=True)
class MistakeFilter:
    """Which of them; None means any. `waiting`: those that somebody still has to decide on, on open issues."""

    state: MistakeState | None = None
    issue_id: int | None = None
    waiting: bool = False


def list_mistakes(
    viewer: Viewer, wanted: MistakeFilter = MistakeFilter(), *, limit: int = 50, cursor: str | None = None
) -> Page[MistakeLine]:
    """Those in the viewer's scope, the newest first."""
    query = _lines(viewer).where(*_conditions(wanted)).order_by(IssueMistake.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(IssueMistake.id < decode_numbers(cursor, size=1)[0])
    lines = [_line(viewer, *row) for row in db.session.execute(query)]
    return Page(lines[:limit], encode_cursor(lines[limit - 1].id) if len(lines) > limit else None)


def get_mistake(mistake_id: int, viewer: Viewer) -> MistakeLine:
    """One of them.

    Raises:
        NotFound: missing or somebody else's.
    """
    found = db.session.execute(_lines(viewer).where(IssueMistake.id == mistake_id)).one_or_none()
    if found is None:
        raise NotFound
    return _line(viewer, *found)


def open_claim(issue_id: int) -> int | None:
    """The word that waits to be decided on."""
    return db.session.scalar(
        sa.select(IssueMistake.id).where(IssueMistake.issue_id == issue_id, IssueMistake.state == MistakeState.CLAIMED)
    )


def count_to_confirm(viewer: Viewer) -> int:
    """How many wait for the viewer's word."""
    if scope_of(viewer, CONFIRM) is Scope.NONE or viewer.user_id is None:
        return 0
    query = sa.select(sa.func.count()).select_from(IssueMistake).join(Issue, Issue.id == IssueMistake.issue_id)
    mine = (IssueMistake.claimed_by_id != viewer.user_id, issue_scope(viewer, CONFIRM))
    return db.session.scalar(query.where(*_conditions(MistakeFilter(waiting=True)), *mine)) or 0


def _conditions(wanted: MistakeFilter) -> list[sa.ColumnElement[bool]]:
    parts: list[sa.ColumnElement[bool]] = []
    if wanted.state is not None:
        parts.append(IssueMistake.state == wanted.state)
    if wanted.issue_id is not None:
        parts.append(IssueMistake.issue_id == wanted.issue_id)
    if wanted.waiting:
        parts += [IssueMistake.state == MistakeState.CLAIMED, Issue.closed_at.is_(None)]
    return parts


def _lines(viewer: Viewer) -> Any:
    claimer, decider = aliased(User), aliased(User)
    query: Any = (
        sa.select(IssueMistake, Issue, Account.name, claimer.name, decider.name)
        .join(Issue, Issue.id == IssueMistake.issue_id)
        .join(Account, Account.id == Issue.account_id)
        .join(claimer, claimer.id == IssueMistake.claimed_by_id)
        .outerjoin(decider, decider.id == IssueMistake.decided_by_id)
        .where(issue_scope(viewer, READ))
    )
    return query


def _line(viewer: Viewer, made: IssueMistake, issue: Issue, account: str, claimer: str, decider: str | None) -> MistakeLine:
    waits = made.state is MistakeState.CLAIMED and issue.closed_at is None
    others = viewer.user_id not in (None, made.claimed_by_id)
    plain = ("id", "reason", "state", "claimed_by_id", "claimed_at", "decided_at", "decision")
    return MistakeLine(
        **{name: getattr(made, name) for name in plain},
        issue_id=issue.id,
        number=issue.number,
        account_id=issue.account_id,
        account=account,
        claimed_by=claimer,
        decided_by=decider,
        decidable=waits and others and may_decide(viewer, issue, CONFIRM),
    )
