"""Counts by two keys, (owner, item) → count, as bytes: accounts with their cells, or defects with their accounts.

Sorted by owner, then item; each owner is stored once. When every count is one, counts are left out.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedback.defects.packing.counts import WIDTHS, Ints, width_of

_HEADER = struct.Struct("<BBBII")  # widths of lengths, items, counts (0xFF: all one), owners, entries
_ONES = 0xFF
_OWNER = np.dtype("<u4")
_NONE: NDArray[Any] = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Entries:
    """`key` is owner << 32 | item, ascending and unique; `count` is never zero."""

    key: Ints
    count: Ints

    @property
    def owner(self) -> Ints:
        """The first key of each entry."""
        return self.key >> 32

    @property
    def item(self) -> Ints:
        """The second key of each entry."""
        return self.key & 0xFFFF_FFFF


def summed(key: Ints, count: Ints) -> Entries:
    """Sort, add up equal keys, drop what cancels out."""
    if not len(key):
        return Entries(key, count)
    order = np.argsort(key, kind="stable")
    key, count = key[order], count[order]
    first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    key, count = key[first], np.add.reduceat(count, first)
    kept = count != 0
    return Entries(key, count) if kept.all() else Entries(key[kept], count[kept])


def pack_entries(entries: Entries) -> bytes:
    """Encode entries.

    Raises:
        ValueError: a count is negative.
    """
    return pack_many(entries, [0, len(entries.key)])[0]


def pack_many(entries: Entries, bounds: Sequence[int]) -> list[bytes]:
    """Encode several lists that stand one after the other; list n is from `bounds[n]` to `bounds[n + 1]`.

    Raises:
        ValueError: a count is negative.
    """
    if len(entries.count) and entries.count.min() < 0:
        raise ValueError("a count would become negative: an answer was taken back that is not counted")
    owner, item = entries.owner, entries.item
    begins = np.concatenate(([True], owner[1:] != owner[:-1]))[: len(owner)]
    begins[[bound for bound in bounds if bound < len(owner)]] = True  # the same owner in two lists
    first = np.flatnonzero(begins)
    lengths, owner = np.diff(first, append=len(owner)), owner[first].astype(_OWNER)
    owners = np.searchsorted(first, bounds).tolist()
    largest = zip(_maxima(lengths, owners), _maxima(item, bounds), _maxima(entries.count, bounds), strict=True)
    packed = []
    for here, part, (longest, widest, most) in zip(_slices(owners), _slices(bounds), largest, strict=True):
        length_width, item_width, count_width = width_of(longest), width_of(widest), _ONES if most <= 1 else width_of(most)
        packed.append(
            _HEADER.pack(length_width, item_width, count_width, here.stop - here.start, part.stop - part.start)
            + owner[here].tobytes()
            + lengths[here].astype(WIDTHS[length_width]).tobytes()
            + item[part].astype(WIDTHS[item_width]).tobytes()
            + (b"" if count_width == _ONES else entries.count[part].astype(WIDTHS[count_width]).tobytes())
        )
    return packed


def _slices(bounds: Sequence[int]) -> list[slice]:
    return [slice(start, stop) for start, stop in pairwise(bounds)]


def _maxima(values: Ints, bounds: Sequence[int]) -> list[int]:
    """The largest value between each two bounds, 0 where there is none."""
    starts = np.array(bounds)
    filled = np.flatnonzero(np.diff(starts))
    found = np.zeros(len(bounds) - 1, np.int64)
    if len(filled):
        found[filled] = np.maximum.reduceat(values[: starts[-1]], starts[filled])
    return list(found.tolist())


def unpack_entries(packed: bytes) -> Entries:
    """Decode entries."""
    return unpack_many([packed])[0]


def unpack_many(packed: Iterable[bytes]) -> tuple[Entries, list[int]]:
    """Decode several lists, which stand one after the other then (keys ascend within each only), and the length of each."""
    sizes: list[int] = []
    owners, lengths, items, counts = [_NONE], [_NONE], [_NONE], [_NONE]
    for body in packed:
        length_width, item_width, count_width, several, n = _HEADER.unpack_from(body)
        at = _HEADER.size
        owners.append(np.frombuffer(body, _OWNER, several, at))
        at += several * _OWNER.itemsize
        lengths.append(np.frombuffer(body, WIDTHS[length_width], several, at))
        at += several * WIDTHS[length_width].itemsize
        items.append(np.frombuffer(body, WIDTHS[item_width], n, at))
        at += n * WIDTHS[item_width].itemsize
        counts.append(np.ones(n, np.uint8) if count_width == _ONES else np.frombuffer(body, WIDTHS[count_width], n, at))
        sizes.append(n)
    owner, length, item, count = (np.concatenate(found, dtype=np.int64) for found in (owners, lengths, items, counts))
    return Entries(ordered(np.repeat(owner, length), item), count), sizes


def ordered(owner: Ints, item: Ints) -> Ints:
    """The key of entries."""
    return owner << 32 | item
