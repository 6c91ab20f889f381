"""Queues and lists of issues: open ones by what is due first or by priority, then closed ones, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries.scope import issue_scope
from feedback.issues.rules import CLOSED_STATES, OPEN_STATES, WORK_ITEMS, IssueState, Severity
from feedback.kernel import clock
from feedback.kernel.db import MAX_ID
from feedback.kernel.errors import InvalidInput
from feedback.kernel.paging import DEFAULT_LIMIT, Page, decode_cursor, encode_cursor


class Order(StrEnum):
    """What comes first among open issues."""

    DUE = "due"
    PRIORITY = "priority"


class Kind(StrEnum):
    """What an issue is: a problem that a customer has, or a reason for us to get in touch."""

    PROBLEM = "problem"
    WORK_ITEM = "work_item"


class Due(StrEnum):
    """Only issues in which a clock, a promise or the fix is due by then; each includes the ones before it."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"


@dataclass(frozen=True)
class IssueFilter:
    """What is asked for; None means any. `nobody` asks for issues without an owner, `or_of` adds those of more owners,
    `or_ids` further issues."""

    states: tuple[IssueState, ...] = ()
    owner_id: int | None = None
    nobody: bool = False
    team_id: int | None = None
    account_id: int | None = None
    defect_id: int | None = None
    due: Due | None = None
    waiting: bool | None = None  # in a team's queue, or not
    severity: Severity | None = None
    kind: Kind | None = None
    or_of: frozenset[int] = frozenset()
    or_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Section:
    """A part of the list with an order of its own that an index serves."""

    name: str
    condition: sa.ColumnElement[bool]
    key: Any
    descending: bool


def list_issues(
    viewer: Viewer, wanted: IssueFilter, *, order: Order = Order.DUE, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[Issue]:
    """One page of the issues in the viewer's scope."""
    start, after = _decode(cursor)
    found: list[tuple[str, Issue]] = []
    for section in _sections(wanted, order):
        if start is not None and section.name != start:
            continue
        found += [(section.name, issue) for issue in _page(section, viewer, wanted, after, limit + 1 - len(found))]
        start, after = None, None
        if len(found) > limit:
            break
    shown = found[:limit]
    return Page([issue for _, issue in shown], _encode(*shown[-1]) if len(found) > limit else None)


def _sections(wanted: IssueFilter, order: Order) -> list[_Section]:
    states = set(wanted.states or (*OPEN_STATES, *CLOSED_STATES))
    sections = []
    if states & set(OPEN_STATES):
        by_priority = order is Order.PRIORITY
        key = Issue.priority if by_priority else Issue.queue_due_at
        still_open = Issue.closed_at.is_(None) if by_priority else Issue.queue_due_at.is_not(None)
        sections.append(_Section(order.value, still_open, key, by_priority))
    if states & set(CLOSED_STATES) and wanted.due is None:
        sections.append(_Section("closed", Issue.closed_at.is_not(None), Issue.closed_at, True))
    return sections


def page_query(
    section: _Section, viewer: Viewer, wanted: IssueFilter, after: tuple[Any, int] | None, limit: int
) -> sa.Select[Issue]:
    """The statement of one page; tests look at its plan."""
    query = sa.select(Issue).where(section.condition, issue_scope(viewer), *_conditions(viewer, wanted))
    if after is not None:
        place = sa.tuple_(section.key, Issue.id)
        start = sa.tuple_(sa.literal(after[0], section.key.type), sa.literal(after[1]))
        query = query.where(place < start if section.descending else place > start)
    keys = (section.key.desc(), Issue.id.desc()) if section.descending else (section.key, Issue.id)
    return query.order_by(*keys).limit(limit)


def _page(section: _Section, viewer: Viewer, wanted: IssueFilter, after: tuple[Any, int] | None, limit: int) -> Sequence[Issue]:
    return db.session.scalars(page_query(section, viewer, wanted, after, limit)).all()


def _conditions(viewer: Viewer, wanted: IssueFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(Issue.state.in_(wanted.states))
    if wanted.waiting is not None:
        conditions.append(Issue.queued_at.is_not(None) if wanted.waiting else Issue.queued_at.is_(None))
    if wanted.owner_id is not None:
        conditions.append(_whose(wanted, wanted.owner_id))
    if wanted.nobody:
        conditions.append(Issue.owner_id.is_(None))
    named = (
        (Issue.team_id, wanted.team_id),
        (Issue.account_id, wanted.account_id),
        (Issue.defect_id, wanted.defect_id),
        (Issue.severity, wanted.severity),
    )
    conditions += [column == value for column, value in named if value is not None]
    if wanted.kind is not None:
        is_work = Issue.source.in_(sorted(WORK_ITEMS))
        conditions.append(is_work if wanted.kind is Kind.WORK_ITEM else ~is_work)
    if wanted.due is not None:
        conditions.append(Issue.queue_due_at < due_before(wanted.due, clock.now(), viewer.time_zone))
    return conditions


def _whose(wanted: IssueFilter, owner_id: int) -> sa.ColumnElement[bool]:
    owned = Issue.owner_id.in_(sorted({owner_id, *wanted.or_of})) if wanted.or_of else Issue.owner_id == owner_id
    return sa.or_(owned, Issue.id.in_(sorted(wanted.or_ids))) if wanted.or_ids else owned


def due_before(due: Due, now: datetime, time_zone: str) -> datetime:
    """The end of the span: now, the end of today, or the end of the sixth day from today, in the viewer's zone."""
    if due is Due.OVERDUE:
        return now
    today = now.astimezone(ZoneInfo(time_zone)).date()
    last = today + timedelta(days=1 if due is Due.TODAY else 7)
    return datetime.combine(last, time(), ZoneInfo(time_zone))


def count_issues(viewer: Viewer, wanted: IssueFilter) -> int:
    """How many open issues of the viewer's scope match."""
    query = sa.select(sa.func.count()).select_from(Issue)
    conditions = (Issue.queue_due_at.is_not(None), issue_scope(viewer), *_conditions(viewer, wanted))
    return db.session.scalar(query.where(*conditions)) or 0


class Load(NamedTuple):
    """How many issues stand somewhere, and in how many of them something is overdue."""

    issues: int
    overdue: int


def count_by_state(viewer: Viewer, wanted: IssueFilter) -> dict[IssueState, Load]:
    """Open issues of the viewer's scope in each state; states without any are left out."""
    overdue = sa.func.count(sa.case((Issue.queue_due_at < clock.now(), 1)))
    query = sa.select(Issue.state, sa.func.count(), overdue).group_by(Issue.state)
    conditions = (Issue.queue_due_at.is_not(None), issue_scope(viewer), *_conditions(viewer, wanted))
    return {state: Load(issues, late) for state, issues, late in db.session.execute(query.where(*conditions))}


def open_issue_ids() -> Sequence[int]:
    """All open issues, in the order of their ids; for jobs."""
    return db.session.scalars(sa.select(Issue.id).where(Issue.queue_due_at.is_not(None)).order_by(Issue.id)).all()


def _encode(section: str, issue: Issue) -> str:
    keys = {Order.DUE: issue.queue_due_at, Order.PRIORITY: issue.priority, "closed": issue.closed_at}
    key = keys[section]
    return encode_cursor(section, key.isoformat() if isinstance(key, datetime) else key, issue.id)


def _decode(cursor: str | None) -> tuple[str | None, tuple[Any, int] | None]:
    if cursor is None:
        return None, None
    section, key, issue_id = decode_cursor(cursor, size=3)
    try:
        after = float(key) if section == Order.PRIORITY else datetime.fromisoformat(key).astimezone(UTC)
        name = {name: name for name in (*Order, "closed")}[section]
    except (KeyError, TypeError, ValueError, OverflowError):
        issue_id = None
    if not isinstance(issue_id, int) or not 0 < issue_id <= MAX_ID:
        raise InvalidInput({"cursor": ["This cursor is not one of ours; start again without it."]})
    return name, (after, issue_id)
