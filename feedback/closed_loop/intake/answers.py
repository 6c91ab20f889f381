"""Answers as they are stored: by column for lists, row by row where a stored answer is compared or replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import Any, NamedTuple

import numpy as np

from feedback.accounts.rules import ROLE_INDEX, ContactRole
from feedback.defects.catalogue import DefectKey
from feedback.defects.packing import ScoredAnswers
from feedback.defects.packing.counts import Ints
from feedback.kernel.db import instant
from feedback.surveys.rules import AnswerChannel

Catalogue = Mapping[str, DefectKey]


class Answer(NamedTuple):
    """One answer. `codes` is in the order of the sender."""

    id: int
    account_id: int
    contact_id: int
    survey_id: int
    score: int
    role: ContactRole
    segment: str | None
    region: str | None
    responded_at: int  # microseconds since 1970
    channel: AnswerChannel
    codes: tuple[str, ...]
    language: str | None
    role_guessed: bool = False

    @property
    def moment(self) -> datetime:
        """When it was given."""
        return instant(self.responded_at)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers by column, named as the fields of `Answer`, and the defects they cite by code."""

    columns: dict[str, Sequence[Any]]
    catalogue: Catalogue

    @classmethod
    def of(cls, rows: Sequence[Answer], catalogue: Catalogue) -> "Answers":
        """The columns of single answers."""
        columns = zip(*rows, strict=True) if rows else [()] * len(Answer._fields)
        return cls(dict(zip(Answer._fields, columns, strict=True)), catalogue)

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, name: str) -> Sequence[Any]:
        return self.columns[name]

    def rows(self) -> list[Answer]:
        """One by one."""
        return list(map(Answer._make, zip(*(self.columns[name] for name in Answer._fields), strict=True)))

    def rows_at(self, places: Sequence[int]) -> list[Answer]:
        """Those at these places."""
        columns = [self.columns[name] for name in Answer._fields]
        return [Answer._make([column[place] for column in columns]) for place in places]

    def citations(self) -> tuple[list[int], list[int]]:
        """(answer id, defect id) of each citation, as two columns."""
        codes = self["codes"]
        ids = chain.from_iterable(map(repeat, self["id"], map(len, codes)))
        defects = {code: key.id for code, key in self.catalogue.items()}
        return list(ids), [defects[code] for code in chain.from_iterable(codes)]

    def scored(self, sign: Sequence[int]) -> ScoredAnswers:
        """The columns that the statistics count."""
        ordinals = {codes: tuple([self.catalogue[code].ordinal for code in codes]) for codes in set(self["codes"])}
        return ScoredAnswers(
            month=_months(self["responded_at"]),
            survey_id=self["survey_id"],
            segment=[segment or "" for segment in self["segment"]],
            region=[region or "" for region in self["region"]],
            account_id=self["account_id"],
            role=[ROLE_INDEX[role] for role in self["role"]],
            score=self["score"],
            defects=[ordinals[codes] for codes in self["codes"]],
            sign=sign,
        )


def _months(moments: Sequence[int]) -> Ints:
    """12 * year + month - 1 (UTC) of microseconds since 1970."""
    since = np.array(moments, "datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return since + 12 * 1970
