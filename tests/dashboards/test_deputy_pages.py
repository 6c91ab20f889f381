"""What a page says while the owner of an issue is away, to the deputy and to others."""

from datetime import timedelta

import pytest
from flask import Flask

from dashboards.pages.issues.giving import receiver_groups
from feedback.access.rules import Role
from feedback.kernel import clock
from feedback.reporting.issue_board import issue_detail
from feedback.reporting.receivers import receivers
from feedback.staffing.models import StaffProfile
from feedback.staffing.service import AbsenceDraft, enter_absence
from tests.dashboards.test_work_pages import Work
from tests.dashboards.viewing import viewing
from tests.factories import insert, make_team, make_user


class Leave(Work):
    """Ana is away from today, and Luis of another team stands in."""

    def __init__(self, app: Flask, *, deputy: bool = True) -> None:
        super().__init__(app)
        with app.app_context():
            self.luis = make_user(Role.FRONTLINE, team_id=make_team(), name="Luis")
        today = clock.now().date()
        draft = AbsenceDraft(today, today + timedelta(days=3), self.luis if deputy else None)
        self.do(self.lead, enter_absence, self.owner, draft)


@pytest.fixture
def leave(app: Flask) -> Leave:
    return Leave(app)


@pytest.mark.parametrize("address", ["/app/issues?tab=mine", "/app/issues/board?tab=mine"])
def test_the_deputys_queue_marks_for_whom_they_stand_in(leave: Leave, address: str) -> None:
    assert "Standing in for Ana" in leave.page(leave.luis, address)
    assert "Standing in for" not in leave.page(leave.lead, address.replace("mine", "team"))


def test_the_issue_says_until_when_its_owner_is_away(leave: Leave) -> None:
    assert "Luis stands in." in leave.of_issue(leave.lead)
    assert "you stand in." in leave.of_issue(leave.luis)
    assert "Log the call" in leave.of_issue(leave.luis)
    assert "Remind Ana" not in leave.of_issue(leave.luis)


def test_it_says_that_nobody_stands_in(app: Flask) -> None:
    leave = Leave(app, deputy=False)
    assert "nobody stands in." in leave.of_issue(leave.lead)


def test_promises_of_the_absent_are_the_deputys_to_keep(leave: Leave) -> None:
    leave.promise(1, "Call back")
    assert "Call back" in leave.page(leave.luis, "/app/promises")


def choices(leave: Leave, person: int) -> list[str]:
    with viewing(leave.app, person) as viewer:
        groups = receiver_groups(viewer, issue_detail(viewer, leave.issue).receivers)
        return [choice["label"] for group in groups for choice in group["items"]]


def test_whoever_gives_an_issue_away_sees_who_has_room_and_who_is_here(leave: Leave) -> None:
    with leave.app.app_context():
        insert(StaffProfile, user_id=leave.lead, skills=[], languages=[], capacity=20)
    assert choices(leave, leave.luis) == ["Lea · has 0 of 20", "Luis · has 0"], "the issue's team first, and not its owner"
    today = clock.now().date()
    leave.do(leave.luis, enter_absence, leave.luis, AbsenceDraft(today, today, None))
    assert choices(leave, leave.lead)[1].startswith("Luis · away until ")


def test_teams_are_called_as_the_reader_calls_them(leave: Leave) -> None:
    with leave.app.app_context():
        team = make_team(name="Claims", names={"es": "Siniestros"})
        reader = make_user(Role.FRONTLINE, team_id=team, locale="es")
    with viewing(leave.app, reader):
        assert "Siniestros" in {person.team for person in receivers(team, without=None)}
