"""What connectors keep about a person: the bodies they received."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_plus

import sqlalchemy as sa

from feedback.extensions import db
from feedback.inlets.models import Connector, InboundEvent
from feedback.inlets.rules.kinds import EventState
from feedback.kernel import clock
from feedback.kernel.clearing import rewrite
from feedback.kernel.erasing import Counts, Person, erases
from feedback.surveys.models import Response
from feedback.surveys.tokens import token_digest

_OPEN = (EventState.RECEIVED, EventState.WAITING, EventState.QUARANTINED)
_TOKEN = re.compile(r"[\w-]{32}")  # as `surveys.tokens` makes them
_READ = (
    InboundEvent.state,
    InboundEvent.response_id,
    InboundEvent.connector_id,
    InboundEvent.body,
    InboundEvent.detail,
    InboundEvent.event_id,
    InboundEvent.answer_id,
)
_Row = sa.Row[Any]


@erases("inbound_event.body", "inbound_event.detail", "inbound_event.event_id", "inbound_event.answer_id", "inbound_event.place")
def forget_bodies_of(person: Person) -> Counts:
    """Bodies of the person's answers, and all that name the person: where from is not known before they are read.

    A delivery that was repeated, too late or refused led to no answer; it belongs to one by the vendor's id of the answer, or
    by the person's link. So a delivery found by its link or its words brings along all others with that id.
    """
    session = db.session()
    sources: dict[int, str] = {connector: code for connector, code in session.execute(sa.select(Connector.id, Connector.code))}  # noqa: C416
    here = set(session.scalars(sa.select(Response.id).where(Response.account_id.in_(person.account_ids))))
    mine: set[int] = set()
    named: set[tuple[int, str]] = set()

    def look(row: _Row) -> dict[str, Any]:
        known = row.response_id in person.response_ids or (sources.get(row.connector_id, ""), row.answer_id) in person.answers
        if known or _is_about(row, person, near=row.response_id in here):
            mine.add(row.id)
            if row.answer_id:
                named.add((row.connector_id, row.answer_id))
        return {}

    rewrite(session, person, _READ, look)
    return {"bodies": rewrite(session, person, _READ, _forgetting(person, mine, named))}


def _forgetting(person: Person, mine: set[int], named: set[tuple[int, str]]) -> Callable[[_Row], dict[str, Any]]:
    def forget(row: _Row) -> dict[str, Any]:
        if row.id not in mine and (row.connector_id, row.answer_id) not in named:
            return {}
        values: dict[str, Any] = {"body": None, "detail": {}}
        if person.is_in(row.answer_id, near=True) or person.is_in(row.event_id, near=True):
            values |= {"event_id": None, "answer_id": None, "place": None}
        if row.state in _OPEN:
            values |= {"state": EventState.DISCARDED, "trouble": None, "next_try_at": None, "settled_at": clock.now()}
        return values

    return forget


def _is_about(row: _Row, person: Person, *, near: bool) -> bool:
    texts = list(_texts(row))
    if any(person.is_in(text, near=near) for text in texts):
        return True
    return any(token_digest(word) in person.link_digests for text in texts[:1] for word in _TOKEN.findall(text))


def _texts(row: _Row) -> Iterator[str]:
    """Everything readable of an event: as it came, and as forms and JSON mean it; there a letter can stand as its number."""
    raw = (row.body or b"").decode(errors="replace")
    yield raw
    plain = unquote_plus(raw) if "%" in raw or "+" in raw else raw
    if plain != raw:
        yield plain
    if "\\u" in plain:
        yield _UNICODE.sub(lambda found: chr(int(found[1], 16)), plain)
    yield " ".join((json.dumps(row.detail, ensure_ascii=False), row.event_id or "", row.answer_id or ""))


_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")
