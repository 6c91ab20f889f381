"""Reading runs of the gate over all accounts."""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.gate.rules import GateInputs, Outcome
from feedback.gate.runs.models import GateRun, GateRunAnswer
from feedback.gate.tables import all_inputs
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor

READ, READ_ALL = "gate.read", "report.read"


@lru_cache(maxsize=1)
def _truth_table() -> tuple[GateInputs, ...]:
    return tuple(all_inputs())


def inputs_of(cell: int) -> GateInputs:
    """The six inputs behind an answer."""
    return _truth_table()[cell]


def list_runs(*, limit: int, cursor: str | None = None) -> Page[GateRun]:
    """Finished runs, the newest first."""
    query = sa.select(GateRun).where(GateRun.finished_at.is_not(None)).order_by(GateRun.id.desc())
    if cursor is not None:
        query = query.where(GateRun.id < decode_numbers(cursor, size=1)[0])
    found = db.session.scalars(query.limit(limit + 1)).all()
    return Page(list(found[:limit]), encode_cursor(found[limit - 1].id) if len(found) > limit else None)


def list_answers(
    run_id: int, viewer: Viewer, *, outcome: Outcome | None = None, limit: int = 50, cursor: str | None = None
) -> Page[sa.Row[Any]]:
    """What a run said about the viewer's accounts.

    Raises:
        NotFound: there is no such run, or it has not ended.
    """
    run = db.session.get(GateRun, run_id)
    if run is None or run.finished_at is None:
        raise NotFound
    answer = GateRunAnswer
    query = sa.select(answer.account_id, answer.contact_id, answer.outcome, answer.play, answer.cell)
    query = query.join(Account, Account.id == answer.account_id).where(answer.run_id == run_id, account_scope(viewer, READ))
    if outcome is not None:
        query = query.where(answer.outcome == outcome)
    if cursor is not None:
        query = query.where(answer.account_id > decode_numbers(cursor, size=1)[0])
    found: Any = db.session.execute(query.order_by(answer.account_id).limit(limit + 1)).all()
    return Page(list(found[:limit]), encode_cursor(found[limit - 1].account_id) if len(found) > limit else None)
