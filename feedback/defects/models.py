"""Tables of the defect catalogue, the citations, and the additive statistics that the ranking reads."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.defects.rules import CitationSource, DefectCategory
from feedback.kernel.db import Model, enum_type


class Defect(Model):
    """A catalogue entry. `ordinal` is its place in the stored count arrays and never changes."""

    __tablename__ = "defect"
    id: Mapped[int] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]  # without a language; `names` has it in those of the readers: {"es": "Siniestros lentos", …}
    names: Mapped[dict[str, Any]] = mapped_column(default=dict)
    category: Mapped[DefectCategory] = mapped_column(enum_type(DefectCategory))
    # how customers say it, per language, for the survey page: {"en": "My claim took too long", …}
    wording: Mapped[dict[str, Any]] = mapped_column(default=dict)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Citation(Model):
    """This response cites this defect, and who said so."""

    __tablename__ = "citation"
    __table_args__ = ({"sqlite_with_rowid": False},)  # the key is the row: half the writes
    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    defect_id: Mapped[int] = mapped_column(sa.ForeignKey("defect.id"), primary_key=True, index=True)
    source: Mapped[CitationSource] = mapped_column(enum_type(CitationSource))


class ScoreTail(Model):
    """Answers accepted but not yet folded, packed by accepted list (see `defects.packing`)."""

    __tablename__ = "score_tail"
    id: Mapped[int] = mapped_column(primary_key=True)
    answers: Mapped[int]
    packed: Mapped[bytes]
    created_at: Mapped[datetime]


class ScoreGrain(Model):
    """Counts of one month under one combination of (survey or all) × (segment or all) × (region or all).

    `grain` has bit 1 set when the survey is named, bit 2 the segment, bit 4 the region; unnamed ones are 0 or ''.
    `scores` counts all answers by role × score, `cube` the same per cited defect, `pairs` two defects cited together.
    """

    __tablename__ = "score_grain"
    grain: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    survey_id: Mapped[int] = mapped_column(primary_key=True)
    segment: Mapped[str] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)  # months since year 0: 12 * year + month - 1
    scores: Mapped[bytes]
    cube: Mapped[bytes]
    pairs: Mapped[bytes]


class AccountGrain(Model):
    """The same counts account by account, for one month, survey, segment and region (see `defects.packing.entries`).

    One row holds all accounts: at one or two answers per account and month, a row each would cost more than the answer.
    """

    __tablename__ = "account_grain"
    month: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(primary_key=True)
    segment: Mapped[str] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)
    scores: Mapped[bytes]
    cube: Mapped[bytes]
    pairs: Mapped[bytes]


class AccountReach(Model):
    """Which accounts cited which defect in one span (month, quarter or year); months also say how often."""

    __tablename__ = "account_reach"
    survey_id: Mapped[int] = mapped_column(primary_key=True)  # 0 = all
    span: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)  # length in months: 1, 3 or 12
    start: Mapped[int] = mapped_column(primary_key=True)  # first month, as in ScoreGrain
    packed: Mapped[bytes]


class DesignEffect(Model):
    """How much account clustering widens a defect's standard error (factor on the error, not the variance)."""

    __tablename__ = "design_effect"
    defect_id: Mapped[int] = mapped_column(sa.ForeignKey("defect.id", ondelete="CASCADE"), primary_key=True)
    factor: Mapped[float]
    accounts: Mapped[int]
    computed_at: Mapped[datetime]
