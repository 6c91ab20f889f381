"""The defects page as rows: company NPS three ways, the ranking, the waterfall, NPS by month. Never reads raw answers."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.auth import check_may
from feedback.access.rules import Viewer
from feedback.accounts.exchange import LeftOut, current_exchange, left_out_accounts
from feedback.defects.naming import shown_names
from feedback.defects.nps import nps_by
from feedback.defects.ranking import rank_in
from feedback.defects.rules import DefectCategory
from feedback.defects.rules import nps as nps_rules
from feedback.defects.rules.evidence import q_values
from feedback.defects.rules.months import month_index, month_start
from feedback.defects.rules.reports import (
    NpsGroup,
    NpsLine,
    NpsQuery,
    NpsWeighting,
    RankedDefect,
    Ranking,
    RankingOrder,
    RankingQuery,
)
from feedback.extensions import db
from feedback.kernel import clock
from feedback.reporting.defect_rows import MIN_TREND, Change, CompanyFigure, DefectRow, MonthPoint, Waterfall, waterfall
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import PLANNED_KINDS, SurveyKind
from feedback.uow import snapshot
from feedback.web.naming import name_for_reader

PERIODS = {"3": 3, "6": 6, "12": 12, "24": 24, "all": None}
DEFAULT_PERIOD = "12"
EVERY_SURVEY = "all"
SHOWN_STEPS = 6
CHANGE_LEVEL = 0.10  # the false-discovery rate up to which a month is called different


@dataclass(frozen=True)
class BoardFilters:
    """What the address of the page asks for; unknown values are the defaults, because people edit addresses, and it says so."""

    period: str = DEFAULT_PERIOD
    survey: str = ""
    segment: str = ""
    region: str = ""
    category: str = ""
    order: RankingOrder = RankingOrder.POINTS_LOST

    @classmethod
    def named_by(cls, params: Mapping[str, str]) -> "BoardFilters":
        """From the parameters of an address."""
        period, order, category = (params.get(name, "") for name in ("period", "order", "category"))
        return cls(
            survey=params.get("survey", ""),
            segment=params.get("segment", ""),
            region=params.get("region", ""),
            category=category if category in list(DefectCategory) else "",
            period=period if period in PERIODS else DEFAULT_PERIOD,
            order=RankingOrder(order) if order in list(RankingOrder) else RankingOrder.POINTS_LOST,
        )

    @classmethod
    def apart(cls, params: Mapping[str, str]) -> "BoardFilters":
        """The same for figures about one survey: without one named it is `default_survey`, and all of them only by that word."""
        survey = params.get("survey", "") or default_survey()
        return cls.named_by({**params, "survey": "" if survey == EVERY_SURVEY else survey})

    @staticmethod
    def known() -> dict[str, Collection[str]]:
        """The values of parameters that take one of a few. Segments and regions are not: answers keep those of their day."""
        surveys = [EVERY_SURVEY, *(code for code, _name in list_surveys())]
        return {"period": PERIODS, "order": list(RankingOrder), "category": list(DefectCategory), "survey": surveys}

    @property
    def since(self) -> datetime:
        """The moment at which the period begins."""
        first = self.window[0] if self.period in PERIODS else None
        return datetime.combine(first, time(), UTC) if first else datetime(1, 1, 1, tzinfo=UTC)

    @property
    def window(self) -> tuple[date | None, date]:
        """First month and the month after the last one: whole UTC months up to the running one."""
        after = month_index(clock.now()) + 1
        length = PERIODS[self.period]
        return (None if length is None else month_start(after - length)), month_start(after)


@dataclass(frozen=True)
class DefectBoard:
    """Everything on the page but the details of one defect."""

    filters: BoardFilters
    first: date
    last: date
    n: int
    figures: tuple[CompanyFigure, ...]
    spread: float
    rows: tuple[DefectRow, ...]
    waterfall: Waterfall | None
    months: tuple[MonthPoint, ...]
    clustered_errors: bool
    active_accounts: int
    currency: str
    left_out: LeftOut


def defect_board(viewer: Viewer, filters: BoardFilters) -> DefectBoard:
    """Read the board, all of it from one state of the database.

    Raises:
        Forbidden: company figures are not for this role.
    """
    check_may(viewer, "report.read")
    start, stop = filters.window
    asked: dict[str, Any] = {"start": start, "stop": stop, "survey_id": _survey_id(filters.survey)}
    asked |= {"segment": filters.segment or None, "region": filters.region or None}
    with snapshot() as session:
        ranking = rank_in(session, RankingQuery(**asked, order=filters.order))
    by_weight = {weight: nps_by(NpsQuery(**asked, weighting=weight))[0] for weight in NpsWeighting}
    months = nps_by(NpsQuery(**asked, group_by=NpsGroup.MONTH))
    points, names, exchange = month_points(months), shown_names(), current_exchange()
    last = month_start(month_index(stop) - 1)
    return DefectBoard(
        filters=filters,
        first=start or (points[0].month if points else last),
        last=last,
        n=ranking.n,
        figures=tuple(_figure(weight, line) for weight, line in by_weight.items()),
        spread=_spread(by_weight[NpsWeighting.RESPONSES]),
        rows=tuple(_row(item, names) for item in ranking.items if filters.category in ("", item.category)),
        waterfall=_waterfall(ranking, names),
        months=tuple(points),
        clustered_errors=ranking.se_method != "classical",
        active_accounts=ranking.active_accounts,
        currency=exchange.currency,
        left_out=left_out_accounts(exchange),
    )


def default_survey() -> str:
    """The survey that figures are about unless another is chosen: the first about the whole relationship.

    Answers about one event and answers about the whole relationship are not thrown together unasked. Empty where there is only
    one survey, and nothing to keep apart.
    """
    query = sa.select(SurveyProgram.code, SurveyProgram.kind).where(SurveyProgram.kind.in_(PLANNED_KINDS))
    programs = db.session.execute(query.order_by(SurveyProgram.id)).all()
    first = next((code for code, kind in programs if kind is SurveyKind.RELATIONSHIP), "")
    return first if len(programs) > 1 else ""


def list_surveys() -> list[tuple[str, str]]:
    """(code, name) of every survey program whose answers are counted in NPS."""
    query = sa.select(SurveyProgram.code, name_for_reader(SurveyProgram)).where(SurveyProgram.kind.in_(PLANNED_KINDS))
    return [(code, name) for code, name in db.session.execute(query)]


def _survey_id(code: str) -> int | None:
    """The id of a survey program; an unknown code is a survey without answers, not all surveys."""
    if not code:
        return None
    found = db.session.scalar(sa.select(SurveyProgram.id).where(SurveyProgram.code == code))
    return -1 if found is None else found


def _figure(weight: NpsWeighting, line: NpsLine) -> CompanyFigure:
    n = line.n if weight is NpsWeighting.RESPONSES else line.accounts or 0
    return CompanyFigure(weight.value, n, line.nps, line.ci_low, line.ci_high, line.effective_accounts)


def _spread(line: NpsLine) -> float:
    """Standard deviation of one answer's NPS value, in points."""
    if not line.n:
        return 0.0
    return 100 * math.sqrt(nps_rules.variance(nps_rules.Bands(line.detractors, line.passives, line.promoters)))


def month_points(lines: Sequence[NpsLine]) -> list[MonthPoint]:
    """Months with their tested change: both months need 30 answers, and all tests share one false-discovery rate."""
    changes = _changes(lines)
    return [
        MonthPoint(date.fromisoformat(f"{line.group['month']}-01"[:10]), line.n, line.nps, line.ci_low, line.ci_high, change)
        for line, change in zip(lines, changes, strict=True)
    ]


def _changes(lines: Sequence[NpsLine]) -> list[Change]:
    counts = [nps_rules.Bands(line.detractors, line.passives, line.promoters) for line in lines]
    found = [Change.UNTESTED] * len(lines)
    tested = [
        (place, nps_rules.difference(counts[place - 1], counts[place]))
        for place in range(1, len(lines))
        if lines[place].n >= MIN_TREND and lines[place - 1].n >= MIN_TREND
    ]
    if not tested:
        return found
    corrected = q_values(np.array([difference.p_value for _place, difference in tested]))
    for (place, difference), q in zip(tested, corrected.tolist(), strict=True):
        direction = Change.UP if difference.value > 0 else Change.DOWN
        found[place] = direction if q <= CHANGE_LEVEL else Change.SAME
    return found


def _row(item: RankedDefect, names: Mapping[str, str]) -> DefectRow:
    return DefectRow(
        rank=item.rank,
        defect_id=item.defect_id,
        code=item.defect,
        name=names.get(item.defect, item.name),
        category=item.category.value,
        n=item.n,
        accounts=item.accounts,
        frequency=item.frequency,
        base_frequency=item.base_frequency or 0.0,
        correlation=item.correlation,
        correlation_low=item.correlation_ci_low,
        correlation_high=item.correlation_ci_high,
        gap=item.nps_gap,
        lost=item.points_lost,
        lost_low=item.points_lost_ci_low,
        lost_high=item.points_lost_ci_high,
        lost_unadjusted=item.points_lost_unadjusted,
        p_value=item.p_value,
        q_value=item.q_value,
        revenue=item.revenue_affected,
        provisional=item.provisional,
        not_separable=item.not_separable,
        rare_but_severe=item.rare_but_severe,
    )


def _waterfall(ranking: Ranking, names: Mapping[str, str]) -> Waterfall | None:
    if ranking.nps is None or ranking.nps_without_defects is None:
        return None
    losses = [
        (item.defect, names.get(item.defect, item.name), item.points_lost)
        for item in ranking.items
        if item.points_lost is not None
    ]
    if not losses:
        return None
    labels = (_("NPS today"), _("All other defects"), _("NPS without defects"))
    return waterfall(ranking.nps, ranking.nps_without_defects, losses, shown=SHOWN_STEPS, labels=labels)
