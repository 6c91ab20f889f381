"""Opening issues: the one way in for all of them, whatever their reason. Numbers, owners, clocks, rows, news."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.accounts.exchange import Exchange, current_exchange
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.clockwork import Reckoning
from feedback.issues.inserting import insert_into
from feedback.issues.models import OPEN, Issue, IssueEvent
from feedback.issues.queries import staffing
from feedback.issues.queries.route_facts import with_helpers
from feedback.issues.rules import (
    EVERYBODY,
    IssueSource,
    IssueState,
    Route,
    RouteFacts,
    Severity,
    priority,
    route_each,
    told,
)
from feedback.issues.rules.clockwork import LEVEL, Level
from feedback.kernel.prepared import Prepared

ACTOR = "system"
_LAST_NUMBER = Prepared(sa.select(sa.func.max(Issue.__table__.c.number).label("number")))


@lru_cache(maxsize=2)
def _insert_opened(dialect: str) -> Prepared:
    issue = Issue.__table__.c
    insert = insert_into(Issue, dialect).on_conflict_do_nothing(
        index_elements=["account_id", "defect_key", "cause_key"], index_where=OPEN
    )
    return Prepared(insert.returning(issue.id, issue.number))


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue to be opened. `account` is a row of it with its name, worth, owner and what routing asks for.

    With a `cause_key` it opens only where no open issue has this account, defect and cause; None: it stands for itself.
    """

    account: Any
    source: IssueSource
    severity: Severity
    cause_key: str | None
    why: Mapping[str, Any] = field(default_factory=dict)
    defect_id: int | None = None
    category: str | None = None
    title: str | None = None
    contact_id: int | None = None
    language: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    noted: Mapping[str, Any] = field(default_factory=dict)  # what the history says with "opened"
    actor: str = ACTOR
    actor_id: int | None = None
    manager_knows: bool = False  # whoever looks after the account is told in another way


class Opened(NamedTuple):
    """What came of a list of drafts: the id of each, None where such an issue is open; and what is to be written with them."""

    ids: list[int | None]
    events: list[dict[str, Any]]
    messages: list[news.Message]


def open_drafts(
    drafts: Sequence[Draft], now: datetime, *, reckoning: Reckoning | None = None, exchange: Exchange | None = None
) -> Opened:
    """Open issues, each with number, owner and clocks, in a number of statements that does not depend on the list.

    Call inside `transaction()`. Two writers who open the same at once: one of them gets None and joins the other's.
    """
    reckoning, exchange = reckoning or Reckoning(), exchange or current_exchange()
    rows = [_row(draft, now, exchange) for draft in drafts]
    routes = route_drafts(rows, [_route_facts(draft) for draft in drafts], now)
    levels = [reckoning.level(row["source"], row["severity"], row["value_tier"], row["team_id"]) for row in rows]
    for row, level in zip(rows, levels, strict=True):
        row.update(reckoning.opened(row["severity"], level, now))
    found = insert_issues(rows)
    opened = Opened([found.get(row["number"]) for row in rows], [], [])
    for draft, row, route, level, issue_id in zip(drafts, rows, routes, levels, opened.ids, strict=True):
        if issue_id is not None:
            _tell(opened, issue_id, draft, row, route, level)
    return opened


def write_news(opened: Opened) -> None:
    """Write the history and the notices of what was opened."""
    if opened.events:
        db.session.execute(sa.insert(IssueEvent), opened.events)
    news.send(opened.messages)


def _row(draft: Draft, now: datetime, exchange: Exchange) -> dict[str, Any]:
    account = draft.account
    revenue = exchange.converted(account.annual_revenue, account.currency)
    return {
        "state": IssueState.NEW,
        "severity": draft.severity,
        "source": draft.source,
        "cause_key": draft.cause_key,
        "why": dict(draft.why),
        "fix_summaries": {},
        "category": draft.category,
        "title": draft.title,
        "defect_id": draft.defect_id,
        "defect_key": draft.defect_id or 0,
        "account_id": account.id,
        "contact_id": draft.contact_id,
        "value_tier": account.value_tier,
        "priority": priority(account.value_tier, revenue, draft.severity),
        "opened_at": now,
        **draft.columns,
    }


def _route_facts(draft: Draft) -> RouteFacts:
    account = draft.account
    language = draft.language or account.language
    what = (draft.category, draft.defect_id, account.segment, account.region, language, account.value_tier)
    return RouteFacts(*what, account_id=account.id, contact_id=draft.contact_id)


def _tell(opened: Opened, issue_id: int, draft: Draft, row: Mapping[str, Any], route: Route | None, level: Level) -> None:
    what = {"severity": draft.severity, LEVEL: level.as_data(), **draft.noted}
    who = {"actor": draft.actor, "actor_id": draft.actor_id}
    opened.events.append(_event(issue_id, "opened", what, row["opened_at"]) | who)
    if route is not None:
        opened.events.append(_event(issue_id, "queued" if route.waiting else "routed", told(route), row["opened_at"]))
    manager = None if draft.manager_knows else draft.account.owner_id
    params = {"number": row["number"], "account": draft.account.name, "severity": draft.severity, "source": draft.source}
    opened.messages.extend(news.issue_opened(issue_id, route, manager, **params))


def _event(issue_id: int, kind: str, data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    about = {"issue_id": issue_id, "kind": kind, "data": dict(data), "occurred_at": at}
    return about | {"actor": ACTOR, "actor_id": None}


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
    accounts = [draft["account_id"] for draft in drafts]
    known, holding = with_helpers(facts, accounts, rules), staffing.find_holding(accounts)
    routes = route_each(rules or [EVERYBODY], known, staff, staffing.count_open_issues(staff.ids), holding=holding)
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


def reopened_columns(reopen_count: int, now: datetime) -> dict[str, Any]:
    """The columns of an issue that starts again with the owner it has."""
    passed = ("contacted_at", "diagnosed_at", "in_fix_at", "fixed_at", "verified_at", "fix_due_at", "fix_summary")
    return {
        "state": IssueState.ROUTED,
        "routed_at": now,
        "reopen_count": reopen_count + 1,
        **dict.fromkeys(passed),
        "fix_summaries": {},
    }


def insert_issues(rows: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Insert issues; answers their ids by number. One whose account, defect and cause have an open issue is left out."""
    if not rows:
        return {}
    for row, number in zip(rows, next_numbers(len(rows)), strict=True):
        row["number"] = number
    connection = db.session.connection()
    opened = _insert_opened(connection.dialect.name).rows_of_each(connection, rows)
    return {number: issue_id for issue_id, number in opened}
