"""Open issues side by side by state, and what the filters above board and list leave out."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries import Kind
from feedback.issues.rules import OPEN_STATES, IssueSource, IssueState, Severity
from feedback.kernel import clock
from feedback.reporting.issue_board import Narrowing, issue_queue
from feedback.reporting.state_board import LANE_SIZE, state_board
from tests.factories import make_account, make_defect, make_user
from tests.logins import as_user
from tests.slices.issues.test_issue_lists import NOW, make_issues

BOARD = "/app/issues/board"


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context(), clock.frozen(NOW):
        yield


@pytest.fixture
def head() -> Viewer:
    return get_viewer(make_user(Role.EXECUTIVE))


def lanes(viewer: Viewer, tab: str = "team", **only: Any) -> dict[str, tuple[int, int, int]]:
    board = state_board(viewer, tab, Narrowing(**only))
    return {lane.state.value: (lane.load.issues, lane.load.overdue, len(lane.lines)) for lane in board.lanes}


def shown(app: Flask, user_id: int, address: str = BOARD) -> str:
    db.session.rollback()
    response = as_user(app.test_client(), user_id).get(address)
    assert response.status_code == 200
    return response.text


def test_each_open_state_is_a_lane_even_an_empty_one(head: Viewer) -> None:
    make_issues(make_account(), [-2, -1, 5, None])
    make_issues(make_account(), [3], state=IssueState.IN_FIX)
    found = lanes(head)
    assert list(found) == [state.value for state in OPEN_STATES]
    assert {state: load for state, load in found.items() if load[0]} == {"routed": (3, 2, 3), "in_fix": (1, 0, 1)}


def test_a_lane_shows_what_is_due_first_and_says_how_much_is_left(app: Flask, head: Viewer) -> None:
    make_issues(make_account(), [float(hours) for hours in range(LANE_SIZE + 3, 0, -1)])
    [lane] = [one for one in state_board(head, "team", Narrowing()).lanes if one.lines]
    due = [line.first.at for line in lane.lines if line.first]
    assert (len(due), due) == (LANE_SIZE, sorted(due))
    page = shown(app, head.user_id or 0)
    assert "3 more in the list" in page
    assert "/app/issues?state=routed" in page


def test_filters_narrow_board_list_and_counts(head: Viewer) -> None:
    slow = make_defect("slow")
    make_issues(make_account(), [1, 2], severity=Severity.MAJOR, defect_id=slow, defect_key=slow)
    make_issues(make_account(), [3, 4, 5], state=IssueState.FIXED)
    assert lanes(head, severity=Severity.MAJOR)["routed"] == (2, 0, 2)
    assert sum(count for count, _late, _shown in lanes(head, defect="slow").values()) == 2
    assert lanes(head, state=IssueState.FIXED) == {"fixed": (3, 0, 3)}
    queue = issue_queue(head, "team", only=Narrowing(severity=Severity.MAJOR))
    assert (len(queue.lines), queue.counts["team"]) == (2, 2)


def test_reasons_to_get_in_touch_can_be_set_aside(app: Flask, head: Viewer) -> None:
    make_issues(make_account(), [1, 2])
    make_issues(make_account(), [3], source=IssueSource.CONTACT_GAP)
    assert [lanes(head, kind=kind)["routed"][0] for kind in (None, Kind.PROBLEM, Kind.WORK_ITEM)] == [3, 2, 1]
    assert "kind=work_item" in shown(app, head.user_id or 0, "/app/issues?kind=work_item")


def test_closed_issues_are_narrowed_by_no_open_state(head: Viewer) -> None:
    make_issues(make_account(), [None, None])
    assert len(issue_queue(head, "closed", only=Narrowing(state=IssueState.FIXED)).lines) == 2


def test_nobody_sees_the_issues_of_others_on_it(app: Flask) -> None:
    make_issues(make_account(), [1, 2])
    stranger = make_user(Role.ACCOUNT_MANAGER)
    assert not any(count for count, _late, _shown in lanes(get_viewer(stranger)).values())
    assert "No issue is open here." in shown(app, stranger)


def test_an_empty_board_offers_to_clear_the_filters(app: Flask, head: Viewer) -> None:
    make_issues(make_account(), [1])
    page = shown(app, head.user_id or 0, BOARD + "?severity=critical")
    assert "No issue here is like that." in page
    assert "Clear the filters" in page


def test_list_and_board_lead_to_each_other_with_the_filters(app: Flask, head: Viewer) -> None:
    make_issues(make_account(), [1], severity=Severity.MAJOR)
    assert f"{BOARD}?severity=major" in shown(app, head.user_id or 0, "/app/issues?severity=major")
    assert "/app/issues?severity=major" in shown(app, head.user_id or 0, BOARD + "?severity=major")


def test_a_few_statements_are_enough_for_any_number_of_issues(head: Viewer) -> None:
    statements: list[str] = []
    counts = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for _ in range(2):
        make_issues(make_account(), [1, 2, 3])
        make_issues(make_account(), [1], state=IssueState.NEW)
        statements.clear()
        state_board(head, "team", Narrowing())
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Issue)) == 8
