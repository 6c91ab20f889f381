"""Which answers events of other systems became."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.inlets.models import InboundEvent
from feedback.inlets.rules.kinds import EventState
from feedback.kernel.bulk import among
from feedback.surveys.models import Response


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """An answer as it stands now: later events and corrections are in it."""

    response_id: int
    score: int
    account_id: int
    account: str
    contact_id: int
    contact: str


def answers_of(viewer: Viewer, response_ids: Collection[int]) -> dict[int, EventAnswer]:
    """Those that are counted, by id; nothing for a viewer who may not read all answers."""
    if scope_of(viewer, "response.read") is not Scope.ALL or not response_ids:
        return {}
    name = sa.func.coalesce(Contact.name, Contact.external_id)
    query = sa.select(Response.id, Response.score, Account.id, Account.name, Contact.id, name)
    query = query.join(Account, Account.id == Response.account_id).join(Contact, Contact.id == Response.contact_id)
    rows = db.session.execute(query.where(among(Response.id, list(response_ids))))
    return {row[0]: EventAnswer(*row) for row in rows}


def count_quarantined() -> int:
    """Events that wait for somebody; an index holds them alone."""
    query = sa.select(sa.func.count()).select_from(InboundEvent)
    return db.session.scalar(query.where(InboundEvent.state == EventState.QUARANTINED)) or 0
