"""Adding to many encoded arrays at once: what numpy costs per call is paid once for all of them, not for each."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from feedback.defects.packing.counts import Ints, encode, is_sparse, merge_counts, unpack_sparse
from feedback.defects.packing.entries import Entries, pack_many, summed, unpack_many


def merge_counts_of_many(stored: Sequence[bytes | None], more: Entries) -> list[bytes]:
    """Add entries (number of the array, place in it) → count to encoded arrays.

    Raises:
        ValueError: a count would become negative.
    """
    sparse = [packed is None or is_sparse(packed) for packed in stored]
    total = _with_sparse(stored, sparse, more)
    bounds = np.searchsorted(total.key, np.arange(len(stored) + 1) << 32)
    filled = np.flatnonzero(np.diff(bounds))
    largest, least = np.zeros(len(stored), np.int64), np.zeros(len(stored), np.int64)
    if len(filled):
        largest[filled] = np.maximum.reduceat(total.count, bounds[filled])
        least[filled] = np.minimum.reduceat(total.count, bounds[filled])
    if (least[np.array(sparse)] < 0).any():
        raise ValueError("a count would become negative: an answer was taken back that is not counted")
    places, merged = total.item, []
    for number, (first, after) in enumerate(pairwise(bounds.tolist())):
        part = places[first:after], total.count[first:after]
        merged.append(encode(*part, int(largest[number])) if sparse[number] else merge_counts(stored[number], *part))
    return merged


def _with_sparse(stored: Sequence[bytes | None], sparse: Sequence[bool], more: Entries) -> Entries:
    """The entries, and with them what stands in the sparse arrays."""
    keys, counts = [more.key], [more.count]
    for number, packed in enumerate(stored):
        if packed and sparse[number]:
            places, values = unpack_sparse(packed)
            keys.append(places.astype(np.int64) + (number << 32))
            counts.append(values.astype(np.int64))
    return summed(np.concatenate(keys), np.concatenate(counts)) if len(keys) > 1 else more


def merge_entries_of_many(stored: Sequence[bytes | None], more: Sequence[Entries]) -> list[bytes]:
    """Add entries (counts may be negative) to encoded ones, each to its own.

    Raises:
        ValueError: a count would become negative.
    """
    numbers = np.array([number for number, packed in enumerate(stored) if packed], np.int64)
    old, sizes = unpack_many(packed for packed in stored if packed)
    of = np.concatenate((np.repeat(numbers, sizes), np.repeat(np.arange(len(more)), [len(part.key) for part in more])))
    key = np.concatenate((old.key, *(part.key for part in more)))
    count = np.concatenate((old.count, *(part.count for part in more)))
    order = np.lexsort((key, of))
    of, key, count = of[order], key[order], count[order]
    first = np.flatnonzero(np.concatenate(([True], (key[1:] != key[:-1]) | (of[1:] != of[:-1])))[: len(key)])
    count = np.add.reduceat(count, first) if len(first) else count
    kept = count != 0
    first, count = first[kept], count[kept]
    return pack_many(Entries(key[first], count), np.searchsorted(of[first], np.arange(len(stored) + 1)).tolist())


def spread(entries: Entries, groups_of: Ints) -> Entries:
    """Entries by owner added up to each of the groups that an owner belongs to.

    Args:
        groups_of: one line per way of grouping; `groups_of[way, owner]` is a number no other way uses.
    """
    keys = (groups_of[:, entries.owner] << 32 | entries.item).reshape(-1)
    return summed(keys, np.tile(entries.count, len(groups_of)))
