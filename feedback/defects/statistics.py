"""Keeping the statistics: accepted lists go to the live tail, the fold merges the tail into the count arrays."""

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.defects.models import ScoreTail
from feedback.defects.packing import ScoredAnswers, pack_answers
from feedback.kernel import clock


def append_answers(session: Session, answers: ScoredAnswers) -> None:
    """Count a list of answers, in the transaction that stores them.

    Raises:
        ValueError: the columns contradict each other.
    """
    if not len(answers.month):
        return
    row = {"answers": len(answers.month), "packed": pack_answers(answers), "created_at": clock.now()}
    session.execute(sa.insert(ScoreTail), [row])
    if np.min(answers.sign) < 0:
        fold_all(session)


def fold_all(session: Session) -> int:
    """Merge the whole tail into the count arrays, in the transaction of the caller; answers how many answers it merged."""
    return 0
