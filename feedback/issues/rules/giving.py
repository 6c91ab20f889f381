"""Giving out a list of issues: a team's work spreads over its people, a customer's does not."""

from collections import defaultdict
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import replace

from feedback.issues.rules.routing import Route, RouteFacts, Router, RouteRule, Staff


class Holding:
    """Who works on open issues of which customer, so that one person calls them and not two."""

    def __init__(self, open_issues: Iterable[tuple[int, int | None, int]] = ()) -> None:
        """Of (account, contact, owner), the oldest first."""
        self._held: defaultdict[int, list[tuple[int | None, int]]] = defaultdict(list)
        for account_id, contact_id, owner_id in open_issues:
            self._held[account_id].append((contact_id, owner_id))

    def known(self, facts: RouteFacts) -> RouteFacts:
        """The facts with whoever has this customer: those of the same contact first, then those of the same account."""
        if facts.account_id is None or not (held := self._held.get(facts.account_id)):
            return facts
        nearest = sorted(held, key=lambda one: one[0] is None or one[0] != facts.contact_id)
        return replace(facts, holder_ids=tuple(dict.fromkeys(owner for _contact, owner in nearest)))

    def add(self, facts: RouteFacts, owner_id: int) -> None:
        """Somebody begins to work on an issue."""
        if facts.account_id is not None:
            self._held[facts.account_id].append((facts.contact_id, owner_id))

    def remove(self, facts: RouteFacts, owner_id: int) -> None:
        """Such an issue is closed."""
        if facts.account_id is not None:
            self._held[facts.account_id].remove((facts.contact_id, owner_id))


def route_each(
    rules: Sequence[RouteRule],
    facts: Sequence[RouteFacts],
    staff: Staff,
    load: MutableMapping[int, int],
    *,
    holding: Holding | None = None,
    forecast: bool = False,
) -> list[Route | None]:
    """Route a list in its order; `load` and `holding` grow with each."""
    router, routes, holding = Router(rules, staff, forecast=forecast), [], holding or Holding()
    for each in facts:
        route = router.find(holding.known(each), load)
        count_in(route, load, each, holding)
        routes.append(route)
    return routes


def count_in(route: Route | None, load: MutableMapping[int, int], facts: RouteFacts, holding: Holding) -> None:
    """An issue that waits is nobody's work yet."""
    if route is not None and route.owner_id is not None and not route.waiting:
        load[route.owner_id] = load.get(route.owner_id, 0) + 1
        holding.add(facts, route.owner_id)
