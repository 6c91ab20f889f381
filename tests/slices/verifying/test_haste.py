"""Three tries within a minute are three tries by the contract; whoever leads hears how close together they were."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.access.rules import Role
from feedback.issues.rules import IssueState
from feedback.issues.verifying.rules import tried_over
from tests.factories import make_user
from tests.slices.verifying.conftest import World, forget_request
from tests.slices.verifying.test_pages import issue_page
from tests.slices.verifying.test_unanswered import ask_in_vain

AGAIN = "Who does not pick up now may tomorrow"


@pytest.fixture
def lead(world: World) -> int:
    return make_user(Role.FRONTLINE, team_id=world.row().team_id, leads_team=True)


def try_at(world: World, *hours: float) -> None:
    for hour in hours:
        forget_request()
        with world.at(hour):
            ask_in_vain(world)


def give_up(world: World, hours: float) -> None:
    forget_request()
    with world.at(hours):
        world.move(IssueState.CLOSED_UNVERIFIED)
    assert world.row().state is IssueState.CLOSED_UNVERIFIED


@pytest.mark.parametrize(("hours", "hears"), [((3, 3.1, 3.2), True), ((3, 9, 26), True), ((3, 20, 27.5), False)])
def test_the_lead_hears_of_tries_within_a_day(world: World, lead: int, hours: tuple[float, ...], hears: bool) -> None:
    try_at(world, *hours)
    give_up(world, hours[-1] + 1)
    assert world.told("issue_given_up") == ({lead} if hears else set())


@pytest.mark.usefixtures("lead")
def test_after_a_month_nobody_was_hasty(world: World) -> None:
    try_at(world, 3, 3.1, 3.2)
    give_up(world, 31 * 24)
    assert world.told("issue_given_up") == set()


def test_the_page_says_so_before(world: World) -> None:
    try_at(world, 3, 3.1)
    assert AGAIN not in issue_page(world)
    try_at(world, 3.5)
    page = issue_page(world)
    assert AGAIN in page
    assert "Between the first and the last: 30 minutes." in page
    assert "Every try lies within a day: try again tomorrow." in page
    try_at(world, 28)
    assert "Every try lies within a day" not in issue_page(world)


@given(st.lists(st.datetimes(), max_size=5))
def test_the_time_between_tries(moments: list) -> None:
    over = tried_over(moments)
    assert over == (max(moments) - min(moments) if moments else timedelta())
