"""Named reads of inbound events."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feedback.extensions import db
from feedback.inlets.models import Connector, InboundEvent
from feedback.inlets.rules.kinds import EventState
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor

Listed = tuple[InboundEvent, Connector]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events; None means "any"."""

    state: EventState | None = None
    connector_id: int | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """On `InboundEvent`."""
        found = {"state": InboundEvent.state == self.state, "connector_id": InboundEvent.connector_id == self.connector_id}
        return [condition for name, condition in found.items() if getattr(self, name) is not None]


def list_events(wanted: EventFilter, *, limit: int, cursor: str | None = None) -> Page[Listed]:
    """Events with their connector, the newest first."""
    query = (
        sa.select(InboundEvent, Connector)
        .join(Connector, Connector.id == InboundEvent.connector_id)
        .where(*wanted.conditions())
        .order_by(InboundEvent.id.desc())
        .limit(limit + 1)
    )
    if cursor:
        query = query.where(InboundEvent.id < decode_numbers(cursor, size=1)[0])
    rows = [(event, connector) for event, connector in db.session.execute(query)]
    more, rows = len(rows) > limit, rows[:limit]
    return Page(rows, encode_cursor(rows[-1][0].id) if more else None)


def page_of_events(wanted: EventFilter, *, limit: int, offset: int) -> Sequence[Listed]:
    """A numbered page of them, the newest first."""
    query = (
        sa.select(InboundEvent, Connector)
        .join(Connector, Connector.id == InboundEvent.connector_id)
        .where(*wanted.conditions())
        .order_by(InboundEvent.id.desc())
    )
    return [(event, connector) for event, connector in db.session.execute(query.limit(limit).offset(offset))]


def get_event(event_id: int) -> Listed:
    """One event with its connector.

    Raises:
        NotFound: there is none.
    """
    query = sa.select(InboundEvent, Connector).join(Connector, Connector.id == InboundEvent.connector_id)
    found = db.session.execute(query.where(InboundEvent.id == event_id)).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def count_events(wanted: EventFilter) -> int:
    """How many."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(InboundEvent).where(*wanted.conditions())) or 0


def count_by_state(connector_id: int | None = None) -> dict[EventState, int]:
    """How many events stand where."""
    query = sa.select(InboundEvent.state, sa.func.count()).group_by(InboundEvent.state)
    if connector_id is not None:
        query = query.where(InboundEvent.connector_id == connector_id)
    return {state: count for state, count in db.session.execute(query)}  # noqa: C416  typed rows


def quarantined_ids(connector_id: int | None = None, *, limit: int = 1000) -> Sequence[int]:
    """Events in quarantine, the oldest first."""
    query = sa.select(InboundEvent.id).where(*EventFilter(EventState.QUARANTINED, connector_id).conditions())
    return db.session.scalars(query.order_by(InboundEvent.id).limit(limit)).all()
