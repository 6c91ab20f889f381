"""From decoded answers to the entries of the count arrays."""

from collections.abc import Iterator

import numpy as np

from feedback.defects.packing.counts import CELLS, SCORES, Ints, pair_place
from feedback.defects.packing.tail import Answers


def cells(answers: Answers) -> Ints:
    """Role × score of each answer."""
    return answers.role * SCORES + answers.score


def citations(answers: Answers) -> tuple[Ints, Ints]:
    """(place of the answer, place in the cube) of each citation."""
    row = np.repeat(np.arange(len(answers)), answers.cited)
    return row, answers.defects * CELLS + cells(answers)[row]


def cited_pairs(answers: Answers) -> tuple[Ints, Ints]:
    """(place of the answer, place among the pairs) of every two defects that an answer cites together."""
    found = [*_pairs_by_size(answers)]
    empty = np.zeros(0, np.int64)
    rows, places = zip(*found, strict=True) if found else ((empty,), (empty,))
    return np.concatenate(rows), np.concatenate(places)


def _pairs_by_size(answers: Answers) -> Iterator[tuple[Ints, Ints]]:
    starts = np.cumsum(answers.cited) - answers.cited
    for size in np.unique(answers.cited[answers.cited > 1]).tolist():
        row = np.flatnonzero(answers.cited == size)
        cited = np.sort(answers.defects[starts[row][:, None] + np.arange(size)], axis=1)
        low, high = np.triu_indices(size, 1)
        places = pair_place(cited[:, low], cited[:, high])
        yield np.repeat(row, len(low)), places.reshape(-1)
