"""How much clustering by account widens each defect's error: computed now and then from the counts per account."""

from collections.abc import Iterator

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.defects.models import AccountGrain, Defect, DesignEffect
from feedback.defects.packing import unpack_answers
from feedback.defects.packing.counts import CELLS, ROLES, SCORES, pair_matrix, pair_of
from feedback.defects.packing.entries import unpack_entries, unpack_many
from feedback.defects.reaching import count_citing
from feedback.defects.reading import read_counts
from feedback.defects.rules import clustering
from feedback.defects.rules import ranking as rules
from feedback.defects.rules.nps import POINTS
from feedback.defects.rules.reports import AnswerFilter
from feedback.kernel import clock
from feedback.uow import snapshot, transaction

# numbers held at once: accounts are worked through in as many parts as this needs
_ROOM = 2_000_000
_AT_ONCE = 50  # stored rows: each holds all accounts of a month and stratum


def compute_design_effects() -> int:
    """Replace the stored factors; answers for how many defects there is one now.

    The factor is the error clustered by account over the classical one, of the fit on all folded answers. With too few
    accounts there is none. Reads in one snapshot, then writes in a short transaction.
    """
    with snapshot() as session:
        ids = {ordinal: defect_id for ordinal, defect_id in session.execute(sa.select(Defect.ordinal, Defect.id))}  # noqa: C416
        factors, accounts = _factors(session, max(ids, default=-1) + 1)
    now = clock.now()
    rows = [
        {"defect_id": ids[ordinal], "factor": factor, "accounts": accounts, "computed_at": now}
        for ordinal, factor in factors.items()
    ]
    with transaction() as session:
        session.execute(sa.delete(DesignEffect))
        if rows:
            session.execute(sa.insert(DesignEffect), rows)
    return len(rows)


def _factors(session: Session, defects: int) -> tuple[dict[int, float], int]:
    """Factor by ordinal, and the number of accounts behind it."""
    last = _last_account(session)
    facts = _facts(session, defects)
    found = rules.fit_of(facts)
    model = clustering.Model(found.intercept / POINTS, np.nan_to_num(found.coefficient) / POINTS)
    means = facts.cited.sum(axis=1) / max(int(facts.total.sum()), 1)
    middle, accounts = np.zeros((int(found.kept.sum()),) * 2), 0
    step = max(_ROOM // (defects + 1), 1)
    for first in range(0, last + 1, step):
        sums = _sums(session, clustering.AccountScores(model, first, min(first + step, last + 1)))
        middle += clustering.meat(sums, means, found.kept)
        accounts += len(sums)
    if accounts < clustering.MIN_ACCOUNTS:
        return {}, accounts
    errors = clustering.clustered_errors(found.inverse, middle, accounts)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = errors / found.error[found.kept]
    pairs = zip(np.flatnonzero(found.kept).tolist(), factor.tolist(), strict=True)
    return {ordinal: value for ordinal, value in pairs if np.isfinite(value) and value > 0}, accounts


def _facts(session: Session, defects: int) -> rules.Facts:
    folded, everything = unpack_answers([]), AnswerFilter()
    counts = read_counts(session, folded, everything, defects)
    unknown = np.full(defects, np.nan)
    return rules.Facts(
        total=counts.scores.reshape(ROLES, SCORES).sum(axis=0),
        cited=counts.cube.reshape(defects, ROLES, SCORES).sum(axis=1),
        together=pair_matrix(counts.pairs, defects),
        accounts=count_citing(session, folded, everything, defects),
        base_frequency=unknown,
        factor=unknown,
    )


def _last_account(session: Session) -> int:
    """The largest account id that answered."""
    found = session.execute(sa.select(AccountGrain.scores).execution_options(yield_per=100)).scalars()
    return max((int(unpack_entries(scores).owner.max(initial=0)) for scores in found), default=0)


def _sums(session: Session, sums: clustering.AccountScores) -> np.ndarray:
    for scores, cubes, pairs in _rows(session):
        entries, _ = unpack_many(scores)
        sums.add_answers(entries.owner, entries.item % SCORES, entries.count)
        entries, _ = unpack_many(cubes)
        sums.add_citations(entries.owner, entries.item // CELLS, entries.item % SCORES, entries.count)
        entries, _ = unpack_many(pairs)
        sums.add_pairs(entries.owner, *pair_of(entries.item), entries.count)
    return sums.sums()


def _rows(session: Session) -> Iterator[tuple[list[bytes], list[bytes], list[bytes]]]:
    """The stored arrays as columns, some rows at a time: all of them would not stay small."""
    columns = sa.select(AccountGrain.scores, AccountGrain.cube, AccountGrain.pairs)
    for rows in session.execute(columns.execution_options(yield_per=_AT_ONCE)).partitions():
        scores, cubes, pairs = (list(column) for column in zip(*rows, strict=True))
        yield scores, cubes, pairs
