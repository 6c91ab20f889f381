"""What many tests at once allow to say."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ESTABLISHED = 0.10  # largest q of what is shown as established


def p_values(estimate: Floats, error: Floats) -> Floats:
    """Two-sided normal test of each estimate against zero; an error of zero is no test."""
    z = np.divide(np.abs(estimate), error, out=np.full(len(estimate), np.nan), where=error > 0)
    return np.array([math.erfc(value / math.sqrt(2)) for value in z])


def q_values(p: Floats) -> Floats:
    """Benjamini and Hochberg (1995), adjusted; NaN stays NaN and does not count as a test."""
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    k = len(order)
    scaled = p[order] * k / np.arange(1, k + 1)
    q = np.full(len(p), np.nan)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q
