"""What connectors keep about a person: the bodies they received."""

import json

import sqlalchemy as sa

from feedback.extensions import db
from feedback.inlets.models import InboundEvent
from feedback.inlets.rules.kinds import EventState
from feedback.kernel import clock
from feedback.kernel.erasing import Counts, Person, erases
from feedback.surveys.models import Response

_OPEN = (EventState.RECEIVED, EventState.WAITING, EventState.QUARANTINED)
_STEP = 200  # bodies in memory at once


@erases("inbound_event.body", "inbound_event.detail", "inbound_event.event_id", "inbound_event.answer_id", "inbound_event.place")
def forget_bodies_of(person: Person) -> Counts:
    """Bodies of the person's answers, and all that name the person: where from is not known before they are read."""
    mine = set(db.session.scalars(sa.select(Response.id).where(Response.contact_id == person.contact_id)))
    done, last = 0, 0
    while rows := _rows(last):
        for row in rows:
            if row.response_id in mine or person.is_in(_text(row)):
                _forget(row, person)
                done += 1
        last = rows[-1].id
    return {"bodies": done}


def _rows(last: int) -> list[sa.Row[int, EventState, int | None, bytes | None, dict[str, object], str | None, str | None]]:
    columns = (
        InboundEvent.id,
        InboundEvent.state,
        InboundEvent.response_id,
        InboundEvent.body,
        InboundEvent.detail,
        InboundEvent.event_id,
        InboundEvent.answer_id,
    )
    query = sa.select(*columns).where(InboundEvent.id > last).order_by(InboundEvent.id).limit(_STEP)
    return list(db.session.execute(query).all())


def _text(row: sa.Row[int, EventState, int | None, bytes | None, dict[str, object], str | None, str | None]) -> str:
    """Everything readable of an event; in JSON a letter can also stand as its number."""
    raw = (row.body or b"").decode(errors="replace")
    try:
        plain = json.dumps(json.loads(raw), ensure_ascii=False) if "\\u" in raw else ""
    except (ValueError, RecursionError):
        plain = ""
    return " ".join((raw, plain, json.dumps(row.detail, ensure_ascii=False), row.event_id or "", row.answer_id or ""))


def _forget(
    row: sa.Row[int, EventState, int | None, bytes | None, dict[str, object], str | None, str | None], person: Person
) -> None:
    values: dict[str, object] = {"body": None, "detail": {}}
    if person.is_in(row.answer_id) or person.is_in(row.event_id):
        values |= {"event_id": None, "answer_id": None, "place": None}
    if row.state in _OPEN:
        values |= {"state": EventState.DISCARDED, "trouble": None, "next_try_at": None, "settled_at": clock.now()}
    db.session.execute(sa.update(InboundEvent).where(InboundEvent.id == row.id).values(**values))
