"""Loop speed as a page: the figure by month is drawn also before the program in the browser has started."""

from datetime import timedelta

import pytest
from flask import Flask

from dashboards.still.markup import still_markup
from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.issues.moves import Move, move_issue
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_team, make_user
from tests.slices.issues.answers import accept, catch_all, make_answer

BEFORE = clock.now() - timedelta(days=61)


@pytest.fixture
def executive(app: Flask) -> int:
    """Six issues of two months ago, whose customers were called within the hour."""
    with app.app_context(), clock.frozen(BEFORE):
        team = make_team()
        owner = make_user(Role.FRONTLINE, team_id=team)
        catch_all(team)
        for issue in list(accept(*[make_answer(make_account()) for _ in range(6)]).values()):
            with transaction():
                move_issue(issue, Move(IssueState.CONTACTED, note="Called"), viewer=get_viewer(owner))
        return make_user(Role.EXECUTIVE)


def test_the_figure_by_month_is_drawn_at_once(app: Flask, executive: int) -> None:
    with viewing(app, executive, "/app/loop?period=all") as viewer:
        drawn = still_markup(body_of(viewer, "/app/loop?period=all"))
    assert "<svg" in drawn
    assert "100%" in drawn


def test_before_anything_is_due_the_figure_says_why_it_is_not_there(app: Flask, executive: int) -> None:
    with clock.frozen(BEFORE + timedelta(minutes=5)), viewing(app, executive, "/app/loop") as viewer:
        assert "Kept in time, month by month" in (shown := texts(body_of(viewer, "/app/loop")))
    assert "Fewer than 5 were due in each month so far." in shown
