"""The night on which clocks are changed, on the page of an issue: the hour that comes twice says which of the two is meant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from dashboards.pages.issues.clocks import clocks_section
from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.kernel import clock
from feedback.reporting.issue_board import issue_detail
from tests.factories import make_account, make_contact, make_team, make_user
from tests.slices.issues.answers import accept, catch_all, make_answer

TWO_DAYS = timedelta(hours=48)  # what a customer of tier B is promised for the first contact about a minor problem


def texts(part: Any) -> str:
    if isinstance(part, list | tuple):
        return " ".join(texts(one) for one in part)
    return texts(part.children) if hasattr(part, "children") else str(part or "")


@pytest.mark.parametrize(
    ("due", "shown"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Sun, Oct 25, 02:30 (GMT+02:00)"),  # the first half past two
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Sun, Oct 25, 02:30 (GMT+01:00)"),  # the second, an hour later
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Sun, Mar 29, 01:59 (GMT+01:00)"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Sun, Mar 29, 03:00 (GMT+02:00)"),  # the hour from two to three is not there
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC) - timedelta(days=1), "Sat, Oct 24, 01:30"),
    ],
)
def test_a_due_date_in_the_night_of_a_time_change_is_the_customers(app: Flask, due: datetime, shown: str) -> None:
    with app.test_request_context(), force_locale("en"), clock.frozen(due - TWO_DAYS):
        team = make_team()
        catch_all(team)
        owner = make_user(Role.FRONTLINE, team_id=team)
        account = make_account(time_zone="Europe/Madrid")
        answer = make_answer(account, contact_id=make_contact(account))
        found = issue_detail(get_viewer(owner), accept(answer)[answer.response_id])
        assert found.issue.first_contact_due_at == due
        assert f"At the customer's (Madrid): {shown} " in texts(clocks_section(get_viewer(owner), found)) + " "
