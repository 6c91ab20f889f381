"""How often people close a channel to our offers, and what we had done to them last: whoever is pestered stops listening."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, AccountContact
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import Match
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import Channel, ConsentAction, Purpose

AFTER = timedelta(days=14)  # a contact longer ago is not what closed it
_CLOSED = (ConsentAction.WITHDRAWN, ConsentAction.OBJECTED)
_OFFERS = (Purpose.OFFERS, Purpose.PARTNER_OFFERS)


@dataclass(frozen=True)
class Closures:
    """One channel: people who closed it, by what the gate had said to the last contact before; None: no contact in 14 days."""

    channel: Channel
    people: int
    after: Mapping[Match | None, int]


def channel_closures(viewer: Viewer, since: datetime | None, until: datetime | None) -> list[Closures]:
    """The channels that people in the viewer's scope closed to offers in a period, the most closed first.

    A person counts once per channel, with the newest statement: a yes taken back, an objection, or a no after a yes. The last
    sales contact with the person within 14 days before it, on whatever channel, is what it is put beside; that is no proof.
    """
    closed = _closed(viewer, since, until)
    contacts = _contacts(min(closed.values()) - AFTER) if closed else {}
    counts: dict[Channel, Counter[Match | None]] = {}
    for (contact_id, channel), at in closed.items():
        counts.setdefault(channel, Counter())[_last_before(contacts.get(contact_id, ()), at)] += 1
    found = [Closures(channel, after.total(), after) for channel, after in counts.items()]
    return sorted(found, key=lambda one: (-one.people, one.channel))


def _closed(viewer: Viewer, since: datetime | None, until: datetime | None) -> dict[tuple[int, Channel], datetime]:
    yes = sa.orm.aliased(ConsentEvent)
    same = (getattr(yes, name) == getattr(ConsentEvent, name) for name in ("contact_id", "purpose", "channel"))
    had_yes = sa.exists().where(*same, yes.action == ConsentAction.GRANTED, yes.occurred_at < ConsentEvent.occurred_at)
    here = sa.select(AccountContact.contact_id).join(Account, Account.id == AccountContact.account_id)
    conditions: list[sa.ColumnElement[bool]] = [
        sa.or_(ConsentEvent.action.in_(_CLOSED), sa.and_(ConsentEvent.action == ConsentAction.REFUSED, had_yes)),
        ConsentEvent.purpose.in_(_OFFERS),
        ConsentEvent.contact_id.in_(here.where(account_scope(viewer, "sales.read"))),
    ]
    conditions += [ConsentEvent.occurred_at >= since] if since else []
    conditions += [ConsentEvent.occurred_at < until] if until else []
    query = sa.select(ConsentEvent.contact_id, ConsentEvent.channel, sa.func.max(ConsentEvent.occurred_at)).where(*conditions)
    rows = db.session.execute(query.group_by(ConsentEvent.contact_id, ConsentEvent.channel))
    return {(contact_id, channel): at for contact_id, channel, at in rows}


def _contacts(since: datetime) -> Mapping[int, Sequence[tuple[datetime, Match]]]:
    query = sa.select(SalesContact.contact_id, SalesContact.occurred_at, SalesContact.matched)
    found: dict[int, list[tuple[datetime, Match]]] = {}
    wanted = query.where(SalesContact.contact_id.is_not(None), SalesContact.occurred_at >= since)
    for contact_id, at, match in db.session.execute(wanted):
        found.setdefault(contact_id or 0, []).append((at, match))
    return found


def _last_before(contacts: Sequence[tuple[datetime, Match]], at: datetime) -> Match | None:
    near = [one for one in contacts if at - AFTER <= one[0] <= at]
    return max(near, key=lambda one: one[0])[1] if near else None
