"""From the values of a figure to places in its plot area, in percent of width and height."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from dashboards.components.numbers import number, percent


@dataclass(frozen=True)
class Scale:
    """One axis. `low` and `high` are logarithms on a logarithmic axis; `start` and `end` its part of the plot, 0…1."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def share(self, value: Any, *, raw: bool = False) -> float:
        """Where a value stands, 0…1; `raw` when it is a logarithm already, as in annotations."""
        plain = as_number(value)
        if self.logarithmic and not raw:
            plain = math.log10(plain) if plain > 0 else self.low
        return self.start + (self.end - self.start) * (plain - self.low) / ((self.high - self.low) or 1.0)

    def across(self, value: Any, *, raw: bool = False) -> float:
        """Percent from the left."""
        return round(100 * self.share(value, raw=raw), 2)

    def down(self, value: Any, *, raw: bool = False) -> float:
        """Percent from the top."""
        return round(100 * (1 - self.share(value, raw=raw)), 2)

    def acrosses(self, values: Sequence[Any]) -> list[float]:
        """`across` of many values."""
        return [round(100 * share, 2) for share in self._shares(values)]

    def downs(self, values: Sequence[Any]) -> list[float]:
        """`down` of many values."""
        return [round(100 * (1 - share), 2) for share in self._shares(values)]

    def _shares(self, values: Sequence[Any]) -> list[float]:
        if self.logarithmic or not _PLAIN.issuperset(map(type, values)):
            return [self.share(value) for value in values]
        start, wide, low, range_ = self.start, self.end - self.start, self.low, (self.high - self.low) or 1.0
        return [start + wide * (value - low) / range_ for value in values]


_PLAIN = frozenset({int, float})


def as_number(value: Any) -> float:
    """Numbers as they are, days counted."""
    if isinstance(value, str | date):
        return float(np.datetime64(value, "D").astype(int))
    return float(value)


def scale_of(axis: dict[str, Any], values: Iterable[Any], *, from_zero: bool) -> Scale:
    """The scale of an axis: its range, or one that holds the values with some air."""
    start, end = axis.get("domain", (0.0, 1.0))
    if "range" in axis:
        low, high = (as_number(edge) for edge in axis["range"])
        return Scale(low, high, start, end, axis.get("type") == "log")
    found = [as_number(value) for value in values if value is not None] or [0.0, 1.0]
    low, high = min(found), max(found)
    air = 0.06 * ((high - low) or 1.0)
    if from_zero or axis.get("rangemode") == "tozero":
        return Scale(min(0.0, low - air if low < 0 else 0.0), max(0.0, high + air if high > 0 else 0.0), start, end)
    return Scale(low - air, high + air, start, end)


def ticks_of(axis: dict[str, Any], scale: Scale) -> list[tuple[Any, str]]:
    """Value and text of the ticks."""
    if "tickvals" in axis:
        return list(zip(axis["tickvals"], axis["ticktext"], strict=True))
    rough = abs(scale.high - scale.low) / axis.get("nticks", 8)
    size = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    first = math.ceil(min(scale.low, scale.high) / step)
    places = [step * place for place in range(first, math.floor(max(scale.low, scale.high) / step) + 1)]
    digits = max(0, -math.floor(math.log10(step)))
    if axis.get("tickformat") == ".0%":
        return [(place, percent(place)) for place in places]
    return [(place, number(place, digits)) for place in places]
