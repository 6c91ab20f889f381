"""Handing over what somebody who is away leaves open: all of it, or some to each, with what the receivers have and speak."""

from collections.abc import Sequence

import pytest
from flask import Flask

from dashboards.pages.issues.giving import receiver_groups
from dashboards.pages.team import callbacks
from feedback.access.queries import get_viewer
from feedback.kernel import clock
from feedback.reporting.receivers import Receiver
from feedback.reporting.team_board import absence_board
from feedback.staffing.queries import list_absences
from feedback.staffing.service import change_profile
from feedback.uow import transaction
from tests.dashboards.test_team_pages import Team, shown, team
from tests.dashboards.viewing import body_of, viewing

__all__ = ["team"]


@pytest.fixture
def absence(app: Flask, team: Team) -> int:
    """Omar is away with two issues."""
    with app.app_context(), transaction():
        change_profile(team.owner, viewer=get_viewer(team.lead), capacity=9)
    today = clock.now().date().isoformat()
    with viewing(app, team.owner) as viewer:
        callbacks.enter_absence(viewer, 1, today, None, None, "", team.owner, 0)
        return list_absences(viewer, since=clock.now())[0].id


def left(app: Flask, team: Team, absence: int) -> list[int]:
    with viewing(app, team.lead) as viewer:
        return [line.id for line in absence_board(viewer, absence).issues]


def give(app: Flask, team: Team, absence: int, to: int, issues: list[str] | None) -> None:
    with viewing(app, team.lead) as viewer:
        callbacks.hand_all_over(viewer, 1, str(to), None, issues, absence, 0)


def test_some_go_to_one_and_the_rest_to_another(app: Flask, team: Team, absence: int) -> None:
    assert left(app, team, absence) == [team.first, team.second]
    give(app, team, absence, team.stranger, [str(team.second)])
    assert left(app, team, absence) == [team.first]
    give(app, team, absence, team.lead, None)
    assert left(app, team, absence) == []
    assert "Eva" in shown(app, team.stranger, f"/app/issues/{team.second}")


def test_the_page_lists_each_issue_to_choose(app: Flask, team: Team, absence: int) -> None:
    with viewing(app, team.lead, address := f"/app/absences/{absence}") as viewer:
        page = repr(body_of(viewer, address))
    assert "#1 Acme · Late" in page
    assert "#2 Acme · Lost" in page


def labels(app: Flask, team: Team, people: Sequence[Receiver], language: str | None) -> list[str]:
    with viewing(app, team.lead) as viewer:
        return [item["label"] for group in receiver_groups(viewer, people, language) for item in group["items"]]


@pytest.mark.parametrize(
    ("language", "words"), [(None, "Spanish, German"), ("es-MX", "Spanish, German"), ("ru", "does not speak Russian")]
)
def test_a_choice_says_what_somebody_has_and_speaks(app: Flask, team: Team, language: str | None, words: str) -> None:
    person = Receiver(1, "Ana", "Claims", 4, 20, None, ("es", "de"))
    assert labels(app, team, [person], language) == [f"Ana · has 4 of 20 · {words}"]


def test_who_is_full_is_marked_and_nothing_is_made_up(app: Flask, team: Team) -> None:
    people = [Receiver(1, "Ana", None, 20, 20, None), Receiver(2, "Bo", None, 3, None, None)]
    assert labels(app, team, people, "ru") == ["Ana · full, has 20 of 20", "Bo · has 3"]
