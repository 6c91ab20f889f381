"""Running the gate over all accounts: who opened and who closed since the last time."""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.gate.limits import current_limits
from feedback.gate.policies import version_of
from feedback.gate.rules import OFFERS_PERMITTED
from feedback.gate.runs.deciding import Answered, RunQuestion, answer_all
from feedback.gate.runs.models import GateRun, GateRunAnswer
from feedback.kernel import clock
from feedback.kernel.prepared import Prepared, every_column
from feedback.uow import end_reading, transaction

DAILY = RunQuestion()  # whom may we call today, of our own accord?
SMALL = 20_000  # so many accounts one process decides faster than others are begun
KEPT = 2  # runs whose answers are kept: the newest, and the one it is compared with
_answers: Any = GateRunAnswer.__table__
_INSERT = Prepared(sa.insert(_answers).values(every_column(_answers)))


def run_gate(question: RunQuestion = DAILY, *, workers: int | None = None) -> GateRun:
    """Put a question about every active account, keep the answers in short, and compare them with the run before.

    Every account is judged as of the moment the run began. Nothing is locked meanwhile: an account that changes during the run is
    answered as it was when its part was read.

    Args:
        workers: processes; as many as there are processors for many accounts.
    """
    now = clock.now()
    accounts = _active_accounts()
    end_reading()
    with transaction() as session:
        run = GateRun(**question._asdict(), policy_version=version_of(current_limits()), as_of=now, outcomes={}, opened=None)
        session.add(run)
        session.flush()
        run_id = run.id
    outcomes: Counter[str] = Counter()
    for part in answer_all(accounts, question, now, workers=workers or _workers(len(accounts))):
        outcomes.update(one.outcome.value for one in part)
        _keep(run_id, part)
    return _finish(run_id, outcomes)


def _active_accounts() -> list[int]:
    query = sa.select(Account.id).where(Account.status == AccountStatus.ACTIVE).order_by(Account.id)
    return list(db.session.scalars(query))


def _workers(accounts: int) -> int:
    return 1 if accounts <= SMALL else os.cpu_count() or 1


def _keep(run_id: int, part: Sequence[Answered]) -> None:
    with transaction() as session:
        rows = [{"run_id": run_id, **one._asdict()} for one in part]
        _INSERT.each(session.connection(), rows)


def _finish(run_id: int, outcomes: Counter[str]) -> GateRun:
    with transaction() as session:
        run = session.get_one(GateRun, run_id)
        before = find_run_before(run)
        if before is not None:
            run.opened, run.closed = _flips(before.id, run_id)
        run.outcomes, run.accounts, run.finished_at = dict(outcomes), outcomes.total(), clock.now()
        session.flush()
        _forget_old(run)
        session.refresh(run)
        session.expunge(run)
    return run


def find_run_before(run: GateRun) -> GateRun | None:
    """The last finished run that put the same question."""
    same = (getattr(GateRun, name) == getattr(run, name) for name in RunQuestion._fields)
    query = sa.select(GateRun).where(GateRun.id < run.id, GateRun.finished_at.is_not(None), *same)
    return db.session.scalar(query.order_by(GateRun.id.desc()).limit(1))


def _flips(before_id: int, run_id: int) -> tuple[int, int]:
    """How many accounts opened and closed between two runs."""
    before, now = _answers.alias(), _answers.alias()
    was, is_ = before.c.outcome.in_(OFFERS_PERMITTED), now.c.outcome.in_(OFFERS_PERMITTED)
    joined = sa.select(
        sa.func.count().filter(sa.and_(is_, sa.not_(was))), sa.func.count().filter(sa.and_(was, sa.not_(is_)))
    ).join_from(now, before, sa.and_(before.c.account_id == now.c.account_id, before.c.run_id == before_id))
    opened, closed = db.session.execute(joined.where(now.c.run_id == run_id)).one()
    return opened, closed


def _forget_old(run: GateRun) -> None:
    """Answers of older runs of the same question, and of runs that never ended; their totals stay."""
    same = (getattr(GateRun, name) == getattr(run, name) for name in RunQuestion._fields)
    finished = sa.select(GateRun.id).where(*same, GateRun.finished_at.is_not(None)).order_by(GateRun.id.desc())
    kept = list(db.session.scalars(finished.limit(KEPT)))
    same_again = (getattr(GateRun, name) == getattr(run, name) for name in RunQuestion._fields)
    old = sa.select(GateRun.id).where(*same_again, GateRun.id < run.id, GateRun.id.not_in(kept))
    db.session.execute(sa.delete(GateRunAnswer).where(GateRunAnswer.run_id.in_(old)))


def last_run(question: RunQuestion = DAILY) -> GateRun | None:
    """The newest finished run of a question."""
    same = (getattr(GateRun, name) == value for name, value in question._asdict().items())
    query = sa.select(GateRun).where(*same, GateRun.finished_at.is_not(None)).order_by(GateRun.id.desc()).limit(1)
    return db.session.scalar(query)


def opened_since(moment: datetime, question: RunQuestion = DAILY) -> set[int]:
    """Accounts that the newest run opened, if it ran after `moment`; none without two runs to compare."""
    newest = last_run(question)
    before = find_run_before(newest) if newest is not None and newest.as_of >= moment else None
    if newest is None or before is None:
        return set()
    was, now = _answers.alias(), _answers.alias()
    query = sa.select(now.c.account_id).join(was, sa.and_(was.c.account_id == now.c.account_id, was.c.run_id == before.id))
    permitted = (now.c.outcome.in_(OFFERS_PERMITTED), was.c.outcome.not_in(OFFERS_PERMITTED))
    return set(db.session.scalars(query.where(now.c.run_id == newest.id, *permitted)))
