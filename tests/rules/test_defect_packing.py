"""Stored arrays come back as they were, in whichever form is smaller, and grow with the catalogue."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from feedback.defects.packing.counts import add_counts, counts_length, merge_counts, pack_counts
from feedback.defects.packing.entries import Entries, pack_entries, summed, unpack_entries
from feedback.defects.packing.merging import merge_counts_of_many, merge_entries_of_many, spread
from feedback.defects.packing.reach import add_bits, extent, no_bits, pack_span, set_bits
from feedback.defects.reaching import weigh_bits

counts = arrays.arrays(np.int64, st.integers(0, 60), elements=st.sampled_from([0, 0, 0, 1, 255, 256, 65_536, 2**33]))
pairs = st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1), st.integers(1, 70_000)), max_size=30)


def _entries(rows: list[tuple[int, int, int]]) -> Entries:
    table = np.array(rows, np.int64).reshape(-1, 3)
    return summed(table[:, 0] << 32 | table[:, 1], table[:, 2])


@given(counts, st.integers(0, 5))
def test_counts_come_back(values: np.ndarray, room: int) -> None:
    packed = pack_counts(values)
    total = np.ones(len(values) + room, np.int64)
    add_counts(total, packed)
    assert total.tolist() == [*(values + 1).tolist(), *[1] * room]
    assert counts_length(packed) == len(np.trim_zeros(values, "b"))


@given(counts, counts)
def test_counts_add_up_whatever_their_lengths(first: np.ndarray, second: np.ndarray) -> None:
    places = np.flatnonzero(second)
    merged = merge_counts(pack_counts(first), places, second[places])
    total = np.zeros(60, np.int64)
    add_counts(total, merged)
    assert total.tolist() == (np.pad(first, (0, 60 - len(first))) + np.pad(second, (0, 60 - len(second)))).tolist()


def test_few_counts_among_many_places_take_little_room() -> None:
    values = np.zeros(20_000, np.int64)
    values[[3, 19_999]] = 7
    assert len(pack_counts(values)) < 20
    assert len(pack_counts(values + 1)) < 20_050


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="not counted"):
        pack_counts(np.array([1, -1]))
    with pytest.raises(ValueError, match="not counted"):
        pack_entries(Entries(np.array([5]), np.array([-1])))


@given(st.lists(st.tuples(counts, counts, st.booleans()), min_size=1, max_size=5))
def test_counts_of_many_arrays_add_up_as_those_of_each(rows: list[tuple[np.ndarray, np.ndarray, bool]]) -> None:
    stored = [None if new else pack_counts(first) for first, _, new in rows]
    flat = [(owner << 32 | place, count) for owner, (_, more, _) in enumerate(rows) for place, count in enumerate(more.tolist())]
    keys, values = np.array(flat, np.int64).reshape(-1, 2).T
    expected = [merge_counts(was, np.flatnonzero(more), more[more > 0]) for was, (_, more, _) in zip(stored, rows, strict=True)]
    assert merge_counts_of_many(stored, summed(keys, values)) == expected


@given(st.lists(st.tuples(pairs, pairs), min_size=1, max_size=4))
def test_entries_of_many_lists_add_up_as_those_of_each(rows: list[tuple[list, list]]) -> None:
    stored = [pack_entries(_entries(first)) if first else None for first, _ in rows]
    merged = merge_entries_of_many(stored, [_entries(second) for _, second in rows])
    assert merged == [pack_entries(_entries(first + second)) for first, second in rows]


@pytest.mark.parametrize("stored", [[1] * 50, [0, 1, *[0] * 40]])
def test_more_taken_back_than_was_counted_is_refused(stored: list[int]) -> None:
    packed = pack_counts(np.array(stored, np.int64))
    with pytest.raises(ValueError, match="not counted"):
        merge_counts_of_many([None, packed], Entries(np.array([1 << 32 | 1]), np.array([-2])))


def test_entries_count_in_each_group_of_their_owner() -> None:
    groups = spread(Entries(np.array([7, 1 << 32 | 7]), np.array([1, 2])), np.array([[0, 0], [1, 2]]))
    assert (groups.key.tolist(), groups.count.tolist()) == ([7, 1 << 32 | 7, 2 << 32 | 7], [3, 1, 2])


@given(pairs, pairs)
def test_entries_add_up_and_come_back(first: list, second: list) -> None:
    [packed] = merge_entries_of_many([pack_entries(_entries(first))], [_entries(second)])
    both = unpack_entries(packed)
    expected = _entries(first + second)
    assert (both.key.tolist(), both.count.tolist()) == (expected.key.tolist(), expected.count.tolist())


@pytest.mark.parametrize("share", [0.001, 0.4], ids=["as entries", "as a bitmap"])
def test_marks_come_back_and_weigh(share: float) -> None:
    rng = np.random.default_rng(1)
    marked = rng.random((9, 3000)) < share
    bits = no_bits(9, 3000)
    set_bits(bits, *np.nonzero(marked))
    packed = pack_span(bits)
    again = no_bits(12, 4000)  # a larger catalogue and more accounts by now
    add_bits(again, packed)
    revenue = np.concatenate((rng.random(3000), np.zeros(8 * again.shape[1] - 3000)))
    assert weigh_bits(again, revenue)[:9] == pytest.approx(marked @ revenue[:3000])
    assert np.bitwise_count(again).sum(axis=1).tolist() == [*marked.sum(axis=1).tolist(), 0, 0, 0]
    assert extent(packed)[0] == 9
