"""Who gets an issue: first match, least loaded, the same answer every time."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.issues.rules import RouteFacts, RouteRule, Staff, check_rules, find_route, least_loaded, route_each
from feedback.kernel.errors import InvalidInput

FACTS = RouteFacts(category="service", defect_id=7, segment="Retail", region="North", language="es", value_tier="A")
STAFF = Staff({1: 10, 2: 10, 3: 20, 4: None})
CATCH_ALL = RouteRule(team_id=10)
CONDITIONS = {"category": "price", "defect_id": 8, "segment": "Bank", "region": "South", "language": "en", "value_tier": "C"}
RULES = st.builds(
    RouteRule,
    category=st.none() | st.sampled_from(["service", "price"]),
    region=st.none() | st.sampled_from(["North", "South"]),
    value_tier=st.none() | st.sampled_from(["A", "B"]),
    team_id=st.sampled_from([10, 20, 30]),
)


@given(st.lists(RULES, max_size=6))
def test_the_owner_comes_from_the_first_rule_that_leads_to_somebody(rules: list[RouteRule]) -> None:
    found = find_route(rules, FACTS, STAFF, {})
    leading = [rule for rule in rules if rule.matches(FACTS) and STAFF.members(rule.team_id or 0)]
    assert (found.team_id if found else None) == (leading[0].team_id if leading else None)


@pytest.mark.parametrize("name", CONDITIONS)
def test_each_condition_alone_can_rule_a_rule_out(name: str) -> None:
    fitting = RouteRule(**{name: getattr(FACTS, name)}, team_id=20)
    other = replace(fitting, **{name: CONDITIONS[name]})
    owners = [find_route([rule, CATCH_ALL], FACTS, STAFF, {}) for rule in (fitting, other)]
    assert [route.team_id for route in owners if route] == [20, 10]


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_on_something_unknown_does_not_hold(name: str) -> None:
    unknown = replace(FACTS, **{name: None})
    assert not RouteRule(**{name: getattr(FACTS, name)}, team_id=20).matches(unknown)


def test_text_matches_without_regard_to_case() -> None:
    assert RouteRule(segment="RETAIL", team_id=10).matches(FACTS)


@given(st.dictionaries(st.integers(1, 9), st.integers(0, 3), min_size=1), st.sets(st.integers(1, 9), min_size=1))
def test_the_least_loaded_gets_it_and_of_equals_the_lowest_id(load: dict[int, int], people: set[int]) -> None:
    chosen = least_loaded(people, load)
    assert all((load.get(chosen or 0, 0), chosen) <= (load.get(person, 0), person) for person in people)


def test_a_person_is_named_with_their_team_and_only_while_active() -> None:
    route = find_route([RouteRule(user_id=3)], FACTS, STAFF, {})
    assert route is not None
    assert (route.owner_id, route.team_id) == (3, 20)
    assert find_route([RouteRule(user_id=9)], FACTS, STAFF, {}) is None


@given(st.integers(1, 40))
def test_a_list_spreads_evenly(size: int) -> None:
    routes = route_each([CATCH_ALL], [FACTS] * size, STAFF, load := {})
    assert abs(load.get(1, 0) - load.get(2, 0)) <= 1
    assert sum(load.values()) == len(routes) == size


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ([], "items"),
        ([RouteRule(segment="x", team_id=1)], "items"),
        ([RouteRule(team_id=1), RouteRule(team_id=1)], "items.0"),
        ([RouteRule(segment="x"), CATCH_ALL], "items.0"),
        ([RouteRule(segment="x", team_id=1, user_id=1), CATCH_ALL], "items.0"),
    ],
)
def test_a_list_that_could_leave_somebody_out_is_refused(rules: list[RouteRule], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_rules(rules)
    assert list(refused.value.errors) == [field]
