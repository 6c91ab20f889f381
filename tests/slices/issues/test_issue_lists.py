"""Queues: order, filters, pages, and that an index serves them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role, Viewer
from feedback.accounts.rules import ValueTier
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries.listing import Due, IssueFilter, Order, _sections, due_before, list_issues, page_query
from feedback.issues.rules import IssueSource, IssueState, Severity
from feedback.kernel import clock
from feedback.uow import transaction
from tests.databases import USE_POSTGRESQL
from tests.factories import make_account, make_defect, make_team, make_user
from tests.logins import as_user

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context(), clock.frozen(NOW):
        yield


def make_issues(account_id: int, hours: list[float | None], **values: Any) -> None:
    """Issues whose next clock is due in so many hours; None makes a closed one."""
    with transaction() as session:
        last = session.scalar(sa.select(sa.func.coalesce(sa.func.max(Issue.number), 0))) or 0
        session.execute(sa.insert(Issue), [_row(account_id, last + 1 + n, due) | values for n, due in enumerate(hours)])


def _row(account_id: int, number: int, hours: float | None) -> dict[str, Any]:
    due = NOW + timedelta(hours=hours or 0)
    return {
        "number": number,
        "state": IssueState.ROUTED if hours is not None else IssueState.CLOSED,
        "severity": Severity.MINOR,
        "source": IssueSource.STAFF,
        "defect_key": 0,
        "account_id": account_id,
        "value_tier": ValueTier.C,
        "priority": float(number % 7),
        "first_contact_due_at": due,
        "next_update_due_at": due,
        "resolution_due_at": due,
        "next_due_at": due if hours is not None else None,
        "opened_at": NOW,
        "closed_at": None if hours is not None else NOW + timedelta(minutes=number),
    }


def viewer(role: Role = Role.ADMIN, **values: Any) -> Viewer:
    return Viewer("user", "x", user_id=values.pop("user_id", None) or make_user(role), role=role, **values)


def numbers(who: Viewer, **wanted: Any) -> list[int]:
    order = wanted.pop("order", Order.DUE)
    return [issue.number for issue in list_issues(who, IssueFilter(**wanted), order=order).items]


def test_open_issues_come_by_their_next_clock_then_closed_ones_newest_first() -> None:
    make_issues(make_account(), [5, None, 1, None, 3])
    assert numbers(viewer()) == [3, 5, 1, 4, 2]


def test_by_priority_the_highest_comes_first() -> None:
    make_issues(make_account(), [1, 1, 1, 1, 1, 1, 1, 1])
    assert numbers(viewer(), order=Order.PRIORITY) == [6, 5, 4, 3, 2, 8, 1, 7]


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_any_size_are_the_list(order: Order, limit: int) -> None:
    make_issues(make_account(), [4, 4, None, 1, None, 4, 2])
    who, found, cursor = viewer(), [], ""
    while cursor is not None:
        page = list_issues(who, IssueFilter(), order=order, limit=limit, cursor=cursor or None)
        found += [issue.number for issue in page.items]
        cursor = page.next_cursor
    assert found == numbers(who, order=order)
    assert len(found) == 7


def test_what_is_due_includes_what_is_overdue_and_today_ends_in_the_viewers_zone() -> None:
    make_issues(make_account(), [-1, 5, 13, 40, 24 * 9])
    assert numbers(viewer(), due=Due.OVERDUE) == [1]
    assert numbers(viewer(time_zone="Asia/Tokyo"), due=Due.TODAY) == [1, 2]
    assert numbers(viewer(), due=Due.TODAY) == [1, 2, 3]
    assert numbers(viewer(), due=Due.WEEK) == [1, 2, 3, 4]
    assert due_before(Due.TODAY, NOW, "Asia/Tokyo") == datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_filters_by_state_owner_and_account() -> None:
    account, owner = make_account(), make_user(Role.FRONTLINE)
    make_issues(account, [1, 2], owner_id=owner)
    make_issues(make_account(), [3, None])
    assert numbers(viewer(), owner_id=owner) == [1, 2]
    assert numbers(viewer(), nobody=True) == [3, 4]
    assert numbers(viewer(), account_id=account) == [1, 2]
    assert numbers(viewer(), states=(IssueState.CLOSED,)) == [4]


def test_the_api_reads_filters_and_refuses_what_it_does_not_know(client: FlaskClient) -> None:
    owner = make_user(Role.FRONTLINE, team_id=make_team())
    make_issues(make_account(), [1, None], owner_id=owner)
    as_user(client, owner)
    listed = client.get("/api/v1/issues?state=open&owner=me&due=today&order=priority&limit=10")
    assert [item["number"] for item in listed.json["items"]] == [1]
    for query in ("state=lost", "owner=you", "due=never", "order=x", "cursor=abc", "cursor=WyJkdWUiLCAiMjAyNiIsIDFd", "what=1"):
        assert client.get(f"/api/v1/issues?{query}").status_code == 422, query


def test_the_api_lists_issues_of_a_defect_and_of_a_severity(client: FlaskClient) -> None:
    owner, defect_id = make_user(Role.FRONTLINE, team_id=make_team()), make_defect("late")
    make_issues(make_account(), [1, 2], owner_id=owner, defect_id=defect_id, defect_key=defect_id)
    make_issues(make_account(), [3, 4], owner_id=owner, severity=Severity.CRITICAL)
    make_issues(make_account(), [5], owner_id=owner, source=IssueSource.SILENCE)
    as_user(client, owner)

    def listed(query: str) -> list[int]:
        return [item["number"] for item in client.get(f"/api/v1/issues?{query}").json["items"]]

    assert (listed("defect=late"), listed("severity=critical")) == ([1, 2], [3, 4])
    assert listed("defect=late&severity=critical") == []
    assert (listed("kind=problem"), listed("kind=work_item")) == ([1, 2, 3, 4], [5])
    for query in ("defect=unheard-of", "severity=grave"):
        assert client.get(f"/api/v1/issues?{query}").status_code == 422, query


def plan(query: sa.Select[Any]) -> str:
    prefix = "EXPLAIN " if USE_POSTGRESQL else "EXPLAIN QUERY PLAN "
    compiled = query.compile(db.engine, compile_kwargs={"literal_binds": False, "render_postcompile": True})
    dialect_params = compiled.construct_params()
    types = compiled.binds
    values = {
        name: types[name].type.dialect_impl(db.engine.dialect).bind_processor(db.engine.dialect) or (lambda value: value)
        for name in dialect_params
        if name in types
    }
    bound = {name: values.get(name, lambda value: value)(value) for name, value in dialect_params.items()}
    positional = tuple(bound[name] for name in compiled.positiontup) if compiled.positiontup else bound
    rows = db.session.connection().exec_driver_sql(prefix + str(compiled), positional)
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("whose", ["mine", "team", "all", "closed"])
def test_a_page_of_the_queue_is_read_from_an_index_without_sorting(order: Order, whose: str) -> None:
    team = make_team()
    me = viewer(Role.ADMIN if whose in ("all", "closed") else Role.FRONTLINE, team_id=team)
    account = make_account()
    for _ in range(4):
        make_issues(account, [1.0 * n for n in range(200)], owner_id=me.user_id, team_id=team)
        make_issues(account, [None] * 200, owner_id=me.user_id, team_id=team)
    wanted = {
        "mine": IssueFilter(owner_id=me.user_id),
        "team": IssueFilter(team_id=team),
        "all": IssueFilter(),
        "closed": IssueFilter(states=(IssueState.CLOSED, IssueState.CLOSED_UNVERIFIED)),
    }[whose]
    with transaction() as session:
        session.execute(sa.text("ANALYZE"))
    section = _sections(wanted, order)[0]
    found = plan(page_query(section, me, wanted, None, 51))
    assert "ix_issue_" in found, found
    assert "Seq Scan" not in found, found
    assert "SCAN issue\n" not in found + "\n", found
    assert "TEMP B-TREE" not in found, found
    assert "Sort" not in found, found
