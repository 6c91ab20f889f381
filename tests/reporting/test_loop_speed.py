"""How fast the loop is: open issues count as longer, clocks kept and missed, and who sees which."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import User
from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.issues.models import ClockRun, Issue, IssueEvent
from feedback.issues.moves import Move, move_issue
from feedback.issues.rules import Clock, IssueState
from feedback.kernel import clock
from feedback.reporting.loop_months import kept_by_month
from feedback.reporting.loop_speed import Milestone, SpeedFilter, loop_speed
from feedback.uow import transaction
from tests.factories import insert, make_account, make_team, make_user
from tests.logins import as_user, token
from tests.slices.issues.answers import accept, catch_all, make_answer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVERY = SpeedFilter()
PATH = "/api/v1/loop-speed?from=2026-01-01"


@pytest.fixture
def people(app: Flask) -> Iterator[dict[str, int]]:
    """Five minor issues; three customers were called after 1, 2 and 50 hours, two were not."""
    with app.app_context(), clock.frozen(NOW):
        team = make_team()
        owner = make_user(Role.FRONTLINE, team_id=team)
        catch_all(team)
        answers = [make_answer(make_account()) for _ in range(5)]
        issues = list(accept(*answers).values())
        for issue, hours in zip(issues, (1, 2, 50), strict=False):
            with clock.frozen(NOW + timedelta(hours=hours)), transaction():
                move_issue(issue, Move(IssueState.CONTACTED, note="Called"), viewer=get_viewer(owner))
        yield {"owner": owner, "team": team, "executive": make_user(Role.EXECUTIVE)}


def at(hours: float, viewer: int, wanted: SpeedFilter = EVERY) -> Any:
    with clock.frozen(NOW + timedelta(hours=hours)):
        return loop_speed(get_viewer(viewer), wanted, (Milestone.OPENED, Milestone.CONTACTED))


def test_who_was_not_called_yet_counts_as_longer(people: dict[str, int]) -> None:
    found = at(60, people["executive"])
    hours = found.chosen.hours
    assert (found.issues, hours.n, hours.open, hours.median, hours.p90) == (5, 5, 2, 50, None)


def test_a_clock_is_kept_missed_or_missed_and_open_still(people: dict[str, int]) -> None:
    first = at(60, people["executive"]).clocks[0]
    assert (first.kept.weight, first.kept.total, first.missed, first.overdue, first.late_hours) == (2, 5, 3, 2, 2.0)


def test_before_anything_ran_out_only_what_ended_counts(people: dict[str, int]) -> None:
    with transaction() as session:
        session.execute(sa.text("DELETE FROM issue_clock_run WHERE late_seconds > 0"))
    first = at(40, people["executive"]).clocks[0]
    assert (first.kept.weight, first.kept.total, first.missed) == (2, 2, 0)


@pytest.mark.parametrize(("leads", "issues"), [(True, 5), (False, 0)])
def test_who_leads_a_team_sees_their_own(people: dict[str, int], leads: bool, issues: int) -> None:
    team = people["team"] if leads else make_team()
    lead = make_user(Role.FRONTLINE, team_id=team)
    with transaction() as session:
        session.execute(sa.update(User).where(User.id == lead).values(leads_team=True))
    assert at(60, lead).issues == issues


def test_other_periods_and_teams_are_left_out(people: dict[str, int]) -> None:
    later, other = SpeedFilter(since=NOW + timedelta(hours=1)), SpeedFilter(team_id=make_team())
    assert [at(60, people["executive"], wanted).issues for wanted in (later, other)] == [0, 0]


def test_the_api_says_the_same(app: Flask, client: FlaskClient, people: dict[str, int]) -> None:
    with clock.frozen(NOW + timedelta(hours=60)):
        found = client.get(f"{PATH}&start=opened&end=contacted", headers=token(app)).json
    assert (found["issues"], found["stages"][0]["median_hours"], found["clocks"][0]["missed"]) == (5, 50, 3)
    assert [(one["month"], one["n"]) for one in found["months"] if one["n"]] == [("2026-03-01", 5)]


@pytest.mark.parametrize("query", ["&start=opened", "&start=fixed&end=opened", "&start=x&end=y", "&to=2025-01-01"])
def test_a_question_that_makes_no_sense_is_invalid(app: Flask, client: FlaskClient, query: str) -> None:
    assert client.get(PATH + query, headers=token(app)).status_code == 422


def test_who_owns_issues_but_leads_nobody_does_not_see_it(client: FlaskClient, people: dict[str, int]) -> None:
    as_user(client, people["owner"])
    assert client.get(PATH).status_code == 403


def test_a_fix_that_was_refused_ended_no_resolution(people: dict[str, int]) -> None:
    issue = db.session.scalars(sa.select(Issue.id).order_by(Issue.id)).first()
    ended = {"started_at": NOW, "due_at": NOW + timedelta(hours=30), "ended_at": NOW + timedelta(hours=20)}
    insert(ClockRun, issue_id=issue, clock=Clock.RESOLUTION, late_seconds=0, **ended)
    assert at(60, people["executive"]).clocks[2].kept.total == 1
    happened = {"actor": "x", "occurred_at": NOW + timedelta(hours=40)}
    insert(IssueEvent, issue_id=issue, kind="reopened", data={"was": "fixed"}, **happened)
    assert at(60, people["executive"]).clocks[2].kept.total == 0
    assert months_at(60, people["executive"], Clock.RESOLUTION) == {}


def months_at(hours: float, viewer: int, which: Clock) -> dict[str, tuple[int, int]]:
    with clock.frozen(NOW + timedelta(hours=hours)):
        points = kept_by_month(get_viewer(viewer), EVERY)[which]
    return {point.month.isoformat(): (point.cited, point.n) for point in points if point.n}


def test_a_month_counts_what_was_due_in_it_with_what_runs_late_still(people: dict[str, int]) -> None:
    assert months_at(60, people["executive"], Clock.FIRST_CONTACT) == {"2026-03-01": (2, 5)}


def test_what_is_due_later_than_now_is_in_no_month_though_it_was_kept_early(people: dict[str, int]) -> None:
    assert months_at(3, people["executive"], Clock.FIRST_CONTACT) == {}


def test_the_year_up_to_now_has_twelve_months(people: dict[str, int]) -> None:
    with clock.frozen(NOW):
        points = kept_by_month(get_viewer(people["executive"]), EVERY)[Clock.RESOLUTION]
    assert (len(points), points[0].month.isoformat(), points[-1].month.isoformat()) == (12, "2025-04-01", "2026-03-01")


def test_other_people_see_no_month_of_ours(people: dict[str, int]) -> None:
    assert months_at(60, make_user(Role.FRONTLINE, team_id=make_team()), Clock.FIRST_CONTACT) == {}
