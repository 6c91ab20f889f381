"""Keeping the statistics: accepted lists go to the live tail, the fold merges the tail into the count arrays."""

from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.defects import folding, locks
from feedback.defects.models import ScoreTail
from feedback.defects.packing import ScoredAnswers, pack_answers, unpack_answers
from feedback.kernel import clock
from feedback.kernel.prepared import Prepared, every_column

# Each row of the tail costs a reader some microseconds, each answer less; folding costs the writer per touched count array.
TAIL_ROWS = 1024
TAIL_ANSWERS = 200_000
LONG_LIST = 500
_DELETE_AT_ONCE = 10_000
_tail: Any = ScoreTail.__table__
_INSERT = Prepared(sa.insert(_tail).values(every_column(_tail)).returning(_tail.c.id))


def append_answers(session: Session, answers: ScoredAnswers) -> None:
    """Count a list of answers, in the transaction that stores them.

    A list that takes something back (a sign of −1) folds at once; a long tail folds too.

    Raises:
        ValueError: the columns contradict each other, or something is taken back that was never counted.
    """
    n = len(answers.month)
    if not n:
        return
    values = {"answers": n, "packed": pack_answers(answers), "created_at": clock.now()}
    row_id = _INSERT.rows(session.connection(), values)[0].id
    long = _is_long(session, row_id, n)
    if np.min(answers.sign) < 0 or (long and locks.try_hold(session, locks.FOLD)):
        fold_all(session)


def fold_all(session: Session) -> int:
    """Merge the whole tail into the count arrays, in the transaction of the caller; answers how many answers it merged.

    Rows that another transaction has not committed yet are not seen and stay in the tail: the ids of the rows that were
    read are the ids that are deleted, so no watermark can skip a late commit.
    """
    locks.hold(session, locks.FOLD)
    tail = session.execute(sa.select(ScoreTail.id, ScoreTail.packed).order_by(ScoreTail.id)).all()
    if not tail:
        return 0
    answers = unpack_answers(packed for _, packed in tail)
    folding.merge(session, answers)
    ids = [row_id for row_id, _ in tail]
    for start in range(0, len(ids), _DELETE_AT_ONCE):
        session.execute(sa.delete(ScoreTail).where(ScoreTail.id.in_(ids[start : start + _DELETE_AT_ONCE])))
    return len(answers)


def _is_long(session: Session, row_id: int, answers: int) -> bool:
    """Whether it is time to fold. Every 1024th row of the tail asks for it, so that short lists need no look at the tail."""
    if row_id % TAIL_ROWS == 0:
        return True
    if answers < LONG_LIST:
        return False
    return session.execute(sa.select(sa.func.sum(ScoreTail.answers))).scalar_one() > TAIL_ANSWERS
