"""Named reads of the consent ledger."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from feedback.accounts.models import Account, AccountContact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.permission.grounds import (
    EVERYWHERE,
    NO_POLICY,
    PolicyRow,
    Terms,
    by_country,
    permitted,
    strictest,
    terms_in,
)
from feedback.permission.models import ConsentEvent, CountryPolicy
from feedback.permission.rules import (
    NOTHING_RECORDED,
    Channel,
    ConsentAction,
    ConsentFact,
    Purpose,
    Statement,
    takes_objection_back,
)
from feedback.permission.stop_list import listed_contacts

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
        _event.c.valid_until,
        _event.c.notice_id,
    ).where(
        in_list(_event.c.contact_id, "contacts"),
        _event.c.purpose == sa.bindparam("purpose"),
        _event.c.channel == sa.bindparam("channel"),
    )
)
_ACTION_OF = {action.value: action for action in ConsentAction}
_SELLING = (Purpose.OFFERS, Purpose.PARTNER_OFFERS)


def consent_states(contact_ids: Collection[int], purpose: Purpose, channel: Channel) -> dict[int, ConsentFact]:
    """What each of these contacts allows now; those about whom there is nothing to say are left out.

    The contact's own words, the stop list for offers (that for surveys is `suppressions.suppressed_contacts`) and the
    policies of the countries of their accounts; in a constant number of statements.
    """
    connection, now = db.session.connection(), clock.now()
    found: dict[int, list[Statement]] = defaultdict(list)
    values = {"contacts": contact_ids, "purpose": purpose, "channel": channel}
    for contact_id, id_, text, occurred_at, basis, evidence, until, notice in _STATEMENTS_OF.rows(connection, values):
        action = _ACTION_OF[text]
        back = takes_objection_back(action, basis, evidence)
        found[contact_id].append(Statement(id_, action, occurred_at, back, until, notice))
    listed = listed_contacts(connection, contact_ids, channel, now) if purpose in _SELLING else {}
    terms, usual = _terms_of(connection, contact_ids, purpose, channel, now)
    concerned = contact_ids if usual is not NO_POLICY else {*found, *listed, *terms}
    return {
        contact_id: permitted(found.get(contact_id, ()), listed.get(contact_id), terms.get(contact_id, usual), now)
        for contact_id in concerned
    }


_policy = CountryPolicy.__table__.c
_POLICIES = Prepared(
    sa.select(
        _policy.id,
        _policy.country,
        _policy.channel,
        _policy.stance,
        _policy.max_age_days,
        _policy.notice_id,
        _policy.effective_at,
    ).where(
        _policy.purpose == sa.bindparam("purpose"),
        sa.or_(_policy.channel.is_(None), _policy.channel == sa.bindparam("channel")),
        _policy.approved_at.is_not(None),
    )
)
_link, _account = AccountContact.__table__.c, Account.__table__.c
_COUNTRIES = Prepared(
    sa.select(_link.contact_id, _account.country)
    .join_from(AccountContact.__table__, Account.__table__, _account.id == _link.account_id)
    .where(in_list(_link.contact_id, "contacts"), sa.or_(_link.left_at.is_(None), _link.left_at > sa.bindparam("now")))
)


def policy_rows(connection: sa.Connection, purpose: Purpose, channel: Channel) -> list[PolicyRow]:
    """The approved rows about a purpose, for this channel or for all."""
    return [PolicyRow(*row) for row in _POLICIES.rows(connection, {"purpose": purpose, "channel": channel})]


def _terms_of(
    connection: sa.Connection, contact_ids: Collection[int], purpose: Purpose, channel: Channel, now: datetime
) -> tuple[dict[int, Terms], Terms]:
    """What the policies say about each contact, and about everybody else."""
    rows = policy_rows(connection, purpose, channel)
    usual = terms_in(None, rows, now) if rows else NO_POLICY
    if all(row.country == EVERYWHERE for row in rows):
        return {}, usual
    countries: dict[int, set[str | None]] = defaultdict(set)
    for contact_id, country in _COUNTRIES.rows(connection, {"contacts": contact_ids, "now": now}):
        countries[contact_id].add(country)
    known = by_country((country for each in countries.values() for country in each), rows, now)
    return {id_: strictest([known[country] for country in each]) for id_, each in countries.items()}, usual


def list_consent_states(contact_id: int) -> dict[tuple[Purpose, Channel], ConsentFact]:
    """Every purpose and channel about which there is something to say."""
    found = {}
    for purpose in Purpose:
        for channel in Channel:
            fact = consent_states([contact_id], purpose, channel).get(contact_id, NOTHING_RECORDED)
            if fact._replace(until=None) != NOTHING_RECORDED:
                found[purpose, channel] = fact
    return found


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
