"""Writing new issues: numbers, owners, rows."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries import staffing
from feedback.issues.queries.route_facts import with_helpers
from feedback.issues.rules import EVERYBODY, DueDates, IssueState, Route, RouteFacts, next_due_at, route_each
from feedback.kernel.db import Model
from feedback.kernel.prepared import Prepared, every_column

ONE_OPEN = sa.text("closed_at IS NULL AND source = 'response'")
_LAST_NUMBER = Prepared(sa.select(sa.func.max(Issue.__table__.c.number).label("number")))


def _insert_into(model: type[Model], dialect: str) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of this database's dialect, which knows ON CONFLICT. Into the table: the session has nothing to add to it."""
    table: Any = model.__table__
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return insert.values(every_column(table))


@lru_cache(maxsize=8)
def _insert_new(model: type[Model], unique: tuple[str, ...], dialect: str) -> Prepared:
    return Prepared(_insert_into(model, dialect).on_conflict_do_nothing(index_elements=list(unique)))


@lru_cache(maxsize=2)
def _insert_opened(dialect: str) -> Prepared:
    issue = Issue.__table__.c
    insert = _insert_into(Issue, dialect).on_conflict_do_nothing(
        index_elements=["account_id", "defect_key"], index_where=ONE_OPEN
    )
    return Prepared(insert.returning(issue.id, issue.account_id, issue.defect_key))


def insert_ignoring_conflicts(model: type[Model], unique: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; one that exists already by its unique columns is left alone."""
    if rows:
        db.session.flush()
        connection = db.session.connection()
        _insert_new(model, tuple(unique), connection.dialect.name).each(connection, rows)


def next_numbers(count: int) -> list[int]:
    """Numbers for new issues, rising. They may have gaps: a number is a name, not a count."""
    if db.engine.dialect.name == "postgresql":
        query = sa.select(sa.func.nextval("issue_number")).select_from(sa.func.generate_series(1, count))
        return sorted(db.session.scalars(query))
    # SQLite has one writer, and this one holds the lock
    last = _LAST_NUMBER.rows(db.session.connection(), {})[0].number or 0
    return list(range(last + 1, last + 1 + count))


def route_drafts(drafts: Sequence[dict[str, Any]], facts: Sequence[RouteFacts], now: datetime) -> list[Route | None]:
    """Give each draft its owner by the routing rules; one for whom nobody has room stays new and waits in a team's queue."""
    if not drafts:
        return []
    rules = staffing.list_route_rules()
    # a fresh installation has no rules yet: then the whole frontline is the catch-all
    staff = staffing.find_staff(rules, now) if rules else staffing.find_frontline(now)
    known = with_helpers(facts, [draft["account_id"] for draft in drafts], rules)
    routes = route_each(rules or [EVERYBODY], known, staff, staffing.count_open_issues(staff.ids))
    for draft, route in zip(drafts, routes, strict=True):
        draft.update(routed_columns(route, now))
    return routes


def routed_columns(route: Route | None, now: datetime) -> dict[str, Any]:
    """The columns that say who owns an issue, or who answers for it while it waits."""
    if route is None:
        return {"owner_id": None, "team_id": None, "routed_at": None, "queued_at": None}
    whose = {"owner_id": route.owner_id, "team_id": route.team_id}
    if route.waiting:
        return {**whose, "routed_at": None, "queued_at": now}
    return {**whose, "state": IssueState.ROUTED, "routed_at": now, "queued_at": None}


def due_columns(state: IssueState, due: DueDates) -> dict[str, Any]:
    """The columns that hold the due dates of an issue in this state."""
    return {
        "first_contact_due_at": due.first_contact,
        "next_update_due_at": due.next_update,
        "resolution_due_at": due.resolution,
        "next_due_at": next_due_at(state, due),
    }


def reopened_columns(reopen_count: int, now: datetime) -> dict[str, Any]:
    """The columns of an issue that starts again with the owner it has."""
    passed = ("contacted_at", "diagnosed_at", "in_fix_at", "fixed_at", "verified_at", "fix_due_at", "fix_summary")
    return {
        "state": IssueState.ROUTED,
        "routed_at": now,
        "reopen_count": reopen_count + 1,
        **dict.fromkeys(passed),
    }


def insert_issues(drafts: Sequence[dict[str, Any]], routes: Sequence[Route | None]) -> dict[tuple[int, int], int]:
    """Insert drafts that answers open; answers the ids by (account, defect). A key that is open already is left out."""
    if not drafts:
        return {}
    for draft, number in zip(drafts, next_numbers(len(drafts)), strict=True):
        draft["number"] = number
    connection = db.session.connection()
    opened = _insert_opened(connection.dialect.name).rows_of_each(connection, drafts)
    return {(account_id, defect_key): issue_id for issue_id, account_id, defect_key in opened}
