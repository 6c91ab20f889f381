"""The live tail: what is packed comes out again, whatever the lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.defects.packing import ScoredAnswers, pack_answers, unpack_answers

answer = st.tuples(
    st.integers(0, 30_000),
    st.integers(0, 2**31 - 1),
    st.sampled_from(["", "SME", "Größe", "a;b\n"]),
    st.sampled_from(["", "Ural", "west"]),
    st.integers(1, 2**31 - 1),
    st.integers(0, 2),
    st.integers(0, 10),
    st.lists(st.integers(0, 65_535), max_size=5, unique=True),
    st.sampled_from([1, -1]),
)


def _columns(rows: list[tuple]) -> ScoredAnswers:
    return ScoredAnswers(*([row[place] for row in rows] for place in range(9)))


@given(st.lists(st.lists(answer, max_size=8), max_size=4))
def test_answers_come_out_as_they_went_in(lists: list[list[tuple]]) -> None:
    unpacked = unpack_answers(pack_answers(_columns(rows)) for rows in lists)
    rows = [row for rows in lists for row in rows]
    ends = np.cumsum(unpacked.cited)
    seen = [
        (
            *(int(getattr(unpacked, name)[i]) for name in ("month", "survey", "account", "role", "score", "sign")),
            unpacked.segments[unpacked.segment[i]],
            unpacked.regions[unpacked.region[i]],
            unpacked.defects[ends[i] - unpacked.cited[i] : ends[i]].tolist(),
        )
        for i in range(len(unpacked))
    ]
    assert seen == [
        (month, survey, account, role, score, sign, segment, region, defects)
        for month, survey, segment, region, account, role, score, defects, sign in rows
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [(5, 3), (6, 11), (6, -1), (7, [4, 4]), (7, [70_000]), (8, 0)],
    ids=["role", "score", "negative score", "cited twice", "ordinal", "sign"],
)
def test_nonsense_is_refused(column: int, value: object) -> None:
    row = [24_000, 1, "", "", 1, 0, 9, [1], 1]
    row[column] = value
    with pytest.raises((ValueError, OverflowError)):
        pack_answers(_columns([tuple(row)]))
