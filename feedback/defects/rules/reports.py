"""What can be asked about NPS and defects, and the shape of the answers."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from feedback.defects.rules.categories import DefectCategory


class RankingOrder(StrEnum):
    """What the first row is the worst of; `article` is base frequency × −correlation."""

    POINTS_LOST = "points_lost"
    CORRELATION = "correlation"
    FREQUENCY = "frequency"
    ARTICLE = "article"


class Adjustment(StrEnum):
    """Covariates that the fit may hold constant."""

    SEGMENT = "segment"
    MONTH = "month"
    ROLE = "role"


class NpsGroup(StrEnum):
    """What NPS may be broken down by."""

    SEGMENT = "segment"
    REGION = "region"
    MONTH = "month"
    SURVEY = "survey"
    ROLE = "role"


class NpsWeighting(StrEnum):
    """Whether each answer, each account or each unit of revenue counts the same."""

    RESPONSES = "responses"
    ACCOUNTS = "accounts"
    REVENUE = "revenue"


@dataclass(frozen=True, kw_only=True)
class AnswerFilter:
    """Which answers: `start` inclusive and `stop` exclusive, both the first of a month; None is everything.

    Segment and region are those that the answer carries since it arrived; '' means "none".
    """

    start: date | None = None
    stop: date | None = None
    survey_id: int | None = None
    segment: str | None = None
    region: str | None = None


@dataclass(frozen=True, kw_only=True)
class RankingQuery(AnswerFilter):
    """Which ranking; `category` filters the rows shown, never the fit."""

    category: DefectCategory | None = None
    order: RankingOrder = RankingOrder.POINTS_LOST
    adjust: frozenset[Adjustment] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedDefect:
    """One row. Shares are 0…1; NPS and points are −100…100; None means "cannot be said from these answers".

    `points_lost` and its interval, `p_value` and `q_value` are None for a provisional defect (too few answers or accounts)
    and for one that is not separable from others. A negative `points_lost` is no evidence of harm; it stays in the sum
    NPS = nps_without_defects − Σ points_lost.
    """

    rank: int
    defect_id: int
    defect: str
    name: str
    category: DefectCategory
    n: int
    accounts: int
    frequency: float
    base_frequency: float | None
    correlation: float | None
    correlation_ci_low: float | None
    correlation_ci_high: float | None
    nps_gap: float | None
    points_lost: float | None
    points_lost_ci_low: float | None
    points_lost_ci_high: float | None
    points_lost_unadjusted: float | None
    p_value: float | None
    q_value: float | None
    design_effect: float | None
    revenue_affected: float
    provisional: bool
    not_separable: bool
    rare_but_severe: bool
    established: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """A ranking with the NPS of its answers and what it would be without the fitted defects.

    `se_method` is `classical` or `classical_times_design_effect`; `active_accounts` is what base frequencies are shares of.
    """

    n: int
    nps: float | None
    nps_ci_low: float | None
    nps_ci_high: float | None
    nps_without_defects: float | None
    se_method: str
    active_accounts: int
    items: list[RankedDefect]


@dataclass(frozen=True, slots=True)
class SurveyShare:
    """How many of the answers behind a figure came from a survey (its code), and of which kind that is."""

    survey: str
    kind: str
    n: int


@dataclass(frozen=True, kw_only=True)
class NpsQuery(AnswerFilter):
    """Which NPS, broken down by nothing or by one thing."""

    group_by: NpsGroup | None = None
    weighting: NpsWeighting = NpsWeighting.RESPONSES


@dataclass(frozen=True, kw_only=True, slots=True)
class NpsLine:
    """NPS of one group with its 95 % interval, −100…100; counts are answers whatever the weighting.

    `method` is `adjusted_wald` or `clustered`. `accounts` is known when accounts or revenue weigh, and so is
    `effective_accounts`: how many of equal weight would say as much; None where none of them weighs anything.
    """

    group: dict[str, str | None] = field(default_factory=dict)
    n: int
    promoters: int
    passives: int
    detractors: int
    nps: float | None
    ci_low: float | None
    ci_high: float | None
    accounts: int | None = None
    effective_accounts: float | None = None
    method: str = "adjusted_wald"
