"""From single answers to the band of an account and of one contact (`docs/reference/gate.md`, "Advocacy").

Everything here is a pure function of the facts and the moment; roles are 0 decision maker, 1 influencer, 2 user.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from feedback.gate.rules import Advocacy
from feedback.surveys.rules import Band, band

# Role weights and half-life are conventions: three roles, capped, so that twenty users cannot outvote the buyer.
ROLE_WEIGHTS = (0.5, 0.3, 0.2)
HALF_LIFE_DAYS = 180.0
MIN_COVERAGE = 0.25
PROMOTER_FROM = 50.0
SPLIT_FROM = 0.2
TRANSACTIONAL_WEIGHT = 0.5
BUYING_ROLES = (0, 1)
FRESH_KEY_SCORE = 7  # "a fresh score of at least 7" turns the second key
_DAY = 86400.0
_ORDER = {Band.DETRACTOR: 0, Band.PASSIVE: 1, Band.PROMOTER: 2}


class Answer(NamedTuple):
    """One answer of a contact about one account."""

    id: int
    score: int
    at: datetime


class Buyer(NamedTuple):
    """A contact in a role of the account today, with the latest answer of each survey kind, however old."""

    contact_id: int
    role: int
    relationship: Answer | None
    transactional: Answer | None


class Validity(NamedTuple):
    """How long answers speak for their contact."""

    relationship_days: int = 365
    transactional_days: int = 90


class Because(StrEnum):
    """What decided the band; the explanation is written from it."""

    DECISION_MAKER = "decision_maker_detractor"
    CONTACT = "contact"
    NO_ANSWER = "no_answer"
    LOW_COVERAGE = "low_coverage"
    HELD = "held"
    INDEX = "index"


@dataclass(slots=True)
class RollUp:
    """An account's advocacy with everything that is shown beside it.

    `index` is A in −100…100 (None without a valid answer); `low` and `high` are A if every silent contact were a detractor or
    a promoter; `counted` holds (role, answer, contact) of the answers in A; `holding` the contacts that keep the second key.
    """

    advocacy: Advocacy
    because: Because
    index: float | None
    coverage: float
    split: bool
    low: float | None
    high: float | None
    counted: list[tuple[int, Answer, int]]
    holding: list[tuple[int, Answer]]
    changes_at: datetime | None
    known: int
    transactional: set[int] = field(default_factory=set)

    @property
    def newest(self) -> datetime | None:
        """When the newest counted answer was given."""
        return max((answer.at for _, answer, _ in self.counted), default=None)


def is_valid(answer: Answer | None, now: datetime, days: int) -> bool:
    """Whether an answer still speaks: it is at most `days` old."""
    return answer is not None and (now - answer.at).total_seconds() <= days * _DAY


def last_answer(buyer: Buyer) -> Answer | None:
    """The contact's newest answer of any kind; of two at the same moment the later row."""
    first, second = buyer.relationship, buyer.transactional
    if first is None or second is None:
        return first or second
    return first if (first.at, first.id) > (second.at, second.id) else second


def own_answer(buyer: Buyer, now: datetime, validity: Validity) -> Answer | None:
    """The answer behind the contact's own band: the worse of the two kinds that are still valid."""
    first = buyer.relationship if is_valid(buyer.relationship, now, validity.relationship_days) else None
    second = buyer.transactional if is_valid(buyer.transactional, now, validity.transactional_days) else None
    if first is None or second is None:
        return first or second
    return second if _ORDER[band(second.score)] < _ORDER[band(first.score)] else first


def lowered_by(account: Advocacy, own: Band | None) -> Advocacy:
    """The account's advocacy towards one contact: the contact's own band can only lower it; unknown is never raised."""
    if own is Band.DETRACTOR:
        return Advocacy.DETRACTOR
    if own is Band.PASSIVE and account is Advocacy.PROMOTER:
        return Advocacy.PASSIVE
    return account


def roll_up(buyers: Sequence[Buyer], now: datetime, validity: Validity, verified: Mapping[int, datetime] | None = None) -> RollUp:
    """The account's advocacy.

    Args:
        buyers: the contacts that hold a role today.
        verified: when a problem that this contact raised as a detractor was last verified as solved; the second key must be
            turned after that moment.
    """
    sums = _sum(buyers, now, validity)
    because, advocacy = _class(sums)
    holding = [(one.contact_id, answer) for one in buyers if (answer := _holds(one, verified or {}))]
    if holding and advocacy in (Advocacy.PROMOTER, Advocacy.PASSIVE):
        advocacy, because = Advocacy.UNKNOWN, Because.HELD
    elif holding and because in (Because.NO_ANSWER, Because.LOW_COVERAGE):
        because = Because.HELD
    low, high = sums.bounds()
    return RollUp(
        advocacy=advocacy,
        because=because,
        index=sums.index(),
        coverage=sums.coverage(),
        split=sums.is_split(),
        low=low,
        high=high,
        counted=sums.counted,
        holding=holding,
        changes_at=sums.changes_at,
        known=len(buyers),
        transactional=sums.transactional,
    )


def _holds(buyer: Buyer, verified: Mapping[int, datetime]) -> Answer | None:
    """The answer for which a decision maker or influencer still owes us a fresh score of at least 7."""
    if buyer.role not in BUYING_ROLES:
        return None
    last = last_answer(buyer)
    if last is None:
        return None
    if last.score < FRESH_KEY_SCORE:
        return last
    solved_at = verified.get(buyer.contact_id)
    return last if solved_at is not None and last.at <= solved_at else None


class _Sums:
    """Weighted sums per role; index 0–2."""

    __slots__ = ("changes_at", "counted", "detractors", "known", "promoters", "transactional", "values", "weights")

    def __init__(self) -> None:
        self.known = [0, 0, 0]
        self.weights, self.values = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
        self.promoters, self.detractors = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
        self.counted: list[tuple[int, Answer, int]] = []
        self.transactional: set[int] = set()
        self.changes_at: datetime | None = None

    def add(self, role: int, answer: Answer, contact_id: int, weight: float) -> None:
        self.counted.append((role, answer, contact_id))
        self.weights[role] += weight
        if answer.score >= 9:
            self.values[role] += weight
            self.promoters[role] += weight
        elif answer.score < 7:
            self.values[role] -= weight
            self.detractors[role] += weight

    def ends(self, at: datetime) -> None:
        if self.changes_at is None or at < self.changes_at:
            self.changes_at = at

    def _mean(self, sums: Sequence[float]) -> float:
        pairs = [(ROLE_WEIGHTS[r], sums[r] / self.weights[r]) for r in range(3) if self.weights[r]]
        return sum(weight * value for weight, value in pairs) / sum(weight for weight, _ in pairs)

    def index(self) -> float | None:
        return 100 * self._mean(self.values) if self.counted else None

    def coverage(self) -> float:
        answered = [0, 0, 0]
        for role, _, _ in self.counted:
            answered[role] += 1
        known = sum(ROLE_WEIGHTS[r] for r in range(3) if self.known[r])
        heard = sum(ROLE_WEIGHTS[r] * answered[r] / self.known[r] for r in range(3) if self.known[r])
        return heard / known if known else 0.0

    def is_split(self) -> bool:
        return bool(self.counted) and min(self._mean(self.promoters), self._mean(self.detractors)) >= SPLIT_FROM

    def bounds(self) -> tuple[float | None, float | None]:
        """A if each silent contact, counted like an answer of today, were a detractor, or a promoter."""
        if not any(self.known):
            return None, None
        answered = [sum(1 for role, _, _ in self.counted if role == r) for r in range(3)]
        silent = [self.known[r] - answered[r] for r in range(3)]
        everyone = _Sums()
        everyone.weights = [self.weights[r] + silent[r] for r in range(3)]
        low = everyone._mean([self.values[r] - silent[r] for r in range(3)])
        return 100 * low, 100 * everyone._mean([self.values[r] + silent[r] for r in range(3)])


def _sum(buyers: Sequence[Buyer], now: datetime, validity: Validity) -> _Sums:
    sums = _Sums()
    for contact_id, role, relationship, transactional in buyers:
        sums.known[role] += 1
        if relationship is not None and is_valid(relationship, now, validity.relationship_days):
            sums.add(role, relationship, contact_id, _decay(relationship, now))
            sums.ends(relationship.at + timedelta(days=validity.relationship_days))
        elif transactional is not None and is_valid(transactional, now, validity.transactional_days):
            sums.transactional.add(transactional.id)
            sums.add(role, transactional, contact_id, TRANSACTIONAL_WEIGHT * _decay(transactional, now))
            sums.ends(transactional.at + timedelta(days=validity.transactional_days))
    return sums


def _decay(answer: Answer, now: datetime) -> float:
    age = max(0.0, (now - answer.at).total_seconds() / _DAY)
    return float(2.0 ** (-age / HALF_LIFE_DAYS))


def _class(sums: _Sums) -> tuple[Because, Advocacy]:
    """The order matters: a decision maker's no counts before anything else, and silence before any index."""
    if sums.detractors[0]:
        return Because.DECISION_MAKER, Advocacy.DETRACTOR
    index = sums.index()
    if index is None:
        return Because.NO_ANSWER, Advocacy.UNKNOWN
    if sums.coverage() < MIN_COVERAGE:
        return Because.LOW_COVERAGE, Advocacy.UNKNOWN
    if index < 0:
        return Because.INDEX, Advocacy.DETRACTOR
    heard_buyer = sums.weights[0] or sums.weights[1]
    if index >= PROMOTER_FROM and heard_buyer and not sums.detractors[1]:
        return Because.INDEX, Advocacy.PROMOTER
    return Because.INDEX, Advocacy.PASSIVE
