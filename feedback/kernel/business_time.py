"""Working time: an instant plus so many working hours, the working time between two instants, whether it is open.

Openings are local: nine o'clock is nine on the wall clock of the zone, in summer and in winter. What is counted is real time:
an opening over the night on which clocks go back holds an hour more, one on which they go forward an hour less.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = EPOCH.date().toordinal()
MICRO = timedelta(microseconds=1)
SECOND = 1_000_000
DAY = 86_400 * SECOND
MINUTE = 60 * SECOND
LONGEST_DAY = 24 * 60  # minutes of the wall clock; an opening may end at midnight
HORIZON = 12  # years after which a calendar that never opens is given up
Openings = Mapping[int, Sequence[tuple[int, int]]]


class NeverOpen(ValueError):
    """Within the horizon there is not as much working time as was asked for."""


@dataclass(frozen=True, slots=True)
class _Year:
    """The openings of one UTC year in microseconds since 1970, with the working time before each."""

    starts: list[int]
    ends: list[int]
    before: list[int]
    total: int

    def passed(self, at: int) -> int:
        """Working time of this year until `at`."""
        place = bisect_right(self.starts, at) - 1
        if place < 0:
            return 0
        return self.before[place] + min(at, self.ends[place]) - self.starts[place]

    def when(self, passed: int) -> int:
        """The first moment by which so much of this year's working time has passed; more than none, at most all."""
        place = bisect_right(self.before, passed - 1) - 1
        return self.starts[place] + passed - self.before[place]

    def when_last(self, passed: int) -> int:
        """The last moment by which only so much has passed; less than all."""
        place = bisect_right(self.before, passed) - 1
        return self.starts[place] + passed - self.before[place]


class BusinessTime:
    """The working time of one calendar. Years are worked out when they are first needed and kept.

    Args:
        openings: per weekday (Monday is 0) the spans that are open, in minutes after local midnight: (540, 1080) is 9 to 18.
        zone: IANA name.
        is_closed: whether a local date is closed although its weekday is not.

    Raises:
        ValueError: no weekday is ever open, or a span is empty, overlaps another one or leaves the day.
        ZoneInfoNotFoundError: there is no such zone.
    """

    def __init__(self, openings: Openings, zone: str, is_closed: Callable[[date], bool] = lambda _day: False) -> None:
        self.zone = ZoneInfo(zone)
        self._openings = {weekday: _checked(spans) for weekday, spans in openings.items() if spans}
        if not self._openings:
            raise ValueError("a calendar that is never open has no working time")
        self._is_closed = is_closed
        self._years: dict[int, _Year] = {}

    def is_open(self, at: datetime) -> bool:
        """Whether work goes on at this instant; the closing minute itself is closed."""
        moment, year = _micro(at), self._year(at.astimezone(UTC).year)
        place = bisect_right(year.starts, moment) - 1
        return place >= 0 and moment < year.ends[place]

    def add(self, at: datetime, span: timedelta) -> datetime:
        """The first instant by which `span` of working time has passed since `at` (UTC). A negative span counts back.

        Raises:
            NeverOpen: there is not so much working time in the years to come.
        """
        wanted = span // MICRO
        if wanted == 0:
            return at.astimezone(UTC)
        return _instant(self._ahead(at, wanted) if wanted > 0 else self._back(at, -wanted))

    def between(self, since: datetime, until: datetime) -> timedelta:
        """Working time from one instant to another; negative if `until` is the earlier one."""
        first, last = since.astimezone(UTC).year, until.astimezone(UTC).year
        if first > last:
            return -self.between(until, since)
        whole = sum(self._year(year).total for year in range(first, last))
        return timedelta(microseconds=whole + self._year(last).passed(_micro(until)) - self._year(first).passed(_micro(since)))

    def next_opening(self, at: datetime) -> datetime:
        """The instant itself if it is open, or when it next opens (UTC).

        Raises:
            NeverOpen: it does not within the horizon.
        """
        return at.astimezone(UTC) if self.is_open(at) else self.add(at, MICRO) - MICRO

    def openings_of(self, year: int) -> tuple[Sequence[int], Sequence[int]]:
        """When a UTC year's openings begin and end, in order, in microseconds since 1970."""
        found = self._year(year)
        return found.starts, found.ends

    def _ahead(self, at: datetime, wanted: int) -> int:
        number = at.astimezone(UTC).year
        wanted += self._year(number).passed(_micro(at))
        for year in range(number, number + HORIZON):
            spans = self._year(year)
            if wanted <= spans.total:
                return spans.when(wanted)
            wanted -= spans.total
        raise NeverOpen(f"not enough working time within {HORIZON} years of {at.isoformat()}")

    def _back(self, at: datetime, wanted: int) -> int:
        number = at.astimezone(UTC).year
        left = self._year(number).passed(_micro(at)) - wanted
        for year in range(number, number - HORIZON, -1):
            if left >= 0:
                return self._year(year).when_last(left)
            left += self._year(year - 1).total
        raise NeverOpen(f"not enough working time within {HORIZON} years before {at.isoformat()}")

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = self._work_out(year)
        return found

    def _work_out(self, year: int) -> _Year:
        starts: list[int] = []
        ends: list[int] = []
        for start, end in self._spans(year):
            if ends and ends[-1] == start:  # midnight between two openings, or a change of the clock inside one
                ends[-1] = end
            else:
                starts.append(start)
                ends.append(end)
        lengths = [end - start for start, end in zip(starts, ends, strict=True)]
        before = list(accumulate(lengths, initial=0))
        return _Year(starts, ends, before[:-1], before[-1])

    def _spans(self, year: int) -> Iterator[tuple[int, int]]:
        for begins, stops, offset in steady_spans(self.zone, year):
            first, last = begins + offset, stops + offset  # what the wall clock shows, as if it were UTC
            for day in range(first // DAY, (last - 1) // DAY + 1):
                spans = self._openings.get((day + 3) % 7)  # the first day of 1970 was a Thursday
                if spans is None or self._is_closed(date.fromordinal(EPOCH_ORDINAL + day)):
                    continue
                for opens, closes in spans:
                    start = max(day * DAY + opens * MINUTE, first)
                    end = min(day * DAY + closes * MINUTE, last)
                    if start < end:
                        yield start - offset, end - offset


def _checked(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    ordered, last = tuple(sorted(spans)), 0
    for opens, closes in ordered:
        if not last <= opens < closes <= LONGEST_DAY:
            raise ValueError(f"{ordered} are no spans of a day in minutes, one after the other")
        last = closes
    return ordered


@lru_cache(maxsize=2048)
def steady_spans(zone: ZoneInfo, year: int) -> tuple[tuple[int, int, int], ...]:
    """The spans of a UTC year in which the zone's offset stays the same: (from, until, offset), in microseconds."""
    start, stop = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found, begins, at, offset = [], _micro(start), start, _offset(zone, start)
    while at < stop:
        later = min(at + timedelta(days=1), stop)
        changed = _offset(zone, later) if later < stop else offset
        if changed != offset:
            moment = _micro(turn_between(zone, at, later))
            found.append((begins, moment, offset // MICRO))
            begins, offset = moment, changed
        at = later
    found.append((begins, _micro(stop), offset // MICRO))
    return tuple(found)


def turn_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second in which the offset of `after` begins."""
    old, low, high = _offset(zone, before), 0, round((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, before + timedelta(seconds=middle)) == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _micro(at: datetime) -> int:
    return (at - EPOCH) // MICRO


def _instant(micro: int) -> datetime:
    return EPOCH + timedelta(microseconds=micro)
