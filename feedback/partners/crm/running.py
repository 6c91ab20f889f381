"""A run: take what changed since last time, page by page, then write standings back. Stopped anywhere, the next one goes on."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import ExternalIdentity
from feedback.extensions import db
from feedback.gate.standing import standings
from feedback.kernel import clock
from feedback.kernel.errors import Conflict
from feedback.partners.crm.connections import crm_of, get_connection
from feedback.partners.crm.leasing import end_lease, keep_lease, take_lease
from feedback.partners.crm.models import CrmConnection, CrmCursor, CrmRun
from feedback.partners.crm.port import Crm, CrmFailed, CrmWaits, Push
from feedback.partners.crm.rules import Kind, RunState
from feedback.partners.crm.taking import take
from feedback.partners.models import ToldStanding
from feedback.uow import is_writing, transaction

_OVERLAP = timedelta(minutes=1)  # what was being committed meanwhile; writing it twice changes nothing
MOST_PAGES = 2000  # of one kind in one run


class _Undone(Exception):
    """Ends the transaction of a dry run."""


@dataclass
class _Run:
    connection_id: int
    crm: Crm
    dry: bool
    lease: str
    counts: Counter[str]


def run_connection(connection_id: int, *, dry: bool = False, door: Callable[[CrmConnection], Crm] = crm_of) -> int:
    """Do a run now; answers the id of its row. A dry one writes nothing but this row. Call outside a transaction.

    Args:
        door: opens the CRM behind the connection.

    Raises:
        NotFound: there is no such CRM.
        Conflict: it was asked for with an `Idempotency-Key`, or a run of it goes on.
    """
    if is_writing():
        raise Conflict("A run asks the CRM at once: start it without Idempotency-Key.")
    with transaction():
        get_connection(connection_id)
        lease = take_lease(connection_id)
        row = CrmRun(connection_id=connection_id, dry=dry, state=RunState.RUNNING, counts={}, started_at=clock.now())
        db.session.add(row)
        db.session.flush()
        run_id = row.id
    try:
        _go(_Run(connection_id, door(get_connection(connection_id)), dry, lease, Counter()), run_id)
    except CrmFailed as error:
        _end(run_id, RunState.FAILED, {}, str(error))
    finally:
        with transaction():
            end_lease(connection_id, lease)
    return run_id


def _go(run: _Run, run_id: int) -> None:
    try:
        _work(run)
        _end(run_id, RunState.DONE, run.counts)
    except CrmWaits as wait:
        _end(run_id, RunState.WAITS, run.counts, str(wait))
        with transaction():
            get_connection(run.connection_id).wait_until = clock.now() + wait.wait
    except CrmFailed as error:
        _end(run_id, RunState.FAILED, run.counts, str(error))


def _end(run_id: int, state: RunState, counts: Mapping[str, int], error: str | None = None) -> None:
    with transaction():
        row = db.session.get_one(CrmRun, run_id)
        row.state, row.counts, row.error, row.ended_at = state, dict(counts), error, clock.now()


def _work(run: _Run) -> None:
    for kind in Kind:
        _pull(run, kind)
    if not run.dry and get_connection(run.connection_id).push:
        _push(run)


def _pull(run: _Run, kind: Kind) -> None:
    row = db.session.get(CrmCursor, (run.connection_id, kind))
    cursor: dict[str, Any] = dict(row.position) if row else {}
    for _page in range(MOST_PAGES):
        _keep(run)  # and no transaction stays open while the CRM thinks
        page = run.crm.pull(kind, cursor)
        try:
            with transaction():
                keep_lease(run.connection_id, run.lease)
                done = take(get_connection(run.connection_id), kind, page.records)
                _move(run.connection_id, kind, page.cursor)
                if run.dry:
                    raise _Undone
        except _Undone:
            pass
        cursor = page.cursor
        run.counts.update({f"{kind.value}.{name}": count for name, count in done.items()})
        if not page.more:
            return


def _keep(run: _Run) -> None:
    with transaction():
        keep_lease(run.connection_id, run.lease)


def _move(connection_id: int, kind: Kind, position: dict[str, Any]) -> None:
    row = db.session.get(CrmCursor, (connection_id, kind)) or CrmCursor(connection_id=connection_id, kind=kind)
    row.position = position
    db.session.add(row)


def _push(run: _Run) -> None:
    """Standings of all accounts that the CRM knows and that changed since they were last written there."""
    connection = get_connection(run.connection_id)
    identity, until = ExternalIdentity, clock.now()
    mine = (identity.system == connection.code, identity.object_type == "account")
    query = sa.select(identity.external_id, ToldStanding.account_id, ToldStanding.said).join(
        ToldStanding, ToldStanding.account_id == identity.object_id
    )
    newer = [ToldStanding.changed_at >= connection.pushed_to - _OVERLAP] if connection.pushed_to else []
    rows = db.session.execute(query.where(*mine, *newer).order_by(ToldStanding.account_id)).all()
    for start in range(0, len(rows), run.crm.push_size):
        part = rows[start : start + run.crm.push_size]
        found = standings([row.account_id for row in part], until)
        pushes = [Push(row.external_id, _properties(row.said, found[row.account_id])) for row in part]
        _keep(run)
        refused = run.crm.push(pushes)
        run.counts.update({"pushed": len(pushes) - len(refused), "push_refused": len(refused)})
    with transaction():
        get_connection(run.connection_id).pushed_to = until


def _properties(said: Mapping[str, Any], standing: Any) -> dict[str, str]:
    reason = standing.reasons[0].text if standing.reasons else ""
    return {
        "closedloop_gate": "open" if said["gate"]["open"] else "closed",
        "closedloop_advocacy": standing.advocacy.value,
        "closedloop_play": standing.play.value,
        "closedloop_reason": reason[:255],
    }


def due_connections() -> list[CrmConnection]:
    """Those to run now."""
    now = clock.now()
    waited = sa.or_(CrmConnection.wait_until.is_(None), CrmConnection.wait_until <= now)
    free = sa.or_(CrmConnection.leased_until.is_(None), CrmConnection.leased_until <= now)
    return list(db.session.scalars(sa.select(CrmConnection).where(CrmConnection.active, waited, free).order_by(CrmConnection.id)))
