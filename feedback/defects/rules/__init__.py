"""Rules of defects: categories, months, NPS, impact measures, the fit of points lost. Standard library and numpy only."""

from feedback.defects.rules.categories import CitationSource, DefectCategory
from feedback.defects.rules.months import month_index, month_start
from feedback.defects.rules.reports import (
    Adjustment,
    AnswerFilter,
    NpsGroup,
    NpsLine,
    NpsQuery,
    NpsWeighting,
    RankedDefect,
    Ranking,
    RankingOrder,
    RankingQuery,
)

__all__ = [
    "Adjustment",
    "AnswerFilter",
    "CitationSource",
    "DefectCategory",
    "NpsGroup",
    "NpsLine",
    "NpsQuery",
    "NpsWeighting",
    "RankedDefect",
    "Ranking",
    "RankingOrder",
    "RankingQuery",
    "month_index",
    "month_start",
]
