"""From single answers to the band of an account and of one contact (`docs/reference/gate.md`, "Advocacy").

Everything here is a pure function of the facts and the moment; roles are 0 decision maker, 1 influencer, 2 user.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    heard = _hear(buyers, now, validity)
    figures = _figures(heard)
    because, advocacy = _class(heard, figures)
    solved = verified or {}
    holding = [(one.contact_id, answer) for one in buyers if one.role in BUYING_ROLES and (answer := _holds(one, solved))]
    if holding and advocacy in (Advocacy.PROMOTER, Advocacy.PASSIVE):
        advocacy, because = Advocacy.UNKNOWN, Because.HELD
    elif holding and because in (Because.NO_ANSWER, Because.LOW_COVERAGE):
        because = Because.HELD
    return RollUp(
        advocacy=advocacy,
        because=because,
        index=figures.index,
        coverage=figures.coverage,
        split=figures.split,
        low=figures.low,
        high=figures.high,
        counted=heard.counted,
        holding=holding,
        changes_at=heard.changes_at,
        known=len(buyers),
    )


def _holds(buyer: Buyer, verified: Mapping[int, datetime]) -> Answer | None:
    """The answer for which this decision maker or influencer still owes us a fresh score of at least 7."""
    last = last_answer(buyer)
    if last is None:
        return None
    if last.score < FRESH_KEY_SCORE:
        return last
    solved_at = verified.get(buyer.contact_id)
    return last if solved_at is not None and last.at <= solved_at else None


@dataclass(slots=True)
class _Heard:
    """Counts and weighted sums per role (index 0–2) of the answers that are valid."""

    known: list[int]
    answered: list[int]
    weights: list[float]
    promoters: list[float]
    detractors: list[float]
    counted: list[tuple[int, Answer, int]]
    changes_at: datetime | None = None


@dataclass(slots=True)
class _Figures:
    index: float | None
    coverage: float
    split: bool
    low: float | None
    high: float | None


def _hear(buyers: Sequence[Buyer], now: datetime, validity: Validity) -> _Heard:
    # once for each contact of each account of a list: plain lists, no object per contact
    known, answered = [0, 0, 0], [0, 0, 0]
    weights, promoters, detractors = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    counted: list[tuple[int, Answer, int]] = []
    oldest: dict[int, datetime] = {}
    for contact_id, role, relationship, transactional in buyers:
        known[role] += 1
        spoken = _spoken(relationship, now, validity[0], 1.0)
        days = validity[0]
        if spoken is None:  # a transactional answer counts only where there is no relationship answer
            spoken, days = _spoken(transactional, now, validity[1], TRANSACTIONAL_WEIGHT), validity[1]
        if spoken is None:
            continue
        answer, weight = spoken
        answered[role] += 1
        weights[role] += weight
        if answer.score >= 9:
            promoters[role] += weight
        elif answer.score < 7:
            detractors[role] += weight
        counted.append((role, answer, contact_id))
        if days not in oldest or answer.at < oldest[days]:
            oldest[days] = answer.at
    ends = min([at + timedelta(days=days) for days, at in oldest.items()], default=None)
    return _Heard(known, answered, weights, promoters, detractors, counted, ends)


def _spoken(answer: Answer | None, now: datetime, days: int, weight: float) -> tuple[Answer, float] | None:
    """The answer with what it weighs today, if it still speaks."""
    if answer is None:
        return None
    age = (now - answer.at).total_seconds() / _DAY
    return None if age > days else (answer, weight * 2.0 ** (-max(0.0, age) / HALF_LIFE_DAYS))


def _figures(heard: _Heard) -> _Figures:
    """A, K, the split flag, and A if each silent contact, counted like an answer of today, were a detractor or a promoter."""
    of_known = of_answered = covered = promoters = detractors = low = high = 0.0
    for role, weight in enumerate(ROLE_WEIGHTS):
        known, answered, sum_ = heard.known[role], heard.answered[role], heard.weights[role]
        if not known:
            continue
        of_known += weight
        silent, value = known - answered, heard.promoters[role] - heard.detractors[role]
        low += weight * (value - silent) / (sum_ + silent)
        high += weight * (value + silent) / (sum_ + silent)
        if answered:
            of_answered += weight
            covered += weight * answered / known
            promoters += weight * heard.promoters[role] / sum_
            detractors += weight * heard.detractors[role] / sum_
    if not of_known:
        return _Figures(None, 0.0, False, None, None)
    bounds = 100 * low / of_known, 100 * high / of_known
    if not of_answered:
        return _Figures(None, 0.0, False, *bounds)
    split = min(promoters, detractors) >= SPLIT_FROM * of_answered
    return _Figures(100 * (promoters - detractors) / of_answered, min(covered / of_known, 1.0), split, *bounds)


def _class(heard: _Heard, figures: _Figures) -> tuple[Because, Advocacy]:
    """The order matters: a decision maker's no counts before anything else, and silence before any index."""
    if heard.detractors[0]:
        return Because.DECISION_MAKER, Advocacy.DETRACTOR
    if figures.index is None:
        return Because.NO_ANSWER, Advocacy.UNKNOWN
    if figures.coverage < MIN_COVERAGE:
        return Because.LOW_COVERAGE, Advocacy.UNKNOWN
    if figures.index < 0:
        return Because.INDEX, Advocacy.DETRACTOR
    heard_buyer = heard.answered[0] or heard.answered[1]
    if figures.index >= PROMOTER_FROM and heard_buyer and not heard.detractors[1]:
        return Because.INDEX, Advocacy.PROMOTER
    return Because.INDEX, Advocacy.PASSIVE
