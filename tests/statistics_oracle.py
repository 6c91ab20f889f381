"""The statistics counted again, slowly and plainly, from raw answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.defects.models import AccountGrain, AccountReach, ScoreGrain, ScoreTail
from feedback.defects.packing import ScoredAnswers
from feedback.defects.packing.entries import unpack_entries
from feedback.defects.packing.reach import add_bits, extent, no_bits, unpack_month
from feedback.defects.rules.reports import AnswerFilter


@dataclass(frozen=True)
class Raw:
    """One answer."""

    month: int
    survey: int
    segment: str
    region: str
    account: int
    role: int
    score: int
    defects: tuple[int, ...]

    def passes(self, query: AnswerFilter) -> bool:
        """Whether a filter lets it through."""
        first = query.start and 12 * query.start.year + query.start.month - 1
        after = query.stop and 12 * query.stop.year + query.stop.month - 1
        return (
            (first is None or self.month >= first)
            and (after is None or self.month < after)
            and query.survey_id in (None, self.survey)
            and query.segment in (None, self.segment)
            and query.region in (None, self.region)
        )


def columns(plus: Sequence[Raw], minus: Sequence[Raw] = ()) -> ScoredAnswers:
    """Answers to count and answers to take back, by column."""
    rows = [*plus, *minus]
    names = ("month", "survey", "segment", "region", "account", "role", "score", "defects")
    by_name = {name: [getattr(row, name) for row in rows] for name in names}
    by_name["survey_id"], by_name["account_id"] = by_name.pop("survey"), by_name.pop("account")
    return ScoredAnswers(**by_name, sign=[1] * len(plus) + [-1] * len(minus))


def counted(rows: Sequence[Raw], defects: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(role, score), (defect, role, score) and (defect, defect) counts; the last with an empty diagonal."""
    scores, cube = np.zeros((3, 11), int), np.zeros((defects, 3, 11), int)
    together = np.zeros((defects, defects), int)
    for row in rows:
        scores[row.role, row.score] += 1
        for one in row.defects:
            cube[one, row.role, row.score] += 1
            for other in row.defects:
                together[one, other] += one != other
    return scores, cube, together


def stored_accounts(session: Session) -> Counter[tuple]:
    """Every stored entry of the accounts: (kind, survey, segment, region, month, account, place) → count."""
    found: Counter[tuple] = Counter()
    for row in session.scalars(sa.select(AccountGrain)):
        for kind in ("scores", "cube", "pairs"):
            entries = unpack_entries(getattr(row, kind))
            for account, item, count in zip(entries.owner, entries.item, entries.count, strict=True):
                found[kind, row.survey_id, row.segment, row.region, row.month, int(account), int(item)] += int(count)
    return found


def counted_accounts(rows: Sequence[Raw]) -> Counter[tuple]:
    """What `stored_accounts` must answer once all is folded."""
    found: Counter[tuple] = Counter()
    for row in rows:
        key, cell = (row.survey, row.segment, row.region, row.month, row.account), 11 * row.role + row.score
        found["scores", *key, cell] += 1
        found.update(("cube", *key, 33 * one + cell) for one in row.defects)
        found.update(("pairs", *key, b * (b - 1) // 2 + a) for a in row.defects for b in row.defects if a < b)
    return found


def stored_reach(session: Session) -> set[tuple[int, int, int, int, int]]:
    """Every stored mark: (survey or 0, span, start, defect, account)."""
    found = set()
    for row in session.scalars(sa.select(AccountReach)):
        bits = no_bits(*extent(row.packed))
        add_bits(bits, row.packed)
        marked = np.argwhere(np.unpackbits(bits, axis=1, bitorder="little"))
        found |= {(row.survey_id, row.span, row.start, int(one), int(account)) for one, account in marked}
        if row.span == 1:
            assert (unpack_month(row.packed).count > 0).all()
    return found


def counted_reach(rows: Sequence[Raw]) -> set[tuple[int, int, int, int, int]]:
    """What `stored_reach` must answer once all is folded."""
    return {
        (survey, span, row.month - row.month % span, one, row.account)
        for row in rows
        for one in row.defects
        for survey in (0, row.survey)
        for span in (1, 3, 12)
    }


def statistics_tables() -> list[sa.Table]:
    """The tables of the statistics, for a database of their own."""
    return [model.__table__ for model in (ScoreTail, ScoreGrain, AccountGrain, AccountReach)]  # type: ignore[misc]


__all__ = [
    "Raw",
    "columns",
    "counted",
    "counted_accounts",
    "counted_reach",
    "statistics_tables",
    "stored_accounts",
    "stored_reach",
]
