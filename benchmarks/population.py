"""Made-up answers for measurements, by column: months, strata, accounts, scores and cited defects that pull scores down."""

from dataclasses import dataclass

import numpy as np

from feedback.defects.packing import ScoredAnswers

SEGMENTS = ("", "enterprise", "mid", "small", "public")
REGIONS = ("north", "south", "east", "west", "overseas")
FIRST_MONTH = 12 * 2023


@dataclass(frozen=True)
class Population:
    """Answers by column; `defects` are all citations in the order of the answers, `cited` how many each has."""

    month: np.ndarray
    survey: np.ndarray
    account: np.ndarray
    role: np.ndarray
    score: np.ndarray
    cited: np.ndarray
    defects: np.ndarray

    def __len__(self) -> int:
        return len(self.month)

    @property
    def segment(self) -> np.ndarray:
        """Place in `SEGMENTS`, a property of the account."""
        return self.account % len(SEGMENTS)

    @property
    def region(self) -> np.ndarray:
        """Place in `REGIONS`, a property of the account."""
        return self.account // len(SEGMENTS) % len(REGIONS)

    def columns(self, start: int, stop: int) -> ScoredAnswers:
        """Some of the answers as the acceptor hands them on."""
        part = slice(start, stop)
        ends = np.cumsum(self.cited)
        first = int(ends[start - 1]) if start else 0
        cuts = (ends[part] - first).tolist()
        flat = self.defects[first : int(ends[min(stop, len(self)) - 1])].tolist()
        return ScoredAnswers(
            month=self.month[part],
            survey_id=self.survey[part],
            segment=[SEGMENTS[place] for place in self.segment[part]],
            region=[REGIONS[place] for place in self.region[part]],
            account_id=self.account[part],
            role=self.role[part],
            score=self.score[part],
            defects=[tuple(flat[a:b]) for a, b in zip([0, *cuts[:-1]], cuts, strict=True)],
            sign=np.ones(len(self.month[part]), np.int64),
        )


def populate(answers: int, *, defects: int, months: int, accounts: int, seed: int) -> Population:
    """Make answers: few defects are cited by many, most by few; some go together; each has its own harm."""
    rng = np.random.default_rng(seed)
    harm = rng.gamma(2.0, 0.9, defects)
    weight = 1 / np.arange(3, defects + 3) ** 0.8
    cited = np.minimum(rng.poisson(1.3, answers), 6)
    row = np.repeat(np.arange(answers), cited)
    cites = rng.choice(defects, len(row), p=weight / weight.sum())
    neighbour = rng.random(len(row)) < 0.3  # half of the neighbours sit beside the answer's first defect
    first = np.concatenate(([0], np.cumsum(cited)))[row]
    cites = np.where(neighbour, (cites[first] + 1) % defects, cites)
    row, cites = np.unique(row * defects + cites) // defects, np.unique(row * defects + cites) % defects
    felt = np.bincount(row, weights=harm[cites], minlength=answers)
    score = np.clip(np.rint(9.4 - felt + rng.normal(0, 1.6, answers)), 0, 10).astype(np.int64)
    return Population(
        month=FIRST_MONTH + np.sort(rng.integers(0, months, answers)),
        survey=rng.integers(1, 3, answers),
        account=rng.integers(1, accounts + 1, answers),
        role=rng.choice(3, answers, p=[0.2, 0.3, 0.5]),
        score=score,
        cited=np.bincount(row, minlength=answers),
        defects=cites,
    )
