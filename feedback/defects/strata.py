"""Which answers belong to which stored rows: month × survey × segment × region, and everything coarser."""

from dataclasses import dataclass

import numpy as np

from feedback.defects.packing import Answers
from feedback.defects.packing.counts import Ints
from feedback.defects.packing.entries import Entries, ordered, summed

SURVEY, SEGMENT, REGION = 1, 2, 4  # bits of a grain: what it names
FINEST = SURVEY | SEGMENT | REGION
GRAINS = range(FINEST + 1)

GroupKey = tuple[int, str, str, int]  # survey, segment, region, month; 0 and '' where the grain names none


@dataclass(frozen=True, slots=True)
class Strata:
    """The finest strata of a list of answers, and the stratum of each answer."""

    of: Ints
    keys: list[GroupKey]

    def grouped(self, grain: int) -> tuple[list[GroupKey], Ints]:
        """The rows of a grain, and the row of each stratum."""
        places: dict[GroupKey, int] = {}
        group = [places.setdefault(_coarse(key, grain), len(places)) for key in self.keys]
        return list(places), np.array(group, np.int64)


def strata_of(answers: Answers) -> Strata:
    """Find the strata of answers."""
    surveys, survey = np.unique(answers.survey, return_inverse=True)
    sizes = len(answers.segments), len(answers.regions)
    joint = ((answers.month * len(surveys) + survey) * sizes[0] + answers.segment) * sizes[1] + answers.region
    found, of = np.unique(joint, return_inverse=True)
    rest, region = np.divmod(found, sizes[1])
    rest, segment = np.divmod(rest, sizes[0])
    month, place = np.divmod(rest, len(surveys))
    columns = (surveys[place].tolist(), segment.tolist(), region.tolist(), month.tolist())
    keys = [(s, answers.segments[g], answers.regions[r], m) for s, g, r, m in zip(*columns, strict=True)]
    return Strata(of, keys)


@dataclass(frozen=True, slots=True)
class Grouped:
    """Items and counts in the order of groups; `[g]` gives those of one group."""

    item: Ints
    count: Ints
    bounds: list[int]

    def __getitem__(self, group: int) -> tuple[Ints, Ints]:
        part = slice(self.bounds[group], self.bounds[group + 1])
        return self.item[part], self.count[part]


def by_group(entries: Entries, group_of: Ints, groups: int) -> Grouped:
    """Entries by stratum added up to groups of strata."""
    coarse = summed(ordered(group_of[entries.owner], entries.item), entries.count)
    return Grouped(coarse.item, coarse.count, np.searchsorted(coarse.owner, np.arange(groups + 1)).tolist())


def _coarse(key: GroupKey, grain: int) -> GroupKey:
    survey, segment, region, month = key
    return survey if grain & SURVEY else 0, segment if grain & SEGMENT else "", region if grain & REGION else "", month
