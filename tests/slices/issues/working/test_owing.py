"""What is owed to a customer beside the clocks, a promise or the fix: lists know it, and say it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from feedback.access.queries import get_viewer
from feedback.issues.queries import Due, IssueFilter, count_by_state, count_issues, list_issues
from feedback.issues.rules import OPEN_STATES, IssueState
from feedback.issues.rules.owing import next_owed
from feedback.kernel import clock
from feedback.reporting.team_board import staff_lines
from tests.dashboards.viewing import body_of, texts, viewing
from tests.slices.issues.answers import accept, make_answer
from tests.slices.issues.test_issue_lists import make_issues
from tests.slices.issues.working.conftest import NOW, House
from tests.slices.issues.working.test_promises import keep, promise

SOON, LATE = NOW + timedelta(hours=1), NOW + timedelta(hours=5)


def overdue(house: House) -> list[int]:
    return [one["id"] for one in house.get("/issues", due="overdue").json["items"]]


def in_fix(house: House, due: timedelta) -> None:
    promised = {"text": "Mend it", "due_at": (NOW + timedelta(days=9)).isoformat()}
    said: dict[str, Any] = {"promise": promised, "fix": {"due_at": (NOW + due).isoformat()}, "to": "in_fix"}
    assert house.log(**said, diagnosis={"root_cause": "Nobody stood in"}).status_code == 201


@pytest.mark.parametrize(
    ("state", "promised_at", "fix_due_at", "owed"),
    [
        (IssueState.ROUTED, LATE, SOON, LATE),
        (IssueState.IN_FIX, LATE, SOON, SOON),
        (IssueState.IN_FIX, SOON, LATE, SOON),
        (IssueState.IN_FIX, None, LATE, LATE),
        (IssueState.FIXED, None, SOON, None),
        (IssueState.CLOSED_UNVERIFIED, SOON, SOON, None),
    ],
)
def test_the_first_of_promise_and_fix_is_owed(
    state: IssueState, promised_at: datetime | None, fix_due_at: datetime | None, owed: datetime | None
) -> None:
    assert next_owed(state, promised_at=promised_at, fix_due_at=fix_due_at) == owed


def test_an_issue_is_overdue_while_a_promise_is_and_no_longer_when_it_is_kept(house: House) -> None:
    clocks, made = house.show()["next_due_at"], promise(house, 2)
    with clock.frozen(NOW + timedelta(hours=3)):
        assert overdue(house.be(house.ana)) == [house.issue]
        shown = house.show()
        assert (shown["overdue"], shown["next_due_at"], shown["next_owed_at"] < clocks) == (True, clocks, True)
        keep(house, made)
        assert (overdue(house), house.show()["overdue"], house.show()["next_owed_at"]) == ([], False, None)


def test_a_promise_that_ends_in_another_way_is_owed_no_longer(house: House) -> None:
    made = promise(house, 2)
    with clock.frozen(NOW + timedelta(hours=3)):
        house.be(house.ana).put(f"/issues/{house.issue}/commitments/{made}/ending", how="not_kept", said="Sorry")
        assert (overdue(house), house.show()["next_owed_at"]) == ([], None)


def test_the_day_of_a_fix_counts_while_it_is_under_way(house: House) -> None:
    in_fix(house, timedelta(hours=4))
    with clock.frozen(LATE):
        assert overdue(house.be(house.ana)) == [house.issue]
        house.put(f"/issues/{house.issue}/fix", due_at=(LATE + timedelta(hours=9)).isoformat())
        assert overdue(house) == []
    with clock.frozen(LATE + timedelta(hours=10)):
        assert overdue(house.be(house.ana)) == [house.issue]
        house.post(f"/issues/{house.issue}/transitions", to="fixed", fix_summary="Mended")
        assert overdue(house) == []


def test_a_promise_goes_with_its_issue_into_another_one(app: Flask, house: House) -> None:
    promise(house, 2)
    with app.app_context():
        answer = make_answer(house.account, 3, contact_id=house.contact)
        other = accept(answer)[answer.response_id]
    house.be(house.ana).post(f"/issues/{other}/merges", issue_id=house.issue)
    with clock.frozen(NOW + timedelta(hours=3)):
        assert overdue(house.be(house.ana)) == [other]


def test_what_is_late_for_the_customer_comes_first_and_counts_everywhere(app: Flask, house: House) -> None:
    promise(house, 1)
    with app.app_context(), clock.frozen(NOW + timedelta(hours=3)):
        make_issues(house.account, [4, 5], team_id=house.team, owner_id=house.ana)
        lead, late = get_viewer(house.lead), IssueFilter(states=OPEN_STATES, due=Due.OVERDUE)
        assert list_issues(lead, IssueFilter()).items[0].id == house.issue
        assert count_issues(lead, late) == sum(load.overdue for load in count_by_state(lead, IssueFilter()).values()) == 1
        assert [line.overdue for line in staff_lines(lead, user_id=house.ana)] == [1]


@pytest.mark.parametrize("address", ["/app/issues", "/app/issues/board"])
def test_the_pages_say_what_is_due(app: Flask, house: House, address: str) -> None:
    promise(house, 1, "Send the corrected papers")
    with clock.frozen(NOW + timedelta(hours=34)), viewing(app, house.ana) as viewer:
        text = " ".join(texts(body_of(viewer, address)).split())
    assert "Promise · overdue by 33 h" in text
    assert "Promised: Send the corrected papers" in text


def test_a_late_fix_is_called_so(app: Flask, house: House) -> None:
    in_fix(house, timedelta(hours=4))
    with clock.frozen(NOW + timedelta(hours=6)), viewing(app, house.ana) as viewer:
        text = " ".join(texts(body_of(viewer, "/app/issues?tab=overdue")).split())
    assert "Planned fix · overdue by 2 h" in text
