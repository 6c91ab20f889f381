"""Arrays of counts as bytes, dense or sparse, whichever is smaller.

Places never move when the catalogue grows: trailing zeros are not stored, and a shorter array is the beginning of a longer one.
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

ROLES, SCORES = 3, 11
CELLS = ROLES * SCORES  # of one line: role × score
WIDTHS = tuple(np.dtype(name) for name in ("<u1", "<u2", "<u4", "<i8"))  # u8 would turn sums into floats
_HEADER = struct.Struct("<BBI")  # width of the places (0xFF: dense), width of the values, number of values
_DENSE = 0xFF
_NOTHING = np.zeros(0, np.int64)


def pair_place(low: Ints, high: Ints) -> Ints:
    """Place of two ordinals low < high in the triangular array of pairs."""
    return high * (high - 1) // 2 + low


def pair_of(place: Ints) -> tuple[Ints, Ints]:
    """The two ordinals low < high at a place."""
    high = ((1 + np.sqrt(8 * place + 1)) // 2).astype(np.int64)
    high += (high * (high + 1) // 2 <= place).astype(np.int64) - (high * (high - 1) // 2 > place)  # should the root round
    return place - high * (high - 1) // 2, high


def pairs_length(defects: int) -> int:
    """Length of the triangular array for a number of defects."""
    return defects * (defects - 1) // 2


def pair_matrix(pairs: Ints, defects: int) -> Ints:
    """The triangular array as a symmetric matrix with an empty diagonal."""
    matrix = np.zeros((defects, defects), np.int64)
    high, low = np.tril_indices(defects, -1)  # row by row: exactly the stored order
    matrix[high, low] = pairs[: len(high)]
    matrix[low, high] = pairs[: len(high)]
    return matrix


def width_of(largest: int) -> int:
    """Which of `WIDTHS` holds a number."""
    return 0 if largest < 1 << 8 else 1 if largest < 1 << 16 else 2 if largest < 1 << 32 else 3


def pack_counts(counts: Ints) -> bytes:
    """Encode an array of counts.

    Raises:
        ValueError: a count is negative, so something was taken back that had never been counted.
    """
    places = np.flatnonzero(counts)
    values = counts[places]
    if len(values) and values.min() < 0:
        raise ValueError("a count would become negative: an answer was taken back that is not counted")
    return encode(places, values, int(values.max(initial=0)))


def encode(places: Ints, values: Ints, largest: int) -> bytes:
    """Encode positive counts at ascending places; nothing is checked."""
    if not len(places):
        return _HEADER.pack(_DENSE, 0, 0)
    length, width = int(places[-1]) + 1, width_of(largest)
    place_width = width_of(length)
    if len(places) * (WIDTHS[place_width].itemsize + WIDTHS[width].itemsize) < length * WIDTHS[width].itemsize:
        body = places.astype(WIDTHS[place_width]).tobytes() + values.astype(WIDTHS[width]).tobytes()
        return _HEADER.pack(place_width, width, len(places)) + body
    dense = np.zeros(length, WIDTHS[width])
    dense[places] = values
    return _HEADER.pack(_DENSE, width, length) + dense.tobytes()


def is_sparse(packed: bytes) -> bool:
    """Whether it holds places and values, or nothing."""
    place_width, _, n = _HEADER.unpack_from(packed)
    return place_width != _DENSE or not n


def unpack_sparse(packed: bytes) -> tuple[NDArray[Any], NDArray[Any]]:
    """The ascending places and the counts of a sparse array."""
    place_width, width, n = _HEADER.unpack_from(packed)
    if not n:
        return _NOTHING, _NOTHING
    places = np.frombuffer(packed, WIDTHS[place_width], n, _HEADER.size)
    return places, np.frombuffer(packed, WIDTHS[width], n, _HEADER.size + places.nbytes)


def add_counts(total: Ints, packed: bytes) -> None:
    """Add an encoded array to `total`, which must be long enough."""
    place_width, width, n = _HEADER.unpack_from(packed)
    if place_width == _DENSE:
        total[:n] += np.frombuffer(packed, WIDTHS[width], n, _HEADER.size)
    else:
        places, values = unpack_sparse(packed)
        total[places] += values


def counts_length(packed: bytes) -> int:
    """Length that `total` needs for `add_counts`."""
    place_width, _, n = _HEADER.unpack_from(packed)
    if place_width == _DENSE or not n:
        return int(n)
    return int(np.frombuffer(packed, WIDTHS[place_width], n, _HEADER.size)[-1]) + 1


def merge_counts(packed: bytes | None, places: Ints, values: Ints) -> bytes:
    """Add values at (unique, ascending) places to an encoded array."""
    stored = counts_length(packed) if packed else 0
    total = np.zeros(max(stored, int(places[-1]) + 1 if len(places) else 0), np.int64)
    if packed:
        add_counts(total, packed)
    total[places] += values
    return pack_counts(total)
