"""Who can get an issue: skills, languages, absences, room; and what is said about it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.issues.rules import (
    Holding,
    Route,
    RouteFacts,
    Router,
    RouteRule,
    Staff,
    Why,
    check_rules,
    find_route,
    route_each,
    told,
)
from feedback.issues.rules.simulation import Begun, Case, Cause, Given, cause_of, simulate
from feedback.kernel.errors import InvalidInput
from feedback.staffing.rules import Away, Working, span_of, spoken, stand_in

FACTS = RouteFacts("service", 7, "Retail", "North", "pt-BR", "A")
CLAIMS, OTHERS = RouteRule(category="service", team_id=10), RouteRule(team_id=20)
NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
DAY = datetime(2026, 3, 2, tzinfo=UTC)


def staff(deputies: dict[int, int | None] | None = None, **working: Working) -> Staff:
    """People 1 and 2 (the lead) in team 10, person 3 in team 20."""
    known = {int(name[1:]): what for name, what in working.items()}
    return Staff({1: 10, 2: 10, 3: 20}, known, {10: 2}, deputies or {})


def owner(found: Route | None) -> int | None:
    return None if found is None else found.owner_id


def test_skills_and_languages_are_asked_of_people() -> None:
    rule = replace(CLAIMS, skills=frozenset({"fraud"}), languages=frozenset({"es"}))
    people = staff(p1=Working(frozenset({"fraud"})), p2=Working(frozenset({"fraud"}), spoken(["es-MX"])))
    found = find_route([rule, OTHERS], FACTS, people, {2: 9})
    assert (owner(found), [(each.person_id, each.why) for each in found.considered]) == (2, [(2, Why.CHOSEN), (1, Why.LANGUAGE)])


@pytest.mark.parametrize(("language", "who"), [("pt-BR", 2), (None, 1), ("de", 3)])
def test_a_rule_may_ask_for_the_customers_language(language: str | None, who: int) -> None:
    rule = replace(CLAIMS, customer_language=True)
    found = find_route([rule, OTHERS], replace(FACTS, language=language), staff(p2=Working(languages=spoken(["PT"]))), {})
    assert owner(found) == who


def test_who_is_away_gets_nothing_and_the_deputy_does_even_from_another_team() -> None:
    people = staff({4: 20}, p1=Working(away=Away(NEXT_YEAR, 4)), p2=Working(away=Away(NEXT_YEAR)))
    found = find_route([CLAIMS, OTHERS], FACTS, people, {})
    assert (owner(found), found.team_id, found.considered[0].stands_for) == (4, 10, 1)


def test_the_deputy_of_a_deputy_stands_in_and_a_circle_leads_to_nobody() -> None:
    people = {1: Working(away=Away(NEXT_YEAR, 2)), 2: Working(away=Away(NEXT_YEAR, 3)), 3: Working()}
    assert stand_in(1, people) == 3
    assert stand_in(1, people | {3: Working(away=Away(NEXT_YEAR, 1))}) is None


def test_the_least_loaded_relative_to_their_room_gets_it() -> None:
    people = staff(p1=Working(capacity=4), p2=Working(capacity=40))
    assert owner(find_route([CLAIMS, OTHERS], FACTS, people, {1: 2, 2: 10})) == 2


def test_with_nobody_free_it_waits_with_the_team_and_the_lead_answers_for_it() -> None:
    people = staff(p1=Working(capacity=2), p2=Working(capacity=1))
    found = find_route([CLAIMS, OTHERS], FACTS, people, {1: 2, 2: 1})
    assert (owner(found), found.team_id, found.waiting) == (2, 10, True)
    assert {each.why for each in found.considered} == {Why.FULL}
    assert owner(find_route([replace(CLAIMS, goes_on_when_full=True), OTHERS], FACTS, people, {1: 2, 2: 1})) == 3


@pytest.mark.parametrize(("loads", "who"), [({1: 5}, 1), ({1: 6}, 2)])
def test_who_helped_last_comes_first_while_they_have_room(loads: dict[int, int], who: int) -> None:
    rule, people = replace(CLAIMS, prefer_helper=True), staff(p1=Working(capacity=6))
    assert owner(find_route([rule, OTHERS], replace(FACTS, helper_id=1), people, loads)) == who


SAME = replace(FACTS, account_id=5, contact_id=6)


@pytest.mark.parametrize(
    ("held", "people", "who"),
    [
        ([(5, 8, 1), (5, 6, 2)], {}, 2),  # the same contact comes before the same account
        ([(5, 8, 1), (5, None, 2)], {}, 1),
        ([(9, 6, 1)], {}, 2),  # another customer's
        ([(5, 6, 1)], {"p1": Working(capacity=7)}, 2),  # no room
        ([(5, 6, 1)], {"p1": Working(away=Away(NEXT_YEAR))}, 2),
        ([(5, 6, 1)], {"p1": Working(away=Away(NEXT_YEAR, 2))}, 2),
        ([(5, 6, 1)], {"p2": Working(languages=spoken(["pt"]))}, 2),  # cannot do what the rule asks
        ([(5, 6, 3)], {}, 2),  # the rule is not for their team
    ],
)
def test_who_has_an_open_issue_of_the_customer_comes_first(held: Any, people: Any, who: int) -> None:
    rule = replace(CLAIMS, customer_language="p2" in people)
    assert owner(find_route([rule, OTHERS], Holding(held).known(SAME), staff(**people), {1: 7, 2: 3, 3: 0})) == who


@pytest.mark.parametrize(("loads", "away", "told_of"), [({}, None, (1, 10)), ({1: 7}, None, (3, 20)), ({}, 2, (2, 10))])
def test_what_no_rule_is_written_for_goes_to_whoever_has_the_customer_in_another_team(
    loads: dict[int, int], away: int | None, told_of: tuple[int, int]
) -> None:
    people = staff(p1=Working(capacity=7, away=Away(NEXT_YEAR, away) if away else None))
    found = find_route([CLAIMS, OTHERS], Holding([(5, 6, 1)]).known(replace(SAME, category="price")), people, loads)
    assert found is not None
    assert (found.owner_id, found.team_id) == told_of


def test_two_issues_of_one_customer_in_one_list_have_one_owner() -> None:
    routes = route_each([CLAIMS, OTHERS], [SAME, replace(SAME, account_id=9), SAME], staff(), {})
    assert [owner(route) for route in routes] == [1, 2, 1]


def test_a_simulation_knows_who_has_the_customer_until_the_issue_is_closed() -> None:
    router = Router([RouteRule(team_id=10)], staff())
    ends = (DAY + timedelta(days=9), DAY + timedelta(days=9), DAY + timedelta(days=5))
    cases = [Case(n, SAME, DAY + timedelta(days=n), end) for n, end in zip((1, 2, 4), ends, strict=True)]
    fates, _peak = simulate([*cases, Case(6, SAME, ends[0], None)], [Begun(2, ends[2], SAME)], lambda _: router, ends[0])
    assert [fate.owner_id for fate in fates] == [2, 2, 2, 1]


def test_the_history_keeps_rule_people_and_reasons() -> None:
    kept = told(find_route([CLAIMS, OTHERS], FACTS, staff(p2=Working(capacity=0)), {1: 3}))  # type: ignore[arg-type]
    assert kept["rule"] == {"position": 1, "category": "service"}
    assert kept["considered"] == [
        {"user_id": 1, "why": "chosen", "load": 3},
        {"user_id": 2, "why": "takes_none", "load": 0, "capacity": 0},
    ]


@pytest.mark.parametrize("asked", [{"skills": frozenset({"x"})}, {"languages": frozenset({"es"})}, {"customer_language": True}])
def test_the_last_rule_asks_nothing_of_people(asked: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        check_rules([replace(OTHERS, **asked)])
    check_rules([replace(OTHERS, **asked), OTHERS])


ROOMS = st.lists(st.tuples(st.none() | st.integers(0, 5), st.integers(0, 6), st.booleans()), min_size=1, max_size=6)


@given(ROOMS)
def test_nobody_gets_more_than_they_have_room_for_and_with_a_lead_somebody_always_answers(
    rooms: list[tuple[int | None, int, bool]],
) -> None:
    working = {n: Working(capacity=room, away=Away(NEXT_YEAR) if away else None) for n, (room, _, away) in enumerate(rooms)}
    load = {n: open_now for n, (_, open_now, _) in enumerate(rooms)}
    people = Staff(dict.fromkeys(working, 10), working, {10: 0})
    found = find_route([RouteRule(team_id=10)], FACTS, people, load)
    free = [n for n, (room, open_now, away) in enumerate(rooms) if not away and (room is None or open_now < room)]
    assert found is not None
    assert found.owner_id is not None
    assert (found.owner_id in free, found.waiting) == (bool(free), not free)


def test_days_begin_and_end_where_the_person_lives() -> None:
    starts, ends = span_of(date(2026, 3, 28), date(2026, 3, 29), "Europe/Madrid")  # the clocks turn on the 29th
    assert (starts.astimezone(UTC), ends - starts.astimezone(UTC)) == (datetime(2026, 3, 27, 23, tzinfo=UTC), timedelta(hours=47))


def test_a_simulation_lets_issues_wait_until_somebody_has_closed_one() -> None:
    router = Router([RouteRule(team_id=10)], staff(p1=Working(capacity=1), p2=Working(capacity=0)))
    cases = [Case(n, FACTS, DAY + timedelta(days=n), DAY + timedelta(days=n + 10)) for n in (1, 2, 3)]
    fates, peak = simulate(cases, [Begun(1, DAY + timedelta(days=4))], lambda _: router, DAY + timedelta(days=20))
    assert [(fate.owner_id, fate.at and (fate.at - DAY).days) for fate in fates] == [(1, 4), (1, 14), (None, None)]
    assert peak == {1: 1}


PERSON = st.builds(Working, capacity=st.none() | st.integers(0, 3), away=st.none() | st.just(Away(NEXT_YEAR, 3)))
RULES = st.lists(st.sampled_from([CLAIMS, OTHERS, RouteRule(user_id=3), RouteRule(team_id=10)]), min_size=1, max_size=4)
SPANS = st.lists(st.tuples(st.integers(0, 200), st.none() | st.integers(0, 100)), max_size=25)


@given(rules=RULES, people=st.tuples(PERSON, PERSON, PERSON), spans=SPANS)
def test_rules_that_are_replayed_twice_do_the_same_twice(rules: list[RouteRule], people: Any, spans: Any) -> None:
    known = staff(p1=people[0], p2=people[1], p3=people[2])
    opened = sorted(((DAY + timedelta(hours=at), span) for at, span in spans), key=lambda one: one[0])
    cases = [Case(n, FACTS, at, None if span is None else at + timedelta(hours=span)) for n, (at, span) in enumerate(opened)]
    runs = [simulate(cases, [Begun(1, None)], lambda _: Router(rules, known), DAY + timedelta(days=20)) for _ in range(2)]
    assert runs[0] == runs[1]


SAID = {"user_id": 1, "why": "busier"}


@pytest.mark.parametrize(
    ("given_to", "replayed", "was_away", "cause"),
    [
        (Given(2, by_hand=True, considered=(SAID,)), 1, True, Cause.MANUAL),
        (Given(2, considered=(SAID,)), 1, True, Cause.ABSENCE),
        (Given(2, considered=({"user_id": 1, "why": "away"},)), 1, False, Cause.ABSENCE),
        (Given(2, considered=({"user_id": 2, "why": "chosen", "stands_for": 1},)), 1, False, Cause.ABSENCE),
        (Given(2, considered=(SAID,)), 1, False, Cause.LOAD),
        (Given(2, considered=(SAID,)), None, False, Cause.LOAD),
        (Given(2, considered=(SAID | {"why": "skill"},)), 1, False, Cause.CHANGED),
        (Given(2), 1, False, Cause.CHANGED),
    ],
)
def test_why_somebody_else_really_got_it(given_to: Given, replayed: int | None, was_away: bool, cause: Cause) -> None:
    assert cause_of(given_to, replayed, owner_was_away=was_away) is cause
