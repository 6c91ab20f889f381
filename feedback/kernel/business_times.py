"""Working time of many instants at once: the arithmetic of `BusinessTime` on columns of microseconds since 1970.

The openings of the years that are asked for stand in one table, with the working time before each, so that an instant plus so
many hours is two look-ups in sorted columns, whatever the number of instants.
"""

from datetime import timedelta

import numpy as np
import numpy.typing as npt

from feedback.kernel.business_time import DAY, EPOCH, HORIZON, MICRO, BusinessTime

Moments = npt.NDArray[np.int64]  # microseconds since 1970
SURELY = (HORIZON - 2) * 366 * DAY  # nearer than this the horizon is no matter


class WallTime:
    """Hours round the clock, with the same two questions."""

    def add(self, at: Moments, span: Moments) -> Moments:
        """So much later."""
        return at + span

    def between(self, since: Moments, until: Moments) -> Moments:
        """The time from one to the other."""
        return until - since


class Timetable:
    """The working time of one calendar."""

    def __init__(self, time: BusinessTime) -> None:
        self._time = time
        self._first, self._last = 1, 0  # no year yet
        self._starts = self._ends = self._before = np.empty(0, np.int64)
        self._total = 0

    def add(self, at: Moments, span: Moments) -> Moments:
        """For each instant what `BusinessTime.add` answers.

        Raises:
            NeverOpen: there is not so much working time in the years to come, or in those that passed.
        """
        if not len(at):
            return at
        wanted = self._reach(at, span)
        return np.where(span == 0, at, self._places(at, span, wanted))

    def between(self, since: Moments, until: Moments) -> Moments:
        """For each pair the working time from one to the other, negative if `until` is the earlier one."""
        if not len(since):
            return since
        self._cover(min(_year(since.min()), _year(until.min())), max(_year(since.max()), _year(until.max())))
        return self._passed(until) - self._passed(since)

    def _reach(self, at: Moments, span: Moments) -> Moments:
        """The working time of the table that has passed at each answer, after the table has grown as far as answers may lie."""
        first, last = _year(at.min()), _year(at.max())
        self._cover(first, last)
        for _year_more in range(HORIZON):
            wanted = self._passed(at) + span
            ahead, back = bool((wanted > self._total).any()), bool((wanted < 0).any())
            if not ahead and not back:
                break
            first, last = first - back, last + ahead
            self._cover(first, last)
        return self._passed(at) + span

    def _places(self, at: Moments, span: Moments, wanted: Moments) -> Moments:
        there = (wanted >= 0) & (wanted <= self._total) & (len(self._starts) > 0)
        found = at.copy()
        sought = wanted[there]
        # ahead: the first moment by which so much has passed; back: the last one
        place = np.searchsorted(self._before, np.where(span[there] > 0, sought - 1, sought), side="right") - 1
        found[there] = self._starts[place] + sought - self._before[place]
        for one in np.flatnonzero((span != 0) & (~there | (np.abs(found - at) > SURELY))):
            # far away or nowhere: whoever counts one by one knows how far is too far
            moment = self._time.add(EPOCH + timedelta(microseconds=int(at[one])), timedelta(microseconds=int(span[one])))
            found[one] = (moment - EPOCH) // MICRO
        return found

    def _passed(self, at: Moments) -> Moments:
        """Working time since the table begins."""
        if not len(self._starts):
            return np.zeros_like(at)
        place = np.searchsorted(self._starts, at, side="right") - 1
        at_place = np.maximum(place, 0)
        return np.where(place < 0, 0, self._before[at_place] + np.minimum(at, self._ends[at_place]) - self._starts[at_place])

    def _cover(self, first: int, last: int) -> None:
        """Let the table hold these years at least."""
        if self._first <= self._last:
            if self._first <= first and last <= self._last:
                return
            first, last = min(first, self._first), max(last, self._last)
        self._first, self._last = first, last
        years = [self._time.openings_of(year) for year in range(first, last + 1)]
        self._starts, self._ends = (np.concatenate([np.array(year[side], np.int64) for year in years]) for side in (0, 1))
        passed = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._ends - self._starts)])
        self._before, self._total = passed[:-1], int(passed[-1])


def _year(moment: np.int64) -> int:
    return int(np.datetime64(int(moment), "us").astype("datetime64[Y]").astype(np.int64)) + 1970
