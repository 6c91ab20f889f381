"""What the last complete month says about each account: a drop, the season, the usual, or too little history to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feedback.selling.spend.cadence import gaps_of_months, overdue
from feedback.selling.spend.history import Ledger
from feedback.selling.spend.seasonal import (
    LASTING_DROP,
    LASTING_Z,
    LEAST_BEFORE,
    YEAR,
    Flags,
    Floats,
    Judged,
    is_alarm,
    judge,
    judge_with_season,
    season_of_peers,
)

REGULAR = 0.8  # share of the months of a history with spend
LEAST_PEERS = 3
QUARTER = 3
SEASON_SHARE = 0.5  # of a fall that the season has to explain to be called one
SHORTER_MONTH = 2  # working days fewer than in the year before
CHART_MONTHS = 25
SAME_DROP_MONTHS = 12  # an alarm so soon after the last one goes on with the same drop
BAND = 3.0  # scales around the usual error


class Tier(StrEnum):
    """How much history an account has."""

    OWN_SEASON = "own_season"  # 30 months before the judged one and more
    PEERS_SEASON = "peers_season"  # 12 to 29: the season is that of its industry
    CADENCE = "cadence"  # less, or it buys now and then


class Finding(StrEnum):
    """What the judged month is."""

    DROP = "drop"
    SEASONAL = "seasonal"  # lower than the months before it, as every year
    USUAL = "usual"  # lower, but not by more than this account's spend moves anyway
    IMMATERIAL = "immaterial"  # a drop of little money
    STEADY = "steady"  # it did not fall
    TOO_LITTLE = "too_little"  # nobody can tell
    UNKNOWN_CURRENCY = "unknown_currency"  # amounts without a rate


class Doubt(StrEnum):
    """Why a drop may be none of this customer's doing."""

    CALENDAR = "calendar"  # fewer working days than in the year before
    PEER_MOVE = "peer_move"  # the whole industry fell
    DATA = "data"  # credit notes make the difference


class ChartMonth(NamedTuple):
    """A month as the chart shows it; None where nobody knows."""

    month: int
    spend: float | None
    expected: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Reading:
    """One account's month, months since year 0. Numbers are None where nothing could be forecast."""

    account_id: int
    month: int
    tier: Tier
    finding: Finding
    doubts: tuple[Doubt, ...]
    actual: float | None
    expected: float | None
    shortfall: float | None
    z: float | None
    silent_days: float | None  # since the last order, where the pauses between orders are judged
    chart: tuple[ChartMonth, ...]


@dataclass(frozen=True)
class Known:
    """What the monitor has to know beside the amounts."""

    industries: Sequence[str | None]  # of each account of the ledger
    least_money: float = 0.0
    settled: Mapping[int, Sequence[tuple[int, int]]] = field(
        default_factory=dict
    )  # account id → months that were accepted as they are


class Monitor:
    """The last month of a ledger, judged for every account."""

    def __init__(self, ledger: Ledger, known: Known) -> None:
        self.ledger, self.known = ledger, known
        self._industry = np.unique([name or "" for name in known.industries], return_inverse=True)[1]
        self._named = np.array([bool(name) for name in known.industries], dtype=bool)
        shape = ledger.net.shape
        self._forecast, self._centre, self._scale, self._z, self._shortfall = (np.full(shape, np.nan) for _ in range(5))
        self._alarm, self._seasonal = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        spend = np.maximum(ledger.net, 0.0)
        self.plus_one: Flags = (spend == 0).any(axis=0)
        self.logs = _carried(_logs(spend, self.plus_one))
        self._judge_own()
        self._judge_young()

    @cached_property
    def tiers(self) -> NDArray[np.str_]:
        """The tier of each account."""
        begun = ~np.isnan(self.ledger.net) | self.ledger.unknown
        length = begun.sum(axis=0)
        bought = (np.nan_to_num(self.ledger.net) > 0).sum(axis=0)
        regular = bought >= REGULAR * np.maximum(length - self.ledger.unknown.sum(axis=0), 1)
        found = np.where(regular & (length > YEAR), Tier.PEERS_SEASON.value, Tier.CADENCE.value)
        return np.where(regular & (length > LEAST_BEFORE), Tier.OWN_SEASON.value, found)

    def _judge_own(self) -> None:
        places = np.flatnonzero(self.tiers == Tier.OWN_SEASON)
        if len(places):
            judged = judge(
                self.logs[:, places],
                least_money=self.known.least_money,
                plus_one=self.plus_one[places],
                unknown=self.ledger.unknown[:, places],
                settled=self._settled[:, places],
            )
            self._take(places, judged)

    def _judge_young(self) -> None:
        own, young = self.tiers == Tier.OWN_SEASON, self.tiers == Tier.PEERS_SEASON
        rows = len(self.logs)
        for industry in np.unique(self._industry[young & self._named]):
            same = self._industry == industry
            peers, places = np.flatnonzero(same & own), np.flatnonzero(same & young)
            if len(peers) < LEAST_PEERS:
                continue
            usual = season_of_peers(self.logs[-LEAST_BEFORE - 1 :, peers])
            season = np.array([usual[(rows - 1 - row) % YEAR] for row in range(rows)])[:, None]
            least = self.known.least_money
            judged = judge_with_season(self.logs[:, places], season, least_money=least, plus_one=self.plus_one[places])
            self._take(places, judged)

    def _take(self, places: NDArray[np.intp], judged: Judged) -> None:
        for kept, found in (
            (self._forecast, judged.forecast),
            (self._centre, judged.centre),
            (self._scale, judged.scale),
            (self._z, judged.z),
            (self._shortfall, judged.shortfall),
            (self._alarm, judged.alarm),
            (self._seasonal, judged.seasonal),
        ):
            kept[:, places] = found

    @cached_property
    def _settled(self) -> Flags:
        flags = np.zeros(self.ledger.net.shape, dtype=bool)
        place_of = {account_id: place for place, account_id in enumerate(self.ledger.account_ids)}
        for account_id, spans in self.known.settled.items():
            for since, until in spans:
                if account_id in place_of:
                    flags[max(since - self.ledger.first, 0) : max(until - self.ledger.first + 1, 0), place_of[account_id]] = True
        return flags

    @cached_property
    def _orders(self) -> tuple[Flags, Flags, Floats]:
        gaps, since = gaps_of_months(self.ledger.net)
        enough, late = overdue(gaps, since)
        return enough, late, since

    def drops(self) -> list[int]:
        """Places of accounts whose last month is a drop of enough money."""
        _enough, late, _since = self._orders
        found = self._alarm[-1] | ((self.tiers == Tier.CADENCE) & late)
        return [int(place) for place in np.flatnonzero(found & ~self.ledger.foreign)]

    def began(self, place: int) -> int:
        """The month in which the drop of the last month began: alarms less than a year apart are one drop."""
        began = last = len(self._alarm) - 1
        for row in np.flatnonzero(self._alarm[:, place])[::-1]:
            if last - row > SAME_DROP_MONTHS:
                break
            began = last = int(row)
        return self.ledger.first + began

    def reading(self, place: int, working_days: tuple[int, int] | None = None) -> Reading:
        """What the last month of one account is.

        Args:
            working_days: of the judged month, and of the same month of the year before.
        """
        enough, _late, since = self._orders
        tier = Tier(str(self.tiers[place]))
        cadence = tier is Tier.CADENCE
        finding = self._of_pauses(place) if cadence else self._of_month(place)
        if self.ledger.foreign[place]:
            finding = Finding.UNKNOWN_CURRENCY
        expected = _number(self._money(self._forecast[-1, place], place))
        return Reading(
            self.ledger.account_ids[place],
            self.ledger.last,
            tier,
            finding,
            self._doubts(place, working_days) if finding is Finding.DROP and not cadence else (),
            _number(self.ledger.net[-1, place]),
            expected,
            _number(self._shortfall[-1, place]),
            _number(self._z[-1, place]),
            _number(since[place]) if cadence and enough[place] else None,
            self._chart(place),
        )

    def _of_pauses(self, place: int) -> Finding:
        enough, late, _since = self._orders
        if not enough[place]:
            return Finding.TOO_LITTLE
        return Finding.DROP if late[place] else Finding.STEADY

    def _of_month(self, place: int) -> Finding:
        z, shortfall = self._z[-QUARTER:, place], self._shortfall[-QUARTER:, place]
        if np.isnan(z[-1]):
            return Finding.TOO_LITTLE
        if self._alarm[-1, place]:
            return Finding.DROP
        if bool(is_alarm(z[:, None], shortfall[:, None])[0]):
            return Finding.IMMATERIAL
        return self._of_fall(place)

    def _of_fall(self, place: int) -> Finding:
        """A month that is no drop: did it fall at all, and does the season explain it?"""
        before = self.ledger.net[-YEAR - 1 : -1, place]
        usual = max(float(np.nanmedian(before[-QUARTER:])), float(np.nanmedian(before)))
        fall = usual - float(self.ledger.net[-1, place])
        if fall < LASTING_DROP * usual:
            return Finding.STEADY if self._shortfall[-1, place] < LASTING_DROP else Finding.USUAL
        explained = usual - float(self._money(self._forecast[-1, place], place))
        season = self._seasonal[-1, place] and explained >= SEASON_SHARE * fall
        return Finding.SEASONAL if season else Finding.USUAL

    def _doubts(self, place: int, working_days: tuple[int, int] | None) -> tuple[Doubt, ...]:
        found = []
        actual, expected = float(self.ledger.net[-1, place]), float(self._money(self._forecast[-1, place], place))
        if working_days is not None and working_days[1] - working_days[0] >= SHORTER_MONTH:
            by_day = actual * working_days[1] / max(working_days[0], 1)
            found += [Doubt.CALENDAR] if by_day > (1 - LASTING_DROP) * expected else []
        if self._peers_z(place) <= LASTING_Z:
            found.append(Doubt.PEER_MOVE)
        if actual - self.ledger.credits[-1, place] > (1 - LASTING_DROP) * expected:
            found.append(Doubt.DATA)
        return tuple(found)

    def _peers_z(self, place: int) -> float:
        """The median z of the same month of the other accounts of the industry; 0 where there are too few."""
        others = (self._industry == self._industry[place]) & self._named[place]
        others[place] = False
        z = self._z[-1, others]
        known = z[~np.isnan(z)]
        return float(np.median(known)) if len(known) >= LEAST_PEERS else 0.0

    def _money(self, log: Any, place: int) -> Any:
        return np.exp(log) - (1.0 if self.plus_one[place] else 0.0)

    def _chart(self, place: int) -> tuple[ChartMonth, ...]:
        begun = np.flatnonzero(~np.isnan(self.ledger.net[:, place]))
        start = max(int(begun[0]) if len(begun) else 0, len(self.ledger.net) - CHART_MONTHS)
        forecast, centre, scale = (column[:, place] for column in (self._forecast, self._centre, self._scale))
        low, high = (self._money(forecast + centre + side * BAND * scale, place) for side in (-1, 1))
        columns = (self.ledger.net[:, place], self._money(forecast, place), low, high)
        return tuple(
            ChartMonth(self.ledger.first + row, *(_number(column[row]) for column in columns))
            for row in range(start, len(self.ledger.net))
        )


def _logs(spend: Floats, plus_one: Flags) -> Floats:
    with np.errstate(divide="ignore"):  # a zero is in columns of log1p only
        return np.where(plus_one, np.log1p(spend), np.log(spend))


def _carried(logs: Floats) -> Floats:
    """Months that nobody knows, with the value of the month before: until there is enough for a forecast."""
    filled = logs.copy()
    for row in range(1, len(filled)):
        filled[row] = np.where(np.isnan(filled[row]), filled[row - 1], filled[row])
    return filled


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
