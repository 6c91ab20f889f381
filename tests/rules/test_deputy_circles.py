"""Deputies who stand in for each other at one moment: then nobody is there."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedback.staffing.rules import Away, Leave, Working, circle_with, stand_in

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def leave(user: int, deputy: int | None, first: int, last: int) -> Leave:
    return Leave(user, deputy, DAY + timedelta(days=first), DAY + timedelta(days=last))


def test_two_who_stand_in_for_each_other() -> None:
    mine, theirs = leave(1, 2, 0, 5), leave(2, 1, 4, 9)
    assert circle_with(mine, [theirs]) == [mine, theirs]
    assert circle_with(leave(1, 2, 0, 4), [theirs]) == [], "the one is back when the other leaves"


def test_three_in_a_row_and_a_chain_that_ends() -> None:
    mine, second, third = leave(1, 2, 0, 5), leave(2, 3, 1, 6), leave(3, 1, 2, 7)
    assert circle_with(mine, [third, second]) == [mine, second, third]
    assert circle_with(mine, [second, leave(3, None, 2, 7)]) == []
    assert circle_with(mine, [second, leave(3, 1, 5, 7)]) == [], "no moment at which all three are away"


_LEAVE = st.builds(leave, st.integers(1, 4), st.none() | st.integers(1, 4), st.integers(0, 3), st.integers(4, 7))
LEAVES = st.lists(_LEAVE, max_size=4)


@given(st.integers(1, 4), st.integers(1, 4), LEAVES)
def test_a_circle_is_what_routing_finds_nobody_in(user: int, deputy: int, others: list[Leave]) -> None:
    """By another way: at each beginning, follow the deputies; a person comes back to where they began."""
    mine = leave(user, deputy, 0, 7)
    known = list({one.user_id: one for one in others if one.user_id != user and one.deputy_id != one.user_id}.values())
    moments = [one.starts_at for one in [mine, *known]]
    comes_back = deputy != user and any(_comes_back(mine, known, at) for at in moments)
    assert bool(circle_with(mine, known)) == comes_back


def _comes_back(mine: Leave, others: list[Leave], at: datetime) -> bool:
    away = {one.user_id: one for one in [mine, *others] if one.starts_at <= at < one.ends_at}
    people = {person: Working() for person in range(1, 5)}
    people |= {one.user_id: Working(away=Away(one.ends_at, one.deputy_id)) for one in away.values()}
    person, steps = mine.deputy_id, 0
    while person in away and person != mine.user_id and steps < 9:
        person, steps = away[person].deputy_id, steps + 1
    assert person != mine.user_id or stand_in(mine.user_id, people) is None
    return person == mine.user_id
