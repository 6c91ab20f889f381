"""What a connector received becomes an answer, once, whatever the order in which it came."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from feedback.audit import service as audit
from feedback.closed_loop.drafts import Accepted, AcceptOptions, AnswerDraft, Rejected
from feedback.closed_loop.inbound_parties import parties_of
from feedback.closed_loop.intake import accept_answers
from feedback.defects import locks
from feedback.egress.fetching import FetchFailed
from feedback.extensions import db
from feedback.inlets import fetching
from feedback.inlets.models import Connector, InboundEvent
from feedback.inlets.reading import read_event, read_fetched
from feedback.inlets.rules.events import Nothing, Pointed, Unfit
from feedback.inlets.rules.kinds import SETTLED, EventState, Trouble
from feedback.inlets.rules.shapes import Said
from feedback.issues.queries import staffing
from feedback.kernel import clock
from feedback.outbox.service import enqueue_many
from feedback.surveys.rules import AnswerChannel
from feedback.uow import GroupCommit, end_reading, transaction

log = logging.getLogger("closedloop.inbound")
OPEN = (EventState.RECEIVED, EventState.WAITING)
REPLAYABLE = (*OPEN, EventState.QUARANTINED, EventState.DISCARDED)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 600))  # between attempts to fetch


@dataclass(frozen=True, slots=True)
class Task:
    """An event to look into, with the answer that was fetched for it."""

    event_id: int
    fetched: Mapping[str, Any] | None = None
    actor: str | None = None  # who replays it


def process(task: Task) -> EventState | None:
    """Look into an event, in a transaction that it shares with others that wait at this moment; answers where it stands.

    An event that nothing can be made of goes to quarantine, so that it stops nobody. None: the database could not be written; the
    event stays as it is, and a job takes it up.
    """
    try:
        return _group.submit(task)
    except OperationalError:
        log.warning("inbound event %s has to wait", task.event_id, exc_info=True)
        return None
    except Exception:  # a fault of ours must not come back with every attempt of the sender
        log.exception("inbound event %s failed", task.event_id)
        with transaction() as session:
            _quarantine(session, task.event_id, Trouble.FAILED, {"found": task.event_id})
        return EventState.QUARANTINED


def _process_waiting(tasks: Sequence[Task]) -> list[EventState]:
    session = db.session()
    locks.hold(session, locks.ACCEPTOR)  # what counts as the newest event about an answer must not change under our eyes
    return [_look_into(session, task) for task in tasks]


_group: GroupCommit[Task, EventState] = GroupCommit(_process_waiting)


def _look_into(session: Session, task: Task) -> EventState:
    query = sa.select(InboundEvent, Connector).join(Connector).where(InboundEvent.id == task.event_id)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        return EventState.DISCARDED
    event, connector = row[0], row[1]
    if event.state not in (REPLAYABLE if task.actor else OPEN) or event.body is None:
        return EventState(event.state)
    if task.actor:
        audit.record(task.actor, "inbound.replayed", "inbound_event", event.id)
    try:
        state, values = _decide(session, event, connector, task)
    except Unfit as unfit:
        return _quarantine(session, event.id, unfit.trouble, {"field": unfit.field, "found": unfit.found})
    return _settle(session, event.id, state, **values)


def _decide(session: Session, event: InboundEvent, connector: Connector, task: Task) -> tuple[EventState, dict[str, Any]]:
    if task.fetched is not None:
        found: Said | Pointed | Nothing = read_fetched(connector, task.fetched)
    else:
        found = read_event(connector, event.body or b"", event.content_type)
    if isinstance(found, Nothing):
        return EventState.IGNORED, {"detail": {"about": found.about}}
    if isinstance(found, Pointed):
        return _wait_for(connector, found)
    place = found.place(event.digest, event.received_at)
    known = {"event_id": found.event_id, "answer_id": found.answer_id, "place": place}
    if _is_repeated(session, event, found):
        return EventState.REPEATED, known
    if _newest_place(session, event, found) > place:
        return EventState.SUPERSEDED, known
    return EventState.DONE, {**known, "response_id": _accept(session, connector, found)}


def _wait_for(connector: Connector, pointed: Pointed) -> tuple[EventState, dict[str, Any]]:
    if fetching.call_for(connector, pointed) is None:
        raise Unfit(Trouble.NO_API_TOKEN)
    known = {"event_id": pointed.event_id, "answer_id": pointed.response_id}
    return EventState.WAITING, {**known, "next_try_at": clock.now(), "attempts": 0}


def _is_repeated(session: Session, event: InboundEvent, said: Said) -> bool:
    if said.event_id is None:
        return False
    same = (InboundEvent.connector_id == event.connector_id, InboundEvent.event_id == said.event_id)
    settled = (InboundEvent.id != event.id, InboundEvent.state.in_((*SETTLED, EventState.SUPERSEDED)))
    return session.scalar(sa.select(InboundEvent.id).where(*same, *settled).limit(1)) is not None


def _newest_place(session: Session, event: InboundEvent, said: Said) -> str:
    about = (InboundEvent.connector_id == event.connector_id, InboundEvent.answer_id == said.answer_id)
    places = sa.select(InboundEvent.place).where(*about, InboundEvent.state.in_(SETTLED), InboundEvent.id != event.id)
    return max((place for place in session.scalars(places) if place), default="")


def _accept(session: Session, connector: Connector, said: Said) -> int:
    parties = parties_of(session, connector, said)
    draft = AnswerDraft(
        account_external_id=parties.account,
        contact_external_id=parties.contact,
        score=said.score,
        source=connector.code,
        external_id=said.answer_id,
        survey=parties.survey or said.survey or connector.survey,
        contact_email=said.contact_email,
        contact_name=said.contact_name,
        comment=said.comment,
        language=said.language,
        channel=AnswerChannel.WEB,
        responded_at=said.responded_at or said.changed_at,
        defects=said.reasons,
        invitation_id=parties.invitation_id,
    )
    outcome = accept_answers([draft], AcceptOptions(update=True, one_by_one=True, actor=f"connector:{connector.id}"))[0]
    if isinstance(outcome, Accepted):
        return outcome.response_id
    raise _unfit(outcome)


def _unfit(outcome: Rejected) -> Unfit:
    words = " ".join(message for messages in outcome.errors.values() for message in messages)
    return Unfit(Trouble.UNKNOWN_CODE if outcome.code == "unknown_code" else Trouble.REFUSED, ", ".join(outcome.errors), words)


def _settle(session: Session, row_id: int, state: EventState, **values: Any) -> EventState:
    settled = None if state in OPEN else clock.now()
    plain: dict[str, Any] = {"trouble": None, "detail": {}, "next_try_at": None}
    statement = sa.update(InboundEvent).where(InboundEvent.id == row_id)
    session.execute(statement.values(**{**plain, "settled_at": settled, **values, "state": state}))
    return state


def _quarantine(session: Session, event_id: int, trouble: Trouble, detail: dict[str, Any]) -> EventState:
    """Put it aside, and tell the administrators: at most once a day for each connector."""
    state = _settle(session, event_id, EventState.QUARANTINED, trouble=trouble, detail=detail)
    row = session.execute(sa.select(Connector.id, Connector.name).join(InboundEvent).where(InboundEvent.id == event_id)).one()
    day = clock.now().date().isoformat()
    payload = {"kind": "inbound_quarantined", "params": {"connector": row.name}, "link": f"/app/inbound?connector={row.id}"}
    enqueue_many(
        [
            ("notify_user", f"inbound-quarantined:{row.id}:{day}:{admin}", payload | {"user_id": admin})
            for admin in staffing.admin_ids()
        ]
    )
    return state


def discard(event_id: int, *, actor: str) -> bool:
    """Take an event out of quarantine because it is of no use; answers whether it was there. Call inside `transaction()`."""
    here = (InboundEvent.id == event_id, InboundEvent.state == EventState.QUARANTINED)
    statement = sa.update(InboundEvent).where(*here).values(state=EventState.DISCARDED, settled_at=clock.now())
    if db.session.execute(statement.returning(InboundEvent.id)).one_or_none() is None:
        return False
    audit.record(actor, "inbound.discarded", "inbound_event", event_id)
    return True


def replay_many(event_ids: Sequence[int], *, actor: str) -> dict[EventState, int]:
    """Look into events once more, each by itself; answers how many stand where."""
    counts: dict[EventState, int] = {}
    for event_id in event_ids:
        state = process(Task(event_id, actor=actor)) or EventState.QUARANTINED
        counts[state] = counts.get(state, 0) + 1
    return counts


def fetch_waiting(limit: int = 200) -> int:
    """Fetch the answers that events only name, and take up events that a stop left behind; answers how many were looked into.

    `limit` of each connector. One that does not answer has its turn again in the next run: the others do not wait for it.
    """
    now, looked_into, silent = clock.now(), 0, set[int]()
    left_behind = sa.and_(InboundEvent.state == EventState.RECEIVED, InboundEvent.received_at < now - timedelta(minutes=1))
    due = sa.and_(InboundEvent.state == EventState.WAITING, InboundEvent.next_try_at <= now)
    place = sa.func.row_number().over(partition_by=InboundEvent.connector_id, order_by=InboundEvent.id).label("place")
    found = sa.select(InboundEvent.id, InboundEvent.connector_id, InboundEvent.state, place).where(sa.or_(left_behind, due))
    waiting = found.subquery()
    rows = db.session.execute(sa.select(waiting).where(waiting.c.place <= limit).order_by(waiting.c.place)).all()
    end_reading()
    for event_id, connector_id, state, _place in rows:
        if connector_id in silent:
            continue
        looked_into += 1
        if state is not EventState.WAITING:
            process(Task(event_id))
        elif not _fetch_one(event_id):
            silent.add(connector_id)
    return looked_into


def _fetch_one(event_id: int) -> bool:
    """Fetch what an event names; False where the other system does not answer at all."""
    query = sa.select(InboundEvent, Connector).join(Connector).where(InboundEvent.id == event_id)
    event, connector = db.session.execute(query).one()
    try:
        pointed = read_event(connector, event.body or b"", event.content_type)
        call = fetching.call_for(connector, pointed) if isinstance(pointed, Pointed) else None
    except Unfit as unfit:  # the connector was changed meanwhile
        with transaction() as session:
            _quarantine(session, event_id, unfit.trouble, {"field": unfit.field, "found": unfit.found})
        return True
    attempts = event.attempts
    end_reading()  # no transaction stays open while the other system thinks
    if call is None:
        with transaction() as session:
            _quarantine(session, event_id, Trouble.NO_API_TOKEN, {})
        return True
    try:
        document = fetching.fetch(call)
    except FetchFailed as error:
        _try_later(event_id, attempts, error)
        return not error.silent
    process(Task(event_id, document))
    return True


def _try_later(event_id: int, attempts: int, error: FetchFailed) -> None:
    with transaction() as session:
        if error.final or attempts >= len(PAUSES):
            _quarantine(session, event_id, Trouble.FETCH_FAILED, {"found": str(error)[:200]})
            return
        values = {"attempts": attempts + 1, "next_try_at": clock.now() + PAUSES[attempts], "detail": {"found": str(error)[:200]}}
        session.execute(sa.update(InboundEvent).where(InboundEvent.id == event_id).values(**values))
