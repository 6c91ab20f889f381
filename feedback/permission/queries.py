"""Named reads of the consent ledger."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import (
    Channel,
    ConsentAction,
    ConsentFact,
    Purpose,
    Statement,
    consent_of,
    takes_objection_back,
)

_CHUNK = 5000
_event = ConsentEvent.__table__
_STATEMENTS_OF = Prepared(
    sa.select(
        _event.c.contact_id,
        _event.c.id,
        # the plain text: turning it into an enum costs more than the query
        sa.type_coerce(_event.c.action, sa.Text).label("action"),
        _event.c.occurred_at,
        _event.c.basis,
        _event.c.evidence,
    ).where(
        in_list(_event.c.contact_id, "contacts"),
        _event.c.purpose == sa.bindparam("purpose"),
        _event.c.channel == sa.bindparam("channel"),
    )
)
_ACTION_OF = {action.value: action for action in ConsentAction}


def consent_states(contact_ids: Collection[int], purpose: Purpose, channel: Channel) -> dict[int, ConsentFact]:
    """What each of these contacts allows now; those who never said anything are left out."""
    found: dict[int, list[Statement]] = defaultdict(list)
    values = {"contacts": contact_ids, "purpose": purpose, "channel": channel}
    for contact_id, id_, text, occurred_at, basis, evidence in _STATEMENTS_OF.rows(db.session.connection(), values):
        action = _ACTION_OF[text]
        back = takes_objection_back(action, basis, evidence)
        found[contact_id].append(Statement(id_, action, occurred_at, back))
    return {contact_id: consent_of(statements) for contact_id, statements in found.items()}


def list_consent_states(contact_id: int) -> dict[tuple[Purpose, Channel], ConsentFact]:
    """Every purpose and channel about which this contact said something."""
    found: dict[tuple[Purpose, Channel], list[Statement]] = defaultdict(list)
    for event in list_events(contact_id):
        back = takes_objection_back(event.action, event.basis, event.evidence)
        found[event.purpose, event.channel].append(Statement(event.id, event.action, event.occurred_at, back))
    return {key: consent_of(statements) for key, statements in sorted(found.items())}


def list_events(contact_id: int) -> Sequence[ConsentEvent]:
    """All statements of a contact, newest first."""
    query = sa.select(ConsentEvent).where(ConsentEvent.contact_id == contact_id)
    return db.session.scalars(query.order_by(ConsentEvent.occurred_at.desc(), ConsentEvent.id.desc())).all()


EventKey = tuple[int, Purpose, Channel, datetime, ConsentAction]


def events_by_key(contact_ids: Collection[int]) -> dict[EventKey, int]:
    """Ids of the statements of these contacts by what makes them the same."""
    key = (
        ConsentEvent.contact_id,
        ConsentEvent.purpose,
        ConsentEvent.channel,
        ConsentEvent.occurred_at,
        ConsentEvent.action,
    )
    found: dict[EventKey, int] = {}
    ordered = list(contact_ids)
    for start in range(0, len(ordered), _CHUNK):
        part = ordered[start : start + _CHUNK]
        for id_, *values in db.session.execute(sa.select(ConsentEvent.id, *key).where(ConsentEvent.contact_id.in_(part))):
            found[tuple(values)] = id_  # type: ignore[index]
    return found


def get_event(event_id: int) -> ConsentEvent:
    """One statement; the caller has already applied the viewer's scope."""
    return db.session.get_one(ConsentEvent, event_id)
