"""What an analyst does: pandas frames of answers and citations, scipy's point-biserial r and the NPS gap per defect."""

import numpy as np
import pandas as pd
from scipy import stats

VALUES = np.array([-1] * 7 + [0, 0, 1, 1])


def rank_with_scipy(answers: pd.DataFrame, citations: pd.DataFrame, defects: int) -> pd.DataFrame:
    """One row per defect. `answers` has `score`; `citations` has `answer` (its index) and `defect`.

    The citations of each defect are found once by a groupby, not by a scan per defect.
    """
    chosen = citations[citations["answer"].isin(answers.index)] if len(answers) < len(citations) else citations
    by_defect = chosen.groupby("defect")["answer"]
    score, v = answers["score"].to_numpy(), VALUES[answers["score"].to_numpy()]
    rows = []
    for defect in range(defects):
        present = np.zeros(len(answers), bool)
        if defect in by_defect.groups:
            present[answers.index.get_indexer(by_defect.get_group(defect).to_numpy())] = True
        if present.any():
            r = stats.pointbiserialr(present, score).statistic
            rows.append((defect, int(present.sum()), r, 100 * (v[~present].mean() - v[present].mean())))
    return pd.DataFrame(rows, columns=["defect", "n", "r", "gap"])


def points_lost_on_raw_rows(answers: pd.DataFrame, citations: pd.DataFrame, fitted: list[int]) -> tuple[float, np.ndarray]:
    """Intercept and −f·β of a least-squares fit on the raw rows, by QR in blocks so that a million rows fit in memory.

    Stacking the triangles of the blocks is the QR decomposition of the whole matrix: no cross-products are formed.
    """
    column = np.full(int(citations["defect"].max()) + 1, -1)
    column[fitted] = np.arange(1, len(fitted) + 1)
    used = citations[(column[citations["defect"]] > 0) & citations["answer"].isin(answers.index)]
    row = answers.index.get_indexer(used["answer"].to_numpy())
    place, y = column[used["defect"].to_numpy()], 100.0 * VALUES[answers["score"].to_numpy()]
    triangle, share = np.zeros((0, len(fitted) + 2)), np.zeros(len(fitted) + 1)
    for start in range(0, len(answers), 50_000):
        stop = min(start + 50_000, len(answers))
        block = np.zeros((stop - start, len(fitted) + 2))
        block[:, 0], block[:, -1] = 1.0, y[start:stop]
        inside = (row >= start) & (row < stop)
        block[row[inside] - start, place[inside]] = 1.0
        share += block[:, :-1].sum(axis=0) / len(answers)
        triangle = np.linalg.qr(np.vstack((triangle, block)), mode="r")
    k = len(fitted) + 1
    beta = np.linalg.solve(triangle[:k, :k], triangle[:k, k])
    return float(beta[0]), -share[1:] * beta[1:]
