"""The seasonal baseline of monthly spend, for any number of accounts at once. All arrays are months × accounts of log spend.

A month is forecast from the same month of one, two and three years before, each brought up to date by the median growth of half
a year; the median of the three does not mind one unusual order. Where the plain median of the last six months was the better
forecast of the last year, the account has no season, and that is taken. A month far below its forecast is replaced by it before
the next one is judged, so that a drop does not become its own excuse: until somebody says that this is the level from now on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

YEAR, HALF, THIRD_YEAR = 12, 6, 3
LEAST_BEFORE = 30  # months before the judged one
LEAST_ERRORS = 6  # of a young account, where a year of them is not there yet
CLEAR_Z, CLEAR_DROP = -3.0, 0.20
LASTING_Z, LASTING_DROP = -2.0, 0.15
LEAST_SCALE = 0.02
NORMAL_MAD = 1.4826  # the MAD of a normal distribution, made its standard deviation

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """Months × accounts; NaN and False where there is too little history."""

    forecast: Floats  # in logs
    centre: Floats  # the usual error of the forecast
    scale: Floats  # how widely errors are spread
    z: Floats
    shortfall: Floats  # share of the forecast that is missing; negative: more came
    alarm: Flags
    seasonal: Flags  # the seasonal forecast was the better one


def judge(
    logs: Floats,
    *,
    least_money: Floats | float = 0.0,
    plus_one: Flags | None = None,
    unknown: Flags | None = None,
    settled: Flags | None = None,
    years: int = THIRD_YEAR,
) -> Judged:
    """Forecast and judge every month that has 30 months before it.

    Args:
        logs: log spend, NaN before an account's first month and for months that nobody booked.
        least_money: what has to be missing in a month for an alarm, in the unit of the spend; one per account or for all.
        plus_one: accounts whose logs are log1p, because some of their months are zero.
        unknown: months that nobody booked: they are forecast, and not judged.
        settled: months whose level somebody accepted as the new one: they are never replaced.
        years: how many years the seasonal forecast looks back to, 1 to 3.
    """
    return _Run(logs, least_money, plus_one, unknown, settled, years).judged()


def judge_with_season(
    logs: Floats, season: Floats, *, least_money: Floats | float = 0.0, plus_one: Flags | None = None
) -> Judged:
    """The same for 12 to 29 months: the season is that of peers, and the level the account's own median of six months.

    Args:
        logs: as in `judge`.
        season: months × accounts: what is usual for each month of the year, in logs.
    """
    return _Young(logs, season, least_money, plus_one).judged()


class _Base:
    """One pass through the months, the oldest first."""

    def __init__(self, logs: Floats, least_money: Floats | float, plus_one: Flags | None) -> None:
        self.logs = logs.copy()
        self.months, self.accounts = logs.shape
        self.least_money = least_money
        self.one: Floats | float = 0.0 if plus_one is None else np.where(plus_one, 1.0, 0.0)
        self.forecast, self.centre, self.scale, self.z, self.shortfall = (np.full(logs.shape, np.nan) for _ in range(5))
        self.alarm, self.seasonal = np.zeros(logs.shape, dtype=bool), np.zeros(logs.shape, dtype=bool)

    def judged(self) -> Judged:
        for month in range(self.months):
            self._step(month)
        return Judged(self.forecast, self.centre, self.scale, self.z, self.shortfall, self.alarm, self.seasonal)

    def _step(self, t: int) -> None:
        raise NotImplementedError

    def _note(self, t: int, forecast: Floats, past: Floats, ready: Flags) -> None:
        """Judge month t against its forecast and the errors before it."""
        centre, scale = centre_and_scale(past)
        error = self.logs[t] - forecast
        for kept, value in ((self.forecast, forecast), (self.centre, centre), (self.scale, scale)):
            kept[t] = np.where(ready, value, np.nan)
        self.z[t], self.shortfall[t] = (error - self.centre[t]) / self.scale[t], np.where(ready, 1 - np.exp(error), np.nan)
        missing = np.exp(forecast) - np.exp(self.logs[t])
        self.alarm[t] = is_alarm(self.z[: t + 1], self.shortfall[: t + 1]) & (missing >= self.least_money)


class _Run(_Base):
    def __init__(
        self,
        logs: Floats,
        least_money: Floats | float,
        plus_one: Flags | None,
        unknown: Flags | None,
        settled: Flags | None,
        years: int,
    ) -> None:
        super().__init__(logs, least_money, plus_one)
        nothing = np.zeros(logs.shape, dtype=bool)
        self.unknown = nothing if unknown is None else unknown
        self.settled = nothing if settled is None else settled
        self.years = years
        self.growth, self.grown = np.full(logs.shape, np.nan), np.full(logs.shape, np.nan)
        self.errors = np.full((2, YEAR, self.accounts), np.nan)  # of the seasonal and of the flat forecast, the newest last

    def _step(self, t: int) -> None:
        if t >= HALF:
            self._judge(t, self._seasonal(t), middle_of_six(self.logs[t - HALF : t]))
        if t >= YEAR:
            self.growth[t] = self.logs[t] - self.logs[t - YEAR]

    def _seasonal(self, t: int) -> Floats:
        """The median of what one, two and three years before say; of two their mean."""
        if t < YEAR + HALF:
            return np.full(self.accounts, np.nan)
        recent = self.grown[t] = middle_of_six(self.growth[t - HALF : t])
        one = self.logs[t - YEAR] + recent
        if t < 2 * YEAR + HALF or self.years < 2:
            return one
        # the growth of half a year as it was found a year ago
        two = self.logs[t - 2 * YEAR] + recent + self.grown[t - YEAR]
        both = np.where(np.isnan(two), one, (one + two) / 2)
        if t < 3 * YEAR + HALF or self.years < THIRD_YEAR:
            return both
        three = self.logs[t - 3 * YEAR] + recent + self.grown[t - YEAR] + self.grown[t - 2 * YEAR]
        middle = np.maximum(np.minimum(one, two), np.minimum(np.maximum(one, two), three))
        return np.where(np.isnan(three), both, middle)

    def _judge(self, t: int, seasonal: Floats, flat: Floats) -> None:
        far = np.abs(self.errors).mean(axis=1)
        best = ~(far[1] < far[0])
        forecast = np.where(best & ~np.isnan(seasonal), seasonal, flat)
        self.logs[t] = np.where(self.unknown[t], forecast, self.logs[t])
        ready = ~np.isnan(far[0]) & ~np.isnan(self.logs[max(t - LEAST_BEFORE, 0)]) & ~self.unknown[t] & (t >= LEAST_BEFORE)
        self._note(t, forecast, np.where(best, self.errors[0], self.errors[1]), ready)
        self.seasonal[t] = best & ready
        replaced = (self.alarm[t] | self.unknown[t]) & ~self.settled[t]
        # what is replaced says nothing about how far off forecasts usually are
        newest = np.stack([self.logs[t] - seasonal, self.logs[t] - flat])[:, None]
        self.errors = np.where(replaced, self.errors, np.concatenate([self.errors[:, 1:], newest], axis=1))
        self.logs[t] = np.where(replaced, forecast, self.logs[t])


class _Young(_Base):
    def __init__(self, logs: Floats, season: Floats, least_money: Floats | float, plus_one: Flags | None) -> None:
        super().__init__(logs, least_money, plus_one)
        self.season = season
        self.errors = np.full((YEAR, self.accounts), np.nan)

    def _step(self, t: int) -> None:
        if t < HALF:
            return
        forecast = middle_of_six(self.logs[t - HALF : t] - self.season[t - HALF : t]) + self.season[t]
        known = (~np.isnan(self.errors)).sum(axis=0)
        ready = (known >= LEAST_ERRORS) & ~np.isnan(self.logs[max(t - YEAR, 0)]) & (t >= YEAR) & ~np.isnan(forecast)
        self._note(t, forecast, self.errors, ready)
        self.seasonal[t] = ready
        newest = (self.logs[t] - forecast)[None]
        self.errors = np.where(self.alarm[t], self.errors, np.concatenate([self.errors[1:], newest]))
        self.logs[t] = np.where(self.alarm[t], forecast, self.logs[t])


def is_alarm(z: Floats, shortfall: Floats) -> Flags:
    """Whether the last month is a drop: at once, two months running, or three months together."""
    found = (z[-1] <= CLEAR_Z) & (shortfall[-1] >= CLEAR_DROP)
    if len(z) >= 2:
        found = found | ((z[-2:] <= LASTING_Z) & (shortfall[-2:] >= LASTING_DROP)).all(axis=0)
    if len(z) >= 3:
        together = (z[-3:].sum(axis=0) / np.sqrt(3) <= CLEAR_Z) & (shortfall[-3:].mean(axis=0) >= LASTING_DROP)
        found = found | together
    flags: Flags = found
    return flags


def season_of_peers(logs: Floats) -> Floats:
    """What is usual for each of the twelve months that follow the last row, going back: the median of the peers' month effects.

    Args:
        logs: months × peers, at least 24 months; the last row is the judged month.

    Returns:
        Twelve numbers; the first is for the month of the last row, the second for the month before it.
    """
    sums = np.cumsum(np.vstack([np.zeros(logs.shape[1]), logs]), axis=0)
    year = sums[YEAR:] - sums[:-YEAR]  # of the months i to i + 11
    centred = (year[:-1] + year[1:]) / (2 * YEAR)  # around the month i + 6
    effects = (logs[HALF : HALF + len(centred)] - centred)[::-1]
    first = (HALF + len(centred) - len(logs)) % -YEAR  # how far the newest effect lies before the last row, as -0…-11
    by_month = np.array([median(effects[(back + first) % YEAR :: YEAR]) for back in range(YEAR)])
    usual: Floats = median(by_month.T)
    return usual - usual.mean()


def centre_and_scale(errors: Floats) -> tuple[Floats, Floats]:
    """Median, and MAD as a standard deviation with a floor, of each column; NaN counts nowhere."""
    centre = median(errors)
    return centre, np.maximum(NORMAL_MAD * median(np.abs(errors - centre)), LEAST_SCALE)


def median(rows: Floats) -> Floats:
    """The median of what is known in each column; NaN where nothing is."""
    ordered = np.sort(rows.T, axis=1)  # NaN sorts last
    known = (~np.isnan(ordered)).sum(axis=1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(known - 1, 0) // 2, axis=1)
    high = np.take_along_axis(ordered, np.minimum(known // 2, ordered.shape[1] - 1), axis=1)
    middle: Floats = ((low + high) / 2)[:, 0]
    return middle


# pairs to compare and swap so that six are in order
_NETWORK = ((0, 5), (1, 3), (2, 4), (1, 2), (3, 4), (0, 3), (2, 5), (0, 1), (2, 3), (4, 5), (1, 2), (3, 4))


def middle_of_six(rows: Floats) -> Floats:
    """The median of each column of six by a sorting network, several times faster than sorting; NaN where one of them is."""
    lines = list(rows)
    for low, high in _NETWORK:
        lines[low], lines[high] = np.minimum(lines[low], lines[high]), np.maximum(lines[low], lines[high])
    middle: Floats = (lines[2] + lines[3]) / 2
    return middle
