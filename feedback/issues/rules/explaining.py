"""A decision about an owner as the history keeps it."""

from typing import Any

from feedback.issues.rules.routing import CONDITIONS, Considered, Route, RouteRule


def told(route: Route) -> dict[str, Any]:
    """A route as the history keeps it, so that "why me?" can be answered later, whatever the rules are then."""
    rule = route.rule
    conditions = {} if rule is None else {name: value for name in CONDITIONS if (value := getattr(rule, name)) is not None}
    demands = {} if rule is None else demands_of(rule)
    return {
        "owner_id": route.owner_id,
        "team_id": route.team_id,
        "rule": None if rule is None else {"position": route.position, **conditions, **demands},
        "considered": [_told(person) for person in route.considered],
        "more": route.more,
        "passed": list(route.passed),
    }


def demands_of(rule: RouteRule) -> dict[str, Any]:
    """What a rule asks of people, as far as it asks anything."""
    asked = {
        "skills": sorted(rule.skills),
        "languages": sorted(rule.languages),
        "customer_language": rule.customer_language,
        "prefer_helper": rule.prefer_helper,
        "goes_on_when_full": rule.goes_on_when_full,
    }
    return {name: value for name, value in asked.items() if value}


def _told(person: Considered) -> dict[str, Any]:
    known = {"user_id": person.person_id, "why": person.why.value, "load": person.load}
    if person.capacity is not None:
        known["capacity"] = person.capacity
    if person.stands_for is not None:
        known["stands_for"] = person.stands_for
    return known
