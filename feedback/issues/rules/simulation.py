"""What rules would have done with the issues of a period: the same issues, the same work, other people."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import count
from typing import Any

from feedback.issues.rules.giving import Holding
from feedback.issues.rules.routing import RouteFacts, Router, Why

NOTHING_KNOWN = RouteFacts(None, None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Case:
    """An issue of the period, as it was when it opened, and how long it took."""

    issue_id: int
    facts: RouteFacts
    opened_at: datetime
    closed_at: datetime | None  # None: still open


@dataclass(frozen=True, slots=True)
class Begun:
    """An issue from before the period that somebody still worked on when it began."""

    owner_id: int
    closed_at: datetime | None
    facts: RouteFacts = NOTHING_KNOWN


@dataclass(slots=True)
class Fate:
    """Who would have got an issue by which rule (from 1), and since when; nobody by the end of the period when `at` is None."""

    issue_id: int
    owner_id: int | None = None
    position: int | None = None
    at: datetime | None = None


@dataclass
class _Run:
    """The people's load while time passes; what waits is tried again whenever something was closed."""

    router_at: Callable[[datetime], Router]
    load: Counter[int] = field(default_factory=Counter)
    peak: Counter[int] = field(default_factory=Counter)
    holding: Holding = field(default_factory=Holding)
    begun: Iterator[int] = field(default_factory=count)
    closings: list[tuple[datetime, int, int, RouteFacts]] = field(default_factory=list)
    waiting: list[tuple[Case, Fate]] = field(default_factory=list)

    def begin(self, owner_id: int, closed_at: datetime | None, facts: RouteFacts) -> None:
        self.load[owner_id] += 1
        self.holding.add(facts, owner_id)
        self.peak[owner_id] = max(self.peak[owner_id], self.load[owner_id])
        if closed_at is not None:
            heapq.heappush(self.closings, (closed_at, owner_id, next(self.begun), facts))

    def close_until(self, now: datetime) -> None:
        while self.closings and self.closings[0][0] <= now:
            at, owner_id, _, facts = heapq.heappop(self.closings)
            self.load[owner_id] -= 1
            self.holding.remove(facts, owner_id)
            self._retry(at)

    def try_case(self, case: Case, fate: Fate, now: datetime) -> bool:
        route = self.router_at(now).find(self.holding.known(case.facts), self.load)
        fate.position = None if route is None else route.position
        if route is None or route.waiting or route.owner_id is None:
            return False
        fate.owner_id, fate.at = route.owner_id, now
        # it takes as long as it took, from when somebody begins
        closed_at = None if case.closed_at is None else now + (case.closed_at - case.opened_at)
        self.begin(route.owner_id, closed_at, case.facts)
        return True

    def _retry(self, now: datetime) -> None:
        self.waiting = [(case, fate) for case, fate in self.waiting if not self.try_case(case, fate, now)]


def simulate(
    cases: Sequence[Case], begun: Sequence[Begun], router_at: Callable[[datetime], Router], until: datetime
) -> tuple[list[Fate], dict[int, int]]:
    """The fate of each case, in their order, and the most that each person would have had open at once.

    Args:
        cases: in the order in which they opened.
        router_at: rules and people as they were at a moment (absences come and go).
        until: the end of the period; what would have waited longer has no owner.
    """
    run, fates = _Run(router_at), []
    for earlier in begun:
        run.begin(earlier.owner_id, earlier.closed_at, earlier.facts)
    for case in cases:
        run.close_until(case.opened_at)
        fate = Fate(case.issue_id)
        if not run.try_case(case, fate, case.opened_at):
            run.waiting.append((case, fate))
        fates.append(fate)
    run.close_until(until)
    return fates, dict(run.peak)


class Cause(StrEnum):
    """Why somebody else really got an issue than whom the same rules give it to when they are replayed."""

    MANUAL = "manual"  # somebody chose the owner
    ABSENCE = "absence"
    LOAD = "workload"  # what people had open then was not what they have in the replay
    CHANGED = "changed"  # rules, teams, skills or people are not those of then


@dataclass(frozen=True, slots=True)
class Given:
    """How an issue really came to its first owner: by hand, or by the rules of then with the people they looked at."""

    owner_id: int | None
    by_hand: bool = False
    considered: tuple[Mapping[str, Any], ...] = ()  # as the history keeps them


def cause_of(given: Given, replayed: int | None, *, owner_was_away: bool) -> Cause:
    """Why `replayed` did not get it.

    Args:
        owner_was_away: the records say so of who really got it; an absence that was entered later, or taken back.
    """
    if given.by_hand:
        return Cause.MANUAL
    said = {person["user_id"]: person["why"] for person in given.considered}
    stood_in = any(person.get("stands_for") == replayed and replayed is not None for person in given.considered)
    if owner_was_away or stood_in or said.get(replayed) == Why.AWAY:
        return Cause.ABSENCE
    if replayed is None or said.get(replayed) in (Why.BUSIER, Why.FULL, Why.CHOSEN):
        return Cause.LOAD
    return Cause.CHANGED
