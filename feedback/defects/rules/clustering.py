"""Standard errors clustered by account, from sums per account: V = (X'X)⁻¹ [C/(C−1) Σ g g'] (X'X)⁻¹, g = X_c'(y_c − X_c β).

With centred columns the intercept falls out: g of an account loses the means of the columns times its own residual sum.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feedback.defects.rules.nps import POINTS, VALUES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LINES = 2_000  # accounts whose columns are centred at once
MIN_ACCOUNTS = 20  # below, a clustered error says more about the few accounts than about the defect


@dataclass(frozen=True, slots=True)
class Model:
    """The fit to be examined: intercept and coefficients on the scale of v (0 where a defect has none), by ordinal."""

    intercept: float
    coefficient: Floats


class AccountScores:
    """Adds up g for the accounts `first` ≤ id < `after`: column 0 is the intercept's, column 1 + ordinal the defect's."""

    def __init__(self, model: Model, first: int, after: int) -> None:
        self._model, self._first, self._after = model, first, after
        self.width = len(model.coefficient) + 1
        self._sums = np.zeros((after - first) * self.width)
        self._heard = np.zeros(after - first, np.bool_)

    def add_answers(self, account: Ints, score: Ints, count: Ints) -> None:
        """Answers of accounts with a score."""
        self._heard[account[self._mine(account)] - self._first] = True
        self._add(account, np.zeros_like(account), count * (VALUES[score] - self._model.intercept))

    def add_citations(self, account: Ints, ordinal: Ints, score: Ints, count: Ints) -> None:
        """Citations of a defect in answers with a score."""
        beta = self._model.coefficient[ordinal]
        self._add(account, ordinal + 1, count * (VALUES[score] - self._model.intercept - beta))
        self._add(account, np.zeros_like(account), -count * beta)

    def add_pairs(self, account: Ints, low: Ints, high: Ints, count: Ints) -> None:
        """Two defects cited together."""
        self._add(account, low + 1, -count * self._model.coefficient[high])
        self._add(account, high + 1, -count * self._model.coefficient[low])

    def sums(self) -> Floats:
        """One line for each account that answered."""
        return self._sums.reshape(-1, self.width)[self._heard]

    def _add(self, account: Ints, column: Ints, value: Floats) -> None:
        mine = self._mine(account)
        place = (account[mine] - self._first) * self.width + column[mine]
        np.add.at(self._sums, place, value[mine])

    def _mine(self, account: Ints) -> NDArray[np.bool_]:
        return (account >= self._first) & (account < self._after)


def meat(sums: Floats, means: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Σ g g' of some accounts, for the kept defects with centred columns; `means` are the shares of answers by ordinal."""
    found = np.zeros((int(kept.sum()),) * 2)
    for first in range(0, len(sums), _LINES):
        part = sums[first : first + _LINES]
        centred = part[:, 1:][:, kept] - np.outer(part[:, 0], means[kept])
        found += centred.T @ centred
    return found


def clustered_errors(inverse: Floats, middle: Floats, accounts: int) -> Floats:
    """Standard errors in points, from the inverse of the centred cross-products and the sum of `meat`."""
    variance = np.diag(inverse @ middle @ inverse) * accounts / (accounts - 1)
    return POINTS * np.sqrt(np.maximum(variance, 0.0))
