"""One page at a time: an account's contacts and wallet estimates, and what other systems call somebody."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import AccountContact, Contact, ExternalIdentity, WalletEstimate
from feedback.extensions import db
from feedback.kernel.paging import Page, decode_numbers, encode_cursor, refuse_cursor


def list_contacts(account_id: int, *, limit: int, cursor: str | None) -> Page[sa.Row[Contact, AccountContact]]:
    """(Contact, AccountContact) of an account, those who left last."""
    gone = sa.case((AccountContact.left_at.is_(None), 0), else_=1)
    query = (
        sa.select(Contact, AccountContact)
        .join(AccountContact, AccountContact.contact_id == Contact.id)
        .where(AccountContact.account_id == account_id)
        .order_by(gone, Contact.id)
    )
    if cursor is not None:
        query = query.where(sa.tuple_(gone, Contact.id) > tuple(decode_numbers(cursor, size=2)))
    rows = db.session.execute(query.limit(limit + 1)).all()
    return _page(rows, limit, lambda row: (int(row.AccountContact.left_at is not None), row.Contact.id))


def list_wallets(account_id: int, *, limit: int, cursor: str | None) -> Page[WalletEstimate]:
    """The account's wallet estimates, newest first."""
    query = sa.select(WalletEstimate).where(WalletEstimate.account_id == account_id)
    query = query.order_by(WalletEstimate.as_of.desc(), WalletEstimate.id.desc())
    if cursor is not None:
        day, last = decode_numbers(cursor, size=2)
        query = query.where(sa.tuple_(WalletEstimate.as_of, WalletEstimate.id) < (_day(day), last))
    rows = db.session.scalars(query.limit(limit + 1)).all()
    return _page(rows, limit, lambda row: (row.as_of.toordinal(), row.id))


def list_identities(object_type: str, object_id: int, *, limit: int, cursor: str | None) -> Page[ExternalIdentity]:
    """What other systems call an account or a contact, the oldest name first."""
    named = ExternalIdentity
    query = sa.select(named).where(named.object_type == object_type, named.object_id == object_id)
    if cursor is not None:
        query = query.where(named.id > decode_numbers(cursor, size=1)[0])
    rows = db.session.scalars(query.order_by(named.id).limit(limit + 1)).all()
    return _page(rows, limit, lambda row: (row.id,))


def _day(number: int) -> date:
    try:
        return date.fromordinal(number)
    except (ValueError, OverflowError):
        refuse_cursor()


def _page(rows: Sequence[Any], limit: int, key: Any) -> Page[Any]:
    return Page(list(rows[:limit]), encode_cursor(*key(rows[limit - 1])) if len(rows) > limit else None)
