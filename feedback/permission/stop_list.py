"""Whom the stop list keeps from offers: four looks into indexes, in one statement, for any number of contacts."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from feedback.accounts.erased import identity_digest
from feedback.accounts.models import AccountContact, Contact
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.permission.grounds import Listed, worst
from feedback.permission.models import SEALED, Suppression
from feedback.permission.rules import Channel, Coverage, SuppressionReason

SEAL = "#"  # before the digest of an address of somebody who was erased


class DomainOf(FunctionElement[str]):
    """ "@example.com" of an address, in lower case."""

    type = sa.Text()
    inherit_cache = True
    name = "domain_of"


@compiles(DomainOf, "sqlite")
def _domain_sqlite(element: DomainOf, compiler: Any, **options: Any) -> str:
    address = compiler.process(next(iter(element.clauses)), **options)
    return f"substr(lower({address}), instr({address}, '@'))"


@compiles(DomainOf, "postgresql")
def _domain_postgresql(element: DomainOf, compiler: Any, **options: Any) -> str:
    address = compiler.process(next(iter(element.clauses)), **options)
    return f"substr(lower({address}), strpos({address}, '@'))"


_entry, _person, _link = Suppression.__table__.c, Contact.__table__.c, AccountContact.__table__.c
_STANDING = (
    _entry.lifted_at.is_(None),
    sa.or_(_entry.until.is_(None), _entry.until > sa.bindparam("now")),
)
_ABOUT_OFFERS = (
    *_STANDING,
    sa.type_coerce(_entry.covers, sa.Text) != Coverage.SURVEYS.value,
    sa.or_(_entry.channel.is_(None), _entry.channel == sa.bindparam("channel")),
)


def _entries(contact_id: Any) -> sa.Select[Any]:
    said = (sa.type_coerce(_entry.reason, sa.Text).label("reason"), _entry.created_at, _entry.until)
    address = _entry.address.label("address")
    return sa.select(contact_id.label("contact_id"), _entry.id, *said, address).where(*_ABOUT_OFFERS)


_people = in_list(_person.id, "contacts")
_table, _contacts, _links = Suppression.__table__, Contact.__table__, AccountContact.__table__
_LISTED = Prepared(
    sa.union_all(
        _entries(_entry.contact_id).where(in_list(_entry.contact_id, "contacts")),
        _entries(_person.id).select_from(_contacts.join(_table, _entry.address == sa.func.lower(_person.email))).where(_people),
        _entries(_person.id).select_from(_contacts.join(_table, _entry.address == DomainOf(_person.email))).where(_people),
        _entries(_link.contact_id)
        .select_from(_links.join(_table, _entry.account_id == _link.account_id))
        .where(in_list(_link.contact_id, "contacts"), sa.or_(_link.left_at.is_(None), _link.left_at > sa.bindparam("now"))),
        # addresses of people who were erased: their digests can be compared only outside the database
        _entries(sa.cast(sa.null(), sa.Integer)).where(sa.text(SEALED)),
    )
)
_ADDRESSES = Prepared(sa.select(_person.id, _person.email).where(_people, _person.email.is_not(None)))


def listed_contacts(
    connection: sa.Connection, contact_ids: Collection[int], channel: Channel, now: datetime
) -> dict[int, Listed]:
    """Which of these contacts get no offers on this channel, by the entry that stands longest."""
    found: dict[int, list[Listed]] = defaultdict(list)
    sealed: dict[str, Listed] = {}
    values = {"contacts": contact_ids, "channel": channel, "now": now}
    for contact_id, id_, reason, since, until, address in _LISTED.rows(connection, values):
        entry = Listed(id_, SuppressionReason(reason), since, until)
        if contact_id is None:
            sealed[address] = entry
        else:
            found[contact_id].append(entry)
    for contact_id, address in _ADDRESSES.rows(connection, {"contacts": contact_ids}) if sealed else ():
        entry_of_erased = sealed.get(SEAL + identity_digest(address.strip().lower()))
        if entry_of_erased is not None:
            found[contact_id].append(entry_of_erased)
    return {contact_id: longest for contact_id, entries in found.items() if (longest := worst(entries)) is not None}
