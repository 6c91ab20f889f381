"""What the defects page shows, as plain rows: no session, no Flask, so that figures can be tested without a database."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from feedback.defects.rules.nps import MIN_EFFECTIVE

Z = 1.959963984540054  # 95 %, two-sided

# Display rules of small numbers (NPS with n under 5 is a count, under 30 it shows no direction)
MIN_SHOWN = 5
MIN_TREND = 30


class Evidence(StrEnum):
    """What the multiple-test correction lets us say about a defect."""

    ESTABLISHED = "established"
    NOT_ESTABLISHED = "not_established"
    TOO_FEW = "too_few"
    NOT_SEPARABLE = "not_separable"


class Change(StrEnum):
    """How a month stands against the one before it, where the test allows a word."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    UNTESTED = "untested"


@dataclass(frozen=True)
class CompanyFigure:
    """One of the three NPS figures of the company. `n` counts answers, or accounts for the other two.

    `effective` is how many accounts of equal weight would say as much as those.
    """

    weighting: str
    n: int
    nps: float | None
    low: float | None
    high: float | None
    effective: float | None = None

    @property
    def is_decided_by_one(self) -> bool:
        """Whether one account has so much of the weight that the figure says nothing about the others."""
        return not self.is_too_small and self.effective is not None and self.effective < MIN_EFFECTIVE

    @property
    def is_decided_by_few(self) -> bool:
        """Whether few accounts have most of the weight, though many were heard."""
        few = self.effective is not None and self.effective < MIN_SHOWN
        return few and not self.is_too_small and not self.is_decided_by_one

    @property
    def is_too_small(self) -> bool:
        """Whether only the count may be shown."""
        return self.n < MIN_SHOWN or self.nps is None


@dataclass(frozen=True)
class DefectRow:
    """One line of the ranking; shares are 0…1, losses and gaps in NPS points, revenue in the installation's currency."""

    rank: int
    defect_id: int
    code: str
    name: str
    category: str
    n: int
    accounts: int
    frequency: float
    base_frequency: float
    correlation: float | None
    correlation_low: float | None
    correlation_high: float | None
    gap: float | None
    lost: float | None
    lost_low: float | None
    lost_high: float | None
    lost_unadjusted: float | None
    p_value: float | None
    q_value: float | None
    revenue: float | None
    provisional: bool
    not_separable: bool
    rare_but_severe: bool = False

    @property
    def evidence(self) -> Evidence:
        """The word for the evidence: established only at q ≤ 0.10."""
        if self.not_separable:
            return Evidence.NOT_SEPARABLE
        if self.provisional or self.q_value is None:
            return Evidence.TOO_FEW
        return Evidence.ESTABLISHED if self.q_value <= 0.10 else Evidence.NOT_ESTABLISHED

    @property
    def impact(self) -> float | None:
        """NPS points that somebody with the defect scores lower, other defects equal (−β)."""
        return self.lost / self.frequency if self.lost is not None and self.frequency else None


@dataclass(frozen=True)
class MonthPoint:
    """NPS of one month with its interval, and the tested change against the month before."""

    month: date
    n: int
    nps: float | None
    low: float | None
    high: float | None
    change: Change = Change.UNTESTED


@dataclass(frozen=True)
class SharePoint:
    """Share of a month's answers that cite a defect, with its Wilson interval."""

    month: date
    n: int
    cited: int

    @property
    def share(self) -> float | None:
        """cited ÷ n; None without answers."""
        return self.cited / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson score interval."""
        if not self.n:
            return None
        share, square = self.cited / self.n, Z * Z / self.n
        middle = (share + square / 2) / (1 + square)
        half = Z / (1 + square) * math.sqrt(share * (1 - share) / self.n + square / (4 * self.n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Step:
    """One bar of the waterfall: `start` and `end` in NPS points. `code` is None for totals and for the folded rest."""

    label: str
    start: float
    end: float
    code: str | None = None
    total: bool = False

    @property
    def amount(self) -> float:
        """The height of the bar, with its sign."""
        return self.end - self.start


@dataclass(frozen=True)
class Waterfall:
    """From today's NPS to the NPS without defects; the steps between the two totals add up exactly."""

    steps: tuple[Step, ...]

    @property
    def is_closed(self) -> bool:
        """Whether each bar starts where the one before it ended."""
        return all(
            math.isclose(a.end, b.start, abs_tol=1e-9) for a, b in zip(self.steps, self.steps[1:], strict=False) if not b.total
        )


def waterfall(
    nps: float,
    without_defects: float,
    losses: Sequence[tuple[str | None, str, float]],
    *,
    shown: int,
    labels: tuple[str, str, str],
) -> Waterfall:
    """The bars NPS → largest losses → all others → defect-free NPS.

    Args:
        losses: (code, name, points lost) of every defect in the fit, harmless ones included, so that the bars close:
            NPS = β₀ − ΣL.
        shown: how many losses get their own bar; the rest is one bar.
        labels: names of the first total, the folded rest and the last total.
    """
    first, rest_label, last = labels
    ranked = sorted(losses, key=lambda loss: -loss[2])
    # a coefficient on the good side is never one of the shown bars
    top = [loss for loss in ranked[:shown] if loss[2] > 0]
    steps = [Step(first, 0.0, nps, total=True)]
    level = nps
    for code, name, lost in top:
        steps.append(Step(name, level, level + lost, code))
        level += lost
    # what is left to the intercept, not the sum of the other losses: equal by the identity, and closed to the last digit
    if len(ranked) > len(top) or not math.isclose(level, without_defects, abs_tol=1e-9):
        steps.append(Step(rest_label, level, without_defects))
    steps.append(Step(last, 0.0, without_defects, total=True))
    return Waterfall(tuple(steps))
