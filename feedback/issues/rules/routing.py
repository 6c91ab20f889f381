"""Who gets an issue: ordered rules, first match; inside a team the least loaded person."""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from feedback.kernel.errors import InvalidInput

CONDITIONS = ("category", "defect_id", "segment", "region", "language", "value_tier")


@dataclass(frozen=True)
class RouteFacts:
    """What the rules look at. Segment, region and value tier are the account's of today."""

    category: str | None
    defect_id: int | None
    segment: str | None
    region: str | None
    language: str | None
    value_tier: str | None


@dataclass(frozen=True)
class RouteRule:
    """Conditions that must all hold (None: any) and the team or the person that gets the issue."""

    category: str | None = None
    defect_id: int | None = None
    segment: str | None = None
    region: str | None = None
    language: str | None = None
    value_tier: str | None = None
    team_id: int | None = None
    user_id: int | None = None

    def matches(self, facts: RouteFacts) -> bool:
        """Whether every named condition holds; text without regard to case."""
        return all(_holds(getattr(self, name), getattr(facts, name)) for name in CONDITIONS)

    @property
    def catches_all(self) -> bool:
        """Whether it has no condition."""
        return all(getattr(self, name) is None for name in CONDITIONS)


EVERYBODY = RouteRule()  # no condition and no target: the least loaded of all


@dataclass(frozen=True)
class Route:
    """Where an issue goes."""

    owner_id: int
    team_id: int | None


@dataclass(frozen=True)
class Staff:
    """Active people who can own an issue: the team of each (None without one)."""

    team_of: Mapping[int, int | None]

    def members(self, team_id: int) -> list[int]:
        """Active members of a team."""
        return [user for user, team in self.team_of.items() if team == team_id]


def _holds(wanted: object, actual: object) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, str) and isinstance(actual, str):
        return wanted.casefold() == actual.casefold()
    return wanted == actual


def least_loaded(people: Iterable[int], load: Mapping[int, int]) -> int | None:
    """The person with the fewest open issues; of equals the one with the lowest id."""
    return min(people, key=lambda person: (load.get(person, 0), person), default=None)


def find_route(rules: Sequence[RouteRule], facts: RouteFacts, staff: Staff, load: Mapping[int, int]) -> Route | None:
    """The first matching rule that leads to an active person; None when there is none."""
    for rule in rules:
        if rule.matches(facts):
            route = _route_of(rule, staff, load)
            if route is not None:
                return route
    return None


def _route_of(rule: RouteRule, staff: Staff, load: Mapping[int, int]) -> Route | None:
    if rule.user_id is not None:
        return Route(rule.user_id, staff.team_of[rule.user_id]) if rule.user_id in staff.team_of else None
    owner = least_loaded(staff.team_of if rule.team_id is None else staff.members(rule.team_id), load)
    return None if owner is None else Route(owner, staff.team_of[owner])


def route_each(
    rules: Sequence[RouteRule], facts: Sequence[RouteFacts], staff: Staff, load: MutableMapping[int, int]
) -> list[Route | None]:
    """Route a list in its order; `load` grows with each, so that a list spreads over a team."""
    routes = []
    for each in facts:
        route = find_route(rules, each, staff, load)
        if route is not None:
            load[route.owner_id] = load.get(route.owner_id, 0) + 1
        routes.append(route)
    return routes


def check_rules(rules: Sequence[RouteRule]) -> None:
    """The list must end with its only catch-all, and each rule must name a team or a person.

    Raises:
        InvalidInput: it does not.
    """
    errors: dict[str, list[str]] = {}
    for place, rule in enumerate(rules):
        if (rule.team_id is None) == (rule.user_id is None):
            errors[f"items.{place}"] = ["Name either a team or a person."]
        if rule.catches_all and place < len(rules) - 1:
            errors.setdefault(f"items.{place}", []).append("A rule without conditions hides all that follow; put it last.")
    if not rules or not rules[-1].catches_all:
        errors["items"] = ["The last rule must catch all: give it a team or a person and no condition."]
    if errors:
        raise InvalidInput(errors)
