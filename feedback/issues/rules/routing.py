"""Who gets an issue: ordered rules, first match; among the people it leads to the one with the most room, relative to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from heapq import nsmallest

from flask_babel import gettext as _

from feedback.kernel.errors import InvalidInput
from feedback.staffing.rules import UNKNOWN, Working, primary, stand_in

CONDITIONS = ("category", "defect_id", "segment", "region", "language", "value_tier")
USUAL_ROOM = 20  # open issues; what the load of somebody without a limit is measured by
LISTED = 12  # people that an explanation names


class Why(StrEnum):
    """Why somebody got an issue, or did not."""

    CHOSEN = "chosen"  # the least loaded, relative to room
    NAMED = "named"  # the rule names this person
    HAS_CUSTOMER = "has_customer"  # works on another open issue of this customer
    KNOWS_CUSTOMER = "knows_customer"  # helped this customer last
    BUSIER = "busier"
    FULL = "full"
    NO_ROOM = "takes_none"  # a room of 0
    AWAY = "away"
    SKILL = "skill"
    LANGUAGE = "language"
    LEFT = "left"


@dataclass(frozen=True)
class RouteFacts:
    """What the rules look at. Segment, region and value tier are the account's of today."""

    category: str | None
    defect_id: int | None
    segment: str | None
    region: str | None
    language: str | None
    value_tier: str | None
    helper_id: int | None = None  # who helped this customer last
    account_id: int | None = None
    contact_id: int | None = None
    holder_ids: tuple[int, ...] = ()  # who works on open issues of this customer, those of the same contact first


@dataclass(frozen=True)
class RouteRule:
    """Conditions that must all hold (None: any), the team or the person that gets the issue, and what they must be able to."""

    category: str | None = None
    defect_id: int | None = None
    segment: str | None = None
    region: str | None = None
    language: str | None = None
    value_tier: str | None = None
    team_id: int | None = None
    user_id: int | None = None
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    customer_language: bool = False  # whoever gets it speaks the customer's language
    prefer_helper: bool = False
    goes_on_when_full: bool = False  # to the next rule that fits, instead of waiting for room

    def matches(self, facts: RouteFacts) -> bool:
        """Whether every named condition holds; text without regard to case."""
        return all(_holds(getattr(self, name), getattr(facts, name)) for name in CONDITIONS)

    @property
    def catches_all(self) -> bool:
        """Whether it has no condition."""
        return all(getattr(self, name) is None for name in CONDITIONS)

    @property
    def asks_something(self) -> bool:
        """Whether some people of its team may not do."""
        return bool(self.skills or self.languages or self.customer_language)

    def asks_more_than(self, working: Working, language: str | None) -> Why | None:
        """What this rule asks of people and somebody cannot do; None for who can."""
        if not self.skills <= working.skills:
            return Why.SKILL
        spoken = working.languages
        if not self.languages <= spoken or (self.customer_language and language and primary(language) not in spoken):
            return Why.LANGUAGE
        return None


EVERYBODY = RouteRule()  # no condition and no target: the least loaded of all


@dataclass(frozen=True, slots=True)
class Considered:
    """Somebody whom a rule led to, and what came of it."""

    person_id: int
    why: Why
    load: int = 0
    capacity: int | None = None
    stands_for: int | None = None  # who is away


@dataclass(frozen=True)
class Route:
    """Where an issue goes. `waiting`: into the team's queue, for which `owner_id` answers until somebody has room."""

    owner_id: int | None
    team_id: int | None
    waiting: bool = False
    position: int | None = field(default=None, compare=False)  # of the rule, from 1
    rule: RouteRule | None = field(default=None, compare=False)
    considered: tuple[Considered, ...] = field(default=(), compare=False)
    more: int = field(default=0, compare=False)  # people who are not listed in `considered`
    passed: tuple[int, ...] = field(default=(), compare=False)  # rules that fitted too and led to nobody free
    alerts: tuple[int, ...] = field(default=(), compare=False)  # who hears that only the catch-all found somebody


@dataclass(frozen=True)
class Staff:
    """Active people who can own an issue: the team of each (None without one), what they can, and who leads which team."""

    team_of: Mapping[int, int | None]
    working: Mapping[int, Working] = field(default_factory=dict)
    lead_of: Mapping[int, int] = field(default_factory=dict)  # by team
    deputies: Mapping[int, int | None] = field(default_factory=dict)  # people no rule leads to who stand in; with their team

    def members(self, team_id: int) -> list[int]:
        """Active members of a team."""
        return [user for user, team in self.team_of.items() if team == team_id]

    def of(self, person: int) -> Working:
        """What somebody can."""
        return self.working.get(person, UNKNOWN)

    @property
    def everybody(self) -> dict[int, Working]:
        """All who are here, and away or not."""
        return {person: self.of(person) for person in (*self.team_of, *self.deputies)}

    @property
    def ids(self) -> list[int]:
        """All whose load counts."""
        return sorted({*self.team_of, *self.deputies})


def _holds(wanted: object, actual: object) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, str) and isinstance(actual, str):
        return wanted.casefold() == actual.casefold()
    return wanted == actual


def relative_load(load: int, capacity: int | None) -> float:
    """Open issues as a share of somebody's room; of a usual room for who has no limit."""
    return load / (USUAL_ROOM if capacity is None else max(capacity, 1))


def least_loaded(people: Iterable[int], load: Mapping[int, int]) -> int | None:
    """The person with the fewest open issues; of equals the one with the lowest id."""
    return min(people, key=lambda person: (load.get(person, 0), person), default=None)


@dataclass(frozen=True)
class _Pool:
    """Whom a rule leads to for customers of one language: people who can do it (with whom they stand in for), and the rest."""

    able: tuple[tuple[int, int | None], ...]
    unable: tuple[Considered, ...]


class Router:
    """The rules and people of one moment. What does not change from issue to issue is worked out once.

    A `forecast` knows no limits and explains nothing: it says how work would spread, however much it is.
    """

    def __init__(self, rules: Sequence[RouteRule], staff: Staff, *, forecast: bool = False) -> None:
        self._rules, self._staff, self._forecast = rules, staff, forecast
        self._everybody = staff.everybody
        self._pools: dict[tuple[int, str | None], _Pool] = {}

    def find(self, facts: RouteFacts, load: Mapping[int, int]) -> Route | None:
        """The first matching rule that leads to somebody with room, or makes the issue wait; None when nobody is responsible.

        An issue that every matching rule passes on waits with the team of the first one whose team has a lead.
        """
        passed: list[Route] = []
        for place, rule in enumerate(self._rules):
            if rule.matches(facts):
                route = self._try(place, rule, facts, load)
                if route.owner_id is not None:
                    return replace(route, passed=_positions(passed), alerts=self._alerted(rule, route, passed))
                passed.append(route)
                if route.waiting and not rule.goes_on_when_full:
                    break
        return self._wait(passed)

    def _wait(self, passed: Sequence[Route]) -> Route | None:
        """With the rule at which it stopped for want of room, else with the first team that has somebody to answer for it."""
        full = [route for route in reversed(passed) if route.waiting]
        answered = [route for route in (*full, *passed) if self._lead(route.team_id) is not None]
        for route in (*answered, *full):
            others = _positions(other for other in passed if other is not route)
            return replace(route, owner_id=self._lead(route.team_id), waiting=True, passed=others)
        return None

    def _lead(self, team_id: int | None) -> int | None:
        lead = None if team_id is None else self._staff.lead_of.get(team_id)
        return None if lead is None else stand_in(lead, self._everybody) or lead

    def _alerted(self, rule: RouteRule, route: Route, passed: Sequence[Route]) -> tuple[int, ...]:
        """The lead of a team that gets what no other rule is written for; with one rule alone that is no news.

        So do the leads whose teams a rule is written for and who have nobody to do it, though they are away themselves.
        """
        if len(self._rules) == 1 or not rule.catches_all or rule.asks_something:
            return ()
        teams = [other.team_id for other in passed if other.team_id is not None]
        leads = [self._lead(route.team_id), *(self._staff.lead_of.get(team) for team in teams)]
        return tuple(dict.fromkeys(lead for lead in leads if lead is not None and lead != route.owner_id))

    def _try(self, place: int, rule: RouteRule, facts: RouteFacts, load: Mapping[int, int]) -> Route:
        """What a matching rule makes of an issue: an owner, or (waiting) people without room, or neither."""
        pool = self._pool(place, rule, facts.language)
        loads = {person: load.get(person, 0) for person, _ in pool.able}
        free = [person for person, load in loads.items() if self._forecast or _has_room(self._everybody[person], load)]
        outside = self._holder_elsewhere(rule, facts, free, load)
        if outside is not None:
            pool, loads = replace(pool, able=(outside, *pool.able)), {**loads, outside[0]: load.get(outside[0], 0)}
            free = [outside[0]]
        chosen, why = self._choose(rule, facts, free, loads)
        considered, more = ((), 0) if self._forecast else self._explain(pool, loads, chosen, why)
        stands_for = dict(pool.able).get(chosen) if chosen is not None else None
        team = self._team(EVERYBODY if outside is not None else rule, chosen, stands_for)
        return Route(chosen, team, chosen is None and bool(pool.able), place + 1, rule, considered, more)

    def _choose(
        self, rule: RouteRule, facts: RouteFacts, free: Sequence[int], loads: Mapping[int, int]
    ) -> tuple[int | None, Why]:
        here = None if rule.user_id is not None else self._holder(facts, free)
        if here is not None:
            return here, Why.HAS_CUSTOMER
        if rule.prefer_helper and facts.helper_id is not None:
            helper = stand_in(facts.helper_id, self._everybody)
            if helper in free:
                return helper, Why.KNOWS_CUSTOMER
        chosen = min(free, key=lambda person: self._rank(person, loads), default=None)
        return chosen, Why.NAMED if rule.user_id is not None else Why.CHOSEN

    def _holder(self, facts: RouteFacts, free: Sequence[int]) -> int | None:
        """Who calls this customer already, or stands in for them: one person does, not two."""
        here = (stand_in(holder, self._everybody) for holder in facts.holder_ids)
        return next((person for person in here if person in free), None)

    def _holder_elsewhere(
        self, rule: RouteRule, facts: RouteFacts, free: Sequence[int], load: Mapping[int, int]
    ) -> tuple[int, int | None] | None:
        """What no rule is written for goes to whoever has this customer in another team too; with whom they stand in for."""
        if not rule.catches_all or rule.team_id is None or self._holder(facts, free) is not None:
            return None
        for holder in facts.holder_ids:
            here, why = self._judged(holder, rule, facts.language)
            led_to = holder in self._staff.team_of and self._staff.team_of[holder] != rule.team_id
            if led_to and here is not None and why is Why.CHOSEN and _has_room(self._everybody[here], load.get(here, 0)):
                return here, None if here == holder else holder
        return None

    def _rank(self, person: int, loads: Mapping[int, int]) -> tuple[float, int, int]:
        return relative_load(loads[person], self._everybody[person].capacity), loads[person], person

    def _pool(self, place: int, rule: RouteRule, language: str | None) -> _Pool:
        key = (place, primary(language) if rule.customer_language and language else None)
        if key not in self._pools:
            self._pools[key] = self._new_pool(rule, language)
        return self._pools[key]

    def _new_pool(self, rule: RouteRule, language: str | None) -> _Pool:
        able: dict[int, int | None] = {}
        unable: list[Considered] = []
        for person in self._led_to(rule):
            here, why = self._judged(person, rule, language)
            stands_for = None if here in (None, person) else person
            if here is not None and why is Why.CHOSEN:
                # who works here themselves stands in for nobody
                able[here] = None if stands_for is None else able.get(here, stands_for)
            else:
                unable.append(Considered(here or person, why, capacity=self._capacity(here), stands_for=stands_for))
        return _Pool(tuple(able.items()), tuple(unable))

    def _judged(self, person: int, rule: RouteRule, language: str | None) -> tuple[int | None, Why]:
        """Who is here for a person, and whether they can do it."""
        here = stand_in(person, self._everybody)
        if here is None:
            return None, Why.AWAY if person in self._everybody else Why.LEFT
        working = self._everybody[here]
        return here, rule.asks_more_than(working, language) or (Why.NO_ROOM if working.capacity == 0 else Why.CHOSEN)

    def _capacity(self, person: int | None) -> int | None:
        return None if person is None else self._everybody[person].capacity

    def _led_to(self, rule: RouteRule) -> Iterable[int]:
        if rule.user_id is not None:
            return (rule.user_id,)
        return self._staff.team_of if rule.team_id is None else self._staff.members(rule.team_id)

    def _team(self, rule: RouteRule, chosen: int | None, stands_for: int | None) -> int | None:
        """The team that answers for it: a deputy works for the team of whom they stand in for."""
        if rule.team_id is not None:
            return rule.team_id
        person = stands_for or chosen or rule.user_id
        return self._staff.team_of.get(person) if person is not None else None

    def _explain(self, pool: _Pool, loads: Mapping[int, int], chosen: int | None, why: Why) -> tuple[tuple[Considered, ...], int]:
        """Who was looked at and what came of it: the chosen one, then the least loaded, then those who could not."""
        listed = nsmallest(LISTED, pool.able, key=lambda entry: (entry[0] != chosen, *self._rank(entry[0], loads)))
        considered = []
        for person, stands_for in listed:
            capacity = self._everybody[person].capacity
            reason = why if person == chosen else Why.BUSIER if _has_room(self._everybody[person], loads[person]) else Why.FULL
            considered.append(Considered(person, reason, loads[person], capacity, stands_for))
        considered += pool.unable[: LISTED - len(considered)]
        return tuple(considered), len(pool.able) + len(pool.unable) - len(considered)


def _positions(routes: Iterable[Route]) -> tuple[int, ...]:
    return tuple(route.position for route in routes if route.position is not None)


def _has_room(working: Working, load: int) -> bool:
    return working.capacity is None or load < working.capacity


def find_route(rules: Sequence[RouteRule], facts: RouteFacts, staff: Staff, load: Mapping[int, int]) -> Route | None:
    """Where one issue goes; see `Router.find`."""
    return Router(rules, staff).find(facts, load)


def check_rules(rules: Sequence[RouteRule]) -> None:
    """The list must end with its only catch-all, and each rule must name a team or a person.

    Raises:
        InvalidInput: it does not.
    """
    errors: dict[str, list[str]] = {}
    last = len(rules) - 1
    for place, rule in enumerate(rules):
        if (rule.team_id is None) == (rule.user_id is None):
            errors[f"items.{place}"] = [_("Name either a team or a person.")]
        if rule.catches_all and place < last and not rule.asks_something:
            errors.setdefault(f"items.{place}", []).append(_("A rule without conditions hides all that follow; put it last."))
    if not rules or not rules[-1].catches_all or rules[-1].asks_something:
        errors["items"] = [
            _("The last rule must catch all: give it a team or a person, no condition, and ask for no skill or language.")
        ]
    if errors:
        raise InvalidInput(errors)
