"""Which answers belong to which stored rows: month × survey × segment × region, and everything coarser."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np

from feedback.defects.packing import Answers
from feedback.defects.packing.counts import Ints

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

    def months(self) -> Iterator[slice]:
        """The strata of each month: neighbours in `keys`."""
        first = 0
        for _month, strata in groupby(self.keys, key=itemgetter(3)):
            after = first + len(list(strata))
            yield slice(first, after)
            first = after

    def in_every_grain(self, part: slice) -> tuple[list[tuple[int, GroupKey]], Ints]:
        """The rows of all grains that neighbouring strata touch, and for each grain (line) the row of each stratum."""
        places: dict[tuple[int, GroupKey], int] = {}
        keys = self.keys[part]
        group = [places.setdefault((grain, _coarse(key, grain)), len(places)) for grain in GRAINS for key in keys]
        return list(places), np.array(group, np.int64).reshape(len(GRAINS), len(keys))


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


def _coarse(key: GroupKey, grain: int) -> GroupKey:
    survey, segment, region, month = key
    return survey if grain & SURVEY else 0, segment if grain & SEGMENT else "", region if grain & REGION else "", month
