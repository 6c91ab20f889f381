"""Counts by two keys, (owner, item) → count, as bytes: accounts with their cells, or defects with their accounts.

Sorted by owner, then item; each owner is stored once. When every count is one, counts are left out.
"""

import struct
from dataclasses import dataclass

import numpy as np

from feedback.defects.packing.counts import WIDTHS, Ints, width_of

_HEADER = struct.Struct("<BBBII")  # widths of lengths, items, counts (0xFF: all one), owners, entries
_ONES = 0xFF
_OWNER = np.dtype("<u4")


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
    if not len(entries.key):
        return _HEADER.pack(0, 0, _ONES, 0, 0)
    if entries.count.min() < 0:
        raise ValueError("a count would become negative: an answer was taken back that is not counted")
    owner, item = entries.owner, entries.item
    first = np.flatnonzero(np.concatenate(([True], owner[1:] != owner[:-1])))
    lengths = np.diff(first, append=len(owner))
    largest = int(entries.count.max())
    length_width, item_width = width_of(int(lengths.max())), width_of(int(item.max()))
    count_width = _ONES if largest == 1 else width_of(largest)
    return b"".join(
        (
            _HEADER.pack(length_width, item_width, count_width, len(first), len(owner)),
            owner[first].astype(_OWNER).tobytes(),
            lengths.astype(WIDTHS[length_width]).tobytes(),
            item.astype(WIDTHS[item_width]).tobytes(),
            b"" if count_width == _ONES else entries.count.astype(WIDTHS[count_width]).tobytes(),
        )
    )


def unpack_entries(packed: bytes) -> Entries:
    """Decode entries."""
    length_width, item_width, count_width, owners, n = _HEADER.unpack_from(packed)
    at = _HEADER.size
    owner = np.frombuffer(packed, _OWNER, owners, at).astype(np.int64)
    at += owners * _OWNER.itemsize
    lengths = np.frombuffer(packed, WIDTHS[length_width], owners, at)
    at += lengths.nbytes
    item = np.frombuffer(packed, WIDTHS[item_width], n, at)
    at += item.nbytes
    count = np.ones(n, np.int64) if count_width == _ONES else np.frombuffer(packed, WIDTHS[count_width], n, at).astype(np.int64)
    return Entries(ordered(np.repeat(owner, lengths), item.astype(np.int64)), count)


def merge_entries(packed: bytes | None, more: Entries) -> bytes:
    """Add entries (counts may be negative) to encoded ones."""
    if not packed:
        return pack_entries(more)
    stored = unpack_entries(packed)
    return pack_entries(summed(np.concatenate((stored.key, more.key)), np.concatenate((stored.count, more.count))))


def ordered(owner: Ints, item: Ints) -> Ints:
    """The key of entries."""
    return owner << 32 | item
